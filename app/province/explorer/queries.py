"""What the explorer asks of the registry: one village, names of regions, versions of a definition. No figures."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from app.core.accounts.places import spoken
from app.core.indicators.models import IndicatorVersion
from app.core.regions.models import Region
from app.extensions import db
from app.province.regions import DISTRICT, within
from tenants.models import TenantRow

_names: dict[str, str] = {}


def village_within(region_code: str, code: str) -> TenantRow | None:
    """A village by its code, None where it does not lie in the region (inside a platform scope; one select)."""
    query = select(TenantRow).where(within(region_code), TenantRow.code == code)
    return db.session.scalars(query).one_or_none()


def is_village(code: str) -> bool:
    """Whether a village of this code stands in the registry, wherever it lies (one select)."""
    return db.session.scalar(select(TenantRow.id).where(TenantRow.code == code)) is not None


def region_names() -> dict[str, str]:
    """Province, kabupaten/kota and kecamatan: code → name as people say it; read once in the life of a process."""
    if not _names:
        rows = db.session.execute(
            select(Region.code, Region.name, Region.level).where(Region.level <= DISTRICT)
        )
        _names.update({code: spoken(name, level) for code, name, level in rows})
    return _names


def versions(code: str) -> Sequence[IndicatorVersion]:
    """How an indicator was counted over time, oldest first (one select)."""
    query = (
        select(IndicatorVersion)
        .where(IndicatorVersion.code == code)
        .order_by(IndicatorVersion.holds_from, IndicatorVersion.version)
    )
    return db.session.scalars(query).all()
