"""Regions as the province's people hold them: of the account, never of the request."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, false

from app.core.accounts.places import level_of, region_contains, region_name
from tenants.models import TenantRow
from tenants.scope import platform_scope

PROVINCE, REGENCY, DISTRICT = 1, 2, 3

__all__ = [
    "DISTRICT", "PROVINCE", "REGENCY", "Territory", "frame_name", "level_of", "region_contains", "territory", "within",
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


def territory(code: str) -> Territory:
    """A region by its code with its name as people say it."""
    return Territory(code, frame_name(code))


_names: dict[str, str] = {}


def frame_name(code: str) -> str:
    """A region's name for the frame of pages, asked once in the life of a process (they change with a new law)."""
    if code not in _names:
        with platform_scope():
            _names[code] = region_name(code)
    return _names[code]
