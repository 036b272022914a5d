"""What a village and its people chose: the sentences of events, and what somebody does not want to be told.

Both lie in the village's options `notifications`: `words` {event: {channel: {title, text}}}, `staff` {account: [off]},
where an entry of `off` is `channel:event` or `channel:*`. Residents' choices lie with their accounts.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from app.core.notifications.events import COMMON, Event, filled
from app.core.village.options import options_of

OPTIONS = "notifications"
ALL = "*"


@dataclass(frozen=True, slots=True)
class Words:
    """Title and text of an event over a channel."""

    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Choices:
    """The options of the present village."""

    words: Mapping[str, Mapping[str, Mapping[str, str]]] = field(default_factory=dict)
    staff: Mapping[str, Collection[str]] = field(default_factory=dict)

    def words_of(self, event: Event, channel: str) -> Words:
        """The village's words where it has its own, else the shipped ones."""
        own = self.words.get(event.code, {}).get(channel)
        return Words(own["title"], own["text"]) if own else Words(event.title, event.text)

    def is_own(self, event: Event, channel: str) -> bool:
        """Whether the village wrote its own words."""
        return channel in self.words.get(event.code, {})

    def staff_off(self, account_id: uuid.UUID) -> frozenset[str]:
        """What a member of staff does not want."""
        return frozenset(self.staff.get(str(account_id), ()))


def read_choices() -> Choices:
    """The choices of the present village: one select."""
    found: dict[str, Any] = options_of(OPTIONS)
    return Choices(found.get("words", {}), found.get("staff", {}))


def wants(off: Collection[str], channel: str, event: str) -> bool:
    """Whether somebody who switched off `off` is told of an event over a channel."""
    return f"{channel}:{event}" not in off and f"{channel}:{ALL}" not in off


def spoken(words: Words, values: Mapping[str, object]) -> Words:
    """Words with their values."""
    return Words(" ".join(filled(words.title, values).split()), filled(words.text, values).strip())


def common_values(village: str, name: str) -> dict[str, str]:
    """The values that every event has (see `events.COMMON`)."""
    return dict(zip(COMMON, (village, name), strict=True))
