"""The demo's mentoring: who stands by which village, what was asked, what became of it, what rules found."""

from __future__ import annotations

import datetime as dt
import random
import secrets
import uuid
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import select, update

from app.core.accounts.models import Account, Membership
from app.core.accounts.passwords import hash_password
from app.core.indicators.declarations import ZONE, months_before, period_of
from app.core.indicators.writing import mark_due
from app.demo.accounts import MAIL_DOMAIN, phone_of
from app.demo.mentoring_stories import ABOUT, ANSWERS, ASKS, HERO, MENTORS, PAST, Ask
from app.demo.training_people import secretary_of
from app.demo.villages import SKETCHES
from app.extensions import db
from app.province.knowledge.models import GuideArticle
from app.province.mentoring.cases import rules
from app.province.mentoring.cases.models import Mentor, MentoringCase, MentoringEntry, MentorVillage
from app.province.mentoring.cases.words import ENDED, RESPOND, deadlines
from app.province.regions import DISTRICT, PROVINCE
from tenants.models import SERVED_STATES, TenantRow, TenantState, now

ASSIGNED_BY = "Ratna Dewi Puspita"
OFFICE = "Dinas PMDT Provinsi"
Stands = dict[uuid.UUID, tuple[uuid.UUID, str]]
"""Village → its mentor's account and name."""


NEEDY = (TenantState.DORMANT, TenantState.SET_UP)


def seed_mentoring() -> int:
    """Make the demo's mentors and what villages asked them, where there are none, inside a platform scope; commits.

    Returns how many cases there are.
    """
    if db.session.scalar(select(Mentor.account_id).limit(1)) is not None:
        return 0
    rows = list(db.session.scalars(select(TenantRow).order_by(TenantRow.code)))
    chance = random.Random("mentoring")
    stand = _mentors(rows)
    asked = _asked([row for row in rows if row.id in stand and row.live_at is not None], chance)
    guides = {row.slug: row.id for row in db.session.execute(select(GuideArticle.slug, GuideArticle.id))}
    for opened, row, one in sorted(asked, key=lambda ask: ask[0]):
        _case(row, one, stand[row.id], opened, guides.get(one.guide))
    db.session.commit()
    return len(asked)


def seed_rule_cases() -> int:
    """Open what the rules ask for today, as nights of the last weeks would have; inside a platform scope; commits.

    Does nothing once there is such a case. Returns how many; figures of the months are marked to be added up.
    """
    if db.session.scalar(select(MentoringCase.id).where(MentoringCase.origin == "rule").limit(1)):
        return 0
    chance, moment = random.Random("rules"), now()
    stand = stands()
    villages = {row.id: row for row in db.session.scalars(select(TenantRow))}
    drawn = []
    for fact in sorted(rules.held(), key=lambda one: (villages[one.tenant_id].code, one.rule)):
        priority = rules.PRIORITY[fact.rule]
        respond, solve = RESPOND[priority], deadlines(priority, moment)[1] - moment
        is_late = chance.random() < 0.03
        share = chance.uniform(1.02, 1.3) if is_late else chance.uniform(0.05, 0.75)
        drawn.append((moment - solve * share, respond, fact, is_late))
    for opened, respond, fact, is_late in sorted(drawn, key=lambda one: one[0]):
        row, mentor = villages[fact.tenant_id], stand.get(fact.tenant_id)
        case_id = rules.insert_case(
            fact, row, mentor[0] if mentor else None, DISTRICT if mentor else PROVINCE, opened
        )
        if case_id is None:
            continue
        _entry(case_id, "opened", "rule", "", fact.words, opened)
        changes: dict[str, Any] = {"village_read_at": opened + dt.timedelta(hours=9)}
        if moment - opened > respond * 0.9 or chance.random() < 0.4:
            said = min(opened + respond * chance.uniform(0.1, 0.85), moment - dt.timedelta(minutes=30))
            by = mentor[1] if mentor else OFFICE
            changes |= {"state": "in_progress", "responded_at": said, "mentor_read_at": said}
            _entry(case_id, "message", "programme", by, ANSWERS[fact.rule], said)
        if is_late and mentor:
            raised = moment - dt.timedelta(hours=chance.randint(1, 20))
            changes |= {"level": DISTRICT - 1, "escalated_at": raised}
            words, levels = "Belum selesai sampai batas waktunya.", {"from": DISTRICT, "to": DISTRICT - 1}
            _entry(case_id, "escalated", "rule", "", words, raised, **levels)
        db.session.execute(update(MentoringCase).where(MentoringCase.id == case_id).values(**changes))
    if drawn:
        present = period_of(moment).first
        mark_due([fact.tenant_id for _, _, fact, _ in drawn], [present, months_before(present, 1)])
    db.session.commit()
    return len(drawn)


def stands() -> Stands:
    """Which mentor stands by which village (one select)."""
    query = select(MentorVillage.tenant_id, Account.id, Account.name).join(
        Account, Account.id == MentorVillage.mentor_id
    )
    return {tenant_id: (account_id, name) for tenant_id, account_id, name in db.session.execute(query)}


def _mentors(rows: Sequence[TenantRow]) -> Stands:
    nobody_signs_in = hash_password(secrets.token_urlsafe(24))
    stand: Stands = {}
    for mailbox, name, office, place, count, skills in MENTORS:
        account_id = _account(mailbox, name, office, nobody_signs_in)
        about = ABOUT.get(name, "")
        db.session.add(
            Mentor(
                account_id=account_id, region_code=office, phone=phone_of(name), skills=list(skills), about=about
            )
        )  # fmt: skip
        db.session.flush()
        here = [row for row in rows if row.code.startswith(f"{place}.") and row.id not in stand]
        here.sort(key=lambda row: (row.state not in NEEDY, row.state not in SERVED_STATES, row.code))
        # Whom a kabupaten's mentor stands by: those who fell asleep or are stuck, and as many who work.
        here = here[: count // 2] + [row for row in here[count // 2 :] if row.state not in NEEDY]
        since = now() - dt.timedelta(days=210)
        for row in here[:count]:
            stand[row.id] = (account_id, name)
            db.session.add(
                MentorVillage(tenant_id=row.id, mentor_id=account_id, assigned_by=ASSIGNED_BY, since=since)
            )
    db.session.flush()
    return stand


def _account(mailbox: str | None, name: str, office: str, password_hash: str) -> uuid.UUID:
    if mailbox:
        query = select(Account.id).where(Account.email == f"{mailbox}@{MAIL_DOMAIN}")
        return db.session.scalars(query).one()
    email = f"{name.lower().replace(' ', '.')}@{MAIL_DOMAIN}"
    row = Account(email=email, name=name, phone=phone_of(name), password_hash=password_hash)
    db.session.add(row)
    db.session.flush()
    db.session.add(Membership(account_id=row.id, region_code=office, role="mentor"))
    return row.id


def _asked(used: Sequence[TenantRow], chance: random.Random) -> list[tuple[dt.datetime, TenantRow, Ask]]:
    """When which village asked what: the cases of these days, and those of the half-year before."""
    found: list[tuple[dt.datetime, TenantRow, Ask]] = []
    others = sorted(
        (row for row in used if row.code != HERO), key=lambda row: (row.code not in SKETCHES, row.code)
    )
    by_code = {row.code: row for row in used}
    for number, one in enumerate(ASKS):
        row = by_code.get(one.village) or (others[number % len(others)] if others else None)
        if row is not None:
            found.append((_asked_at(one, one.days, chance), row, one))
    for row in others[len(ASKS) :]:
        if chance.random() < 0.15:
            state, longest = chance.choice(GOING_ON)
            days = chance.uniform(0.1, longest)
            one = replace(
                chance.choice(PAST), state=state, priority=chance.choice(("normal", "normal", "high"))
            )
            one = replace(one, said=one.said[:1]) if state == "open" else one
            found.append((_asked_at(one, days, chance), row, one))
    for row in used:
        for _turn in range(chance.choice((0, 0, 0, 1, 1))):
            one = chance.choice(PAST)
            found.append((_asked_at(one, chance.uniform(16, 180), chance), row, one))
    return found


def _asked_at(one: Ask, days: float, chance: random.Random) -> dt.datetime:
    """A moment so many days ago, or somewhat earlier: on a working day, in the hours of an office.

    What nobody answered yet is not moved, unless it was raised: it would be late.
    """
    moment = now() - dt.timedelta(days=days)
    if one.state == "open" and one.level == DISTRICT:
        return moment
    day = (moment - dt.timedelta(days=0.8)).astimezone(ZONE).date()
    while day.weekday() > 4:
        day -= dt.timedelta(days=1)
    clock = dt.time(8 + chance.randrange(7), chance.randrange(60))
    return min(moment, dt.datetime.combine(day, clock, ZONE).astimezone(dt.UTC))


GOING_ON = (("open", 0.9), ("in_progress", 5.0), ("in_progress", 5.0), ("waiting", 8.0))
"""States of cases that are not over, and how many days ago such a one was asked at most."""


def _case(
    row: TenantRow, one: Ask, mentor: tuple[uuid.UUID, str], opened: dt.datetime, article_id: uuid.UUID | None
) -> None:
    answers = [hours for side, _, hours in one.said if side == "programme"]
    last = max(hours for *_, hours in one.said)
    ended = opened + dt.timedelta(hours=last + 1)
    is_over = one.state in ENDED
    respond_by, due_at = deadlines(one.priority, opened)
    raised = max(respond_by if not answers else due_at, now() - dt.timedelta(hours=14))
    read = opened + dt.timedelta(hours=last, minutes=50)
    case = MentoringCase(
        tenant_id=row.id, origin="village", subject=one.subject, topic=one.topic, priority=one.priority,
        page_path=one.page[0] if one.page else None, page_title=one.page[1] if one.page else None, state=one.state,
        level=one.level, mentor_id=mentor[0], respond_by=respond_by, due_at=due_at, opened_by=secretary_of(row),
        opened_at=opened, responded_at=opened + dt.timedelta(hours=answers[0]) if answers else None,
        solved_at=ended if is_over else None,
        closed_at=ended + dt.timedelta(days=2) if one.state == "closed" else None,
        solution=one.solution if is_over else "", article_id=article_id if is_over else None,
        escalated_at=raised if one.level < DISTRICT else None, mentor_read_at=read if answers else None,
        # What was answered last in a case that goes on is news for the village.
        village_read_at=ended + dt.timedelta(days=3) if one.state == "closed" else opened,
    )  # fmt: skip
    db.session.add(case)
    db.session.flush()
    by = secretary_of(row)
    _entry(case.id, "opened", "village", by, one.said[0][1], opened)
    for side, words, hours in one.said[1:]:
        author = mentor[1] if side == "programme" else by
        _entry(case.id, "message", side, author, words, opened + dt.timedelta(hours=hours))
    if one.note:
        _entry(case.id, "note", "programme", mentor[1], one.note, ended)
    if one.level < DISTRICT:
        words = "Belum selesai sampai batas waktunya." if answers else "Belum dijawab sampai batas waktunya."
        _entry(case.id, "escalated", "rule", "", words, raised, **{"from": DISTRICT, "to": one.level})
    if is_over:
        _entry(case.id, "solved", "programme", mentor[1], one.solution, ended)
    if one.state == "closed":
        _entry(case.id, "closed", "village", by, "", ended + dt.timedelta(days=2))


def _entry(
    case_id: uuid.UUID, kind: str, side: str, author: str, words: str, at: dt.datetime, **details: Any
) -> None:
    db.session.add(
        MentoringEntry(
            case_id=case_id, at=at, kind=kind, side=side, author_name=author, body=words, details=details
        )
    )
