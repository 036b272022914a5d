"""Outlines made ready to be drawn: neighbours share their borders, and simplifying leaves no gaps between them.

The outlines of a level are treated together (GEOS coverages): overlaps and slivers between neighbours are closed, then
borders that two regions share are simplified once for both.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import brotli  # type: ignore[import-untyped]
import numpy
import shapely

from app.province.maps.reading import FileRefused

SLIVERS = {2: 0.0075, 3: 0.0075, 4: 0.0005}
"""Gaps up to this width (degrees; 0.001 is 110 m) between regions of a level are slivers of drawing, not places."""
SNAPPING = 0.00005
"""Borders closer than this are one border: half of the last digit of files with four decimals."""
TOLERANCE = 0.0005
STRIP = 4 * TOLERANCE
"""Up to this width (220 m) what is left of a region along a part that it lost is a rest of drawing, not land."""
WHOLE_PROVINCE = {2: 0.0005, 3: 0.001, 4: 0.002}
"""A province's villages are drawn coarser: nobody sees 50 m on a map of 250 km."""
DECIMALS = 4
BROTLI_QUALITY = 7


@dataclass(frozen=True, slots=True)
class Shaped:
    """A region's outline as it is kept, and as the map of the whole province draws it."""

    code: str
    name: str
    outline: Any
    coarse: Any


@dataclass(frozen=True, slots=True)
class Drawing:
    """Map data of a territory, compressed with Brotli: GeoJSON of the places of a level within it."""

    territory_code: str
    level: int
    stamp: str
    places: int
    body: bytes


# GEOS leaves floating point flags behind that numpy would take for its own.
@numpy.errstate(all="ignore")
def shape_level(
    geometries: Mapping[str, Any], names: Mapping[str, str], level: int
) -> tuple[list[Shaped], list[str]]:
    """The outlines of a level, simplified together, by code; and the codes that others cover wholly.

    Args:
        geometries: valid Polygons or MultiPolygons by code.
        names: what the regions are called.
        level: 2, 3 or 4.
    Raises FileRefused when they cannot be fitted together.
    """
    codes = sorted(geometries)
    drawn = numpy.array([geometries[code] for code in codes])
    try:
        clean = shapely.coverage_clean(
            drawn, gap_width=SLIVERS[level], snapping_distance=SNAPPING, merge_strategy="min_area"
        )
    except shapely.errors.GEOSException as error:
        raise FileRefused([f"the outlines cannot be fitted together: {error}"]) from error
    fine = shapely.coverage_simplify(clean, TOLERANCE)
    covered = [code for code, shape in zip(codes, clean, strict=True) if shape.is_empty]
    return _coarsened(codes, names, fine, clean, level), covered


@numpy.errstate(all="ignore")
def reshaped(outlines: Mapping[str, Any], names: Mapping[str, str], level: int) -> list[Shaped]:
    """Outlines that were simplified together before, by code, as they are."""
    codes = sorted(outlines)
    fine = numpy.array([outlines[code] for code in codes])
    return _coarsened(codes, names, fine, fine, level)


def _coarsened(
    codes: Sequence[str], names: Mapping[str, str], fine: Any, clean: Any, level: int
) -> list[Shaped]:
    """What is not empty, with its outline on the map of the whole province."""
    coarse = shapely.coverage_simplify(clean, WHOLE_PROVINCE[level])
    return [
        Shaped(code, names[code], one, other if not other.is_empty else one)
        for code, one, other in zip(codes, fine, coarse, strict=True)
        if not one.is_empty
    ]


@numpy.errstate(all="ignore")
def joined(parts: Sequence[Any]) -> Any:
    """One outline of neighbours."""
    return _areas(shapely.union_all(parts))


@numpy.errstate(all="ignore")
def without(whole: Any, part: Any) -> Any:
    """An outline without a part, and without slivers along it where both were drawn differently; maybe empty."""
    rest = _areas(shapely.difference(whole, part))
    kept = shapely.buffer(rest, -STRIP / 2, join_style="mitre")
    thin = shapely.get_parts(
        shapely.difference(rest, shapely.buffer(kept, STRIP / 2 + SNAPPING, join_style="mitre"))
    )
    return _areas(shapely.difference(rest, shapely.union_all(thin[shapely.distance(thin, part) < SNAPPING])))


def _areas(shape: Any) -> Any:
    """A shape without the points and lines in which outlines only touched."""
    parts = shapely.get_parts(shape)
    return shapely.multipolygons(parts[shapely.get_type_id(parts) == shapely.GeometryType.POLYGON])


@numpy.errstate(all="ignore")
def drawings(shaped: Sequence[Shaped], level: int) -> Iterator[Drawing]:
    """Map data of every territory above the regions of a level: province, kabupaten/kota, kecamatan.

    GeoJSON with one more member, `borders`: the lines between the territory's own parts (a kabupaten's kecamatan, where
    its villages are drawn).
    """
    fine = numpy.array([one.outline for one in shaped])
    coarse = numpy.array([one.coarse for one in shaped])
    features = {1: _features(shaped, coarse), 2: _features(shaped, fine)}
    for depth in range(1, level):
        shapes, written = (coarse, features[1]) if depth == 1 else (fine, features[2])
        for territory, numbers in _grouped(shaped, range(len(shaped)), depth).items():
            members = ['"type":"FeatureCollection"', f'"features":[{",".join(written[n] for n in numbers)}]']
            parts = _grouped(shaped, numbers, depth + 1) if depth + 1 < level else {}
            if len(parts) > 1:
                members.append(f'"borders":{_borders([shapes[part] for part in parts.values()])}')
            plain = ("{" + ",".join(members) + "}").encode()
            stamp = hashlib.sha256(plain).hexdigest()[:16]
            packed = brotli.compress(plain, quality=BROTLI_QUALITY)
            yield Drawing(territory, level, stamp, len(numbers), packed)


def _grouped(shaped: Sequence[Shaped], numbers: Iterable[int], depth: int) -> dict[str, list[int]]:
    """Numbers of regions by the code of what they lie in; depth 1 is the province, 2 its kabupaten/kota."""
    found: dict[str, list[int]] = {}
    for number in numbers:
        found.setdefault(shaped[number].code[: 3 * depth - 1], []).append(number)
    return found


def _borders(parts: Sequence[Any]) -> str:
    """The lines that two parts share, as GeoJSON; each part is the outlines of what lies in it."""
    wholes = [shapely.coverage_union_all(part) for part in parts]
    around = shapely.boundary(shapely.coverage_union_all(wholes))
    lines = shapely.line_merge(shapely.difference(shapely.union_all(shapely.boundary(wholes)), around))
    return str(shapely.to_geojson(_rounded(shapely.multilinestrings(shapely.get_parts(lines)))))


def _features(shaped: Sequence[Shaped], shapes: Any) -> list[str]:
    """Each region as a GeoJSON feature; `cp` is a point within it, where its label stands."""
    points = shapely.get_coordinates(shapely.point_on_surface(shapes)).round(DECIMALS)
    features = []
    for one, (x, y), geometry in zip(
        shaped, points.tolist(), shapely.to_geojson(_rounded(shapes)), strict=True
    ):
        properties = json.dumps({"code": one.code, "name": one.name, "cp": [x, y]}, ensure_ascii=False)
        features.append(f'{{"type":"Feature","properties":{properties},"geometry":{geometry}}}')
    return features


def _rounded(shapes: Any) -> Any:
    """Positions to four decimals (11 m): the same for both sides of a border, so nothing opens."""
    return shapely.set_precision(shapes, 10**-DECIMALS, mode="pointwise")
