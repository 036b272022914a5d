"""The head's queue: look, sign several with one passphrase, send back, approve for ink."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from flask import Response, abort, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from app.core.accounts.limits import about_the_account, signed_in_account
from app.core.blueprints import AudienceBlueprint
from app.core.documents import DocumentFailed
from app.core.permissions import requires
from app.core.signing.errors import NotSigned
from app.core.signing.keys import change_passphrase
from app.core.signing.runs import find_run
from app.core.village.errors import Invalid, Missing
from app.extensions import limiter
from app.government.letters.desk.errors import VisitorMayNot
from app.government.letters.desk.services import send_back as send_back_letter
from app.government.letters.markup import MarkupWrong
from app.government.letters.signing import queries, services

blueprint = AudienceBlueprint(
    "letter_signing",
    __name__,
    audience="village",
    url_prefix="/surat/tanda-tangan",
    template_folder="templates",
)

WRONG_TRIES = "10 per 10 minutes; 30 per day"
WRONG = 422

View = Callable[..., ResponseReturnValue]


def limit_tries(view: View) -> View:
    """Limit how often somebody may type a wrong passphrase, on all such pages together; right ones are not counted."""
    limited: View = limiter.shared_limit(
        WRONG_TRIES,
        scope="passphrase",
        key_func=signed_in_account,
        methods=["POST"],
        error_message=about_the_account,
        deduct_when=lambda response: response.status_code == WRONG,
    )(view)
    return limited


@blueprint.get("")
@requires("letters.sign")
def index() -> ResponseReturnValue:
    """What waits for the head."""
    services.free_late_runs()
    return _queue()


@blueprint.post("")
@requires("letters.sign")
@limit_tries
def sign() -> ResponseReturnValue:
    """Sign what was selected, with one passphrase."""
    ids, seen = _selected()
    try:
        run = services.sign_letters(ids, _key(), request.form.get("passphrase", ""), seen=seen)
    except VisitorMayNot:
        abort(403)
    except Missing:
        return _again({"key": _("Pilih kuncinya.")})
    except Invalid as wrong:
        return _again({wrong.field: str(wrong)})
    except NotSigned as problem:
        return _again({"passphrase" if problem.code == "passphrase" else "key": str(problem)})
    return redirect(url_for("letter_signing.result", run_id=run.id), 303)


@blueprint.post("/basah")
@requires("letters.sign")
def approve_for_ink() -> ResponseReturnValue:
    """Issue what was selected for a signature in ink: numbered, and ready to print."""

    def told(count: int) -> str:
        return str(
            ngettext(
                "%(num)d surat terbit dan siap dicetak untuk ditandatangani.",
                "%(num)d surat terbit dan siap dicetak untuk ditandatangani.",
                count,
            )
        )

    return _for_ink(services.issue_for_ink, told)


@blueprint.post("/setujui")
@requires("letters.sign")
def approve() -> ResponseReturnValue:
    """Agree to what was selected; the office issues and prints it, ink follows."""

    def told(count: int) -> str:
        return str(
            ngettext(
                "%(num)d surat disetujui. Petugas menerbitkan dan mencetaknya.",
                "%(num)d surat disetujui. Petugas menerbitkan dan mencetaknya.",
                count,
            )
        )

    return _for_ink(services.approve_letters, told)


def _for_ink(deed: Callable[..., dict[uuid.UUID, str]], told: Callable[[int], str]) -> ResponseReturnValue:
    ids, seen = _selected()
    try:
        said = deed(ids, seen=seen)
    except VisitorMayNot:
        abort(403)
    except Invalid as wrong:
        return _again({wrong.field: str(wrong)})
    if not said:
        abort(404)
    done = sum(not problem for problem in said.values())
    if done:
        flash(told(done), "success")
    for problem in dict.fromkeys(filter(None, said.values())):
        flash(problem, "warning")
    return redirect(url_for("letter_signing.index"), 303)


@blueprint.get("/<uuid:letter_id>")
@requires("letters.sign")
def show(letter_id: uuid.UUID) -> ResponseReturnValue:
    """One letter, as it will look."""
    return _letter(letter_id)


@blueprint.get("/<uuid:letter_id>/halaman/<int:number>.png")
@requires("letters.sign")
def picture(letter_id: uuid.UUID, number: int) -> ResponseReturnValue:
    """A page of the letter as a picture, marked as a draft; pages count from 1."""
    try:
        pages = queries.preview(letter_id)
    except (Missing, MarkupWrong, DocumentFailed):
        abort(404)
    if not 1 <= number <= len(pages):
        abort(404)
    response = make_response(pages[number - 1])
    response.content_type = "image/png"
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.post("/<uuid:letter_id>/kembalikan")
@requires("letters.sign")
def send_back(letter_id: uuid.UUID) -> ResponseReturnValue:
    """Hand a letter back to the clerk with a reason."""
    try:
        letter = send_back_letter(letter_id, request.form.get("reason", ""))
    except VisitorMayNot:
        abort(403)
    except Missing:
        abort(404)
    except Invalid as wrong:
        return _letter(letter_id, {wrong.field: str(wrong)}, WRONG)
    flash(str(_("%(title)s sudah dikembalikan kepada petugas.", title=letter.title)), "success")
    return redirect(url_for("letter_signing.index"), 303)


@blueprint.get("/hasil/<uuid:run_id>")
@requires("letters.sign")
def result(run_id: uuid.UUID) -> ResponseReturnValue:
    """What became of the letters that were signed together."""
    services.free_late_runs()
    try:
        run = find_run(run_id)
    except Missing:
        abort(404)
    lines = queries.results_of(run)
    page = render_template(
        "letters/signing/result.html",
        run=run,
        lines=lines,
        issued=[line for line in lines if line.result == "issued"],
        waiting=[line for line in lines if line.result == "waits"],
        is_over=run.state not in ("waiting", "running"),
    )
    return make_response(page)


@blueprint.get("/frasa/<uuid:key_id>")
@requires("letters.sign")
def passphrase(key_id: uuid.UUID) -> ResponseReturnValue:
    """The form to change a key's passphrase."""
    return _passphrase_form(key_id)


@blueprint.post("/frasa/<uuid:key_id>")
@requires("letters.sign")
@limit_tries
def relock(key_id: uuid.UUID) -> ResponseReturnValue:
    """Change a key's passphrase; only who knows the old one can."""
    new = request.form.get("new_passphrase", "")
    if new != request.form.get("again", ""):
        return _passphrase_form(key_id, {"again": _("Kedua frasa sandi baru tidak sama.")}, WRONG)
    try:
        change_passphrase(key_id, request.form.get("passphrase", ""), new)
    except Missing:
        abort(404)
    except Invalid as wrong:
        return _passphrase_form(key_id, {wrong.field: str(wrong)}, WRONG)
    except NotSigned as problem:
        return _passphrase_form(key_id, {"passphrase": str(problem)}, WRONG)
    flash(str(_("Frasa sandi sudah diganti.")), "success")
    return redirect(url_for("letter_signing.index"), 303)


def _queue(
    errors: dict[str, str] | None = None, status: int = 200, chosen: set[str] | None = None
) -> Response:
    queue = queries.signing_queue()
    keys = queries.key_lines(active_only=True)
    page = render_template(
        "letters/signing/queue.html",
        queue=queue,
        keys=keys,
        usable=[line for line in keys if not line.is_over],
        key_id=request.form.get("key", ""),
        chosen=chosen or set(),
        picks_all=chosen is None and request.args.get("pilih") == "semua",
        errors=errors or {},
    )
    return make_response(page, status)


def _again(errors: dict[str, str]) -> Response:
    """The page that a form came from, with what was chosen and without the passphrase."""
    if request.form.get("page") == "letter" and len(ids := _selected()[0]) == 1:
        return _letter(ids[0], errors, WRONG)
    return _queue(errors, WRONG, set(request.form.getlist("letter")))


def _letter(letter_id: uuid.UUID, errors: dict[str, str] | None = None, status: int = 200) -> Response:
    try:
        waiting = queries.waiting_letter(letter_id)
    except Missing:
        abort(404)
    try:
        pages, problem = len(queries.preview(letter_id)), ""
    except (MarkupWrong, DocumentFailed) as wrong:
        pages, problem = 0, str(wrong)
    keys = [line for line in queries.key_lines(active_only=True) if not line.is_over]
    page = render_template(
        "letters/signing/letter.html",
        waiting=waiting,
        letter=waiting.letter,
        pages=pages,
        problem=problem,
        usable=keys,
        key_id=request.form.get("key", ""),
        reason=request.form.get("reason", ""),
        errors=errors or {},
    )
    return make_response(page, status)


def _passphrase_form(key_id: uuid.UUID, errors: dict[str, str] | None = None, status: int = 200) -> Response:
    found = [
        line for line in queries.key_lines(active_only=True) if line.key.id == key_id and line.may_relock
    ]
    if not found:
        abort(404)
    page = render_template("letters/signing/passphrase.html", line=found[0], errors=errors or {})
    return make_response(page, status)


def _selected() -> tuple[list[uuid.UUID], dict[uuid.UUID, int]]:
    """The chosen letters, and the version of each as the page showed it: `<id>.<version>`."""
    ids: list[uuid.UUID] = []
    seen: dict[uuid.UUID, int] = {}
    for text in request.form.getlist("letter"):
        name, _dot, version = text.partition(".")
        letter_id = _uuid(name)
        if letter_id is None:
            continue
        ids.append(letter_id)
        if version.isascii() and version.isdigit() and len(version) < 10:
            seen[letter_id] = int(version)
    return ids, seen


def _key() -> uuid.UUID:
    return _uuid(request.form.get("key", "")) or uuid.UUID(int=0)


def _uuid(text: Any) -> uuid.UUID | None:
    try:
        return uuid.UUID(str(text))
    except ValueError:
        return None
