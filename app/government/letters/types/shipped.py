"""The letter types that are shipped: one file each in `catalogue/`, read once a process."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

from app.government.letters.types.kinds import LetterKind, kind_from

FOLDER = Path(__file__).with_name("catalogue")


@cache
def shipped_kinds() -> dict[str, LetterKind]:
    """All shipped types by code, in the order of their files (which is that of the list in domain: letters)."""
    kinds = (read_kind(path) for path in sorted(FOLDER.glob("*.toml")))
    return {kind.code: kind for kind in kinds}


def read_kind(path: Path) -> LetterKind:
    """Read one file. Raises BrokenKind, tomllib.TOMLDecodeError."""
    definition = tomllib.loads(path.read_text("utf-8"))
    return kind_from(
        definition,
        code=str(definition["code"]),
        version=str(definition["version"]),
        is_own=False,
        body=str(definition["body"]).strip() + "\n",
    )
