"""Seats for people who come without one: unannounced, from the waiting list, or after they had lost theirs."""

from __future__ import annotations

import uuid

from flask_babel import gettext as _
from sqlalchemy import func, select

from app.core import audit
from app.core.village.errors import Invalid
from app.extensions import db
from app.province.regions import region_contains
from app.province.training.door.marks import WalkIn
from app.province.training.events.models import TrainingEvent
from app.province.training.participants import people
from app.province.training.participants.models import TrainingParticipant, TrainingPerson
from tenants.models import TenantRow, now


def one_at_a_time(event: TrainingEvent) -> None:
    """Let phones that give seats at an event do so one after another, until the transaction ends.

    Seats are locked in the order in which people came, which is another one at each door.
    """
    db.session.execute(select(func.pg_advisory_xact_lock(func.hashtext(f"training_door:{event.id}"))))


def seat_for(event: TrainingEvent, key: uuid.UUID, who: WalkIn, by: str) -> tuple[TrainingParticipant, str]:
    """The seat of somebody who was not registered, and their name. The same key again is the same seat.

    Runs in the open transaction and does not commit. Raises Invalid with a sentence.
    """
    village = _village(event, who.tenant_id)
    if who.is_other and db.session.get(TrainingParticipant, key) is None:
        return _somebody_else(event, key, who, village, by), who.name
    seat = people.add_walk_in(
        event, name=who.name, sex=who.sex, by=by, phone=who.phone, village=village, position=who.position,
        participant_id=key,
    )  # fmt: skip
    return seat, db.session.get_one(TrainingPerson, seat.person_id).name


def admit(event: TrainingEvent, participant_id: uuid.UUID, name: str) -> None:
    """Give somebody a seat who waits for one or had lost it, and stands at the door. Does not commit."""
    seat = db.session.get_one(
        TrainingParticipant, participant_id, with_for_update=True, populate_existing=True
    )
    if seat.seat == "registered":
        return
    audit.record(
        "training_participant.admitted",
        object_type="training_participant",
        object_id=seat.id,
        summary=f"{name}, {event.title}",
        details={"region": event.region_code, "seat": seat.seat},
        tenant_id=seat.tenant_id,
    )
    seat.seat, seat.is_walk_in, seat.seated_at = "registered", True, now()
    seat.cancelled_at = seat.cancel_reason = None
    seat.row_version += 1
    db.session.flush()


def _somebody_else(
    event: TrainingEvent, key: uuid.UUID, who: WalkIn, village: TenantRow | None, by: str
) -> TrainingParticipant:
    """A person of their own, though the village has another one of that name: who stands at the door says so."""
    person = TrainingPerson(
        name=who.name, search_name=people.search_name(who.name), sex=who.sex, phone=who.phone
    )
    db.session.add(person)
    db.session.flush()
    seat = TrainingParticipant(
        id=key, event_id=event.id, person_id=person.id, tenant_id=village.id if village else None,
        district_code=village.district_code if village else "", regency_code=village.regency_code if village else "",
        position=who.position or "warga", seat="registered", is_walk_in=True, token=people.new_seat_token(),
        registered_by=by, seated_at=now(),
    )  # fmt: skip
    db.session.add(seat)
    audit.record(
        "training_participant.walked_in",
        object_type="training_participant",
        object_id=key,
        summary=f"{who.name}, {event.title}",
        details={"region": event.region_code},
        tenant_id=seat.tenant_id,
    )
    db.session.flush()
    return seat


def _village(event: TrainingEvent, tenant_id: uuid.UUID | None) -> TenantRow | None:
    if tenant_id is None:
        return None
    village = db.session.get(TenantRow, tenant_id)
    if village is None or not region_contains(event.region_code, village.code):
        raise Invalid("village", _("Desa ini tidak ada di wilayah penyelenggara."))
    return village
