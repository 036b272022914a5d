"""What a phone at the door says of one person, read carefully: a mark that can't be read spoils no other."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from marshmallow import ValidationError

from app.core.forms import Phone
from app.core.village.errors import Invalid
from app.province.training.participants.people import LONGEST_NAME, SEXES

MOST_MARKS = 200
"""So many marks are taken in one request; a phone sends the rest in the next."""
SOURCES = ("scan", "search", "walk_in")
FIRST = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
LAST_MILLISECOND = 4_102_444_800_000
"""The year 2100; a clock that shows more is taken for that."""
_TOKEN = re.compile(r"[A-Za-z0-9_-]{16,64}")


@dataclass(frozen=True, slots=True)
class WalkIn:
    """Somebody who was not registered. `is_other`: not the one of the same name who is."""

    name: str
    sex: str
    tenant_id: uuid.UUID | None = None
    phone: str = ""
    position: str = ""
    is_other: bool = False


@dataclass(frozen=True, slots=True)
class Mark:
    """One person noted at the door. `key` is drawn by who notes: the same key again is the same deed.

    Exactly one of `participant_id`, `token` and `walk_in` says who. `admit` gives a seat to somebody who waits for one
    or had lost it.
    """

    key: uuid.UUID
    source: str
    phone_at: dt.datetime
    participant_id: uuid.UUID | None = None
    token: str = ""
    walk_in: WalkIn | None = None
    admit: bool = False
    is_strange: bool = False
    """Noted on this phone while somebody else was signed in."""


def moment_of(milliseconds: object) -> dt.datetime:
    """The moment that a clock in a browser shows (milliseconds since 1970); what no clock shows is the nearest edge."""
    if (
        isinstance(milliseconds, bool)
        or not isinstance(milliseconds, int | float)
        or milliseconds != milliseconds
    ):
        return FIRST
    return FIRST + dt.timedelta(milliseconds=min(max(0, milliseconds), LAST_MILLISECOND))


def read_mark(sent: object, account_id: uuid.UUID) -> Mark:
    """One mark of a phone's batch. Raises Invalid with a sentence."""
    if not isinstance(sent, Mapping):
        raise Invalid("mark", _("Catatan ini tidak terbaca."))
    key, source = _uuid(sent.get("key")), sent.get("source")
    if key is None or source not in SOURCES:
        raise Invalid("mark", _("Catatan ini tidak terbaca."))
    participant_id, token = _uuid(sent.get("participant")), sent.get("token")
    token = token if isinstance(token, str) and _TOKEN.fullmatch(token) else ""
    walk_in = _walk_in(sent.get("walk_in")) if source == "walk_in" else None
    if walk_in is None and participant_id is None and not token:
        raise Invalid("mark", _("Kode ini bukan kode peserta."))
    owner = _uuid(sent.get("account"))
    return Mark(
        key=key,
        source=source,
        phone_at=moment_of(sent.get("at")),
        participant_id=participant_id if walk_in is None else None,
        token=token if walk_in is None and participant_id is None else "",
        walk_in=walk_in,
        admit=sent.get("admit") is True,
        is_strange=owner is not None and owner != account_id,
    )


def key_of(sent: object) -> str:
    """The name under which a phone keeps a mark, also one that can't be read."""
    key = sent.get("key") if isinstance(sent, Mapping) else None
    return key[:64] if isinstance(key, str) else ""


def _walk_in(sent: object) -> WalkIn:
    told: Mapping[str, Any] = sent if isinstance(sent, Mapping) else {}
    name, sex = _text(told.get("name"), LONGEST_NAME), told.get("sex")
    if len(name) < 2:
        raise Invalid("name", _("Tulis namanya, 2 sampai %(most)s huruf.", most=LONGEST_NAME))
    if sex not in SEXES:
        raise Invalid("sex", _("Pilih laki-laki atau perempuan."))
    try:
        phone = Phone().deserialize(_text(told.get("phone"), 30))
    except ValidationError:
        phone = ""
    return WalkIn(
        name=name,
        sex=sex,
        tenant_id=_uuid(told.get("village")),
        phone=phone or "",
        position=_text(told.get("position"), LONGEST_NAME),
        is_other=told.get("other") is True,
    )


def _text(value: object, longest: int) -> str:
    return " ".join(value.replace("\x00", "").split())[:longest] if isinstance(value, str) else ""


def _uuid(value: object) -> uuid.UUID | None:
    try:
        return uuid.UUID(value) if isinstance(value, str) else None
    except ValueError:
        return None
