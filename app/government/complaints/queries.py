"""Reading complaints: the list of staff, one with all that belongs to it, what its sender and everybody may read."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Select, case, func, or_, select, tuple_

from app.core.casework.files import files_of
from app.core.casework.models import CaseFile, CaseStep
from app.core.casework.steps import private_of, steps_of
from app.core.privacy.masking import mask_personal
from app.core.privacy.vault import open_vault
from app.extensions import db
from app.government.complaints.models import Complaint
from app.government.complaints.services import typed_code
from app.government.complaints.words import CATEGORIES, OPEN, STATES
from tenants.models import now

PAGE = 25
PUBLIC_PAGE = 10


@dataclass(frozen=True, slots=True)
class Filter:
    """Which complaints: by state (`open`, `overdue` or one of them), category, and words in title, place or code."""

    state: str = ""
    category: str = ""
    words: str = ""

    @classmethod
    def from_args(cls, args: Mapping[str, str]) -> Filter:
        """What an address asks for; what it can't mean is left out, and numbers of people are masked."""
        state, category = args.get("keadaan", ""), args.get("jenis", "")
        return cls(
            state if state in ("open", "overdue", *STATES) else "",
            category if category in CATEGORIES else "",
            mask_personal(" ".join(args.get("q", "").replace("\x00", "").split())[:100]),
        )

    def as_args(self) -> dict[str, str]:
        """The filter as an address says it."""
        named = {"keadaan": self.state, "jenis": self.category, "q": self.words}
        return {name: value for name, value in named.items() if value}


@dataclass(frozen=True, slots=True)
class Listed:
    """A page of complaints, those beyond their promise first, then open ones, then the newest of the others."""

    rows: Sequence[Complaint]
    total: int
    page: int
    pages: int
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Step:
    """A step with what it keeps sealed opened."""

    kind: str
    at: dt.datetime
    by_name: str
    note: str
    text: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A complaint with all that belongs to it; `private` holds `title`, `text`, `place`, `name`, `contact`."""

    row: Complaint
    private: Mapping[str, Any]
    steps: list[Step]
    photos: Sequence[CaseFile] = field(default_factory=tuple)

    @property
    def is_overdue(self) -> bool:
        """Whether it waits beyond the promise."""
        return is_overdue(self.row)


def is_overdue(row: Complaint) -> bool:
    """Whether a complaint waits beyond the promise."""
    return row.state in OPEN and row.due_at is not None and row.due_at < now()


def listed(chosen: Filter, page: int) -> Listed:
    """A page of the list: two selects."""
    moment = now()
    overdue = Complaint.state.in_(OPEN) & (Complaint.due_at < moment)
    counting = select(
        func.count(),
        func.count().filter(Complaint.state.in_(OPEN)),
        func.count().filter(overdue),
        *[func.count().filter(Complaint.state == state) for state in STATES],
    ).where(_matching(chosen.category, chosen.words))
    found = list(db.session.execute(counting).one())
    counts = dict(zip(("", "open", "overdue", *STATES), found, strict=True))
    total = counts[chosen.state]
    pages = max(1, -(-total // PAGE))
    page = min(max(1, page), pages)
    query = (
        _stating(select(Complaint), chosen.state, moment)
        .where(_matching(chosen.category, chosen.words))
        .order_by(
            case((Complaint.state.in_(OPEN), 0), else_=1),
            case((Complaint.state.in_(OPEN), Complaint.due_at)).asc().nulls_last(),
            Complaint.received_at.desc(),
            Complaint.id.desc(),
        )
        .offset((page - 1) * PAGE)
        .limit(PAGE)
    )
    return Listed(db.session.scalars(query).all(), total, page, pages, counts)


def after(chosen: Filter, last: uuid.UUID | None, limit: int) -> Sequence[Complaint]:
    """Up to `limit` + 1 complaints behind `last`, the newest first: one select, for programs."""
    query = _stating(select(Complaint), chosen.state, now()).where(_matching(chosen.category, chosen.words))
    if last is not None:
        behind = select(Complaint.received_at, Complaint.id).where(Complaint.id == last).scalar_subquery()
        query = query.where(tuple_(Complaint.received_at, Complaint.id) < behind)
    query = query.order_by(Complaint.received_at.desc(), Complaint.id.desc())
    return db.session.scalars(query.limit(limit + 1)).all()


def find(complaint_id: uuid.UUID) -> Shown | None:
    """A complaint with steps and photos, for staff: four selects."""
    row = db.session.get(Complaint, complaint_id)
    return _shown(row) if row is not None else None


def own(complaint_id: uuid.UUID, account_id: uuid.UUID) -> Shown | None:
    """A complaint that this resident's account sent under its name."""
    row = db.session.get(Complaint, complaint_id)
    return _shown(row, public_only=True) if row is not None and row.account_id == account_id else None


def own_list(account_id: uuid.UUID) -> Sequence[Complaint]:
    """What this account sent under its name, the newest first; at most fifty."""
    query = (
        select(Complaint)
        .where(Complaint.account_id == account_id)
        .order_by(Complaint.received_at.desc())
        .limit(50)
    )
    return db.session.scalars(query).all()


def by_code(text: str) -> Shown | None:
    """The complaint with a code, as its sender may read it."""
    code = typed_code(text)
    row = db.session.scalar(select(Complaint).where(Complaint.code == code)) if code else None
    return _shown(row, public_only=True) if row is not None else None


@dataclass(frozen=True, slots=True)
class PublicPage:
    """A page of what everybody may read, and how many complaints there were in a year."""

    rows: Sequence[Complaint]
    page: int
    pages: int
    received: int
    answered: int


def published(page: int) -> PublicPage | None:
    """A page of published complaints, the newest first: two selects. None: there is no such page."""
    year = now() - dt.timedelta(days=365)
    counting = select(
        func.count().filter(Complaint.is_public),
        func.count().filter(Complaint.received_at >= year),
        func.count().filter((Complaint.received_at >= year) & Complaint.answered_at.is_not(None)),
    )
    total, received, answered = db.session.execute(counting).one()
    pages = max(1, -(-total // PUBLIC_PAGE))
    if not 1 <= page <= pages:
        return None
    query = (
        select(Complaint)
        .where(Complaint.is_public)
        .order_by(Complaint.received_at.desc(), Complaint.id.desc())
        .offset((page - 1) * PUBLIC_PAGE)
        .limit(PUBLIC_PAGE)
    )
    return PublicPage(db.session.scalars(query).all(), page, pages, received, answered)


def _shown(row: Complaint, *, public_only: bool = False) -> Shown:
    vault = open_vault()
    steps = [
        Step(one.kind, one.at, one.by_name, one.note, _text(one, vault))
        for one in steps_of(row.id, public_only=public_only)
    ]
    return Shown(row, vault.open_json(row.box, f"complaint:{row.id}"), steps, files_of(row.id))


def _text(step: CaseStep, vault: Any) -> str:
    return str(private_of(step, vault).get("text", "")) if step.box is not None else ""


def _stating(query: Select[Any], state: str, moment: dt.datetime) -> Select[Any]:
    if state in ("open", "overdue"):
        query = query.where(Complaint.state.in_(OPEN))
        return query.where(Complaint.due_at < moment) if state == "overdue" else query
    return query.where(Complaint.state == state) if state else query


def _matching(category: str, words: str) -> Any:
    conditions = [Complaint.category == category] if category else []
    if words:
        like = f"%{words.replace('%', '').replace('_', '')}%"
        code = typed_code(words)
        conditions.append(
            or_(Complaint.title.ilike(like), Complaint.place.ilike(like), Complaint.code == code)
        )
    return conditions[0] & conditions[1] if len(conditions) == 2 else (*conditions, True)[0]
