"""A village's own sentences for what people are told, and what could not be sent."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select, update

from app.core import audit
from app.core.notifications.choices import OPTIONS, Words, read_choices
from app.core.notifications.events import CHANNELS, Event, event_of, events, names_in
from app.core.notifications.models import Notification
from app.core.notifications.services import WORD
from app.core.privacy.vault import open_vault
from app.core.village.errors import Invalid, Missing
from app.core.village.options import choose_options
from app.extensions import db
from tenants import outbox

LONGEST_TITLE, LONGEST_TEXT = 120, 900
CHANNEL_WORDS = {"in_app": _l("Di aplikasi"), "email": _l("Surel"), "whatsapp": _l("WhatsApp")}
SHOWN = 100


@dataclass(frozen=True, slots=True)
class Sentence:
    """The words of an event over a channel, and whether the village wrote them."""

    channel: str
    words: Words
    is_own: bool


def sentences(code: str) -> tuple[Event, list[Sentence]]:
    """An event with its words over each of its channels. Raises Missing."""
    event = _found(code)
    choices = read_choices()
    return event, [
        Sentence(channel, choices.words_of(event, channel), choices.is_own(event, channel))
        for channel in CHANNELS
        if channel in event.channels
    ]


def overview() -> list[tuple[Event, list[str]]]:
    """All events with the channels for which the village has its own words: one select."""
    choices = read_choices()
    return [
        (event, [channel for channel in event.channels if choices.is_own(event, channel)])
        for event in events()
    ]


def change_words(code: str, channel: str, title: str, text: str) -> None:
    """Keep a village's own words for an event over a channel.

    Raises Missing (no such event, or not told over this channel); Invalid for a name that the event does not know.
    """
    event = _found(code, channel)
    title, text = " ".join(title.split()), text.replace("\r\n", "\n").strip()
    _check("title", title, event, LONGEST_TITLE)
    _check("text", text, event, LONGEST_TEXT)
    own = None if (title, text) == (event.title, event.text) else {"title": title, "text": text}
    _keep(event, channel, own)


def reset_words(code: str, channel: str) -> None:
    """Go back to the shipped words. Raises Missing."""
    _keep(_found(code, channel), channel, None)


def undelivered() -> Sequence[Notification]:
    """What failed, waits after a failure, or was called off: the newest first, without what it says."""
    query = (
        select(Notification)
        .where(Notification.channel != "in_app")
        .where(
            (Notification.state == "failed")
            | ((Notification.state == "waiting") & (Notification.attempts > 0))
            | ((Notification.state == "skipped") & (Notification.error != ""))
        )
        .order_by(Notification.created_at.desc())
        .limit(SHOWN)
    )
    return db.session.scalars(query).all()


def delivery_counts() -> dict[tuple[str, str], int]:
    """How many messages stand in which state, by channel and state."""
    query = (
        select(Notification.channel, Notification.state, func.count())
        .where(Notification.channel != "in_app")
        .group_by(Notification.channel, Notification.state)
    )
    return {(row[0], row[1]): row[2] for row in db.session.execute(query)}


def send_again(notification_id: uuid.UUID | None = None) -> int:
    """Let a message that failed (or all of them) be sent again, soon; returns how many. Raises Missing."""
    which = update(Notification).where(Notification.channel != "in_app", Notification.state == "failed")
    if notification_id is not None:
        which = which.where(Notification.id == notification_id)
    rows = db.session.execute(
        which.values(state="waiting", attempts=0, error="", sent_at=None).returning(Notification.id)
    ).all()
    if not rows and notification_id is not None:
        raise Missing("notification")
    if rows:
        outbox.post(WORD, {})
    db.session.commit()
    return len(rows)


def _found(code: str, channel: str | None = None) -> Event:
    try:
        event = event_of(code)
    except KeyError:
        raise Missing("event") from None
    if channel is not None and channel not in event.channels:
        raise Missing("channel")
    return event


def _check(field: str, text: str, event: Event, longest: int) -> None:
    if not text:
        raise Invalid(field, str(_("Wajib diisi.")))
    if len(text) > longest:
        raise Invalid(field, str(_("Terlalu panjang: paling banyak %(most)s huruf.", most=longest)))
    for name in names_in(text):
        if name not in event.names:
            raise Invalid(
                field,
                str(
                    _(
                        "{%(name)s} tidak dikenal di sini. Yang dapat dipakai: %(names)s.",
                        name=name,
                        names=", ".join(f"{{{known}}}" for known in event.names),
                    )
                ),
            )
    if text.count("{") != text.count("}") or text.count("{") != len(names_in(text)):
        raise Invalid(field, str(_("Ada kurung kurawal yang tidak berpasangan. Tulis seperti {desa}.")))


def _keep(event: Event, channel: str, own: dict[str, str] | None) -> None:
    open_vault(alone=True)
    words = {code: dict(channels) for code, channels in read_choices().words.items()}
    kept = words.setdefault(event.code, {})
    if own is None:
        kept.pop(channel, None)
    else:
        kept[channel] = own
    choose_options(OPTIONS, {"words": {code: channels for code, channels in words.items() if channels}})
    audit.record(
        "notifications.words_changed",
        object_type="notification_event",
        summary=str(event.label),
        details={"channel": channel, "own": own is not None},
    )
    db.session.commit()
