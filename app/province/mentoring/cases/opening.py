"""For which village a case is opened: chosen from a short list, or typed with its code or name."""

from __future__ import annotations

import re

from flask_babel import gettext as _
from sqlalchemy import func, or_, select

from app.core.village.errors import Invalid
from app.extensions import db
from app.province.mentoring.cases.mentors import seen_villages
from tenants.models import TenantRow, TenantState

MOST_CHOICES = 60
_CODE = re.compile(r"^(\d{2}\.\d{2}\.\d{2}\.\d{4})\b")


def village_line(village: TenantRow) -> str:
    """A village as it is typed: code and name."""
    return f"{village.code} {village.term} {village.name}"


def village_choices() -> list[tuple[str, str]]:
    """The villages that the one who acts sees, to choose from; none where there are too many (one select)."""
    query = select(TenantRow).where(seen_villages()).order_by(TenantRow.name, TenantRow.code)
    rows = list(db.session.scalars(query.limit(MOST_CHOICES + 1)))
    if len(rows) > MOST_CHOICES:
        return []
    return [("", str(_("Pilih desa"))), *((village_line(row), village_line(row)) for row in rows)]


def named_village(typed: str) -> TenantRow:
    """The village that a line means, among those that the one who acts sees. Raises Invalid with a sentence."""
    line = " ".join(typed.replace("\x00", "").split())[:120]
    if not line:
        raise Invalid("village", _("Tulis kode wilayah atau nama desa."))
    if code := _CODE.match(line):
        meant = TenantRow.code == code[1]
    else:
        name = line.lower()
        called = func.lower(TenantRow.term + " " + TenantRow.name)
        meant = or_(func.lower(TenantRow.name) == name, called == name)
    query = select(TenantRow).where(
        meant, seen_villages(), TenantRow.state.not_in([TenantState.SUSPENDED, TenantState.ARCHIVED])
    )
    rows = list(db.session.scalars(query.order_by(TenantRow.code).limit(6)))
    if not rows:
        raise Invalid("village", _("Tidak ada desa seperti ini di antara desa Anda."))
    if len(rows) > 1:
        codes = ", ".join(row.code for row in rows[:5])
        raise Invalid("village", _("Ada beberapa desa bernama ini: tulis kodenya (%(codes)s).", codes=codes))
    return rows[0]
