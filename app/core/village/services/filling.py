"""Filling a new village with content that is known already (a demo, a move from another system)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from app.core.regions.words import Words
from app.core.village import queries
from app.core.village.hours import OpeningHours
from app.core.village.models import Official, SubArea
from app.core.village.services.officials import add_official
from app.core.village.services.profile import (
    Upload,
    change_hours,
    change_identity,
    change_look,
    tick_step,
)
from app.core.village.services.registry import change_words
from app.core.village.services.sub_areas import add_sub_areas
from app.extensions import db
from tenants.scope import current_tenant


@dataclass(frozen=True, slots=True)
class Person:
    """An official to be: name, office, title (empty: the village's own word) and for whose name they sign."""

    name: str
    position: str
    title: str = ""
    signs_for: str = ""
    fields: dict[str, Any] = field(default_factory=dict)
    photo: Upload | None = None


@dataclass(frozen=True, slots=True)
class VillageContent:
    """What a village says of itself. `areas` maps a sub-area's name to how many RT lie in it."""

    identity: dict[str, Any]
    officials: Sequence[Person] = ()
    areas: dict[str, int] = field(default_factory=dict)
    hours: OpeningHours | None = None
    accent: str = ""
    logo: Upload | None = None


def fill_village(content: VillageContent) -> bool:
    """Write the content of the present village unless it has some already; return whether anything was written.

    Goes through the same services as people do, so all rules hold; safe to run again after it was interrupted.
    """
    fresh = not queries.profile().address
    db.session.rollback()
    if fresh:
        change_identity(content.identity)
        change_look({"accent": content.accent, "letterhead_lines": []}, logo=content.logo)
        if content.hours is not None:
            change_hours(content.hours)
        tenant = current_tenant()
        change_words(
            Words(tenant.term, *(tenant.word(key) for key in ("head", "secretary", "council", "sub_area")))
        )
        tick_step("capabilities")
    return _fill_officials(content.officials) | _fill_areas(content.areas) | fresh


def _fill_officials(people: Sequence[Person]) -> bool:
    if db.session.scalar(select(Official.id).limit(1)) is not None:
        db.session.rollback()
        return False
    by_name: dict[str, Official] = {}
    for person in people:
        principal = by_name.get(person.signs_for)
        values = {
            "is_public": True, **person.fields, "name": person.name, "title": person.title,
            "position": person.position, "signs_for_id": principal.id if principal else None,
        }  # fmt: skip
        by_name[person.name] = add_official(values, person.photo)
    return bool(by_name)


def _fill_areas(areas: dict[str, int]) -> bool:
    if db.session.scalar(select(SubArea.id).limit(1)) is not None or not areas:
        db.session.rollback()
        return False
    add_sub_areas("sub_area", None, list(areas))
    ids = {area.name: area.id for area in queries.sub_areas()}
    db.session.rollback()
    number = 0
    for name, count in areas.items():
        add_sub_areas("rt", ids[name], [f"{number + n + 1:03d}" for n in range(count)])
        number += count
    return True
