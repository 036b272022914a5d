"""Announcements as a village's staff see them: the list, opening one, confirming it.

The rows are the platform's: each function enters its scope for a short time and asks for rows of the present village
alone, so another village's announcement is unknown here. Who opens it first is kept by name, further readers are
counted; somebody of the province who visits the village reads without being counted.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Response
from flask_babel import gettext as _
from sqlalchemy import ColumnElement, and_, any_, func, literal, or_, select, true, update

from app.core import audit
from app.core.accounts.scoping import platform_rows
from app.core.actors import Actor
from app.core.badges import forget_badges
from app.core.village.errors import Missing
from app.extensions import db
from app.province.announcements import files
from app.province.announcements.models import Announcement, AnnouncementRecipient
from app.province.announcements.queries import further_than, newest_first
from app.province.announcements.services import Refused
from app.province.announcements.waiting import forget_waiting, waiting
from app.province.regions import frame_name
from tenants.models import now
from tenants.scope import current_tenant

PAGE = 20
Recipient = AnnouncementRecipient


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file of an announcement."""

    id: uuid.UUID
    name: str
    size: int
    media_type: str


@dataclass(frozen=True, slots=True)
class News:
    """An announcement as the present village holds it; text and files are empty once it was withdrawn."""

    id: uuid.UUID
    title: str
    body: str
    sender: str
    sent_by: str
    sent_at: dt.datetime
    needs_confirmation: bool
    shown_until: dt.datetime | None
    is_withdrawn: bool
    withdrawn_at: dt.datetime | None
    reason: str
    is_read_by_me: bool
    first_read_at: dt.datetime | None
    first_read_by: str
    readers: int
    confirmed_at: dt.datetime | None
    confirmed_by: str
    file_count: int
    attachments: tuple[Attachment, ...] = ()

    @property
    def awaits_confirmation(self) -> bool:
        """Whether the village still has to say that it knows."""
        return self.needs_confirmation and not self.is_withdrawn and self.confirmed_at is None


@dataclass(frozen=True, slots=True)
class NewsFilter:
    """What the list is narrowed to: `unread`, `unconfirmed`, or `past` with what is shown no more; and a word."""

    view: str = ""
    search: str = ""

    @classmethod
    def from_args(cls, args: Mapping[str, str]) -> NewsFilter:
        """From a query string; what makes no sense is left out."""
        view = args.get("lihat", "")
        search = " ".join(args.get("q", "").replace("\x00", "").split())[:80]
        return cls(view if view in ("unread", "unconfirmed", "past") else "", search)

    def as_args(self) -> dict[str, Any]:
        """The query string that leads back here."""
        return {name: value for name, value in (("lihat", self.view), ("q", self.search)) if value}


def news(
    actor_id: uuid.UUID, wanted: NewsFilter, *, after: uuid.UUID | None = None, limit: int = PAGE
) -> tuple[list[News], uuid.UUID | None]:
    """A page of the village's announcements, newest first, and the cursor of the next: one select."""
    query = _mine(actor_id, current_tenant().id).where(_narrowed(wanted, actor_id))
    if after is not None:
        query = query.where(further_than(after))
    query = query.order_by(*newest_first()).limit(limit + 1)
    with platform_rows():
        found = [_shown(row, ()) for row in db.session.execute(query)]
    return found[:limit], found[limit - 1].id if len(found) > limit else None


def one(announcement_id: uuid.UUID, actor_id: uuid.UUID) -> News:
    """One announcement of the village, with its files. Raises Missing."""
    tenant_id = current_tenant().id
    with platform_rows():
        return _one(announcement_id, actor_id, tenant_id)


def open_news(announcement_id: uuid.UUID, actor: Actor) -> News:
    """One announcement, marked as read by who opens it. Raises Missing."""
    tenant_id = current_tenant().id
    with platform_rows():
        found = _one(announcement_id, actor.account_id, tenant_id)
        if found.is_withdrawn or found.is_read_by_me or actor.support_visit is not None:
            return found
        _mark(announcement_id, actor, tenant_id)
        db.session.commit()
        shown = _one(announcement_id, actor.account_id, tenant_id)
    if found.first_read_at is None:
        _changed()
    return shown


def confirm(announcement_id: uuid.UUID, actor: Actor) -> News:
    """Say for the village that it knows and will act; the first who does so is kept by name. Doing it twice is one.

    Raises Missing; Refused where it is not asked for, was withdrawn, or for a visitor of the province.
    """
    tenant_id = current_tenant().id
    with platform_rows():
        found = _one(announcement_id, actor.account_id, tenant_id)
        if actor.support_visit is not None:
            raise Refused(_("Konfirmasi diberikan oleh orang desa sendiri."))
        if found.is_withdrawn:
            raise Refused(_("Kabar ini sudah ditarik oleh pengirimnya."))
        if not found.needs_confirmation:
            raise Refused(_("Kabar ini tidak meminta konfirmasi."))
        if not found.is_read_by_me:
            _mark(announcement_id, actor, tenant_id)
        note = (
            update(Recipient)
            .where(_of(announcement_id, tenant_id), Recipient.confirmed_at.is_(None))
            .values(confirmed_at=now(), confirmed_by=actor.name)
            .returning(Recipient.tenant_id)
        )
        first = db.session.scalar(note) is not None
        db.session.commit()
        shown = _one(announcement_id, actor.account_id, tenant_id)
    if first:
        audit.record(
            "announcement.confirmed",
            object_type="announcement",
            object_id=announcement_id,
            summary=shown.title,
        )
    _changed()
    return shown


def attachment(announcement_id: uuid.UUID, file_id: uuid.UUID) -> Response:
    """A file of an announcement that the village received and that was not withdrawn. Raises Missing, FileMissing."""
    tenant_id = current_tenant().id
    query = (
        select(Announcement.files)
        .join(Recipient, Recipient.announcement_id == Announcement.id)
        .where(_of(announcement_id, tenant_id), Announcement.state == "sent")
    )
    with platform_rows():
        ids = db.session.scalar(query)
        return files.file_answer(files.member(ids or [], file_id))


def _changed() -> None:
    """The village's numbers changed: what waits is counted anew. Commits the village's transaction."""
    forget_badges()
    db.session.commit()
    forget_waiting([current_tenant().id])
    waiting()


def _mark(announcement_id: uuid.UUID, actor: Actor, tenant_id: uuid.UUID) -> None:
    """Add a reader, once each; the first is kept by name. Two at once wait for each other's row."""
    db.session.execute(
        update(Recipient)
        .where(_of(announcement_id, tenant_id), ~_is_reader(actor.account_id))
        .values(
            reader_ids=func.array_append(Recipient.reader_ids, actor.account_id),
            first_read_at=func.coalesce(Recipient.first_read_at, now()),
            first_read_by=func.coalesce(Recipient.first_read_by, actor.name),
            delivered_at=func.coalesce(Recipient.delivered_at, now()),
        )
    )


def _of(announcement_id: uuid.UUID, tenant_id: uuid.UUID) -> ColumnElement[bool]:
    return and_(Recipient.announcement_id == announcement_id, Recipient.tenant_id == tenant_id)


def _is_reader(account_id: uuid.UUID) -> ColumnElement[bool]:
    return literal(account_id) == any_(Recipient.reader_ids)


def _mine(actor_id: uuid.UUID, tenant_id: uuid.UUID) -> Any:
    read_by_me = _is_reader(actor_id).label("read_by_me")
    return (
        select(Announcement, Recipient, read_by_me)
        .join(Recipient, Recipient.announcement_id == Announcement.id)
        .where(Recipient.tenant_id == tenant_id, Announcement.state.in_(["sent", "withdrawn"]))
    )


def _narrowed(wanted: NewsFilter, actor_id: uuid.UUID) -> ColumnElement[bool]:
    is_over = Announcement.shown_until <= now()
    parts: list[ColumnElement[bool]] = []
    if wanted.view == "past":
        parts.append(is_over)
    else:
        parts.append(or_(Announcement.shown_until.is_(None), ~is_over))
    if wanted.view == "unread":
        parts += [Announcement.state == "sent", ~_is_reader(actor_id)]
    if wanted.view == "unconfirmed":
        parts += [
            Announcement.state == "sent",
            Announcement.needs_confirmation.is_(true()),
            Recipient.confirmed_at.is_(None),
        ]
    if wanted.search:
        parts.append(
            or_(
                Announcement.title.icontains(wanted.search, autoescape=True),
                and_(
                    Announcement.state == "sent", Announcement.body.icontains(wanted.search, autoescape=True)
                ),
            )
        )
    return and_(*parts)


def _one(announcement_id: uuid.UUID, actor_id: uuid.UUID, tenant_id: uuid.UUID) -> News:
    query = _mine(actor_id, tenant_id).where(Announcement.id == announcement_id)
    row = db.session.execute(query.execution_options(populate_existing=True)).one_or_none()
    if row is None:
        raise Missing("announcement")
    kept = [] if row[0].state == "withdrawn" else files.attached(row[0].files)
    attachments = tuple(Attachment(f.id, f.file_name, f.size, f.media_type) for f in kept)
    return _shown(row, attachments)


def _shown(row: Any, attachments: tuple[Attachment, ...]) -> News:
    said, mine, read_by_me = row
    gone = said.state == "withdrawn"
    assert said.sent_at is not None
    return News(
        id=said.id,
        title=said.title,
        body="" if gone else said.body,
        sender=frame_name(said.region_code),
        sent_by=said.sent_by or said.author_name,
        sent_at=said.sent_at,
        needs_confirmation=said.needs_confirmation,
        shown_until=said.shown_until,
        is_withdrawn=gone,
        withdrawn_at=said.withdrawn_at,
        reason=said.reason or "",
        is_read_by_me=bool(read_by_me),
        first_read_at=mine.first_read_at,
        first_read_by=mine.first_read_by or "",
        readers=len(mine.reader_ids),
        confirmed_at=mine.confirmed_at,
        confirmed_by=mine.confirmed_by or "",
        file_count=0 if gone else len(said.files),
        attachments=attachments,
    )
