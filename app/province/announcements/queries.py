"""Announcements as a region's office sees them: the list, one of them, and who received, read and confirmed it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, literal, or_, select, tuple_
from sqlalchemy.orm import aliased

from app.core.village.errors import Missing
from app.extensions import db
from app.province.announcements.audience import can_read
from app.province.announcements.models import Announcement, AnnouncementRecipient
from app.province.regions import DISTRICT, PROVINCE, REGENCY, Territory, level_of, within
from tenants.models import TenantRow

PAGE = 25
RECEIPTS_PAGE = 50
STATES = ("draft", "sent", "withdrawn")
RECEIPT_STATES = ("unread", "unconfirmed", "read", "confirmed", "waiting", "nobody")
"""How far a village is: see `receipt_condition`."""

Recipient = AnnouncementRecipient


@dataclass(frozen=True, slots=True)
class Tally:
    """How many villages an announcement went to, and how far they are."""

    total: int = 0
    readable: int = 0
    delivered: int = 0
    read: int = 0
    confirmed: int = 0

    @property
    def nobody(self) -> int:
        """Villages that do not use this system: nobody is there to read."""
        return self.total - self.readable

    @property
    def unread(self) -> int:
        """Villages that could read it and did not yet."""
        return self.readable - self.read

    @property
    def read_share(self) -> float | None:
        """Of those that can read; None where none can."""
        return self.read / self.readable if self.readable else None

    @property
    def confirmed_share(self) -> float | None:
        """Of those that can read; None where none can."""
        return self.confirmed / self.readable if self.readable else None


@dataclass(frozen=True, slots=True)
class Part:
    """A kabupaten/kota or kecamatan with its tally."""

    code: str
    name: str
    tally: Tally


@dataclass(frozen=True, slots=True)
class Line:
    """An announcement of the list with its tally within the region that looks."""

    announcement: Announcement
    tally: Tally


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the list; `after` is the cursor of the next one."""

    lines: list[Line]
    after: uuid.UUID | None


@dataclass(frozen=True, slots=True)
class Receipt:
    """A village that an announcement went to; `state` is one of RECEIPT_STATES or `delivered`."""

    village: TenantRow
    recipient: Recipient
    readable: bool
    needs_confirmation: bool

    @property
    def state(self) -> str:
        """How far it is, the farthest first."""
        if self.recipient.confirmed_at is not None:
            return "confirmed"
        if self.recipient.first_read_at is not None:
            return "unconfirmed" if self.needs_confirmation else "read"
        if not self.readable:
            return "nobody"
        return "unread" if self.recipient.delivered_at is not None else "waiting"


@dataclass(frozen=True, slots=True)
class ReceiptFilter:
    """What a list of receipts is narrowed to."""

    territory: Territory
    state: str = ""
    search: str = ""

    @classmethod
    def from_args(cls, args: Mapping[str, str], here: Territory) -> ReceiptFilter:
        """From a query string; what makes no sense is left out."""
        state = args.get("keadaan", "")
        search = " ".join(args.get("q", "").replace("\x00", "").split())[:80]
        return cls(here, state if state in RECEIPT_STATES else "", search)

    def as_args(self) -> dict[str, Any]:
        """The query string that leads back here, without the region."""
        return {name: value for name, value in (("keadaan", self.state), ("q", self.search)) if value}


def page_of(
    region_code: str, *, state: str = "", search: str = "", after: uuid.UUID | None = None, limit: int = PAGE
) -> Page:
    """The announcements that an office sees, newest first: two selects."""
    query = select(Announcement).where(visible(region_code))
    if state:
        query = query.where(Announcement.state == state)
    if search:
        query = query.where(Announcement.title.icontains(search, autoescape=True))
    if after is not None:
        query = query.where(further_than(after))
    rows = list(db.session.scalars(query.order_by(*newest_first()).limit(limit + 1)))
    shown = rows[:limit]
    tallies = _tallies([row.id for row in shown if row.state != "draft"], region_code)
    return Page(
        [Line(row, tallies.get(row.id, Tally())) for row in shown],
        shown[-1].id if len(rows) > limit else None,
    )


def newest_first() -> tuple[ColumnElement[Any], ...]:
    """The order of every list of announcements: by when they were sent, drafts by when they were begun."""
    return _moment(Announcement).desc(), Announcement.id.desc()


def further_than(announcement_id: uuid.UUID) -> ColumnElement[bool]:
    """What stands behind an announcement in the order of `newest_first`."""
    last = aliased(Announcement)
    moment = select(_moment(last)).where(last.id == announcement_id).scalar_subquery()
    return tuple_(_moment(Announcement), Announcement.id) < tuple_(moment, literal(announcement_id))


def _moment(row: type[Announcement]) -> ColumnElement[Any]:
    return func.coalesce(row.sent_at, row.created_at)


def find(announcement_id: uuid.UUID, region_code: str) -> Announcement:
    """An announcement that an office sees. Raises Missing."""
    query = select(Announcement).where(Announcement.id == announcement_id, visible(region_code))
    row = db.session.scalars(query).one_or_none()
    if row is None:
        raise Missing("announcement")
    return row


def office_of(announcement_id: uuid.UUID) -> str | None:
    """The office that wrote an announcement, whoever asks; None where there is none."""
    return db.session.scalar(select(Announcement.region_code).where(Announcement.id == announcement_id))


def visible(region_code: str) -> ColumnElement[bool]:
    """Own announcements, those of offices below once they were sent, and those that reached villages of the region."""
    below = Announcement.region_code.startswith(f"{region_code}.", autoescape=True)
    if level_of(region_code) == PROVINCE:
        others: ColumnElement[bool] = below
    else:
        reached = (
            select(Recipient.tenant_id)
            .join(TenantRow, TenantRow.id == Recipient.tenant_id)
            .where(Recipient.announcement_id == Announcement.id, within(region_code))
        )
        others = or_(below, reached.exists())
    return or_(Announcement.region_code == region_code, and_(Announcement.state != "draft", others))


def tally_of(announcement_id: uuid.UUID, region_code: str) -> Tally:
    """How far an announcement is in a region: one select."""
    return _tallies([announcement_id], region_code).get(announcement_id, Tally())


def parts_of(announcement_id: uuid.UUID, here: Territory) -> list[Part]:
    """The level below a region with its tallies, by name: one select; none for a kecamatan."""
    if here.level >= DISTRICT:
        return []
    code, name = (
        (TenantRow.regency_code, TenantRow.regency_name)
        if here.level < REGENCY
        else (TenantRow.district_code, TenantRow.district_name)
    )
    query = (
        select(code, func.min(name), *_counts())
        .join(Recipient, Recipient.tenant_id == TenantRow.id)
        .where(Recipient.announcement_id == announcement_id, within(here.code))
        .group_by(code)
        .order_by(func.min(name))
    )
    return [Part(row[0], row[1], Tally(*map(int, row[2:]))) for row in db.session.execute(query)]


def receipts(
    row: Announcement, wanted: ReceiptFilter, *, after: str = "", limit: int = RECEIPTS_PAGE
) -> tuple[list[Receipt], str | None]:
    """A page of villages by code with how far they are, and the cursor of the next page: one select."""
    query = _receipts(row, wanted).limit(limit + 1)
    if after:
        query = query.where(TenantRow.code > after)
    found = [_receipt(row, line) for line in db.session.execute(query)]
    return found[:limit], found[limit - 1].village.code if len(found) > limit else None


def all_receipts(row: Announcement, wanted: ReceiptFilter) -> Iterator[Receipt]:
    """All villages of a list of receipts, read in portions."""
    query = _receipts(row, wanted).execution_options(yield_per=500)
    needs = row.needs_confirmation
    for line in db.session.execute(query):
        yield Receipt(line[0], line[1], bool(line[2]), needs)


def receipt_condition(state: str) -> ColumnElement[bool]:
    """Villages by how far they are; `unread` and `unconfirmed` are those of which it could be expected."""
    unread = Recipient.first_read_at.is_(None)
    if state == "unread":
        return and_(unread, can_read())
    if state == "unconfirmed":
        return and_(Recipient.confirmed_at.is_(None), can_read())
    if state == "waiting":
        return and_(unread, Recipient.delivered_at.is_(None), can_read())
    if state == "nobody":
        return and_(unread, ~can_read())
    return Recipient.confirmed_at.is_not(None) if state == "confirmed" else ~unread


def _receipts(row: Announcement, wanted: ReceiptFilter) -> Any:
    query = (
        select(TenantRow, Recipient, can_read().label("readable"))
        .join(Recipient, Recipient.tenant_id == TenantRow.id)
        .where(Recipient.announcement_id == row.id, within(wanted.territory.code))
        .order_by(TenantRow.code)
    )
    if wanted.state:
        query = query.where(receipt_condition(wanted.state))
    if wanted.search:
        query = query.where(
            or_(
                TenantRow.name.icontains(wanted.search, autoescape=True),
                TenantRow.code.startswith(wanted.search, autoescape=True),
            )
        )
    return query


def _receipt(row: Announcement, line: Any) -> Receipt:
    return Receipt(line[0], line[1], bool(line[2]), row.needs_confirmation)


def _counts() -> list[ColumnElement[int]]:
    def counted(condition: ColumnElement[bool]) -> ColumnElement[int]:
        return func.count(case((condition, 1)))

    return [
        func.count(),
        counted(or_(can_read(), Recipient.first_read_at.is_not(None))),
        counted(Recipient.delivered_at.is_not(None)),
        counted(Recipient.first_read_at.is_not(None)),
        counted(Recipient.confirmed_at.is_not(None)),
    ]


def _tallies(ids: Sequence[uuid.UUID], region_code: str) -> dict[uuid.UUID, Tally]:
    if not ids:
        return {}
    query = (
        select(Recipient.announcement_id, *_counts())
        .join(TenantRow, TenantRow.id == Recipient.tenant_id)
        .where(Recipient.announcement_id.in_(ids), within(region_code))
        .group_by(Recipient.announcement_id)
    )
    return {row[0]: Tally(*map(int, row[1:])) for row in db.session.execute(query)}
