"""Reading a boundary file: GeoJSON in degrees (WGS 84), one feature a region, known by its Kemendagri code.

Everything that is wrong is told in a sentence with the feature's number (counted from one) and code. Nothing is moved:
a ring that touches itself is rebuilt along its own lines where that keeps its area, anything worse is refused.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy
import shapely

LARGEST_FILE = 100 * 1024 * 1024
MOST_POSITIONS = 5_000_000
WEST, SOUTH, EAST, NORTH = 94.0, -12.0, 142.0, 8.0
"""Around Indonesia."""
NAMES = {2: "kabupaten/kota", 3: "kecamatan", 4: "villages"}
CODE = re.compile(r"^\d{2}(\.\d{2}(\.\d{2}(\.\d{4})?)?)?$")
WITHOUT_DOTS = re.compile(r"^(\d{2})(\d{2})(\d{2})?(\d{4})?$")
DEGREES = re.compile(r"(CRS84|EPSG:+(4326|6326))$", re.IGNORECASE)
SMALL_REPAIR = 0.005
"""The largest part of its area that rebuilding an outline may change."""


class FileRefused(Exception):
    """Nothing can be imported; `problems` are the sentences that say why."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Outline:
    """A region's outline as the file has it; `geometry` is a valid Polygon or MultiPolygon."""

    code: str
    number: int
    geometry: Any


@dataclass(slots=True)
class BoundaryFile:
    """What a file holds: outlines of one level, which were rebuilt (code and reason), which codes were left out."""

    level: int
    outlines: list[Outline] = field(default_factory=list)
    rebuilt: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)


class _Broken(Exception):
    """A geometry cannot be used; the message says why."""


def level_of_code(code: str) -> int:
    """1 for a province, 2 for a kabupaten/kota, 3 for a kecamatan, 4 for a village."""
    return code.count(".") + 1


def load(path: Path) -> tuple[dict[str, Any], bytes]:
    """A file's JSON and its bytes. Raises FileRefused for what is too large, no JSON, or no GeoJSON of features."""
    size = path.stat().st_size
    if size > LARGEST_FILE:
        raise FileRefused(
            [f"the file has {size / 1_048_576:.0f} MB; at most {LARGEST_FILE // 1_048_576} are read"]
        )
    content = path.read_bytes()
    try:
        document = json.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise FileRefused(["the file is not text in UTF-8, so it is no GeoJSON"]) from None
    except RecursionError:
        raise FileRefused(["the file is nested deeper than any GeoJSON"]) from None
    except ValueError as error:
        raise FileRefused([f"the file is not GeoJSON: {error}"]) from None
    if not isinstance(document, dict) or document.get("type") != "FeatureCollection":
        raise FileRefused(["the file is not GeoJSON with features: its type must be FeatureCollection"])
    features = document.get("features")
    if not isinstance(features, list) or not features:
        raise FileRefused(["the file has no features"])
    crs = document.get("crs")
    if crs is not None:
        name = str(crs["properties"].get("name", "")) if _is_named(crs) else str(crs)[:80]
        if not DEGREES.search(name):
            raise FileRefused(
                [f"the file is in {name or 'another system'}; only WGS 84 degrees (EPSG:4326) are read"]
            )
    return document, content


def _is_named(crs: object) -> bool:
    return isinstance(crs, dict) and isinstance(crs.get("properties"), dict)


# GEOS leaves floating point flags behind that numpy would take for its own.
@numpy.errstate(all="ignore")
def read_outlines(
    document: dict[str, Any], known: Collection[str], level: int | None = None, skip_unknown: bool = False
) -> BoundaryFile:
    """The outlines of a file's features.

    Args:
        document: what `load` returned.
        known: codes of all regions.
        level: 2, 3 or 4; None takes it from the codes, which must then be of one level.
        skip_unknown: leave out features whose code no region has, and say so, rather than refuse the file.
    Raises FileRefused with everything that is wrong.
    """
    problems: list[str] = []
    coded: list[tuple[int, str, Any]] = []
    for number, feature in enumerate(document["features"], start=1):
        code = _code_of(feature)
        if not isinstance(feature, dict) or feature.get("type") != "Feature":
            problems.append(f"feature {number} is not a GeoJSON feature")
        elif code is None:
            problems.append(
                f"feature {number} has no Kemendagri code (property “code” or “kode”, such as 18.06.20)"
            )
        else:
            coded.append((number, code, feature.get("geometry")))
    levels = {level_of_code(code) for _, code, _ in coded}
    if level is None:
        if len(levels) != 1:
            raise FileRefused([*problems, _mixed(coded)] if levels else problems)
        level = levels.pop()
    if level not in NAMES:
        raise FileRefused(
            [*problems, "only outlines of kabupaten/kota (2), kecamatan (3) and villages (4) are kept"]
        )
    found = BoundaryFile(level)
    first: dict[str, int] = {}
    positions = 0
    for number, code, geometry in coded:
        label = f"feature {number} ({code})"
        if level_of_code(code) != level:
            problems.append(f"{label} is not one of the {NAMES[level]} (level {level})")
        elif code in first:
            problems.append(f"{label} has the same code as feature {first[code]}")
        elif code not in known and skip_unknown:
            found.skipped.append(f"{label}: no region has this code")
        elif code not in known:
            problems.append(f"{label}: no region has this code")
        else:
            first[code] = number
            try:
                shape, reason = _shape_of(geometry)
            except _Broken as broken:
                problems.append(f"{label}: {broken}")
                continue
            positions += shapely.get_num_coordinates(shape)
            if positions > MOST_POSITIONS:
                raise FileRefused([f"the file has more than {MOST_POSITIONS:,} positions"])
            if reason:
                found.rebuilt.append(f"{label}: {reason}")
            found.outlines.append(Outline(code, number, shape))
    if not found.outlines and not problems:
        problems.append("no feature of the file belongs to a known region")
    if problems:
        raise FileRefused(problems)
    return found


def _mixed(coded: list[tuple[int, str, Any]]) -> str:
    example: dict[int, str] = {}
    for number, code, _ in coded:
        example.setdefault(level_of_code(code), f"feature {number} ({code})")
    return "the codes are of different levels: " + ", ".join(example[level] for level in sorted(example))


def _code_of(feature: object) -> str | None:
    """The code that a feature states, with its dots; None when it states none."""
    if not isinstance(feature, dict):
        return None
    properties = feature.get("properties")
    named = properties if isinstance(properties, dict) else {}
    lowered = {str(key).lower(): value for key, value in named.items()}
    for stated in (lowered.get("code"), lowered.get("kode"), feature.get("id")):
        if not isinstance(stated, str | int) or isinstance(stated, bool):
            continue
        code = str(stated).strip()
        if CODE.match(code):
            return code
        if parts := WITHOUT_DOTS.match(code):
            dotted = ".".join(part for part in parts.groups() if part)
            if CODE.match(dotted):
                return dotted
    return None


def _shape_of(geometry: object) -> tuple[Any, str]:
    """A geometry as a valid Polygon or MultiPolygon, and why it was rebuilt (empty when it was not)."""
    if not isinstance(geometry, dict) or geometry.get("type") not in ("Polygon", "MultiPolygon"):
        kind = geometry.get("type") if isinstance(geometry, dict) else None
        raise _Broken(f"its geometry must be a Polygon or MultiPolygon, not {str(kind)[:40]}")
    coordinates = geometry.get("coordinates")
    if not isinstance(coordinates, list) or not coordinates:
        raise _Broken("it has no coordinates")
    polygons = [coordinates] if geometry["type"] == "Polygon" else coordinates
    area, parts = 0.0, []
    for polygon in polygons:
        if not isinstance(polygon, list) or not polygon:
            raise _Broken("it has a polygon without rings")
        rings = [_ring(ring) for ring in polygon]
        outer, *holes = (_area(ring) for ring in rings)
        area += outer - sum(holes)
        parts.append(shapely.Polygon(rings[0], rings[1:]))
    shape = parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)
    if shapely.is_valid(shape):
        if not area:
            raise _Broken("it encloses nothing")
        return shape, ""
    reason = shapely.is_valid_reason(shape)
    mended = shapely.make_valid(shape, method="structure", keep_collapsed=False)
    if mended.is_empty or mended.geom_type not in ("Polygon", "MultiPolygon"):
        raise _Broken(f"its ring is broken: {_said(reason)}")
    if abs(mended.area - area) > SMALL_REPAIR * mended.area:
        raise _Broken(f"its ring is broken and cannot be mended without moving it: {_said(reason)}")
    return mended, _said(reason)


def _said(reason: str) -> str:
    """GEOS's reason as words: “Self-intersection[105.1 -5.8]” is “self-intersection at 105.1 -5.8”."""
    what, _, where = reason.partition("[")
    place = " ".join(f"{float(one):.5g}" for one in where.rstrip("]").split())
    return f"{what.strip().lower()} at {place}" if place else what.lower()


def _ring(ring: object) -> list[tuple[float, float]]:
    """A ring's positions. Raises _Broken for one that no outline can have."""
    if not isinstance(ring, list) or len(ring) < 4:
        count = len(ring) if isinstance(ring, list) else 0
        raise _Broken(f"a ring has {count} positions; a closed ring has at least four")
    positions = list(_positions(ring))
    if positions[0] != positions[-1]:
        raise _Broken(
            f"a ring is not closed: it begins at {_at(positions[0])} and ends at {_at(positions[-1])}"
        )
    if len(set(positions)) < 3:
        raise _Broken("a ring has fewer than three different positions")
    return positions


def _positions(ring: list[Any]) -> Iterator[tuple[float, float]]:
    for position in ring:
        if not isinstance(position, list) or len(position) < 2:
            raise _Broken(f"{str(position)[:40]} is not a position (longitude, latitude)")
        longitude, latitude = position[0], position[1]
        if type(longitude) not in (int, float) or type(latitude) not in (int, float):
            raise _Broken(f"{str(position)[:40]} is not a position of two numbers")
        try:
            finite = math.isfinite(longitude) and math.isfinite(latitude)
        except OverflowError:
            finite = False
        if not finite:
            raise _Broken("a position is not a finite number (NaN, infinity or too many digits)")
        if not (WEST <= longitude <= EAST and SOUTH <= latitude <= NORTH):
            raise _Broken(_astray(longitude, latitude))
        yield float(longitude), float(latitude)


def _astray(longitude: float, latitude: float) -> str:
    where = _at((longitude, latitude))
    if WEST <= latitude <= EAST and SOUTH <= longitude <= NORTH:
        return f"longitude and latitude are swapped at {where}; GeoJSON writes the longitude first"
    if abs(longitude) > 180 or abs(latitude) > 90:
        return f"{where} are not degrees; only WGS 84 degrees (EPSG:4326) are read"
    return f"{where} lies outside of Indonesia"


def _at(position: tuple[float, float]) -> str:
    return f"{position[0]:g} {position[1]:g}"


def _area(ring: list[tuple[float, float]]) -> float:
    """The area within a ring by the shoelace formula, in square degrees; lobes that cross cancel each other out."""
    west, south = ring[0]
    turned = 0.0
    for (x1, y1), (x2, y2) in pairwise(ring):
        turned += (x1 - west) * (y2 - south) - (x2 - west) * (y1 - south)
    return abs(turned) / 2
