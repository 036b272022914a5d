"""Sending what waits: a job of the village after the commit, again with growing pauses when it does not work.

A message is locked while it is sent, and is marked in the same transaction. A worker that is killed in between leaves
it waiting, so it is sent again at most with the same reference, by which mail servers and the gateway know it.
"""

from __future__ import annotations

import datetime as dt
import smtplib
from collections.abc import Mapping
from uuid import UUID

import redis
import structlog
from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import case, func, select

from app.core.links import village_origin
from app.core.mail import Letter, mailer
from app.core.notifications import people
from app.core.notifications.events import Audience
from app.core.notifications.models import Notification
from app.core.notifications.services import WORD
from app.core.notifications.whatsapp import (
    LONGEST_TEXT,
    GatewayAway,
    Message,
    MessageRefused,
    gateway,
    international,
)
from app.core.privacy.masking import mask_personal
from app.core.privacy.vault import Vault, open_vault
from app.extensions import cache, db
from tenants import jobs, outbox
from tenants.keys import platform_key
from tenants.models import now
from tenants.scope import current_tenant

log = structlog.get_logger(__name__)

SEND = "notifications.send"
PAUSES_MINUTES = (1, 5, 30, 180, 720)
"""How long a message rests after each attempt that failed; after one more it has failed."""
MOST_AT_ONCE = 500
GIVE_UP_CHANNEL = 3
"""So many failures of a channel in a row, and the rest of it waits for the next run."""
WAITING_SECONDS = 20


class _Refused(Exception):
    """This message would not go out later either."""


class _NoAddress(Exception):
    """There is nowhere to send it to; not an error."""


class _Away(Exception):
    """The channel does not work now."""


@outbox.handles(WORD)
def _something_waits(entry: outbox.Entry) -> None:
    """Ask for one run in the village, unless one waits already that will see this message too."""
    if entry.tenant_id is None:
        return
    key, mine = _waiting_key(str(entry.tenant_id)), str(entry.id).encode()

    def claim(client: redis.Redis) -> object:
        return client.set(key, mine, nx=True, get=True, ex=WAITING_SECONDS)

    holder = cache.try_ask(claim, None)
    if holder is None or holder == mine:
        jobs.enqueue(SEND, tenant_id=entry.tenant_id)


@jobs.job(SEND, timeout=600)
def send_waiting() -> None:
    """Send what is due in the village of the present scope, and ask for the next run when something is left."""
    tenant = current_tenant()
    db.session.rollback()
    cache.try_ask(lambda client: client.delete(_waiting_key(str(tenant.id))), 0)
    reach: dict[tuple[str, UUID], people.Person] = {}
    failures: dict[str, int] = {}
    waiting = _due()
    _look_up(waiting, reach)
    for row_id, channel in [(row.id, row.channel) for row in waiting]:
        if failures.get(channel, 0) < GIVE_UP_CHANNEL:
            went = send_one(row_id, reach)
            failures[channel] = 0 if went else failures.get(channel, 0) + 1
    _ask_again(full=len(waiting) == MOST_AT_ONCE and not any(failures.values()))
    db.session.commit()


def send_one(row_id: UUID, reach: Mapping[tuple[str, UUID], people.Person]) -> bool:
    """Send one message that waits, in a transaction of its own; returns False when its channel did not work."""
    query = (
        select(Notification)
        .where(Notification.id == row_id, Notification.state == "waiting")
        .with_for_update(skip_locked=True)
    )
    row = db.session.scalars(query).one_or_none()
    if row is None:
        db.session.rollback()
        return True
    works = True
    try:
        person = reach.get((row.audience, row.recipient_id))
        if person is None:
            raise _NoAddress
        _hand_over(row, person, open_vault())
        row.state, row.error = "sent", ""
    except _NoAddress:
        row.state, row.error = "skipped", ""
    except _Refused as error:
        row.state, row.error = "failed", _safe(error)
    except _Away as error:
        works = False
        row.error = _safe(error)
        row.state = "failed" if row.attempts >= len(PAUSES_MINUTES) else "waiting"
        log.warning("notification_waits", channel=row.channel, attempts=row.attempts + 1)
    row.attempts, row.sent_at = row.attempts + 1, _moment_for(row)
    db.session.commit()
    return works


def _moment_for(row: Notification) -> dt.datetime:
    """When a message was sent. One whose id tells no time (an anonymous complaint's) keeps the hour alone."""
    moment = now()
    return moment if row.id.version == 7 else moment.replace(minute=0, second=0, microsecond=0)


def _due() -> list[Notification]:
    moment = now()
    rested = case(
        *[
            (Notification.attempts == attempts, moment - dt.timedelta(minutes=minutes))
            for attempts, minutes in enumerate(PAUSES_MINUTES, start=1)
        ],
        else_=moment,
    )
    query = (
        select(Notification)
        .where(Notification.state == "waiting", Notification.channel != "in_app")
        .where((Notification.attempts == 0) | (Notification.sent_at <= rested))
        .order_by(Notification.created_at, Notification.id)
        .limit(MOST_AT_ONCE)
    )
    return list(db.session.scalars(query))


def _look_up(rows: list[Notification], reach: dict[tuple[str, UUID], people.Person]) -> None:
    """Where the recipients are reached now: two queries for all of them."""
    wanted: dict[Audience, set[UUID]] = {"staff": set(), "resident": set()}
    for row in rows:
        wanted["staff" if row.audience == "staff" else "resident"].add(row.recipient_id)
    if wanted["staff"]:
        reach.update({("staff", key): one for key, one in people.staff(wanted["staff"]).items()})
    found = people.residents(wanted["resident"], addresses=True)
    reach.update({("resident", key): one for key, one in found.items()})


def _hand_over(row: Notification, person: people.Person, vault: Vault) -> None:
    said = vault.open_json(row.box, f"notification:{row.id}")
    link = village_origin(current_tenant().slug) + said["link"] if said.get("link") else ""
    reference = f"notification-{row.id}"
    if row.channel == "email":
        if not person.email:
            raise _NoAddress
        letter = Letter(person.email, said["title"], _letter_text(said, link, row.audience), reference)
        try:
            mailer().send(letter)
        except (smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError) as error:
            raise _Refused(type(error).__name__) from None
        except (OSError, smtplib.SMTPException) as error:
            raise _Away(type(error).__name__) from None
        return
    number = international(person.phone)
    if not number:
        raise _NoAddress
    text = "\n".join(part for part in (f"*{said['title']}*", said["text"], link) if part)
    try:
        gateway().send(Message(number, text[:LONGEST_TEXT], reference))
    except MessageRefused as error:
        raise _Refused(str(error)) from None
    except GatewayAway as error:
        raise _Away(str(error)) from None


def _letter_text(said: Mapping[str, str], link: str, audience: str) -> str:
    tenant = current_tenant()
    where = "/pemberitahuan/pilihan" if audience == "staff" else "/layanan/pemberitahuan"
    with force_locale("id"):
        hint = _(
            "Surel ini dikirim otomatis oleh %(village)s. Tidak ingin menerimanya lagi? Matikan di: %(link)s",
            village=tenant.full_name,
            link=village_origin(tenant.slug) + where,
        )
    return "\n\n".join(part for part in (said["text"], link, "-- \n" + str(hint)) if part) + "\n"


def _ask_again(*, full: bool) -> None:
    """Ask for the next run: at once when more was due than one run sends, else when the first message has rested."""
    query = select(func.min(Notification.attempts)).where(
        Notification.state == "waiting", Notification.channel != "in_app"
    )
    least = db.session.scalar(query)
    if least is None:
        return
    minutes = PAUSES_MINUTES[max(0, min(least, len(PAUSES_MINUTES)) - 1)]
    jobs.enqueue(SEND, delay_seconds=0 if full else minutes * 60 + 1)


def _safe(error: Exception) -> str:
    return mask_personal(str(error) or type(error).__name__)[:200]


def _waiting_key(tenant_id: str) -> str:
    return platform_key("notifications", "waiting", tenant_id)
