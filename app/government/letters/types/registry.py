"""The letter types of the present village: what is shipped, with what the village changed, switched off or made.

A village's row keeps in `definition`: `live` (the version in use, without its body, which is the column `body`),
`draft` (what is being written, with its body) and `switches` (`online`, `frequent` of a shipped type). A shipped type
that was copied stays in use as it is shipped until the copy is activated.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import structlog
from sqlalchemy import Row, select

from app.core.village.errors import Missing
from app.extensions import db
from app.government.letters.markup import MarkupWrong, parse
from app.government.letters.models import LetterType
from app.government.letters.types.kinds import BrokenKind, LetterKind, kind_from
from app.government.letters.types.merging import village_words
from app.government.letters.types.shipped import shipped_kinds

log = structlog.get_logger(__name__)
_MERGE = re.compile(r"\{\{\s*([a-z_]+)\s*\}\}")
SWITCHES = ("online", "frequent")


@dataclass(frozen=True, slots=True)
class Listed:
    """A type with the village's row, as the page of all types shows it.

    `broken` says why its row can't be used; `has_draft`: something is written that is not in use; `newer`: the shipped
    version that came after the one that was copied, else 0.
    """

    kind: LetterKind
    row: Row[Any] | None = None
    broken: str = ""
    has_draft: bool = False
    newer: int = 0

    @property
    def origin(self) -> str:
        """`shipped`, `copied` (a shipped type that the village changed) or `own`."""
        if self.kind.code not in shipped_kinds():
            return "own"
        return "copied" if self.kind.is_own or self.has_draft or self.broken else "shipped"


def letter_types(active: bool = True) -> list[LetterKind]:
    """The kinds of letters of this village: one query; what is shipped is read once a process.

    Args:
        active: only those that can be asked for now; False gives those that are switched off too.
    A village's type that can't be read is left out (and logged): it stops none of the others.
    """
    return [one.kind for one in listed_types() if not one.broken and (one.kind.is_active or not active)]


def letter_type(code: str, *, active: bool = True) -> LetterKind:
    """One kind by its code: one query. Raises Missing: unknown, unreadable, or not in use (if `active`)."""
    found = listed_type(code)
    if found.broken or (active and not found.kind.is_active):
        raise Missing(code)
    return found.kind


def listed_type(code: str) -> Listed:
    """One type with its row, whatever its state. Raises Missing."""
    row = _rows(code).get(code)
    if row is None and code not in shipped_kinds():
        raise Missing(code)
    return _chosen(code, row)


def listed_types() -> list[Listed]:
    """Every type with its row, drafts and broken ones too; shipped ones in their order, then the village's own."""
    rows = _rows()
    listed = [_chosen(code, rows.pop(code, None)) for code in shipped_kinds()]
    own = sorted(rows.items(), key=lambda item: (item[1].title.casefold(), item[0]))
    return listed + [_chosen(code, row) for code, row in own]


def draft_of(row: Row[Any] | None) -> dict[str, Any] | None:
    """What is being written of a type, with its body; None where nothing is."""
    data = row.definition if row is not None else None
    draft = data.get("draft") if isinstance(data, dict) else None
    return draft if isinstance(draft, dict) else None


def _rows(code: str | None = None) -> dict[str, Row[Any]]:
    query = select(LetterType.__table__)
    if code is not None:
        if "\x00" in code:
            return {}
        query = query.where(LetterType.code == code)
    return {row.code: row for row in db.session.execute(query)}


def _chosen(code: str, row: Row[Any] | None) -> Listed:
    shipped = shipped_kinds().get(code)
    if row is None:
        assert shipped is not None
        return Listed(worded(shipped))
    data = row.definition if isinstance(row.definition, dict) else {}
    live, draft = data.get("live"), draft_of(row)
    try:
        if live is not None:
            kind = kind_from(
                live,
                code=code,
                version=f"desa-{row.version}",
                is_own=True,
                body=row.body or "",
                is_active=row.state == "active",
            )
            _parsed(kind.body)
        elif shipped is not None:
            kind = replace(shipped, is_active=row.state != "off")
        else:
            kind = _unfinished(row)
        kind = worded(kind)
        switches = data.get("switches") or {}
        switched: dict[str, Any] = {name: bool(switches[name]) for name in SWITCHES if name in switches}
        kind = replace(kind, **switched)
    except (BrokenKind, MarkupWrong, TypeError, AttributeError) as error:
        log.warning("letter_type_broken", code=code, error=type(error).__name__)
        where = (
            f"{error.line}:{error.column} {error.sentence}" if isinstance(error, MarkupWrong) else str(error)
        )
        return Listed(_unfinished(row), row, where, draft is not None)
    newer = 0
    base = shipped_kinds().get(row.base_code)
    if base is not None and row.base_version is not None and int(base.version) > row.base_version:
        newer = int(base.version)
    return Listed(kind, row, "", draft is not None, newer)


def worded(kind: LetterKind) -> LetterKind:
    """The same with the village's own words in its title, name and summary (`Keputusan {{sebutan_kepala}}`)."""
    said = {name: getattr(kind, name) for name in ("title", "name", "summary") if "{{" in getattr(kind, name)}
    if not said:
        return kind
    words = village_words()
    parts: dict[str, Any] = {
        name: _MERGE.sub(lambda found: words.get(found[1], found[0]), text) for name, text in said.items()
    }
    return replace(kind, **parts)


@lru_cache(maxsize=256)
def _parsed(body: str) -> bool:
    """Whether a body can be read; raises MarkupWrong else. Kept, since every list of types asks."""
    parse(body)
    return True


def _unfinished(row: Row[Any]) -> LetterKind:
    """What the lists show of a type that nobody can use (yet)."""
    draft = draft_of(row) or {}
    return LetterKind(
        code=row.code,
        title=row.title or row.code,
        classification=row.classification,
        version=f"desa-{row.version}",
        is_own=True,
        group=str(draft.get("group") or "desa"),
        about=str(draft.get("about") or "living"),
        fields=(),
        requirements=(),
        body="",
        name=str(draft.get("name") or ""),
        is_active=False,
    )
