"""The letters of the demo's villages: a year's paper book, letters of the last weeks in every state, letters that came.

All but the paper book goes through the services that clerks' own clicks go through. Only their days are set back
afterwards, so that a reader sees weeks of work and something that is overdue.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from itertools import cycle, islice
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert

from app.core.actors import Actor, acting_as
from app.core.audit.models import TenantAuditEntry
from app.core.casework.models import CaseStep
from app.core.indicators.declarations import ZONE
from app.demo.letters_words import CANCELLED, PAPER, POST, REJECTED, STARS, WANTED, Post, Wanted
from app.demo.residents import PEOPLE_WRITTEN
from app.extensions import db
from app.government.letters.books import dispositions
from app.government.letters.books.incoming_services import record_incoming
from app.government.letters.desk import services as desk
from app.government.letters.models import IncomingLetter, Letter, LetterCounter
from app.government.letters.options import letter_options, number_of
from app.government.letters.types import letter_types
from app.government.residents import codes
from app.government.residents.browse.filters import age_on
from app.government.residents.models import Resident
from app.government.residents.writing import today
from app.government.service.promise import due_at
from tenants.ids import uuid7
from tenants.models import now
from tenants.scope import current_tenant

GROWN = 17
WEEKS = 3
WAITING = 12
"""Letters that wait for the head's signature in a village where all can be looked at."""
APPROVED = 2
"""Letters that the head agreed to from afar, in villages that have one: the office prints them."""


def grown_people(most: int = 120) -> list[Any]:
    """Residents old enough to ask for a letter, the first of the list first: id, name, birth date, household.

    Only those whom the demo made up itself: about people whom somebody has entered it writes nothing.
    """
    made = select(func.max(TenantAuditEntry.at)).where(TenantAuditEntry.action == PEOPLE_WRITTEN)
    query = select(
        Resident.id, Resident.name, Resident.birth_date, Resident.household_id, Resident.marital_status
    )
    query = query.where(Resident.vital_status == codes.ALIVE, Resident.birth_date.is_not(None))
    query = query.where(Resident.created_at <= made.scalar_subquery())
    found = db.session.execute(query.order_by(Resident.name, Resident.id).limit(most * 2)).all()
    return [person for person in found if (age_on(today(), person.birth_date) or 0) >= GROWN][:most]


def has_letters() -> bool:
    """Whether the present village has any letter yet."""
    return db.session.scalar(select(Letter.id).limit(1)) is not None


def write_letters(people: Sequence[Any], keeper: Actor, *, rich: bool, to_sign: int = WAITING) -> int:
    """Fill the present village's books in the name of who keeps them; returns how many letters there are then.

    Args:
        people: of `grown_people`.
        rich: more of everything, and letters that wait for the head, `to_sign` of them.
    """
    offered = {kind.code for kind in letter_types()}
    wanted = [one for one in WANTED if one.code in offered]
    askers = cycle(people)
    paper = keep_paper_book(people, 140 if rich else 40)
    with acting_as(keeper):
        issued = _issue_some(wanted, askers, 30 if rich else 6)
        _collect_and_rate(issued)
        _ask_some(wanted, askers, rich=rich)
        _end_some(askers, issued)
        if rich:
            for one in islice(cycle(wanted), to_sign):
                letter = _asked(one, next(askers), signing="local")
                desk.verify(letter.id)
        receive_post(POST if rich else POST[2:5])
    return paper + len(issued)


def keep_paper_book(people: Sequence[Any], count: int) -> int:
    """Enter the letters that were written on paper this year, before the village wrote them here."""
    last_day = today() - dt.timedelta(weeks=WEEKS)
    first_day = last_day.replace(month=1, day=2)
    span = max((last_day - first_day).days, 1)
    options, code, rows = letter_options(), current_tenant().code, []
    for at in range(count):
        day = first_day + dt.timedelta(days=at * span // count)
        classification, title = PAPER[(at * 7) % len(PAPER)]
        person = people[(at * 5) % len(people)]
        number = number_of(
            options.number_pattern, sequence=at + 1, day=day, classification=classification, village_code=code,
            type_code="paper",
        )  # fmt: skip
        written = dt.datetime.combine(day, dt.time(9 + at % 6, (at * 13) % 60), ZONE)
        rows.append({
            "id": uuid7(), "type_code": "paper", "title": title, "classification": classification, "state": "issued",
            "origin": "paper", "signing": "wet", "holder_name": person.name, "scope": "", "year": day.year,
            "sequence": at + 1, "number": number, "letter_date": day, "issued_at": written,
            "search": f"{number} {person.name} {title}", "created_at": written, "updated_at": written,
        })  # fmt: skip
    db.session.execute(insert(Letter), rows)
    counter = insert(LetterCounter).values(scope="", year=first_day.year, last=count)
    db.session.execute(counter.on_conflict_do_nothing())
    db.session.commit()
    return count


def receive_post(post: Sequence[Post]) -> None:
    """Record letters that came in, with what the head wrote on them and what was reported."""
    officials = dispositions_receivers()
    for one in sorted(post, key=lambda letter: -letter.days):
        day = today() - dt.timedelta(days=one.days)
        due = today() + dt.timedelta(days=one.due_in) if one.due_in is not None else None
        letter = record_incoming({
            "sender": one.sender, "number": one.number.format(year=day.year), "subject": one.subject,
            "letter_date": day - dt.timedelta(days=2), "received_on": day, "classification": "005",
            "urgency": one.urgency, "secrecy": "open", "attachments": "", "due_on": due, "notes": "",
        })  # fmt: skip
        letter_id = letter.id
        if one.state != "received" and officials:
            given = dispositions.dispose(letter_id, {
                "officials": [officials[one.days % len(officials)]], "instructions": [one.instruction],
                "text": one.words, "due_on": due, "secrecy": "open",
            })  # fmt: skip
            if one.state == "done":
                dispositions.report_done(letter_id, given.id, one.report)
        moment = dt.datetime.combine(day, dt.time(10, 5), ZONE)
        _set_steps_back(letter_id, moment)
        db.session.execute(
            update(IncomingLetter).where(IncomingLetter.id == letter_id).values(created_at=moment)
        )
        db.session.commit()


def dispositions_receivers() -> list[uuid.UUID]:
    """The officials to whom the head may hand a letter."""
    from app.government.letters.books.incoming_queries import receivers

    return [official.id for official in receivers()]


def set_back(
    letter_id: uuid.UUID, asked: dt.datetime, done: dt.datetime | None = None, *, collected: bool = False
) -> None:
    """Let a letter have been asked for and issued at these moments, its steps in between, and commit."""
    promised = due_at(asked, letter_options().promise_days)
    values: dict[str, Any] = {"submitted_at": asked, "created_at": asked, "due_at": promised}
    if done is not None:
        values |= {"verified_at": done, "approved_at": done, "issued_at": done}
        if collected:
            values["collected_at"] = done + dt.timedelta(minutes=25)
    db.session.execute(update(Letter).where(Letter.id == letter_id).values(values))
    _set_steps_back(letter_id, asked, done)
    db.session.commit()


def _set_steps_back(subject_id: uuid.UUID, first: dt.datetime, last: dt.datetime | None = None) -> None:
    steps = db.session.scalars(
        select(CaseStep.id).where(CaseStep.subject_id == subject_id).order_by(CaseStep.at, CaseStep.id)
    ).all()
    for number, step_id in enumerate(steps):
        at = first if number == 0 or last is None else last + dt.timedelta(minutes=number - 1)
        at += dt.timedelta(minutes=number if last is None else 0)
        db.session.execute(update(CaseStep).where(CaseStep.id == step_id).values(at=min(at, now())))


def _asked(one: Wanted, person: Any, **more: Any) -> Letter:
    origin = more.pop("origin", "desk")
    return desk.ask(one.code, resident_id=person.id, values=dict(one.values), origin=origin, **more)


def _issue_some(wanted: Sequence[Wanted], askers: Any, count: int) -> list[uuid.UUID]:
    """Letters of the last weeks, issued in ink, one after another by their day."""
    issued = []
    start = now() - dt.timedelta(weeks=WEEKS)
    for at, one in enumerate(islice(cycle(wanted), count)):
        moment = _at_work(start + dt.timedelta(days=at * WEEKS * 7 / count), at)
        letter = _asked(one, next(askers))
        day = moment.astimezone(ZONE).date()
        db.session.execute(update(Letter).where(Letter.id == letter.id).values(letter_date=day))
        desk.issue(letter.id)
        issued.append(letter.id)
        slow = dt.timedelta(hours=29) if at % 9 == 4 else dt.timedelta(minutes=12 + at * 7 % 55)
        set_back(letter.id, moment, min(moment + slow, now()))
    return issued


def _collect_and_rate(issued: Sequence[uuid.UUID]) -> None:
    for at, letter_id in enumerate(issued[: len(issued) * 2 // 3]):
        desk.collect(letter_id)
        stars = update(Letter).where(Letter.id == letter_id)
        db.session.execute(
            stars.values(
                rating=STARS[at % len(STARS)], collected_at=Letter.issued_at + dt.timedelta(minutes=25)
            )
        )
        db.session.commit()


def _ask_some(wanted: Sequence[Wanted], askers: Any, *, rich: bool) -> None:
    """Requests that wait at the desk: one that is overdue, some of this morning, by phone and kiosk too."""
    ages = (9 * 24, 26, 3, 2, 1) if rich else (4, 1)
    for at, hours in enumerate(ages):
        origin = ("desk", "online", "online", "kiosk", "desk")[at]
        letter = _asked(wanted[at % len(wanted)], next(askers), origin=origin)
        set_back(letter.id, now() - dt.timedelta(hours=hours))
    if rich:
        _asked(wanted[0], next(askers), submit=False)


def _end_some(askers: Any, issued: Sequence[uuid.UUID]) -> None:
    """What does not go well: two requests that are rejected, one letter that is cancelled with its number."""
    by_code = {one.code: one for one in WANTED}
    for code, reason in REJECTED:
        letter = _asked(by_code[code], next(askers), origin="online")
        desk.reject(letter.id, reason)
    code, reason = CANCELLED
    query = select(Letter.id).where(Letter.id.in_(issued), Letter.type_code == code, Letter.state == "issued")
    letter_id = db.session.scalar(query.order_by(Letter.issued_at.desc()).limit(1))
    if letter_id is not None:
        desk.cancel(letter_id, reason)


def approve_some() -> None:
    """The head agrees to some of what waits: the oldest, as from a phone on the way."""
    query = select(Letter.id).where(Letter.state == "verified").order_by(Letter.verified_at).limit(APPROVED)
    for letter_id in list(db.session.scalars(query)):
        desk.approve(letter_id)


def _at_work(moment: dt.datetime, number: int) -> dt.datetime:
    """The same day during office hours, on a Monday to Friday."""
    local = moment.astimezone(ZONE)
    while local.weekday() > 4:
        local -= dt.timedelta(days=1)
    return local.replace(hour=8 + number % 6, minute=(number * 17) % 60, second=0, microsecond=0)


def count_letters() -> int:
    """How many letters the present village has."""
    return int(db.session.scalar(select(func.count()).select_from(Letter)) or 0)
