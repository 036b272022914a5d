"""Keys and names: UUIDv7 primary keys, and the identifiers that schemas and roles may have."""

from __future__ import annotations

import datetime as dt
import re
import uuid

import uuid_utils

IDENTIFIER = re.compile(r"^[a-z][a-z0-9_]{0,62}$")


def uuid7() -> uuid.UUID:
    """Return a new time-ordered UUID (RFC 9562, version 7), so that primary keys arrive in order without a sequence."""
    return uuid.UUID(bytes=uuid_utils.uuid7().bytes)


def uuid7_at(moment: dt.datetime) -> uuid.UUID:
    """Return a UUIDv7 that was made at `moment`: for rows that are brought along with their time from elsewhere."""
    below_the_time = (1 << 80) - 1
    return uuid.UUID(int=int(moment.timestamp() * 1000) << 80 | uuid7().int & below_the_time)


def checked_identifier(name: str) -> str:
    """Return `name` if it may name a schema or a role; raise ValueError otherwise.

    Names come from the registry, never from a request; this is the second lock on that door.
    """
    if not IDENTIFIER.fullmatch(name):
        raise ValueError(f"not a permitted schema or role name: {name[:80]!r}")
    return name
