"""One letter in the morning of what rules opened in the night, for each mentor and officer whose cases these are."""

from __future__ import annotations

import uuid
from collections.abc import Collection

from sqlalchemy import select

from app.core.accounts.models import Account, Membership
from app.core.links import province_url
from app.core.mail import Letter, send_later, writes_letter
from app.core.ui.formats import ZONE
from app.extensions import db
from app.province.mentoring.cases import people, waiting
from app.province.mentoring.cases.models import MentoringCase
from app.province.officers import offices_of
from tenants.ids import uuid7
from tenants.models import TenantRow, now

LETTER = "mentoring.digest"


def ask_for(case_ids: Collection[uuid.UUID]) -> None:
    """Ask in the open transaction for a letter to everybody whom these new cases wait for."""
    query = (
        select(MentoringCase, TenantRow)
        .join(TenantRow, TenantRow.id == MentoringCase.tenant_id)
        .where(MentoringCase.id.in_(case_ids))
    )
    rows = db.session.execute(query).all()
    mentors = {case.mentor_id for case, _village in rows if case.mentor_id is not None}
    offices = {offices_of(village)[case.level] for case, village in rows if case.mentor_id is None}
    told = [one for one in map(people.mentor_account, sorted(mentors)) if one is not None]
    told += [officer for there in people.officers_at(offices).values() for officer in there]
    night = uuid7()
    for helper in told:
        send_later(LETTER, helper.account_id, occasion=night)
    waiting.refresh(told)


@writes_letter(LETTER)
def letter_of_the_night(account_id: uuid.UUID, _place: uuid.UUID | None, occasion: str) -> Letter | None:
    """How many cases wait, with the way there; None for a closed account, or where nothing waits any more."""
    account = db.session.get(Account, account_id)
    if account is None or not account.is_active:
        return None
    found = people.mentor_account(account_id) or _officer(account_id)
    count = waiting.count_for(found) if found else 0
    if not count:
        return None
    text = (
        f"Yth. {account.name},\n\nAturan pendampingan membuka kasus baru malam ini. {count} kasus menunggu Anda.\n\n"
        f"Buka di Siger (perlu masuk):\n{province_url('mentoring.index')}\n"
    )
    subject = f"{count} kasus pendampingan menunggu, {now().astimezone(ZONE):%d-%m-%Y}"
    return Letter(account.email, subject, text, f"mentoring-{occasion}-{account_id}")


def _officer(account_id: uuid.UUID) -> people.Helper | None:
    office = select(Membership.region_code).where(
        Membership.account_id == account_id, Membership.region_code.is_not(None)
    )
    code = db.session.scalar(office)
    there = people.officers_at([code]).get(code, []) if code else []
    return next((one for one in there if one.account_id == account_id), None)
