"""What is sealed where: capabilities say it once, a change of key goes by it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class SealedTable:
    """A village's table with sealed columns. Each record belongs to `<table>:<row id>` (see `vault.Vault.seal`).

    `indexes`: column with a blind index → (kind of the index, name in the sealed JSON that it is made of).
    """

    model: type[Any]
    columns: Sequence[str] = ("box",)
    indexes: Mapping[str, tuple[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SealedFolder:
    """A folder of sealed objects (`app.core.privacy.files`): `<folder>/<row id>`, or anything below that.

    `model` has the row whose `key_id` says under which key its objects lie; None where no row knows of them.
    """

    name: str
    model: type[Any] | None = None


_tables: dict[str, SealedTable] = {}
_folders: dict[str, SealedFolder] = {}


def register_sealed(
    model: type[Any],
    columns: Sequence[str] = ("box",),
    indexes: Mapping[str, tuple[str, str]] | None = None,
) -> None:
    """Declare sealed columns of a village's table, and the blind indexes made of what the first one holds.

    Args:
        model: the table, with a primary key `id`.
        columns: its sealed columns.
        indexes: column → (kind of `Vault.index`, name in the JSON that the first column seals).
    """
    _tables[model.__tablename__] = SealedTable(model, tuple(columns), dict(indexes or {}))


def register_sealed_objects(folder: str, model: type[Any] | None = None) -> None:
    """Declare a folder of sealed objects, and the table (with `id` and `key_id`) whose rows they belong to, if any."""
    _folders[folder] = SealedFolder(folder, model)


def sealed_tables() -> list[SealedTable]:
    """All declared tables, by name."""
    return [_tables[name] for name in sorted(_tables)]


def sealed_folders() -> list[SealedFolder]:
    """All declared folders, by name."""
    return [_folders[name] for name in sorted(_folders)]
