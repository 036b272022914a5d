"""Cases that nobody has to open: rules look every night at which village needs help, and at cases nobody took up.

One case for a rule and a village is open at a time (an index sees to it), and a rule does not open again within
thirty days after its last case there was solved or closed, so that a mentor's work is not undone every night.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from flask_babel import gettext as _
from sqlalchemy import and_, func, or_, select, text
from sqlalchemy.dialects.postgresql import insert

from app.core import audit
from app.core.accounts.models import Account
from app.core.indicators.declarations import period_of
from app.core.indicators.writing import mark_due
from app.core.regions.models import Region
from app.core.ui.formats import ZONE, number
from app.extensions import db
from app.province import attention, figures
from app.province.attention import Reason, Wanted
from app.province.mentoring.cases import deeds, digest, people, waiting
from app.province.mentoring.cases.mentors import at_work
from app.province.mentoring.cases.models import Mentor, MentoringCase, MentoringEntry, MentorVillage
from app.province.mentoring.cases.telling import MOVED, OPENED, tell_village
from app.province.mentoring.cases.words import ENDED, RESPOND, deadlines
from app.province.officers import offices_of
from app.province.regions import DISTRICT, PROVINCE
from app.province.training.participants.models import TrainingTask
from tenants.ids import uuid7
from tenants.models import TenantRow, TenantState, now

COOLING = dt.timedelta(days=30)
CLOSES_AFTER = dt.timedelta(days=14)
"""A case that was said to be solved is closed after two weeks without a word from the village."""
EVERYBODY = 100_000

RULE_OF = {
    Reason.DORMANT: "dormant",
    Reason.STUCK: "setup_stuck",
    Reason.FALLEN: "index_fell",
}
PRIORITY = {"dormant": "high", "setup_stuck": "normal", "index_fell": "normal", "task_overdue": "low"}
TOPIC = {"dormant": "adoption", "setup_stuck": "setup", "index_fell": "figures", "task_overdue": "training"}
PASSES = ("dormant", "setup_stuck", "task_overdue")
"""Rules whose reason is seen to be over; an index that fell stays fallen, whatever the next month brings."""


@dataclass(frozen=True, slots=True)
class Fact:
    """That a rule holds for a village, with a sentence about it."""

    tenant_id: uuid.UUID
    rule: str
    words: str


def look() -> tuple[int, int]:
    """Open what rules ask for and end what is over; returns how many were opened and ended. Commits.

    Runs inside a platform scope. Twice in a night opens nothing twice.
    """
    facts = {(fact.tenant_id, fact.rule): fact for fact in held()}
    ended = _end_passed(facts)
    opened = open_missing(facts)
    db.session.commit()
    return len(opened), ended


def held() -> list[Fact]:
    """Every rule that holds for a village now (three selects). Villages set aside by a decision have none."""
    return [*_of_villages(), *_of_tasks()]


def _of_villages() -> list[Fact]:
    province = db.session.scalar(select(Region.code).where(Region.level == PROVINCE).limit(1))
    needy = attention.by_code(province, figures.newest_month(), Wanted(), after=None, limit=EVERYBODY)
    return [
        Fact(village.id, RULE_OF[found.reason], _words(found))
        for village in needy
        for found in village.reasons
        if found.reason in RULE_OF
    ]


def _words(found: attention.Found) -> str:
    if found.reason == Reason.FALLEN:
        return str(
            _("Indeks kesiapan turun %(points)s poin dalam tiga bulan.", points=number(found.amount, 1))
        )
    if found.reason == Reason.STUCK:
        return str(_("Penyiapan dimulai %(days)s hari lalu dan belum selesai.", days=found.days))
    return str(_("Perangkat desa tidak tercatat berbuat apa pun selama 30 hari atau lebih."))


def _of_tasks() -> list[Fact]:
    today = now().astimezone(ZONE).date()
    aside = (TenantState.SUSPENDED, TenantState.ARCHIVED)
    query = (
        select(TrainingTask.tenant_id, func.count(), func.min(TrainingTask.due_on))
        .join(TenantRow, TenantRow.id == TrainingTask.tenant_id)
        .where(TrainingTask.state == "open", TrainingTask.due_on < today, TenantRow.state.not_in(aside))
        .group_by(TrainingTask.tenant_id)
    )
    return [
        Fact(
            tenant_id,
            "task_overdue",
            _(
                "%(count)s tugas sesudah pelatihan lewat batas; yang tertua %(day)s.",
                count=count,
                day=f"{oldest:%d-%m-%Y}",
            ),
        )
        for tenant_id, count, oldest in db.session.execute(query)
    ]


def open_missing(facts: Mapping[tuple[uuid.UUID, str], Fact]) -> list[uuid.UUID]:
    """Open a case for each fact that has none; returns their ids."""
    moment = now()
    recent = select(MentoringCase.tenant_id, MentoringCase.rule).where(
        MentoringCase.rule.is_not(None),
        or_(
            MentoringCase.state.not_in(ENDED),
            func.coalesce(MentoringCase.closed_at, MentoringCase.solved_at) > moment - COOLING,
        ),
    )
    known = {(row[0], row[1]) for row in db.session.execute(recent)}
    wanted = sorted(
        (fact for key, fact in facts.items() if key not in known), key=lambda one: str(one.tenant_id)
    )
    if not wanted:
        return []
    chosen = select(TenantRow).where(TenantRow.id.in_([fact.tenant_id for fact in wanted]))
    villages = {row.id: row for row in db.session.scalars(chosen)}
    mentors = _mentors()
    levels = _levels(list(villages.values()))
    opened = []
    for fact in wanted:
        village, mentor_id = villages[fact.tenant_id], mentors.get(fact.tenant_id)
        level = DISTRICT if mentor_id else levels[village.id]
        case_id = insert_case(fact, village, mentor_id, level, moment)
        if case_id is None:
            continue
        case = db.session.get_one(MentoringCase, case_id)
        entry = deeds.add_entry(case, "opened", "rule", body=fact.words, at=moment)
        tell_village(OPENED, entry, village)
        audit.record(
            "mentoring.opened", object_type="mentoring_case", object_id=case.id,
            summary=f"{case.number} {case.subject}",
            details={"origin": "rule", "rule": fact.rule}, tenant_id=village.id,
        )  # fmt: skip
        opened.append(case_id)
    if opened:
        mark_due([fact.tenant_id for fact in wanted], [period_of(moment).first])
        waiting.forget_villages([fact.tenant_id for fact in wanted])
        digest.ask_for(opened)
    return opened


def insert_case(
    fact: Fact, village: TenantRow, mentor_id: uuid.UUID | None, level: int, moment: dt.datetime
) -> uuid.UUID | None:
    """Insert a rule's case; None where another run was faster."""
    priority = PRIORITY[fact.rule]
    respond_by, due_at = deadlines(priority, moment)
    statement = insert(MentoringCase).values(
        id=uuid7(), tenant_id=village.id, origin="rule", rule=fact.rule, subject=_subject(fact.rule),
        topic=TOPIC[fact.rule],
        priority=priority, state="open", level=level, mentor_id=mentor_id, respond_by=respond_by, due_at=due_at,
        opened_by="", opened_at=moment, solution="", row_version=1,
    )  # fmt: skip
    only_one = statement.on_conflict_do_nothing(
        index_elements=["tenant_id", "rule"],
        index_where=text("rule IS NOT NULL AND state <> 'closed' AND state <> 'solved'"),
    )
    return db.session.scalar(only_one.returning(MentoringCase.id))


def _subject(rule: str) -> str:
    said = {
        "dormant": _("Desa tidak memakai Siger selama 30 hari"),
        "setup_stuck": _("Penyiapan desa terhenti"),
        "index_fell": _("Indeks kesiapan desa turun"),
        "task_overdue": _("Tugas sesudah pelatihan terlambat"),
    }
    return str(said[rule])


def _mentors() -> dict[uuid.UUID, uuid.UUID]:
    """Which mentor stands by which village."""
    query = (
        select(MentorVillage.tenant_id, MentorVillage.mentor_id)
        .join(Mentor, Mentor.account_id == MentorVillage.mentor_id)
        .join(Account, Account.id == Mentor.account_id)
        .where(at_work())
    )
    return dict(db.session.execute(query).all())


def _levels(villages: list[TenantRow]) -> dict[uuid.UUID, int]:
    """The lowest office with officers, by village (one select)."""
    codes = {code for village in villages for code in offices_of(village).values()}
    staffed = people.officers_at(codes)
    return {
        village.id: next((n for n in (3, 2) if offices_of(village)[n] in staffed), PROVINCE)
        for village in villages
    }


def _end_passed(facts: Mapping[tuple[uuid.UUID, str], Fact]) -> int:
    """End open cases whose reason is over: untouched ones are solved, in others it is written down, once."""
    query = select(MentoringCase).where(MentoringCase.rule.in_(PASSES), MentoringCase.state.not_in(ENDED))
    ended = 0
    for case in list(db.session.scalars(query.order_by(MentoringCase.id).with_for_update())):
        if (case.tenant_id, case.rule) in facts:
            continue
        words = str(_("Alasan kasus ini sudah tidak ada lagi."))
        if case.state == "open" and case.responded_at is None:
            case.state, case.solved_at, case.solution = "solved", now(), words
            case.row_version += 1
            entry = deeds.add_entry(case, "solved", "rule", body=words)
            tell_village(MOVED, entry, db.session.get_one(TenantRow, case.tenant_id))
            mark_due([case.tenant_id], [period_of(now()).first])
            waiting.forget_villages([case.tenant_id])
            ended += 1
        elif not _was_said(case.id):
            deeds.add_entry(case, "reason_over", "rule", body=words)
            ended += 1
    return ended


def _was_said(case_id: uuid.UUID) -> bool:
    query = select(MentoringEntry.id).where(
        MentoringEntry.case_id == case_id, MentoringEntry.kind == "reason_over"
    )
    return db.session.scalar(query.limit(1)) is not None


def raise_late(moment: dt.datetime | None = None) -> int:
    """Raise cases that nobody answered or solved in time to the next office above; returns how many. Commits each.

    A case that was raised has the answering time of its priority again before it goes further. What waits for the
    village is not raised.
    """
    moment = moment or now()
    late = or_(
        and_(MentoringCase.responded_at.is_(None), MentoringCase.respond_by < moment),
        MentoringCase.due_at < moment,
    )
    rested = or_(
        MentoringCase.escalated_at.is_(None),
        *(
            and_(MentoringCase.priority == priority, MentoringCase.escalated_at < moment - pause)
            for priority, pause in RESPOND.items()
        ),
    )
    condition = and_(
        MentoringCase.state.in_(["open", "in_progress"]), MentoringCase.level > PROVINCE, late, rested
    )
    ids = list(db.session.scalars(select(MentoringCase.id).where(condition).order_by(MentoringCase.due_at)))
    raised = 0
    for case_id in ids:
        locked = select(MentoringCase).where(MentoringCase.id == case_id, condition)
        case = db.session.scalars(
            locked.with_for_update().execution_options(populate_existing=True)
        ).one_or_none()
        if case is not None:
            village = db.session.get_one(TenantRow, case.tenant_id)
            deeds.escalate(case, village, reason=_late_words(case, moment))
            raised += 1
        db.session.commit()
    return raised


def _late_words(case: MentoringCase, moment: dt.datetime) -> str:
    if case.responded_at is None and case.respond_by < moment:
        return str(_("Belum dijawab sampai batas waktunya."))
    return str(_("Belum selesai sampai batas waktunya."))


def close_quiet(moment: dt.datetime | None = None) -> int:
    """Close what was solved two weeks ago without a word from the village; returns how many. Commits."""
    moment = moment or now()
    query = select(MentoringCase).where(
        MentoringCase.state == "solved", MentoringCase.solved_at < moment - CLOSES_AFTER
    )
    cases = list(db.session.scalars(query.with_for_update()))
    for case in cases:
        case.state, case.closed_at = "closed", moment
        case.row_version += 1
        deeds.add_entry(case, "closed", "rule", body=str(_("Tidak ada tanggapan desa selama dua minggu.")))
    waiting.forget_villages([case.tenant_id for case in cases])
    db.session.commit()
    return len(cases)
