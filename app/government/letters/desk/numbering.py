"""Numbers of outgoing letters: no gap, no double, however many clerks press the button at once.

A number is drawn by raising the counter's row, which stays locked until the transaction that drew it is over: whoever
comes next waits for it, and a transaction that fails gives its number back.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import func, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError

from app.extensions import db
from app.government.letters.desk.errors import NumberTaken
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
    Raises:
        NumberTaken: another count gave the same number at this moment; the transaction is over.
    """
    if letter.sequence is not None:
        return letter.number
    scope = letter.type_code if options.number_scope == "type" else ""
    least = options.first_number(scope, day.year)
    while True:
        sequence = _next(scope, day.year, least)
        number = _written(letter, options, sequence, day)
        same_place, same_text = _taken(scope, day.year, sequence, number)
        if not same_place and not same_text:
            break
        if not same_place:
            # The letters were counted otherwise before, this year: go on above all of those.
            least = max(least, _highest(scope, day.year) + 1)
    letter.scope, letter.year, letter.sequence, letter.number = scope, day.year, sequence, number
    try:
        db.session.flush()
    except IntegrityError as twice:
        db.session.rollback()
        raise NumberTaken(number) from twice
    return number


def is_taken(year: int, number: str) -> bool:
    """Whether a letter of that year bears this number already, in whatever count: one select."""
    query = select(Letter.id).where(
        Letter.sequence.is_not(None), Letter.year == year, Letter.number == number
    )
    return db.session.scalar(query.limit(1)) is not None


def _next(scope: str, year: int, first: int) -> int:
    counter = LetterCounter.__table__
    draw = insert(counter).values(scope=scope, year=year, last=first)
    drawn = draw.on_conflict_do_update(
        index_elements=["scope", "year"], set_={"last": func.greatest(counter.c.last + 1, first)}
    ).returning(counter.c.last)
    return int(db.session.execute(drawn).scalar_one())


def _taken(scope: str, year: int, sequence: int, number: str) -> tuple[bool, bool]:
    """Whether the register has this place in the count (a letter written elsewhere), and this number as it is written.

    One select along two indexes.
    """
    place = (Letter.scope == scope) & (Letter.sequence == sequence)
    query = select(Letter.scope, Letter.sequence, Letter.number).where(
        Letter.sequence.is_not(None), Letter.year == year, or_(place, Letter.number == number)
    )
    rows = db.session.execute(query).all()
    return (
        any(row.scope == scope and row.sequence == sequence for row in rows),
        any(row.number == number for row in rows),
    )


def _highest(scope: str, year: int) -> int:
    """The highest sequence of a year among the letters that a count goes over, in whatever count they were."""
    query = select(func.max(Letter.sequence)).where(Letter.sequence.is_not(None), Letter.year == year)
    if scope:
        query = query.where(Letter.type_code == scope)
    return int(db.session.scalar(query) or 0)


def _written(letter: Letter, options: LetterOptions, sequence: int, day: dt.date) -> str:
    return number_of(
        options.number_pattern,
        sequence=sequence,
        day=day,
        classification=letter.classification,
        village_code=current_tenant().code,
        type_code=letter.type_code,
    )
