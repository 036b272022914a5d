"""Which letters residents may ask for themselves, and how they find the one they need."""

from __future__ import annotations

from dataclasses import dataclass

from app.government.letters.types import LetterKind, letter_type, letter_types


@dataclass(frozen=True, slots=True)
class OfferGroup:
    """Letters under one heading; `key` is empty for those that are asked for most."""

    key: str
    label: str
    kinds: list[LetterKind]


def is_offered(kind: LetterKind) -> bool:
    """Whether residents may ask for it from afar: letters about nobody are the office's own."""
    return kind.online and kind.is_active and kind.about != "none"


def offered(code: str) -> LetterKind:
    """One kind that residents may ask for. Raises Missing."""
    from app.core.village.errors import Missing

    kind = letter_type(code)
    if not is_offered(kind):
        raise Missing(code)
    return kind


def offers(search: str = "") -> list[OfferGroup]:
    """What may be asked for: the frequent ones first, then by heading; with `search`, those that hold all its words."""
    kinds = [kind for kind in letter_types() if is_offered(kind)]
    words = search.casefold().split()[:8]
    if words:
        kinds = [kind for kind in kinds if all(word in _text(kind) for word in words)]
    groups = [] if words else [OfferGroup("", "", [kind for kind in kinds if kind.frequent])]
    by_label: dict[str, list[LetterKind]] = {}
    for kind in kinds:
        if words or not kind.frequent:
            by_label.setdefault(kind.group_label, []).append(kind)
    groups += [OfferGroup(label, label, found) for label, found in by_label.items()]
    return [group for group in groups if group.kinds]


def _text(kind: LetterKind) -> str:
    return f"{kind.title} {kind.name} {kind.summary} {kind.group_label}".casefold()
