"""Sub-area, RW and RT of a file against the village's own tree: found by name or number, or new."""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches

from app.core.village.models import SubArea

KINDS = ("sub_area", "rw", "rt")
Step = tuple[str, str]
"""Kind and name."""
Path = tuple[Step, ...]
"""From the sub-area down to the smallest part that is named."""
LIKENESS = 0.75
_KIND_WORDS = re.compile(r"^(?:dusun|dsn|pemangku|lingkungan)\.?\s+(?=\S)", re.IGNORECASE)


@dataclass(slots=True)
class AreaTree:
    """The village's areas by place; `missing` collects the ways that lead nowhere yet, in the order they came."""

    children: dict[tuple[uuid.UUID | None, str, str], uuid.UUID] = field(default_factory=dict)
    alone: dict[tuple[str, str], list[uuid.UUID]] = field(default_factory=dict)
    parents: dict[uuid.UUID, uuid.UUID | None] = field(default_factory=dict)
    missing: dict[Path, None] = field(default_factory=dict)
    _spelt: dict[Path, Path] = field(default_factory=dict)
    _seen: dict[Path, tuple[uuid.UUID | None, Path]] = field(default_factory=dict)

    @classmethod
    def of(cls, areas: Sequence[SubArea]) -> AreaTree:
        """The tree of these areas."""
        tree = cls()
        for area in areas:
            name = folded(area.kind, area.name)
            tree.parents[area.id] = area.parent_id
            if area.is_gone:
                continue
            tree.children[area.parent_id, area.kind, name] = area.id
            tree.alone.setdefault((area.kind, name), []).append(area.id)
        return tree

    def find(self, parts: Path) -> tuple[uuid.UUID | None, Path]:
        """The area at the end of a way, and the way when it must be made first (empty otherwise).

        A way that begins with an RW or RT whose number the village has once only leads there.
        """
        if not parts:
            return None, ()
        parts = self._spelt.setdefault(tuple((kind, folded(kind, name)) for kind, name in parts), parts)
        known = self._seen.get(parts)
        if known is None:
            known = self._seen[parts] = self._find(parts)
        return known

    def is_within(self, area: uuid.UUID | None, outer: uuid.UUID) -> bool:
        """Whether an area is this one or a part of it."""
        while area is not None:
            if area == outer:
                return True
            area = self.parents.get(area)
        return False

    def _find(self, parts: Path) -> tuple[uuid.UUID | None, Path]:
        here: uuid.UUID | None = None
        for number, (kind, name) in enumerate(parts):
            key = folded(kind, name)
            found = self.children.get((here, kind, key))
            only = self.alone.get((kind, key), [])
            if found is None and number == 0 and kind != "sub_area" and len(only) == 1:
                found = only[0]
            if found is None:
                for depth in range(number + 1, len(parts) + 1):
                    self.missing.setdefault(parts[:depth])
                return here, parts
            here = found
        return here, ()


def path_words(path: Sequence[Sequence[str]]) -> str:
    """A way as people read it."""
    kinds = {"rw": "RW ", "rt": "RT "}
    return " / ".join(f"{kinds.get(kind, '')}{name}" for kind, name in path)


def similar(path: Sequence[Sequence[str]], areas: Sequence[SubArea]) -> str:
    """The sub-area of the village whose name is so like the beginning of a way that it may be meant; else empty."""
    kind, name = path[0]
    if kind != "sub_area":
        return ""
    names = {folded(kind, area.name): area.name for area in areas if area.kind == kind}
    found = get_close_matches(folded(kind, name), names, n=1, cutoff=LIKENESS)
    return names[found[0]] if found and found[0] != folded(kind, name) else ""


def way(sub_area: str, rw: str, rt: str) -> Path:
    """The way that a row names; parts that it leaves out are passed over."""
    named = zip(KINDS, (sub_area, rw, rt), strict=True)
    return tuple((kind, name) for kind, name in named if name)


def bare(name: str) -> str:
    """A sub-area's name without the word for its kind ("Dusun Suka Maju" is "Suka Maju")."""
    return _KIND_WORDS.sub("", name or "")


def folded(kind: str, name: str) -> str:
    """A name as it is compared; numbers of RW and RT without zeros in front."""
    text = " ".join(bare(name).casefold().split()) if kind == "sub_area" else name.strip()
    return text.lstrip("0") or "0" if text.isdigit() else text
