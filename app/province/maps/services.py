"""Importing boundaries, and whether a territory has any."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from flask import g, has_request_context
from sqlalchemy import delete, func, insert, select

from app.core import audit
from app.core.regions.models import Region
from app.extensions import db
from app.province.maps.models import RegionBoundary, RegionMap
from tenants.models import now


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
    moment, digest = now(), hashlib.sha256(content).hexdigest()
    db.session.execute(delete(RegionBoundary).where(RegionBoundary.level == found.level))
    db.session.execute(delete(RegionMap).where(RegionMap.level == found.level))
    rows = []
    for one in shaped:
        west, south, east, north = one.outline.bounds
        rows.append(
            {
                "code": one.code, "parent_code": one.code.rpartition(".")[0], "level": found.level, "name": one.name,
                "outline": one.outline.wkb, "west": west, "south": south, "east": east, "north": north,
                "source": f"{path.name} sha256:{digest}", "imported_at": moment,
            }
        )  # fmt: skip
    db.session.execute(insert(RegionBoundary), rows)
    db.session.execute(
        insert(RegionMap),
        [
            {
                "territory_code": one.territory_code, "level": one.level, "stamp": one.stamp, "places": one.places,
                "body": one.body,
            }
            for one in drawn
        ],
    )  # fmt: skip
    audit.record(
        "boundaries.imported",
        object_type="boundaries",
        object_id=found.level,
        summary=path.name,
        details={"level": found.level, "outlines": len(shaped), "replaced": replaced, "sha256": digest},
    )
    db.session.commit()
    return done


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
