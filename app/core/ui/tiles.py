"""The tile map of Lampung: where each kabupaten/kota stands, its short name, and the step of its colour."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

REGENCY = re.compile(r"\d\d\.\d\d")
KIND = re.compile(r"^(Kabupaten|Kota) ")


@dataclass(frozen=True)
class Place:
    """A tile: row and column from the upper left, counted from one; the short name people use for it."""

    row: int
    column: int
    short: str


PLACES: dict[str, Place] = {
    "18.08": Place(1, 2, "Way Kanan"),
    "18.12": Place(1, 3, "Tubaba"),
    "18.11": Place(1, 4, "Mesuji"),
    "18.04": Place(2, 1, "Lambar"),
    "18.03": Place(2, 2, "Lampura"),
    "18.02": Place(2, 3, "Lamteng"),
    "18.05": Place(2, 4, "Tuba"),
    "18.13": Place(3, 1, "Pesibar"),
    "18.06": Place(3, 2, "Tanggamus"),
    "18.10": Place(3, 3, "Pringsewu"),
    "18.72": Place(3, 4, "Metro"),
    "18.07": Place(3, 5, "Lamtim"),
    "18.09": Place(4, 3, "Pesawaran"),
    "18.71": Place(4, 4, "Balam"),
    "18.01": Place(4, 5, "Lamsel"),
}

COLUMNS = 5
STEPS = 5


def laid_out(tiles: Sequence[Mapping[str, Any]]) -> dict[str, Place]:
    """Where kabupaten/kota stand, by code; those that were founded lately take free places, from below.

    Args:
        tiles: {code ("18.06"), name ("Kabupaten Tanggamus"), …}; places of other levels stand nowhere.
    """
    found = {tile["code"]: PLACES[tile["code"]] for tile in tiles if tile["code"] in PLACES}
    used = {(place.row, place.column) for place in PLACES.values()}
    last = max(row for row, _column in used)
    order = [(row, column) for row in range(last, 0, -1) for column in range(1, COLUMNS + 1)]
    free = [place for place in order if place not in used] + [
        (last + 1, column) for column in range(1, COLUMNS + 1)
    ]
    fresh = {tile["code"]: tile["name"] for tile in tiles if tile["code"] not in PLACES}
    names = [(code, name) for code, name in sorted(fresh.items()) if REGENCY.fullmatch(code)]
    for (code, name), (row, column) in zip(names, free, strict=False):
        found[code] = Place(row, column, KIND.sub("", name))
    return found


def step_of(share: float | Decimal | None) -> int:
    """Return the colour step of a share: 0 for nothing or unknown, 1 (up to a fifth) to 5 (above four fifths).

    Args:
        share: the part of the whole, 0 to 1; None when there is no figure.
    """
    if share is None or share <= 0:
        return 0
    return min(STEPS, int(float(share) * STEPS - 1e-9) + 1)
