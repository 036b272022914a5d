"""Which office decides on a village's application, who works there, and which one has decided."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select

from app.core.accounts.places import office_at, spoken
from app.extensions import db
from app.province.officers import Officer, officers_at, offices_of
from app.province.onboarding.applications import events
from app.province.onboarding.applications.models import Application, ApplicationEvent, ApprovalRule
from app.province.regions import DISTRICT, PROVINCE, REGENCY, frame_name, level_of
from tenants.models import TenantRow

DECIDE = "onboarding.decide"
OFFICE = "office"
"""The key of the dated step that keeps the office of whoever decided, by its region's code."""


def deciders_at(region_codes: Collection[str]) -> dict[str, list[Officer]]:
    """Who decides at these offices, by office (one select)."""
    return officers_at(region_codes, DECIDE)


def deciding_level(row: TenantRow) -> int:
    """The lowest level that may decide on a village: 1 the province alone, 2 kabupaten (unless set), 3 kecamatan."""
    query = select(ApprovalRule.level).where(ApprovalRule.region_code == row.regency_code)
    return db.session.scalar(query) or REGENCY


def staffed_level(offices: dict[int, str], level: int, staffed: Collection[str]) -> int:
    """The level that really decides: from the one that is set up, the first with somebody; `level` where none has."""
    return next((one for one in range(level, 0, -1) if offices[one] in staffed), level)


def deciders_on(row: TenantRow) -> list[Officer]:
    """Who decides on a village's application: the office that is set, or the next above that has somebody."""
    offices = offices_of(row)
    there = deciders_at(offices.values())
    return there.get(offices[staffed_level(offices, deciding_level(row), there)], [])


def office_name(row: TenantRow) -> str:
    """The office that really decides on a village's application: `Dinas PMD Kabupaten Tanggamus` (two selects)."""
    offices = offices_of(row)
    return name_at(row, staffed_level(offices, deciding_level(row), deciders_at(offices.values())))


def name_at(row: TenantRow, level: int) -> str:
    """The office above a village at a level, as people say it."""
    names = {
        PROVINCE: frame_name(row.code[:2]),
        REGENCY: row.regency_name,
        DISTRICT: spoken(row.district_name, DISTRICT),
    }
    return office_at(names[level], level)


def regency_office(row: TenantRow) -> str:
    """The office of a village's kabupaten, whom people ask when something does not go on."""
    return name_at(row, REGENCY)


def note_office(application: Application, region_code: str) -> None:
    """Keep in the open transaction the office of whoever decides on an application now."""
    events.note(application, "note", OFFICE, note=region_code)


def decided_in(application: Application) -> str:
    """The region of the office that decided last (one select); empty where that was not kept."""
    query = (
        select(ApplicationEvent.note)
        .where(ApplicationEvent.application_id == application.id)
        .where(ApplicationEvent.kind == "note", ApplicationEvent.key == OFFICE)
        .order_by(ApplicationEvent.at.desc(), ApplicationEvent.id.desc())
    )
    return db.session.scalar(query.limit(1)) or ""


def decided_office(application: Application, row: TenantRow) -> str:
    """The office that decided last; the one that decides now where that was not kept."""
    code = decided_in(application)
    return name_at(row, level_of(code)) if code else office_name(row)
