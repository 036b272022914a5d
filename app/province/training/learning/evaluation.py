"""What participants thought of an event and its speakers: said without a name, shown only in sums.

Functions run inside a platform scope; the deeds commit. An evaluation bears a random id and neither moment nor
participant; that somebody evaluated is kept apart. Results of fewer than `LEAST_SHOWN` are not shown, since whoever saw
who evaluated could tell who said what; nor is a speaker whom fewer rated.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import IO

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import Integer, cast, func, literal_column, select
from sqlalchemy.dialects.postgresql import insert

from app.core.tables import Cell, Column, Sheet, write_sheets
from app.core.ui.formats import ZONE, moment
from app.core.village.errors import Invalid
from app.extensions import db
from app.province.training.events.models import (
    TrainingEvent,
    TrainingSession,
    TrainingSessionSpeaker,
    TrainingSpeaker,
)
from app.province.training.events.services import Refused
from app.province.training.learning.models import TrainingEvaluated, TrainingEvaluation
from app.province.training.participants.models import TrainingParticipant
from app.province.watching import note_export
from tenants.models import now

ASPECTS: Mapping[str, object] = {
    "content": _l("Isi materi"),
    "usefulness": _l("Manfaat untuk pekerjaan"),
    "organisation": _l("Penyelenggaraan"),
    "place": _l("Tempat dan konsumsi"),
}
LEAST, MOST = 1, 5
LEAST_SHOWN = 5
OPEN_DAYS = 30
"""So many days after an event its participants may still evaluate it."""
Evaluation = TrainingEvaluation


@dataclass(frozen=True, slots=True)
class Rated:
    """Something that was rated: how many rated it, their mean (1 to 5), and how many gave 1, 2, … 5."""

    label: str
    count: int
    mean: float
    spread: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class EvaluationResult:
    """What an event's evaluations add up to; empty but for `count` while too few evaluated."""

    count: int
    is_shown: bool
    aspects: tuple[Rated, ...] = ()
    speakers: tuple[Rated, ...] = ()
    liked: tuple[str, ...] = ()
    wished: tuple[str, ...] = ()

    @property
    def liked_counts(self) -> list[tuple[str, int]]:
        """What was written as most useful with how often, the most frequent first."""
        return _counted(self.liked)

    @property
    def wished_counts(self) -> list[tuple[str, int]]:
        """What was wished with how often, the most frequent first."""
        return _counted(self.wished)


def is_open(event: TrainingEvent, moment_: dt.datetime | None = None) -> bool:
    """Whether participants may evaluate an event now: from its first day to `OPEN_DAYS` after its last."""
    today = (moment_ or now()).astimezone(ZONE).date()
    last = event.ends_on + dt.timedelta(days=OPEN_DAYS)
    return event.state in ("open", "done") and event.starts_on <= today <= last


def has_evaluated(participant_id: uuid.UUID) -> bool:
    """Whether a participant evaluated: one select."""
    return db.session.get(TrainingEvaluated, participant_id) is not None


def speakers_of(event_id: uuid.UUID) -> Sequence[TrainingSpeaker]:
    """Who spoke at an event, by name: one select."""
    query = (
        select(TrainingSpeaker)
        .where(
            TrainingSpeaker.id.in_(
                select(TrainingSessionSpeaker.speaker_id)
                .join(TrainingSession, TrainingSession.id == TrainingSessionSpeaker.session_id)
                .where(TrainingSession.event_id == event_id)
            )
        )
        .order_by(TrainingSpeaker.name, TrainingSpeaker.id)
    )
    return db.session.scalars(query).all()


def evaluate(
    seat: TrainingParticipant,
    event: TrainingEvent,
    ratings: Mapping[str, int],
    speakers: Mapping[uuid.UUID, int],
    *,
    liked: str = "",
    wished: str = "",
) -> bool:
    """Take an evaluation, once for each participant; False when they had evaluated already.

    Args:
        ratings: aspect → 1 to 5, all of `ASPECTS`.
        speakers: a speaker's id → 1 to 5; those whom they did not hear are left out, strangers do not count.
    Raises:
        Refused: the seat is not theirs, or it is too early or too late. Invalid: an aspect without a rating.
    """
    if seat.seat != "registered":
        raise Refused(_("Hanya peserta yang mendapat tempat yang dapat menilai kegiatan ini."))
    if not is_open(event):
        raise Refused(_("Penilaian dibuka sejak hari pertama kegiatan sampai 30 hari sesudahnya."))
    wrong = [name for name in ASPECTS if not LEAST <= ratings.get(name, 0) <= MOST]
    if wrong:
        raise Invalid(f"rating_{wrong[0]}", _("Beri nilai 1 sampai 5."))
    known = {row.id for row in speakers_of(event.id)}
    once = insert(TrainingEvaluated).values(participant_id=seat.id).on_conflict_do_nothing()
    if db.session.scalar(once.returning(TrainingEvaluated.participant_id)) is None:
        db.session.rollback()
        return False
    db.session.add(
        Evaluation(
            event_id=event.id,
            ratings={name: ratings[name] for name in ASPECTS},
            speakers={
                str(key): value for key, value in speakers.items() if key in known and LEAST <= value <= MOST
            },
            liked=liked,
            wished=wished,
        )
    )
    db.session.commit()
    return True


def results(event: TrainingEvent) -> EvaluationResult:
    """What an event's evaluations add up to: two to five selects."""
    count = db.session.scalar(select(func.count()).where(Evaluation.event_id == event.id)) or 0
    if count < LEAST_SHOWN:
        return EvaluationResult(count, False)
    people = {str(row.id): row.name for row in speakers_of(event.id)}
    texts = db.session.execute(
        select(Evaluation.liked, Evaluation.wished)
        .where(Evaluation.event_id == event.id)
        .order_by(Evaluation.id)
    ).all()
    return EvaluationResult(
        count,
        True,
        _rated(event.id, "ratings", {name: str(label) for name, label in ASPECTS.items()}),
        tuple(one for one in _rated(event.id, "speakers", people) if one.count >= LEAST_SHOWN)
        if people
        else (),
        tuple(row.liked for row in texts if row.liked),
        tuple(row.wished for row in texts if row.wished),
    )


def export(event: TrainingEvent) -> IO[bytes]:
    """Write the sums and what was written into a workbook and note it; the caller closes the file. Commits.

    Raises Refused while too few evaluated.
    """
    found = results(event)
    if not found.is_shown:
        raise Refused(_("Hasil baru dapat diunduh sesudah %(least)s orang menilai.", least=LEAST_SHOWN))
    about = _("Penilaian %(event)s, per %(moment)s", event=event.title, moment=moment(now()))
    columns = [
        Column(_("Yang dinilai"), width=40),
        Column(_("Rata-rata (1–5)"), "decimal", 16),
        Column(_("Penilai"), "number", 10),
        *(Column(_("Nilai %(value)s", value=value), "number", 9) for value in range(LEAST, MOST + 1)),
    ]

    def sums() -> Iterator[tuple[Cell, ...]]:
        for one in (*found.aspects, *found.speakers):
            yield one.label, one.mean, one.count, *one.spread

    words = [Column(_("Tulisan peserta"), width=100)]
    sheets = [
        Sheet(_("Penilaian"), columns, sums(), about),
        Sheet(_("Bermanfaat"), words, ((text,) for text in found.liked)),
        Sheet(_("Saran"), words, ((text,) for text in found.wished)),
    ]
    file = write_sheets(sheets)
    note_export("training_evaluation", event.id, event.title, found.count, {"region": event.region_code})
    return file


def _counted(texts: Iterable[str]) -> list[tuple[str, int]]:
    """Different texts with how often each was written; what differs in capitals or the full stop is one."""
    first: dict[str, str] = {}
    times: Counter[str] = Counter()
    for text in texts:
        key = " ".join(text.split()).rstrip(".!").casefold()
        first.setdefault(key, text)
        times[key] += 1
    return [(first[key], count) for key, count in times.most_common()]


def _rated(event_id: uuid.UUID, column: str, labels: Mapping[str, str]) -> tuple[Rated, ...]:
    given = func.jsonb_each_text(getattr(Evaluation, column)).table_valued("key", "value")
    value = cast(given.c.value, Integer)
    query = (
        select(given.c.key, value, func.count())
        .select_from(Evaluation)
        .join(given, literal_column("true"))
        .where(Evaluation.event_id == event_id)
        .group_by(given.c.key, value)
    )
    counts: dict[str, dict[int, int]] = {}
    for key, at, number in db.session.execute(query):
        counts.setdefault(key, {})[int(at)] = int(number)
    found = []
    for key, label in labels.items():
        spread = tuple(counts.get(key, {}).get(at, 0) for at in range(LEAST, MOST + 1))
        total = sum(spread)
        if total:
            mean = sum(at * number for at, number in enumerate(spread, start=LEAST)) / total
            found.append(Rated(label, total, mean, spread))
    return tuple(found)
