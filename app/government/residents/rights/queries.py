"""Requests about one's own data, as pages show them."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import func, select

from app.core.privacy.vault import open_vault
from app.extensions import db
from app.government.residents import codes
from app.government.residents.browse.filters import name_contains
from app.government.residents.browse.numbers import digits_of, search_for
from app.government.residents.derive import masked_text
from app.government.residents.models import DataRequest, Household, Resident
from tenants.models import now

DUE = dt.timedelta(hours=72)
"""Within so long a request is answered: 3 times 24 hours (Law 27/2022, Art. 30 and 32)."""
PAGE = 25
MOST_FOUND = 20


@dataclass(frozen=True, slots=True)
class RequestLine:
    """One request in a list. `due_at` is the moment until which the law gives time."""

    id: uuid.UUID
    resident_id: uuid.UUID
    name: str
    kind: str
    state: str
    received_by: str
    created_at: dt.datetime
    answered_at: dt.datetime | None

    @property
    def due_at(self) -> dt.datetime:
        """Until when it is to be answered."""
        return self.created_at + DUE

    @property
    def is_late(self) -> bool:
        """Whether it still waits though its time is over."""
        return self.state == "open" and self.due_at < now()


@dataclass(frozen=True, slots=True)
class RequestPage:
    """A page of requests; `after` leads on, None at the end. `waiting` counts all that are open."""

    lines: Sequence[RequestLine]
    after: uuid.UUID | None
    waiting: int


@dataclass(frozen=True, slots=True)
class OpenedRequest:
    """A request with what its box holds: `asked_by`, `capacity`, `contact`, `text`, `answer`."""

    line: RequestLine
    answered_by: str
    said: dict[str, str]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A person who was found for a new request."""

    id: uuid.UUID
    name: str
    birth_date: dt.date | None
    address: str
    vital_status: int


def request_page(which: Literal["open", "closed"], after: uuid.UUID | None = None) -> RequestPage:
    """Requests that wait, the oldest first, or those that were answered, the newest first. Two queries."""
    query = _lines().where((DataRequest.state == "open") == (which == "open"))
    if which == "open":
        query = query.order_by(DataRequest.id)
        query = query.where(DataRequest.id > after) if after else query
    else:
        query = query.order_by(DataRequest.id.desc())
        query = query.where(DataRequest.id < after) if after else query
    rows = [RequestLine(*row) for row in db.session.execute(query.limit(PAGE + 1))]
    waiting = db.session.scalar(
        select(func.count()).select_from(DataRequest).where(DataRequest.state == "open")
    )
    return RequestPage(rows[:PAGE], rows[PAGE - 1].id if len(rows) > PAGE else None, waiting or 0)


def requests_of(resident_id: uuid.UUID) -> list[RequestLine]:
    """What was asked about one person, the newest first; at most a page."""
    query = _lines().where(DataRequest.resident_id == resident_id).order_by(DataRequest.id.desc())
    return [RequestLine(*row) for row in db.session.execute(query.limit(PAGE))]


def find_request(request_id: uuid.UUID) -> OpenedRequest | None:
    """One request with what was said; None when there is none."""
    query = _lines().add_columns(DataRequest.answered_by, DataRequest.box)
    row = db.session.execute(query.where(DataRequest.id == request_id)).one_or_none()
    if row is None:
        return None
    *line, answered_by, box = row
    said = open_vault().open_json(box, f"data_request:{request_id}")
    return OpenedRequest(RequestLine(*line), answered_by, said)


def contact_for(found: OpenedRequest, *, may_identity: bool) -> str:
    """How to reach who asked; masked for those who may not see phone numbers and addresses."""
    contact = found.said.get("contact", "")
    return contact if may_identity else masked_text(contact)


def find_resident(resident_id: uuid.UUID) -> Resident | None:
    """One person of the register, counted or not; None when there is none."""
    return db.session.get(Resident, resident_id)


def candidates(words: str) -> list[Candidate]:
    """People whose name holds these words, or whose NIK or KK number these 16 digits are; at most 20, by name."""
    query = select(
        Resident.id, Resident.name, Resident.birth_date, Resident.current_address, Resident.vital_status
    )
    digits = digits_of(words)
    if digits is not None:
        found = search_for(digits)
        query = query.outerjoin(Household, Household.id == Resident.household_id)
        query = query.where((Resident.nik_index == found.nik_index) | (Household.kk_index == found.kk_index))
    else:
        for word in words.split()[:8]:
            query = query.where(name_contains(Resident.name, word))
    query = query.where(Resident.vital_status != codes.INVALID).order_by(Resident.name, Resident.id)
    return [Candidate(*row) for row in db.session.execute(query.limit(MOST_FOUND))]


def _lines() -> Any:
    return select(
        DataRequest.id,
        DataRequest.resident_id,
        Resident.name,
        DataRequest.kind,
        DataRequest.state,
        DataRequest.received_by,
        DataRequest.created_at,
        DataRequest.answered_at,
    ).join(Resident, Resident.id == DataRequest.resident_id)
