"""Where a village is, and how far a phone or a photo says it was from there. What phones and photos say is no proof."""

from __future__ import annotations

import math
import uuid

from sqlalchemy import select

from app.core.accounts.scoping import platform_rows
from app.core.village.models import VillageProfile
from app.extensions import db
from app.province.maps.models import RegionBoundary
from tenants.errors import NotProvisioned, UnknownTenant
from tenants.models import TenantRow
from tenants.registry import load_tenant
from tenants.scope import tenant_scope

EARTH_KM = 6371.0
FAR_KM = 10.0
"""From here on a page says plainly that a photo or phone was elsewhere: a large village is some kilometres wide."""

Point = tuple[float, float]
"""Latitude and longitude in degrees (WGS 84)."""


def kilometres_between(one: Point, other: Point) -> float:
    """The distance of two points along the ground, to a tenth of a kilometre (haversine on a sphere)."""
    (lat1, lon1), (lat2, lon2) = ([math.radians(part) for part in point] for point in (one, other))
    half = (
        math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    )
    return round(2 * EARTH_KM * math.asin(min(1.0, math.sqrt(half))), 1)


def distance(point: Point | None, village: Point | None) -> float | None:
    """Kilometres from a point to the village's; None where one of both is not known."""
    return kilometres_between(point, village) if point and village else None


def village_point(tenant_id: uuid.UUID) -> Point | None:
    """The point that a village tells everybody on its public page, else the middle of its outline on the map.

    Enters the village's scope for one select, so no transaction may be open; None where neither is known.
    """
    try:
        village = load_tenant(tenant_id)
        with tenant_scope(village):
            row = db.session.execute(
                select(VillageProfile.latitude, VillageProfile.longitude).limit(1)
            ).first()
        if row is not None and row.latitude is not None and row.longitude is not None:
            return row.latitude, row.longitude
    except (NotProvisioned, UnknownTenant):
        pass
    return _middle(tenant_id)


def _middle(tenant_id: uuid.UUID) -> Point | None:
    query = (
        select(RegionBoundary.south, RegionBoundary.north, RegionBoundary.west, RegionBoundary.east)
        .join(TenantRow, TenantRow.code == RegionBoundary.code)
        .where(TenantRow.id == tenant_id)
    )
    with platform_rows():
        row = db.session.execute(query).one_or_none()
        db.session.commit()
    return ((row.south + row.north) / 2, (row.west + row.east) / 2) if row is not None else None
