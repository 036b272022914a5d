"""What bears the code of a kecamatan and goes along when the whole kecamatan gets another: its trainings and what they
need, quotas, announcements, documents, schedules, invitations, and what stands for its officers.

Reports and certificates that were given out stay as they were: they bear the place of their time. What belongs to the
old kabupaten stays there.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, func, or_, select, text, true, update
from sqlalchemy.dialects.postgresql import array

from app.extensions import db
from app.province.announcements.models import Announcement, SharedDocument
from app.province.external.models import ExternalDelivery
from app.province.onboarding.bulk.models import BulkRun
from app.province.onboarding.invitations.models import InvitationBatch
from app.province.reports.models import ReportSchedule
from app.province.training.events.models import (
    CalendarFeed,
    TrainingEvent,
    TrainingProgramme,
    TrainingQuota,
    TrainingSpeaker,
    TrainingVenue,
)
from app.province.training.learning.models import TrainingQuestion
from app.province.training.participants.models import TrainingParticipant
from tenants.models import TenantRow

RUNNING = ("draft", "open")
"""States of a training that is still to be held."""


@dataclass(frozen=True, slots=True)
class Kind:
    """Rows that bear the code of the office that keeps them, and which of them somebody still works with."""

    label: object
    column: Any
    living: ColumnElement[bool]


KINDS = (
    Kind(_l("Pelatihan"), TrainingEvent.region_code, TrainingEvent.state.in_(RUNNING)),
    Kind(_l("Program pelatihan"), TrainingProgramme.region_code, true()),
    Kind(_l("Tempat pelatihan"), TrainingVenue.region_code, true()),
    Kind(_l("Narasumber"), TrainingSpeaker.region_code, true()),
    Kind(_l("Soal"), TrainingQuestion.region_code, TrainingQuestion.is_active.is_(True)),
    Kind(_l("Pengumuman"), Announcement.region_code, Announcement.state != "withdrawn"),
    Kind(_l("Dokumen"), SharedDocument.region_code, SharedDocument.withdrawn_at.is_(None)),
    Kind(_l("Jadwal laporan"), ReportSchedule.region_code, ReportSchedule.is_active.is_(True)),
    Kind(_l("Undangan massal"), InvitationBatch.region_code, true()),
    Kind(_l("Berkas banyak desa"), BulkRun.region_code, true()),
)
BESIDES: tuple[Any, ...] = (
    TrainingVenue.kept_by,
    CalendarFeed.region_code,
    ExternalDelivery.region_code,
)
"""Columns whose code goes along without being told before."""

_TAKE_QUOTAS = """
    WITH taken AS (DELETE FROM platform.training_quota WHERE region_code = :old RETURNING event_id, seats),
    lessened AS (
      UPDATE platform.training_quota q SET seats = greatest(0, q.seats - t.seats) FROM taken t
      WHERE q.event_id = t.event_id AND q.region_code = :regency
    )
    INSERT INTO platform.training_quota AS q (event_id, region_code, seats) SELECT event_id, :new, seats FROM taken
    ON CONFLICT (event_id, region_code) DO UPDATE SET seats = q.seats + excluded.seats
"""
"""Seats of a kecamatan lay within those of its old kabupaten: it takes them along, and there are as many as before."""

_RUNS = """
    UPDATE platform.job_run SET arguments = jsonb_set(arguments, '{region_code}', to_jsonb(CAST(:new AS text)))
    WHERE arguments->>'region_code' = :old
"""


def told(districts: Sequence[str]) -> list[tuple[object, int]]:
    """What goes along with kecamatan as (word, how many), without what there is none of: one select for each kind."""
    if not districts:
        return []
    found = [
        (
            kind.label,
            db.session.scalar(select(func.count()).where(kind.column.in_(districts), kind.living)) or 0,
        )
        for kind in KINDS
    ]
    quotas = (
        select(func.count())
        .select_from(TrainingQuota)
        .join(TrainingEvent, TrainingEvent.id == TrainingQuota.event_id)
        .where(TrainingQuota.region_code.in_(districts), TrainingEvent.state.in_(RUNNING))
    )
    found.append((_l("Kuota pelatihan"), db.session.scalar(quotas) or 0))
    return [(label, count) for label, count in found if count]


def hold(districts: Sequence[str], tenant_ids: Sequence[uuid.UUID]) -> None:
    """Lock the trainings and announcements that change, before any village is locked: as whoever registers or sends."""
    if districts:
        said = select(Announcement.id).where(_says(districts)).order_by(Announcement.id).with_for_update()
        db.session.execute(said)
    sends = select(TrainingParticipant.event_id).where(TrainingParticipant.tenant_id.in_(tenant_ids))
    keeps = select(TrainingQuota.event_id).where(TrainingQuota.region_code.in_(districts))
    events = select(TrainingEvent.id).where(
        or_(
            TrainingEvent.region_code.in_(districts),
            TrainingEvent.id.in_(sends),
            TrainingEvent.id.in_(keeps),
        )
    )
    db.session.execute(events.order_by(TrainingEvent.id).with_for_update())


def go_along(districts: Mapping[str, str], tenant_ids: Sequence[uuid.UUID]) -> None:
    """Give what belongs to kecamatan their new codes, in the open transaction, after the villages have theirs.

    Args:
        districts: kecamatan that go over whole, old code → new code.
        tenant_ids: all villages that move; whom and what they sent is counted where they lie now.
    """
    for old, new in districts.items():
        for column in (*(kind.column for kind in KINDS), *BESIDES):
            moved = update(column.class_).where(column == old).values({column: new})
            db.session.execute(moved.execution_options(synchronize_session=False))
        db.session.execute(text(_TAKE_QUOTAS), {"old": old, "new": new, "regency": old[:5]})
        db.session.execute(text(_RUNS), {"old": old, "new": new})
    if districts:
        _aim(districts)
    people = (
        update(TrainingParticipant)
        .where(TrainingParticipant.tenant_id == TenantRow.id, TenantRow.id.in_(tenant_ids))
        .values(district_code=TenantRow.district_code, regency_code=TenantRow.regency_code)
    )
    sent = (
        update(ExternalDelivery)
        .where(ExternalDelivery.tenant_id == TenantRow.id, TenantRow.id.in_(tenant_ids))
        .values(region_code=TenantRow.code)
    )
    for statement in (people, sent):
        db.session.execute(statement.execution_options(synchronize_session=False))


def _aim(districts: Mapping[str, str]) -> None:
    """Announcements that were aimed at these kecamatan name them by their new codes."""
    for row in db.session.scalars(select(Announcement).where(_says(list(districts)))):
        aimed = [districts.get(code, code) for code in row.audience.get("regions", [])]
        row.audience = {**row.audience, "regions": list(dict.fromkeys(aimed))}
    db.session.flush()


def _says(districts: Sequence[str]) -> ColumnElement[bool]:
    """That an announcement is of one of these kecamatan, or was aimed at one."""
    aimed = Announcement.audience["regions"].has_any(array(districts))
    return or_(Announcement.region_code.in_(districts), aimed)
