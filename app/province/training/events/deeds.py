"""Deeds on an event: writing it down, changing and moving it, opening, ending and calling it off, holding it again.

Every function runs inside a platform scope and commits. `office` is the region of the account that acts; an event is
the organiser's and may be changed by offices above it, too. A move (another place, other days, another first or last
hour of a day) raises `schedule_version`; unless the event is a draft, whoever asked by `services.on_moved` is told.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import delete, func, select

from app.core.actors import current_actor
from app.core.files.services import discard_file
from app.core.forms import REQUIRED
from app.core.regions.models import Region
from app.core.ui.formats import ZONE, date, number
from app.core.village.errors import ChangedMeanwhile, Invalid, Missing
from app.extensions import db
from app.province.regions import region_contains
from app.province.training.door.models import TrainingAttendance
from app.province.training.events import queries
from app.province.training.events.models import (
    TrainingEvent,
    TrainingFile,
    TrainingProgramme,
    TrainingQuota,
    TrainingSession,
    TrainingSessionSpeaker,
    TrainingVenue,
)
from app.province.training.events.schemas import LONGEST_REASON
from app.province.training.events.services import Refused, locked_event, moved, note, seats_changed
from app.province.training.participants.models import TrainingInvitation, TrainingParticipant
from tenants.ids import uuid7
from tenants.models import now

MOST_DAYS = 60
Participant = TrainingParticipant
Schedule = tuple[Any, ...]


class TooFew(Invalid):
    """Fewer seats than people who hold one; saying that the last ones wait again takes it."""


def add_event(values: Mapping[str, Any], *, office: str, event_id: uuid.UUID | None = None) -> TrainingEvent:
    """Write a new event down as a draft; a form that is sent twice under one `event_id` is one event.

    Args:
        values: as `schemas.EventForm` loads them; `organiser` is the office itself (or empty) or a region below it.
    Raises:
        Invalid: with the field and a sentence. Missing: the id is another office's event.
    """
    if event_id is not None:
        held = func.pg_advisory_xact_lock(func.hashtext(f"training:{event_id}"))
        db.session.execute(select(held))
        if (known := db.session.get(TrainingEvent, event_id)) is not None:
            if not region_contains(office, known.region_code):
                raise Missing("event")
            return known
    organiser = values.get("organiser") or office
    if not region_contains(office, organiser) or db.session.get(Region, organiser) is None:
        raise Invalid("organiser", _("Pilih wilayah Anda atau yang di bawahnya."))
    event = TrainingEvent(id=event_id or uuid7(), region_code=organiser, created_by=_name(), state="draft")
    _fill(event, _checked(values, organiser))
    db.session.add(event)
    db.session.flush()
    note("training.event_added", event)
    db.session.commit()
    return event


def change_event(
    event_id: uuid.UUID, values: Mapping[str, Any], *, office: str, seen: int | None
) -> TrainingEvent:
    """Change a draft or open event. With another first day its sessions move along by as many days.

    Args:
        values: as `schemas.EventForm` loads them; `organiser` does not count. With `to_waiting` fewer seats than are
            taken let who got theirs last wait again.
        seen: the version that the person saw; None changes it in any case.
    Raises:
        Missing; ChangedMeanwhile; Invalid: also for days that leave a session out; TooFew: fewer seats than are taken;
        Refused: it is over or called off, or somebody attended already and the first day would change.
    """
    event = locked_event(event_id, office)
    try:
        refuse_unless_alive(event)
        _refuse_other_version(event, seen)
        checked = _checked(values, event.region_code)
        _refuse_too_few(event, checked["capacity"], to_waiting=bool(values.get("to_waiting")))
        _refuse_below_quotas(event, checked["capacity"])
        before, seats = schedule_of(event), event.capacity
        _shift(event, checked)
    except (Invalid, Refused, ChangedMeanwhile):
        db.session.rollback()
        raise
    _fill(event, checked)
    event.row_version += 1
    is_moved = schedule_of(event) != before
    if is_moved:
        moved(event)
    if event.capacity != seats:
        seats_changed(event)
    note("training.event_moved" if is_moved else "training.event_changed", event)
    db.session.commit()
    return event


def open_event(event_id: uuid.UUID, *, office: str, seen: int | None = None) -> TrainingEvent:
    """Open a draft: from now on villages can be invited and people registered. Opening twice is opening once.

    Raises Missing; ChangedMeanwhile; Refused without a place or a session.
    """
    event = locked_event(event_id, office)
    if event.state == "open":
        db.session.rollback()
        return event
    try:
        if event.state != "draft":
            raise Refused(_("Hanya draf yang dapat dibuka."))
        _refuse_other_version(event, seen)
        if event.venue_id is None:
            raise Refused(_("Pilih dulu tempatnya, agar desa tahu ke mana harus datang."))
        if not db.session.scalar(select(func.count()).where(TrainingSession.event_id == event.id)):
            raise Refused(_("Tambahkan dulu paling sedikit satu sesi, agar desa tahu pukul berapa mulai."))
    except (Refused, ChangedMeanwhile):
        db.session.rollback()
        raise
    _step(event, "open", "training.event_opened")
    return event


def finish_event(event_id: uuid.UUID, *, office: str) -> TrainingEvent:
    """Close an event that was held. Raises Missing; Refused before its last day and for what is not open."""
    event = locked_event(event_id, office)
    if event.state != "open" or event.ends_on > _today():
        state, last = event.state, event.ends_on
        db.session.rollback()
        if state == "open":
            raise Refused(_("Kegiatan ini baru selesai pada %(day)s.", day=date(last)))
        raise Refused(_("Hanya kegiatan yang dibuka yang dapat ditutup."))
    _step(event, "done", "training.event_done")
    return event


def reopen_event(event_id: uuid.UUID, *, office: str) -> TrainingEvent:
    """Open an event again that was closed too early. Raises Missing; Refused for what is not closed."""
    event = locked_event(event_id, office)
    if event.state != "done":
        db.session.rollback()
        raise Refused(_("Hanya kegiatan yang selesai yang dapat dibuka lagi."))
    _step(event, "open", "training.event_reopened")
    return event


def cancel_event(event_id: uuid.UUID, *, office: str, reason: str) -> TrainingEvent:
    """Call an event off; villages and participants of an open one are told, with the reason.

    Raises Missing; Invalid without a reason; Refused for a draft (it is deleted instead) and for what is over.
    """
    reason = " ".join(reason.split())
    if not 5 <= len(reason) <= LONGEST_REASON:
        raise Invalid("reason", _("Tulis alasannya, 5 sampai %(most)s huruf.", most=LONGEST_REASON))
    event = locked_event(event_id, office)
    if event.state != "open":
        state = event.state
        db.session.rollback()
        said = {
            "draft": _("Draf cukup dihapus: belum ada yang diberi tahu."),
            "cancelled": _("Kegiatan ini sudah dibatalkan."),
        }
        raise Refused(said.get(state, _("Kegiatan ini sudah selesai.")))
    event.state, event.reason = "cancelled", reason
    moved(event)
    _step(event, "cancelled", "training.event_cancelled", {"reason": reason})
    return event


def delete_draft(event_id: uuid.UUID, *, office: str) -> None:
    """Take a draft away with all that belongs to it. Raises Missing; Refused once it was opened or has people."""
    event = locked_event(event_id, office)
    people = select(func.count()).where(Participant.event_id == event.id)
    asked = select(func.count()).where(TrainingInvitation.event_id == event.id)
    if event.state != "draft" or db.session.scalar(people) or db.session.scalar(asked):
        db.session.rollback()
        raise Refused(
            _("Kegiatan yang sudah dibuka atau diundangkan tidak dihapus. Batalkan dengan alasannya.")
        )
    for file_id in db.session.scalars(select(TrainingFile.file_id).where(TrainingFile.event_id == event.id)):
        discard_file(file_id)
    note("training.event_deleted", event)
    db.session.execute(delete(TrainingEvent).where(TrainingEvent.id == event.id))
    db.session.commit()


def copy_event(
    event: TrainingEvent, *, office: str, title: str, starts_on: dt.date, organiser: str = ""
) -> TrainingEvent:
    """Hold an event again: a draft with the same sessions, speakers, seats and quotas on other days.

    Args:
        event: one that the office sees.
        starts_on: the new first day; everything moves along.
        organiser: the office itself (empty) or a region below it.
    Raises Invalid.
    """
    shift = starts_on - event.starts_on
    values = {
        "organiser": organiser, "kind": event.kind, "title": title, "description": event.description,
        "programme_id": event.programme_id, "venue_id": event.venue_id, "starts_on": starts_on,
        "ends_on": event.ends_on + shift, "registration_until": None, "capacity": event.capacity,
        "per_village": event.per_village, "budget": event.budget, "opened_by": "",
    }  # fmt: skip
    made = TrainingEvent(
        id=uuid7(), region_code=values["organiser"] or office, created_by=_name(), state="draft"
    )
    if not region_contains(office, made.region_code):
        raise Invalid("organiser", _("Pilih wilayah Anda atau yang di bawahnya."))
    if not _programme_fits(event.programme_id, made.region_code):
        values["programme_id"] = None
    _fill(made, _checked(values, made.region_code))
    db.session.add(made)
    sessions = list(db.session.scalars(select(TrainingSession).where(TrainingSession.event_id == event.id)))
    for one in sessions:
        copied = TrainingSession(
            id=uuid7(), event_id=made.id, starts_at=one.starts_at + shift, ends_at=one.ends_at + shift,
            title=one.title, pillar=one.pillar, room=one.room,
        )  # fmt: skip
        db.session.add(copied)
        db.session.flush()
        speakers = select(TrainingSessionSpeaker.speaker_id).where(
            TrainingSessionSpeaker.session_id == one.id
        )
        for speaker_id in db.session.scalars(speakers).all():
            db.session.add(TrainingSessionSpeaker(session_id=copied.id, speaker_id=speaker_id))
    for quota in queries.quotas_of(event.id):
        if region_contains(made.region_code, quota.region_code):
            db.session.add(TrainingQuota(event_id=made.id, region_code=quota.region_code, seats=quota.seats))
    db.session.flush()
    note("training.event_copied", made, {"copied_from": str(event.id)})
    db.session.commit()
    return made


def schedule_of(event: TrainingEvent) -> Schedule:
    """What people were told of when and where: days, place, the first and last hour of each day."""
    db.session.flush()
    day = func.date(func.timezone(str(ZONE), TrainingSession.starts_at))
    query = (
        select(day, func.min(TrainingSession.starts_at), func.max(TrainingSession.ends_at))
        .where(TrainingSession.event_id == event.id)
        .group_by(day)
        .order_by(day)
    )
    hours = tuple(tuple(row) for row in db.session.execute(query))
    return event.venue_id, event.starts_on, event.ends_on, hours


def refuse_unless_alive(event: TrainingEvent) -> None:
    """Raise Refused for an event that is over or was called off."""
    if event.state == "done":
        raise Refused(_("Kegiatan ini sudah selesai. Buka lagi dulu bila ada yang perlu dibetulkan."))
    if event.state == "cancelled":
        raise Refused(_("Kegiatan ini sudah dibatalkan."))


def attended(session_ids: Sequence[uuid.UUID]) -> int:
    """How many check-ins sessions have."""
    if not session_ids:
        return 0
    query = select(func.count()).where(TrainingAttendance.session_id.in_(session_ids))
    return db.session.scalar(query) or 0


def _checked(values: Mapping[str, Any], organiser: str) -> dict[str, Any]:
    """The values with the last day settled, against each other and against what they name. Raises Invalid."""
    first = values["starts_on"]
    if first is None:
        raise Invalid("starts_on", REQUIRED)
    last = values.get("ends_on") or first
    if last < first:
        raise Invalid("ends_on", _("Hari terakhir tidak boleh sebelum hari pertama."))
    if (last - first).days >= MOST_DAYS:
        raise Invalid("ends_on", _("Satu kegiatan paling lama %(days)s hari.", days=MOST_DAYS))
    until = values.get("registration_until")
    if until is not None and until > last:
        raise Invalid("registration_until", _("Pendaftaran ditutup paling lambat pada hari terakhir."))
    venue_id, programme_id = values.get("venue_id"), values.get("programme_id")
    if venue_id is not None and db.session.get(TrainingVenue, venue_id) is None:
        raise Invalid("venue_id", _("Tempat ini tidak ada lagi. Pilih yang lain."))
    if not _programme_fits(programme_id, organiser):
        raise Invalid("programme_id", _("Program ini tidak ada di wilayah penyelenggara. Pilih yang lain."))
    return {**values, "ends_on": last}


def _programme_fits(programme_id: uuid.UUID | None, organiser: str) -> bool:
    if programme_id is None:
        return True
    found = db.session.get(TrainingProgramme, programme_id)
    if found is None:
        return False
    return region_contains(found.region_code, organiser) or region_contains(organiser, found.region_code)


def _fill(event: TrainingEvent, values: Mapping[str, Any]) -> None:
    event.kind, event.title = values["kind"], values["title"]
    event.description, event.opened_by = values.get("description") or "", values.get("opened_by") or ""
    event.programme_id, event.venue_id = values.get("programme_id"), values.get("venue_id")
    event.starts_on, event.ends_on = values["starts_on"], values["ends_on"]
    event.registration_until = values.get("registration_until")
    event.capacity, event.per_village = values.get("capacity"), values.get("per_village")
    event.budget = values.get("budget")


def _shift(event: TrainingEvent, values: Mapping[str, Any]) -> None:
    """Let the sessions move along with the first day, and see that the days hold all of them."""
    shift = values["starts_on"] - event.starts_on
    rows = list(db.session.scalars(select(TrainingSession).where(TrainingSession.event_id == event.id)))
    if shift and attended([row.id for row in rows]):
        raise Refused(_("Sudah ada yang hadir, jadi hari pertamanya tidak dapat diubah."))
    for row in rows:
        day = row.starts_at.astimezone(ZONE).date() + shift
        if not values["starts_on"] <= day <= values["ends_on"]:
            raise Invalid(
                "ends_on",
                _(
                    "Sesi “%(title)s” pada %(day)s jatuh di luar hari-hari ini. Pindahkan atau hapus dulu sesinya.",
                    title=row.title,
                    day=date(day),
                ),
            )
    if shift:
        for row in rows:
            row.starts_at, row.ends_at = row.starts_at + shift, row.ends_at + shift


def _refuse_too_few(event: TrainingEvent, capacity: int | None, *, to_waiting: bool) -> None:
    if capacity is None or (event.capacity is not None and capacity >= event.capacity):
        return
    query = select(func.count()).where(Participant.event_id == event.id, Participant.seat == "registered")
    taken = db.session.scalar(query) or 0
    if capacity < taken and not to_waiting:
        raise TooFew(
            "capacity",
            _(
                "Sudah %(taken)s orang terdaftar. Tulis paling sedikit %(taken)s, atau centang agar yang terakhir"
                " terdaftar pindah ke daftar tunggu.",
                taken=number(taken),
            ),
        )


def _refuse_below_quotas(event: TrainingEvent, capacity: int | None) -> None:
    """Seats that regions hold lie within those of the event; a kecamatan's lie within its kabupaten's."""
    quotas = (
        {one.region_code: one.seats for one in queries.quotas_of(event.id)} if capacity is not None else {}
    )
    held = sum(seats for code, seats in quotas.items() if code.rpartition(".")[0] not in quotas)
    if capacity is not None and held > capacity:
        raise Invalid(
            "capacity",
            _(
                "Kabupaten dan kecamatan sudah memegang %(held)s kursi. Kurangi dulu kuotanya, atau tulis paling"
                " sedikit %(held)s.",
                held=number(held),
            ),
        )


def _refuse_other_version(event: TrainingEvent, seen: int | None) -> None:
    if seen is not None and seen != event.row_version:
        raise ChangedMeanwhile({"row_version": event.row_version, "title": event.title})


def _step(event: TrainingEvent, state: str, action: str, details: dict[str, Any] | None = None) -> None:
    event.state = state
    event.row_version += 1
    note(action, event, details)
    db.session.commit()


def _name() -> str:
    actor = current_actor()
    return actor.name if actor else ""


def _today() -> dt.date:
    return now().astimezone(ZONE).date()
