"""What the forms of the set-up take: the same fields as the settings, several rows at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from marshmallow import ValidationError, validates_schema
from werkzeug.datastructures import MultiDict

from app.core.accounts.forms import InviteMemberForm
from app.core.forms import Checked, Email, FormSchema, Phone, Plain, check
from app.core.village.schemas import OfficialSchema, PostalCode

OFFICIAL_ROWS, COLLEAGUE_ROWS = 8, 5
LARGEST_NUMBER = 99_998
CONTACT_LABELS = {
    "address": _l("Alamat kantor"),
    "postal_code": _l("Kode pos"),
    "phone": _l("Telepon"),
    "whatsapp": _l("WhatsApp"),
    "email": _l("Surel"),
}


class ContactSchema(FormSchema):
    """How a village is reached: an address, and a telephone or WhatsApp."""

    address = Plain(required=True, longest=240)
    postal_code = PostalCode()
    phone = Phone()
    whatsapp = Phone(mobile=True)
    email = Email()

    @validates_schema(pass_original=True, skip_on_field_errors=False)
    def _reachable(self, data: dict[str, Any], typed: Mapping[str, Any], **options: Any) -> None:
        if not any(data.get(name) or str(typed.get(name) or "").strip() for name in ("phone", "whatsapp")):
            raise ValidationError(_l("Tulis nomor telepon atau WhatsApp, paling sedikit satu."), "whatsapp")


def official_rows(form: MultiDict[str, str]) -> tuple[list[dict[str, Any]], dict[str, list[str]]]:
    """The officials that were typed in, with the number of their row, and sentences by field and row."""
    return _rows(form, OFFICIAL_ROWS, OfficialSchema(), ("name", "title", "position"), "name")


def colleague_rows(form: MultiDict[str, str]) -> tuple[list[dict[str, Any]], dict[str, list[str]]]:
    """The colleagues that were typed in, likewise."""
    return _rows(form, COLLEAGUE_ROWS, InviteMemberForm(), ("email", "name", "role"), "email")


def _rows(
    form: MultiDict[str, str], most: int, schema: FormSchema, names: tuple[str, ...], first: str
) -> tuple[list[dict[str, Any]], dict[str, list[str]]]:
    rows: list[dict[str, Any]] = []
    errors: dict[str, list[str]] = {}
    others = [name for name in names if name not in ("position", "role", "title")]
    for number in range(most):
        typed = {name: form.get(f"{name}-{number}", "") for name in names}
        if not any(typed[name].strip() for name in others):
            continue
        checked: Checked = check(schema, MultiDict(typed))
        if checked.is_valid:
            rows.append({**{name: checked.values[name] for name in names}, "row": number})
        errors |= {f"{name}-{number}": list(found) for name, found in checked.errors.items()}
    if not rows and not errors:
        errors[f"{first}-0"] = [str(_("Isi paling sedikit satu baris, atau lewati langkah ini dulu."))]
    return rows, errors


def last_numbers(form: Mapping[str, str]) -> tuple[dict[str, int], int | None, dict[str, list[str]]]:
    """Last numbers of outgoing letters by count, of incoming ones, and sentences.

    An empty field is 0; a field of incoming letters that was not sent is None.
    """
    outgoing: dict[str, int] = {}
    errors: dict[str, list[str]] = {}
    incoming = None
    for name, text in form.items():
        if name != "last" and name != "incoming" and not name.startswith("last."):
            continue
        typed = text.strip().replace(".", "") or "0"
        if not (typed.isascii() and typed.isdigit() and len(typed) <= 6 and int(typed) <= LARGEST_NUMBER):
            errors[name] = [str(_("Tulis angkanya saja, 0 sampai %(most)s.", most=LARGEST_NUMBER))]
        elif name == "incoming":
            incoming = int(typed)
        else:
            outgoing[name.partition(".")[2]] = int(typed)
    return outgoing, incoming, errors
