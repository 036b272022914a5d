"""Boundaries go along with villages that get other codes or join another, until an operator imports newer ones.

The codes change in the transaction that changes them in the registry. What lies above is redrawn by a job: a
kecamatan or kabupaten that a village left loses its outline, the one that it came to gains it, and a new one is made
of what came.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import bindparam, exists, select

from app.core.regions.models import Region
from app.extensions import db
from app.province.maps.models import RegionBoundary
from app.province.maps.services import Origin, Outline, hold_maps, kept_outlines, redraw_level
from tenants import jobs
from tenants.models import TenantRow, now

FOLLOW = "maps.follow"
LEVELS = {8: 3, 5: 2}
"""Length of a code above villages → its level."""


def go_along(codes: Mapping[str, str], districts: Mapping[str, str] | None = None) -> None:
    """Give outlines the codes that their regions have from now on, in the open transaction, and have maps redrawn.

    Args:
        codes: villages, old code → new code that nobody had; the same twice where only the name is another.
        districts: kecamatan that go over whole, old code → new code.
    """
    hold_maps()
    if not db.session.scalar(select(exists().select_from(RegionBoundary))):
        return
    whole = dict(districts or {})
    _recode({old: new for old, new in {**codes, **whole}.items() if old != new})
    jobs.enqueue(FOLLOW, moves=[*codes.items()], districts=[*whole.items()])


def _recode(codes: Mapping[str, str]) -> None:
    has = db.session.scalars(select(RegionBoundary.code).where(RegionBoundary.code.in_(list(codes)))).all()
    if not has:
        return
    outlines = RegionBoundary.__table__
    moved = outlines.update().where(outlines.c.code == bindparam("old"))
    db.session.connection().execute(
        moved.values(code=bindparam("new"), parent_code=bindparam("above")),
        [{"old": old, "new": codes[old], "above": codes[old].rpartition(".")[0]} for old in has],
    )


@jobs.job(FOLLOW, queue="bulk", timeout=900, place="platform")
def follow(moves: Sequence[Sequence[str]], districts: Sequence[Sequence[str]] = ()) -> dict[str, int]:
    """Join outlines of villages that merged, let regions above follow what moved, redraw the maps. Safe to repeat.

    Args:
        moves: villages' old and new codes.
        districts: old and new codes of kecamatan that went over whole.
    """
    hold_maps()
    kept = kept_outlines()
    if not kept:
        return {}
    names = {row.code: row.name for row in db.session.execute(select(Region.code, Region.name))}
    _merge(kept)
    touched = {4}
    for old, new in _units(moves, districts, kept):
        for length in LEVELS:
            if old[:length] != new[:length] and len(new) > length:
                touched |= _move(kept, new, old[:length], new[:length])
    if districts:
        touched.add(3)
    _drop_empty(kept, names)
    drawn = {level: redraw_level(level, kept, names) for level in sorted(touched)}
    db.session.commit()
    return {f"level_{level}": count for level, count in drawn.items()}


def _units(
    moves: Sequence[Sequence[str]], districts: Sequence[Sequence[str]], kept: Mapping[str, Outline]
) -> list[tuple[str, str]]:
    """What moved, in the largest pieces that have an outline: kecamatan that went over whole, and other villages."""
    whole = {old: new for old, new in districts if new in kept}
    single = [(old, new) for old, new in moves if new in kept and whole.get(old[:8]) != new[:8]]
    return [*whole.items(), *single]


def _move(kept: dict[str, Outline], piece: str, source: str, target: str) -> set[int]:
    """Take a piece's outline from one region and give it to another; the levels that changed."""
    from app.province.maps.shaping import joined, without

    moved = kept[piece]
    if not any(len(code) == len(target) for code in kept):
        return set()
    if source in kept:
        kept[source].geometry = without(kept[source].geometry, moved.geometry)
    if target in kept:
        kept[target].geometry = joined([kept[target].geometry, moved.geometry])
    else:
        kept[target] = Outline(moved.geometry, Origin(moved.origin.source, now()))
    return {LEVELS[len(target)]}


def _merge(kept: dict[str, Outline]) -> None:
    """Villages that joined another are part of its outline."""
    from app.province.maps.shaping import joined

    query = select(TenantRow.code, TenantRow.slug, TenantRow.moved_to)
    rows = db.session.execute(query.where(TenantRow.moved_to.is_not(None))).all()
    gone = {row.slug: row.moved_to for row in rows}
    codes: dict[str, Any] = dict(
        db.session.execute(
            select(TenantRow.slug, TenantRow.code).where(TenantRow.slug.in_(set(gone.values())))
        ).all()
    )
    for row in rows:
        if row.code not in kept:
            continue
        slug = row.moved_to
        while slug in gone:
            slug = gone[slug]
        into = codes.get(slug)
        if into is not None:
            old = kept.pop(row.code)
            both = joined([kept[into].geometry, old.geometry]) if into in kept else old.geometry
            kept[into] = Outline(both, Origin(old.origin.source, now()))


def _drop_empty(kept: dict[str, Outline], names: Mapping[str, str]) -> None:
    """Regions that are no more, kecamatan without villages, and those of which nothing is left have no outline."""
    living = set(db.session.scalars(select(TenantRow.district_code).distinct()))
    for code, one in list(kept.items()):
        if code not in names or one.geometry.is_empty or (len(code) == 8 and code not in living):
            del kept[code]
