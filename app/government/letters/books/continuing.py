"""Going on with the numbers of the paper books, when a village begins here in the middle of a year."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import gettext as _
from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert

from app.core import audit
from app.core.village.errors import Invalid
from app.core.village.options import choose_options
from app.extensions import db
from app.government.letters.books.incoming_queries import SCOPE as INCOMING
from app.government.letters.models import IncomingLetter, LetterCounter
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


def continue_numbers(outgoing: Mapping[str, int], incoming: int | None, *, year: int) -> None:
    """Let the next letters of a year bear the numbers after these; all are kept or none. Commits.

    Whoever draws a number waits for this and goes on above it, so no number is given twice.

    Args:
        outgoing: last numbers by count, empty or a type's code; 0: none was given yet.
        incoming: the last number of the agenda of incoming letters, 0: none; None leaves it as it stands.
    Raises:
        Invalid: a number below one that a letter here bears already; `field` is `last`, `last.<type>` or `incoming`.
    """
    present = options_from(choose_options(CAPABILITY, {}))
    drawn = settings.drawn_numbers(year)
    for scope, last in outgoing.items():
        if last < drawn.get(scope, 0):
            _refuse(f"last.{scope}" if scope else "last", drawn[scope])
    if incoming is not None:
        _continue_agenda(incoming, year)
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


def _continue_agenda(last: int, year: int) -> None:
    """Let the agenda go on after `last`, in the open transaction. What was only stated may be corrected downwards.

    The counter's row is held before the letters are looked at, so whoever records one meanwhile waits.
    """
    before = incoming_last(year)
    counter = insert(LetterCounter).values(scope=INCOMING, year=year, last=last)
    db.session.execute(
        counter.on_conflict_do_update(
            index_elements=[LetterCounter.scope, LetterCounter.year], set_={"last": counter.excluded.last}
        )
    )
    borne = db.session.scalar(select(func.max(IncomingLetter.sequence)).where(IncomingLetter.year == year))
    if last < (borne or 0):
        _refuse("incoming", borne or 0)
    if not last:
        db.session.execute(
            delete(LetterCounter).where(LetterCounter.scope == INCOMING, LetterCounter.year == year)
        )
    if before != last:
        audit.record(
            "letter_options.changed",
            object_type="letter_options",
            details=audit.changes({"last_agenda": before}, {"last_agenda": last}),
        )


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
