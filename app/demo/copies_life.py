"""The demo's copies: a real copy of each village, as of last night, shared by the quiet nights before; in one village
the last two nights failed, so the health page has something to say."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select, update

from app.demo.mentoring_stories import HERO
from app.extensions import db
from app.province.copies.jobs import COPY_OF_NIGHT
from app.province.copies.models import FAILED, HAND, NIGHTLY, READY, VillageCopy, VillageHealth
from app.province.copies.taking import take_copy
from tenants.ids import uuid7_at
from tenants.models import JobItem, PlatformJobRun, TenantRow, now

AILING = "18.08.11.2004"
"""The village whose copies fail (another one where the demo is smaller)."""
NIGHT, CHECKED_AFTER = dt.time(17, 10, tzinfo=dt.UTC), dt.timedelta(hours=2, minutes=50)
BEFORE = (1, 2, 3, 4, 5, 6, 13, 20, 27)
"""How many nights before the last one there are copies of, too."""
LOST = 2
FULL = (
    "Penyimpanan penuh, jadi salinan tidak dibuat. Data desa dan salinan lama tetap utuh. Lapangkan tempat, lalu coba "
    "lagi."
)
NOTE, BY = "Sebelum impor data keluarga", "Ratna Dewi Puspita"


def seed_copies() -> int:
    """Copy the demo's villages where there are no copies yet, inside a platform scope; commits.

    Returns how many villages were copied.
    """
    if db.session.scalar(select(VillageCopy.id).limit(1)) is not None:
        return 0
    query = select(TenantRow.id, TenantRow.code).where(TenantRow.schema_name.is_not(None))
    villages = [(row.id, row.code) for row in db.session.execute(query.order_by(TenantRow.code))]
    db.session.rollback()
    if not villages:
        return 0
    night = _last_night()
    codes = [code for _id, code in villages]
    ailing = AILING if AILING in codes else codes[-1]
    run = _run_of_night(night, len(villages))
    for tenant_id, code in villages:
        late = LOST if code == ailing and len(codes) > 1 else 0
        copy = take_copy(tenant_id, kind=NIGHTLY)
        _set_back(copy, [night - dt.timedelta(days=n) for n in (0, *BEFORE) if n >= late])
        item = JobItem(job_id=run.id, tenant_id=tenant_id, state="done", attempts=1, finished_at=night)
        if late:
            item.state, item.error = "failed", FULL
            _let_fail(copy, [night - dt.timedelta(days=n) for n in range(late)])
        if code == HERO:
            _by_hand(copy, night - dt.timedelta(days=2, hours=9))
        db.session.add(item)
        db.session.commit()
    _check(night + CHECKED_AFTER, ailing, villages)
    db.session.commit()
    return len(villages)


def _last_night() -> dt.datetime:
    moment = now()
    night = dt.datetime.combine(moment.date(), NIGHT)
    return night if night < moment else night - dt.timedelta(days=1)


def _run_of_night(night: dt.datetime, count: int) -> PlatformJobRun:
    lost = 1 if count > 1 else 0
    run = PlatformJobRun(
        id=uuid7_at(night), name=COPY_OF_NIGHT, label="Salinan malam semua desa", state="failed" if lost else "done",
        total=count, done=count - lost, failed=lost, attempts=2, arguments={}, created_at=night, started_at=night,
        finished_at=night + dt.timedelta(seconds=11),
    )  # fmt: skip
    db.session.add(run)
    db.session.commit()
    return run


def _set_back(copy: VillageCopy, nights: list[dt.datetime]) -> None:
    """Let the copy be of the newest of these nights, and the others have had the same content."""
    copy.taken_at = nights[0]
    for moment in nights[1:]:
        db.session.add(_twin(copy, moment, NIGHTLY))
    health = update(VillageHealth).where(VillageHealth.tenant_id == copy.tenant_id)
    db.session.execute(health.values(last_copy_at=nights[0], seen_at=nights[0]))


def _twin(copy: VillageCopy, moment: dt.datetime, kind: str) -> VillageCopy:
    return VillageCopy(
        id=uuid7_at(moment), tenant_id=copy.tenant_id, kind=kind, state=READY, taken_at=moment, seconds=copy.seconds,
        revision=copy.revision, app_version=copy.app_version, object_id=copy.object_id, key_id=copy.key_id,
        size=copy.size, sha256=copy.sha256, tables=copy.tables, files=copy.files,
    )  # fmt: skip


def _by_hand(copy: VillageCopy, moment: dt.datetime) -> None:
    twin = _twin(copy, moment, HAND)
    twin.note, twin.made_by, twin.expires_at = NOTE, BY, moment + dt.timedelta(days=90)
    db.session.add(twin)


def _let_fail(copy: VillageCopy, nights: list[dt.datetime]) -> None:
    for moment in nights:
        db.session.add(
            VillageCopy(
                id=uuid7_at(moment), tenant_id=copy.tenant_id, kind=NIGHTLY, state=FAILED, taken_at=moment, error=FULL,
                app_version=copy.app_version, seconds=0.1, expires_at=moment + dt.timedelta(days=90),
            )
        )  # fmt: skip
    health = update(VillageHealth).where(VillageHealth.tenant_id == copy.tenant_id)
    db.session.execute(health.values(last_error=FULL, failed_at=nights[0], seen_at=nights[0]))


def _check(moment: dt.datetime, ailing: str, villages: list[tuple[object, str]]) -> None:
    """The last check found a healthy village's copy whole."""
    checked = next((tenant_id for tenant_id, code in villages if code != ailing), villages[0][0])
    newest = (
        select(VillageCopy.id)
        .where(VillageCopy.tenant_id == checked, VillageCopy.state == READY)
        .order_by(VillageCopy.taken_at.desc())
        .limit(1)
        .scalar_subquery()
    )
    db.session.execute(
        update(VillageCopy).where(VillageCopy.id == newest).values(verified_at=min(moment, now()))
    )
