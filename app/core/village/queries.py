"""Reading what a village says of itself. Each function is one select, run inside the village's scope."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Date, Row, and_, bindparam, func, or_, select
from sqlalchemy.orm import aliased

from app.core.files.services import file_path
from app.core.ui.formats import ZONE
from app.core.village.models import Official, SubArea, VillageProfile
from app.extensions import db
from tenants.models import TenantFile

_logo = aliased(TenantFile, name="logo")
_letterhead = aliased(TenantFile, name="letterhead")


@dataclass(frozen=True, slots=True)
class PublicOfficial:
    """An official as everybody sees them."""

    name: str
    title: str
    position: str
    photo_url: str | None

    @property
    def initials(self) -> str:
        """Up to two letters for where no photo is."""
        words = [w for w in self.name.replace(".", " ").split() if w[:1].isalpha() and len(w) > 2]
        return "".join(w[0] for w in (words or self.name.split())[:2]).upper()


@dataclass(frozen=True, slots=True)
class Front:
    """The profile as pages need it, with links to its images and the number of areas of each kind below it."""

    profile: Row[Any]
    logo_url: str | None
    sub_areas: int
    neighbourhoods: int


# Selects of public pages are built once: putting one together costs as much as running it.
_FRONT = (
    select(
        VillageProfile.motto,
        VillageProfile.about,
        VillageProfile.address,
        VillageProfile.postal_code,
        VillageProfile.phone,
        VillageProfile.whatsapp,
        VillageProfile.email,
        VillageProfile.latitude,
        VillageProfile.longitude,
        VillageProfile.opening_hours,
        VillageProfile.accent,
        _logo.id.label("logo_id"),
        _logo.sha256.label("logo_sha256"),
        select(func.count())
        .select_from(SubArea)
        .where(SubArea.kind == "sub_area")
        .scalar_subquery()
        .label("areas"),
        select(func.count()).select_from(SubArea).where(SubArea.kind == "rt").scalar_subquery().label("rts"),
    )
    .outerjoin(_logo, _logo.id == VillageProfile.logo_file_id)
    .limit(1)
)


def front() -> Front:
    """The profile, its logo and the counts of sub-areas in one select."""
    row = db.session.execute(_FRONT).one()
    logo_url = file_path(row.logo_id, row.logo_sha256, small=True) if row.logo_id else None
    return Front(row, logo_url, row.areas, row.rts)


@dataclass(frozen=True, slots=True)
class Brand:
    """What the frame of every page of a village shows beside its name."""

    logo_url: str | None = None
    accent: str = ""


_BRAND = (
    select(VillageProfile.accent, _logo.id, _logo.sha256)
    .outerjoin(_logo, _logo.id == VillageProfile.logo_file_id)
    .limit(1)
)


def brand() -> Brand:
    """Logo and colour in one select."""
    row = db.session.execute(_BRAND).first()
    if row is None:
        return Brand()
    return Brand(file_path(row.id, row.sha256, small=True) if row.id else None, row.accent)


def in_office(today: Any) -> Any:
    """The condition that an official's period holds on `today` (a date or parameter); undated it always does."""
    return and_(
        or_(Official.period_from.is_(None), Official.period_from <= today),
        or_(Official.period_until.is_(None), Official.period_until >= today),
    )


_PUBLIC_OFFICIALS = (
    select(Official.name, Official.title, Official.position, TenantFile.id, TenantFile.sha256)
    .outerjoin(TenantFile, TenantFile.id == Official.photo_file_id)
    .where(Official.is_public, in_office(bindparam("today", type_=Date)))
    .order_by(Official.sort_order, Official.name)
    .limit(60)
)


def public_officials(today: dt.date) -> list[PublicOfficial]:
    """Officials in office on `today` who are shown to everybody, in the village's own order."""
    return [
        PublicOfficial(
            row.name, row.title, row.position, file_path(row.id, row.sha256, small=True) if row.id else None
        )
        for row in db.session.execute(_PUBLIC_OFFICIALS, {"today": today})
    ]


def profile() -> VillageProfile:
    """The one row of the village's settings."""
    return db.session.scalars(select(VillageProfile).limit(1)).one()


def profile_for_change() -> VillageProfile:
    """The same row, held against other writers until the transaction ends."""
    return db.session.scalars(select(VillageProfile).limit(1).with_for_update()).one()


@dataclass(frozen=True, slots=True)
class OfficialLine:
    """An official in the staff's list."""

    official: Official
    photo_url: str | None
    signs_for: str | None
    is_in_office: bool


def official_lines() -> list[OfficialLine]:
    """All officials in the village's own order, with photo and for whom they sign, in one select."""
    principal = aliased(Official, name="principal")
    query = (
        select(Official, TenantFile.id, TenantFile.sha256, principal.name)
        .outerjoin(TenantFile, TenantFile.id == Official.photo_file_id)
        .outerjoin(principal, principal.id == Official.signs_for_id)
        .order_by(Official.sort_order, Official.name)
    )
    now = today()
    return [
        OfficialLine(
            official,
            file_path(file_id, sha, small=True) if file_id else None,
            principal_name,
            (official.period_from is None or official.period_from <= now)
            and (official.period_until is None or official.period_until >= now),
        )
        for official, file_id, sha, principal_name in db.session.execute(query)
    ]


def find_official(official_id: uuid.UUID) -> Official | None:
    """One official of the present village."""
    return db.session.get(Official, official_id)


def file_link(file_id: uuid.UUID | None, *, small: bool = False) -> str | None:
    """The path of one of the village's files, or None."""
    row = db.session.get(TenantFile, file_id) if file_id else None
    return file_path(row.id, row.sha256, small=small) if row else None


def sub_areas() -> list[SubArea]:
    """All sub-areas, parents before nothing in particular: callers build the tree."""
    query = select(SubArea).order_by(SubArea.sort_order, func.length(SubArea.name), SubArea.name)
    return list(db.session.scalars(query))


def find_sub_area(sub_area_id: uuid.UUID) -> SubArea | None:
    """One sub-area of the present village."""
    return db.session.get(SubArea, sub_area_id)


def today() -> dt.date:
    """The present day in the province."""
    return dt.datetime.now(ZONE).date()
