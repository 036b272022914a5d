"""Going on with the numbers of the paper books, when a village begins here in the middle of a year."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from app.core.village.errors import Invalid
from app.core.village.options import choose_options
from app.extensions import db
from app.government.letters.books.incoming_queries import SCOPE as INCOMING
from app.government.letters.models import LetterCounter
from app.government.letters.options import CAPABILITY, LetterOptions, options_from
from app.government.letters.types import settings


def incoming_last(year: int) -> int:
    """The last number of a year in the agenda of incoming letters; 0 where there is none."""
    query = select(LetterCounter.last).where(LetterCounter.scope == INCOMING, LetterCounter.year == year)
    return db.session.scalar(query) or 0


def outgoing_last(options: LetterOptions, year: int) -> dict[str, int]:
    """The last numbers of a year by count (empty: the village's), drawn here or stated as those of the paper book."""
    stated = {
        key.rpartition("/")[0]: first - 1
        for key, first in options.first_by_scope.items()
        if key.endswith(f"/{year}")
    }
    drawn = settings.drawn_numbers(year)
    return {scope: max(stated.get(scope, 0), drawn.get(scope, 0)) for scope in {*stated, *drawn}}


def continue_numbers(outgoing: Mapping[str, int], incoming: int, *, year: int) -> None:
    """Let the next letters of a year bear the numbers after these; all are kept or none. Commits.

    Whoever draws a number waits for this and goes on above it, so no number is given twice.

    Args:
        outgoing: last numbers by count, empty or a type's code; 0: none was given yet.
        incoming: the last number of the agenda of incoming letters, 0: none.
    Raises:
        Invalid: a number below one that was given here already; `field` is `last`, `last.<type>` or `incoming`.
    """
    present = options_from(choose_options(CAPABILITY, {}))
    drawn = settings.drawn_numbers(year)
    for scope, last in outgoing.items():
        if last < drawn.get(scope, 0):
            _refuse(f"last.{scope}" if scope else "last", drawn[scope])
    if incoming < incoming_last(year):
        _refuse("incoming", incoming_last(year))
    if incoming:
        counter = insert(LetterCounter).values(scope=INCOMING, year=year, last=incoming)
        db.session.execute(
            counter.on_conflict_do_update(
                index_elements=[LetterCounter.scope, LetterCounter.year],
                set_={"last": func.greatest(LetterCounter.last, counter.excluded.last)},
            )
        )
    before = {
        key.rpartition("/")[0]: first
        for key, first in present.first_by_scope.items()
        if key.endswith(f"/{year}")
    }
    wanted = {scope: last + 1 for scope, last in outgoing.items() if last or drawn.get(scope)}
    kept = {scope: first for scope, first in before.items() if scope not in outgoing}
    stored = settings.stored_form(present)
    stamp = settings.stamp_of(present)
    settings.choose(stored, {**kept, **wanted}, present.promise_by_type, year=year, stamp=stamp)


def _refuse(field: str, least: int) -> None:
    db.session.rollback()
    raise Invalid(
        field,
        _(
            "Nomor %(last)s sudah terbit di sini tahun ini. Tulis %(last)s atau lebih besar; nomor yang sudah "
            "terbit tidak berubah.",
            last=least,
        ),
    )
