"""The hash chain: sealed in order, never forked, and every way to tamper with it is found and named."""

from __future__ import annotations

import datetime as dt
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
import pytest
from click.testing import CliRunner
from psycopg import sql
from sqlalchemy import select

from app.cli import main
from app.commands.audit import verify
from app.core.audit import record
from app.core.audit.chain import PLATFORM_CHAIN
from app.core.audit.heads import copy_heads, stored_heads
from app.core.audit.models import AuditChain, TenantAuditEntry, TenantAuditSeal
from app.core.audit.sealing import seal_chain, sweep_job
from app.core.audit.verification import Report
from app.core.hosting import SigerFlask
from app.extensions import db
from tenants import outbox
from tenants.bootstrap import DatabaseUrls, libpq_url
from tenants.ids import uuid7, uuid7_at
from tenants.models import OutboxEntry
from tenants.scope import Tenant, platform_scope, tenant_scope
from tests.support.work import settle

NOTHING = dt.timedelta(0)
Tamper = Callable[..., None]


def write(village: Tenant, *summaries: str) -> None:
    with tenant_scope(village):
        for summary in summaries:
            record(
                "official.changed", object_type="official", summary=summary, details={"share": 0.1, "n": 1}
            )
            db.session.commit()


def seal(village: Tenant) -> int:
    with tenant_scope(village):
        return seal_chain(NOTHING)


def verified(village: Tenant) -> Report:
    (report,) = verify(village.code)
    return report


@pytest.fixture
def sealed(app: SigerFlask, village: Tenant) -> Iterator[Tenant]:
    """A village with five sealed entries, inside the application's context."""
    with app.app_context():
        write(village, "a", "b", "c", "d", "e")
        assert seal(village) == 5
        yield village


@pytest.fixture
def tamper(urls: DatabaseUrls) -> Tamper:
    """Somebody with the owner's access to the database and time on their hands."""

    def run(village: Tenant, statement: str, *values: object) -> None:
        with psycopg.connect(libpq_url(urls.owner_url), autocommit=True) as conn:
            conn.execute(sql.SQL("SET search_path TO {}").format(sql.Identifier(village.schema)))
            conn.execute(statement.encode(), values)

    return run


def test_links_are_numbered_without_gaps_in_the_order_of_the_entries(sealed: Tenant) -> None:
    with tenant_scope(sealed):
        query = select(TenantAuditSeal.seq, TenantAuditEntry.summary).join(
            TenantAuditEntry, TenantAuditEntry.id == TenantAuditSeal.entry_id
        )
        rows = db.session.execute(query.order_by(TenantAuditSeal.seq)).all()
    assert [tuple(row) for row in rows] == [(1, "a"), (2, "b"), (3, "c"), (4, "d"), (5, "e")]
    report = verified(sealed)
    assert report.sound
    assert (report.entries, report.sealed, report.waiting) == (5, 5, 0)


def test_sealing_again_does_nothing_twice(sealed: Tenant) -> None:
    assert seal(sealed) == 0
    write(sealed, "f")
    assert seal(sealed) == 1
    assert verified(sealed).sound


def test_young_entries_wait_for_their_elders(app: SigerFlask, village: Tenant) -> None:
    with app.app_context():
        write(village, "a")
        with tenant_scope(village):
            assert seal_chain(dt.timedelta(hours=1)) == 0
        report = verified(village)
        assert report.sound
        assert report.waiting == 1


def test_entry_of_a_slower_transaction_is_sealed_after_the_younger_ones(
    app: SigerFlask, village: Tenant
) -> None:
    with app.app_context():
        with tenant_scope(village):
            record("import.finished", summary="slow")
            db.session.flush()
            slow = db.session.scalars(select(TenantAuditEntry.id)).one()
            write(village, "fast")
            assert seal(village) == 1
            db.session.commit()
        assert seal(village) == 1
        with tenant_scope(village):
            last = select(TenantAuditSeal.entry_id).order_by(TenantAuditSeal.seq.desc()).limit(1)
            assert db.session.scalars(last).one() == slow
        assert verified(village).sound


def test_entries_that_are_brought_along_with_their_time_are_sound(app: SigerFlask, village: Tenant) -> None:
    long_ago = dt.datetime.now(dt.UTC) - dt.timedelta(days=90)
    with app.app_context():
        with tenant_scope(village):
            for number in range(3):
                at = long_ago + dt.timedelta(days=number)
                db.session.add(
                    TenantAuditEntry(id=uuid7_at(at), at=at, action="official.changed", details={})
                )
            db.session.commit()
        assert seal(village) == 3
        assert verified(village).sound


def test_two_sealers_never_fork_the_chain(app: SigerFlask, village: Tenant) -> None:
    with app.app_context():
        write(village, *(str(n) for n in range(60)))
    start = threading.Barrier(4)
    counts: list[int] = []

    def work() -> None:
        with app.app_context():
            start.wait()
            counts.append(seal(village))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(counts) == [0, 0, 0, 60]
    with app.app_context():
        assert verified(village).sound


def test_changed_entry_is_named(sealed: Tenant, tamper: Tamper) -> None:
    tamper(sealed, "UPDATE audit_entry SET details = '{}' WHERE summary = 'c'")
    (finding,) = verified(sealed).findings
    assert (finding.fault, finding.seq) == ("changed", 3)
    assert "official.changed" in finding.text


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("at", "at + interval '1 second'"),
        ("actor_name", "'Orang lain'"),
        ("actor_id", "gen_random_uuid()"),
        ("action", "'official.removed'"),
        ("object_id", "'7'"),
        ("address", "'10.0.0.1'"),
    ],
)
def test_every_column_is_under_the_seal(sealed: Tenant, tamper: Tamper, column: str, value: str) -> None:
    tamper(sealed, f"UPDATE audit_entry SET {column} = {value} WHERE summary = 'b'")
    assert [(f.fault, f.seq) for f in verified(sealed).findings] == [("changed", 2)]


def test_missing_entry_is_named(sealed: Tenant, tamper: Tamper) -> None:
    tamper(sealed, "DELETE FROM audit_entry WHERE summary = 'b'")
    (finding,) = verified(sealed).findings
    assert (finding.fault, finding.seq) == ("missing", 2)


def test_missing_link_is_named(sealed: Tenant, tamper: Tamper) -> None:
    tamper(sealed, "DELETE FROM audit_entry WHERE summary IN ('b', 'c')")
    tamper(sealed, "DELETE FROM audit_seal WHERE seq IN (2, 3)")
    (finding,) = verified(sealed).findings
    assert finding.fault == "missing"
    assert finding.text == "links 2 to 3 are missing"


def test_tail_that_was_cut_off_is_found(sealed: Tenant, tamper: Tamper) -> None:
    tamper(sealed, "DELETE FROM audit_entry WHERE summary IN ('d', 'e')")
    tamper(sealed, "DELETE FROM audit_seal WHERE seq > 3")
    (finding,) = verified(sealed).findings
    assert finding.fault == "cut_off"
    assert "link 5" in finding.text


def test_log_that_was_emptied_is_found(sealed: Tenant, tamper: Tamper) -> None:
    tamper(sealed, "DELETE FROM audit_entry")
    tamper(sealed, "DELETE FROM audit_seal")
    assert [f.fault for f in verified(sealed).findings] == ["cut_off"]


def test_inserted_entry_of_long_ago_is_never_sealed_and_named(sealed: Tenant, tamper: Tamper) -> None:
    insert = (
        "INSERT INTO audit_entry (id, at, actor_name, action, object_type, object_id, summary, details, address) "
        "VALUES (%s, now() - interval '3 days', '', 'official.changed', '', '', 'x', '{}', '')"
    )
    forged = uuid.uuid4()
    tamper(sealed, insert, forged)
    assert seal(sealed) == 0
    (finding,) = verified(sealed).findings
    assert (finding.fault, finding.entry_id) == ("inserted", forged)


def test_inserted_entry_with_a_borrowed_time_is_named(sealed: Tenant, tamper: Tamper) -> None:
    insert = (
        "INSERT INTO audit_entry (id, at, actor_name, action, object_type, object_id, summary, details, address) "
        "SELECT %s, now() - interval '5 hours', '', action, '', '', 'x', '{}', '' FROM audit_entry LIMIT 1"
    )
    forged = uuid7()
    tamper(sealed, insert, forged)
    assert seal(sealed) == 1
    (finding,) = verified(sealed).findings
    assert (finding.fault, finding.entry_id) == ("inserted", forged)


@contextmanager
def as_sealer_of_lies(village: Tenant, tamper: Tamper) -> Iterator[None]:
    """Change an entry and seal the whole chain anew, as somebody would who knows how."""
    tamper(village, "DELETE FROM audit_seal")
    tamper(village, "UPDATE audit_entry SET summary = 'lie' WHERE summary = 'b'")
    yield
    assert seal(village) == 5


def test_chain_that_was_rewritten_differs_from_the_copied_head(sealed: Tenant, tamper: Tamper) -> None:
    with platform_scope():
        assert copy_heads()["copied"] >= 1
        assert db.session.get_one(AuditChain, sealed.id).copied_seq == 5
    with as_sealer_of_lies(sealed, tamper):
        pass
    findings = verified(sealed).findings
    assert [(f.fault, f.seq) for f in findings] == [("changed", 5)]
    assert "the copy of" in findings[0].text


def test_copies_of_heads_are_never_overwritten(sealed: Tenant, tamper: Tamper) -> None:
    with platform_scope():
        copy_heads()
    with tenant_scope(sealed):
        before = stored_heads()
    with as_sealer_of_lies(sealed, tamper), platform_scope():
        db.session.get_one(AuditChain, sealed.id).copied_seq = 0
        db.session.commit()
    with platform_scope():
        copy_heads()
    with tenant_scope(sealed):
        assert set(before) < set(stored_heads())
    (finding,) = verified(sealed).findings
    assert (finding.fault, finding.seq) == ("changed", 5)


def test_a_rewriting_between_two_copies_is_found_by_the_older_one(sealed: Tenant, tamper: Tamper) -> None:
    with platform_scope():
        copy_heads()
    with as_sealer_of_lies(sealed, tamper):
        pass
    write(sealed, "f", "g")
    seal(sealed)
    with platform_scope():
        assert copy_heads()["copied"] >= 1
    with tenant_scope(sealed):
        assert [head.seq for head in stored_heads()] == [5, 7]
    assert [(f.fault, f.seq) for f in verified(sealed).findings] == [("changed", 5)]


def test_a_cut_end_is_told_by_the_copies_without_reading_any(
    sealed: Tenant, tamper: Tamper, monkeypatch: pytest.MonkeyPatch
) -> None:
    with platform_scope():
        copy_heads()

    def refuse(path: str) -> bytes:
        raise AssertionError(f"{path} was read")

    monkeypatch.setattr("app.core.files.storage.get_object", refuse)
    monkeypatch.setattr("app.core.audit.heads.get_object", refuse, raising=False)
    assert verified(sealed).sound
    tamper(sealed, "DELETE FROM audit_seal WHERE seq = 5")
    with platform_scope():
        note = db.session.get_one(AuditChain, sealed.id)
        note.sealed_seq, note.sealed_digest = 0, None
        db.session.commit()
    cut = [f for f in verified(sealed).findings if f.fault == "cut_off"]
    assert [f.seq for f in cut] == [5]
    assert "the copy of" in cut[0].text


def test_heads_lie_under_their_owners_path(sealed: Tenant) -> None:
    with platform_scope():
        copy_heads()
    with tenant_scope(sealed):
        (head,) = stored_heads()
    assert head.path.startswith(f"tenants/{sealed.id}/audit/heads/")
    assert head.seq == 5


def test_platform_has_a_chain_of_its_own(app: SigerFlask, village: Tenant) -> None:
    with app.app_context():
        with platform_scope():
            record("tenant.suspended", tenant_id=village.id, summary="x")
            db.session.commit()
            assert seal_chain(NOTHING) >= 1
            assert db.session.get_one(AuditChain, PLATFORM_CHAIN).sealed_seq >= 1
        (report,) = verify(platform_only=True)
        assert report.sound
        assert report.chain == "platform"


def test_entry_is_sealed_through_the_outbox(app: SigerFlask, village: Tenant) -> None:
    with app.app_context():
        write(village, "a")
        with platform_scope():
            query = select(OutboxEntry).where(
                OutboxEntry.kind == "audit", OutboxEntry.tenant_id == village.id
            )
            row = db.session.scalars(query).one()
            outbox._handlers["audit"](outbox.Entry(row.id, row.tenant_id, row.kind, row.payload))
            db.session.delete(row)
            db.session.commit()
            assert jobs_for(village) == 1


def test_entry_is_sealed_within_seconds_by_scheduler_and_worker(app: SigerFlask, village: Tenant) -> None:
    with app.app_context():
        write(village, "a")
    deadline = time.monotonic() + 10
    report = None
    while time.monotonic() < deadline and (report is None or not report.sealed):
        time.sleep(0.5)
        settle(app)
        with app.app_context():
            report = verified(village)
    assert report is not None
    assert (report.sealed, report.waiting, report.sound) == (1, 0, True)


def test_sweep_asks_again_for_chains_whose_job_got_lost(
    app: SigerFlask, village: Tenant, make_village: Callable[[], Tenant]
) -> None:
    with app.app_context():
        lost, fine = village, make_village()
        write(fine, "a")
        seal(fine)
        long_ago = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=10)
        with platform_scope():
            db.session.add(AuditChain(chain_id=lost.id, touched_at=long_ago))
            db.session.commit()
            sweep_job()
            assert (jobs_for(lost), jobs_for(fine)) == (1, 0)


def jobs_for(village: Tenant) -> int:
    query = select(OutboxEntry.payload).where(OutboxEntry.kind == "job", OutboxEntry.tenant_id == village.id)
    return sum(payload["name"] == "audit.seal" for payload in db.session.scalars(query))


def test_command_exits_with_one_and_names_the_entry(
    app: SigerFlask, sealed: Tenant, tamper: Tamper, urls: DatabaseUrls, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.commands.audit.application", app.app_context)
    run = CliRunner()
    fine = run.invoke(main, ["audit", "verify", "--village", sealed.code])
    assert fine.exit_code == 0
    assert "5 sealed" in fine.output
    tamper(sealed, "UPDATE audit_entry SET summary = 'lie' WHERE summary = 'b'")
    found = run.invoke(main, ["audit", "verify", "--all"])
    assert found.exit_code == 1
    assert "link 2: entry" in found.output
    assert run.invoke(main, ["audit", "verify", "--village", "99"]).exit_code == 1
    assert run.invoke(main, ["audit", "verify", "--all", "--platform"]).exit_code == 2
