"""Numbers of outgoing letters: no gap, no double, however many clerks press the button at once.

A number is drawn by raising the counter's row, which stays locked until the transaction that drew it is over: whoever
comes next waits for it, and a transaction that fails gives its number back.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from app.extensions import db
from app.government.letters.models import Letter, LetterCounter
from app.government.letters.options import LetterOptions, number_of
from tenants.scope import current_tenant


def draw_number(letter: Letter, options: LetterOptions, day: dt.date) -> str:
    """Give a letter the next number of its year, in the open transaction; one that has a number keeps it.

    The counter's row is locked until the commit: only what needs the number may come after.

    Args:
        letter: not yet numbered, or numbered before by a signing that failed.
        options: the village's choices (pattern, scope, first numbers).
        day: the letter's date in WIB; its year is the number's year.
    Returns:
        The number as it stands in the letter.
    """
    if letter.sequence is not None:
        return letter.number
    scope = letter.type_code if options.number_scope == "type" else ""
    sequence = _next(scope, day.year, options)
    while _is_taken(scope, day.year, sequence):
        sequence = _next(scope, day.year, options)
    letter.scope, letter.year, letter.sequence = scope, day.year, sequence
    letter.number = _written(letter, options, sequence, day)
    return letter.number


def _next(scope: str, year: int, options: LetterOptions) -> int:
    first = options.first_number(scope, year)
    counter = LetterCounter.__table__
    draw = insert(counter).values(scope=scope, year=year, last=first)
    drawn = draw.on_conflict_do_update(
        index_elements=["scope", "year"], set_={"last": func.greatest(counter.c.last + 1, first)}
    ).returning(counter.c.last)
    return int(db.session.execute(drawn).scalar_one())


def _is_taken(scope: str, year: int, sequence: int) -> bool:
    """Whether the register already has this number: a letter that was written elsewhere."""
    query = select(Letter.id).where(Letter.year == year, Letter.scope == scope, Letter.sequence == sequence)
    return db.session.scalar(query.limit(1)) is not None


def _written(letter: Letter, options: LetterOptions, sequence: int, day: dt.date) -> str:
    return number_of(
        options.number_pattern,
        sequence=sequence,
        day=day,
        classification=letter.classification,
        village_code=current_tenant().code,
        type_code=letter.type_code,
    )
