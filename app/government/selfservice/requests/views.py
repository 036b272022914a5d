"""Asking for a letter, step by step: choose, fill in with photos, look it over, send; and one's own requests."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Response, abort, flash, jsonify, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import RequestEntityTooLarge

from app.core.blueprints import AudienceBlueprint
from app.core.casework.files import CaseFileMissing, open_case_file
from app.core.files.storage import StorageAway
from app.core.forms import check
from app.core.indicators import tallies
from app.core.privacy.vault import open_vault
from app.core.village.errors import ChangedMeanwhile, Invalid, Missing
from app.government.letters.desk.errors import NotNow, WrongValues
from app.government.letters.options import letter_options
from app.government.letters.types import LetterKind, person_of
from app.government.letters.types.fields import day_of, from_form
from app.government.selfservice.accounts import current_resident, residents_only
from app.government.selfservice.accounts.guard import cookie_name
from app.government.selfservice.requests import drafts, services
from app.government.selfservice.requests.drafts import Draft, Photo
from app.government.selfservice.requests.family import FamilyMember, family_of, subjects
from app.government.selfservice.requests.forms import answers_of, groups_of
from app.government.selfservice.requests.offers import offered, offers
from app.government.selfservice.requests.queries import asked_lately, own_request, own_requests
from app.government.selfservice.requests.schemas import RatingSchema, key_from, subject_from
from tenants.scope import current_tenant

blueprint = AudienceBlueprint("portal_letters", __name__, audience="resident", url_prefix="/layanan/surat")

CODE = "<string(minlength=1, maxlength=60):code>"
MOST_BODY = 41 * 1024 * 1024
"""Five photos of a camera and what was typed."""
MOST_DRAINED = 96 * 1024 * 1024
TAKES_PHOTOS = ("portal_letters.begin", "portal_letters.keep")


@blueprint.url_value_preprocessor
def allow_photos(endpoint: str | None, values: dict[str, Any] | None) -> None:
    """Let the form with photos be larger than other forms; before its token is read, and only for who has a session."""
    if endpoint in TAKES_PHOTOS and request.method == "POST" and cookie_name() in request.cookies:
        request.max_content_length = MOST_BODY


@blueprint.errorhandler(RequestEntityTooLarge)
def too_large(error: RequestEntityTooLarge) -> Response:
    """Say in the portal that the photos were too large; the rest of the body is read away, so that the page arrives."""
    stream, left = request.environ["wsgi.input"], min(request.content_length or 0, MOST_DRAINED)
    while left > 0 and (chunk := stream.read(min(left, 1 << 20))):
        left -= len(chunk)
    page = render_template("selfservice/too_large.html", back_url=request.path)
    return make_response(page, 413)


@blueprint.errorhandler(StorageAway)
def nothing_kept(error: StorageAway) -> Response:
    """Photos can't be kept now: what was typed stands in the draft."""
    return make_response(render_template("selfservice/storage_away.html", back_url=request.path), 503)


@blueprint.errorhandler(Missing)
def not_here(error: Missing) -> Response:
    """Another account's request, another household's member, a letter that is not offered: the same answer to all."""
    return make_response(render_template("selfservice/not_here.html"), 404)


@blueprint.get("")
@residents_only
def index() -> str:
    """One's own requests: drafts, on their way, done."""
    return render_template("selfservice/requests.html", found=own_requests(current_resident()))


@blueprint.get("/baru")
@residents_only
def choose() -> str:
    """Choose the letter."""
    search = request.args.get("cari", "")[:100]
    return render_template("selfservice/choose.html", groups=offers(search), search=search)


@blueprint.get(f"/baru/{CODE}")
@residents_only
def form(code: str) -> ResponseReturnValue:
    """What a letter needs, and its empty form."""
    kind = offered(code)
    family = family_of(current_resident().resident_id)
    return _form(kind, family, key=uuid.uuid4())


@blueprint.post(f"/baru/{CODE}")
@residents_only
def begin(code: str) -> ResponseReturnValue:
    """Keep what was typed as a draft; the same form sent twice is the same draft."""
    resident, kind = current_resident(), offered(code)
    family = family_of(resident.resident_id)
    key = key_from(request.form) or uuid.uuid4()
    typed = from_form(kind.fields, request.form)
    try:
        letter = drafts.start(
            resident, kind, family, key=key, subject_id=subject_from(request.form), values=typed
        )
    except Invalid as wrong:
        return _form(kind, family, key=key, typed=typed, errors={wrong.field: [str(wrong)]}, status=422)
    if letter.state != "draft":
        return _sent(letter.id)
    return _kept(drafts.draft_of(letter.id, resident, kind), family)


@blueprint.get("/<uuid:letter_id>/isi")
@residents_only
def edit(letter_id: uuid.UUID) -> ResponseReturnValue:
    """A draft's form with all that was typed."""
    resident = current_resident()
    draft = drafts.draft_of(letter_id, resident)
    return _form(draft.kind, family_of(resident.resident_id), draft=draft, more=request.args.get("baris", ""))


@blueprint.post("/<uuid:letter_id>/isi")
@residents_only
def keep(letter_id: uuid.UUID) -> ResponseReturnValue:
    """Keep what was typed and the photos, then look it over."""
    resident = current_resident()
    if services.own_letter(letter_id, resident).state != "draft":
        return _sent(letter_id)
    draft, family = drafts.draft_of(letter_id, resident), family_of(resident.resident_id)
    typed = from_form(draft.kind.fields, request.form)
    try:
        drafts.keep(draft, family, subject_id=subject_from(request.form), values=typed)
    except Invalid as wrong:
        errors = {wrong.field: [str(wrong)]}
        return _form(draft.kind, family, draft=draft, typed=typed, errors=errors, status=422)
    return _kept(drafts.draft_of(letter_id, resident, draft.kind), family)


@blueprint.get("/<uuid:letter_id>/periksa")
@residents_only
def review(letter_id: uuid.UUID) -> ResponseReturnValue:
    """Everything once more before it is sent."""
    resident = current_resident()
    draft, family = drafts.draft_of(letter_id, resident), family_of(resident.resident_id)
    errors = drafts.what_is_missing(draft, family)
    if errors:
        return _form(draft.kind, family, draft=draft, errors=errors, status=422)
    assert draft.letter.resident_id is not None
    page = render_template(
        "selfservice/review.html",
        draft=draft,
        person=_person(draft.letter.resident_id),
        answers=answers_of(draft.kind, draft.values, family),
        promise_days=letter_options().promise_for(draft.kind.code),
        account_id=resident.account_id,
    )
    return make_response(page)


@blueprint.post("/<uuid:letter_id>/kirim")
@residents_only
def send(letter_id: uuid.UUID) -> ResponseReturnValue:
    """Hand the draft in; sent twice, it is handed in once."""
    resident = current_resident()
    family = family_of(resident.resident_id)
    try:
        services.submit(letter_id, resident, family)
    except WrongValues as wrong:
        draft = drafts.draft_of(letter_id, resident)
        return _form(draft.kind, family, draft=draft, errors=wrong.errors, status=422)
    except Invalid as wrong:
        flash(str(wrong), "error")
        return redirect(url_for(".edit", letter_id=letter_id), 303)
    if _is_worker():
        tallies.count(tallies.OFFLINE_SYNCS, current_tenant().id)
    return _sent(letter_id)


@blueprint.post("/<uuid:letter_id>/buang")
@residents_only
def discard(letter_id: uuid.UUID) -> ResponseReturnValue:
    """Throw a draft away."""
    drafts.discard(letter_id, current_resident())
    flash(_("Konsep sudah dihapus."), "success")
    return redirect(url_for(".index"), 303)


@blueprint.get("/<uuid:letter_id>/foto/<uuid:file_id>")
@residents_only
def photo(letter_id: uuid.UUID, file_id: uuid.UUID) -> Response:
    """A photo of one's own request."""
    services.own_letter(letter_id, current_resident())
    try:
        found = open_case_file(file_id, letter_id)
    except CaseFileMissing:
        abort(404)
    response = make_response(found.data)
    response.content_type = found.media_type
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


@blueprint.post("/<uuid:letter_id>/foto/<uuid:file_id>/hapus")
@residents_only
def remove_photo(letter_id: uuid.UUID, file_id: uuid.UUID) -> ResponseReturnValue:
    """Take a photo out of a draft."""
    drafts.remove_photo(letter_id, file_id, current_resident())
    return redirect(url_for(".edit", letter_id=letter_id, _anchor="berkas"), 303)


@blueprint.get("/<uuid:letter_id>")
@residents_only
def show(letter_id: uuid.UUID) -> ResponseReturnValue:
    """How far a request has come, and what to do next."""
    found = own_request(letter_id, current_resident())
    if found.letter.state == "draft":
        return redirect(url_for(".edit", letter_id=letter_id), 303)
    return render_template("selfservice/request.html", found=found)


@blueprint.get("/<uuid:letter_id>/batal")
@residents_only
def ask_to_take_back(letter_id: uuid.UUID) -> ResponseReturnValue:
    """Ask once more before a request is taken back."""
    return render_template("selfservice/take_back.html", found=own_request(letter_id, current_resident()))


@blueprint.post("/<uuid:letter_id>/batal")
@residents_only
def take_back(letter_id: uuid.UUID) -> ResponseReturnValue:
    """Take one's own request back before it was verified."""
    try:
        services.take_back(letter_id, current_resident())
        flash(_("Permohonan sudah ditarik."), "success")
    except NotNow as late:
        flash(str(late), "error")
    except ChangedMeanwhile:
        flash(
            _("Permohonan ini baru saja diubah. Lihat keadaannya sekarang, lalu coba lagi bila perlu."),
            "error",
        )
    return redirect(url_for(".show", letter_id=letter_id), 303)


@blueprint.post("/<uuid:letter_id>/lagi")
@residents_only
def again(letter_id: uuid.UUID) -> ResponseReturnValue:
    """Ask again with what was typed before."""
    resident = current_resident()
    try:
        letter = services.ask_again(letter_id, resident, family_of(resident.resident_id))
    except Invalid as wrong:
        flash(str(wrong), "error")
        return redirect(url_for(".show", letter_id=letter_id), 303)
    return redirect(url_for(".show", letter_id=letter.id), 303)


@blueprint.get("/<uuid:letter_id>/unduh")
@residents_only
def download(letter_id: uuid.UUID) -> Response:
    """The signed PDF of one's own letter."""
    letter, data = services.fetch(letter_id, current_resident())
    response = make_response(data)
    response.content_type = "application/pdf"
    name = f"surat-{letter.number.replace('/', '-') or letter.id}.pdf"
    response.headers.set("Content-Disposition", "attachment", filename=name)
    response.headers["Cache-Control"] = "private, no-store"
    return response


@blueprint.post("/<uuid:letter_id>/nilai")
@residents_only
def rate(letter_id: uuid.UUID) -> ResponseReturnValue:
    """Say how the service was."""
    checked = check(RatingSchema(), request.form)
    try:
        if not checked.is_valid:
            raise Invalid("rating", _("Pilih satu sampai lima bintang."))
        services.rate(letter_id, current_resident(), int(checked.values["rating"]), checked.values["comment"])
        flash(_("Terima kasih. Nilai Anda membantu kantor melayani lebih baik."), "success")
    except Invalid as wrong:
        flash(str(wrong), "error")
    return redirect(url_for(".show", letter_id=letter_id, _anchor="nilai"), 303)


def _kept(draft: Draft, family: list[FamilyMember]) -> ResponseReturnValue:
    """After what was typed is kept: the photos, then the next step that the pressed button asks for."""
    photos = _photos(draft.kind)
    letter_id, resident = draft.letter.id, current_resident()
    try:
        wrong = drafts.keep_photos(letter_id, draft.kind, photos) if photos else {}
    except StorageAway:
        if _is_worker():
            raise
        sentence = _(
            "Foto ini belum tersimpan: penyimpanan sedang tidak terhubung. Pilih lagi sebentar lagi."
        )
        draft = drafts.draft_of(letter_id, resident, draft.kind)
        errors = {
            **drafts.what_is_missing(draft, family),
            **{f"berkas.{one.key}": [str(sentence)] for one in photos},
        }
        return _form(draft.kind, family, draft=draft, errors=errors, status=503)
    step = request.form.get("lanjut", "")
    if step.startswith("baris."):
        return redirect(
            url_for(".edit", letter_id=draft.letter.id, baris=step[6:], _anchor=f"g-{step[6:]}"), 303
        )
    draft = drafts.draft_of(letter_id, resident, draft.kind)
    if step == "simpan":
        errors = {**drafts.too_long(draft), **wrong}
        if not errors:
            flash(_("Konsep tersimpan. Lanjutkan kapan saja dalam 30 hari."), "success")
            return redirect(url_for(".index"), 303)
    else:
        errors = {**drafts.what_is_missing(draft, family), **wrong}
    if errors:
        return _form(draft.kind, family, draft=draft, errors=errors, status=422)
    if request.form.get("kirim") == "1":
        return send(draft.letter.id)
    return redirect(url_for(".review", letter_id=draft.letter.id), 303)


def _photos(kind: LetterKind) -> list[Photo]:
    found = []
    for paper in kind.requirements:
        sent = request.files.get(f"berkas.{paper.key}")
        if sent is not None and sent.filename:
            found.append(Photo(paper.key, sent.stream.read(drafts.MOST_BYTES + 1)))
    return found


def _sent(letter_id: uuid.UUID) -> ResponseReturnValue:
    """Where a request that is handed in is followed; a service worker is told in JSON."""
    url = url_for(".show", letter_id=letter_id)
    if _is_worker():
        return jsonify({"state": "sent", "url": url})
    return redirect(url, 303)


def _form(
    kind: LetterKind,
    family: list[FamilyMember],
    *,
    key: uuid.UUID | None = None,
    draft: Draft | None = None,
    typed: dict[str, Any] | None = None,
    errors: dict[str, list[str]] | None = None,
    more: str = "",
    status: int = 200,
) -> ResponseReturnValue:
    resident, errors = current_resident(), errors or {}
    if _is_worker():
        url = url_for(".edit", letter_id=draft.letter.id) if draft else url_for(".form", code=kind.code)
        return jsonify({"state": "unfinished", "url": url})
    values = typed if typed is not None else draft.values if draft else {}
    chosen = subject_from(request.form) or (draft.letter.resident_id if draft else None)
    candidates = subjects(kind, family)
    if chosen is None and candidates:
        chosen = candidates[0].id
    page = render_template(
        "selfservice/fill_in.html",
        kind=kind,
        draft=draft,
        earlier=asked_lately(kind.code, resident) if draft is None else None,
        key=draft.letter.idempotency_key if draft else key,
        candidates=candidates,
        chosen=chosen,
        person=_person(chosen) if chosen is not None and chosen in {one.id for one in candidates} else None,
        groups=groups_of(kind, values, errors, family, more),
        errors=errors,
        promise_days=letter_options().promise_for(kind.code),
        account_id=resident.account_id,
        action=url_for(".keep", letter_id=draft.letter.id) if draft else url_for(".begin", code=kind.code),
    )
    return make_response(page, status)


def _person(resident_id: uuid.UUID) -> dict[str, Any]:
    """What the register says of one of the own household."""
    found = person_of(resident_id, open_vault())
    return {**found, "birth_day": day_of(found["birth_date"])}


def _is_worker() -> bool:
    """Whether the phone's service worker sends what it has kept: it reads JSON, not pages."""
    return request.headers.get("X-Siger-Kept") == "1"
