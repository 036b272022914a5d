"""The kiosk's screens: card or NIK, PIN, which letter, its few fields, what came of it. No browser keeps them."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from typing import Any

from flask import Response, abort, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import NotFound, ServiceUnavailable, TooManyRequests

from app.core.accounts.secrets import keyed_digest
from app.core.blueprints import AudienceBlueprint
from app.core.files.storage import StorageAway
from app.core.permissions import anonymous
from app.core.village.errors import Invalid, Missing
from app.extensions import counted_address, limiter
from app.government.letters.desk.errors import WrongValues
from app.government.letters.types.fields import from_form
from app.government.selfservice.accounts import sessions
from app.government.selfservice.accounts import sign_in as signing_in
from app.government.selfservice.accounts.finding import canonical_tag, digits
from app.government.selfservice.accounts.guard import current_resident, forget_signed_in, keep_signed_in
from app.government.selfservice.kiosk import asking, devices
from app.government.selfservice.kiosk.guard import (
    keep_paired,
    kiosk,
    kiosk_only,
    kiosk_visitors,
    present_kiosk,
    visitor_or_none,
)
from app.government.selfservice.requests.forms import groups_of
from app.government.selfservice.requests.schemas import key_from
from tenants.ids import uuid7
from tenants.scope import current_tenant

blueprint = AudienceBlueprint("kiosk", __name__, audience="resident", url_prefix="/kios")

PER_PAIRING = "10 per 10 minutes; 60 per day"
PER_PERSON = "20 per 10 minutes; 60 per day"
IDLE_SECONDS = int(sessions.KIOSK_IDLE.total_seconds())
_NUMBER = re.compile(r"[0-9 .-]{16,30}")


def _typed_person() -> str:
    typed = canonical_tag(request.form.get("who", ""))
    return keyed_digest("selfservice.limit", f"{current_tenant().id}:{typed}")[:24]


@blueprint.after_request
def keep_nothing(response: Response) -> Response:
    """No page of the kiosk is kept anywhere; the back button shows nothing."""
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.errorhandler(404)
def not_here(error: NotFound) -> Response:
    """What is not there (any more) is said on the kiosk's own screen, which leads nowhere else."""
    return _problem(str(_("Ini tidak ada di sini")), str(_("Mulailah lagi dari layar pertama.")), 404)


@blueprint.errorhandler(429)
def too_often(error: TooManyRequests) -> ResponseReturnValue:
    """The same for whoever tried too often."""
    sentence = _("Sudah terlalu banyak percobaan. Tunggu beberapa menit, atau datanglah ke meja layanan.")
    return _problem(str(_("Tunggu sebentar")), str(sentence), 429)


@blueprint.errorhandler(503)
def away(error: ServiceUnavailable) -> Response:
    """The same while the letter can't be read."""
    sentence = _("Coba lagi sebentar lagi, atau datanglah ke meja layanan.")
    return _problem(str(_("Belum dapat dicetak")), str(sentence), 503)


@blueprint.get("/pasang")
@anonymous
def pairing() -> ResponseReturnValue:
    """Where a screen becomes a kiosk."""
    if present_kiosk() is not None:
        return redirect(url_for("kiosk.start"), 303)
    return _screen("pair")


@blueprint.post("/pasang")
@anonymous
@limiter.limit(PER_PAIRING, key_func=counted_address, methods=["POST"])
def pair() -> ResponseReturnValue:
    """Take the code that staff made."""
    try:
        token, _name = devices.pair(request.form.get("code", ""))
    except devices.PairingRefused as refused:
        return _screen("pair", error=str(refused), status=422)
    response = redirect(url_for("kiosk.start"), 303)
    keep_paired(response, token)
    return response


@blueprint.get("")
@kiosk_only
def start() -> ResponseReturnValue:
    """The first screen: the card on the reader, or the NIK."""
    if visitor_or_none() is not None:
        return redirect(url_for("kiosk.choose"), 303)
    return _screen("start")


@blueprint.post("")
@kiosk_only
def known_by() -> ResponseReturnValue:
    """The PIN is always asked for; whether somebody is known is not said before."""
    typed = request.form.get("who", "").strip()[:64]
    if len(digits(typed)) != 16 and len(canonical_tag(typed)) < 4:
        sentence = _("Tempelkan kartu, atau ketik 16 angka NIK.")
        return _screen("start", typed=typed, error=str(sentence), status=422)
    return _screen("pin", who=typed, shown=_masked(typed))


@blueprint.post("/masuk")
@kiosk_only
@limiter.limit(PER_PERSON, key_func=_typed_person, methods=["POST"])
def enter() -> ResponseReturnValue:
    """Check the PIN."""
    typed, pin, here = request.form.get("who", "").strip()[:64], request.form.get("pin", "")[:40], kiosk()
    agent = request.user_agent.string
    try:
        if _NUMBER.fullmatch(typed) and len(digits(typed)) == 16:
            opened = signing_in.sign_in(digits(typed), pin, user_agent=agent, kiosk_id=here.id)
        else:
            opened = signing_in.sign_in_with_card(typed, pin, kiosk_id=here.id, user_agent=agent)
    except signing_in.SignInRefused as refused:
        return _screen("pin", who=typed, shown=_masked(typed), error=str(refused), status=422)
    response = redirect(url_for("kiosk.choose"), 303)
    keep_signed_in(response, opened.token)
    return response


@blueprint.get("/pilih")
@kiosk_visitors
def choose() -> ResponseReturnValue:
    """Which letter."""
    return _screen("choose", kinds=asking.kinds_on_kiosk(), resident=current_resident())


@blueprint.get("/surat/<string(maxlength=60):code>")
@kiosk_visitors
def form(code: str) -> ResponseReturnValue:
    """The letter's few fields."""
    return _form(code, {}, {}, str(uuid7()))


@blueprint.post("/surat/<string(maxlength=60):code>")
@kiosk_visitors
def ask(code: str) -> ResponseReturnValue:
    """Ask for it."""
    values = from_form(asking.kind_on_kiosk(code).fields, _found(code))
    try:
        letter_id = asking.ask_on_kiosk(kiosk(), current_resident(), code, values, key_from(request.form))
    except Missing:
        abort(404)
    except WrongValues as wrong:
        return _form(code, values, wrong.errors, request.form.get("kunci", ""), status=422)
    except Invalid as wrong:
        return _form(code, values, {"": [str(wrong)]}, request.form.get("kunci", ""), status=422)
    return redirect(url_for("kiosk.done", letter_id=letter_id), 303)


@blueprint.get("/hasil/<uuid:letter_id>")
@kiosk_visitors
def done(letter_id: uuid.UUID) -> ResponseReturnValue:
    """The queue number, or the letter to be printed."""
    return _screen("done", asked=_or_404(lambda: asking.asked(letter_id, current_resident())), kiosk=kiosk())


@blueprint.get("/cetak/<uuid:letter_id>")
@kiosk_visitors
def print_out(letter_id: uuid.UUID) -> ResponseReturnValue:
    """The letter itself, for the kiosk's printer."""
    try:
        data = _or_404(lambda: asking.print_file(letter_id, kiosk(), current_resident()))
    except StorageAway:
        abort(503)
    response = make_response(data)
    response.headers["Content-Type"] = "application/pdf"
    response.headers["Content-Disposition"] = 'inline; filename="surat.pdf"'
    # The screen prints it from a frame of its own; whatever shows it instead goes back by itself.
    response.headers["Content-Security-Policy"] = "frame-ancestors 'self'"
    response.headers["Refresh"] = f"{IDLE_SECONDS}; url={url_for('kiosk.start')}"
    return response


@blueprint.post("/masih")
@kiosk_visitors
def still_here() -> ResponseReturnValue:
    """Somebody is still typing: the minute begins anew."""
    return "", 204


@blueprint.post("/selesai")
@kiosk_only
def finish() -> ResponseReturnValue:
    """Sign out and forget."""
    resident = visitor_or_none()
    if resident is not None:
        sessions.end_session(resident)
    response = redirect(url_for("kiosk.start"), 303)
    forget_signed_in(response)
    return response


def _found(code: str) -> MultiDict[str, str]:
    """The form, once the letter is known to be offered here; 404 else."""
    _or_404(lambda: asking.kind_on_kiosk(code))
    return request.form


def _form(code: str, typed: Any, errors: dict[str, list[str]], key: str, *, status: int = 200) -> Response:
    kind = _or_404(lambda: asking.kind_on_kiosk(code))
    here = kiosk()
    return _screen(
        "form", kind=kind, groups=groups_of(kind, typed, errors, []), errors=errors, key=key,
        at_once=asking.prints_at_once(here, kind), status=status,
    )  # fmt: skip


def _or_404(read: Callable[[], Any]) -> Any:
    try:
        return read()
    except Missing:
        abort(404)


def _problem(heading: str, sentence: str, status: int) -> Response:
    return _screen("problem", heading=heading, sentence=sentence, status=status)


def _masked(typed: str) -> str:
    return f"•••• {typed[-4:]}" if _NUMBER.fullmatch(typed) else str(_("Kartu terbaca"))


def _screen(name: str, *, status: int = 200, **context: Any) -> Response:
    page = render_template(
        f"selfservice/kiosk_{name}.html", is_known=visitor_or_none() is not None, idle=IDLE_SECONDS, **context
    )
    return make_response(page, status)
