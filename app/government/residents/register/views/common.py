"""What the register's forms share: what a request says besides the fields, and refusals put beside them."""

from __future__ import annotations

import uuid

from flask import request
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.datastructures import MultiDict

from app.core.forms import Checked
from app.government.residents.register.errors import Refused
from app.government.residents.register.services import Acceptance
from tenants.ids import uuid7


def may(code: str) -> bool:
    """Whether who is signed in holds a permission."""
    return bool(current_user.may(code))


def row_version() -> int:
    """The version that the person saw; 0 fits none."""
    version = request.form.get("row_version", "")
    return int(version) if version.isdigit() and len(version) < 10 else 0


def form_id() -> uuid.UUID:
    """The id that the form was made with, or a new one: a form that is sent twice enters one."""
    return identity(request.form.get("id")) or uuid7()


def identity(text: str | None) -> uuid.UUID | None:
    """An id that a form or an address carries; None for anything else."""
    try:
        return uuid.UUID(text) if text else None
    except ValueError:
        return None


def acceptance() -> Acceptance | None:
    """The person's word that the warnings which they were shown were looked at."""
    note = " ".join(request.form.get("accept_note", "").split())
    if not request.form.get("accept") or not note:
        return None
    return Acceptance(note[:300], frozenset(request.form.get("accept_codes", "").split(",")))


def with_refusal(checked: Checked, refused: Refused) -> Checked:
    """The form with the sentences of a refusal: errors beside their fields, and what the acceptance lacks."""
    for finding in refused.findings:
        if finding.is_error:
            checked = checked.with_error(finding.field, finding.sentence)
    if not refused.has_errors and request.form.get("accept") and acceptance() is None:
        checked = checked.with_error("accept_note", _("Tulis mengapa data ini tetap disimpan."))
    return checked


def picked() -> MultiDict[str, str]:
    """The form as sent; where the comparison of two versions was answered with theirs, theirs stands in the field."""
    form = MultiDict(request.form)
    for name in list(form):
        if name.startswith("pick-") and form[name] == "theirs":
            field = name.removeprefix("pick-")
            form[field] = form.get(f"theirs-{field}", "")
    return form
