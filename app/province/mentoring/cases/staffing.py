"""Mentors as their office keeps them: what they can do, which villages they stand by, and handing over when one goes.

Every function runs inside a platform scope and commits, unless it says otherwise. No open case is left with somebody
who is no mentor any more: it goes to who follows, or to the lowest office that has officers, and both sides are told.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Select, delete, func, or_, select
from sqlalchemy.dialects.postgresql import insert

from app.core import audit
from app.core.accounts.models import Account, Membership
from app.core.actors import current_actor
from app.core.village.errors import ChangedMeanwhile, Invalid, Missing
from app.extensions import db
from app.province.announcements.services import Refused
from app.province.mentoring.cases import people, waiting
from app.province.mentoring.cases.deeds import add_entry
from app.province.mentoring.cases.mentors import ROLE, at_work
from app.province.mentoring.cases.models import Mentor, MentoringCase, MentorVillage
from app.province.mentoring.cases.telling import MOVED, tell_of_mentor, tell_programme, tell_village
from app.province.mentoring.cases.words import ENDED, SKILLS
from app.province.regions import level_of, region_contains, within
from tenants.models import TenantRow, now

LONGEST_ABOUT = 600
MOST_VILLAGES = 200
HOLD = "mentoring staffing"

PassingOn = Callable[[uuid.UUID, Collection[uuid.UUID] | None, people.Helper | None], None]
_passing_on: list[PassingOn] = []


def keep_profile(account_id: uuid.UUID, values: Mapping[str, Any], *, seen: int | None = None) -> Mentor:
    """Keep what a mentor can do and how to reach them; who has the role but no profile, or had ended, becomes one.

    Args:
        account_id: an account with the role of a mentor.
        values: `phone`, `skills` (of SKILLS), `about`.
        seen: the version that the person saw.
    Raises:
        Missing: the account is no mentor's. Refused: it is closed. ChangedMeanwhile.
    """
    held = db.session.execute(
        select(Membership.region_code, Account.name, Account.is_active)
        .join(Account, Account.id == Membership.account_id)
        .where(Membership.account_id == account_id, Membership.role == ROLE)
    ).first()
    if held is None or held.region_code is None:
        raise Missing("mentor")
    if not held.is_active:
        raise Refused(_("Akun pendamping ini ditutup."))
    row = db.session.get(Mentor, account_id, populate_existing=True, with_for_update=True)
    if row is not None and seen is not None and seen != row.row_version:
        present = {"row_version": row.row_version}
        db.session.rollback()
        raise ChangedMeanwhile(present)
    before: dict[str, Any] = {}
    if row is None:
        row = Mentor(account_id=account_id, row_version=0)
        db.session.add(row)
    else:
        before = {"phone": row.phone, "skills": list(row.skills), "about": row.about}
    row.region_code, row.is_active, row.ended_at = held.region_code, True, None
    row.phone, row.about = values.get("phone") or "", values.get("about") or ""
    row.skills = [skill for skill in SKILLS if skill in (values.get("skills") or ())]
    row.row_version += 1
    after = {"phone": row.phone, "skills": list(row.skills), "about": row.about}
    _note("mentor.kept", account_id, held.name, audit.changes(before, after))
    waiting.forget_villages(_ids_of(account_id))
    db.session.commit()
    return row


def on_passing_on(function: PassingOn) -> None:
    """Call `function(mentor, villages, follower)` in the open transaction in which villages change hands (at start)."""
    _passing_on.append(function)


def assign(tenant_ids: Collection[uuid.UUID], account_id: uuid.UUID | None, *, reason: str = "") -> int:
    """Put a mentor (or with None nobody) beside villages; returns how many changed. Each village is told.

    The open cases of the mentor before, and those that nobody had, go along; one that was given to somebody else
    stays where it is.

    Raises Missing: no such mentor. Invalid: too many villages. Refused: somebody who is no mentor any more.
    """
    if len(tenant_ids) > MOST_VILLAGES:
        raise Invalid("villages", _("Paling banyak %(most)s desa sekaligus.", most=MOST_VILLAGES))
    _hold()
    helper = people.mentor_account(account_id)
    if account_id is not None and helper is None:
        db.session.rollback()
        raise Refused(_("Orang ini bukan pendamping lagi. Pilih pendamping lain."))
    query = select(TenantRow).where(TenantRow.id.in_(tenant_ids)).order_by(TenantRow.code)
    villages = list(db.session.scalars(query))
    there = select(MentorVillage.tenant_id, MentorVillage.mentor_id)
    present = dict(db.session.execute(there.where(MentorVillage.tenant_id.in_(tenant_ids))).all())
    changed = [village for village in villages if present.get(village.id) != account_id]
    for village in changed:
        _stand_by(village, helper)
    going = [
        case
        for case in _open_cases_of([village.id for village in changed])
        if case.mentor_id in (None, present.get(case.tenant_id))
    ]
    _give(going, helper, reason, "assigned")
    for before in sorted({present[village.id] for village in changed if village.id in present}):
        _pass_on(before, [village.id for village in changed if present.get(village.id) == before], helper)
    waiting.forget_villages([village.id for village in changed])
    db.session.commit()
    return len(changed)


def give(case_id: uuid.UUID, mentor_id: uuid.UUID | None, *, reason: str = "") -> None:
    """Give one open case to a mentor, whoever stands by its village, or with None to the office of its level.

    Raises Missing; Refused for what is over, or for somebody who is no mentor any more.
    """
    case = db.session.get(MentoringCase, case_id, populate_existing=True, with_for_update=True)
    if case is None:
        raise Missing("case")
    if case.state in ENDED:
        db.session.rollback()
        raise Refused(_("Kasus ini sudah selesai."))
    helper = people.mentor_account(mentor_id)
    if mentor_id is not None and helper is None:
        db.session.rollback()
        raise Refused(_("Orang ini bukan pendamping lagi. Pilih pendamping lain."))
    _give([case], helper, reason, "assigned")
    waiting.forget_villages([case.tenant_id])
    db.session.commit()


def end_mentor(account_id: uuid.UUID, *, successor_id: uuid.UUID | None, reason: str) -> int:
    """End somebody's work as a mentor; villages and open cases go to the successor, or to the office. Returns how many.

    The account itself stays as it is. Raises Missing; Invalid without a reason; Refused for a successor who is none.
    """
    if len(reason) < 5:
        raise Invalid("reason", _("Tulis alasannya, paling sedikit 5 huruf."))
    _hold()
    row = db.session.get(Mentor, account_id, populate_existing=True, with_for_update=True)
    if row is None or not row.is_active:
        db.session.rollback()
        raise Missing("mentor")
    successor = people.mentor_account(successor_id)
    if successor_id is not None and (successor is None or successor_id == account_id):
        db.session.rollback()
        raise Refused(_("Pengganti ini bukan pendamping. Pilih yang lain."))
    cases = release(row, successor, reason)
    db.session.commit()
    return cases


def release(row: Mentor, successor: people.Helper | None, reason: str) -> int:
    """Take a mentor off all villages and open cases, in the open transaction; returns how many were handed over.

    A case goes to the successor; without one to the mentor who stands by its village, else to the office.
    """
    row.is_active, row.ended_at, row.row_version = False, now(), row.row_version + 1
    ids = _ids_of(row.account_id)
    query = select(TenantRow).where(TenantRow.id.in_(ids)).order_by(TenantRow.code)
    for village in list(db.session.scalars(query)):
        _stand_by(village, successor)
    held = select(MentoringCase).where(
        MentoringCase.mentor_id == row.account_id, MentoringCase.state.not_in(ENDED)
    )
    cases = _locked(held)
    for case in cases:
        follower = successor or people.mentor_account(_standing_by(case.tenant_id))
        _give([case], follower, reason, "handed_over", office=level_of(row.region_code))
    _pass_on(row.account_id, None, successor)
    name = db.session.scalar(select(Account.name).where(Account.id == row.account_id)) or ""
    details = {"villages": len(ids), "cases": len(cases), "reason": reason}
    _note("mentor.ended", row.account_id, name, details | {"to": successor.name if successor else ""})
    waiting.forget_villages(ids)
    return len(cases)


def release_ended(account_id: uuid.UUID | None = None) -> int:
    """Hand over what mentors hold whose account was closed, or who have another role or office now; uncommitted.

    Args:
        account_id: this mentor alone; all when None.
    Returns:
        how many mentors that were.
    """
    office = (
        select(Membership.region_code)
        .where(Membership.account_id == Mentor.account_id, Membership.role == ROLE)
        .limit(1)
        .scalar_subquery()
    )
    moved = office.is_distinct_from(Mentor.region_code)
    query = (
        select(Mentor, office.label("office"))
        .join(Account, Account.id == Mentor.account_id)
        .where(Mentor.is_active, or_(~at_work(), moved))
        .order_by(Mentor.account_id)
        .with_for_update(of=Mentor)
    )
    if account_id is not None:
        query = query.where(Mentor.account_id == account_id)
    found = db.session.execute(query).all()
    if not found:
        return 0
    _hold()
    for row, region_code in found:
        reason = (
            _("Pendamping pindah ke kantor lain.")
            if region_code is not None and region_code != row.region_code
            else _("Akun pendamping berakhir.")
        )
        release(row, None, str(reason))
    return len(found)


def released_on_leaving(account_id: uuid.UUID) -> None:
    """What an officer's account being closed, or getting another role, means here (see `officers.on_leaving`)."""
    release_ended(account_id)


def choosable(region_code: str) -> list[tuple[uuid.UUID, str, Sequence[str], int]]:
    """The mentors of a region's offices to choose from: account, name, skills, open cases; by name (one select)."""
    held = (
        select(func.count())
        .where(MentoringCase.mentor_id == Mentor.account_id, MentoringCase.state.not_in(ENDED))
        .scalar_subquery()
    )
    query = (
        select(Mentor.account_id, Account.name, Mentor.skills, held)
        .join(Account, Account.id == Mentor.account_id)
        .where(at_work(), _of_region(region_code))
        .order_by(Account.name)
    )
    return [(row[0], row[1], tuple(row[2]), int(row[3])) for row in db.session.execute(query)]


def office_of(account_id: uuid.UUID) -> str | None:
    """The office of an account with the role of a mentor, None for any other."""
    held = select(Membership.region_code).where(
        Membership.account_id == account_id, Membership.role == ROLE, Membership.region_code.is_not(None)
    )
    return db.session.scalar(held)


def in_region(account_id: uuid.UUID, region_code: str) -> bool:
    """Whether a mentor belongs to an office of a region."""
    return region_contains(region_code, office_of(account_id) or "-")


def villages_in(region_code: str, ids: Iterable[uuid.UUID], codes: Iterable[str]) -> list[uuid.UUID]:
    """The villages of a region among these ids and codes. Raises Invalid for one that is none of the region's."""
    wanted, named = set(ids), {code for code in codes if code}
    query = select(TenantRow.id, TenantRow.code).where(
        within(region_code), or_(TenantRow.id.in_(wanted), TenantRow.code.in_(named))
    )
    rows = db.session.execute(query.order_by(TenantRow.code)).all()
    wrong = sorted(named - {row.code for row in rows})
    if wrong or wanted - {row.id for row in rows}:
        shown = ", ".join(wrong[:5]) or _("desa di luar wilayah")
        raise Invalid("codes", _("Tidak ada di wilayah Anda: %(list)s.", list=shown))
    return [row.id for row in rows]


def _of_region(region_code: str) -> Any:
    below = Mentor.region_code.startswith(f"{region_code}.", autoescape=True)
    return or_(Mentor.region_code == region_code, below)


def _standing_by(tenant_id: uuid.UUID) -> uuid.UUID | None:
    return db.session.scalar(select(MentorVillage.mentor_id).where(MentorVillage.tenant_id == tenant_id))


def _pass_on(
    mentor_id: uuid.UUID, tenant_ids: Collection[uuid.UUID] | None, follower: people.Helper | None
) -> None:
    """Let others pass on what a mentor had planned for villages (None: for all) in the open transaction."""
    for function in _passing_on:
        function(mentor_id, tenant_ids, follower)


def _ids_of(account_id: uuid.UUID) -> list[uuid.UUID]:
    return list(
        db.session.scalars(select(MentorVillage.tenant_id).where(MentorVillage.mentor_id == account_id))
    )


def _open_cases_of(tenant_ids: Collection[uuid.UUID]) -> list[MentoringCase]:
    query = select(MentoringCase).where(
        MentoringCase.tenant_id.in_(tenant_ids), MentoringCase.state.not_in(ENDED)
    )
    return _locked(query)


def _locked(query: Select[MentoringCase]) -> list[MentoringCase]:
    """Cases as they stand now, whatever was read of them before, locked until the transaction ends."""
    query = query.order_by(MentoringCase.id).with_for_update()
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


def _stand_by(village: TenantRow, helper: people.Helper | None) -> None:
    if helper is None:
        db.session.execute(delete(MentorVillage).where(MentorVillage.tenant_id == village.id))
    else:
        actor = current_actor()
        values: dict[str, Any] = {
            "mentor_id": helper.account_id, "since": now(), "assigned_by": actor.name if actor else "",
        }  # fmt: skip
        statement = insert(MentorVillage).values(tenant_id=village.id, **values)
        again = statement.on_conflict_do_update(index_elements=["tenant_id"], set_=values)
        db.session.execute(again)
    tell_of_mentor(village)
    audit.record(
        "mentor.assigned",
        object_type="village",
        object_id=village.id,
        summary=f"{village.term} {village.name}",
        details={"to": helper.name if helper else ""},
        tenant_id=village.id,
    )


def _give(
    cases: Sequence[MentoringCase],
    helper: people.Helper | None,
    reason: str,
    kind: str,
    *,
    office: int | None = None,
) -> None:
    """Give cases to a mentor, or with None to the office that has to see to them; both sides are told."""
    names = _names([case.mentor_id for case in cases])
    for case in cases:
        if case.mentor_id == (helper.account_id if helper else None):
            continue
        village = db.session.get_one(TenantRow, case.tenant_id)
        before = names.get(case.mentor_id, "") if case.mentor_id else ""
        case.mentor_id = helper.account_id if helper else None
        case.mentor_read_at = None
        if helper is None:
            case.level = people.first_level(village, min(case.level, office or case.level))
        details: dict[str, Any] = {"from": before, "to": helper.name if helper else "", "level": case.level}
        entry = add_entry(case, kind, "programme", body=reason, details=details)
        case.row_version += 1
        db.session.flush()
        helpers = people.helpers_of(case, village)
        tell_programme(entry, helpers)
        tell_village(MOVED, entry, village)
        waiting.refresh(helpers)
        audit.record(
            f"mentoring.{kind}",
            object_type="mentoring_case",
            object_id=case.id,
            summary=f"{case.number} {case.subject}",
            details={**details, "reason": reason},
            tenant_id=village.id,
        )


def _names(ids: Iterable[uuid.UUID | None]) -> dict[uuid.UUID, str]:
    wanted = {one for one in ids if one is not None}
    query = select(Account.id, Account.name).where(Account.id.in_(wanted))
    return dict(db.session.execute(query).all()) if wanted else {}


def _hold() -> None:
    """Whoever gives villages to mentors does so one after another, until the transaction ends."""
    db.session.execute(select(func.pg_advisory_xact_lock(func.hashtext(HOLD))))


def _note(action: str, account_id: uuid.UUID, name: str, details: Mapping[str, Any]) -> None:
    audit.record(action, object_type="mentor", object_id=account_id, summary=name, details=dict(details))
