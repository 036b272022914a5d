"""What other capabilities hold on residents: each says once what it forgets, what a person's own copy shows, and who
is still in use there. Retention, the copy of one's own data and the undoing of an import go by it.

Law 27/2022 (Art. 16(2)g, 43 and 44) asks for removal; Law 43/2009 on archives asks that letters which a village issued
stay in its archive. A capability's `forget` draws that line for its own records.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement

from app.core.privacy.vault import Vault


@dataclass(frozen=True, slots=True)
class OwnFile:
    """A file of the person's own: its name in the archive, and what reads it (may raise Missing, StorageAway)."""

    name: str
    read: Callable[[], bytes]


@dataclass(frozen=True, slots=True)
class OwnPart:
    """What a capability holds on one person: plain records, files, and the ids of what the audit log names.

    Each record has `label` and `text`, which people read, and its values by name; `file` is a name in `files`.
    """

    records: Sequence[dict[str, Any]]
    files: Sequence[OwnFile] = ()
    ids: Sequence[uuid.UUID] = ()


@dataclass(frozen=True, slots=True)
class Holding:
    """What a capability holds on residents. `key` names it in the copy; `title` is Indonesian (a lazy string).

    `forget(resident_ids, vault)` empties it in the open transaction, objects after the commit. `own(resident_id,
    vault)` is the person's part of a copy. `in_use()` says of `Resident` rows who has something here that would go
    with the record; None where nothing hangs on it.
    """

    key: str
    title: object
    forget: Callable[[Sequence[uuid.UUID], Vault], None]
    own: Callable[[uuid.UUID, Vault], OwnPart]
    in_use: Callable[[], ColumnElement[bool]] | None = None


_holdings: dict[str, Holding] = {}


def declare_holding(holding: Holding) -> None:
    """Say what a capability holds on residents (at start)."""
    _holdings[holding.key] = holding


def holdings() -> list[Holding]:
    """All that is declared, by key: letters before what leads to their owners' accounts."""
    return [_holdings[key] for key in sorted(_holdings)]


def forget_residents(ids: Sequence[uuid.UUID], vault: Vault) -> None:
    """Let every capability forget these residents, in the open transaction; `vault` is opened for writing."""
    for holding in holdings():
        holding.forget(ids, vault)


def own_parts(resident_id: uuid.UUID, vault: Vault) -> Mapping[str, OwnPart]:
    """What all capabilities hold on a person, by key."""
    return {known.key: known.own(resident_id, vault) for known in holdings()}


def in_use() -> list[ColumnElement[bool]]:
    """What says of `Resident` rows that something hangs on them outside of the register."""
    return [holding.in_use() for holding in holdings() if holding.in_use is not None]
