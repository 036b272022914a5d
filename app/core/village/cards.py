"""Cards that capabilities put on the staff's start page for a while, beside what is always there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from app.core.actors import Actor
from app.core.village.setup import Office


@dataclass(frozen=True, slots=True)
class StartCard:
    """A card: its template, rendered with `found`."""

    template: str
    found: object


Reader = Callable[[Actor, Office], StartCard | None]
_readers: list[Reader] = []


def show_card(reader: Reader) -> None:
    """Let a capability put a card on the start page (at start): `reader` gives it, or None where there is nothing."""
    if reader not in _readers:
        _readers.append(reader)


def start_cards(actor: Actor, office: Office) -> list[StartCard]:
    """The cards of the present village's start page for somebody."""
    found = (reader(actor, office) for reader in _readers)
    return [card for card in found if card is not None]
