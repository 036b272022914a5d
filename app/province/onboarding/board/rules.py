"""Who decides on the applications of a kabupaten: the province alone, the kabupaten, or its kecamatan too.

The province may always decide, and an office above the one that is set as well.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app.core import audit
from app.core.accounts.places import office_at
from app.core.actors import Actor
from app.core.regions.models import Region
from app.extensions import db
from app.province.onboarding.applications.models import ApprovalRule
from app.province.onboarding.applications.offices import DECIDE, deciders_at, deciding_level, office_name
from app.province.regions import DISTRICT, PROVINCE, REGENCY, frame_name, level_of, region_contains
from tenants.models import TenantRow, now

LEVELS = (PROVINCE, REGENCY, DISTRICT)


class NotYours(Exception):
    """Another office decides; the message is a sentence that says which."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A kabupaten with who decides on its applications; `changed_at` None: nobody has set it.

    `is_empty`: nobody decides at the office that is set (or in none of its kecamatan), so the office above does,
    `stands_in` (empty: nobody is there either). `empty_districts`: in so many of its kecamatan nobody decides.
    """

    code: str
    name: str
    level: int
    changed_by: str
    changed_at: object
    is_empty: bool = False
    stands_in: str = ""
    empty_districts: int = 0


def may_decide(actor: Actor, row: TenantRow, level: int) -> bool:
    """Whether an officer decides on a village's applications where `level` is set for its kabupaten."""
    return office_may_decide(decides_for(actor), row, level)


def decides_for(actor: Actor) -> str:
    """The region for whose office somebody decides; empty for whoever does not decide at all."""
    return (actor.region_code or "") if actor.may(DECIDE) else ""


def office_may_decide(region_code: str, row: TenantRow, level: int) -> bool:
    """As `may_decide`, by what `decides_for` said."""
    inside = bool(region_code) and region_contains(region_code, row.code)
    return inside and level_of(region_code) <= max(PROVINCE, level)


def refuse_unless_yours(actor: Actor, row: TenantRow) -> None:
    """Raise NotYours, with the sentence that says who decides, for an officer who does not decide on this village."""
    if not may_decide(actor, row, deciding_level(row)):
        raise NotYours(
            _("Pendaftaran %(village)s diputuskan oleh %(office)s.",
              village=f"{row.term} {row.name}", office=office_name(row))
        )  # fmt: skip


def rules_within(region_code: str) -> list[Rule]:
    """The kabupaten/kota of a region with who decides there, by code (three selects)."""
    query = (
        select(Region.code, Region.name, ApprovalRule.level, ApprovalRule.changed_by, ApprovalRule.changed_at)
        .outerjoin(ApprovalRule, ApprovalRule.region_code == Region.code)
        .where(Region.level == REGENCY)
        .where(
            Region.parent_code == region_code
            if level_of(region_code) == PROVINCE
            else Region.code == region_code
        )
        .order_by(Region.code)
    )
    found = [
        Rule(code, name, level or REGENCY, by or "", at)
        for code, name, level, by, at in db.session.execute(query)
    ]
    shared = [one.code for one in found if one.level == DISTRICT]
    below: dict[str, list[str]] = {}
    for code in db.session.scalars(select(Region.code).where(Region.parent_code.in_(shared))):
        below.setdefault(code.rpartition(".")[0], []).append(code)
    above = region_code[:2]
    codes = [above, *(one.code for one in found), *(code for codes in below.values() for code in codes)]
    staffed = deciders_at(codes)
    return [_with_people(one, above, below.get(one.code, []), staffed) for one in found]


def _with_people(rule: Rule, province: str, districts: Sequence[str], staffed: Collection[str]) -> Rule:
    """A rule with who is missing at the offices that it names."""
    empty = sum(code not in staffed for code in districts)
    missing = {
        PROVINCE: province not in staffed,
        REGENCY: rule.code not in staffed,
        DISTRICT: empty == len(districts),
    }
    if not missing[rule.level]:
        return replace(rule, empty_districts=empty)
    stands_in = ""
    if rule.level == DISTRICT and rule.code in staffed:
        stands_in = office_at(rule.name, REGENCY)
    elif province in staffed:
        stands_in = office_at(frame_name(province), PROVINCE)
    return replace(rule, is_empty=True, stands_in=stands_in)


def offered(actor: Actor, present: int) -> tuple[int, ...]:
    """The levels that an officer may set where `present` holds.

    The province sets any. A kabupaten chooses between itself and its kecamatan, unless the province decides alone.
    """
    if level_of(actor.region_code or "") == PROVINCE:
        return LEVELS
    return () if present == PROVINCE else (REGENCY, DISTRICT)


def set_rule(region_code: str, level: int, *, by: Actor) -> bool:
    """Set who decides on a kabupaten's applications, and commit; False when it was so already.

    Raises NotYours where the province alone may set it (see `offered`), ValueError for a level that does not exist;
    whether the kabupaten is the officer's was decided before.
    """
    if level not in LEVELS:
        raise ValueError(level)
    known = db.session.get(ApprovalRule, region_code, populate_existing=True, with_for_update=True)
    before = known.level if known else REGENCY
    if level not in offered(by, before):
        db.session.rollback()
        raise NotYours(
            _(
                "“Provinsi saja” hanya diatur oleh provinsi. Minta provinsi mengubahnya untuk kabupaten/kota Anda."
            )
        )
    if before == level:
        db.session.rollback()
        return False
    values = {"level": level, "changed_by": by.name, "changed_at": now()}
    db.session.execute(
        insert(ApprovalRule)
        .values(region_code=region_code, **values)
        .on_conflict_do_update(index_elements=[ApprovalRule.region_code], set_=values)
    )
    audit.record(
        "application.rule_changed",
        object_type="region",
        object_id=region_code,
        summary=region_code,
        details=audit.changes({"level": before}, {"level": level}),
    )
    db.session.commit()
    return True
