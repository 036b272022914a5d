"""The messages of one person inside the application."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select, update

from app.core.notifications.choices import OPTIONS, read_choices
from app.core.notifications.events import events
from app.core.notifications.models import Notification
from app.core.notifications.unread import forget_unread, unread_count
from app.core.privacy.vault import open_vault
from app.core.village.errors import Missing
from app.core.village.options import choose_options
from app.extensions import db
from tenants.models import now

PAGE = 30

__all__ = [
    "Inbox", "Line", "choose_for_staff", "inbox", "open_message", "read_all", "staff_choices", "unread_count",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """A message as its reader sees it."""

    id: uuid.UUID
    title: str
    text: str
    link: str
    at: dt.datetime
    is_read: bool


@dataclass(frozen=True, slots=True)
class Inbox:
    """A page of somebody's messages, newest first; `after` is the cursor of the next one, None at the end."""

    lines: list[Line]
    after: uuid.UUID | None
    has_unread: bool


def inbox(recipient_id: uuid.UUID, after: uuid.UUID | None = None) -> Inbox:
    """A page of messages: two selects. `after` is the last message of the page before."""
    query = (
        select(Notification)
        .where(Notification.recipient_id == recipient_id, Notification.channel == "in_app")
        .order_by(Notification.created_at.desc(), Notification.id.desc())
        .limit(PAGE + 1)
    )
    if after is not None:
        query = query.where(Notification.id < after)
    rows = list(db.session.scalars(query))
    vault = open_vault()
    lines = []
    for row in rows[:PAGE]:
        said = vault.open_json(row.box, f"notification:{row.id}")
        lines.append(
            Line(
                row.id,
                said["title"],
                said["text"],
                _own_path(said.get("link", "")),
                row.created_at,
                row.read_at is not None,
            )
        )
    more = rows[PAGE - 1].id if len(rows) > PAGE else None
    return Inbox(lines, more, any(not line.is_read for line in lines))


def open_message(notification_id: uuid.UUID, recipient_id: uuid.UUID) -> str:
    """Mark somebody's message as read and return the path that it leads to (empty: nowhere). Raises Missing."""
    row = db.session.get(Notification, notification_id)
    if row is None or row.recipient_id != recipient_id or row.channel != "in_app":
        raise Missing("notification")
    said = open_vault().open_json(row.box, f"notification:{row.id}")
    if row.read_at is None:
        row.read_at = now()
        forget_unread([recipient_id])
        db.session.commit()
    return _own_path(said.get("link", ""))


def read_all(recipient_id: uuid.UUID) -> None:
    """Mark all of somebody's messages as read."""
    db.session.execute(
        update(Notification)
        .where(
            Notification.recipient_id == recipient_id,
            Notification.channel == "in_app",
            Notification.read_at.is_(None),
        )
        .values(read_at=now())
    )
    forget_unread([recipient_id])
    db.session.commit()


def staff_choices(account_id: uuid.UUID) -> frozenset[str]:
    """What a member of staff switched off in the present village."""
    return read_choices().staff_off(account_id)


def choose_for_staff(account_id: uuid.UUID, on: Collection[str]) -> None:
    """Keep what a member of staff wants to be told: `channel:event` of every box that is ticked."""
    offered = {f"{channel}:{event.code}" for event in events("staff") for channel in event.channels}
    off = sorted(offered - set(on))
    open_vault(alone=True)
    others = {key: list(kept) for key, kept in read_choices().staff.items() if key != str(account_id)}
    choose_options(OPTIONS, {"staff": {**others, str(account_id): off} if off else others})
    db.session.commit()


def _own_path(link: str) -> str:
    """A link within the host, else nothing."""
    return link if link.startswith("/") and not link.startswith("//") else ""
