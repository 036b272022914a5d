"""Drawing numbers: the row of the counter is held until the commit, so there are neither gaps nor doubles."""

from __future__ import annotations

from sqlalchemy.dialects.postgresql import insert

from app.extensions import db
from app.government.letters.models import LetterCounter


def draw_agenda(scope: str, year: int, first: int = 1) -> int:
    """Draw the next number of a year in the open transaction, which then holds the counter.

    Args:
        scope: which counter. first: the year's first number, where nothing was drawn in it yet.
    """
    query = (
        insert(LetterCounter)
        .values(scope=scope, year=year, last=first)
        .on_conflict_do_update(
            index_elements=[LetterCounter.scope, LetterCounter.year],
            set_={"last": LetterCounter.last + 1},
        )
        .returning(LetterCounter.last)
    )
    return int(db.session.execute(query).scalar_one())
