"""Which column is what: guessed from the headings, or what the village chose the last time for the same headings."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from app.core.spreadsheets import heading_key
from app.extensions import db
from app.government.residents.imports.columns import BY_HEADING, BY_NAME, OWN_HEADINGS
from app.government.residents.models import ImportRun
from app.government.residents.register.labels import HEALTH_FIELDS

REMEMBERED_STATES = ("ready", "applying", "applied", "undone")
_UNIT = re.compile(r"^(?:id|kode|no|nomor) | (?:id|kode)$")


def signature(header: Sequence[str]) -> str:
    """A digest of the headings, whatever their case and order: two exports of one program have the same."""
    keys = sorted(heading_key(text) for text in header if heading_key(text) not in OWN_HEADINGS)
    return hashlib.sha256("\n".join(keys).encode()).hexdigest()[:32]


def guess(header: Sequence[str]) -> dict[int, str]:
    """Column number (from 0) → name of the target; each target once, headings that are known exactly first."""
    keys = [heading_key(text) for text in header]
    found: dict[int, str] = {}
    taken: set[str] = set()
    for attempt in (_exact, _without_unit, _glued):
        for number, key in enumerate(keys):
            name = attempt(key) if key and number not in found and key not in OWN_HEADINGS else None
            if name is not None and name not in taken:
                found[number] = name
                taken.add(name)
    return dict(sorted(found.items()))


def _exact(key: str) -> str | None:
    return BY_HEADING.get(key)


def _without_unit(key: str) -> str | None:
    return BY_HEADING.get(_UNIT.sub("", key))


_GLUED = {key.replace(" ", ""): name for key, name in BY_HEADING.items() if len(key) > 3}


def _glued(key: str) -> str | None:
    return _GLUED.get(key.replace(" ", ""))


def health_columns(header: Sequence[str], chosen: Mapping[int, str]) -> frozenset[int]:
    """The numbers of columns that hold health data: by their headings, or because they were taken for such."""
    found = {number for number, name in chosen.items() if name in HEALTH_FIELDS}
    for number, text in enumerate(header):
        key = heading_key(text)
        if any(attempt(key) in HEALTH_FIELDS for attempt in (_exact, _without_unit, _glued)):
            found.add(number)
    return frozenset(found)


def settled(chosen: Mapping[str, Any], width: int) -> dict[int, str]:
    """A stored or posted mapping as column number → target; what is unknown or names a target twice is left out."""
    found: dict[int, str] = {}
    for number, name in chosen.items():
        if str(number).isdigit() and int(number) < width and name in BY_NAME and name not in found.values():
            found[int(number)] = str(name)
    return dict(sorted(found.items()))


def remembered(header: Sequence[str]) -> dict[int, str] | None:
    """What this village chose the last time for a file with the same headings (one query), or None."""
    query = (
        select(ImportRun.mapping)
        .where(ImportRun.signature == signature(header), ImportRun.state.in_(REMEMBERED_STATES))
        .order_by(ImportRun.created_at.desc())
        .limit(1)
    )
    kept = db.session.scalar(query)
    if not kept or "headings" not in kept:
        return None
    by_heading: Mapping[str, str] = kept["headings"]
    chosen = {str(number): by_heading.get(heading_key(text), "") for number, text in enumerate(header)}
    return settled(chosen, len(header))


def kept_by_heading(header: Sequence[str], columns: Mapping[int, str]) -> dict[str, str]:
    """A mapping as it is remembered: by heading rather than by place."""
    return {
        heading_key(header[number]): name for number, name in columns.items() if heading_key(header[number])
    }
