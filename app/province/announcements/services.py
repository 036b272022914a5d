"""Writing, sending and withdrawing announcements, and reminding those who have not read them.

Every function runs inside a platform scope and commits. `office` is the code of the region of the account that acts.
An announcement is sent once: whoever comes second finds it sent under the row's lock. Recipients are written by one
statement; telling the villages' staff is a job over all of them.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, delete, func, insert, literal, or_, select

from app.core import audit
from app.core.actors import current_actor
from app.core.files.storage import StorageAway
from app.core.ui.formats import ZONE
from app.core.village.errors import ChangedMeanwhile, Invalid, Missing
from app.extensions import db
from app.province.announcements import files
from app.province.announcements.audience import Audience, can_read, condition
from app.province.announcements.files import CheckedFile
from app.province.announcements.models import Announcement, AnnouncementRecipient
from app.province.announcements.waiting import forget_waiting
from tenants import fan_out
from tenants.ids import uuid7
from tenants.models import TenantRow, now

DELIVER = "announcements.deliver"
REMIND = "announcements.remind"
CHUNK = 100
LONGEST_REASON = 500

Recipient = AnnouncementRecipient


class Refused(Exception):
    """What was asked can't be done as things stand; the message is a sentence for the person who asked."""


def write_draft(
    values: Mapping[str, Any],
    audience: Audience,
    *,
    office: str,
    added: Sequence[CheckedFile] = (),
    draft_id: uuid.UUID | None = None,
) -> Announcement:
    """Keep a new draft; a form that is sent twice under one `draft_id` is one draft.

    Args:
        values: `title`, `body`, `needs_confirmation`, `shown_until` (the last day that villages are shown it, or None).
        audience: checked against the office's region.
        added: files that were checked.
    Raises:
        Invalid: too many files, or a last day that is over. StorageAway.
    """
    if draft_id is not None:
        # A second click waits for the first one, and then finds its draft.
        held = func.pg_advisory_xact_lock(func.hashtext(f"announcements:{draft_id}"))
        db.session.execute(select(held))
        if (known := db.session.get(Announcement, draft_id)) is not None:
            if known.region_code != office:
                raise Missing("announcement")
            return known
    actor = current_actor()
    row = Announcement(
        id=draft_id or uuid7(),
        region_code=office,
        author_id=actor.account_id if actor else None,
        author_name=actor.name if actor else "",
        title="",
        body="",
        files=[],
    )
    _fill(row, values, audience, added, ())
    db.session.add(row)
    _note("announcement.drafted", row)
    db.session.commit()
    return row


def change_draft(
    announcement_id: uuid.UUID,
    values: Mapping[str, Any],
    audience: Audience,
    *,
    office: str,
    seen: int | None,
    added: Sequence[CheckedFile] = (),
    removed: Sequence[str] = (),
) -> Announcement:
    """Change a draft of the own office.

    Args:
        seen: the version that the person saw; None changes it in any case.
        removed: ids of files to take off.
    Raises:
        Missing; Refused when it was sent; ChangedMeanwhile; Invalid; StorageAway.
    """
    row = _own(announcement_id, office)
    _refuse_unless_draft(row)
    _refuse_other_version(row, seen)
    _fill(row, values, audience, added, removed)
    row.row_version += 1
    _note("announcement.changed", row)
    db.session.commit()
    return row


def delete_draft(announcement_id: uuid.UUID, *, office: str) -> None:
    """Take away a draft with its files. Raises Missing, Refused when it was sent."""
    row = _own(announcement_id, office)
    _refuse_unless_draft(row)
    files.discard(row.files)
    _note("announcement.deleted", row)
    db.session.execute(delete(Announcement).where(Announcement.id == row.id))
    db.session.commit()


def send(announcement_id: uuid.UUID, *, office: str, seen: int | None) -> bool:
    """Send a draft to its villages; False when it had been sent already (a double click, two people at once).

    The villages are those that the audience means now, within the office's region. Those that nobody uses yet are
    among them and read it when they join.
    Raises Missing; ChangedMeanwhile; Refused for a draft that nobody would receive or that would be over, and for
    what was withdrawn.
    """
    row = _own(announcement_id, office)
    if row.state == "sent":
        db.session.rollback()
        return False
    _refuse_unless_draft(row)
    _refuse_other_version(row, seen)
    moment = now()
    if row.shown_until is not None and row.shown_until <= moment:
        db.session.rollback()
        raise Refused(_("Batas tampilnya sudah lewat. Ubah dulu tanggalnya."))
    chosen = condition(Audience.kept(row.audience), office)
    columns = [Recipient.announcement_id, Recipient.tenant_id]
    rows = select(literal(row.id), TenantRow.id).where(chosen)
    written = (
        insert(Recipient).from_select(columns, rows, include_defaults=False).returning(Recipient.tenant_id)
    )
    sent_to = len(db.session.scalars(written).all())
    if not sent_to:
        db.session.rollback()
        raise Refused(_("Tidak ada desa yang cocok dengan pilihan ini, jadi tidak ada yang dikirimi."))
    actor = current_actor()
    row.state, row.sent_at, row.sent_by = "sent", moment, actor.name if actor else ""
    row.row_version += 1
    readers = _readable(row.id)
    _fan_out(DELIVER, row, readers)
    _note("announcement.sent", row, {"villages": sent_to, "readable": len(readers)})
    db.session.commit()
    forget_waiting(readers)
    return True


def withdraw(announcement_id: uuid.UUID, *, office: str, reason: str) -> None:
    """Take back what was sent: villages see that it was withdrawn and why, its text and files are closed to them.

    Raises Missing; Invalid without a reason; Refused for what was never sent or is withdrawn already.
    """
    reason = " ".join(reason.split())
    if not 5 <= len(reason) <= LONGEST_REASON:
        raise Invalid("reason", _("Tulis alasannya, 5 sampai %(most)s huruf.", most=LONGEST_REASON))
    row = _own(announcement_id, office)
    if row.state != "sent":
        db.session.rollback()
        raise Refused(
            _("Pengumuman ini sudah ditarik.") if row.state == "withdrawn" else _("Draf tidak perlu ditarik.")
        )
    actor = current_actor()
    row.state, row.reason = "withdrawn", reason
    row.withdrawn_at, row.withdrawn_by = now(), actor.name if actor else ""
    row.row_version += 1
    _note("announcement.withdrawn", row, {"reason": reason})
    ids = _readable(row.id)
    db.session.commit()
    forget_waiting(ids)


def remind(announcement_id: uuid.UUID, *, office: str) -> int:
    """Tell the villages that have not read (or not confirmed) it once more; returns how many. Once a day at most.

    Raises Missing; Refused for what is not sent, was reminded of today, is over, or was read by all.
    """
    row = _own(announcement_id, office)
    moment = now()
    try:
        if row.state != "sent":
            raise Refused(_("Hanya pengumuman yang terkirim yang dapat diingatkan."))
        if row.shown_until is not None and row.shown_until <= moment:
            raise Refused(_("Pengumuman ini sudah tidak ditampilkan lagi."))
        if is_reminded_today(row, moment):
            raise Refused(_("Hari ini sudah diingatkan. Coba lagi besok."))
        waiting: ColumnElement[bool] = Recipient.first_read_at.is_(None)
        if row.needs_confirmation:
            waiting = or_(waiting, Recipient.confirmed_at.is_(None))
        ids = _readable(row.id, waiting)
        if not ids:
            raise Refused(_("Semua desa sudah membaca, jadi tidak ada yang diingatkan."))
    except Refused:
        db.session.rollback()
        raise
    row.reminded_at = moment
    _fan_out(REMIND, row, ids, since=moment.isoformat())
    _note("announcement.reminded", row, {"villages": len(ids)})
    db.session.commit()
    return len(ids)


def is_reminded_today(row: Announcement, moment: dt.datetime) -> bool:
    """Whether villages were reminded on the day of the moment (WIB) already."""
    last = row.reminded_at
    return last is not None and last.astimezone(ZONE).date() == moment.astimezone(ZONE).date()


def end_of(day: dt.date | None) -> dt.datetime | None:
    """The end of a day in the province's time."""
    if day is None:
        return None
    return dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), ZONE)


def last_day(moment: dt.datetime | None) -> dt.date | None:
    """The day that ends at a moment, as `end_of` made it."""
    return (moment.astimezone(ZONE) - dt.timedelta(seconds=1)).date() if moment else None


def _fill(
    row: Announcement,
    values: Mapping[str, Any],
    audience: Audience,
    added: Sequence[CheckedFile],
    removed: Sequence[str],
) -> None:
    until = end_of(values.get("shown_until"))
    if until is not None and until <= now():
        raise Invalid("shown_until", _("Tanggal ini sudah lewat."))
    kept = [key for key in row.files if key not in removed]
    if len(kept) + len(added) > files.MOST_FILES:
        raise Invalid("files", _("Paling banyak %(most)s lampiran.", most=files.MOST_FILES))
    row.title, row.body = values["title"], values["body"]
    row.needs_confirmation, row.shown_until = bool(values.get("needs_confirmation")), until
    row.audience = audience.as_row()
    files.discard([key for key in row.files if key not in kept])
    try:
        row.files = [*kept, *(str(files.keep(file)) for file in added)]
    except StorageAway:
        db.session.rollback()
        raise


def _readable(announcement_id: uuid.UUID, *more: Any) -> list[uuid.UUID]:
    """The recipients whose staff can read now, by id."""
    query = (
        select(Recipient.tenant_id)
        .join(TenantRow, TenantRow.id == Recipient.tenant_id)
        .where(Recipient.announcement_id == announcement_id, can_read(), *more)
        .order_by(Recipient.tenant_id)
    )
    return list(db.session.scalars(query))


def _fan_out(job: str, row: Announcement, ids: Sequence[uuid.UUID], **arguments: str) -> None:
    actor = current_actor()
    fan_out.fan_out(
        job,
        row.title,
        ids,
        asked_by=actor.name if actor else None,
        chunk=CHUNK,
        announcement_id=str(row.id),
        region_code=row.region_code,
        **arguments,
    )


def _own(announcement_id: uuid.UUID, office: str) -> Announcement:
    """The office's own announcement, locked until the transaction ends. Raises Missing."""
    query = (
        select(Announcement)
        .where(Announcement.id == announcement_id, Announcement.region_code == office)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    row = db.session.scalars(query).one_or_none()
    if row is None:
        db.session.rollback()
        raise Missing("announcement")
    return row


def _refuse_unless_draft(row: Announcement) -> None:
    if row.state != "draft":
        db.session.rollback()
        raise Refused(
            _("Pengumuman ini sudah dikirim, jadi tidak dapat diubah. Tarik, lalu tulis yang baru.")
        )


def _refuse_other_version(row: Announcement, seen: int | None) -> None:
    if seen is not None and seen != row.row_version:
        present = {"row_version": row.row_version, "title": row.title, "body": row.body}
        db.session.rollback()
        raise ChangedMeanwhile(present)


def _note(action: str, row: Announcement, details: Mapping[str, Any] | None = None) -> None:
    audit.record(
        action,
        object_type="announcement",
        object_id=row.id,
        summary=row.title,
        details={"region": row.region_code, **(details or {})},
    )
