"""The village's keys: which there are, adding and retiring them."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Response, abort, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.core.blueprints import AudienceBlueprint
from app.core.permissions import requires
from app.core.signing import keys
from app.core.signing.authority import demo_is_allowed
from app.core.signing.bsre import signing_service
from app.core.signing.certificates import MOST_BYTES
from app.core.signing.errors import CertificateRefused, KeyUnusable
from app.core.village.errors import Invalid, Missing
from app.government.letters.signing import queries
from app.government.letters.signing.views import WRONG, limit_tries

blueprint = AudienceBlueprint(
    "signing_keys",
    __name__,
    audience="village",
    url_prefix="/surat/tanda-tangan/kunci",
    template_folder="templates",
)


@blueprint.get("")
@requires("letters.settings")
def index() -> ResponseReturnValue:
    """All keys, those in use first."""
    lines = queries.key_lines()
    return render_template(
        "letters/signing/keys.html",
        active=[line for line in lines if line.key.state == "active"],
        retired=[line for line in lines if line.key.state != "active"],
        may_demo=demo_is_allowed(),
        has_bsre=signing_service() is not None,
    )


@blueprint.get("/percontohan")
@requires("letters.settings")
def demo() -> ResponseReturnValue:
    """The form for a certificate of the demo's own authority."""
    return _demo_form()


@blueprint.post("/percontohan")
@requires("letters.settings")
def make_demo() -> ResponseReturnValue:
    """Make a certificate of the demo's own authority."""
    if not demo_is_allowed():
        abort(404)
    passphrase = request.form.get("passphrase", "")
    try:
        if passphrase != request.form.get("again", ""):
            raise Invalid("again", _("Kedua frasa sandi tidak sama."))
        keys.make_demo_key(_official(), passphrase)
    except KeyUnusable:
        abort(404)
    except Missing:
        return _demo_form({"official": _("Pilih pejabatnya.")}, WRONG)
    except Invalid as wrong:
        return _demo_form({wrong.field: str(wrong)}, WRONG)
    return _done(_("Sertifikat percontohan sudah dibuat. Surat dapat ditandatangani dengannya."))


@blueprint.get("/unggah")
@requires("letters.settings")
def upload_form() -> ResponseReturnValue:
    """The form for a certificate from outside."""
    return _upload_form()


@blueprint.post("/unggah")
@requires("letters.settings")
@limit_tries
def upload() -> ResponseReturnValue:
    """Open the file and show what it says, before anything is kept."""
    sent = request.files.get("file")
    data = sent.stream.read(MOST_BYTES + 1) if sent is not None and sent.filename else b""
    try:
        seen = keys.look_at_upload(_official(), data, request.form.get("passphrase", ""))
    except Missing:
        return _upload_form({"official": _("Pilih pejabatnya.")}, WRONG)
    except CertificateRefused as refused:
        return _upload_form({"file": str(refused)}, WRONG)
    return render_template("letters/signing/upload_seen.html", seen=seen)


@blueprint.post("/unggah/simpan")
@requires("letters.settings")
def keep_upload() -> ResponseReturnValue:
    """Keep the certificate that was shown."""
    try:
        keys.keep_upload(request.form.get("ticket", ""))
    except Missing:
        return _upload_form({"official": _("Pilih pejabatnya.")}, WRONG)
    except Invalid as wrong:
        return _upload_form({wrong.field: str(wrong)}, WRONG)
    return _done(_("Sertifikat sudah tersimpan. Surat dapat ditandatangani dengannya."))


@blueprint.get("/bsre")
@requires("letters.settings")
def bsre() -> ResponseReturnValue:
    """The form for an identity at the national service."""
    return _bsre_form()


@blueprint.post("/bsre")
@requires("letters.settings")
def add_bsre() -> ResponseReturnValue:
    """Keep an identity at the national service."""
    try:
        keys.add_bsre_key(_official(), request.form.get("nik", ""))
    except Missing:
        return _bsre_form({"official": _("Pilih pejabatnya.")}, WRONG)
    except Invalid as wrong:
        return _bsre_form({wrong.field: str(wrong)}, WRONG)
    return _done(_("Identitas BSrE sudah tersimpan."))


@blueprint.get("/<uuid:key_id>/nonaktifkan")
@requires("letters.settings")
def confirm_retiring(key_id: uuid.UUID) -> ResponseReturnValue:
    """Ask before a key is taken out of use."""
    found = [line for line in queries.key_lines(active_only=True) if line.key.id == key_id]
    if not found:
        abort(404)
    return render_template("letters/signing/key_retire.html", line=found[0])


@blueprint.post("/<uuid:key_id>/nonaktifkan")
@requires("letters.settings")
def retire(key_id: uuid.UUID) -> ResponseReturnValue:
    """Take a key out of use."""
    try:
        keys.retire_key(key_id)
    except Missing:
        abort(404)
    return _done(_("Kunci sudah dinonaktifkan. Surat yang sudah ditandatangani tetap sah."))


def _demo_form(errors: dict[str, str] | None = None, status: int = 200) -> Response:
    if not demo_is_allowed():
        abort(404)
    return _form("demo", errors, status)


def _upload_form(errors: dict[str, str] | None = None, status: int = 200) -> Response:
    return _form("upload", errors, status)


def _bsre_form(errors: dict[str, str] | None = None, status: int = 200) -> Response:
    return _form("bsre", errors, status)


def _form(kind: str, errors: dict[str, str] | None, status: int) -> Response:
    choices = queries.official_choices()
    page = render_template(
        "letters/signing/key_form.html",
        kind=kind,
        officials=choices,
        official=request.form.get("official") or (choices[0][0] if choices else ""),
        errors=errors or {},
    )
    return make_response(page, status)


def _done(sentence: Any) -> ResponseReturnValue:
    flash(str(sentence), "success")
    return redirect(url_for("signing_keys.index"), 303)


def _official() -> uuid.UUID:
    try:
        return uuid.UUID(request.form.get("official", ""))
    except ValueError as error:
        raise Missing("official") from error
