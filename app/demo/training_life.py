"""Holds the demo's trainings: who was asked, who came, what they learned, what it cost, what follows."""

from __future__ import annotations

import datetime as dt
import hashlib
import random
import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import insert, select

from app.core.indicators.declarations import ZONE
from app.demo.training_stories import (
    FAMILY,
    LIKED,
    MEN,
    POSITIONS,
    QUESTIONS,
    SPEAKERS,
    STORIES,
    WISHED,
    WOMEN,
    Story,
)
from app.extensions import db
from app.province.training.door.models import TrainingAttendance
from app.province.training.events.models import (
    TrainingCost,
    TrainingEvent,
    TrainingProgramme,
    TrainingQuota,
    TrainingSession,
    TrainingSessionSpeaker,
    TrainingSpeaker,
    TrainingVenue,
)
from app.province.training.learning.evaluation import ASPECTS
from app.province.training.learning.models import (
    TrainingAnswers,
    TrainingEvaluated,
    TrainingEvaluation,
    TrainingQuestion,
    TrainingTest,
)
from app.province.training.participants.models import (
    TrainingInvitation,
    TrainingParticipant,
    TrainingPerson,
    TrainingTask,
)
from tenants.ids import uuid7
from tenants.models import TenantRow, now

MADE_BY = "Panitia contoh"


@dataclass(slots=True)
class _Held:
    """What belongs to one event while it is written."""

    story: Story
    event: TrainingEvent
    first: dt.date
    chance: random.Random
    sessions: list[TrainingSession] = field(default_factory=list)
    people: list[dict[str, Any]] = field(default_factory=list)
    came: list[dict[str, Any]] = field(default_factory=list)

    @property
    def is_over(self) -> bool:
        """Whether it was held."""
        return self.story.state == "done"


def seed_training() -> int:
    """Hold the events that are missing, inside a platform scope; commits. Returns how many."""
    known = set(db.session.scalars(select(TrainingEvent.title)))
    stories = [one for one in STORIES if one.title not in known]
    if not stories:
        return 0
    rows = list(db.session.scalars(select(TenantRow).order_by(TenantRow.code)))
    speakers = _speakers()
    programmes: dict[str, TrainingProgramme] = {}
    questions = _questions()
    for story in stories:
        held = _event(story, speakers, programmes)
        villages = _villages(held, rows)
        _invite(held, rows, villages)
        _seat(held, villages)
        _attend(held)
        _learn(held, questions, speakers)
        _follow(held, villages)
        db.session.commit()
    return len(stories)


def _speakers() -> dict[str, TrainingSpeaker]:
    known = {one.name: one for one in db.session.scalars(select(TrainingSpeaker))}
    found = {}
    for key, (name, position, organisation) in SPEAKERS.items():
        row = known.get(name) or TrainingSpeaker(
            region_code="18", name=name, position=position, organisation=organisation, phone="", topics=[]
        )
        db.session.add(row)
        found[key] = row
    db.session.flush()
    return found


def _questions() -> list[dict[str, Any]]:
    rows = list(db.session.scalars(select(TrainingQuestion).where(TrainingQuestion.region_code == "18")))
    if not rows:
        rows = [
            TrainingQuestion(region_code="18", pillar=pillar, words=words, choices=list(choices), right=right)
            for pillar, words, choices, right in QUESTIONS
        ]
        db.session.add_all(rows)
        db.session.flush()
    return [
        {"id": str(row.id), "words": row.words, "choices": row.choices, "right": row.right} for row in rows
    ]


def _event(
    story: Story, speakers: dict[str, TrainingSpeaker], programmes: dict[str, TrainingProgramme]
) -> _Held:
    today = now().astimezone(ZONE).date()
    first = story.on if isinstance(story.on, dt.date) else today + dt.timedelta(days=story.on)
    if story.programme and story.programme not in programmes:
        row = db.session.scalar(select(TrainingProgramme).where(TrainingProgramme.title == story.programme))
        programmes[story.programme] = row or TrainingProgramme(
            region_code="18", title=story.programme, year=2024,
            aim="Setiap desa memakai sistemnya sendiri untuk melayani, berusaha, dan belajar.",
        )  # fmt: skip
        db.session.add(programmes[story.programme])
        db.session.flush()
    event = TrainingEvent(
        region_code=story.office, kind=story.kind, title=story.title, description=story.description,
        programme_id=programmes[story.programme].id if story.programme else None, venue_id=_venue(story).id,
        starts_on=first, ends_on=first + dt.timedelta(days=story.days - 1), state=story.state,
        registration_until=first - dt.timedelta(days=3) if story.on != 0 else first, capacity=story.capacity,
        per_village=story.per_village, budget=story.budget, opened_by=story.opened_by, created_by=MADE_BY,
        reason=story.reason, created_at=_at(first - dt.timedelta(days=40), "09:00"),
    )  # fmt: skip
    db.session.add(event)
    db.session.flush()
    held = _Held(story, event, first, random.Random(f"training:{story.key}"))
    for part in story.parts:
        day = first + dt.timedelta(days=part.day)
        row = TrainingSession(
            event_id=event.id, title=part.title, pillar=part.pillar, starts_at=_at(day, part.start),
            ends_at=_at(day, part.end),
        )  # fmt: skip
        db.session.add(row)
        db.session.flush()
        held.sessions.append(row)
        db.session.add_all(
            TrainingSessionSpeaker(session_id=row.id, speaker_id=speakers[one].id) for one in part.speakers
        )
    db.session.add_all(
        TrainingQuota(event_id=event.id, region_code=code, seats=n) for code, n in story.quotas
    )
    db.session.add_all(
        TrainingCost(
            event_id=event.id, category=category, description=words, amount=amount, recorded_by=MADE_BY,
            spent_on=first if held.is_over else None,
        )
        for category, words, amount in story.costs
    )  # fmt: skip
    return held


def _venue(story: Story) -> TrainingVenue:
    name, address, region, latitude, longitude, capacity = story.venue
    known = db.session.scalar(select(TrainingVenue).where(TrainingVenue.name == name))
    row = known or TrainingVenue(
        region_code=region,
        name=name,
        address=address,
        latitude=latitude,
        longitude=longitude,
        capacity=capacity,
    )
    db.session.add(row)
    db.session.flush()
    return row


def _at(day: dt.date, clock: str) -> dt.datetime:
    hours, _, minutes = clock.partition(":")
    return dt.datetime.combine(day, dt.time(int(hours), int(minutes)), ZONE).astimezone(dt.UTC)


def _villages(held: _Held, rows: Sequence[TenantRow]) -> list[tuple[TenantRow, int]]:
    """Who sends how many. Villages that went live soon after an event are likelier to have been there."""
    found: dict[uuid.UUID, tuple[TenantRow, int]] = {}
    moment = _at(held.first, "12:00")
    for place, count, each in held.story.villages:
        here = [row for row in rows if row.code.startswith(f"{place}.") and row.id not in found]

        def rank(row: TenantRow) -> float:
            soon = row.live_at is not None and 0 <= (row.live_at - moment).days < 150
            return held.chance.random() - (0.35 if soon else 0)

        chosen = sorted(here, key=rank)[:count]
        for number, row in enumerate(chosen):
            # Nineteen came from the nine pekon of Gisting.
            more = held.story.key == "bimtek-2024" and each == 2 and number == 0
            found[row.id] = (row, each + more)
    return list(found.values())


def _invite(held: _Held, rows: Sequence[TenantRow], villages: list[tuple[TenantRow, int]]) -> None:
    if held.story.state == "draft":
        return
    asked = {row.id for row, _ in villages}
    for place in held.story.invited:
        asked |= {row.id for row in rows if row.code.startswith(f"{place}.") and row.live_at is not None}
    coming = {row.id for row, _ in villages}
    before = _at(held.first - dt.timedelta(days=30), "09:00")
    found = []
    for number, tenant_id in enumerate(sorted(asked), start=1):
        token = secrets.token_urlsafe(16)
        comes = tenant_id in coming
        declines = not comes and held.chance.random() < 0.1
        seen = comes or declines or held.chance.random() < 0.6
        told = min(before, now() - dt.timedelta(days=2))
        found.append({
            "event_id": held.event.id, "tenant_id": tenant_id, "token": token,
            "token_digest": hashlib.sha256(token.encode()).digest(), "letter_number": f"400.10/{number:03d}/UND",
            "invited_by": MADE_BY, "invited_at": told, "delivered_at": told, "told_version": 1,
            "seen_at": told + dt.timedelta(hours=20) if seen else None, "seen_by": None,
            "answer": "coming" if comes else "declined" if declines else "none",
            "answer_reason": "Bersamaan dengan musyawarah pekon." if declines else None,
            "answered_at": told + dt.timedelta(days=1) if comes or declines else None,
        })  # fmt: skip
    if found:
        db.session.execute(insert(TrainingInvitation), found)


def _seat(held: _Held, villages: list[tuple[TenantRow, int]]) -> None:
    people: list[dict[str, Any]] = []
    seats: list[dict[str, Any]] = []
    quotas = dict(held.story.quotas)
    for row, count in villages:
        for number in range(count):
            is_woman = held.chance.random() < (0.62 if held.story.kind == "cadre_training" else 0.34)
            name = f"{held.chance.choice(WOMEN if is_woman else MEN)} {held.chance.choice(FAMILY)}"
            citizen = held.story.citizens and number >= 2
            person = {
                "id": uuid7(), "name": name, "search_name": name.lower(), "sex": "female" if is_woman else "male",
                "phone": "", "birth_date": None, "nik_index": None, "nik_end": None,
            }  # fmt: skip
            seat = "registered"
            for place in quotas:
                if row.code.startswith(place):
                    quotas[place] -= 1
                    seat = "waiting" if quotas[place] < 0 else seat
            when = _at(held.first - dt.timedelta(days=20), "10:00") + dt.timedelta(minutes=len(seats))
            when = min(when, now() - dt.timedelta(hours=3))
            people.append(person)
            seats.append({
                "id": uuid7(), "event_id": held.event.id, "person_id": person["id"], "tenant_id": row.id,
                "district_code": row.district_code, "regency_code": row.regency_code,
                "position": "Warga" if citizen else held.chance.choice(POSITIONS), "is_official": not citizen,
                "seat": seat, "token": secrets.token_urlsafe(16), "registered_by": f"Sekretaris {row.name}",
                "registered_at": when, "seated_at": when if seat == "registered" else None,
            })  # fmt: skip
    if seats and held.story.state != "cancelled":
        db.session.execute(insert(TrainingPerson), people)
        db.session.execute(insert(TrainingParticipant), seats)
        held.people = [one for one in seats if one["seat"] == "registered"]


def _attend(held: _Held) -> None:
    if held.story.state not in ("done", "open") or (held.story.state == "open" and held.story.on != 0):
        return
    noted = []
    for one in held.people:
        if held.chance.random() >= held.story.came:
            continue
        held.came.append(one)
        for number, session in enumerate(held.sessions):
            at = session.starts_at + dt.timedelta(minutes=held.chance.randint(-14, 22))
            if at > now() or (number and held.chance.random() < 0.04):
                continue
            noted.append({
                "session_id": session.id, "participant_id": one["id"], "at": at, "noted_at": at,
                "source": "scan" if held.chance.random() < 0.9 else "search", "noted_by": MADE_BY, "note": "",
            })  # fmt: skip
    if noted:
        db.session.execute(insert(TrainingAttendance), noted)


def _learn(held: _Held, questions: list[dict[str, Any]], speakers: dict[str, TrainingSpeaker]) -> None:
    phases = (
        ("pre", held.story.before, 0, "08:15"),
        ("post", held.story.after, held.story.days - 1, "16:10"),
    )
    for phase, mean, day, clock in phases:
        if mean is None:
            continue
        opens = _at(held.first + dt.timedelta(days=day), clock)
        test = TrainingTest(
            event_id=held.event.id, phase=phase, questions=questions, opens_at=opens if held.is_over else None,
            closes_at=opens + dt.timedelta(hours=2) if held.is_over else None,
        )  # fmt: skip
        db.session.add(test)
        db.session.flush()
        given = [_answers(held, test.id, one, questions, mean, opens) for one in held.came]
        given = [one for one in given if held.chance.random() < 0.94]
        if given:
            db.session.execute(insert(TrainingAnswers), given)
    if not held.is_over or not held.came:
        return
    said = [one for one in held.came if held.chance.random() < 0.72]
    spoke = [str(speakers[key].id) for part in held.story.parts for key in part.speakers]
    opinions = [
        {
            "id": uuid.uuid4(), "event_id": held.event.id,
            "ratings": {aspect: held.chance.choice((3, 4, 4, 4, 5, 5)) for aspect in ASPECTS},
            "speakers": {key: held.chance.choice((3, 4, 4, 5, 5)) for key in dict.fromkeys(spoke)},
            "liked": held.chance.choice(LIKED), "wished": held.chance.choice(WISHED),
        }
        for _ in said
    ]  # fmt: skip
    if said:
        db.session.execute(insert(TrainingEvaluation), opinions)
        db.session.execute(insert(TrainingEvaluated), [{"participant_id": one["id"]} for one in said])


def _answers(
    held: _Held,
    test_id: uuid.UUID,
    one: dict[str, Any],
    questions: list[dict[str, Any]],
    mean: float,
    at: dt.datetime,
) -> dict[str, Any]:
    able = min(0.97, max(0.05, mean + random.Random(f"{one['id']}").gauss(0, 0.13)))
    picked = {}
    for number, question in enumerate(questions):
        wrong = [at for at in range(len(question["choices"])) if at != question["right"]]
        picked[str(number)] = question["right"] if held.chance.random() < able else held.chance.choice(wrong)
    right = sum(picked[str(number)] == question["right"] for number, question in enumerate(questions))
    return {
        "test_id": test_id, "participant_id": one["id"], "answers": picked, "right_count": right,
        "question_count": len(questions), "is_paper": held.first.year < 2025, "entered_by": "",
        "sent_at": at + dt.timedelta(minutes=held.chance.randint(4, 25)),
    }  # fmt: skip


def _follow(held: _Held, villages: list[tuple[TenantRow, int]]) -> None:
    found = []
    for what, details, days in held.story.tasks:
        batch, due = uuid7(), held.event.ends_on + dt.timedelta(days=days)
        for row, _ in villages:
            is_done = held.chance.random() < (0.82 if row.live_at is not None else 0.45)
            done = _at(due - dt.timedelta(days=held.chance.randint(1, 20)), "11:00")
            found.append({
                "id": uuid7(), "event_id": held.event.id, "tenant_id": row.id, "batch_id": batch, "what": what,
                "details": details, "due_on": due, "given_by": MADE_BY, "given_at": _at(held.event.ends_on, "15:00"),
                "state": "done" if is_done else "open", "done_at": min(done, now()) if is_done else None,
                "done_by": f"Sekretaris {row.name}" if is_done else None, "done_note": "",
            })  # fmt: skip
    if found:
        db.session.execute(insert(TrainingTask), found)
