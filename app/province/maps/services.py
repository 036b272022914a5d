"""Importing boundaries, and whether a territory has any."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask import g, has_request_context
from sqlalchemy import delete, func, insert, select, text

from app.core import audit
from app.core.regions.models import Region
from app.extensions import db
from app.province.maps.models import RegionBoundary, RegionMap
from tenants.models import now

if TYPE_CHECKING:
    from app.province.maps.shaping import Drawing, Shaped


VILLAGES = 4


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an outline came from: name and SHA-256 of the file, and when it was imported or joined."""

    source: str
    imported_at: dt.datetime


@dataclass(slots=True)
class Outline:
    """A region's outline as it is kept; `geometry` is a Polygon or MultiPolygon in degrees (WGS 84)."""

    geometry: Any
    origin: Origin


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did, or would do: outlines kept and replaced, notes on what was rebuilt, skipped, without outline.

    `largest` are the sizes in bytes (Brotli) of the map data of the province, and of the largest kabupaten/kota.
    """

    level: int
    outlines: int
    replaced: int
    maps: int
    rebuilt: tuple[str, ...]
    skipped: tuple[str, ...]
    without: tuple[str, ...]
    largest: tuple[int, int]


def import_boundaries(
    path: Path, level: int | None = None, skip_unknown: bool = False, dry_run: bool = False
) -> Imported:
    """Replace the outlines of a level, and the map data drawn from them, by those of a file. Commits, or does nothing.

    Args:
        path: GeoJSON in WGS 84 degrees.
        level: 2 kabupaten/kota, 3 kecamatan, 4 villages; None takes it from the codes.
        skip_unknown: leave out features whose code no region has.
        dry_run: check everything and write nothing.
    Raises FileRefused with all problems when the file cannot be used: then nothing has changed. In a platform scope.
    """
    # Here, because the processes that answer requests never need the geometry library.
    from app.province.maps.reading import NAMES, FileRefused, load, read_outlines
    from app.province.maps.shaping import drawings, shape_level

    document, content = load(path)
    names = {row.code: row.name for row in db.session.execute(select(Region.code, Region.name))}
    found = read_outlines(document, names.keys(), level, skip_unknown)
    shaped, covered = shape_level({one.code: one.geometry for one in found.outlines}, names, found.level)
    if covered:
        raise FileRefused(
            [f"{code}: the outlines of other {NAMES[found.level]} cover it wholly" for code in covered]
        )
    drawn = list(drawings(shaped, found.level))
    has = {one.code for one in shaped}
    provinces = {code[:2] for code in has}
    of_level = db.session.scalars(
        select(Region.code).where(Region.level == found.level, func.left(Region.code, 2).in_(provinces))
    )
    without = tuple(f"{code} {names[code]}" for code in sorted(set(of_level) - has))
    counted = select(func.count()).select_from(RegionBoundary).where(RegionBoundary.level == found.level)
    replaced = db.session.scalar(counted) or 0
    sizes = [(len(one.territory_code), len(one.body)) for one in drawn]
    largest = tuple(max((size for length, size in sizes if length == wanted), default=0) for wanted in (2, 5))
    done = Imported(
        found.level, len(shaped), replaced, len(drawn), tuple(found.rebuilt), tuple(found.skipped), without,
        (largest[0], largest[1]),
    )  # fmt: skip
    if dry_run:
        return done
    hold_maps()
    digest = hashlib.sha256(content).hexdigest()
    origin = Origin(f"{path.name} sha256:{digest}", now())
    _write(found.level, shaped, drawn, {one.code: origin for one in shaped})
    audit.record(
        "boundaries.imported",
        object_type="boundaries",
        object_id=found.level,
        summary=path.name,
        details={"level": found.level, "outlines": len(shaped), "replaced": replaced, "sha256": digest},
    )
    db.session.commit()
    return done


def redraw_level(level: int, outlines: Mapping[str, Outline], names: Mapping[str, str]) -> int:
    """Replace the outlines of a level and its map data by kept ones, in the open transaction; return how many.

    Args:
        level: 2 kabupaten/kota, 3 kecamatan, 4 villages.
        outlines: by code, of any level.
        names: what the regions are called.
    Raises FileRefused when they cannot be fitted together.
    """
    from app.province.maps.shaping import drawings, reshaped, shape_level

    own = {code: one for code, one in outlines.items() if code.count(".") == level - 1}
    if not own:
        _write(level, [], [], {})
        return 0
    geometries = {code: one.geometry for code, one in own.items()}
    shaped = (
        reshaped(geometries, names, level) if level == VILLAGES else shape_level(geometries, names, level)[0]
    )
    _write(level, shaped, list(drawings(shaped, level)), {code: one.origin for code, one in own.items()})
    return len(shaped)


def hold_maps() -> None:
    """Let nobody else write outlines until the open transaction ends; who looks at a map is not held up."""
    db.session.execute(text("LOCK TABLE platform.region_map IN EXCLUSIVE MODE"))


def kept_outlines() -> dict[str, Outline]:
    """All outlines by code."""
    import shapely

    return {
        row.code: Outline(shapely.from_wkb(row.outline), Origin(row.source, row.imported_at))
        for row in db.session.scalars(select(RegionBoundary))
    }


def _write(
    level: int, shaped: Sequence[Shaped], drawn: Sequence[Drawing], origins: Mapping[str, Origin]
) -> None:
    """Replace what is kept of a level, in the open transaction."""
    db.session.execute(delete(RegionBoundary).where(RegionBoundary.level == level))
    db.session.execute(delete(RegionMap).where(RegionMap.level == level))
    rows = []
    for one in shaped:
        west, south, east, north = one.outline.bounds
        rows.append(
            {
                "code": one.code, "parent_code": one.code.rpartition(".")[0], "level": level, "name": one.name,
                "outline": one.outline.wkb, "west": west, "south": south, "east": east, "north": north,
                "source": origins[one.code].source, "imported_at": origins[one.code].imported_at,
            }
        )  # fmt: skip
    maps = [
        {
            "territory_code": one.territory_code, "level": one.level, "stamp": one.stamp, "places": one.places,
            "body": one.body,
        }
        for one in drawn
    ]  # fmt: skip
    if rows:
        db.session.execute(insert(RegionBoundary), rows)
        db.session.execute(insert(RegionMap), maps)


def has_boundaries(territory_code: str, level: int) -> bool:
    """Whether an operator has imported outlines of a level within a territory (one select, once a request)."""
    return map_stamp(territory_code, level) is not None


def map_stamp(territory_code: str, level: int) -> str | None:
    """The stamp of a territory's map data, which changes with them; None when there are none."""
    kept: dict[tuple[str, int], str | None] = g.setdefault("map_stamps", {}) if has_request_context() else {}
    key = (territory_code, level)
    if key not in kept:
        kept[key] = db.session.scalar(
            select(RegionMap.stamp).where(
                RegionMap.territory_code == territory_code, RegionMap.level == level
            )
        )
    return kept[key]


def map_body(territory_code: str, level: int) -> tuple[str, bytes] | None:
    """A territory's map data: their stamp, and GeoJSON compressed with Brotli; None when there are none."""
    row = db.session.execute(
        select(RegionMap.stamp, RegionMap.body).where(
            RegionMap.territory_code == territory_code, RegionMap.level == level
        )
    ).one_or_none()
    return (row.stamp, row.body) if row else None
