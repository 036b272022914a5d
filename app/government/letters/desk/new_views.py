"""Making a letter: for whom, which one, its form, and changing what was typed."""

from __future__ import annotations

import uuid
from typing import Any

import structlog
from flask import Response, abort, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.core.actors import current_actor
from app.core.blueprints import AudienceBlueprint
from app.core.documents import DocumentFailed
from app.core.files.storage import StorageAway
from app.core.forms import Checked
from app.core.permissions import requires
from app.core.village.errors import ChangedMeanwhile, Invalid, Missing
from app.government.letters.desk import forms, queries, services
from app.government.letters.desk.boxes import FINAL
from app.government.letters.desk.errors import NotNow, OtherText, ResidentHere, WrongValues
from app.government.letters.desk.forms import Holder
from app.government.letters.desk.people import check_for_strangers
from app.government.letters.desk.requests import CHANGEABLE
from app.government.letters.markup import MarkupWrong
from app.government.letters.models import Letter
from app.government.letters.types import LetterKind, check_form, from_form, letter_type, letter_types
from app.government.residents.events.queries import Found, find_by_nik, find_people

log = structlog.get_logger(__name__)

blueprint = AudienceBlueprint(
    "letters_new", __name__, audience="village", url_prefix="/surat", template_folder="templates"
)


@blueprint.get("/baru")
@requires("letters.process")
def new() -> ResponseReturnValue:
    """For whom (`penduduk`, or `luar=1`), which letters (`jenis`, several times), then the form of the first one."""
    codes = forms.codes_in(request.args.getlist("jenis"))
    holder = _holder()
    if codes:
        kind = _kind(codes[0])
        if kind.about == "none":
            return _form(kind, None, further=codes[1:])
        if holder is not None and holder.is_stranger and not kind.for_strangers:
            return _residents_only(codes, kind)
        if holder is not None:
            return _form(kind, holder, further=codes[1:])
        return _choose_person(codes)
    if holder is None:
        return _choose_person(codes)
    return _choose_kind(holder)


@blueprint.post("/baru/cari")
@requires("letters.process")
def find() -> ResponseReturnValue:
    """Find somebody by all digits of a NIK, which never stands in an address."""
    codes = forms.codes_in(request.form.getlist("jenis"))
    digits = forms.nik_digits(request.form.get("nik", ""))
    if digits is None:
        return _choose_person(codes, error=str(_("Tulis ke-16 angka NIK.")), status=422)
    found = find_by_nik(digits, "letter")
    if len(found) == 1:
        return redirect(url_for("letters_new.new", penduduk=found[0].id, jenis=codes or None), 303)
    return _choose_person(codes, found=found, asked=True)


@blueprint.post("/baru")
@requires("letters.process")
def make() -> ResponseReturnValue:
    """Check the form, and show how the letter will look, or issue it at once (`langsung`)."""
    codes = forms.codes_in(request.args.getlist("jenis"))
    if not codes:
        abort(404)
    kind, further = _kind(codes[0]), codes[1:]
    holder = None if kind.about == "none" else _holder()
    if holder is None and kind.about != "none":
        return _choose_person(codes)
    if _only_more():
        return _form(kind, holder, further=further)
    try:
        letter = services.ask(
            kind.code,
            resident_id=holder.resident_id if holder else None,
            applicant=forms.applicant_of(request.form) if holder and holder.is_stranger else None,
            values=from_form(kind.fields, request.form),
            origin="desk",
            submit=False,
            is_whole=True,
            idempotency_key=forms.form_key(request.form),
            papers=forms.papers_of(request.files, kind),
            seen_papers=request.form.getlist("dilihat"),
        )
        if request.form.get("langsung") and letter.state == "draft":
            letter = _issued_once(letter.id)
    except Missing:
        abort(404)
    except OtherText as other:
        return _form(
            kind, holder, further=further, errors={"": [str(other)]}, status=409, sent=other.letter_id
        )
    except ResidentHere as here:
        known = here.resident_id if _sees_identity() else None
        return _form(kind, holder, further=further, errors=here.errors, status=422, known=known)
    except WrongValues as wrong:
        return _form(kind, holder, further=further, errors=wrong.errors, status=422)
    except Invalid as wrong:
        return _form(kind, holder, further=further, errors={"": [str(wrong)]}, status=422)
    except (DocumentFailed, MarkupWrong) as failed:
        return _form(kind, holder, further=further, errors={"": [str(failed)]}, status=422)
    except StorageAway as away:
        log.error("storage_away", error=str(away))
        return _form(kind, holder, further=further, errors={"": [forms.storage_sentence()]}, status=503)
    if letter.number:
        flash(str(_("Surat terbit dengan nomor %(number)s.", number=letter.number)), "success")
    return redirect(url_for("letters.show", letter_id=letter.id, lanjut=",".join(further) or None), 303)


@blueprint.post("/baru/cek")
@requires("letters.process")
def live_check() -> ResponseReturnValue:
    """What is still wrong in a form that is being filled in: a fragment."""
    try:
        kind = letter_type(request.form.get("jenis_surat", ""))
    except Missing:
        abort(404)
    checked = check_form(kind, request.form)
    errors = forms.only_typed(checked, request.form)
    return render_template("letters/desk/_check.html", errors=errors, labels=forms.labels_of(kind, errors))


@blueprint.get("/<uuid:letter_id>/ubah")
@requires("letters.process")
def edit(letter_id: uuid.UUID) -> ResponseReturnValue:
    """The form of a letter that is not issued yet, as it stands."""
    return _edit(letter_id)


@blueprint.post("/<uuid:letter_id>/ubah")
@requires("letters.process")
def save(letter_id: uuid.UUID) -> ResponseReturnValue:
    """Check and keep; who comes second sees both versions."""
    kind = _kind_of(letter_id)
    if _only_more():
        return _edit(letter_id, typed=_as_typed(kind))
    seen = request.form.get("row_version", "")
    try:
        services.change(
            letter_id,
            int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 10 else 0,
            from_form(kind.fields, request.form),
            papers=forms.papers_of(request.files, kind),
            seen_papers=request.form.getlist("dilihat"),
        )
    except Missing:
        abort(404)
    except ChangedMeanwhile as meanwhile:
        return _edit(letter_id, typed=_as_typed(kind), theirs=meanwhile.present, status=409)
    except WrongValues as wrong:
        return _edit(letter_id, typed=_as_typed(kind), errors=wrong.errors, status=422)
    except Invalid as wrong:
        return _edit(letter_id, typed=_as_typed(kind), errors={"": [str(wrong)]}, status=422)
    except StorageAway as away:
        log.error("storage_away", error=str(away))
        sentence = {"": [forms.storage_sentence()]}
        return _edit(letter_id, typed=_as_typed(kind), errors=sentence, status=503)
    flash(str(_("Isian surat tersimpan.")), "success")
    return redirect(url_for("letters.show", letter_id=letter_id), 303)


def _issued_once(letter_id: uuid.UUID) -> Letter:
    """The letter issued in ink; where the same form is sent several times at once, one issues it and all get it."""
    try:
        return services.issue(letter_id, signing="wet")
    except NotNow:
        letter = queries.letter_row(letter_id)
        if letter.state not in FINAL:
            raise
        return letter


def _residents_only(codes: list[str], kind: LetterKind) -> Response:
    """Asks for a resident, since a letter of this kind is not made for strangers."""
    try:
        check_for_strangers(kind)
    except Invalid as wrong:
        flash(str(wrong), "warning")
    return make_response(redirect(url_for("letters_new.new", jenis=codes), 303))


def _sees_identity() -> bool:
    actor = current_actor()
    return actor is not None and actor.may("residents.view_identity")


def _only_more() -> bool:
    """Whether a button of the form asks for another row or for people to choose from, and nothing is to be kept."""
    return bool(request.form.get("tambah_baris") or request.form.get("cari_orang"))


def _address_args() -> dict[str, Any]:
    """What the address says of holder and letters, for the address that the form is sent to."""
    return {
        name: request.args.getlist(name) for name in ("jenis", "penduduk", "luar") if name in request.args
    }


def _as_typed(kind: LetterKind) -> Checked:
    return Checked(from_form(kind.fields, request.form), {})


def _people(holder: Holder | None) -> list[tuple[str, str]]:
    """Whom a field that asks for somebody offers: the household, and who was looked up by name or number."""
    looked_up = forms.found_people(request.form.get(f"cari.{request.form.get('cari_orang')}", ""))
    return list(dict([*forms.household_people(holder), *looked_up]).items())


def _holder() -> Holder | None:
    """Whom the address names. Unknown people are a 404."""
    if request.args.get("luar"):
        return Holder(is_stranger=True)
    text = request.args.get("penduduk", "")
    if not text:
        return None
    try:
        return forms.holder(uuid.UUID(text))
    except (ValueError, Missing):
        abort(404)


def _kind(code: str) -> LetterKind:
    try:
        return letter_type(code)
    except Missing:
        abort(404)


def _kind_of(letter_id: uuid.UUID) -> LetterKind:
    try:
        return letter_type(queries.letter_row(letter_id).type_code, active=False)
    except Missing:
        abort(404)


def _choose_person(
    codes: list[str],
    *,
    found: list[Found] | None = None,
    error: str = "",
    asked: bool = False,
    status: int = 200,
) -> Response:
    name = request.args.get("cari", "").replace("\x00", "").strip()[:100]
    if found is None:
        found = find_people(name, "letter") if name else []
    page = render_template(
        "letters/desk/person.html",
        rows=forms.people_rows(found, codes),
        name=name,
        asked=asked or bool(name),
        error=error,
        codes=codes,
        asks_strangers=not codes or _kind(codes[0]).for_strangers,
        about_nobody=[kind for kind in letter_types() if kind.about == "none"] if not codes else [],
    )
    return make_response(page, status)


def _choose_kind(holder: Holder) -> Response:
    text = request.args.get("cari_jenis", "").strip()[:60]
    page = render_template(
        "letters/desk/kinds.html",
        holder=holder,
        groups=forms.offered(letter_types(), holder, text),
        text=text,
    )
    return make_response(page)


def _form(
    kind: LetterKind,
    holder: Holder | None,
    *,
    further: list[str],
    errors: dict[str, list[str]] | None = None,
    status: int = 200,
    known: uuid.UUID | None = None,
    sent: uuid.UUID | None = None,
) -> Response:
    """The form of a new letter. `known`: the resident whose NIK was typed in; `sent`: what it became already."""
    typed: Any = request.form if request.method == "POST" else {}
    page = render_template(
        "letters/desk/form.html",
        kind=kind,
        holder=holder,
        person=forms.person_lines(holder),
        further=[_kind(code).label for code in further],
        errors=errors or {},
        known=known,
        sent=sent,
        labels=forms.labels_of(kind, errors or ()),
        values=forms.flat_values(kind, from_form(kind.fields, request.form)) if typed else {},
        typed=typed,
        seen=request.form.getlist("dilihat"),
        key=forms.new_key() if sent else request.form.get("kunci") or forms.new_key(),
        people=_people(holder),
        letter=None,
        theirs=[],
        action=url_for("letters_new.make", **_address_args()),
        signing=forms.usual_signing(),
    )
    answer = make_response(page, status)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _edit(
    letter_id: uuid.UUID,
    *,
    typed: Checked | None = None,
    theirs: dict[str, Any] | None = None,
    errors: dict[str, list[str]] | None = None,
    status: int = 200,
) -> Response:
    try:
        shown = queries.letter_page(letter_id)
    except Missing:
        abort(404)
    if shown.kind is None or shown.letter.state not in CHANGEABLE:
        flash(str(_("Surat ini tidak dapat diubah lagi.")), "warning")
        return make_response(redirect(url_for("letters.show", letter_id=letter_id), 303))
    kind = shown.kind
    found = forms.holder_of(shown)
    mine = typed.typed if typed is not None else shown.parts["fields"]
    page = render_template(
        "letters/desk/form.html",
        kind=kind,
        holder=found,
        person=shown.person,
        further=[],
        errors=errors or {},
        labels=forms.labels_of(kind, errors or ()),
        values=forms.flat_values(kind, mine),
        typed=request.form,
        seen=request.form.getlist("dilihat") if typed else shown.letter.details.get("seen_papers", []),
        key="",
        people=_people(found),
        letter=shown.letter,
        files=shown.files,
        theirs=forms.differences(kind, mine, theirs["fields"]) if theirs else [],
        action=url_for("letters_new.save", letter_id=letter_id),
        signing=shown.letter.signing,
    )
    answer = make_response(page, status)
    answer.headers["Cache-Control"] = "no-store"
    return answer
