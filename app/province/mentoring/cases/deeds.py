"""What happens to a case: opened, written in, taken up, raised, handed over, solved, closed, opened again.

Every function runs inside a platform scope and commits, unless it says otherwise. Whether the one who acts may do it
to this case is asked before (`queries.find`); a village's deeds name the village, and another's case is Missing.
Every deed is a line of the case and an entry of the audit log, and is told to the other side by jobs.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app.core import audit
from app.core.actors import Actor, current_actor
from app.core.files.services import store_bytes
from app.core.files.storage import StorageAway
from app.core.indicators.declarations import period_of
from app.core.indicators.writing import mark_due
from app.core.privacy.masking import mask_personal
from app.core.village.errors import ChangedMeanwhile, Invalid, Missing
from app.extensions import db
from app.province.announcements.files import CheckedFile
from app.province.announcements.services import Refused
from app.province.mentoring.cases import people, waiting
from app.province.mentoring.cases.asking import AskedFrom
from app.province.mentoring.cases.models import MentoringCase, MentoringEntry, MentorVillage
from app.province.mentoring.cases.telling import ANSWERED, MOVED, OPENED, tell_programme, tell_village
from app.province.mentoring.cases.words import ENDED, PRIORITIES, RESPOND, STATES, TOPICS, deadlines
from app.province.regions import DISTRICT
from tenants.ids import uuid7
from tenants.models import TenantRow, now

LONGEST_SUBJECT = 160
LONGEST_BODY = 4000
SHORTEST_REASON = 5
PURPOSE = "mentoring"

__all__ = ["Refused"]


def open_case(
    tenant_id: uuid.UUID,
    values: Mapping[str, Any],
    *,
    origin: str,
    page: AskedFrom | None = None,
    files: Sequence[CheckedFile] = (),
    case_id: uuid.UUID | None = None,
    at: dt.datetime | None = None,
) -> MentoringCase:
    """Open a case of a village, by hand or because the village asked; a form that is sent twice is one case.

    Args:
        tenant_id: the village.
        values: `subject`, `body`, `topic`, `priority` (only by hand; a village asks with `normal`, or `high` where it
            says that its work stands still).
        origin: `hand` or `village`.
        page: the page from which the village asked.
        files: files that were checked.
        case_id: the id that the form was drawn with.
        at: when it happened; now unless said otherwise.
    Raises:
        Missing: no such village, or the id is another village's case. StorageAway.
    """
    village = db.session.get(TenantRow, tenant_id)
    if village is None:
        raise Missing("village")
    case_id, moment = case_id or uuid7(), at or now()
    known = db.session.get(MentoringCase, case_id)
    if known is not None:
        if known.tenant_id != tenant_id:
            raise Missing("case")
        return known
    priority = values.get("priority") or "normal"
    respond_by, due_at = deadlines(priority, moment)
    by_village = origin == "village"
    mentor_id = mentor_id_of(tenant_id)
    subject = values["subject"]
    columns = {
        "id": case_id, "tenant_id": tenant_id, "origin": origin, "subject": _kept(subject, by_village),
        "topic": values.get("topic") or (page.topic if page else "other"), "priority": priority, "state": "open",
        "page_path": page.path if page else None, "page_title": page.title if page else None,
        "level": DISTRICT if mentor_id else people.first_level(village), "mentor_id": mentor_id,
        "respond_by": respond_by, "due_at": due_at,
        "opened_by": _name(), "opened_at": moment, "solution": "", "row_version": 1,
        "responded_at": None if by_village else moment,
        "village_read_at": moment if by_village else None, "mentor_read_at": None if by_village else moment,
    }  # fmt: skip
    statement = insert(MentoringCase).values(**columns).on_conflict_do_nothing(index_elements=["id"])
    if db.session.scalar(statement.returning(MentoringCase.id)) is None:
        db.session.rollback()
        return open_case(tenant_id, values, origin=origin, case_id=case_id)
    case = db.session.get_one(MentoringCase, case_id)
    side = "village" if by_village else "programme"
    entry = add_entry(case, "opened", side, body=values.get("body", ""), files=files, at=moment)
    _note("mentoring.opened", case, {"origin": origin, "topic": case.topic})
    if by_village:
        tell_programme(entry, people.helpers_of(case, village))
    else:
        tell_village(OPENED, entry, village)
    _finish(case, village)
    return case


def write(
    case_id: uuid.UUID,
    body: str,
    *,
    side: str,
    tenant_id: uuid.UUID | None = None,
    files: Sequence[CheckedFile] = (),
    entry_id: uuid.UUID | None = None,
    at: dt.datetime | None = None,
) -> MentoringEntry:
    """Write a message, from the `village` (which `tenant_id` names) or from the `programme`; twice under one id is one.

    The programme's first message answers the case and takes it up; the village's opens again what was solved.
    Raises Missing; Refused for a closed case; StorageAway.
    """
    case, village = _locked(case_id, tenant_id)
    if (known := _written(case, entry_id)) is not None:
        return known
    if case.state == "closed":
        _refuse(_("Kasus ini sudah ditutup. Bila masih perlu bantuan, buka kasus baru."))
    moment = at or now()
    entry = add_entry(case, "message", side, body=body, files=files, at=moment, entry_id=entry_id)
    if side == "village":
        case.village_read_at = moment
        if case.state == "solved":
            _refuse_second_of_rule(case)
            _reopen(case, village, moment)
        elif case.state == "waiting":
            case.state = "in_progress"
        tell_programme(entry, people.helpers_of(case, village))
    else:
        case.responded_at = case.responded_at or moment
        case.mentor_read_at = moment
        case.state = "in_progress" if case.state == "open" else case.state
        tell_village(ANSWERED, entry, village)
    _note("mentoring.written", case)
    _finish(case, village)
    return entry


def note(
    case_id: uuid.UUID, body: str, *, files: Sequence[CheckedFile] = (), entry_id: uuid.UUID | None = None
) -> MentoringEntry:
    """Keep a note of the programme's own, unseen by the village; twice under one id is one.

    Raises Missing, StorageAway.
    """
    case, village = _locked(case_id)
    if (known := _written(case, entry_id)) is not None:
        return known
    entry = add_entry(case, "note", "programme", body=body, files=files, entry_id=entry_id)
    _note("mentoring.noted", case)
    _finish(case, village)
    return entry


def change(case_id: uuid.UUID, values: Mapping[str, Any], *, seen: int | None) -> MentoringCase:
    """Change `state` (open, in_progress, waiting), `priority` or `topic`; what is not given stays.

    Another priority gives other times, counted from when the case was opened. Raises Missing, ChangedMeanwhile;
    Refused for what is over; Invalid for a value that is none.
    """
    case, village = _locked(case_id)
    _refuse_ended(case)
    _refuse_other_version(case, seen)
    before = {"state": case.state, "priority": case.priority, "topic": case.topic}
    after = {name: values.get(name) or old for name, old in before.items()}
    if after["state"] not in STATES or after["state"] in ENDED:
        raise Invalid("state", _("Pilih salah satu dari daftar."))
    if after["priority"] not in PRIORITIES or after["topic"] not in TOPICS:
        raise Invalid("priority", _("Pilih salah satu dari daftar."))
    if after == before:
        db.session.rollback()
        return case
    case.state, case.priority, case.topic = after["state"], after["priority"], after["topic"]
    if after["priority"] != before["priority"]:
        case.respond_by, case.due_at = deadlines(case.priority, case.opened_at)
        details = {"from": before["priority"], "to": after["priority"]}
        add_entry(case, "priority", "programme", details=details)
    if after["state"] != before["state"]:
        entry = add_entry(case, "state", "programme", details={"from": before["state"], "to": after["state"]})
        if after["state"] == "waiting":
            tell_village(MOVED, entry, village)
    _note("mentoring.changed", case, audit.changes(before, after))
    _finish(case, village)
    return case


def solve(
    case_id: uuid.UUID,
    solution: str,
    *,
    seen: int | None = None,
    article_id: uuid.UUID | None = None,
    at: dt.datetime | None = None,
) -> MentoringCase:
    """Say what solved it; the village is asked whether it did. Raises Missing, ChangedMeanwhile, Refused."""
    case, village = _locked(case_id)
    _refuse_ended(case)
    _refuse_other_version(case, seen)
    moment = at or now()
    case.state, case.solved_at, case.solution, case.article_id = "solved", moment, solution, article_id
    case.responded_at = case.responded_at or moment
    entry = add_entry(case, "solved", "programme", body=solution, at=moment)
    tell_village(MOVED, entry, village)
    _note("mentoring.solved", case)
    _finish(case, village)
    return case


def close(
    case_id: uuid.UUID,
    *,
    side: str,
    reason: str = "",
    tenant_id: uuid.UUID | None = None,
    at: dt.datetime | None = None,
) -> MentoringCase:
    """Close a case: the village once it is solved (it did help), the programme at any time with a reason.

    Raises Missing; Invalid without the reason; Refused for a closed one, or one that is not solved yet.
    """
    case, village = _locked(case_id, tenant_id)
    if case.state == "closed":
        _refuse(_("Kasus ini sudah ditutup."))
    if side == "village" and case.state != "solved":
        _refuse(
            _(
                "Pendamping belum menyatakan kasus ini selesai. Tulis pesan bila bantuan tidak diperlukan lagi."
            )
        )
    if side == "programme" and case.state != "solved" and len(reason) < SHORTEST_REASON:
        db.session.rollback()
        raise Invalid("reason", _("Tulis alasannya, paling sedikit 5 huruf."))
    case.state, case.closed_at = "closed", at or now()
    if side == "village":
        case.village_read_at = case.closed_at
    entry = add_entry(case, "closed", side, body=reason, at=case.closed_at)
    if side == "programme":
        tell_village(MOVED, entry, village)
    _note("mentoring.closed", case, {"reason": reason} if reason else None)
    _finish(case, village)
    return case


def reopen(case_id: uuid.UUID, *, reason: str) -> MentoringCase:
    """Take up again what was solved or closed. Raises Missing; Invalid without a reason; Refused."""
    case, village = _locked(case_id)
    if case.state not in ENDED:
        _refuse(_("Kasus ini masih terbuka."))
    if len(reason) < SHORTEST_REASON:
        db.session.rollback()
        raise Invalid("reason", _("Tulis alasannya, paling sedikit 5 huruf."))
    _refuse_second_of_rule(case)
    _reopen(case, village, now(), reason, "programme")
    _note("mentoring.reopened", case, {"reason": reason})
    _finish(case, village)
    return case


def raise_case(case_id: uuid.UUID, *, reason: str, seen_level: int | None = None) -> MentoringCase:
    """Raise a case to the next office above, by hand: once, however often the button of one page is pressed.

    Args:
        case_id: the case.
        reason: why.
        seen_level: the level that the page showed; None raises from wherever the case is.
    Raises:
        Missing; Invalid without a reason; Refused at the top, or where somebody raised it meanwhile.
    """
    case, village = _locked(case_id)
    _refuse_ended(case)
    if seen_level is not None and seen_level != case.level:
        _refuse(_("Kasus ini sudah dinaikkan. Periksa tingkatnya sekarang."))
    if case.level == 1:
        _refuse(_("Kasus ini sudah di tingkat provinsi."))
    if len(reason) < SHORTEST_REASON:
        db.session.rollback()
        raise Invalid("reason", _("Tulis alasannya, paling sedikit 5 huruf."))
    escalate(case, village, reason=reason, side="programme")
    _finish(case, village)
    return case


def escalate(case: MentoringCase, village: TenantRow, *, reason: str, side: str = "rule") -> None:
    """Raise a locked case by one level and tell both sides, in the open transaction."""
    before, case.level, case.escalated_at = case.level, case.level - 1, now()
    details = {"from": before, "to": case.level}
    entry = add_entry(case, "escalated", side, body=reason, details=details)
    _note("mentoring.escalated", case, details | {"reason": reason})
    helpers = people.helpers_of(case, village)
    tell_programme(entry, helpers)
    tell_village(MOVED, entry, village)
    case.row_version += 1
    waiting.refresh(helpers)
    waiting.forget_villages([village.id])


def note_visit(case_id: uuid.UUID, visit_id: uuid.UUID, *, summary: str = "") -> None:
    """Add to a case that its mentor was in the village, in the open transaction; that is an answer, too."""
    case, village = _locked(case_id)
    entry = add_entry(case, "visited", "programme", body=summary, details={"visit": str(visit_id)})
    case.responded_at = case.responded_at or entry.at
    case.state = "in_progress" if case.state == "open" else case.state
    waiting.forget_villages([village.id])


def mark_read(case: MentoringCase, *, side: str, actor: Actor) -> None:
    """Note that one side has read the case so far; a visitor of the province reads unseen. Commits.

    For the programme the case's mentor counts, or anybody of the office that has to see to it.
    """
    if actor.support_visit is not None:
        return
    if side == "village":
        case.village_read_at = now()
        waiting.forget_villages([case.tenant_id])
    elif actor.account_id == case.mentor_id or (
        actor.may(people.MANAGE) and (actor.region_code or "").count(".") + 1 == case.level
    ):
        case.mentor_read_at = now()
    else:
        return
    db.session.commit()


def mentor_id_of(tenant_id: uuid.UUID) -> uuid.UUID | None:
    """The mentor who stands by a village, as new cases are given to."""
    query = select(MentorVillage.mentor_id).where(MentorVillage.tenant_id == tenant_id)
    helper = people.mentor_account(db.session.scalar(query))
    return helper.account_id if helper else None


def add_entry(
    case: MentoringCase,
    kind: str,
    side: str,
    *,
    body: str = "",
    details: Mapping[str, Any] | None = None,
    files: Sequence[CheckedFile] = (),
    at: dt.datetime | None = None,
    entry_id: uuid.UUID | None = None,
) -> MentoringEntry:
    """Add a line to a case in the open transaction. What a village writes is kept with personal numbers masked.

    Raises StorageAway, after a rollback.
    """
    actor = current_actor() if side != "rule" else None
    by_village = side == "village"
    try:
        kept = [_stored(file, by_village) for file in files]
    except StorageAway:
        db.session.rollback()
        raise
    entry = MentoringEntry(
        id=entry_id or uuid7(), case_id=case.id, at=at or now(), kind=kind, side=side,
        author_id=actor.account_id if actor else None, author_name=_name() if side != "rule" else "",
        body=_kept(body, by_village), files=kept, details=dict(details or {}),
    )  # fmt: skip
    db.session.add(entry)
    db.session.flush()
    return entry


def _stored(file: CheckedFile, by_village: bool) -> dict[str, object]:
    name = _kept(file.name, by_village)
    row = store_bytes(file.data, file_name=name, media_type=file.media_type, purpose=PURPOSE)
    return {"id": str(row.id), "name": row.file_name, "size": row.size, "media_type": row.media_type}


def _written(case: MentoringCase, entry_id: uuid.UUID | None) -> MentoringEntry | None:
    """The line of a locked case that was written under this id before; another case's is Missing."""
    known = db.session.get(MentoringEntry, entry_id) if entry_id is not None else None
    if known is None:
        return None
    is_own = known.case_id == case.id
    db.session.rollback()
    if not is_own:
        raise Missing("entry")
    return known


def _reopen(
    case: MentoringCase, village: TenantRow, moment: dt.datetime, reason: str = "", side: str = "village"
) -> None:
    """Take up again, with somebody who is at work, and with at least the time that an answer may take."""
    case.state, case.solved_at, case.closed_at = "in_progress", None, None
    case.due_at = max(case.due_at, moment + RESPOND[case.priority])
    add_entry(case, "reopened", side, body=reason, at=moment)
    if people.mentor_account(case.mentor_id) is None:
        case.mentor_id = mentor_id_of(case.tenant_id)
        if case.mentor_id is None:
            case.level = people.first_level(village, case.level)


def _locked(case_id: uuid.UUID, tenant_id: uuid.UUID | None = None) -> tuple[MentoringCase, TenantRow]:
    """A case, locked until the transaction ends, with its village. Raises Missing, also for another village's."""
    query = (
        select(MentoringCase)
        .where(MentoringCase.id == case_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    case = db.session.scalars(query).one_or_none()
    if case is None or (tenant_id is not None and case.tenant_id != tenant_id):
        db.session.rollback()
        raise Missing("case")
    return case, db.session.get_one(TenantRow, case.tenant_id)


def _finish(case: MentoringCase, village: TenantRow) -> None:
    """What every deed ends with: a new version, figures to be counted anew, numbers beside menus, the commit."""
    case.row_version += 1
    db.session.flush()
    mark_due([village.id], [period_of(now()).first])
    waiting.refresh(people.helpers_of(case, village))
    waiting.forget_villages([village.id])
    db.session.commit()


def _refuse(sentence: str) -> None:
    db.session.rollback()
    raise Refused(sentence)


def _refuse_ended(case: MentoringCase) -> None:
    if case.state in ENDED:
        _refuse(_("Kasus ini sudah selesai. Buka lagi dulu bila masih ada yang harus dikerjakan."))


def _refuse_other_version(case: MentoringCase, seen: int | None) -> None:
    if seen is not None and seen != case.row_version:
        present = {"row_version": case.row_version, "state": case.state, "priority": case.priority}
        db.session.rollback()
        raise ChangedMeanwhile(present)


def _refuse_second_of_rule(case: MentoringCase) -> None:
    """One open case for a rule and a village: an older one stays as it is while a newer one is open."""
    if case.rule is None:
        return
    twin = select(MentoringCase.number).where(
        MentoringCase.tenant_id == case.tenant_id, MentoringCase.rule == case.rule,
        MentoringCase.state.not_in(ENDED), MentoringCase.id != case.id,
    )  # fmt: skip
    if (number := db.session.scalar(twin)) is not None:
        _refuse(_("Sudah ada kasus yang lebih baru untuk hal yang sama: nomor %(number)s.", number=number))


def _kept(text: str, by_village: bool) -> str:
    return mask_personal(text) if by_village else text


def _name() -> str:
    actor = current_actor()
    return actor.name if actor else ""


def _note(action: str, case: MentoringCase, details: Mapping[str, Any] | None = None) -> None:
    audit.record(
        action,
        object_type="mentoring_case",
        object_id=case.id,
        summary=f"{case.number} {case.subject}",
        details=dict(details or {}),
        tenant_id=case.tenant_id,
    )
