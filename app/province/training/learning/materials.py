"""Material of an event: kept for whoever takes part, every opening counted by village.

The office's functions run inside a platform scope and commit; the village's enter one for a short time and see what its
own invitations and participants lead to.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

from flask import Response
from flask_babel import gettext as _
from sqlalchemy import and_, exists, func, or_, select
from sqlalchemy.dialects.postgresql import insert

from app.core.accounts.scoping import platform_rows
from app.core.actors import Actor, current_actor
from app.core.files.services import discard_file, store_bytes
from app.core.tables import Cell, Column, write_workbook
from app.core.ui.formats import moment
from app.core.village.errors import Invalid, Missing
from app.extensions import db
from app.province.announcements import files
from app.province.announcements.files import CheckedFile
from app.province.regions import Territory, within
from app.province.training.events.models import TrainingEvent, TrainingFile
from app.province.training.events.services import locked_event, note
from app.province.training.learning.models import MaterialOpening
from app.province.training.participants.models import TrainingInvitation, TrainingParticipant
from app.province.watching import note_export
from tenants.models import TenantRow, now
from tenants.scope import current_tenant

MOST_MATERIALS = 30
PURPOSE = "training_material"
Participant = TrainingParticipant


@dataclass(frozen=True, slots=True)
class Material:
    """A material of an event: `villages` opened it, `times` in all; both 0 where they were not asked for."""

    id: uuid.UUID
    title: str
    file_name: str
    media_type: str
    size: int
    villages: int = 0
    times: int = 0


@dataclass(frozen=True, slots=True)
class Opening:
    """How often a village that takes part opened an event's materials: how many of them, and when last."""

    village: TenantRow
    opened: int
    times: int
    last_at: object


def materials_of(event_id: uuid.UUID) -> list[Material]:
    """The materials of an event in the order in which they were added, with their openings: one select."""
    query = (
        select(
            TrainingFile,
            func.count(MaterialOpening.tenant_id),
            func.coalesce(func.sum(MaterialOpening.times), 0),
        )
        .outerjoin(MaterialOpening, MaterialOpening.file_id == TrainingFile.id)
        .where(TrainingFile.event_id == event_id, TrainingFile.purpose == "material")
        .group_by(TrainingFile.id)
        .order_by(TrainingFile.id)
    )
    return [_material(row[0], row[1], row[2]) for row in db.session.execute(query)]


def add(event_id: uuid.UUID, title: str, file: CheckedFile, *, office: str) -> TrainingFile:
    """Add a material to an event of the office. Raises Missing, Invalid for too many, StorageAway."""
    event = locked_event(event_id, office)
    mine = and_(TrainingFile.event_id == event_id, TrainingFile.purpose == "material")
    if (db.session.scalar(select(func.count()).where(mine)) or 0) >= MOST_MATERIALS:
        db.session.rollback()
        raise Invalid("file", _("Paling banyak %(most)s materi untuk satu kegiatan.", most=MOST_MATERIALS))
    kept = store_bytes(file.data, file_name=file.name, media_type=file.media_type, purpose=PURPOSE)
    actor = current_actor()
    row = TrainingFile(
        event_id=event.id, purpose="material", title=title, file_id=kept.id, file_name=kept.file_name,
        media_type=kept.media_type, size=kept.size, added_by=actor.name if actor else "",
    )  # fmt: skip
    db.session.add(row)
    note("training_material.added", event, {"title": title})
    db.session.commit()
    return row


def remove(event_id: uuid.UUID, material_id: uuid.UUID, *, office: str) -> None:
    """Take a material away, with its file and what was counted of it. Raises Missing."""
    event = locked_event(event_id, office)
    row = _row(event_id, material_id)
    discard_file(row.file_id)
    note("training_material.removed", event, {"title": row.title})
    db.session.delete(row)
    db.session.commit()


def answer_for_office(event_id: uuid.UUID, material_id: uuid.UUID) -> Response:
    """A material's file for people of offices, not counted. Raises Missing, FileMissing, StorageAway."""
    return files.file_answer(_row(event_id, material_id).file_id)


def open_for_participant(seat: TrainingParticipant, material_id: uuid.UUID) -> Response:
    """A material's file for whoever holds a seat; counted for the village that sent them. Commits.

    Raises Missing, FileMissing, StorageAway.
    """
    row = _row(seat.event_id, material_id)
    answer = files.file_answer(row.file_id)
    if seat.tenant_id is not None:
        _count(row.id, seat.tenant_id)
        db.session.commit()
    return answer


def village_materials(event_id: uuid.UUID) -> list[Material]:
    """The materials that the present village may open: of an event that invited it or where its people take part.

    Raises Missing for any other event.
    """
    tenant_id = current_tenant().id
    with platform_rows():
        _check_takes_part(event_id, tenant_id)
        query = select(TrainingFile).where(
            TrainingFile.event_id == event_id, TrainingFile.purpose == "material"
        )
        return [_material(row) for row in db.session.scalars(query.order_by(TrainingFile.id))]


def open_for_village(event_id: uuid.UUID, material_id: uuid.UUID, actor: Actor) -> Response:
    """A material's file for the present village's staff, counted; a visitor of the province is not. Commits.

    Raises Missing, FileMissing, StorageAway.
    """
    tenant_id = current_tenant().id
    with platform_rows():
        _check_takes_part(event_id, tenant_id)
        row = _row(event_id, material_id)
        answer = files.file_answer(row.file_id)
        if actor.support_visit is None:
            _count(row.id, tenant_id)
            db.session.commit()
        return answer


def openings(event_id: uuid.UUID, here: Territory) -> list[Opening]:
    """The villages of a territory that take part, by code, with what they opened: one select.

    Whoever opened nothing yet is among them; that is who may be reminded.
    """
    takes_part = or_(
        exists().where(Participant.event_id == event_id, Participant.tenant_id == TenantRow.id),
        exists().where(TrainingInvitation.event_id == event_id, TrainingInvitation.tenant_id == TenantRow.id),
    )
    mine = select(TrainingFile.id).where(
        TrainingFile.event_id == event_id, TrainingFile.purpose == "material"
    )
    query = (
        select(
            TenantRow,
            func.count(MaterialOpening.file_id),
            func.coalesce(func.sum(MaterialOpening.times), 0),
            func.max(MaterialOpening.last_at),
        )
        .outerjoin(
            MaterialOpening,
            and_(MaterialOpening.tenant_id == TenantRow.id, MaterialOpening.file_id.in_(mine)),
        )
        .where(takes_part, within(here.code))
        .group_by(TenantRow.id)
        .order_by(TenantRow.code)
    )
    return [Opening(row[0], int(row[1]), int(row[2]), row[3]) for row in db.session.execute(query)]


def export_openings(event: TrainingEvent, here: Territory) -> IO[bytes]:
    """Write which villages opened how much into a workbook and note it; the caller closes the file. Commits."""
    found = openings(event.id, here)
    columns = [
        Column(_("Kode wilayah"), width=15),
        Column(_("Desa"), width=28),
        Column(_("Kecamatan"), width=22),
        Column(_("Kabupaten/kota"), width=28),
        Column(_("Materi dibuka"), "number", 14),
        Column(_("Kali dibuka"), "number", 12),
        Column(_("Terakhir dibuka"), "moment", 17),
    ]

    def rows() -> Iterator[tuple[Cell, ...]]:
        for one in found:
            village = one.village
            last: Cell = one.last_at  # type: ignore[assignment]
            yield (
                village.code, f"{village.term} {village.name}", village.district_name, village.regency_name,
                one.opened, one.times, last,
            )  # fmt: skip

    about = _(
        "Materi %(event)s, %(region)s, per %(moment)s",
        event=event.title, region=here.name, moment=moment(now()),
    )  # fmt: skip
    file = write_workbook(_("Materi dibuka"), columns, rows(), about)
    note_export("training_materials", event.id, event.title, len(found), {"region": here.code})
    return file


def _material(row: TrainingFile, villages: int = 0, times: int = 0) -> Material:
    return Material(row.id, row.title, row.file_name, row.media_type, row.size, int(villages), int(times))


def _row(event_id: uuid.UUID, material_id: uuid.UUID) -> TrainingFile:
    query = select(TrainingFile).where(
        TrainingFile.id == material_id, TrainingFile.event_id == event_id, TrainingFile.purpose == "material"
    )
    row = db.session.scalars(query).one_or_none()
    if row is None:
        db.session.rollback()
        raise Missing("material")
    return row


def _count(material_id: uuid.UUID, tenant_id: uuid.UUID) -> None:
    """Add one to a village's openings; two at once wait for each other's row and both count."""
    written = insert(MaterialOpening).values(file_id=material_id, tenant_id=tenant_id, times=1, last_at=now())
    db.session.execute(
        written.on_conflict_do_update(
            index_elements=["file_id", "tenant_id"],
            set_={"times": MaterialOpening.times + 1, "last_at": written.excluded.last_at},
        )
    )


def _check_takes_part(event_id: uuid.UUID, tenant_id: uuid.UUID) -> None:
    invited = exists().where(
        TrainingInvitation.event_id == event_id, TrainingInvitation.tenant_id == tenant_id
    )
    sends = exists().where(Participant.event_id == event_id, Participant.tenant_id == tenant_id)
    query = select(TrainingEvent.id).where(
        TrainingEvent.id == event_id, TrainingEvent.state.in_(("open", "done")), or_(invited, sends)
    )
    if db.session.scalar(query) is None:
        raise Missing("event")
