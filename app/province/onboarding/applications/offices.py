"""Which office decides on a village's application, as the applicant is told."""

from __future__ import annotations

from flask_babel import gettext as _
from sqlalchemy import select

from app.core.accounts.places import spoken
from app.extensions import db
from app.province.onboarding.applications.models import ApprovalRule
from app.province.regions import DISTRICT, PROVINCE, REGENCY, frame_name
from tenants.models import TenantRow


def deciding_level(row: TenantRow) -> int:
    """The lowest level that may decide on a village: 1 the province alone, 2 kabupaten (unless set), 3 kecamatan."""
    query = select(ApprovalRule.level).where(ApprovalRule.region_code == row.regency_code)
    return db.session.scalar(query) or REGENCY


def office_name(row: TenantRow) -> str:
    """The office that decides on a village's application, as people say it: `Dinas PMD Kabupaten Tanggamus`."""
    level = deciding_level(row)
    if level == DISTRICT:
        return str(_("kantor %(district)s", district=spoken(row.district_name, DISTRICT)))
    if level == PROVINCE:
        return str(_("Dinas PMD %(region)s", region=frame_name(row.code[:2])))
    return regency_office(row)


def regency_office(row: TenantRow) -> str:
    """The office of a village's kabupaten, whom people ask when something does not go on."""
    return str(_("Dinas PMD %(region)s", region=row.regency_name))
