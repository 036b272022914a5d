"""Regions as the province's people hold them: of the account, never of the request."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, false, select

from app.core.regions.models import Region
from app.extensions import db
from tenants.models import TenantRow

PROVINCE, REGENCY, DISTRICT = 1, 2, 3


@dataclass(frozen=True, slots=True)
class Territory:
    """A province, kabupaten/kota or kecamatan: the whole of what somebody sees, or a part of it."""

    code: str
    name: str
    level: int


def level_of(code: str) -> int:
    """1 for a province (`18`), 2 for a kabupaten/kota, 3 for a kecamatan, 4 for a village."""
    return code.count(".") + 1


def within(region_code: str | None) -> ColumnElement[bool]:
    """The condition that a village lies in a region; no region means no village."""
    if not region_code:
        return false()
    if level_of(region_code) == REGENCY:
        return TenantRow.regency_code == region_code
    if level_of(region_code) == DISTRICT:
        return TenantRow.district_code == region_code
    return TenantRow.code.startswith(f"{region_code}.", autoescape=True)


def contains(region_code: str | None, code: str) -> bool:
    """Whether the region or village `code` is the region itself or lies in it."""
    return bool(region_code) and (code == region_code or code.startswith(f"{region_code}."))


def territory(code: str) -> Territory | None:
    """A region by its code as people say it ("Kecamatan Gisting"), or None (inside a platform scope, one query)."""
    row = db.session.execute(
        select(Region.name, Region.level, Region.kind).where(Region.code == code)
    ).one_or_none()
    return Territory(code, spoken(row.name, row.level), row.level) if row else None


def spoken(name: str, level: int) -> str:
    """A region's name as a screen says it; kabupaten and kota carry their word in the register already."""
    return {PROVINCE: f"Provinsi {name}", DISTRICT: f"Kecamatan {name}"}.get(level, name)
