"""Regions as the province's people hold them: of the account, never of the request."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from flask import abort
from sqlalchemy import ColumnElement, and_, false, select

from app.core import audit
from app.core.accounts.places import level_of, region_contains, region_name, spoken
from app.core.actors import acting
from app.core.regions.models import Region
from app.extensions import db
from tenants.models import TenantRow
from tenants.scope import platform_scope

PROVINCE, REGENCY, DISTRICT = 1, 2, 3

__all__ = [
    "DISTRICT", "PROVINCE", "REGENCY", "Territory", "frame_name", "frame_names", "level_of", "own_territory",
    "refuse_region", "region_contains", "regions_offered", "seen_territory", "standing_in", "territory", "within",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Territory:
    """A province, kabupaten/kota or kecamatan: the whole of what somebody sees, or a part of it."""

    code: str
    name: str

    @property
    def level(self) -> int:
        """1 for a province, 2 for a kabupaten/kota, 3 for a kecamatan."""
        return level_of(self.code)


def within(region_code: str | None) -> ColumnElement[bool]:
    """The condition that a village lies in a region; no region means no village."""
    if not region_code:
        return false()
    if level_of(region_code) == REGENCY:
        return TenantRow.regency_code == region_code
    if level_of(region_code) == DISTRICT:
        return TenantRow.district_code == region_code
    return TenantRow.code.startswith(f"{region_code}.", autoescape=True)


def standing_in(region_code: str | None) -> ColumnElement[bool]:
    """As `within`, without villages that were merged into another and are villages no more. One that left the platform
    stays a village of its region."""
    return and_(within(region_code), TenantRow.moved_to.is_(None))


def territory(code: str) -> Territory:
    """A region by its code with its name as people say it."""
    return Territory(code, frame_name(code))


CODE = re.compile(r"^\d{2}(\.\d{2}(\.\d{2})?)?$")


def own_territory() -> Territory:
    """The region of the account that is signed in on the province's host."""
    actor = acting()
    return territory(actor.region_code or "")


def seen_territory(code: str | None) -> Territory:
    """The region that a page was asked for by its code; the account's own when none was given.

    A region that does not exist, or that lies outside of the account's, is not found (404); typing another region's
    address is noted in the audit log. Inside a platform scope; commits such a note.
    """
    own = own_territory()
    if not code or code == own.code:
        return own
    known = (
        bool(CODE.match(code))
        and db.session.scalar(select(Region.code).where(Region.code == code)) is not None
    )
    if not known or not region_contains(own.code, code):
        if known:
            refuse_region(code)
        abort(404)
    return territory(code)


def regions_offered(within_region: Territory, chosen: Territory | None = None) -> list[tuple[str, str]]:
    """The region itself and those directly below it to choose from, as (code, name); a kecamatan has only itself.

    `chosen` is offered too where it lies further below. Inside a platform scope, one select.
    """
    offered = [(within_region.code, within_region.name)]
    if within_region.level < DISTRICT:
        query = select(Region.code, Region.name, Region.level).where(Region.parent_code == within_region.code)
        below = db.session.execute(query.order_by(Region.code))
        offered += [(code, spoken(name, level)) for code, name, level in below]
    if chosen is not None and chosen.code not in dict(offered):
        offered.append((chosen.code, chosen.name))
    return offered


def refuse_region(code: str) -> None:
    """Note in the audit log that somebody asked for a region or village outside of the own one. Commits."""
    audit.record("region.refused", object_type="region", object_id=code, summary=code)
    db.session.commit()


def frame_names(codes: Iterable[str]) -> list[str]:
    """Names of regions in the order of their codes; what this process does not know yet is one select."""
    wanted = list(codes)
    unknown = [code for code in wanted if code not in _names]
    if unknown:
        query = select(Region.code, Region.name, Region.level).where(Region.code.in_(unknown))
        _names.update((code, spoken(name, level)) for code, name, level in db.session.execute(query))
    return [_names.get(code, code) for code in wanted]


_names: dict[str, str] = {}


def frame_name(code: str) -> str:
    """A region's name for the frame of pages, asked once in the life of a process (they change with a new law)."""
    if code not in _names:
        with platform_scope():
            _names[code] = region_name(code)
    return _names[code]
