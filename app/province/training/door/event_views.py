"""Attendance of an event: counts by session and village, who came and who is missing, the sheet on paper."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Response, abort, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import ColumnElement

from app.core.actors import acting
from app.core.blueprints import AudienceBlueprint
from app.core.documents import PDF, DocumentFailed
from app.core.permissions import requires
from app.core.tables import XLSX
from app.core.ui.formats import ZONE
from app.core.village.errors import Invalid
from app.province.regions import frame_name, region_contains
from app.province.training.door import paper, queries, services
from app.province.training.door.exports import export_attendance
from app.province.training.door.numbers import numbers_in
from app.province.training.door.services import Refused, door_of
from app.province.training.events import words
from app.province.training.events.models import TrainingEvent, TrainingSession
from app.province.training.events.services import office, seen_event
from tenants.models import now

attendance = AudienceBlueprint("training_attendance", __name__, audience="province")

STATES = ("", "present", "missing")


@attendance.context_processor
def page_words() -> dict[str, Any]:
    """What the pages call."""
    return {"frame_name": frame_name, "session_hours": words.hours, "source_word": source_word}


def source_word(source: str) -> str:
    """How somebody was noted, in words."""
    words: dict[str, str] = {
        "scan": _("pindai QR"),
        "search": _("dicari namanya"),
        "walk_in": _("datang langsung"),
        "self": _("hadir sendiri"),
        "sheet": _("lembar hadir"),
    }
    return words.get(source, "")


@attendance.get("/pelatihan/<uuid:event_id>/hadir")
@requires("training.view")
def event(event_id: uuid.UUID) -> str:
    """Who came: `sesi` chooses the session, `keadaan` who is listed, `sesudah` the next page."""
    row = seen_event(event_id)
    seen = queries.seen_participants(row, office())
    sessions = queries.session_counts(event_id, seen)
    chosen = _chosen([one for one, _count in sessions])
    if chosen is None:
        return render_template(
            "door/event.html", event=row, sessions=[], chosen=None, may_note=_may_note(row)
        )
    state = request.args.get("keadaan", "")
    state = state if state in STATES else ""
    after = request.args.get("sesudah", "").replace("\x00", "")[:200]
    people, following = queries.page_of_people(event_id, chosen.id, seen, state=state, after=after)
    return render_template(
        "door/event.html",
        event=row,
        sessions=sessions,
        chosen=chosen,
        state=state,
        people=people,
        is_first=not after,
        following=following,
        **_counts(event_id, chosen.id, seen),
        may_note=_may_note(row),
        may_take=acting().may("training.door"),
    )


@attendance.get("/pelatihan/<uuid:event_id>/hadir/jumlah")
@requires("training.view")
def count(event_id: uuid.UUID) -> str:
    """The live count by village of the session `sesi`, as a fragment."""
    row = seen_event(event_id)
    seen = queries.seen_participants(row, office())
    chosen = _chosen([one for one, _count in queries.session_counts(event_id, seen)])
    if chosen is None:
        abort(404)
    counts = _counts(event_id, chosen.id, seen)
    return render_template("door/_counts.html", event=row, chosen=chosen, **counts)


@attendance.get("/pelatihan/<uuid:event_id>/hadir/unduh")
@requires("training.door")
def download(event_id: uuid.UUID) -> Response:
    """Everybody with the sessions that they came to, as a workbook."""
    row = seen_event(event_id)
    name = f"kehadiran-{row.starts_on:%Y-%m-%d}.xlsx"
    file = export_attendance(row, office())
    response = send_file(file, mimetype=XLSX, as_attachment=True, download_name=name, max_age=0)
    response.headers["Cache-Control"] = "no-store"
    return response


@attendance.get("/hadir/<uuid:session_id>/lembar-hadir.pdf")
@requires("training.door")
def sheet_pdf(session_id: uuid.UUID) -> ResponseReturnValue:
    """The sheet to print and sign, for where there is neither phone nor power."""
    door = door_of(session_id)
    try:
        data = paper.sheet(door)
    except DocumentFailed as failure:
        flash(str(failure), "error")
        return redirect(url_for(".event", event_id=door.event.id, sesi=session_id), 303)
    day = door.session.starts_at.astimezone(ZONE)
    response = Response(data, mimetype=PDF)
    response.headers["Content-Disposition"] = f'inline; filename="lembar-hadir-{day:%Y-%m-%d-%H%M}.pdf"'
    return response


@attendance.route("/hadir/<uuid:session_id>/lembar", methods=["GET", "POST"])
@requires("training.door")
def sheet(session_id: uuid.UUID) -> ResponseReturnValue:
    """Type a signed sheet in: by the numbers that stand on it, or by ticking names."""
    door = door_of(session_id)
    people = [one for one in queries.people_of(door) if one.seat == "registered"]
    if request.method == "GET":
        return render_template("door/sheet.html", door=door, people=people, numbers="", error="")
    text = request.form.get("numbers", "")[:4000]
    ticked = set(request.form.getlist("hadir"))
    try:
        wanted = numbers_in(text, {one.number for one in people})
    except Invalid as wrong:
        page = render_template(
            "door/sheet.html", door=door, people=people, numbers=text, ticked=ticked, error=str(wrong)
        )
        return page, 422
    ids = [one.id for one in people if one.number in wanted or str(one.id) in ticked]
    try:
        written = services.note_sheet(door, ids, by=acting().name)
    except Refused as refusal:
        flash(str(refusal), "warning")
        return redirect(url_for(".event", event_id=door.event.id, sesi=session_id), 303)
    flash(
        ngettext(
            "%(num)s orang dicatat dari lembar hadir.", "%(num)s orang dicatat dari lembar hadir.", written
        ),
        "success",
    )
    return redirect(url_for(".event", event_id=door.event.id, sesi=session_id), 303)


def _chosen(sessions: list[TrainingSession]) -> TrainingSession | None:
    """The session that the page was asked for; else the one that runs now, the last one that began, or the first."""
    asked = request.args.get("sesi", "")
    for one in sessions:
        if str(one.id) == asked:
            return one
    begun = [one for one in sessions if one.starts_at <= now()]
    return begun[-1] if begun else (sessions[0] if sessions else None)


def _counts(event_id: uuid.UUID, session_id: uuid.UUID, seen: ColumnElement[bool]) -> dict[str, Any]:
    counts, by_district = queries.counts_shown(queries.village_counts(event_id, session_id, seen))
    return {"counts": counts, "by_district": by_district}


def _may_note(row: TrainingEvent) -> bool:
    actor = acting()
    return actor.may("training.door") and region_contains(actor.region_code or "", row.region_code)
