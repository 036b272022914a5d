"""Programmes, places and speakers: their lists and forms."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from marshmallow import Schema

from app.core.actors import acting
from app.core.forms import check
from app.core.permissions import requires
from app.core.ui.formats import file_day
from app.core.village.errors import ChangedMeanwhile, Invalid, Missing
from app.province.regions import REGENCY
from app.province.training.events import catalogue, exports, lists
from app.province.training.events.asked import given, page, searched, version, workbook
from app.province.training.events.lists import EventFilter
from app.province.training.events.schemas import ProgrammeForm, SpeakerForm, VenueForm
from app.province.training.events.services import Refused, office
from app.province.training.events.views import pages


@dataclass(frozen=True, slots=True)
class Kind:
    """A list of entries with its form and deeds."""

    template: str
    listed: str
    schema: type[Schema]
    add: Callable[..., Any]
    change: Callable[..., Any]
    delete: Callable[..., None]
    added: Callable[[], str]


PROGRAMMES = Kind(
    "training/programme_form.html", ".programmes", ProgrammeForm, catalogue.add_programme,
    catalogue.change_programme, catalogue.delete_programme, lambda: str(_("Program tersimpan.")),
)  # fmt: skip
VENUES = Kind(
    "training/venue_form.html", ".venues", VenueForm, catalogue.add_venue, catalogue.change_venue,
    catalogue.delete_venue, lambda: str(_("Tempat tersimpan.")),
)  # fmt: skip
SPEAKERS = Kind(
    "training/speaker_form.html", ".speakers", SpeakerForm, catalogue.add_speaker, catalogue.change_speaker,
    catalogue.delete_speaker, lambda: str(_("Narasumber tersimpan.")),
)  # fmt: skip


# --- programmes ----------------------------------------------------------------------------------------------------


@pages.get("/program")
@requires("training.view")
def programmes() -> str:
    """The programmes that the office sees."""
    search = searched()
    return render_template(
        "training/programmes.html", lines=catalogue.programmes(office(), search), search=search, may=_may
    )


@pages.get("/program/unduh")
@requires("indicators.export")
def export_programmes() -> ResponseReturnValue:
    """The programmes as a spreadsheet."""
    return _exported(exports.export_programmes(office()), "program-pelatihan")


@pages.route("/program/baru", methods=["GET", "POST"])
@requires("training.manage")
def new_programme() -> ResponseReturnValue:
    """An empty form; check and keep."""
    return _new(PROGRAMMES, {"year": lists.today().year})


@pages.get("/program/<uuid:programme_id>")
@requires("training.view")
def programme(programme_id: uuid.UUID) -> str:
    """A programme with its events."""
    row = _found(catalogue.find_programme, programme_id, office())
    wanted = EventFilter(view="all", programme=row.id)
    lines, following = lists.page_of(office(), wanted, limit=lists.PAGE * 4)
    return render_template(
        "training/programme.html",
        row=row,
        lines=lines,
        more_url=url_for(".index", **wanted.as_args()) if following else None,
        may_change=_may(row),
    )


@pages.route("/program/<uuid:programme_id>/ubah", methods=["GET", "POST"])
@requires("training.manage")
def change_programme(programme_id: uuid.UUID) -> ResponseReturnValue:
    """A programme's form; check and keep."""
    row = _found(catalogue.find_programme, programme_id, office())
    return _change(PROGRAMMES, row, {name: getattr(row, name) for name in ("title", "aim", "year")})


@pages.post("/program/<uuid:programme_id>/hapus")
@requires("training.manage")
def delete_programme(programme_id: uuid.UUID) -> ResponseReturnValue:
    """Take a programme away."""
    return _delete(PROGRAMMES, programme_id)


# --- places --------------------------------------------------------------------------------------------------------


@pages.get("/tempat")
@requires("training.view")
def venues() -> str:
    """Places by name; `wilayah` narrows them to a part of the viewer's region."""
    search, region = searched(), _region()
    after = lists.identity(request.args.get("sesudah"))
    lines, following = catalogue.venues(search, region, after=after)
    kept = {**given("q", search), **given("wilayah", region)}
    return render_template(
        "training/venues.html",
        lines=lines,
        search=search,
        chosen=region,
        may=_may,
        regions=_regions(),
        kept=kept,
        is_first=after is None,
        next_url=url_for(".venues", **kept, sesudah=following) if following else None,
    )


@pages.get("/tempat/unduh")
@requires("indicators.export")
def export_venues() -> ResponseReturnValue:
    """The places as a spreadsheet."""
    return _exported(exports.export_venues(office(), searched(), _region()), "tempat-pelatihan")


@pages.route("/tempat/baru", methods=["GET", "POST"])
@requires("training.manage")
def new_venue() -> ResponseReturnValue:
    """An empty form; check and keep."""
    return _new(VENUES, {"region_code": office()})


@pages.route("/tempat/<uuid:venue_id>/ubah", methods=["GET", "POST"])
@requires("training.manage")
def change_venue(venue_id: uuid.UUID) -> ResponseReturnValue:
    """A place's form; check and keep."""
    row = _found(catalogue.find_venue, venue_id)
    typed = {name: getattr(row, name) for name in ("name", "region_code", "address", "capacity")}
    point = f"{row.latitude}, {row.longitude}" if row.latitude is not None else ""
    return _change(VENUES, row, {**typed, "point": point})


@pages.post("/tempat/<uuid:venue_id>/hapus")
@requires("training.manage")
def delete_venue(venue_id: uuid.UUID) -> ResponseReturnValue:
    """Take a place away."""
    return _delete(VENUES, venue_id)


# --- speakers ------------------------------------------------------------------------------------------------------


@pages.get("/narasumber")
@requires("training.view")
def speakers() -> str:
    """The speakers that the office knows, by name."""
    search = searched()
    after = lists.identity(request.args.get("sesudah"))
    lines, following = catalogue.speakers(office(), search, after=after)
    kept = given("q", search)
    return render_template(
        "training/speakers.html",
        lines=lines,
        search=search,
        may=_may,
        kept=kept,
        is_first=after is None,
        next_url=url_for(".speakers", **kept, sesudah=following) if following else None,
    )


@pages.get("/narasumber/unduh")
@requires("indicators.export")
def export_speakers() -> ResponseReturnValue:
    """The speakers as a spreadsheet."""
    return _exported(exports.export_speakers(office(), searched()), "narasumber")


@pages.route("/narasumber/baru", methods=["GET", "POST"])
@requires("training.manage")
def new_speaker() -> ResponseReturnValue:
    """An empty form; check and keep."""
    return _new(SPEAKERS, {})


@pages.get("/narasumber/<uuid:speaker_id>")
@requires("training.view")
def speaker(speaker_id: uuid.UUID) -> str:
    """A speaker, and where they spoke and will speak."""
    row = _found(catalogue.find_speaker, speaker_id, office())
    return render_template(
        "training/speaker.html",
        row=row,
        sessions=catalogue.appearances(row.id, office()),
        may_change=_may(row),
    )


@pages.route("/narasumber/<uuid:speaker_id>/ubah", methods=["GET", "POST"])
@requires("training.manage")
def change_speaker(speaker_id: uuid.UUID) -> ResponseReturnValue:
    """A speaker's form; check and keep."""
    row = _found(catalogue.find_speaker, speaker_id, office())
    typed = {name: getattr(row, name) for name in ("name", "position", "organisation", "phone")}
    return _change(SPEAKERS, row, {**typed, "topics": "\n".join(row.topics)})


@pages.post("/narasumber/<uuid:speaker_id>/hapus")
@requires("training.manage")
def delete_speaker(speaker_id: uuid.UUID) -> ResponseReturnValue:
    """Take a speaker away."""
    return _delete(SPEAKERS, speaker_id)


# --- shared --------------------------------------------------------------------------------------------------------


def _new(kind: Kind, typed: Mapping[str, Any]) -> ResponseReturnValue:
    if request.method == "GET":
        return _form(kind, None, typed, {})
    checked = check(kind.schema(), request.form)
    if not checked.is_valid:
        return _form(kind, None, checked.typed, checked.errors, status=422)
    try:
        kind.add(checked.values, office=office())
    except Invalid as wrong:
        return _form(kind, None, checked.typed, {wrong.field: [str(wrong)]}, status=422)
    flash(kind.added(), "success")
    return redirect(url_for(kind.listed), 303)


def _change(kind: Kind, row: Any, typed: Mapping[str, Any]) -> ResponseReturnValue:
    if not _may(row):
        abort(404)
    if request.method == "GET":
        return _form(kind, row, typed, {})
    checked = check(kind.schema(), request.form)
    if not checked.is_valid:
        return _form(kind, row, checked.typed, checked.errors, status=422)
    row_id = row.id
    try:
        kind.change(row_id, checked.values, office=office(), seen=version())
    except Invalid as wrong:
        return _form(kind, row, checked.typed, {wrong.field: [str(wrong)]}, status=422)
    except ChangedMeanwhile:
        return _form(kind, row, checked.typed, {}, status=409, was_faster=True)
    except Missing:
        abort(404)
    flash(kind.added(), "success")
    return redirect(url_for(kind.listed), 303)


def _delete(kind: Kind, row_id: uuid.UUID) -> ResponseReturnValue:
    try:
        kind.delete(row_id, office=office())
        flash(_("Dihapus."), "success")
    except Refused as refusal:
        flash(str(refusal), "warning")
    except Missing:
        abort(404)
    return redirect(url_for(kind.listed), 303)


def _form(
    kind: Kind,
    row: Any,
    typed: Mapping[str, Any],
    errors: dict[str, list[str]],
    *,
    status: int = 200,
    was_faster: bool = False,
) -> Response:
    regions = _places() if kind is VENUES else []
    return page(
        kind.template, status, row=row, typed=typed, errors=errors, was_faster=was_faster, regions=regions
    )


def _places() -> list[dict[str, Any]]:
    """Kabupaten and kecamatan to say where a place lies, in groups."""
    groups: dict[str, dict[str, Any]] = {}
    for region in catalogue.region_choices(office()):
        if region.level == REGENCY:
            groups[region.code] = {"label": region.name, "options": [(region.code, region.name)]}
        else:
            groups[region.parent_code or ""]["options"].append(
                (region.code, _("Kec. %(name)s", name=region.name))
            )
    return list(groups.values())


def _regions() -> list[tuple[str, str]]:
    """The kabupaten to narrow a list of places to."""
    found = [one for one in catalogue.region_choices(office()) if one.level == REGENCY]
    return [("", str(_("Semua wilayah"))), *((one.code, one.name) for one in found)]


def _region() -> str:
    """The region that a list of places is narrowed to: places are nobody's secret, so any of the province."""
    asked = request.args.get("wilayah", "")
    known = {code for code, _name in _regions()} if asked else set()
    return asked if asked in known else ""


def _exported(file: Any, name: str) -> ResponseReturnValue:
    return workbook(file, f"{name}-{office()}-{file_day()}")


def _may(row: Any) -> bool:
    """Whether who looks may change an entry."""
    return acting().may("training.manage") and catalogue.may_change(row, office())


def _found(find: Callable[..., Any], *key: Any) -> Any:
    try:
        return find(*key)
    except Missing:
        abort(404)
