"""Sample letters: what a village's letters look like, with made-up people, marked CONTOH; no number is drawn."""

from __future__ import annotations

from sqlalchemy import func, select

from app.extensions import db
from app.government.letters.models import Letter
from app.government.letters.types.kinds import LetterKind
from app.government.letters.types.registry import letter_types

COUNT = 3
USUAL = ("sktm", "domisili", "pengantar_umum", "keterangan_usaha", "pengantar_skck")
"""What villages write most often, where this one has written nothing yet."""


def sample_kinds() -> list[LetterKind]:
    """The three letter types that the present village uses most; the usual ones where it has used fewer."""
    query = (
        select(Letter.type_code)
        .where(Letter.issued_at.is_not(None))
        .group_by(Letter.type_code)
        .order_by(func.count().desc(), Letter.type_code)
        .limit(COUNT)
    )
    used = list(db.session.scalars(query))
    known = {kind.code: kind for kind in letter_types()}
    wanted = dict.fromkeys([*used, *USUAL, *known])
    return [known[code] for code in wanted if code in known][:COUNT]
