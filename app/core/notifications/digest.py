"""Each morning at 07.00 WIB: what waits for the head, in one message, and old messages removed.

Capabilities declare lines (`declare_digest_line`); a village in which nothing waits sends nothing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from flask_babel import force_locale
from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, or_, select

from app.core.notifications import people
from app.core.notifications.events import declare_event
from app.core.notifications.models import Notification
from app.core.notifications.services import notify
from app.core.ui import formats
from app.core.ui.formats import ZONE
from app.extensions import db
from tenants import fan_out, jobs, schedule
from tenants.models import TenantRow, TenantState, now

EVENT = "digest.daily"
DAILY = "notifications.daily"
DAILY_ALL = "notifications.daily_all"
KEPT_READ = dt.timedelta(days=180)
KEPT_UNREAD = dt.timedelta(days=365)
CHUNK = 100
HEAD = "village_head"
AT_WORK = (TenantState.PROVISIONED, TenantState.SET_UP, TenantState.ACTIVE, TenantState.ESTABLISHED)


@dataclass(frozen=True, slots=True)
class DigestLine:
    """A line of the digest: how many of something wait (0: the line is left out), in Indonesian words."""

    key: str
    count: Callable[[], int]
    words: Callable[[int], str]
    order: int = 50


_lines: dict[str, DigestLine] = {}


def declare_digest_line(
    key: str, count: Callable[[], int], words: Callable[[int], str], *, order: int = 50
) -> None:
    """Declare a line of the head's morning message (at start).

    Args:
        key: `capability.what`.
        count: how many wait in the village of the present scope: one select.
        words: the line for a count above 0, such as `3 surat menunggu tanda tangan Anda`.
        order: where it stands among the others.
    """
    _lines[key] = DigestLine(key, count, words, order)


def declare_digest() -> None:
    """Declare the event itself (at start)."""
    declare_event(
        EVENT,
        _l("Ringkasan pagi untuk kepala"),
        "Ringkasan pagi {tanggal}: {jumlah} hal menunggu",
        "{isi}",
        ("in_app", "email"),
        "staff",
        {
            "tanggal": "tanggal hari ini",
            "jumlah": "berapa hal yang menunggu",
            "isi": "apa saja yang menunggu, satu baris satu hal",
        },
    )


def waiting_lines() -> list[tuple[int, str]]:
    """What waits in the present village: counts with their words, in the declared order."""
    counted = [(line, line.count()) for line in sorted(_lines.values(), key=lambda line: line.order)]
    return [(count, line.words(count)) for line, count in counted if count]


def send_digest(moment: dt.datetime | None = None) -> int:
    """Tell the head of the present village what waits; returns how many messages were written.

    Nothing when nothing waits, and nothing to whom this day's was written already.
    """
    local = (moment or now()).astimezone(ZONE)
    heads = set(people.staff_in_role(HEAD))
    if not heads:
        return 0
    midnight = dt.datetime.combine(local.date(), dt.time(), ZONE)
    told = select(Notification.recipient_id).where(
        Notification.event == EVENT,
        Notification.recipient_id.in_(heads),
        Notification.created_at >= midnight,
    )
    heads -= set(db.session.scalars(told))
    lines = waiting_lines() if heads else []
    if not lines:
        return 0
    with force_locale("id"):
        today = formats.date(local.date())
    values = {
        "tanggal": today,
        "jumlah": sum(count for count, _words in lines),
        "isi": "\n".join(f"- {words}" for _count, words in lines),
    }
    return notify(EVENT, recipient_ids=heads, values=values, link="/surat")


def remove_old(moment: dt.datetime | None = None) -> int:
    """Remove messages that were read half a year ago, and all that are older than a year; returns how many."""
    moment = moment or now()
    old = or_(
        Notification.read_at < moment - KEPT_READ,
        Notification.created_at < moment - KEPT_UNREAD,
        (Notification.channel != "in_app") & (Notification.created_at < moment - KEPT_READ),
    )
    gone = db.session.execute(delete(Notification).where(old).returning(Notification.id))
    return len(gone.all())


@jobs.job(DAILY, timeout=120)
def daily() -> None:
    """The morning of one village."""
    send_digest()
    remove_old()
    db.session.commit()


@jobs.job(DAILY_ALL, queue="bulk", place="platform")
def daily_all() -> None:
    """Ask for the morning of every village that works here."""
    query = (
        select(TenantRow.id)
        .where(TenantRow.schema_name.is_not(None), TenantRow.state.in_(AT_WORK))
        .order_by(TenantRow.code)
    )
    fan_out.fan_out(DAILY, "Ringkasan pagi", list(db.session.scalars(query)), chunk=CHUNK)
    db.session.commit()


schedule.every("0 0 * * *", DAILY_ALL)
