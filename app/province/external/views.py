"""The pages about villages with other software: list, one village with its keys, deliveries, the developers' guide."""

from __future__ import annotations

import json
import uuid
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.core.actors import acting
from app.core.blueprints import AudienceBlueprint
from app.core.forms import check
from app.core.links import host_origin
from app.core.permissions import requires
from app.core.village.errors import Invalid, Missing
from app.province import wording
from app.province.external import presenting, queries
from app.province.external.api import MOST_BYTES
from app.province.external.judging import MONTHS_BACK, pushable
from app.province.external.schemas import (
    ANSWER_EXAMPLE,
    EXAMPLE,
    MOST_VALUES,
    REFUSED_EXAMPLE,
    KeyForm,
    SoftwareForm,
)
from app.province.external.services import keys, villages
from app.province.regions import own_territory, refuse_region, region_contains
from app.province.watching import note_view
from tenants.models import TenantRow, now

pages = AudienceBlueprint("external", __name__, audience="province", url_prefix="/sistem-lain")
EXAMPLE_KEY = "desa_XXXX…"


@pages.context_processor
def _words() -> dict[str, Any]:
    """How templates name ways and reasons."""
    return {
        "way_words": presenting.way_words,
        "month_words": presenting.month_words,
        "indicator_label": wording.label,
        "indicator_definition": wording.definition,
        "figure_said": wording.said,
        "moment_now": now,
        "stale_days": queries.STALE_DAYS,
    }


def own_village(village_id: uuid.UUID) -> TenantRow:
    """A village of the account's region; one of another region is not found, and that somebody asked is noted."""
    row = queries.village(village_id)
    if row is None:
        abort(404)
    if not region_contains(acting().region_code or "", row.code):
        refuse_region(row.code)
        abort(404)
    return row


def typed_search() -> str:
    """What is looked for, as it can be compared."""
    return " ".join(request.args.get("q", "").replace("\x00", "").split())[:80]


@pages.get("")
@requires("external.manage")
def index() -> str:
    """The villages of one's region that run other software."""
    here, search = own_territory(), typed_search()
    page = queries.villages(here, search, request.args.get("sesudah", "").replace("\x00", "")[:20])
    return render_template("external/index.html", here=here, page=page, search=search)


@pages.get("/catat")
@requires("external.manage")
def find() -> str:
    """Look for a village that runs other software but is not said to yet."""
    here, search = own_territory(), typed_search()
    found = queries.candidates(here, search)
    return render_template(
        "external/find.html", here=here, search=search, found=found, most=queries.MOST_FOUND
    )


@pages.get("/desa/<uuid:village_id>")
@requires("external.manage")
def village(village_id: uuid.UUID) -> ResponseReturnValue:
    """One village: what it runs, its keys, what it sent."""
    return _village(own_village(village_id))


def _village(
    row: TenantRow,
    status: int = 200,
    typed: dict[str, Any] | None = None,
    errors: dict[str, list[str]] | None = None,
    made: keys.NewKey | None = None,
) -> ResponseReturnValue:
    newest = queries.newest_of(row.id)
    told = queries.told_by(row, newest.period) if newest is not None and newest.period else []
    page = render_template(
        "external/village.html",
        row=row,
        name=villages.village_name(row),
        refusal=villages.why_not(row),
        keys=queries.keys_of(row.id),
        newest=newest,
        stale_since=queries.stale_since(newest.received_at if newest else None),
        told=told,
        deliveries=queries.deliveries_of(row.id),
        refused_count=queries.refused_count,
        lifetimes=[(str(days), _("%(count)s hari", count=days)) for days in keys.LIFETIMES],
        most_keys=keys.MOST_KEYS,
        typed=typed or {},
        errors=errors or {},
        made=made,
    )
    if told:
        note_view("village", row.id, villages.village_name(row))
    return page, status


@pages.post("/desa/<uuid:village_id>/sistem")
@requires("external.manage")
def declare(village_id: uuid.UUID) -> ResponseReturnValue:
    """Say what a village runs."""
    row = own_village(village_id)
    form = check(SoftwareForm(), request.form)
    if form.is_valid:
        try:
            villages.declare(row.id, form.values["software"])
        except Invalid as wrong:
            form = form.with_error(wrong.field, wrong)
    if not form.is_valid:
        return _village(own_village(village_id), 422, form.typed, form.errors)
    flash(_("Tercatat. Buat kunci bila sistemnya mengirim lewat API, atau unggah berkasnya."), "success")
    return redirect(url_for("external.village", village_id=village_id), 303)


@pages.route("/desa/<uuid:village_id>/akhiri", methods=["GET", "POST"])
@requires("external.manage")
def end(village_id: uuid.UUID) -> ResponseReturnValue:
    """Ask, then say that a village runs no other software any more."""
    row = own_village(village_id)
    if request.method == "GET":
        return render_template("external/end.html", row=row, name=villages.village_name(row))
    name = villages.village_name(row)
    if villages.end(row.id):
        flash(
            _(
                "%(village)s tidak lagi dicatat memakai sistem lain. Kuncinya dicabut; angkanya tetap.",
                village=name,
            ),
            "success",
        )
    return redirect(url_for("external.village", village_id=village_id), 303)


@pages.post("/desa/<uuid:village_id>/kunci")
@requires("external.manage")
def make_key(village_id: uuid.UUID) -> ResponseReturnValue:
    """Make a key and show it, this once."""
    row = own_village(village_id)
    form = check(KeyForm(), request.form)
    made = None
    if form.is_valid:
        try:
            made = keys.make_key(row.id, days=int(form.values["days"]), made_by=acting().name)
        except Invalid as wrong:
            form = form.with_error(wrong.field, wrong)
    return _village(own_village(village_id), 200 if made else 422, form.typed, form.errors, made)


@pages.post("/desa/<uuid:village_id>/kunci/<uuid:key_id>/cabut")
@requires("external.manage")
def revoke_key(village_id: uuid.UUID, key_id: uuid.UUID) -> ResponseReturnValue:
    """End a key."""
    row = own_village(village_id)
    try:
        if keys.revoke_key(row.id, key_id):
            flash(_("Kunci dicabut; kiriman berikutnya dengan kunci itu ditolak."), "success")
    except Missing:
        abort(404)
    return redirect(url_for("external.village", village_id=village_id), 303)


@pages.get("/kiriman")
@requires("external.manage")
def deliveries() -> str:
    """What came, newest first, with what was refused."""
    here = own_territory()
    try:
        before = uuid.UUID(request.args["sebelum"]) if "sebelum" in request.args else None
    except ValueError:
        before = None
    lines, after = queries.deliveries(here, before)
    return render_template("external/deliveries.html", here=here, lines=lines, after=after, before=before)


@pages.get("/kiriman/<uuid:delivery_id>")
@requires("external.manage")
def delivery(delivery_id: uuid.UUID) -> str:
    """One delivery: what was taken, what was not and why."""
    found = queries.delivery(delivery_id, own_territory())
    if found is None:
        owner = queries.region_of_delivery(delivery_id)
        if owner is not None:
            refuse_region(owner)
        abort(404)
    return render_template("external/delivery.html", found=found, row=found.row)


@pages.get("/panduan")
@requires("overview.view")
def guide() -> str:
    """How a developer of another system sends figures; made to be printed."""
    known = sorted(pushable().values(), key=lambda one: one.code)
    return render_template(
        "external/guide.html",
        may_manage=acting().may("external.manage"),
        indicators=known,
        how_told=presenting.how_told,
        unit_words=presenting.unit_words,
        example_of=lambda one: json.dumps(presenting.example_of(one)),
        origin=host_origin(request.host),
        example=presenting.laid_out(EXAMPLE),
        answer=presenting.laid_out(ANSWER_EXAMPLE),
        refused=presenting.laid_out(REFUSED_EXAMPLE),
        key=EXAMPLE_KEY,
        months=MONTHS_BACK,
        most_values=MOST_VALUES,
        most_kilobytes=MOST_BYTES // 1024,
    )
