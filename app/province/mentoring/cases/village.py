"""A village's side: its cases, asking for help, answering. Rows are the platform's, of the present village alone."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Response
from sqlalchemy import select

from app.core import audit
from app.core.accounts.scoping import platform_rows
from app.core.actors import Actor
from app.core.village.errors import Missing
from app.extensions import db
from app.province.announcements.files import CheckedFile, file_answer, member
from app.province.mentoring.cases import deeds, people, waiting
from app.province.mentoring.cases.asking import AskedFrom
from app.province.mentoring.cases.mentors import VillageMentor, mentor_of
from app.province.mentoring.cases.models import MentoringCase, MentoringEntry
from app.province.mentoring.cases.queries import file_ids
from app.province.mentoring.cases.waiting import UNSEEN, unread_by_village
from app.province.mentoring.cases.words import OPEN
from tenants.scope import current_tenant

PAGE = 25
VIEWS = ("", "selesai")
"""Open and solved ones, or those that are closed."""


@dataclass(frozen=True, slots=True)
class Mine:
    """A case of the village's list."""

    case: MentoringCase
    is_unread: bool


@dataclass(frozen=True, slots=True)
class Opened:
    """A case as its village sees it: without the programme's own notes."""

    case: MentoringCase
    entries: list[MentoringEntry]
    helper: str
    """Who holds it; empty where an office does."""


def my_mentor() -> VillageMentor | None:
    """The mentor who stands by the present village."""
    return mentor_of(current_tenant().id)


def my_cases(
    *, closed: bool = False, after: uuid.UUID | None = None, limit: int = PAGE
) -> tuple[list[Mine], uuid.UUID | None]:
    """A page of the village's cases, newest first, and the cursor of the next (one select)."""
    query = select(MentoringCase, unread_by_village().label("unread")).where(
        MentoringCase.tenant_id == current_tenant().id,
        MentoringCase.state == "closed" if closed else MentoringCase.state.in_([*OPEN, "solved"]),
    )
    if after is not None:
        query = query.where(MentoringCase.id < after)
    query = query.order_by(MentoringCase.id.desc()).limit(limit + 1)
    with platform_rows():
        found = [Mine(row[0], bool(row.unread)) for row in db.session.execute(query)]
    return found[:limit], found[limit - 1].case.id if len(found) > limit else None


def every() -> list[MentoringCase]:
    """All cases of the village, newest first (one select)."""
    query = select(MentoringCase).where(MentoringCase.tenant_id == current_tenant().id)
    with platform_rows():
        return list(db.session.scalars(query.order_by(MentoringCase.id.desc())))


def open_one(case_id: uuid.UUID, actor: Actor | None = None) -> Opened:
    """A case with its lines; marked as read where somebody of the village opens it (`actor`). Raises Missing."""
    tenant_id = current_tenant().id
    with platform_rows():
        case, entries = _case(case_id, tenant_id), _entries(case_id)
        helper = people.mentor_account(case.mentor_id)
        if actor is not None:
            deeds.mark_read(case, side="village", actor=actor)
            db.session.refresh(case)
    return Opened(case, entries, helper.name if helper else "")


def ask(
    values: Mapping[str, Any],
    *,
    page: AskedFrom | None = None,
    files: Sequence[CheckedFile] = (),
    case_id: uuid.UUID | None = None,
) -> MentoringCase:
    """Ask for help; sent twice under one id it is one case. Commits. Raises Missing, StorageAway."""
    tenant_id = current_tenant().id
    given = {**values, "priority": "high" if values.get("stuck") else "normal"}
    with platform_rows():
        case = deeds.open_case(tenant_id, given, origin="village", page=page, files=files, case_id=case_id)
        key, summary = case.id, f"{case.number} {case.subject}"
        db.session.refresh(case)
    _noted("mentoring.asked", key, summary)
    return case


def answer(
    case_id: uuid.UUID, body: str, *, files: Sequence[CheckedFile] = (), entry_id: uuid.UUID | None = None
) -> uuid.UUID:
    """Write in a case of the village; returns the line's id. Commits. Raises Missing, Refused, StorageAway."""
    tenant_id = current_tenant().id
    with platform_rows():
        entry = deeds.write(
            case_id, body, side="village", tenant_id=tenant_id, files=files, entry_id=entry_id
        )
        key = entry.id
        summary = _summary(case_id)
    _noted("mentoring.answered", case_id, summary)
    return key


def confirm(case_id: uuid.UUID) -> None:
    """Say that it did help: the case is closed. Commits. Raises Missing, Refused."""
    tenant_id = current_tenant().id
    with platform_rows():
        deeds.close(case_id, side="village", tenant_id=tenant_id)
        summary = _summary(case_id)
    _noted("mentoring.confirmed", case_id, summary)


def attachment(case_id: uuid.UUID, file_id: uuid.UUID) -> Response:
    """A file of a case of the village. Raises Missing, FileMissing, StorageAway."""
    tenant_id = current_tenant().id
    with platform_rows():
        _case(case_id, tenant_id)
        return file_answer(member(file_ids(_entries(case_id)), file_id))


def _case(case_id: uuid.UUID, tenant_id: uuid.UUID) -> MentoringCase:
    query = select(MentoringCase).where(MentoringCase.id == case_id, MentoringCase.tenant_id == tenant_id)
    case = db.session.scalars(query).one_or_none()
    if case is None:
        raise Missing("case")
    return case


def _entries(case_id: uuid.UUID) -> list[MentoringEntry]:
    query = select(MentoringEntry).where(
        MentoringEntry.case_id == case_id, MentoringEntry.kind.not_in(UNSEEN)
    )
    return list(db.session.scalars(query.order_by(MentoringEntry.at, MentoringEntry.id)))


def _summary(case_id: uuid.UUID) -> str:
    query = select(MentoringCase.number, MentoringCase.subject).where(MentoringCase.id == case_id)
    number, subject = db.session.execute(query).one()
    return f"{number} {subject}"


def _noted(action: str, case_id: uuid.UUID, summary: str) -> None:
    """Note the deed in the village's own log, too; its numbers are counted anew by the next page."""
    audit.record(action, object_type="mentoring_case", object_id=case_id, summary=summary)
    db.session.commit()
    waiting.forget_now([current_tenant().id])
