"""What forms of accounts may say: one marshmallow schema a form, sentences beside the fields."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from marshmallow import Schema, fields, validate
from werkzeug.datastructures import MultiDict

from app.core.accounts.api_tokens import LIFETIMES
from app.core.forms import Choice, Email, FormSchema, Line, Phone, check
from app.core.language import LANGUAGES


class Password(fields.String):
    """A password: taken exactly as it was typed; empty is missing."""

    def __init__(self, missing: Any, **options: Any) -> None:
        super().__init__(
            required=True,
            validate=validate.Length(min=1, error=missing),
            error_messages={"required": missing, "null": missing},
            **options,
        )


class SignInForm(FormSchema):
    """Address and password. Whether the address is one is nobody's business before it is looked for."""

    email = Line(required=True, longest=254)
    password = Password(_l("Tulis kata sandi Anda."))


class CodeForm(FormSchema):
    """A code of the second factor."""

    code = Line(required=True, longest=30)


class EmailForm(FormSchema):
    """An address alone."""

    email = Email(required=True)


class NewPasswordForm(FormSchema):
    """A new password; whether it is good enough is asked by the service."""

    password = Password(_l("Tulis kata sandi baru."))


class InvitationForm(NewPasswordForm):
    """A name and a first password."""

    name = Line(required=True)


class PasswordForm(FormSchema):
    """One's own password, to confirm a change."""

    password = Password(_l("Tulis kata sandi Anda."))


class ChangePasswordForm(FormSchema):
    """The present and the new password."""

    present = Password(_l("Tulis kata sandi sekarang."))
    new = Password(_l("Tulis kata sandi baru."))


class ProfileForm(FormSchema):
    """Name, phone, language."""

    name = Line(required=True)
    phone = Phone()
    locale = Choice(required=True, choices=LANGUAGES)


class TokenForm(FormSchema):
    """A token for a program; `days` is one of `LIFETIMES`."""

    name = Line(required=True, longest=80)
    scopes = fields.List(fields.String())
    days = Choice(required=True, choices=tuple(str(days) for days in LIFETIMES))


class MemberForm(FormSchema):
    """A role and a title in a village."""

    role = Line(required=True, longest=40)
    title = Line(longest=80)


class InviteMemberForm(MemberForm):
    """Whom to invite into a village."""

    email = Email(required=True)
    name = Line(required=True)


class RoleForm(FormSchema):
    """A village's own role."""

    name = Line(required=True, longest=60)
    permissions = fields.List(fields.String())


class OfficerForm(FormSchema):
    """A role above the villages, and its region."""

    role = Line(required=True, longest=40)
    region_code = Line(
        required=True,
        validate=validate.Regexp(r"^\d{2}(\.\d{2}){0,2}$", error=_l("Pilih wilayah dari daftar.")),
    )


class InviteOfficerForm(OfficerForm):
    """Whom to invite as an officer."""

    email = Email(required=True)
    name = Line(required=True)


def read(schema: Schema, form: MultiDict[str, str]) -> tuple[dict[str, Any], dict[str, str]]:
    """Check what was sent: its values, and the sentences by field (empty when all is well)."""
    checked = check(schema, form)
    return checked.values, {name: " ".join(dict.fromkeys(found)) for name, found in checked.errors.items()}
