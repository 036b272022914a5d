"""Writing an event down, changing it, and its steps: open, ended, called off, held again."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from flask import Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.core.forms import check
from app.core.permissions import requires
from app.core.village.errors import ChangedMeanwhile, Invalid, Missing
from app.province.announcements.audience import region_tree
from app.province.regions import frame_name
from app.province.training.events import catalogue, conflicts, deeds, lists, queries, words
from app.province.training.events.asked import done, page, version
from app.province.training.events.models import KINDS, TrainingEvent
from app.province.training.events.schemas import CopyForm, EventForm
from app.province.training.events.services import Refused, office, own_event, seen_event
from app.province.training.events.views import pages
from tenants.ids import uuid7

FIELDS = (
    "kind", "title", "description", "programme_id", "venue_id", "starts_on", "ends_on", "registration_until",
    "capacity", "per_village", "budget", "opened_by",
)  # fmt: skip


@pages.get("/baru")
@requires("training.manage")
def new() -> ResponseReturnValue:
    """An empty form; `hari` is the day that was chosen in the calendar."""
    typed: dict[str, Any] = {
        "kind": "bimtek",
        "organiser": office(),
        "starts_on": _day(request.args.get("hari")),
    }
    programme = lists.identity(request.args.get("program"))
    return _form(None, {**typed, "programme_id": programme or ""}, {}, event_id=uuid7())


@pages.post("/baru")
@requires("training.manage")
def add() -> ResponseReturnValue:
    """Check and keep a draft."""
    checked = check(EventForm(), request.form)
    event_id = lists.identity(request.form.get("event_id")) or uuid7()
    try:
        if not checked.is_valid:
            return _form(None, checked.typed, checked.errors, event_id=event_id, status=422)
        event = deeds.add_event(checked.values, office=office(), event_id=event_id)
    except Invalid as wrong:
        errors = {wrong.field: [str(wrong)]}
        return _form(None, checked.typed, errors, event_id=event_id, status=422)
    except Missing:
        abort(404)
    flash(_("Tersimpan sebagai draf. Tambahkan sesinya, lalu buka kegiatannya."), "success")
    return redirect(url_for(".show", event_id=event.id), 303)


@pages.get("/<uuid:event_id>/ubah")
@requires("training.manage")
def edit(event_id: uuid.UUID) -> ResponseReturnValue:
    """An event's form."""
    event = _alive(event_id)
    return _form(event, {name: getattr(event, name) for name in FIELDS}, {})


@pages.post("/<uuid:event_id>/ubah")
@requires("training.manage")
def change(event_id: uuid.UUID) -> ResponseReturnValue:
    """Check and keep, unless somebody else saved first; what people were told may change with it."""
    event = _alive(event_id)
    checked = check(EventForm(), request.form)
    if not checked.is_valid:
        return _form(event, checked.typed, checked.errors, status=422)
    told = event.schedule_version
    try:
        kept = deeds.change_event(event_id, checked.values, office=office(), seen=version())
    except Invalid as wrong:
        below = isinstance(wrong, deeds.TooFew)
        errors = {wrong.field: [str(wrong)]}
        return _form(own_event(event_id), checked.typed, errors, status=422, below=below)
    except ChangedMeanwhile:
        return _form(own_event(event_id), checked.typed, {}, status=409, was_faster=True)
    except Refused as refusal:
        flash(str(refusal), "warning")
        return redirect(url_for(".show", event_id=event_id), 303)
    except Missing:
        abort(404)
    if kept.state == "open" and kept.schedule_version != told:
        flash(
            _("Tersimpan. Desa yang diundang diberi tahu jadwal barunya; halaman peserta ikut berubah."),
            "success",
        )
    else:
        flash(_("Perubahan tersimpan."), "success")
    return redirect(url_for(".show", event_id=event_id), 303)


@pages.post("/bentrok")
@requires("training.manage")
def clash() -> ResponseReturnValue:
    """What stands in the way of an event as its form stands now, as a fragment."""
    event_id = lists.identity(request.form.get("event_id"))
    event = own_event(event_id) if event_id and request.form.get("kept") else None
    return render_template("training/_clash.html", **_in_the_way(event, request.form))


@pages.post("/<uuid:event_id>/buka")
@requires("training.manage")
def open_(event_id: uuid.UUID) -> ResponseReturnValue:
    """Open a draft."""
    own_event(event_id)
    said = _("Kegiatan dibuka. Sekarang undang desa-desanya.")
    return done(lambda: deeds.open_event(event_id, office=office()), said, event_id)


@pages.post("/<uuid:event_id>/selesai")
@requires("training.manage")
def finish(event_id: uuid.UUID) -> ResponseReturnValue:
    """Close an event that was held."""
    own_event(event_id)
    said = _("Kegiatan ditandai selesai.")
    return done(lambda: deeds.finish_event(event_id, office=office()), said, event_id)


@pages.post("/<uuid:event_id>/buka-lagi")
@requires("training.manage")
def reopen(event_id: uuid.UUID) -> ResponseReturnValue:
    """Open an event again that was closed too early."""
    own_event(event_id)
    said = _("Kegiatan dibuka lagi.")
    return done(lambda: deeds.reopen_event(event_id, office=office()), said, event_id)


@pages.route("/<uuid:event_id>/batalkan", methods=["GET", "POST"])
@requires("training.manage")
def cancel(event_id: uuid.UUID) -> ResponseReturnValue:
    """Ask why, then call the event off."""
    event = own_event(event_id)
    if request.method == "GET":
        seats = queries.facts(event)
        return page("training/cancel.html", event=event, seats=seats, reason="", errors={})
    reason = request.form.get("reason", "").replace("\x00", "")
    try:
        deeds.cancel_event(event_id, office=office(), reason=reason)
        flash(
            _("Kegiatan dibatalkan. Desa yang diundang diberi tahu; halaman peserta menyebut alasannya."),
            "success",
        )
    except Invalid as wrong:
        errors = {wrong.field: str(wrong)}
        seats = queries.facts(event)
        return page("training/cancel.html", 422, event=event, seats=seats, reason=reason, errors=errors)
    except Refused as refusal:
        flash(str(refusal), "warning")
    except Missing:
        abort(404)
    return redirect(url_for(".show", event_id=event_id), 303)


@pages.route("/<uuid:event_id>/hapus", methods=["GET", "POST"])
@requires("training.manage")
def remove(event_id: uuid.UUID) -> ResponseReturnValue:
    """Ask, then take a draft away."""
    event = own_event(event_id)
    if request.method == "GET":
        return page("training/remove.html", event=event)
    try:
        deeds.delete_draft(event_id, office=office())
    except Refused as refusal:
        flash(str(refusal), "warning")
        return redirect(url_for(".show", event_id=event_id), 303)
    except Missing:
        abort(404)
    flash(_("Draf dihapus."), "success")
    return redirect(url_for(".index"), 303)


@pages.route("/<uuid:event_id>/ulangi", methods=["GET", "POST"])
@requires("training.manage")
def copy(event_id: uuid.UUID) -> ResponseReturnValue:
    """Hold an event again on other days: a draft with the same sessions."""
    event = seen_event(event_id)
    if request.method == "GET":
        return page("training/copy.html", event=event, typed={"title": event.title}, errors={})
    checked = check(CopyForm(), request.form)
    if not checked.is_valid:
        return page("training/copy.html", 422, event=event, typed=checked.typed, errors=checked.errors)
    try:
        made = deeds.copy_event(event, office=office(), **checked.values)
    except Invalid as wrong:
        errors = {wrong.field if wrong.field in checked.typed else "starts_on": [str(wrong)]}
        return page("training/copy.html", 422, event=event, typed=checked.typed, errors=errors)
    flash(_("Draf baru dibuat dengan sesi yang sama. Periksa harinya, lalu buka."), "success")
    return redirect(url_for(".show", event_id=made.id), 303)


def _alive(event_id: uuid.UUID) -> TrainingEvent:
    """An own event that can be changed; one that is over leads to its page with the reason."""
    event = own_event(event_id)
    try:
        deeds.refuse_unless_alive(event)
    except Refused as refusal:
        flash(str(refusal), "warning")
        abort(redirect(url_for(".show", event_id=event_id), 303))
    return event


def _form(
    event: TrainingEvent | None,
    typed: dict[str, Any],
    errors: dict[str, list[str]],
    *,
    event_id: uuid.UUID | None = None,
    status: int = 200,
    was_faster: bool = False,
    below: bool = False,
) -> Response:
    own = office()
    return page(
        "training/form.html",
        status,
        event=event,
        event_id=event.id if event else event_id,
        typed=typed,
        errors=errors,
        was_faster=was_faster,
        below=below,
        kinds=[(kind, words.kind_word(kind)) for kind in KINDS],
        organisers=_organisers(own),
        programmes=[(one.row.id, f"{one.row.title} ({one.row.year})") for one in catalogue.programmes(own)],
        venues=[
            {
                "label": frame_name(code),
                "options": [
                    (one.id, f"{one.name} ({one.capacity})" if one.capacity else one.name) for one in rows
                ],
            }
            for code, rows in catalogue.venue_choices(own)
        ],
        **_in_the_way(event, typed),
    )


def _organisers(own: str) -> list[Any]:
    """The office itself and those below it, in groups."""
    found: list[Any] = [(own, frame_name(own))]
    for region, below in region_tree(own):
        options = [
            (region.code, frame_name(region.code)),
            *((part.code, frame_name(part.code)) for part in below),
        ]
        found.append({"label": frame_name(region.code), "options": options})
    return found


def _in_the_way(event: TrainingEvent | None, typed: Any) -> dict[str, Any]:
    """Clashes of an event's sessions at the place and on the days of a form, and who else is there then."""
    venue_id = lists.identity(str(typed.get("venue_id") or ""))
    first, last = _day(str(typed.get("starts_on") or "")), _day(str(typed.get("ends_on") or ""))
    if first is None:
        return {"clashes": [], "uses": [], "is_form": True}
    found: list[conflicts.Clash] = []
    if event is not None:
        slots = conflicts.as_meant(queries.sessions_of(event.id), event.id, venue_id, first - event.starts_on)
        found = conflicts.told_once(conflicts.clashes(slots, office()))
    last = last if last is not None and last >= first else first
    told = {clash.other_event_id for clash in found if clash.kind == "venue"}
    uses = conflicts.venue_uses(venue_id, first, last, office(), but=event.id if event else None)
    others = [use for use in uses if use.event_id is None or use.event_id not in told]
    return {"clashes": found, "uses": others, "is_form": True}


def _day(text: str | None) -> dt.date | None:
    try:
        day = dt.date.fromisoformat(text or "")
    except ValueError:
        return None
    return day if 1900 <= day.year <= 2200 else None
