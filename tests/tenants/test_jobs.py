"""Work outside the request: nothing lost, nothing twice, each village's its own."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from rq import Queue
from rq.serializers import JSONSerializer
from sqlalchemy import delete, select, text

from app.core.hosting import SigerFlask
from app.core.village.models import Official
from app.extensions import cache, db
from tenants import jobs, outbox, schedule
from tenants.bootstrap import libpq_url
from tenants.cache import CacheAway
from tenants.errors import JobMisplaced
from tenants.fan_out import fan_out, fan_out_progress, retry_failed
from tenants.jobs import enqueue, job, make_worker, start_run
from tenants.keys import platform_key, tenant_key, tenant_path
from tenants.models import JobItem, OutboxEntry, PlatformJobRun, TenantJobRun, now
from tenants.provisioning import provision
from tenants.scope import Tenant, current_tenant, platform_scope, tenant_scope
from tests.support.servers import DatabaseUrls

_failing: set[str] = set()
_ran: list[str] = []


@job("tests.count_officials")
def _count_officials() -> None:
    if current_tenant().code in _failing:
        raise RuntimeError("desa ini sedang tidak dapat dikerjakan")
    _ran.append(current_tenant().code)
    db.session.add(Official(name="Dihitung", title="Staf"))


@job("tests.result")
def _result(run_id: str) -> dict[str, str]:
    jobs.report_progress(run_id, 3, 3)
    return {"village": current_tenant().slug}


@job("tests.by_the_clock", place="platform")
def _by_the_clock() -> None:
    _ran.append("clock")


def _let_time_pass(interval: str) -> None:
    with platform_scope():
        db.session.execute(
            text("UPDATE platform.outbox SET available_at = available_at - CAST(:i AS interval)"),
            {"i": interval},
        )
        db.session.commit()


def _messages(app: SigerFlask, village: Tenant) -> list[tuple[int, str]]:
    """What the outbox still holds of a village's jobs: tries and the last error."""
    with app.app_context(), platform_scope():
        query = select(OutboxEntry).where(OutboxEntry.tenant_id == village.id).order_by(OutboxEntry.id)
        return [(e.attempts, e.error or "") for e in db.session.scalars(query)]


def settle(app: SigerFlask) -> None:
    """Deliver and work until nothing is left, as scheduler and worker do."""
    with app.app_context():
        for _ in range(50):
            delivered = outbox.deliver()
            worked = work_off()
            if not delivered and not worked:
                return


def work_off() -> int:
    """Run queued jobs in this process, as a worker would."""
    from rq.worker import SimpleWorker

    queues = [Queue(name, connection=cache.client, serializer=JSONSerializer) for name in jobs.QUEUES]
    waiting = sum(q.count for q in queues)
    if waiting:
        SimpleWorker(queues, connection=cache.client, serializer=JSONSerializer).work(
            burst=True, logging_level="ERROR"
        )
    return waiting


@pytest.fixture(autouse=True)
def _clean(app: SigerFlask) -> Iterator[None]:
    """Nothing of other tests is left to be done, nor due in a second."""
    settle(app)
    with app.app_context(), platform_scope():
        db.session.execute(delete(OutboxEntry))
        db.session.commit()
    _failing.clear()
    _ran.clear()
    yield
    settle(app)


@pytest.fixture
def code(_codes: Iterator[str]) -> str:
    """The code of a village without a schema."""
    return next(_codes)


def test_a_job_starts_only_if_its_cause_was_committed(app: SigerFlask, village: Tenant) -> None:
    with app.app_context(), tenant_scope(village):
        enqueue("tests.count_officials")
        db.session.rollback()
        enqueue("tests.count_officials")
        db.session.commit()
    settle(app)
    assert _ran == [village.code]


def test_a_job_is_delivered_once_however_often_the_outbox_is_read(app: SigerFlask, village: Tenant) -> None:
    with app.app_context():
        with tenant_scope(village):
            enqueue("tests.count_officials")
            db.session.commit()
        assert outbox.deliver() == 1
        assert outbox.deliver() == 0


def test_a_commit_wakes_the_scheduler_and_a_rollback_does_not(app: SigerFlask, village: Tenant) -> None:
    with app.app_context():
        cache.client.delete(outbox.WORD)
        with tenant_scope(village):
            outbox.post("dirty", {})
            db.session.rollback()
            db.session.execute(text("SELECT 1"))
            db.session.commit()
            assert cache.client.llen(outbox.WORD) == 0
            for _ in range(3):
                outbox.post("dirty", {})
                db.session.commit()
        started = time.monotonic()
        outbox.wait_for_word(30)
        assert time.monotonic() - started < 5, "a word was there to be found"
        assert cache.client.llen(outbox.WORD) == 0, "one word stands for all that was posted before it"


def test_with_redis_gone_work_waits_in_the_outbox(
    app: SigerFlask, village: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    with app.app_context():
        with tenant_scope(village):
            enqueue("tests.count_officials")
            db.session.commit()
        cache.configure("redis://127.0.0.1:1/0")
        try:
            assert outbox.deliver() == 0
            with pytest.raises(CacheAway):
                cache.ask(lambda r: r.ping())
        finally:
            cache.configure(app.config["REDIS_URL"])
        with platform_scope():
            kept = db.session.scalars(select(OutboxEntry).where(OutboxEntry.tenant_id == village.id)).all()
            assert [(e.kind, e.attempts) for e in kept] == [("job", 0)], (
                "Redis away is no failed try of its own"
            )
            assert kept[0].available_at - now() < dt.timedelta(seconds=10)
            assert "127.0.0.1" in (kept[0].error or "")
            db.session.execute(text("UPDATE platform.outbox SET available_at = now()"))
            db.session.commit()
    settle(app)
    assert _ran == [village.code]


def test_the_result_of_a_job_is_seen_by_its_village_alone(
    app: SigerFlask, make_village: Callable[[], Tenant]
) -> None:
    mine, other = make_village(), make_village()
    with app.app_context(), tenant_scope(mine):
        run_id = start_run("tests.result", "Uji").id
        db.session.commit()
    settle(app)
    with app.app_context():
        with tenant_scope(mine):
            run = db.session.get(TenantJobRun, run_id)
            assert run is not None
            assert (run.state, run.done, run.result) == ("done", 3, {"village": mine.slug})
        with tenant_scope(other):
            assert db.session.get(TenantJobRun, run_id) is None
        with platform_scope():
            assert db.session.get(PlatformJobRun, run_id) is None


def test_a_fan_out_reaches_every_village_and_retries_the_one_that_failed(
    app: SigerFlask, make_village: Callable[[], Tenant]
) -> None:
    villages = [make_village() for _ in range(7)]
    _failing.add(villages[3].code)
    with app.app_context(), platform_scope():
        run_id = fan_out("tests.count_officials", "Hitung", [v.id for v in villages], chunk=3).id
        db.session.commit()
    settle(app)
    with app.app_context(), platform_scope():
        run = db.session.get(PlatformJobRun, run_id)
        assert run is not None
        assert (run.state, run.done, run.failed, run.total) == ("failed", 6, 1, 7)
        error = db.session.scalar(
            select(JobItem.error).where(JobItem.job_id == run_id, JobItem.state == "failed")
        )
        assert error == "desa ini sedang tidak dapat dikerjakan"
        db.session.rollback()
        _failing.clear()
        assert retry_failed(run_id) == 1
        db.session.commit()
    settle(app)
    with app.app_context(), platform_scope():
        assert fan_out_progress(run_id) == {"waiting": 0, "done": 7, "failed": 0}
        run = db.session.get(PlatformJobRun, run_id)
        assert run is not None
        assert run.state == "done"
    assert sorted(_ran) == sorted(v.code for v in villages), "each village exactly once"


def test_a_queue_without_its_memory_gets_its_jobs_again(app: SigerFlask, village: Tenant) -> None:
    with app.app_context():
        with tenant_scope(village):
            enqueue("tests.count_officials")
            db.session.commit()
        assert outbox.deliver() == 1
        cache.client.flushdb()
        assert outbox.deliver() == 0, "it is looked after a minute later"
        _let_time_pass("2 minutes")
    settle(app)
    assert _ran == [village.code]
    assert _messages(app, village) == []


def test_a_job_that_waits_in_the_queue_is_not_put_there_twice(app: SigerFlask, village: Tenant) -> None:
    with app.app_context():
        with tenant_scope(village):
            enqueue("tests.count_officials")
            db.session.commit()
        outbox.deliver()
        _let_time_pass("2 minutes")
        outbox.deliver()
        assert Queue("default", connection=cache.client, serializer=JSONSerializer).count == 1
    settle(app)
    assert _ran == [village.code]


def test_a_job_that_used_up_its_tries_is_tried_again_later(
    app: SigerFlask, village: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "RETRY_PAUSES", (0, 0, 0))
    _failing.add(village.code)
    with app.app_context(), tenant_scope(village):
        enqueue("tests.count_officials")
        db.session.commit()
    settle(app)
    [(attempts, error)] = _messages(app, village)
    assert attempts == 1
    assert "tidak dapat dikerjakan" in error
    _failing.clear()
    with app.app_context():
        _let_time_pass("30 minutes")
    settle(app)
    assert _ran == [village.code]
    assert _messages(app, village) == []


def test_a_job_of_a_village_that_is_being_made_waits_for_it(
    app: SigerFlask, urls: DatabaseUrls, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "RETRY_PAUSES", (0, 0, 0))
    prefix = app.config["SETTINGS"].tenant_role_prefix
    with psycopg.connect(libpq_url(urls.owner_url), autocommit=True) as conn:
        with conn.transaction():
            query = "SELECT id FROM platform.tenant WHERE code = %s FOR UPDATE"
            (tenant_id,) = conn.execute(query, (code,)).fetchone() or ()
            with app.app_context(), platform_scope():
                enqueue("tests.count_officials", tenant_id=tenant_id)
                db.session.commit()
            settle(app)
        provision(conn, tenant_id, role_prefix=prefix)
    assert _ran == []
    with app.app_context():
        _let_time_pass("30 minutes")
    settle(app)
    assert _ran == [code]


def test_a_run_is_asked_for_again_while_its_first_message_still_stands(
    app: SigerFlask, village: Tenant
) -> None:
    with app.app_context(), tenant_scope(village):
        run_id = start_run("tests.result", "Hasil").id
        db.session.commit()
        run = db.session.get_one(TenantJobRun, run_id)
        run.state, run.error = "failed", "terhenti"
        db.session.commit()
        jobs.ask_again(run)
        db.session.commit()
        jobs.ask_again(run)
        db.session.commit()
        assert (run.state, run.error) == ("queued", None)
    assert len(_messages(app, village)) == 2
    with app.app_context():
        outbox.finished(run_id)
    assert len(_messages(app, village)) == 1, (
        "the worker that failed takes its own message away, not the new one"
    )
    settle(app)
    with app.app_context(), tenant_scope(village):
        run = db.session.get_one(TenantJobRun, run_id)
        assert (run.state, run.attempts) == ("done", 1)
    assert _messages(app, village) == []


def test_one_bad_message_holds_up_no_other(app: SigerFlask, village: Tenant) -> None:
    bad = text(
        "INSERT INTO platform.outbox (id, tenant_id, kind, payload, attempts, created_at, available_at) "
        "VALUES (gen_random_uuid(), :tenant, :kind, :payload, 0, now(), now() - interval '1 hour')"
    )
    with app.app_context():
        with tenant_scope(village):
            for kind, payload in (("job", "[]"), ("no-such-kind", "{}"), ("job", '{"name": "no.such.job"}')):
                db.session.execute(bad, {"tenant": village.id, "kind": kind, "payload": payload})
            enqueue("tests.count_officials")
            db.session.commit()
        assert outbox.deliver() == 1
    settle(app)
    assert _ran == [village.code]
    assert len(_messages(app, village)) == 3
    with app.app_context(), platform_scope():
        db.session.execute(text("DELETE FROM platform.outbox WHERE tenant_id = :t"), {"t": village.id})
        db.session.commit()


def test_a_village_cannot_start_a_job_of_the_platform(
    app: SigerFlask, make_village: Callable[[], Tenant]
) -> None:
    mine, other = make_village(), make_village()
    with app.app_context(), tenant_scope(mine):
        enqueue("tenants.chunk", job_id=str(uuid.uuid4()), tenant_ids=[str(other.id)])
        db.session.commit()
    with app.app_context(), pytest.raises(JobMisplaced):
        jobs.run_job("tenants.chunk", str(mine.id), {"job_id": str(uuid.uuid4()), "tenant_ids": []})
    with app.app_context(), pytest.raises(JobMisplaced):
        jobs.run_job("tests.count_officials", None, {})
    settle(app)
    assert _messages(app, mine) == []


def test_a_time_of_the_clock_is_asked_for_once_and_none_is_missed(app: SigerFlask) -> None:
    name = "tests.by_the_clock"
    schedule.every("0 * * * *", name)
    slot = now().replace(minute=0, second=0, microsecond=0)
    try:
        with app.app_context():
            assert next(d for d in schedule.upcoming() if d.name == name).next_at > now(), (
                "never asked: the next time"
            )
            assert schedule.ask_once(name, slot - dt.timedelta(hours=3)) is True
            assert schedule.ask_once(name, slot - dt.timedelta(hours=3)) is False, (
                "another scheduler was first"
            )
            assert next(d for d in schedule.upcoming() if d.name == name).next_at == slot, (
                "a missed time is caught up"
            )
            assert schedule.ask_once(name, slot) is True
            assert next(d for d in schedule.upcoming() if d.name == name).next_at > now()
    finally:
        schedule._schedule.pop(name)
    settle(app)
    assert _ran == ["clock", "clock"]


def test_a_chunk_that_runs_twice_does_nothing_twice(
    app: SigerFlask, make_village: Callable[[], Tenant]
) -> None:
    villages = [make_village() for _ in range(2)]
    with app.app_context(), platform_scope():
        run_id = fan_out("tests.count_officials", "Hitung", [v.id for v in villages]).id
        db.session.commit()
    settle(app)
    with app.app_context():
        jobs.run_job(
            "tenants.chunk", None, {"job_id": str(run_id), "tenant_ids": [str(v.id) for v in villages]}
        )
    assert len(_ran) == 2


def test_keys_and_paths_carry_their_village(app: SigerFlask, make_village: Callable[[], Tenant]) -> None:
    mine, other = make_village(), make_village()
    with app.app_context():
        with tenant_scope(mine):
            key, path = tenant_key("page", "home"), tenant_path("logo.png")
        with tenant_scope(other):
            assert tenant_key("page", "home") != key
            assert tenant_path("logo.png") != path
    assert str(mine.id) in key
    assert str(mine.id) in path
    assert platform_key("page", "home") != key


WORKER = """
import sys, time
from app import create_app
from tests.support import servers
from tests.tenants import slow_job
from tenants.bootstrap import DatabaseUrls
from tenants.jobs import make_worker
owner, app_url, number, prefix, mark = sys.argv[1:]
slow_job.MARK = mark
app = create_app(servers.settings_for(DatabaseUrls(owner, app_url), int(number), prefix))
with app.app_context():
    make_worker().work(logging_level="ERROR", with_scheduler=True)
"""


def test_a_killed_worker_leaves_its_job_to_the_next_within_three_minutes(
    app: SigerFlask, urls: Any, village: Tenant, tmp_path: Path
) -> None:
    """The job's lease (90 s at most) is shortened here by hand; the next worker's maintenance must take it up."""
    from tests.support import servers
    from tests.tenants import slow_job  # noqa: F401 - declares the job

    number = servers.worker_number()
    prefix = app.config["SETTINGS"].tenant_role_prefix
    mark = tmp_path / "mark"

    def worker() -> subprocess.Popen[bytes]:
        arguments = [urls.owner_url, urls.app_url, str(number), prefix, str(mark)]
        return subprocess.Popen([sys.executable, "-c", WORKER, *arguments], start_new_session=True)

    def wait_for(lines: int) -> None:
        deadline = time.monotonic() + 40
        while not mark.exists() or len(mark.read_text().splitlines()) < lines:
            assert time.monotonic() < deadline, mark.read_text() if mark.exists() else "nothing"
            time.sleep(0.05)

    with app.app_context():
        with tenant_scope(village):
            enqueue("tests.slow", token=uuid.uuid4().hex)
            db.session.commit()
        outbox.deliver()
        first = worker()
        wait_for(1)
        _kill_session(first)
        assert make_worker().maintenance_interval == 30
        registry = Queue("default", connection=cache.client, serializer=JSONSerializer).started_job_registry
        entries = cache.client.zrange(registry.key, 0, -1, withscores=True)
        assert len(entries) == 1
        lease = entries[0][1] - time.time()
        assert lease + make_worker().maintenance_interval < 180, (
            "lease and maintenance together: within 3 minutes"
        )
        cache.client.zadd(registry.key, {entries[0][0]: time.time() - 1})
        second = worker()
        try:
            wait_for(3)
        finally:
            _kill_session(second)
        with tenant_scope(village):
            names = list(db.session.scalars(select(Official.name).where(Official.title == "Lambat")))
    assert mark.read_text().splitlines() == ["started", "started", "done"]
    assert len(names) == 1, "done once, though started twice"


def _kill_session(process: subprocess.Popen[bytes]) -> None:
    import os
    import signal

    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
