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

from sqlalchemy import insert, select, text, update

from app.core.indicators.declarations import ZONE
from app.demo.accounts import OFFICERS
from app.demo.training_people import CITIZENS, People, secretary_of
from app.demo.training_stories import PROGRAMMES, SPEAKERS, STORIES, TODAY, Story
from app.demo.training_words import LIKED, QUESTIONS, WISHED
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
from app.province.training.participants.models import TrainingInvitation, TrainingParticipant, TrainingTask
from tenants.ids import uuid7
from tenants.models import LIVE_STATES, TenantRow, now

ORGANISERS = {one.region: one.name for one in reversed(OFFICERS) if one.role != "mentor"}
ELSEWHERE = "Panitia kabupaten"


@dataclass(slots=True)
class Held:
    """What belongs to one event while it is written."""

    story: Story
    event: TrainingEvent
    first: dt.date
    chance: random.Random
    sessions: list[TrainingSession] = field(default_factory=list)
    people: list[dict[str, Any]] = field(default_factory=list)
    came: list[dict[str, Any]] = field(default_factory=list)
    villages: list[tuple[TenantRow, int]] = field(default_factory=list)

    @property
    def is_over(self) -> bool:
        """Whether it was held."""
        return self.story.state == "done"

    @property
    def by(self) -> str:
        """Who organises it, by name."""
        return ORGANISERS.get(self.story.office, ELSEWHERE)


def seed_training() -> list[Held]:
    """Hold the events that are missing, inside a platform scope; commits. Returns them.

    The event of these days is held anew once the last one is over, so that there is a door to try at each start.
    """
    today = now().astimezone(ZONE).date()
    _end_passed(today)
    open_ = set(db.session.scalars(select(TrainingEvent.title).where(TrainingEvent.ends_on >= today)))
    known = set(db.session.scalars(select(TrainingEvent.title)))
    stories = [one for one in STORIES if one.title not in (open_ if one.key == TODAY else known)]
    if not stories:
        return []
    rows = list(db.session.scalars(select(TenantRow).order_by(TenantRow.code)))
    speakers, people = _speakers(), People()
    questions = _questions()
    written = []
    for story in stories:
        held = _event(story, speakers, today)
        held.villages = _villages(held, rows)
        _invite(held, rows)
        _seat(held, people)
        _attend(held)
        _learn(held, questions, speakers)
        _follow(held)
        _grow(held)
        db.session.commit()
        written.append(held)
    return written


def _end_passed(today: dt.date) -> None:
    """What was held in these days at an earlier start is over."""
    title = next(one.title for one in STORIES if one.key == TODAY)
    passed = TrainingEvent.title == title, TrainingEvent.state == "open", TrainingEvent.ends_on < today
    db.session.execute(update(TrainingEvent).where(*passed).values(state="done"))
    db.session.commit()


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
            TrainingQuestion(
                region_code="18", pillar=pillar, words=words, choices=list(choices), right=right, explanation=why
            )
            for pillar, words, choices, right, why in QUESTIONS
        ]  # fmt: skip
        db.session.add_all(rows)
        db.session.flush()
    return [
        {"id": str(row.id), "words": row.words, "choices": row.choices, "right": row.right,
         "explanation": row.explanation}
        for row in rows
    ]  # fmt: skip


def _programme(story: Story) -> uuid.UUID | None:
    if not story.programme:
        return None
    office, title, year, aim = PROGRAMMES[story.programme]
    row = db.session.scalar(select(TrainingProgramme).where(TrainingProgramme.title == title))
    if row is None:
        row = TrainingProgramme(region_code=office, title=title, year=year, aim=aim)
        db.session.add(row)
        db.session.flush()
    return row.id


def _first_day(story: Story, today: dt.date) -> dt.date:
    """A date as it was; days from today on working days, but for what is held today."""
    if isinstance(story.on, dt.date):
        return story.on
    first = today + dt.timedelta(days=story.on)
    while story.key != TODAY and (first.weekday() + story.days > 5 or _is_free(first)):
        first += dt.timedelta(days=1 if story.on > 0 else -1)
    return first


def _is_free(day: dt.date) -> bool:
    """Whether nobody would hold an event: holidays of fixed date, and the days around New Year."""
    around_new_year = (day.month, day.day) >= (12, 22) or (day.month, day.day) == (1, 1)
    return around_new_year or (day.month, day.day) in ((5, 1), (6, 1), (8, 17))


def _event(story: Story, speakers: dict[str, TrainingSpeaker], today: dt.date) -> Held:
    first = _first_day(story, today)
    held = Held(story, TrainingEvent(), first, random.Random(f"training:{story.key}:{first}"))
    told = first - dt.timedelta(days=40)
    event = held.event = TrainingEvent(
        region_code=story.office, kind=story.kind, title=story.title, description=story.description,
        programme_id=_programme(story), venue_id=_venue(story).id, starts_on=first,
        ends_on=first + dt.timedelta(days=story.days - 1), state=story.state,
        registration_until=first + dt.timedelta(days=2 if story.key == TODAY else -2 if story.on == 3 else -5),
        capacity=story.capacity, per_village=story.per_village, budget=story.budget, opened_by=story.opened_by,
        created_by=held.by, reason=story.reason, created_at=min(_at(told, "09:00"), now() - dt.timedelta(days=9)),
    )  # fmt: skip
    db.session.add(event)
    db.session.flush()
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
    early = min(first, today - dt.timedelta(days=4))
    for costs, spent in ((story.costs, first if held.is_over else None), (story.paid, early)):
        db.session.add_all(
            TrainingCost(
                event_id=event.id, category=category, description=words, amount=amount, recorded_by=held.by,
                spent_on=spent,
            )
            for category, words, amount in costs
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


def _villages(held: Held, rows: Sequence[TenantRow]) -> list[tuple[TenantRow, int]]:
    """Who sends how many. Villages that went live soon after an event are likelier to have been there."""
    found: dict[uuid.UUID, tuple[TenantRow, int]] = {}
    moment = _at(held.first, "12:00")
    for place, count, each in held.story.villages:
        here = [row for row in rows if row.code.startswith(f"{place}.") and row.id not in found]

        def rank(row: TenantRow) -> float:
            soon = row.live_at is not None and 0 <= (row.live_at - moment).days < 150
            return held.chance.random() - (0.35 if soon else 0) - (2 if row.slug in FOREMOST else 0)

        chosen = sorted(here, key=rank)[:count]
        for number, row in enumerate(chosen):
            # Nineteen came from the nine pekon of Gisting.
            more = held.story.key == "bimtek-2024" and each == 2 and number == 0
            found[row.id] = (row, each + more)
    if held.story.key == "kader-dua":
        # The village that is shown first has an invitation to answer.
        found = {key: one for key, one in found.items() if one[0].slug not in FOREMOST}
    return list(found.values())


FOREMOST = ("gisting-atas", "negara-batin-way-kanan")
"""Villages that are shown first take part wherever they can."""


def _invite(held: Held, rows: Sequence[TenantRow]) -> None:
    if held.story.state == "draft":
        return
    coming = {row.id for row, _ in held.villages}
    asked = [
        row
        for row in rows
        if row.id in coming
        or (row.state in LIVE_STATES and row.code.startswith(tuple(f"{one}." for one in held.story.invited)))
    ]
    told = min(_at(held.first - dt.timedelta(days=30), "09:00"), now() - dt.timedelta(days=6))
    found = []
    for row in asked:
        token, comes = secrets.token_urlsafe(16), row.id in coming
        reads = row.schema_name is not None
        declines = not comes and row.slug not in FOREMOST and held.chance.random() < 0.15
        opened = comes or declines or (reads and row.slug not in FOREMOST and held.chance.random() < 0.6)
        seen = told + dt.timedelta(hours=held.chance.randint(1, 70)) if opened and reads else None
        answered = (seen or told) + dt.timedelta(hours=held.chance.randint(2, 60))
        found.append({
            "event_id": held.event.id, "tenant_id": row.id, "token": token,
            "token_digest": hashlib.sha256(token.encode()).digest(),
            "letter_number": f"400.10/{100 + held.first.toordinal() % 800}/UND/{told:%Y}", "invited_by": held.by,
            "invited_at": told, "delivered_at": told + dt.timedelta(minutes=2) if reads else None, "told_version": 1,
            "seen_at": seen, "seen_by": secretary_of(row) if seen else None,
            "answer": "coming" if comes else "declined" if declines else "none",
            "answer_reason": held.chance.choice(DECLINED) if declines else None,
            "answered_at": min(answered, now()) if comes or declines else None,
        })  # fmt: skip
    if found:
        db.session.execute(insert(TrainingInvitation), found)


DECLINED = (
    "Bersamaan dengan musyawarah pekon.",
    "Operator sedang cuti melahirkan.",
    "Perangkat mendampingi pendataan hari itu.",
)


def _seat(held: Held, people: People) -> None:
    story = held.story
    seats: list[dict[str, Any]] = []
    women = 0.62 if story.kind == "cadre_training" else 0.34
    quotas = dict(story.quotas) | ({"18": story.capacity} if story.capacity else {})

    def add(row: TenantRow, number: int, **more: Any) -> dict[str, Any]:
        who = people.of(row, number, women=women)
        place = {"seat": "registered", "is_walk_in": False, "replaces_id": None, "cancelled_at": None} | more
        when = _at(held.first - dt.timedelta(days=20), "10:00") + dt.timedelta(minutes=7 * len(seats))
        when = min(when, now() - dt.timedelta(hours=30) + dt.timedelta(minutes=len(seats)))
        if place["seat"] == "registered" and not place["is_walk_in"]:
            for region in quotas:
                if row.code.startswith(region):
                    quotas[region] -= 1
                    place["seat"] = "waiting" if quotas[region] < 0 else place["seat"]
        seat = {
            "id": uuid7(), "event_id": held.event.id, "person_id": who.id, "tenant_id": row.id,
            "district_code": row.district_code, "regency_code": row.regency_code, "position": who.position,
            "is_official": who.is_official, "token": secrets.token_urlsafe(16),
            "registered_by": held.by if place["is_walk_in"] else secretary_of(row), "registered_at": when,
            "seated_at": when if place["seat"] == "registered" else None,
            "cancel_reason": "Sakit." if place["cancelled_at"] else None, **place,
        }  # fmt: skip
        seats.append(seat)
        return seat

    for turn, (row, count) in enumerate(held.villages):
        for number in range(count):
            is_citizen = story.citizens and number >= 2
            if number == 0 and 0 < turn <= story.replaced:
                before = add(row, 6, seat="replaced")
                add(row, 0, replaces_id=before["id"])
            elif number == 1 and turn == 4 and isinstance(story.on, int):
                eve = _at(held.first - dt.timedelta(days=1), "14:00")
                add(row, 1, seat="cancelled", cancelled_at=min(eve, now() - dt.timedelta(hours=20)))
            else:
                add(row, CITIZENS + number if is_citizen else number)
    if _begun(held):
        for row, _count in held.villages[-story.walk_ins :] if story.walk_ins else ():
            add(row, CITIZENS + 9, is_walk_in=True)
    if seats and story.state != "cancelled":
        people.keep()
        db.session.execute(insert(TrainingParticipant), seats)
        held.people = [one for one in seats if one["seat"] == "registered"]


def _begun(held: Held) -> bool:
    """Whether somebody can have come by now."""
    return held.story.state in ("done", "open") and held.sessions[0].starts_at < now()


def _attend(held: Held) -> None:
    if not _begun(held):
        return
    noted = []
    for one in held.people:
        if held.chance.random() >= held.story.came and not one["is_walk_in"]:
            continue
        for number, session in enumerate(held.sessions):
            at = session.starts_at + dt.timedelta(minutes=held.chance.randint(-14, 22))
            if at > now() or (number and held.chance.random() < (0.04 if held.is_over else 0.45)):
                continue
            source = "walk_in" if one["is_walk_in"] else held.chance.choice(SOURCES)
            source = "sheet" if held.first.year < 2024 else source
            noted.append({
                "session_id": session.id, "participant_id": one["id"], "at": at, "noted_at": at, "source": source,
                "noted_by": "Peserta sendiri" if source == "self" else held.by, "note": "",
            })  # fmt: skip
            if not held.came or held.came[-1] is not one:
                held.came.append(one)
    if noted:
        db.session.execute(insert(TrainingAttendance), noted)


SOURCES = ("scan", "scan", "scan", "scan", "scan", "scan", "scan", "self", "self", "search")


def _learn(held: Held, questions: list[dict[str, Any]], speakers: dict[str, TrainingSpeaker]) -> None:
    phases = (
        ("pre", held.story.before, 0, "08:15"),
        ("post", held.story.after, held.story.days - 1, "16:10"),
    )
    for phase, mean, day, clock in phases:
        if mean is None and not held.story.prepared:
            continue
        opens = _at(held.first + dt.timedelta(days=day), clock)
        is_set = held.is_over or phase == "pre"
        test = TrainingTest(
            event_id=held.event.id, phase=phase, questions=questions, opens_at=opens if is_set else None,
            closes_at=opens + dt.timedelta(hours=2) if held.is_over else None,
        )  # fmt: skip
        db.session.add(test)
        db.session.flush()
        if mean is None or opens + dt.timedelta(minutes=25) > now():
            continue
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
    held: Held,
    test_id: uuid.UUID,
    one: dict[str, Any],
    questions: list[dict[str, Any]],
    mean: float,
    at: dt.datetime,
) -> dict[str, Any]:
    able = min(0.97, max(0.05, mean + random.Random(f"{one['person_id']}").gauss(0, 0.13)))
    picked = {}
    for number, question in enumerate(questions):
        wrong = [at for at in range(len(question["choices"])) if at != question["right"]]
        picked[str(number)] = question["right"] if held.chance.random() < able else held.chance.choice(wrong)
    right = sum(picked[str(number)] == question["right"] for number, question in enumerate(questions))
    is_paper = held.first.year < 2025
    return {
        "test_id": test_id, "participant_id": one["id"], "answers": picked, "right_count": right,
        "question_count": len(questions), "is_paper": is_paper, "entered_by": held.by if is_paper else "",
        "sent_at": at + dt.timedelta(minutes=held.chance.randint(4, 25)),
    }  # fmt: skip


def _follow(held: Held) -> None:
    found = []
    for turn, (what, details, days) in enumerate(held.story.tasks):
        batch, due = uuid7(), held.event.ends_on + dt.timedelta(days=days)
        for row, _ in held.villages:
            likely = 0.88 if row.slug in FOREMOST else 0.82 if row.live_at is not None else 0.5
            done = _at(due - dt.timedelta(days=held.chance.randint(1, 20)), "11:00")
            is_done = done < now() and held.chance.random() < likely
            is_dropped = not is_done and due < now().date() - LONG_AGO
            found.append({
                "id": uuid7(), "event_id": held.event.id, "tenant_id": row.id, "batch_id": batch, "what": what,
                "details": details, "due_on": due, "given_by": held.by, "given_at": _at(held.event.ends_on, "15:00"),
                "state": "done" if is_done else "dropped" if is_dropped else "open",
                "done_at": done if is_done else None, "done_by": secretary_of(row) if is_done else None,
                "done_note": held.chance.choice(DONE[turn % len(DONE)]) if is_done else "",
            })  # fmt: skip
    if found:
        db.session.execute(insert(TrainingTask), found)


def _grow(held: Held) -> None:
    """In about half of the villages that came, one more of the staff works with it in the months that follow.

    Only figures that are made up change.
    """
    if not held.is_over or held.story.before is None:
        return
    grown = [row.id for row, _ in held.villages if held.chance.random() < 0.5]
    db.session.execute(_GROW, {"villages": grown, "month": held.first.replace(day=1)})


_GROW = text(
    """
    UPDATE platform.indicator_value v SET value = least(v.value + 1, s.value)
    FROM platform.indicator_value s
    WHERE (s.tenant_id, s.period, s.code) = (v.tenant_id, v.period, 'staff.count') AND v.source = 'demo'
      AND v.code = 'adoption.staff_active_30d' AND v.value > 0 AND v.period > :month
      AND v.tenant_id = ANY(CAST(:villages AS uuid[]))
    """
)
LONG_AGO = dt.timedelta(days=90)
"""What nobody did for so long was let go."""
DONE = (
    ("", "46 orang dilengkapi dari kartu keluarga.", "Tinggal tiga lansia yang belum punya NIK."),
    ("", "Kepala dusun ikut membantu.", "Sepuluh surat pertama terbit dalam dua minggu."),
    ("", "24 warga, sebagian besar lewat posyandu.", "Dibuka pada malam arisan."),
)
