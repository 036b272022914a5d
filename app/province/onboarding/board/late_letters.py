"""The letter in the morning about applications that have become late: one to each officer, at most one a day.

An application is told once while it waits, to the office that decides and to those above it.
"""

from __future__ import annotations

import uuid

from flask_babel import force_locale, ngettext
from flask_babel import gettext as _
from sqlalchemy import exists, select

from app.core.accounts.models import Account, Membership
from app.core.links import province_url
from app.core.mail import Letter, send_later, writes_letter
from app.extensions import db
from app.province.officers import offices_of
from app.province.onboarding.applications import events, offices
from app.province.onboarding.applications.models import Application, ApplicationEvent, ApprovalRule
from app.province.onboarding.board.rules import office_may_decide
from app.province.onboarding.board.waiting_time import late_before, late_condition
from app.province.regions import REGENCY, within
from tenants import jobs, schedule
from tenants.ids import uuid7
from tenants.models import TenantRow

JOB = "onboarding.tell_late"
LETTER = "onboarding.late"
TOLD = "late"
"""The key of the dated step that says that offices were told."""


@jobs.job(JOB, place="platform")
def tell_late() -> None:
    """Ask for letters about what has become late since the last run, and note it on each application. Commits."""
    told = exists().where(
        ApplicationEvent.application_id == Application.id,
        ApplicationEvent.kind == "mail",
        ApplicationEvent.key == TOLD,
        ApplicationEvent.at >= Application.state_since,
    )
    query = (
        select(Application, TenantRow, ApprovalRule.level)
        .join(TenantRow, TenantRow.id == Application.tenant_id)
        .outerjoin(ApprovalRule, ApprovalRule.region_code == TenantRow.regency_code)
        .where(late_condition(late_before()), ~told)
        .with_for_update(of=Application, skip_locked=True)
    )
    found = db.session.execute(query).all()
    there = offices.deciders_at({code for _one, row, _level in found for code in offices_of(row).values()})
    accounts: dict[uuid.UUID, None] = {}
    for application, row, level in found:
        above = offices_of(row)
        lowest = offices.staffed_level(above, level or REGENCY, there)
        deciders = [one for at in range(lowest, 0, -1) for one in there.get(above[at], [])]
        if deciders:
            events.note(application, "mail", TOLD)
            accounts.update(dict.fromkeys(one.account_id for one in deciders))
    morning = uuid7()
    for account_id in accounts:
        send_later(LETTER, account_id, occasion=morning)
    db.session.commit()


@writes_letter(LETTER)
def letter_about_late(account_id: uuid.UUID, _place: uuid.UUID | None, occasion: str) -> Letter | None:
    """How many applications are late at an officer's office, with the way there; None where there are none any more."""
    office = select(Account, Membership.region_code).join(Membership, Membership.account_id == Account.id)
    found = db.session.execute(
        office.where(Account.id == account_id, Account.is_active, Membership.region_code.is_not(None))
    ).first()
    count = _late_in(found[1] or "") if found else 0
    if found is None or not count:
        return None
    account = found[0]
    with force_locale(account.locale):
        subject = ngettext("%(num)s pendaftaran desa terlambat", "%(num)s pendaftaran desa terlambat", count)
        text = _(
            "Yth. %(name)s,\n\n%(count)s pendaftaran desa di wilayah Anda menunggu keputusan lebih dari tiga hari "
            "kerja.\n\nBuka di Siger (perlu masuk):\n%(link)s\n",
            name=account.name,
            count=count,
            link=province_url("onboarding.listing", lihat="terlambat"),
        )
    return Letter(account.email, str(subject), str(text), f"onboarding-late-{occasion}-{account_id}")


def _late_in(region_code: str) -> int:
    """How many applications that the office of a region may decide on are late (one select)."""
    query = (
        select(TenantRow, ApprovalRule.level)
        .join(Application, Application.tenant_id == TenantRow.id)
        .outerjoin(ApprovalRule, ApprovalRule.region_code == TenantRow.regency_code)
        .where(late_condition(late_before()), within(region_code))
    )
    rows = db.session.execute(query).all()
    return sum(office_may_decide(region_code, row, level or REGENCY) for row, level in rows)


schedule.every("10 0 * * *", JOB)
