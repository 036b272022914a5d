"""The door of a session: choosing one, the phone's page, its list and what it sends, the screen, corrections."""

from __future__ import annotations

import uuid
from typing import Any

import segno
from flask import Response, abort, flash, jsonify, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf.csrf import generate_csrf

from app.core.actors import acting
from app.core.blueprints import AudienceBlueprint
from app.core.links import province_url
from app.core.permissions import requires
from app.core.village.errors import Invalid, Missing
from app.province.regions import frame_name
from app.province.training.door import codes, queries, services
from app.province.training.door.marks import MOST_MARKS, Mark, moment_of, read_mark
from app.province.training.door.presenting import list_for_phone, milliseconds, sync_answer
from app.province.training.door.services import Answer, Refused, door_of
from app.province.training.events import words
from app.province.training.participants.people import SEXES
from tenants.ids import uuid7
from tenants.models import now

pages = AudienceBlueprint("training_door", __name__, audience="province")

WITH_CAMERA = "camera=(self), geolocation=(), microphone=(), payment=(), usb=()"


@pages.context_processor
def page_words() -> dict[str, Any]:
    """What the pages of the door call."""
    return {"frame_name": frame_name, "session_hours": words.hours, "pillar_word": words.pillar_word}


@pages.get("/hadir")
@requires("training.door")
def index() -> str:
    """Sessions of these days at the office's own events and those below it."""
    region = acting().region_code
    if region is None:
        abort(404)
    at = now()
    return render_template("door/index.html", lines=queries.doors_near(region, at), at=at)


@pages.get("/hadir/<uuid:session_id>")
@requires("training.door")
def phone(session_id: uuid.UUID) -> ResponseReturnValue:
    """The page of a phone at the door: the camera, a search by name, who is new; it works without a network, too."""
    door = door_of(session_id)
    search = " ".join(request.args.get("q", "").replace("\x00", "").split())[:80]
    html = render_template(
        "door/phone.html",
        door=door,
        search=search,
        found=queries.search_people(door, search) if search else [],
        present=queries.present_count(session_id),
        labels={"male": _("Laki-laki"), "female": _("Perempuan")},
    )
    response = make_response(html)
    response.headers["Permissions-Policy"] = WITH_CAMERA
    return response


@pages.get("/hadir/<uuid:session_id>/daftar")
@requires("training.door")
def people(session_id: uuid.UUID) -> Response:
    """Who is expected, as a phone keeps it for the time without a network."""
    return jsonify(list_for_phone(door_of(session_id)))


@pages.get("/hadir/kunci")
@requires("training.door")
def token() -> Response:
    """A fresh form token for what is sent later, and whose account is signed in."""
    return jsonify({"account": str(acting().account_id), "token": generate_csrf()})


@pages.post("/hadir/<uuid:session_id>/sinkron")
@requires("training.door")
def synchronise(session_id: uuid.UUID) -> ResponseReturnValue:
    """Take a phone's marks and tell it who else came; the same marks again change nothing."""
    door = door_of(session_id)
    sent = request.get_json(silent=True)
    if (
        not isinstance(sent, dict)
        or not isinstance(sent.get("marks"), list)
        or len(sent["marks"]) > MOST_MARKS
    ):
        return jsonify({"sentence": _("Kiriman ponsel ini tidak terbaca.")}), 422
    try:
        answers = _noted(door, sent["marks"], sent.get("phone_now"))
    except Refused as refusal:
        return jsonify({"sentence": str(refusal)}), 409
    return jsonify(sync_answer(door, answers, sent.get("since")))


@pages.post("/hadir/<uuid:session_id>/catat")
@requires("training.door")
def note(session_id: uuid.UUID) -> ResponseReturnValue:
    """Note one person by hand, from the search; where no script runs."""
    door, at = door_of(session_id), now()
    try:
        participant_id = uuid.UUID(request.form.get("participant_id", ""))
    except ValueError:
        abort(404)
    mark = Mark(uuid7(), "search", at, participant_id=participant_id, admit="admit" in request.form)
    try:
        (answer,) = services.note_arrivals(door, [mark], phone_now=at, by=acting().name)
        flash(answer.sentence, _tone(answer))
    except Refused as refusal:
        flash(str(refusal), "warning")
    return redirect(url_for(".phone", session_id=session_id), 303)


@pages.route("/hadir/<uuid:session_id>/baru", methods=["GET", "POST"])
@requires("training.door")
def walk_in(session_id: uuid.UUID) -> ResponseReturnValue:
    """Somebody who is not on the list: a short form, then they are noted."""
    door = door_of(session_id)
    if request.method == "GET":
        return _walk_in_form(door, {"key": str(uuid7()), "name": request.args.get("nama", "")[:100]})
    typed = {
        name: request.form.get(name, "") for name in ("key", "name", "sex", "village", "position", "phone")
    }
    is_other, at = "other" in request.form, now()
    sent = {
        "key": typed["key"], "source": "walk_in", "at": milliseconds(at),
        "walk_in": {**typed, "other": is_other},
    }  # fmt: skip
    try:
        mark = read_mark(sent, acting().account_id)
        (answer,) = services.note_arrivals(door, [mark], phone_now=at, by=acting().name)
    except Invalid as wrong:
        return _walk_in_form(door, typed, {wrong.field: str(wrong)}, is_other)
    except Refused as refusal:
        flash(str(refusal), "warning")
        return redirect(url_for(".phone", session_id=session_id), 303)
    if answer.outcome == "invalid":
        return _walk_in_form(door, typed, {"name": answer.sentence}, is_other)
    flash(answer.sentence, _tone(answer))
    return redirect(url_for(".phone", session_id=session_id), 303)


@pages.route("/hadir/<uuid:session_id>/batal/<uuid:participant_id>", methods=["GET", "POST"])
@requires("training.door")
def take_back(session_id: uuid.UUID, participant_id: uuid.UUID) -> ResponseReturnValue:
    """Ask, then take a note away that was a mistake."""
    door = door_of(session_id)
    if request.method == "GET":
        found = queries.people_by_id(door, [participant_id])
        if not found or found[0].at is None:
            abort(404)
        return render_template("door/take_back.html", door=door, person=found[0])
    try:
        name = services.take_back(door, participant_id)
    except Missing:
        abort(404)
    flash(_("Kehadiran %(name)s dihapus.", name=name), "success")
    return redirect(url_for("training_attendance.event", event_id=door.event.id, sesi=session_id), 303)


@pages.get("/hadir/<uuid:session_id>/layar")
@requires("training.door")
def screen(session_id: uuid.UUID) -> str:
    """The screen at the door, by which people check in themselves with their own phones."""
    door = door_of(session_id)
    return render_template("door/screen.html", door=door, **_shown_code(session_id))


@pages.get("/hadir/<uuid:session_id>/kode")
@requires("training.door")
def present_code(session_id: uuid.UUID) -> str:
    """The code of this half minute, as a fragment."""
    door = door_of(session_id)
    return render_template("door/_code.html", door=door, **_shown_code(session_id))


def _shown_code(session_id: uuid.UUID) -> dict[str, Any]:
    at = now()
    code = codes.door_code(session_id, at)
    address = province_url("training_door_open.check_in", session_id=session_id) + f"?k={code.text}"
    picture = segno.make(address, error="m", micro=False).svg_data_uri(
        scale=8, border=3, dark="#221A16", light="#ffffff"
    )
    return {
        "code": code,
        "picture": picture,
        "present": queries.present_count(session_id),
        "closed": services.open_for_self(door_of(session_id), at),
    }


def _noted(door: queries.Door, sent: list[object], phone_now: object) -> list[Answer]:
    """What became of each mark that was sent; those that can't be read are answered by themselves."""
    return services.note_sent(
        door, sent, phone_now=moment_of(phone_now), by=acting().name, account_id=acting().account_id
    )


def _walk_in_form(
    door: queries.Door, typed: dict[str, str], errors: dict[str, str] | None = None, is_other: bool = False
) -> ResponseReturnValue:
    html = render_template(
        "door/walk_in.html",
        door=door,
        typed=typed,
        errors=errors or {},
        is_other=is_other,
        villages=queries.villages_within(door.event.region_code),
        sexes=[(code, _("Laki-laki") if code == "male" else _("Perempuan")) for code in SEXES],
    )
    return make_response(html, 422 if errors else 200)


def _tone(answer: Answer) -> str:
    return {"noted": "success", "already": "info"}.get(answer.outcome, "warning")
