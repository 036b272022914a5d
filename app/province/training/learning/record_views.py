"""People across events and villages: the list, one person's record, its spreadsheet."""

from __future__ import annotations

import uuid
from typing import Any

from flask import abort, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.core.permissions import requires
from app.core.village.errors import Missing
from app.province.regions import refuse_region, region_contains
from app.province.training.events.services import office
from app.province.training.learning import records
from app.province.training.learning.records import Record
from app.province.training.learning.views import cursor, pages, searched, spreadsheet


@pages.get("/orang")
@requires("training.view")
def people() -> str:
    """Everybody who ever had a seat, as far as the region reaches, by name."""
    name = request.args.get("nama", "").replace("\x00", "")[:120]
    key = cursor()
    after = (name, key) if key is not None else None
    lines, following = records.people(office(), searched(), after=after)
    kept: dict[str, Any] = {"q": searched()} if searched() else {}
    return render_template(
        "training_learning/people.html",
        lines=lines,
        search=searched(),
        is_first=after is None,
        first_url=url_for(".people", **kept),
        next_url=url_for(".people", **kept, nama=following[0], sesudah=following[1]) if following else None,
        export_url=url_for(".people_export", **kept),
    )


@pages.get("/orang/unduh")
@requires("training.manage")
def people_export() -> ResponseReturnValue:
    """The same list as a spreadsheet."""
    return spreadsheet(records.export_people(office(), searched()), "riwayat-peserta")


@pages.get("/orang/<uuid:person_id>")
@requires("training.view")
def person(person_id: uuid.UUID) -> str:
    """One person's record."""
    return render_template(
        "training_learning/person.html", record=seen_record(person_id), seats=records.SEATS
    )


@pages.get("/orang/<uuid:person_id>/unduh")
@requires("training.manage")
def person_export(person_id: uuid.UUID) -> ResponseReturnValue:
    """The same as a spreadsheet."""
    return spreadsheet(records.export(seen_record(person_id)), "riwayat-pelatihan")


def seen_record(person_id: uuid.UUID) -> Record:
    """The record of somebody whom the office sees; asking for a stranger's is not found, and noted."""
    try:
        return records.record_of(person_id, office())
    except Missing:
        region = records.regency_of(person_id)
        if region is not None and not region_contains(region, office()):
            refuse_region(region)
        abort(404)
