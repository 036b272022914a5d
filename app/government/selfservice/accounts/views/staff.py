"""Residents' accounts for staff: the list, an account's page, and what is done there."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import segno
from flask import Response, abort, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.core.blueprints import AudienceBlueprint
from app.core.casework.files import CaseFileMissing
from app.core.files.names import disposition
from app.core.files.storage import StorageAway
from app.core.links import village_url
from app.core.permissions import requires
from app.core.village.errors import ChangedMeanwhile, Invalid, Missing
from app.government.residents.rights.queries import candidates
from app.government.selfservice.accounts import staffing, standing
from app.government.selfservice.accounts.pins import CODE_LENGTH, MOST_WRONG_CODES, spoken_code
from tenants.scope import current_tenant

blueprint = AudienceBlueprint(
    "portal_accounts",
    __name__,
    audience="village",
    url_prefix="/layanan-warga/akun",
    template_folder="../templates",
)
PERMISSION = "selfservice.accounts"


@blueprint.get("")
@requires(PERMISSION)
def index() -> ResponseReturnValue:
    """All accounts; `?keadaan=` one state, `?q=` words of a name, `?hal=` the page."""
    words, state = request.args.get("q", "").strip()[:100], request.args.get("keadaan", "")
    found = standing.account_list(words, state, request.args.get("hal", 1, type=int))
    return render_template(
        "selfservice/accounts.html", found=found, words=words, state=state, states=standing.STATES
    )


@blueprint.get("/cari")
@requires(PERMISSION)
def choose() -> ResponseReturnValue:
    """For whom a code is made: a search by name or number."""
    return render_template("selfservice/account_choose.html", words="", found=None)


@blueprint.post("/cari")
@requires(PERMISSION)
def find() -> ResponseReturnValue:
    """What the search finds; it is posted, so that no number stands in an address."""
    words = request.form.get("q", "").strip()[:100]
    found = candidates(words) if len(words) > 1 else []
    return render_template("selfservice/account_choose.html", words=words, found=found)


@blueprint.get("/<uuid:resident_id>")
@requires(PERMISSION)
def show(resident_id: uuid.UUID) -> ResponseReturnValue:
    """A resident's account, or how to give one."""
    return _page(resident_id)


@blueprint.post("/<uuid:resident_id>/kode")
@requires(PERMISSION)
def give_code(resident_id: uuid.UUID) -> ResponseReturnValue:
    """Make a code and show it, this once, as a slip to be printed or copied by hand."""
    try:
        code, ends = staffing.give_code(resident_id)
        shown = standing.account_page(resident_id)
    except Missing:
        abort(404)
    except Invalid as wrong:
        return _page(resident_id, {wrong.field: str(wrong)}, status=422)
    address = village_url(current_tenant(), "portal_access.activation_page")
    picture = segno.make(address, error="m").svg_data_uri(scale=4, border=1, dark="#221A16", light="#ffffff")
    page = render_template(
        "selfservice/code_slip.html", shown=shown, code=spoken_code(code), ends=ends, address=address,
        picture=picture, length=CODE_LENGTH, most_wrong=MOST_WRONG_CODES,
    )  # fmt: skip
    response = make_response(page)
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.post("/<uuid:resident_id>/setujui")
@requires(PERMISSION)
def approve(resident_id: uuid.UUID) -> ResponseReturnValue:
    """Accept an application with a photo."""
    return _deed(resident_id, staffing.approve, _("Akun disetujui dan langsung aktif."))


@blueprint.post("/<uuid:resident_id>/tolak")
@requires(PERMISSION)
def refuse(resident_id: uuid.UUID) -> ResponseReturnValue:
    """Turn an application down, with a reason."""
    done = _("Permohonan ditolak. Alasannya tampil saat pemohon mencoba masuk.")
    return _deed(resident_id, staffing.refuse, done, typed="reason")


@blueprint.post("/<uuid:resident_id>/buka-kunci")
@requires(PERMISSION)
def unlock(resident_id: uuid.UUID) -> ResponseReturnValue:
    """Let somebody try again with the PIN they have."""
    return _deed(resident_id, staffing.unlock, _("Kunci sudah dibuka."))


@blueprint.post("/<uuid:resident_id>/keluarkan")
@requires(PERMISSION)
def sign_out(resident_id: uuid.UUID) -> ResponseReturnValue:
    """Sign somebody out on all devices."""
    return _deed(resident_id, staffing.sign_out, _("Sudah keluar dari semua perangkat."))


@blueprint.post("/<uuid:resident_id>/tutup")
@requires(PERMISSION)
def close(resident_id: uuid.UUID) -> ResponseReturnValue:
    """Close an account, with a reason."""
    return _deed(resident_id, staffing.close, _("Akun ditutup."), typed="closing_reason")


@blueprint.post("/<uuid:resident_id>/kartu")
@requires(PERMISSION)
def enrol_card(resident_id: uuid.UUID) -> ResponseReturnValue:
    """Enrol a card for the kiosk."""
    return _deed(resident_id, staffing.enrol_card, _("Kartu terdaftar untuk dipakai di kios."), typed="tag")


@blueprint.post("/<uuid:resident_id>/kartu/lepas")
@requires(PERMISSION)
def remove_card(resident_id: uuid.UUID) -> ResponseReturnValue:
    """Take a card off its account."""
    return _deed(resident_id, staffing.remove_card, _("Kartu sudah dilepas dari akun."))


@blueprint.get("/<uuid:resident_id>/foto/<uuid:file_id>")
@requires(PERMISSION)
def photo(resident_id: uuid.UUID, file_id: uuid.UUID) -> ResponseReturnValue:
    """The photo of a KTP that waits for a look."""
    try:
        opened = staffing.view_photo(resident_id, file_id)
    except (Missing, CaseFileMissing):
        abort(404)
    except StorageAway:
        abort(503)
    response = make_response(opened.data)
    response.headers["Content-Type"] = opened.media_type
    response.headers["Content-Disposition"] = disposition("inline", opened.file_name)
    response.headers["Cache-Control"] = "no-store"
    return response


def _deed(
    resident_id: uuid.UUID, deed: Callable[..., None], done: object, *, typed: str = ""
) -> ResponseReturnValue:
    """Do it, with what was typed into the field `typed`, and go back to the account's page with a sentence."""
    try:
        deed(resident_id, *([request.form.get(typed, "")] if typed else []))
    except Missing:
        abort(404)
    except ChangedMeanwhile:
        flash(str(_("Akun ini sudah diubah orang lain. Lihat keadaannya sekarang.")), "warning")
    except Invalid as wrong:
        return _page(resident_id, {typed or wrong.field: str(wrong)}, typed=request.form, status=422)
    else:
        flash(str(done), "success")
    return redirect(url_for("portal_accounts.show", resident_id=resident_id), 303)


def _page(
    resident_id: uuid.UUID, errors: dict[str, str] | None = None, *, typed: Any = None, status: int = 200
) -> Response:
    try:
        shown = standing.account_page(resident_id)
    except Missing:
        abort(404)
    page = render_template(
        "selfservice/account.html", shown=shown, errors=errors or {}, typed=typed or {},
        states=standing.STATES, tones=standing.TONES, steps=standing.STEPS,
    )  # fmt: skip
    return make_response(page, status)
