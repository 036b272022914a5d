"""Reading what a village says of itself. Each function is one select, run inside the village's scope."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Date, Row, Select, and_, bindparam, case, func, literal, or_, select
from sqlalchemy.dialects.postgresql import JSONB, aggregate_order_by
from sqlalchemy.orm import aliased

from app.core.files.services import file_path
from app.core.privacy.models import VillageState
from app.core.ui.formats import ZONE, initials
from app.core.village.models import HANDED_OVER, HOURS, Official, SubArea, VillageProfile
from app.extensions import db


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
        return initials(self.name)


@dataclass(frozen=True, slots=True)
class Front:
    """What the front page needs: the profile, links to images, officials in office, and how many areas there are.

    The profile's opening hours are those that may be told (see `VillageProfile.told_hours`).
    """

    profile: Row[Any]
    logo_url: str | None
    sub_areas: int
    neighbourhoods: int
    officials: list[PublicOfficial]
    cover_url: str | None = None


def in_office(today: Any) -> Any:
    """The condition that an official's period holds on `today` (a date or parameter); undated it always does."""
    return and_(
        or_(Official.period_from.is_(None), Official.period_from <= today),
        or_(Official.period_until.is_(None), Official.period_until >= today),
    )


def _front_select() -> Select[Any]:
    """One select over three tables and no join: planning it costs more than running it, and so does each round trip."""
    profile, official, area = (model.__table__ for model in (VillageProfile, Official, SubArea))
    person = func.json_build_array(
        official.c.name, official.c.title, official.c.position, official.c.photo_file_id
    )
    people = (
        select(func.json_agg(aggregate_order_by(person, official.c.sort_order, official.c.name)))
        .where(official.c.is_public, in_office(bindparam("today", type_=Date)))
        .scalar_subquery()
    )
    areas = (
        select(
            func.json_build_array(
                func.count().filter(area.c.kind == "sub_area"), func.count().filter(area.c.kind == "rt")
            )
        )
        .select_from(area)
        .where(area.c.sort_order < HANDED_OVER)
        .scalar_subquery()
    )
    cover = select(VillageState.settings["options.look"]["cover"].astext).limit(1).scalar_subquery()
    names = (
        "motto", "about", "address", "postal_code", "phone", "whatsapp", "email", "latitude", "longitude",
        "accent", "logo_file_id",
    )  # fmt: skip
    told = case((profile.c.steps_done.contains([HOURS]), profile.c.opening_hours), else_=literal({}, JSONB))
    shown = (told.label("opening_hours"), people.label("people"), areas.label("areas"), cover.label("cover"))
    return select(*(profile.c[name] for name in names), *shown).limit(1)


_FRONT = _front_select()


def front(today: dt.date) -> Front:
    """All that the front page shows on `today`, in one select; officials stand in the village's own order."""
    row = db.session.execute(_FRONT, {"today": today}).one()
    officials = [
        PublicOfficial(name, title, position, photo_path(photo))
        for name, title, position, photo in row.people or ()
    ]
    sub_areas, neighbourhoods = row.areas
    return Front(
        row, photo_path(row.logo_file_id), sub_areas, neighbourhoods, officials, photo_path(row.cover or None)
    )


@dataclass(frozen=True, slots=True)
class Brand:
    """What the frame of every page of a village shows beside its name."""

    logo_url: str | None = None
    accent: str = ""


_BRAND = select(VillageProfile.accent, VillageProfile.logo_file_id).limit(1)


def brand() -> Brand:
    """Logo and colour in one select."""
    row = db.session.execute(_BRAND).first()
    return Brand(photo_path(row.logo_file_id), row.accent) if row else Brand()


def photo_path(file_id: uuid.UUID | str | None) -> str | None:
    """The path of an image's small rendering, or None where there is no image."""
    return file_path(file_id, small=True) if file_id else None


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
        select(Official, principal.name)
        .outerjoin(principal, principal.id == Official.signs_for_id)
        .order_by(Official.sort_order, Official.name)
    )
    now = today()
    return [
        OfficialLine(
            official,
            photo_path(official.photo_file_id),
            principal_name,
            (official.period_from is None or official.period_from <= now)
            and (official.period_until is None or official.period_until >= now),
        )
        for official, principal_name in db.session.execute(query)
    ]


def find_official(official_id: uuid.UUID) -> Official | None:
    """One official of the present village."""
    return db.session.get(Official, official_id)


@dataclass(frozen=True, slots=True)
class Removal:
    """What the removal of an official breaks: who signs in their name, and whether a head in office remains."""

    signers: list[str]
    is_only_head: bool


def removal_of(official: Official) -> Removal:
    """What would be missed if this official were removed."""
    lines = official_lines()
    signers = [line.official.name for line in lines if line.official.signs_for_id == official.id]
    heads = [line.official.id for line in lines if line.official.position == "head" and line.is_in_office]
    return Removal(signers, heads == [official.id])


def sub_areas() -> list[SubArea]:
    """All sub-areas, those that are gone too, parents before nothing in particular: callers build the tree."""
    query = select(SubArea).order_by(SubArea.sort_order, func.length(SubArea.name), SubArea.name)
    return list(db.session.scalars(query))


def standing_sub_areas() -> list[SubArea]:
    """The sub-areas that the village has now, without those that went over to another one."""
    return [area for area in sub_areas() if not area.is_gone]


def find_sub_area(sub_area_id: uuid.UUID) -> SubArea | None:
    """One sub-area of the present village."""
    return db.session.get(SubArea, sub_area_id)


def today() -> dt.date:
    """The present day in the province."""
    return dt.datetime.now(ZONE).date()
