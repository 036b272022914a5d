"""The nights: every village once, what is kept how long, what is swept, and the check of a random one."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import ColumnElement, delete, select, update

from app.core.files.storage import list_objects, put_object
from app.core.hosting import SigerFlask
from app.extensions import db
from app.province.copies import jobs, retention, storing
from app.province.copies.models import FAILED, READY, VillageCopy
from app.province.copies.restoring import restore_beside
from app.province.copies.retention import forget_village, kept_of_nights
from app.province.copies.storing import copy_path
from tenants import schedule
from tenants.doctor import examine
from tenants.ids import uuid7
from tenants.models import JobItem, PlatformJobRun, SideSchema, now
from tenants.scope import Tenant, platform_scope
from tests.support.copies import beside, copies_of, copy_now, owner_of, rename, schemas
from tests.support.servers import DatabaseUrls
from tests.support.work import settle


def test_seven_days_four_weeks_and_six_months_are_kept() -> None:
    newest = dt.datetime(2026, 11, 23, 17, 10, tzinfo=dt.UTC)
    moments = [newest - dt.timedelta(days=n) for n in range(400)]
    kept = sorted(kept_of_nights(moments), reverse=True)
    assert kept[:7] == moments[:7]
    assert 12 <= len(kept) <= 17
    assert kept[-1] > newest - dt.timedelta(days=190)
    assert kept_of_nights(kept) == set(kept)


def test_a_night_copies_every_village_of_its_list_and_goes_on_past_one_that_fails(
    app: SigerFlask, make_village: Callable[[], Tenant], monkeypatch: pytest.MonkeyPatch
) -> None:
    good, bad = make_village(), make_village()
    whole = jobs.take_copy

    def take(tenant_id: object, **options: object) -> object:
        if tenant_id == bad.id:
            raise RuntimeError("the storage is away")
        return whole(tenant_id, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(jobs, "take_copy", take)
    with app.app_context(), platform_scope():
        run = jobs.start_night([good.id, bad.id])
        db.session.commit()
    settle(app)
    assert [one.kind for one in copies_of(app, good)] == ["nightly"]
    with app.app_context(), platform_scope():
        found = db.session.scalars(select(PlatformJobRun).where(PlatformJobRun.id == run.id)).one()
        assert (found.state, found.done, found.failed) == ("failed", 1, 1)
        item = db.session.get_one(JobItem, (run.id, bad.id))
        assert item.error is not None
        assert "away" in item.error
    monkeypatch.undo()
    with app.app_context(), platform_scope():
        jobs._try_again()
    settle(app)
    assert [one.state for one in copies_of(app, bad)] == ["ready"]


def test_a_night_is_asked_for_once_and_every_village_is_in_it(
    app: SigerFlask, make_village: Callable[[], Tenant]
) -> None:
    village = make_village()
    with app.app_context(), platform_scope():
        db.session.execute(delete(PlatformJobRun).where(PlatformJobRun.name == jobs.COPY_OF_NIGHT))
        db.session.commit()
        assert village.id in jobs.provisioned()
        jobs.nightly()
        jobs.nightly()
        runs = db.session.scalars(
            select(PlatformJobRun).where(PlatformJobRun.name == jobs.COPY_OF_NIGHT)
        ).all()
        assert len(runs) == 1
        assert runs[0].total == len(jobs.provisioned())
        db.session.execute(delete(PlatformJobRun).where(PlatformJobRun.id == runs[0].id))
        db.session.commit()
    assert {jobs.NIGHT, jobs.CHECK, jobs.SWEEP} <= set(schedule._schedule)


def test_a_night_without_changes_shares_the_object_and_sweeping_keeps_it(
    app: SigerFlask, make_village: Callable[[], Tenant]
) -> None:
    village = make_village()
    first, second = copy_now(app, village, "nightly"), copy_now(app, village, "nightly")
    assert second.object_id == first.object_id
    rename(app, village, "Jalan Baru 2")
    third = copy_now(app, village, "nightly")
    assert third.object_id != first.object_id
    with app.app_context(), platform_scope():
        long_ago = update(VillageCopy).where(VillageCopy.id.in_([first.id]))
        db.session.execute(long_ago.values(taken_at=third.taken_at - dt.timedelta(minutes=30)))
        db.session.commit()
        retention.sweep()
        assert {one.id for one in copies_of(app, village)} == {third.id} or len(copies_of(app, village)) <= 3
        here = set(list_objects("platform/copies"))
        for one in copies_of(app, village):
            assert one.object_id is not None
            assert copy_path(one.object_id) in here


def test_what_is_over_goes_rows_objects_and_schemas(
    app: SigerFlask, urls: DatabaseUrls, make_village: Callable[[], Tenant]
) -> None:
    village = make_village()
    copy = copy_now(app, village)
    with app.app_context():
        with platform_scope():
            schema = restore_beside(village.id, copy.id)
            db.session.execute(
                update(SideSchema)
                .where(SideSchema.schema_name == schema)
                .values(drop_after=now() - dt.timedelta(days=3))
            )
            over = update(VillageCopy).where(VillageCopy.id == copy.id)
            db.session.execute(over.values(expires_at=now() - dt.timedelta(hours=1)))
            db.session.commit()
        assert schema in {one.subject.split()[0] for one in examine(urls.owner_url)}
        with platform_scope():
            jobs.sweep()
        assert copy.object_id is not None
        assert copy_path(copy.object_id) not in list_objects("platform/copies")
    assert copies_of(app, village) == []
    assert beside(app, village) == []
    assert schema not in schemas(urls)


def test_objects_that_no_row_names_are_swept(app: SigerFlask, make_village: Callable[[], Tenant]) -> None:
    kept = copy_now(app, make_village())
    stray = uuid7()
    with app.app_context(), platform_scope():
        put_object(copy_path(stray), b"left behind")
        storing.forget_strays(dt.timedelta(seconds=-5))
        here = list_objects("platform/copies")
    assert kept.object_id is not None
    assert copy_path(kept.object_id) in here
    assert copy_path(stray) not in here


def test_the_doctor_knows_schemas_beside(
    app: SigerFlask, urls: DatabaseUrls, make_village: Callable[[], Tenant]
) -> None:
    village = make_village()
    copy = copy_now(app, village)
    with app.app_context(), platform_scope():
        schema = restore_beside(village.id, copy.id)
    assert schema not in {one.subject for one in examine(urls.owner_url)}
    with owner_of(urls) as conn:
        conn.execute("CREATE SCHEMA old_0123456789abcdef0123")
        found = {(one.kind, one.subject) for one in examine(urls.owner_url)}
        conn.execute("DROP SCHEMA old_0123456789abcdef0123")
    assert ("schema beside without a row", "old_0123456789abcdef0123") in found


def test_a_deleted_village_leaves_no_copy(
    app: SigerFlask, urls: DatabaseUrls, make_village: Callable[[], Tenant]
) -> None:
    village = make_village()
    copy = copy_now(app, village)
    with app.app_context(), platform_scope():
        schema = restore_beside(village.id, copy.id)
        assert forget_village(village.id) == 1
        assert schema not in schemas(urls)
        assert copy.object_id is not None
        assert copy_path(copy.object_id) not in list_objects("platform/copies")
    assert copies_of(app, village) == []


@pytest.fixture
def no_other_copies(app: SigerFlask) -> Iterator[None]:
    """Sets aside the copies that other tests left, some of them damaged on purpose, and puts them back."""

    def change(state: str, to: str, *which: ColumnElement[bool]) -> list[uuid.UUID]:
        with app.app_context(), platform_scope():
            changing = update(VillageCopy).where(VillageCopy.state == state, *which).values(state=to)
            changed = list(db.session.scalars(changing.returning(VillageCopy.id)))
            db.session.commit()
            return changed

    aside = change(READY, FAILED)
    yield
    change(FAILED, READY, VillageCopy.id.in_(aside))


@pytest.mark.usefixtures("no_other_copies")
def test_the_check_picks_the_newest_whole_copy_of_a_village(
    app: SigerFlask, make_village: Callable[[], Tenant]
) -> None:
    with app.app_context(), platform_scope():
        assert jobs.pick() is None
    make_village()
    village = make_village()
    copy_now(app, village)
    newest, failed = copy_now(app, village), copy_now(app, village)
    with app.app_context(), platform_scope():
        db.session.execute(update(VillageCopy).where(VillageCopy.id == failed.id).values(state=FAILED))
        db.session.commit()
        chosen = jobs.pick()
        assert chosen == (newest.id, village.id)
        assert jobs.check_one(*chosen) == ""
