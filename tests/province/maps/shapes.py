"""Squares as regions: features of a GeoJSON file made by hand."""

from __future__ import annotations

from typing import Any

GISTING = "18.06.20"
CORNER = (104.7, -5.4)
SIDE = 0.02


def ring(column: int = 0, row: int = 0, *, size: float = SIDE) -> list[list[float]]:
    """A square's ring, counted from the corner: neighbours share a side."""
    west, south = CORNER[0] + column * SIDE, CORNER[1] + row * SIDE
    east, north = west + size, south + size
    corners = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return [[round(x, 4), round(y, 4)] for x, y in corners]


def feature(code: str, *rings: list[Any], **members: Any) -> dict[str, Any]:
    """A feature of one polygon; `geometry=` and other members replace what a good one has."""
    return {
        "type": "Feature",
        "properties": {"code": code, "name": "tidak dipakai"},
        "geometry": {"type": "Polygon", "coordinates": list(rings) or [ring()]},
        **members,
    }


def villages(count: int = 4) -> list[dict[str, Any]]:
    """Villages of Kecamatan Gisting side by side."""
    return [feature(f"{GISTING}.{2001 + number}", ring(number)) for number in range(count)]
