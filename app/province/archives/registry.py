"""What an archive says of its village beside the tables: names, words, its own roles, and who had an account there."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass

from app.province.archives.layout import ArchiveRefused


@dataclass(frozen=True, slots=True)
class Staff:
    """Somebody who had an account in the village; accounts belong to a deployment and are invited anew."""

    name: str
    email: str
    role: str


@dataclass(frozen=True, slots=True)
class OwnRole:
    """A role that the village made for itself out of permissions."""

    name: str
    permissions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Registry:
    """The registry's row of the village as it was."""

    slug: str
    term: str
    words: Mapping[str, str]
    modules: tuple[str, ...]
    state: str
    live_at: dt.datetime | None
    postal_code: str | None
    staff: tuple[Staff, ...]
    roles: tuple[OwnRole, ...]


def read_registry(data: bytes) -> Registry:
    """Read `registry.json`. Raises ArchiveRefused when it is not whole."""
    try:
        said = json.loads(data)
        row = said["village"]
        return Registry(
            str(row["slug"]),
            str(row["term"]),
            {str(key): str(value) for key, value in row["words"].items()},
            tuple(str(one) for one in row["modules"]),
            str(row["state"]),
            dt.datetime.fromisoformat(row["live_at"]) if row["live_at"] else None,
            str(row["postal_code"]) if row["postal_code"] else None,
            tuple(
                Staff(str(o["name"]), str(o["email"]), str(o["title"] or o["role"])) for o in said["staff"]
            ),
            tuple(
                OwnRole(str(o["name"]), tuple(str(one) for one in o["permissions"]))
                for o in said.get("roles", ())
            ),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ArchiveRefused(f"The archive's registry.json is not whole: {error!r}.") from error
