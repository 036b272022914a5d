"""What all deeds about whole villages share: who is held, who waits, what stands open.

Functions run inside a platform scope. Registry rows are locked in the order of their ids, so that two deeds at once
come one after the other, and the second is told.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable

from flask_babel import gettext as _
from sqlalchemy import func, or_, select

from app.core import audit
from app.core.actors import acting
from app.core.village.errors import Invalid
from app.core.village.queries import today
from app.extensions import db
from app.province.life.models import OPEN_STATES, VillageDeed
from app.province.regions import within
from app.province.services import full_name
from tenants.errors import UnknownTenant
from tenants.models import PlatformJobRun, TenantRow, now

PAGE = 50


class LifeRefused(Exception):
    """What was asked can't be done now; the message is a sentence for the person who asked."""


def hold(*tenant_ids: uuid.UUID) -> list[TenantRow]:
    """Lock registry rows and return them as they were asked for. Raises UnknownTenant."""
    query = select(TenantRow).where(TenantRow.id.in_(tenant_ids)).order_by(TenantRow.id).with_for_update()
    rows = {row.id: row for row in db.session.scalars(query.execution_options(populate_existing=True))}
    missing = [key for key in tenant_ids if key not in rows]
    if missing:
        raise UnknownTenant(str(missing[0]))
    return [rows[key] for key in tenant_ids]


def open_deed(*tenant_ids: uuid.UUID) -> VillageDeed | None:
    """The deed that one of these villages takes part in, or that is to fill it, and that is not over; one select."""
    mine = or_(
        VillageDeed.tenant_id.in_(tenant_ids),
        VillageDeed.other_tenant_id.in_(tenant_ids),
        VillageDeed.plan["new_id"].astext.in_([str(key) for key in tenant_ids]),
    )
    query = select(VillageDeed).where(mine, VillageDeed.state.in_(OPEN_STATES))
    return db.session.scalars(query.order_by(VillageDeed.created_at).limit(1)).first()


def refuse_if_busy(rows: Iterable[TenantRow]) -> None:
    """Raise LifeRefused when something else is under way with one of these villages; their rows are held."""
    held = list(rows)
    found = open_deed(*(row.id for row in held))
    if found is None:
        return
    parties = {str(found.tenant_id), str(found.other_tenant_id), found.plan.get("new_id")}
    whose = next(row for row in held if str(row.id) in parties)
    raise LifeRefused(
        _(
            "%(village)s sedang dalam perubahan lain yang belum selesai. Selesaikan atau batalkan itu dahulu.",
            village=full_name(whose),
        )
    )


def held_deed(deed_id: uuid.UUID) -> VillageDeed:
    """A deed, locked. Raises LifeRefused when there is none."""
    query = select(VillageDeed).where(VillageDeed.id == deed_id).with_for_update()
    deed = db.session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if deed is None:
        raise LifeRefused(_("Perubahan ini tidak ada lagi."))
    return deed


def find(
    deed_id: uuid.UUID, region_code: str | None
) -> tuple[VillageDeed, TenantRow, TenantRow | None] | None:
    """A deed with its village and the other one; None when its village lies outside of the region."""
    query = (
        select(VillageDeed, TenantRow)
        .join(TenantRow, TenantRow.id == VillageDeed.tenant_id)
        .where(VillageDeed.id == deed_id, within(region_code))
    )
    found = db.session.execute(query).one_or_none()
    if found is None:
        return None
    deed, row = found
    other = db.session.get(TenantRow, deed.other_tenant_id) if deed.other_tenant_id else None
    return deed, row, other


def deeds_of(tenant_id: uuid.UUID) -> list[VillageDeed]:
    """The newest deeds of a village, newest first, at most PAGE."""
    mine = or_(VillageDeed.tenant_id == tenant_id, VillageDeed.other_tenant_id == tenant_id)
    query = select(VillageDeed).where(mine).order_by(VillageDeed.created_at.desc(), VillageDeed.id.desc())
    return list(db.session.scalars(query.limit(PAGE)))


def run_of(deed: VillageDeed) -> PlatformJobRun | None:
    """The run that works on a deed, to watch."""
    return db.session.get(PlatformJobRun, deed.run_id) if deed.run_id else None


def page_of(kind: str, number: int) -> tuple[list[tuple[VillageDeed, TenantRow]], int]:
    """One page of all deeds of a kind, newest first, and how many there are: two selects."""
    total = db.session.scalar(select(func.count()).where(VillageDeed.kind == kind)) or 0
    query = (
        select(VillageDeed, TenantRow)
        .join(TenantRow, TenantRow.id == VillageDeed.tenant_id)
        .where(VillageDeed.kind == kind)
        .order_by(VillageDeed.created_at.desc(), VillageDeed.id.desc())
    )
    rows = db.session.execute(query.limit(PAGE).offset((number - 1) * PAGE))
    return [(deed, row) for deed, row in rows], total


def refuse_future(day: dt.date | None) -> None:
    """Raise Invalid for a day that has not come: what is carried out now holds from today at the latest."""
    if day is not None and day > today():
        raise Invalid(
            "effective_on",
            _("Jalankan pada hari berlakunya: tanggal ini belum tiba. Data tetap seperti semula."),
        )


def begin(kind: str, row: TenantRow, state: str, **columns: object) -> VillageDeed:
    """Add a deed in the open transaction, in the name of who acts."""
    actor = acting()
    deed = VillageDeed(
        kind=kind,
        tenant_id=row.id,
        state=state,
        asked_by=actor.account_id,
        asked_by_name=actor.name,
        asked_at=now(),
        **columns,
    )
    db.session.add(deed)
    db.session.flush()
    return deed


def note(action: str, row: TenantRow, deed: VillageDeed, details: dict[str, object] | None = None) -> None:
    """Append to the platform's audit log, about the village."""
    audit.record(
        action,
        object_type="village",
        object_id=row.id,
        summary=full_name(row),
        details={"deed": str(deed.id), **(details or {})},
        tenant_id=row.id,
    )


def cancel(deed_id: uuid.UUID) -> None:
    """Give up a split or a merge that does not run: nothing of it was done. Commits. Raises LifeRefused."""
    deed = held_deed(deed_id)
    run = run_of(deed)
    stuck = deed.state == "running" and run is not None and run.state == "failed"
    if deed.kind == "deletion" or not (deed.state in ("counting", "ready", "failed") or stuck):
        raise LifeRefused(_("Perubahan ini sedang berjalan atau sudah selesai, jadi tidak dapat dibatalkan."))
    deed.state, deed.finished_at, deed.ended_by_name = "cancelled", now(), acting().name
    note(f"village.{deed.kind}_cancelled", db.session.get_one(TenantRow, deed.tenant_id), deed)
    db.session.commit()
