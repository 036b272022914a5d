"""Places that people work in: one village, or the province's house for a region. Names, hosts, links."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import select

from app.core.accounts.loading import HeldRole, held_roles
from app.core.accounts.loading import region_contains as region_contains
from app.core.accounts.loading import role_label as role_label
from app.core.links import host_of, host_origin
from app.core.regions.models import Region
from app.extensions import db
from tenants.hosts import LABEL
from tenants.models import SERVED_STATES, TenantRow

DISTRICT = 3
LEVEL_NAMES = {1: "Provinsi", DISTRICT: "Kecamatan"}


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody works. `tenant_id` None is the province's house."""

    tenant_id: UUID | None
    name: str
    area: str
    host: str
    role_label: str = ""

    @property
    def origin(self) -> str:
        """`scheme://host[:port]`."""
        return host_origin(self.host)


def place_of(tenant_id: UUID | None) -> Place:
    """The place of a village's id, or the province's house (inside a platform scope)."""
    if tenant_id is None:
        return Place(None, str(_("Siger Provinsi")), "", str(current_app.config["BASE_HOST"]))
    row = db.session.scalars(select(TenantRow).where(TenantRow.id == tenant_id)).one()
    assert LABEL.match(row.slug)
    area = f"Kecamatan {row.district_name}, {row.regency_name}"
    return Place(tenant_id, f"{row.term} {row.name}", area, host_of(row))


def places_of(account_id: UUID) -> list[Place]:
    """Where an account works and may go, villages by name after the province (inside a platform scope)."""
    labels: dict[UUID | None, list[HeldRole]] = {}
    regions: list[str] = []
    for held in held_roles(account_id):
        labels.setdefault(held.tenant_id, []).append(held)
        if held.region_code:
            regions.append(held.region_code)
    found: list[Place] = []
    if None in labels:
        above = place_of(None)
        region = region_name(min(regions, key=len))
        found.append(Place(None, above.name, region, above.host, ", ".join(h.label for h in labels[None])))
    ids = [tenant_id for tenant_id in labels if tenant_id is not None]
    rows = db.session.scalars(
        select(TenantRow)
        .where(TenantRow.id.in_(ids), TenantRow.state.in_([s.value for s in SERVED_STATES]))
        .order_by(TenantRow.name, TenantRow.code)
    )
    for row in rows:
        area = f"Kecamatan {row.district_name}, {row.regency_name}"
        label = ", ".join(h.spoken(row.words) for h in labels[row.id])
        found.append(Place(row.id, f"{row.term} {row.name}", area, host_of(row), label))
    return found


def region_name(code: str) -> str:
    """A region as people say it: "Provinsi Lampung", "Kabupaten Tanggamus", "Kecamatan Gisting"."""
    row = db.session.execute(select(Region.name, Region.level).where(Region.code == code)).one_or_none()
    if row is None:
        return code
    return spoken(row.name, row.level)


def spoken(name: str, level: int) -> str:
    """A region's name with its word; kabupaten and kota carry theirs in the register already."""
    return f"{LEVEL_NAMES[level]} {name}" if level in LEVEL_NAMES else name


def office_at(name: str, level: int) -> str:
    """The office of a region by its spoken name: `Dinas PMD Kabupaten Tanggamus`, `kantor Kecamatan Gisting`."""
    if level == DISTRICT:
        return str(_("kantor %(district)s", district=name))
    return str(_("Dinas PMD %(region)s", region=name))


def level_of(code: str) -> int:
    """1 for a province (`18`), 2 for a kabupaten/kota, 3 for a kecamatan."""
    return code.count(".") + 1
