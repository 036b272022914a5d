"""What people are told of: events that capabilities declare, each with its words.

The words are Indonesian, as letters are, whatever language the one who acts reads in; a village may change them
(`templates`). `{name}` stands for a value; only names that the event declares are taken.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

Channel = Literal["in_app", "email", "whatsapp"]
Audience = Literal["staff", "resident"]
CHANNELS: tuple[Channel, ...] = ("in_app", "email", "whatsapp")
COMMON: Mapping[str, str] = {"desa": "nama desa", "penerima": "nama penerima"}
"""Names that every event knows."""
_NAME = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happens and is told.

    `label` says what it is (a lazy string), `title` and `text` are the shipped words, `channels` where it is told
    unless somebody chose otherwise, `names` the values with what they are.
    """

    code: str
    label: object
    title: str
    text: str
    channels: tuple[Channel, ...]
    audience: Audience
    names: Mapping[str, str] = field(default_factory=dict)


_events: dict[str, Event] = {}


def declare_event(
    code: str,
    label: object,
    title: str,
    text: str,
    channels_default: Sequence[Channel],
    audience: Audience,
    names: Mapping[str, str] | None = None,
) -> Event:
    """Declare an event (at start).

    Args:
        code: `capability.what`.
        label: what it is, for pages of staff: a lazy string.
        title, text: shipped words in Indonesian with `{name}` for values. Nothing personal beyond need.
        channels_default: where it is told unless somebody chose otherwise; `in_app` is always possible.
        audience: `staff` or `resident`.
        names: the values that `notify` will give, with what they are in Indonesian.
    Raises:
        ValueError: the shipped words use a name that is not declared.
    """
    known = {**COMMON, **(names or {})}
    if unknown := [name for part in (title, text) for name in names_in(part) if name not in known]:
        raise ValueError(f"{code} uses undeclared names: {unknown}")
    event = Event(code, label, title, text, tuple(channels_default), audience, known)
    _events[code] = event
    return event


def event_of(code: str) -> Event:
    """A declared event; raises KeyError."""
    return _events[code]


def events(audience: Audience | None = None) -> list[Event]:
    """All declared events (of an audience), by code."""
    return [e for _, e in sorted(_events.items()) if audience is None or e.audience == audience]


def names_in(text: str) -> list[str]:
    """The names that a text asks for, as they are written."""
    return _NAME.findall(text)


def filled(text: str, values: Mapping[str, object]) -> str:
    """A text with its values. What has no value is left out; values are plain text and never read as templates."""
    return _NAME.sub(lambda found: str(values.get(found[1], "")), text)
