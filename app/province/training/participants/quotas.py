"""Seats that kabupaten and kecamatan hold: setting, swapping, giving back. Each function locks the event and commits.

Fewer seats than are taken is refused with the number, unless it was said that those who got theirs last wait again.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from flask_babel import gettext as _
from sqlalchemy import func, select

from app.core import audit
from app.core.regions.models import Region
from app.core.village.errors import Invalid
from app.extensions import db
from app.province.regions import DISTRICT, REGENCY, frame_name, level_of, region_contains
from app.province.training.events.models import TrainingEvent, TrainingQuota
from app.province.training.events.services import locked_event
from app.province.training.participants import registering, seats, telling
from app.province.training.participants.models import TrainingParticipant
from app.province.training.participants.rules import Refused
from app.province.training.participants.seats import EVERYWHERE, Seating

MOST_SEATS = 20_000
Participant = TrainingParticipant


class BelowRegistered(Refused):
    """Fewer seats than people who hold one; `taken` says how many they are."""

    def __init__(self, sentence: str, taken: int) -> None:
        super().__init__(sentence)
        self.taken = taken


@dataclass(frozen=True, slots=True)
class QuotaLine:
    """A region's seats at an event. `seats` None: it holds none of its own and takes from those around it."""

    code: str
    name: str
    seats: int | None
    taken: int
    waiting: int

    @property
    def free(self) -> int | None:
        """Seats of its own that are left."""
        return None if self.seats is None else max(0, self.seats - self.taken)

    @property
    def level(self) -> int:
        """2 for a kabupaten/kota, 3 for a kecamatan."""
        return level_of(self.code)


@dataclass(frozen=True, slots=True)
class QuotaTable:
    """The regions that hold seats or send people, and what is left for all others."""

    lines: list[QuotaLine]
    capacity: int | None
    taken: int
    waiting: int
    open_seats: int | None
    open_taken: int


def table(event: TrainingEvent) -> QuotaTable:
    """The quotas of an event beside what is taken: three selects (and one for names that are not known yet)."""
    present = seats.seating(event)
    waits = db.session.execute(
        select(Participant.regency_code, Participant.district_code, func.count())
        .where(Participant.event_id == event.id, Participant.seat == "waiting")
        .group_by(Participant.regency_code, Participant.district_code)
    ).all()
    sending = {code for regency, district in present.taken for code in (regency, district) if code}
    sending |= {code for regency, district, _n in waits for code in (regency, district) if code}
    codes = sorted(set(present.held) | sending)
    lines = [
        QuotaLine(
            code,
            frame_name(code),
            present.held.get(code),
            present.taken_in(code),
            sum(count for regency, district, count in waits if code in (regency, district)),
        )
        for code in codes
    ]
    return QuotaTable(
        lines,
        event.capacity,
        present.taken.total(),
        sum(count for _regency, _district, count in waits),
        present.pool(EVERYWHERE),
        present.taken_from(EVERYWHERE),
    )


def set_quota(
    event_id: uuid.UUID, region_code: str, number: int | None, *, office: str, to_waiting: bool = False
) -> list[TrainingParticipant]:
    """Give a kabupaten or kecamatan so many seats, or (None) none of its own; returns who must wait again.

    Args:
        office: the region of the account that acts; the event is its own or of an office below.
        to_waiting: let who got a seat last wait again where fewer are left than are taken.
    Raises:
        Missing; Invalid for the region or the number; BelowRegistered.
    """
    event = locked_event(event_id, office)
    _refuse_unless_open(event)
    _check_region(event, region_code)
    present = seats.seating(event)
    held = dict(present.held)
    before = held.pop(region_code, None)
    moved: list[TrainingParticipant] = []
    if number is not None:
        if not 0 <= number <= MOST_SEATS:
            raise Invalid("seats", _("Tulis jumlah tempat, 0 sampai %(most)s.", most=MOST_SEATS))
        held[region_code] = number
        _check_fit(Seating(event.capacity, held, present.taken), region_code)
        moved = _make_fit(event, present, region_code, number, to_waiting=to_waiting)
    _write(event, region_code, number)
    _note(
        "training_quota.changed", event, {"about": frame_name(region_code), "before": before, "after": number}
    )
    registering.moved_up(event)
    telling.tell_seats(moved, "waiting")
    db.session.commit()
    return moved


def swap(event_id: uuid.UUID, giver: str, taker: str, number: int, *, office: str) -> None:
    """Move seats from one region to another. Raises Missing, Invalid, BelowRegistered when the giver needs them."""
    event = locked_event(event_id, office)
    _refuse_unless_open(event)
    _check_region(event, taker)
    present = seats.seating(event)
    if giver not in present.held:
        raise Invalid("giver", _("Wilayah ini tidak memegang tempat."))
    if giver == taker:
        raise Invalid("taker", _("Pilih wilayah lain sebagai penerima."))
    if not 1 <= number <= present.held[giver]:
        raise Invalid("seats", _("Tulis 1 sampai %(most)s tempat.", most=present.held[giver]))
    left = present.held[giver] - number
    taken = max(present.taken_in(giver), present.kept_below(giver))
    if left < taken:
        raise BelowRegistered(
            _(
                "%(region)s hanya dapat melepas %(most)s tempat: %(taken)s dari %(seats)s sudah terpakai.",
                region=frame_name(giver),
                most=max(0, present.held[giver] - taken),
                taken=taken,
                seats=present.held[giver],
            ),
            taken,
        )
    held = {**present.held, giver: left}
    held[taker] = held.get(taker, 0) + number
    _check_fit(Seating(event.capacity, held, present.taken), taker)
    _write(event, giver, left)
    _write(event, taker, held[taker])
    _note(
        "training_quota.swapped",
        event,
        {"before": frame_name(giver), "after": frame_name(taker), "count": number},
    )
    registering.moved_up(event)
    db.session.commit()


def seats_changed(event: TrainingEvent) -> None:
    """An event's seats in all changed: whoever waits moves up, whoever has no seat any more waits. Does not commit."""
    present = seats.seating(event)
    if event.capacity is not None and present.taken.total() > event.capacity:
        telling.tell_seats(seats.back_to_waiting(event, present.taken.total() - event.capacity), "waiting")
    registering.moved_up(event)


def _check_region(event: TrainingEvent, code: str) -> None:
    known = level_of(code) in (REGENCY, DISTRICT) and region_contains(event.region_code, code)
    if not known or db.session.scalar(select(Region.code).where(Region.code == code)) is None:
        raise Invalid("region", _("Pilih kabupaten/kota atau kecamatan di wilayah penyelenggara."))


def _check_fit(wanted: Seating, code: str) -> None:
    """That the seats of smaller regions lie within those around them. Raises Invalid."""
    if level_of(code) == REGENCY and wanted.kept_below(code) > wanted.held[code]:
        raise Invalid(
            "seats",
            _(
                "Kecamatan di dalamnya memegang %(kept)s tempat. Kurangi itu dulu.",
                kept=wanted.kept_below(code),
            ),
        )
    around = code[:5] if level_of(code) == DISTRICT and code[:5] in wanted.held else EVERYWHERE
    limit = wanted.capacity if around == EVERYWHERE else wanted.held[around]
    if limit is not None and wanted.kept_below(around) > limit:
        raise Invalid(
            "seats",
            _(
                "Jumlah kuota menjadi %(sum)s, lebih dari %(limit)s tempat yang ada.",
                sum=wanted.kept_below(around),
                limit=limit,
            ),
        )


def _make_fit(
    event: TrainingEvent, present: Seating, code: str, number: int, *, to_waiting: bool
) -> list[TrainingParticipant]:
    taken = present.taken_in(code)
    if number >= taken:
        return []
    if not to_waiting:
        raise BelowRegistered(
            _(
                "%(taken)s orang dari %(region)s sudah memegang tempat, jadi kuotanya tidak dapat menjadi %(number)s."
                " Centang agar yang terakhir terdaftar pindah ke daftar tunggu.",
                taken=taken,
                region=frame_name(code),
                number=number,
            ),
            taken,
        )
    return seats.back_to_waiting(event, taken - number, [code])


def _write(event: TrainingEvent, code: str, number: int | None) -> None:
    row = db.session.get(TrainingQuota, (event.id, code))
    if number is None:
        if row is not None:
            db.session.delete(row)
    elif row is None:
        db.session.add(TrainingQuota(event_id=event.id, region_code=code, seats=number))
    else:
        row.seats = number
    db.session.flush()


def _refuse_unless_open(event: TrainingEvent) -> None:
    if event.state not in ("draft", "open"):
        raise Refused(_("Kegiatan ini sudah selesai atau dibatalkan, jadi kuotanya tetap seperti adanya."))


def _note(action: str, event: TrainingEvent, details: dict[str, object]) -> None:
    audit.record(
        action,
        object_type="training_event",
        object_id=event.id,
        summary=event.title,
        details={"region": event.region_code, **details},
    )
