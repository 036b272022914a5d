"""The province's pages: a village's name, code and place, and a kabupaten that is split off."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from marshmallow import ValidationError, fields, validates

from app.core.actors import acting
from app.core.blueprints import AudienceBlueprint
from app.core.files.images import MAX_UPLOAD_BYTES
from app.core.forms import Checked, Line, check
from app.core.permissions import requires
from app.core.spreadsheets import SpreadsheetRefused
from app.core.village.errors import Invalid
from app.province import presenting
from app.province.life import renaming, renaming_regency
from app.province.life.deeds import LifeRefused
from app.province.life.schemas import LABELS as LIFE_LABELS
from app.province.life.schemas import PlaceName, RegulationForm
from app.province.regions import PROVINCE, own_territory
from app.province.services import full_name
from app.province.views import own_village
from tenants.models import TenantRow

pages = AudienceBlueprint("renaming", __name__, audience="province")
MANAGE = "life.manage"
REGENCY = re.compile(r"\d{2}\.\d{2}")
MOST_TEXT = 200_000
NOT_WHOLE = _l("Formulir ini tidak utuh saat dikirim. Periksa isiannya, lalu kirim sekali lagi.")

LABELS: dict[str, object] = {
    **LIFE_LABELS,
    "name": _l("Nama"),
    "term": _l("Sebutan"),
    "code": _l("Kode desa"),
    "regency_code": _l("Kode kabupaten/kota baru"),
    "regency_name": _l("Nama kabupaten/kota baru"),
    "codes": _l("Daftar kode"),
    "file": _l("Berkas daftar kode"),
}


class RenameForm(RegulationForm):
    """What a village is called from now on, and its code, which says where it lies."""

    name = PlaceName(required=True, longest=80, shortest=2)
    term = PlaceName(required=True, longest=30)
    code = Line(required=True, longest=13)
    row_version = fields.Integer(
        required=True, error_messages=dict.fromkeys(("required", "null", "invalid"), NOT_WHOLE)
    )


class RegencyForm(RegulationForm):
    """A kabupaten that is made out of villages of others."""

    regency_code = Line(required=True, longest=5)
    regency_name = PlaceName(required=True, longest=80, shortest=6)

    @validates("regency_code")
    def _is_code(self, value: str, **_options: Any) -> None:
        if not REGENCY.fullmatch(value) or value[:2] != (acting().region_code or "")[:2]:
            raise ValidationError(str(_l("Kode kabupaten ditulis seperti 18.14, dalam provinsi ini.")))

    @validates("regency_name")
    def _is_name(self, value: str, **_options: Any) -> None:
        if not value.startswith(("Kabupaten ", "Kota ")):
            raise ValidationError(str(_l("Tulis dengan sebutannya: Kabupaten … atau Kota ….")))


@pages.route("/desa/<uuid:village_id>/ubah-nama", methods=["GET", "POST"])
@requires(MANAGE)
def village(village_id: uuid.UUID) -> ResponseReturnValue:
    """The form of a village's name, code and place, with what it was before; sent, it is changed."""
    row = own_village(village_id)
    if request.method == "GET":
        return _form(row, Checked({"name": row.name, "term": row.term, "code": row.code}, {}))
    checked = check(RenameForm(), request.form)
    if not checked.is_valid:
        return _form(row, checked)
    before = full_name(row)
    try:
        changed = renaming.rename(row.id, checked.values, version=checked.values["row_version"])
    except Invalid as wrong:
        return _form(row, checked.with_error(wrong.field, wrong))
    except renaming.Overtaken as refusal:
        flash(str(refusal), "warning")
        return redirect(url_for("renaming.village", village_id=row.id), 303)
    except LifeRefused as refusal:
        flash(str(refusal), "warning")
        return redirect(url_for("province.village", village_id=row.id), 303)
    if not changed:
        return _form(row, checked.with_error("name", _("Tidak ada yang berbeda dari sekarang.")))
    flash(_("%(village)s diubah. Desa diberi tahu; alamat web dan datanya tetap.", village=before), "success")
    return redirect(url_for("province.village", village_id=row.id), 303)


@pages.get("/kabupaten-baru")
@requires(MANAGE)
def regency() -> ResponseReturnValue:
    """The form of a kabupaten that is split off: its code and name, and the list of old and new codes."""
    _whole_province()
    return _regency_form(Checked({}, {}), "")


@pages.post("/kabupaten-baru")
@requires(MANAGE)
def check_regency() -> ResponseReturnValue:
    """Read the list and show all that would happen; nothing is changed."""
    _whole_province()
    text, wrong = _list_sent()
    checked = check(RegencyForm(), request.form)
    if wrong:
        checked = checked.with_error("codes", wrong)
    if not checked.is_valid:
        return _regency_form(checked, text)
    return _plan_page(checked, text)


@pages.post("/kabupaten-baru/jalankan")
@requires(MANAGE)
def split_off() -> ResponseReturnValue:
    """Do what was shown, all of it or nothing."""
    _whole_province()
    text, wrong = _list_sent()
    checked = check(RegencyForm(), request.form)
    if wrong or not checked.is_valid:
        return _regency_form(checked.with_error("codes", wrong) if wrong else checked, text)
    values = checked.values
    code, name = values["regency_code"], values["regency_name"]
    expected = request.form.get("expected", "")
    try:
        moved = renaming_regency.split_off(
            text,
            code,
            name,
            values,
            expected=int(expected) if expected.isascii() and expected.isdigit() else -1,
        )
    except Invalid as refused:
        return _regency_form(checked.with_error(refused.field, refused), text)
    except LifeRefused as refusal:
        return _regency_form(checked.with_error("codes", refusal), text)
    flash(
        _("%(name)s dibentuk; %(count)s desa berpindah dan diberi tahu.", name=name, count=moved), "success"
    )
    return redirect(url_for("province.village_list", kab=code), 303)


def _list_sent() -> tuple[str, str]:
    """The list as text, and a sentence where it can't be read."""
    sent = request.files.get("file")
    if sent is not None and sent.filename:
        try:
            return renaming_regency.text_of_file(sent.stream.read(MAX_UPLOAD_BYTES + 1), sent.filename), ""
        except SpreadsheetRefused as refused:
            return request.form.get("codes", "")[:MOST_TEXT], str(refused)
    text = request.form.get("codes", "").replace("\x00", "")
    if len(text) > MOST_TEXT:
        return text[:MOST_TEXT], _("Daftar ini terlalu panjang. Bagi menjadi beberapa kali.")
    return text, "" if text.strip() else _("Isi daftar kode atau pilih berkas.")


def _whole_province() -> None:
    if own_territory().level != PROVINCE:
        abort(403)


def _form(row: TenantRow, checked: Checked) -> ResponseReturnValue:
    page = render_template(
        "life/rename.html",
        row=row,
        typed=checked.typed,
        errors=checked.errors,
        labels=LABELS,
        past=renaming.past_of(row.id),
        full_name=full_name,
        trail=_trail(row),
    )
    return page, 422 if checked.errors else 200


def _trail(row: TenantRow) -> list[dict[str, Any]]:
    card = {"label": full_name(row), "url": url_for("province.village", village_id=row.id)}
    return [*presenting.trail(row.district_code, acting().region_code or ""), card]


def _regency_form(checked: Checked, text: str) -> ResponseReturnValue:
    page = render_template(
        "life/regency.html", typed=checked.typed, errors=checked.errors, labels=LABELS, codes=text
    )
    return page, 422 if checked.errors else 200


def _plan_page(checked: Checked, text: str) -> ResponseReturnValue:
    values: Mapping[str, Any] = checked.values
    found = renaming_regency.plan(text, values["regency_code"], values["regency_name"])
    page = render_template(
        "life/regency_plan.html",
        plan=found,
        codes=text,
        values=values,
        typed=checked.typed,
        full_name=full_name,
        fields=("regency_code", "regency_name", "regulation", "regulation_on", "effective_on", "reason"),
    )
    return page, 422 if found.problems or not found.moves else 200
