"""Which copies are kept: of the nights seven days, four weeks and six months; what was made by hand for ninety days."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Sequence
from itertools import groupby

from sqlalchemy import delete, func, select

from app.extensions import db
from app.province.copies.models import NIGHTLY, READY, VillageCopy, VillageHealth
from app.province.copies.owner import owner
from app.province.copies.storing import forget_object
from tenants.beside import drop_all_beside
from tenants.models import SideSchema, now

DAYS, WEEKS, MONTHS = 7, 4, 6
WIB = dt.timedelta(hours=7)
BATCH = 500


def kept_of_nights(moments: Sequence[dt.datetime]) -> set[dt.datetime]:
    """The moments of nightly copies that are kept: the newest of each of the last 7 days, 4 weeks and 6 months that
    have one (days, ISO weeks and months of WIB)."""
    kept: set[dt.datetime] = set()
    for most, part in ((DAYS, _day), (WEEKS, _week), (MONTHS, _month)):
        newest: dict[tuple[int, ...], dt.datetime] = {}
        for moment in sorted(moments, reverse=True):
            newest.setdefault(part(moment), moment)
        kept.update(list(newest.values())[:most])
    return kept


def _day(moment: dt.datetime) -> tuple[int, ...]:
    return ((moment + WIB).toordinal(),)


def _week(moment: dt.datetime) -> tuple[int, ...]:
    return tuple((moment + WIB).isocalendar()[:2])


def _month(moment: dt.datetime) -> tuple[int, ...]:
    local = moment + WIB
    return local.year, local.month


def sweep() -> int:
    """Remove copies whose time is over, rows first, then objects that no row names any more; return how many rows.

    Inside a platform scope; commits.
    """
    gone = _nights_over() | set(
        db.session.scalars(select(VillageCopy.id).where(VillageCopy.expires_at < now()))
    )
    forget_copies(gone)
    return len(gone)


def _nights_over() -> set[uuid.UUID]:
    query = (
        select(VillageCopy.tenant_id, VillageCopy.taken_at, VillageCopy.id)
        .where(VillageCopy.kind == NIGHTLY, VillageCopy.state == READY)
        .order_by(VillageCopy.tenant_id, VillageCopy.taken_at.desc())
    )
    rows = db.session.execute(query).all()
    over: set[uuid.UUID] = set()
    for _tenant, copies in groupby(rows, key=lambda row: row.tenant_id):
        found = list(copies)
        kept = kept_of_nights([row.taken_at for row in found])
        over.update(row.id for row in found if row.taken_at not in kept)
    return over


def forget_copies(ids: Collection[uuid.UUID]) -> None:
    """Remove these copies: their rows, and each object that no other row names. Inside a platform scope; commits."""
    waiting = list(ids)
    for start in range(0, len(waiting), BATCH):
        batch = waiting[start : start + BATCH]
        removed = delete(VillageCopy).where(VillageCopy.id.in_(batch)).returning(VillageCopy.object_id)
        objects = {one for one in db.session.scalars(removed) if one is not None}
        still = select(VillageCopy.object_id).where(VillageCopy.object_id.in_(objects))
        objects -= set(db.session.scalars(still))
        db.session.commit()
        for object_id in objects:
            forget_object(object_id)


def forget_village(tenant_id: uuid.UUID) -> int:
    """Remove every copy of a village, whatever its kind, and the schemas beside it: its data are deleted for good.

    Returns how many copies those were. Inside a platform scope, in a worker or the command line; commits.
    Raises CopyRefused when the owner's access is missing; running it again goes on.
    """
    beside = db.session.scalar(select(func.count()).where(SideSchema.tenant_id == tenant_id))
    db.session.rollback()
    if beside:
        with owner() as conn:
            drop_all_beside(conn, tenant_id)
    db.session.execute(delete(VillageHealth).where(VillageHealth.tenant_id == tenant_id))
    ids = list(db.session.scalars(select(VillageCopy.id).where(VillageCopy.tenant_id == tenant_id)))
    forget_copies(ids)
    return len(ids)
