"""What forms of accounts may say: one marshmallow schema a form, sentences beside the fields."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l
from marshmallow import EXCLUDE, Schema, ValidationError, fields, pre_load, validate, validates
from werkzeug.datastructures import MultiDict

from app.core.accounts.api_tokens import LIFETIMES
from app.core.language import LANGUAGES

REQUIRED = _l("Wajib diisi.")
PHONE = r"^(\+|0)[0-9][0-9 .\-]{6,18}$"


def text(longest: int, *, required: bool = True, **options: Any) -> fields.String:
    """A line of text without control characters."""
    rules = [
        validate.Length(max=longest, error=_l("Terlalu panjang, paling banyak {max} karakter.")),
        validate.Regexp(r"^[^\x00-\x1f\x7f]*$", error=_l("Ada karakter yang tidak dikenali.")),
    ]
    if required:
        rules.insert(0, validate.Length(min=1, error=REQUIRED))
        options.setdefault("error_messages", {"required": REQUIRED, "null": REQUIRED})
        return fields.String(required=True, validate=rules, **options)
    return fields.String(load_default="", validate=rules, **options)


def email() -> fields.String:
    """An e-mail address, complete."""
    wrong: Any = _l("Tulis alamat email yang lengkap, seperti nama@contoh.id.")
    return fields.String(
        required=True,
        validate=[validate.Length(max=254, error=wrong), validate.Email(error=wrong)],
        error_messages={"required": wrong},
    )


def secret(missing: Any = REQUIRED) -> fields.String:
    """A password: taken as it was typed."""
    return fields.String(
        required=True,
        validate=validate.Length(min=1, error=missing),
        error_messages={"required": missing},
        metadata={"as_typed": True},
    )


class Form(Schema):
    """A form of a page: unknown fields are passed over, spaces around what was typed are not meant."""

    class Meta:
        """Options of marshmallow."""

        unknown = EXCLUDE

    @pre_load
    def trim(self, data: Mapping[str, Any], **options: Any) -> dict[str, Any]:
        """Take the spaces around every text away, but not around passwords; lists keep all their values."""
        trimmed: dict[str, Any] = {}
        for name, field in self.fields.items():
            if isinstance(field, fields.List):
                trimmed[name] = data.getlist(name) if isinstance(data, MultiDict) else data.get(name, [])
            elif name in data:
                value = data[name]
                keeps = field.metadata.get("as_typed") or not isinstance(value, str)
                trimmed[name] = value if keeps else " ".join(value.split())
        return trimmed


class SignInForm(Form):
    """Address and password."""

    email = fields.String(
        required=True, validate=validate.Length(min=1, max=254, error=_l("Tulis alamat email Anda.")),
        error_messages={"required": _l("Tulis alamat email Anda.")},
    )  # fmt: skip
    password = secret(_l("Tulis kata sandi Anda."))


class CodeForm(Form):
    """A code of the second factor."""

    code = fields.String(
        required=True, validate=validate.Length(min=1, max=30, error=_l("Tulis kodenya.")),
        error_messages={"required": _l("Tulis kodenya.")},
    )  # fmt: skip


class EmailForm(Form):
    """An address alone."""

    email = email()


class NewPasswordForm(Form):
    """A new password; whether it is good enough is asked by the service."""

    password = secret(_l("Tulis kata sandi baru."))


class InvitationForm(NewPasswordForm):
    """A name and a first password."""

    name = text(120)


class PasswordForm(Form):
    """One's own password, to confirm a change."""

    password = secret(_l("Tulis kata sandi Anda."))


class ChangePasswordForm(Form):
    """The present and the new password."""

    present = secret(_l("Tulis kata sandi sekarang."))
    new = secret(_l("Tulis kata sandi baru."))


class ProfileForm(Form):
    """Name, phone, language."""

    name = text(120)
    phone = text(20, required=False)
    locale = fields.String(
        required=True, validate=validate.OneOf(LANGUAGES, error=_l("Pilih salah satu bahasa.")),
        error_messages={"required": _l("Pilih salah satu bahasa.")},
    )  # fmt: skip

    @validates("phone")
    def phone_is_a_number(self, value: str, data_key: str) -> None:
        """A phone number is optional, but if given it has digits."""
        if value:
            validate.Regexp(PHONE, error=_l("Tulis nomor telepon, seperti 0812 3456 7890."))(value)


class TokenForm(Form):
    """A token for a program."""

    name = text(80)
    scopes = fields.List(fields.String(), load_default=list)
    days = fields.Integer(
        required=True, validate=validate.OneOf(LIFETIMES, error=_l("Pilih masa berlaku dari daftar.")),
        error_messages={"required": REQUIRED, "invalid": _l("Pilih masa berlaku dari daftar.")},
    )  # fmt: skip


class MemberForm(Form):
    """A role and a title in a village."""

    role = text(40)
    title = text(80, required=False)


class InviteMemberForm(MemberForm):
    """Whom to invite into a village."""

    email = email()
    name = text(120)


class RoleForm(Form):
    """A village's own role."""

    name = text(60)
    permissions = fields.List(fields.String(), load_default=list)


class OfficerForm(Form):
    """A role above the villages, and its region."""

    role = text(40)
    region_code = fields.String(
        required=True,
        validate=validate.Regexp(r"^\d{2}(\.\d{2}){0,2}$", error=_l("Pilih wilayah dari daftar.")),
        error_messages={"required": REQUIRED},
    )


class InviteOfficerForm(OfficerForm):
    """Whom to invite as an officer."""

    email = email()
    name = text(120)


def read(form: Form, data: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """Validate what was sent: the values, and the sentences by field (empty when all is well)."""
    try:
        return form.load(data), {}
    except ValidationError as error:
        messages = dict(error.messages_dict)
        return {}, {name: " ".join(dict.fromkeys(_flat(found))) for name, found in messages.items()}


def _flat(found: Any) -> list[str]:
    if isinstance(found, Mapping):
        return [sentence for inner in found.values() for sentence in _flat(inner)]
    if isinstance(found, list | tuple):
        return [sentence for inner in found for sentence in _flat(inner)]
    return [str(found)]
