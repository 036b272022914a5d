"""Reading letters for programs, along their ids."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import defer

from app.core.village.errors import Missing
from app.core.village.queries import today
from app.extensions import db
from app.government.letters.books.incoming_queries import ESCAPE, IncomingFilter, like, searched, visible
from app.government.letters.books.outgoing_queries import span_of
from app.government.letters.desk.queries import NOT_A_PHONES_DRAFT, letter_row
from app.government.letters.models import IncomingLetter, Letter


def letters_behind(asked: Mapping[str, Any], most: int) -> Sequence[Letter]:
    """Letters that a query asks for, the latest first: one select.

    Args:
        asked: of LetterQuery. most: how many at most.
    """
    query = select(Letter).where(NOT_A_PHONES_DRAFT).options(defer(Letter.box))
    query = query.order_by(Letter.id.desc()).limit(most)
    for part in str(asked.get("q") or "").split()[:8]:
        query = query.where(Letter.search.ilike(like(part), escape=ESCAPE))
    for name in ("state", "type_code", "origin", "signing", "resident_id"):
        if asked.get(name):
            query = query.where(getattr(Letter, name) == asked[name])
    if asked.get("classification"):
        query = query.where(Letter.classification.startswith(asked["classification"], autoescape=True))
    if asked.get("year"):
        query = query.where(Letter.letter_date.between(*span_of(asked["year"], None)))
    if asked.get("after"):
        query = query.where(Letter.id < asked["after"])
    return db.session.scalars(query).all()


def find_letter(letter_id: uuid.UUID) -> Letter:
    """One letter. Raises Missing, also for what a resident has begun on a phone and not sent."""
    return letter_row(letter_id)


def incoming_behind(asked: Mapping[str, Any], most: int) -> Sequence[IncomingLetter]:
    """Incoming letters that a query asks for, the last recorded first: one select. Raises Missing: no such `after`."""
    chosen = IncomingFilter(
        q=" ".join(searched(str(asked.get("q") or ""))),
        year=asked.get("year"),
        state=asked.get("state") or "",
        urgency=asked.get("urgency") or "",
        overdue=bool(asked.get("overdue")),
    )
    query = visible(chosen.apply(select(IncomingLetter), today()))
    if asked.get("after"):
        last = db.session.get(IncomingLetter, asked["after"])
        if last is None:
            raise Missing("after")
        before = (IncomingLetter.year < last.year) | (
            (IncomingLetter.year == last.year) & (IncomingLetter.sequence < last.sequence)
        )
        query = query.where(before)
    query = query.order_by(IncomingLetter.year.desc(), IncomingLetter.sequence.desc()).limit(most)
    return db.session.scalars(query).all()
