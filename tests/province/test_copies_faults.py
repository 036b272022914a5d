"""What goes wrong with copies: all or nothing, and a sentence."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import select, update

from app.core.files.storage import get_object, list_objects, put_object
from app.core.hosting import SigerFlask
from app.extensions import db
from app.province.copies import restoring
from app.province.copies.container import CopyBroken, open_tables
from app.province.copies.errors import CopyRefused
from app.province.copies.jobs import check_one
from app.province.copies.models import VillageCopy, VillageHealth
from app.province.copies.restoring import restore_beside, swap_in
from app.province.copies.services import ask_comparison, ask_copy, ask_swap
from app.province.copies.storing import copy_path
from app.province.copies.taking import digest_of, take_copy
from tenants import beside as beside_engine
from tenants.beside import make_tables
from tenants.copying import content_digest
from tenants.doctor import examine
from tenants.ids import uuid7
from tenants.migrations import migrate_schema
from tenants.models import PlatformJobRun
from tenants.scope import Tenant, platform_scope
from tests.support import servers
from tests.support.copies import address_of, beside, copies_of, copy_now, digests, owner_of, rename, schemas
from tests.support.people import deliver_letters
from tests.support.servers import DatabaseUrls
from tests.support.work import settle

Villages = Callable[[], Tenant]


def _refused(app: SigerFlask, deed: Callable[[], object]) -> str:
    with app.app_context(), platform_scope(), pytest.raises(CopyRefused) as refusal:
        deed()
    return str(refusal.value)


def _change(app: SigerFlask, copy: VillageCopy, **values: Any) -> None:
    with app.app_context(), platform_scope():
        db.session.execute(update(VillageCopy).where(VillageCopy.id == copy.id).values(**values))
        db.session.commit()


def test_a_changed_byte_is_refused_wherever_it_stands(
    app: SigerFlask, urls: DatabaseUrls, make_village: Villages
) -> None:
    village = make_village()
    copy = copy_now(app, village)
    assert copy.object_id is not None
    before, live = schemas(urls), digests(urls, village)
    with app.app_context():
        whole = get_object(copy_path(copy.object_id))
    for place in (0, 20, len(whole) // 2, len(whole) - 1):
        changed = bytearray(whole)
        changed[place] ^= 1
        with app.app_context():
            put_object(copy_path(copy.object_id), bytes(changed))
        assert "rusak" in _refused(app, lambda: restore_beside(village.id, copy.id))
        # Somebody who can write rows as well gets no further: the seal holds by itself.
        _change(app, copy, sha256=digest_of(bytes(changed)))
        assert _refused(app, lambda: restore_beside(village.id, copy.id))
        _change(app, copy, sha256=copy.sha256)
    with app.app_context():
        put_object(copy_path(copy.object_id), whole[:-100])
    assert "rusak" in _refused(app, lambda: restore_beside(village.id, copy.id))
    assert schemas(urls) == before
    assert digests(urls, village) == live


def test_an_object_is_bound_to_its_village_and_says_nothing(app: SigerFlask, make_village: Villages) -> None:
    village, other = make_village(), make_village()
    rename(app, village, "Jalan Rahasia 9")
    copy = copy_now(app, village)
    assert copy.object_id is not None
    with app.app_context():
        data = get_object(copy_path(copy.object_id))
        assert list(open_tables(data, village.id))
        with pytest.raises(CopyBroken):
            list(open_tables(data, other.id))
    for word in ("Rahasia", village.name, village.code, str(village.id)):
        assert word.encode() not in data


def test_copies_that_do_not_fit_are_refused_with_their_reason(
    app: SigerFlask, urls: DatabaseUrls, make_village: Villages
) -> None:
    village, other = make_village(), make_village()
    copy, foreign = copy_now(app, village), copy_now(app, other)
    before = schemas(urls)
    assert "desa lain" in _refused(app, lambda: restore_beside(village.id, foreign.id))
    _change(app, copy, revision="9999_of_tomorrow")
    assert "lebih baru" in _refused(app, lambda: restore_beside(village.id, copy.id))
    _change(app, copy, revision=copy.revision, tables={**copy.tables, "official": [7, "00"]})
    assert "rusak" in _refused(app, lambda: restore_beside(village.id, copy.id))
    _change(app, copy, tables=copy.tables, state="failed")
    assert "gagal dibuat" in _refused(app, lambda: restore_beside(village.id, copy.id))
    _change(app, copy, state="ready", object_id=foreign.id)
    assert "tidak ada lagi" in _refused(app, lambda: restore_beside(village.id, copy.id))
    assert schemas(urls) == before
    assert beside(app, village) == []


def test_without_its_master_key_a_copy_is_refused(app: SigerFlask, make_village: Villages) -> None:
    village = make_village()
    copy = copy_now(app, village)
    keys = app.config["MASTER_KEYS"]
    app.config["MASTER_KEYS"] = {"another": b"a key of 32 bytes that is another"[:32]}
    try:
        assert "MASTER_KEYS" in _refused(app, lambda: restore_beside(village.id, copy.id))
    finally:
        app.config["MASTER_KEYS"] = keys


class _Full:
    """An object storage whose disk is full, after some bytes were written."""

    def __init__(self, store: Any) -> None:
        self.store = store

    def put(self, path: str, data: bytes, **options: Any) -> Any:
        self.store.put(path, data[:100], **options)
        raise OSError(28, "No space left on device")

    def __getattr__(self, name: str) -> Any:
        return getattr(self.store, name)


def test_a_full_disk_leaves_nothing_and_a_sentence(
    app: SigerFlask, urls: DatabaseUrls, make_village: Villages
) -> None:
    village = make_village()
    whole = copy_now(app, village)
    rename(app, village, "Jalan Baru 2")
    with app.app_context():
        before, store = list_objects("platform/copies"), app.extensions["file_storage"]
    app.extensions["file_storage"] = _Full(store)
    try:
        sentence = _refused(app, lambda: take_copy(village.id, kind="nightly"))
    finally:
        app.extensions["file_storage"] = store
    assert "Penyimpanan penuh" in sentence
    with app.app_context():
        assert list_objects("platform/copies") == before
    _good, failed = copies_of(app, village)
    assert failed.state == "failed"
    assert failed.error == sentence
    assert failed.object_id is None
    with app.app_context(), platform_scope():
        seen = db.session.get_one(VillageHealth, village.id)
        assert seen.last_error == sentence
        assert seen.last_copy_at == whole.taken_at
    again = copy_now(app, village)
    assert again.state == "ready"


def test_a_full_disk_of_the_database_leaves_nothing_and_a_sentence(
    app: SigerFlask, urls: DatabaseUrls, make_village: Villages, monkeypatch: pytest.MonkeyPatch
) -> None:
    village = make_village()
    copy = copy_now(app, village)
    before, live = schemas(urls), digests(urls, village)
    whole, told = beside_engine.copy_in, []

    def fills_up(conn: Any, schema: str, name: str, *rest: Any) -> int:
        told.append(name)
        if len(told) > 12:
            raise psycopg.errors.DiskFull("could not extend file: No space left on device")
        return int(whole(conn, schema, name, *rest))

    monkeypatch.setattr(beside_engine, "copy_in", fills_up)
    assert "penuh" in _refused(app, lambda: restore_beside(village.id, copy.id))
    monkeypatch.undo()
    assert len(told) > 12
    assert schemas(urls) == before
    assert beside(app, village) == []
    assert digests(urls, village) == live


def _killed(app: SigerFlask, urls: DatabaseUrls, run: PlatformJobRun, village: Tenant, moment: str) -> None:
    settings = app.config["SETTINGS"]
    more = [f"{k}={v}" for k, v in run.arguments.items() if k not in ("village_id", "region_code", "by")]
    died = subprocess.run(
        [
            sys.executable, "-m", "tests.support.killing_copies", urls.owner_url, urls.app_url,
            str(servers.worker_number()), settings.tenant_role_prefix, str(settings.siger_data), run.name,
            str(run.id), str(village.id), moment, *more,
        ],
        stdout=subprocess.PIPE, timeout=60, check=False,
    )  # fmt: skip
    assert died.returncode == -signal.SIGKILL
    assert died.stdout == b"there\n"
    _wait_until_alone(urls)


def _wait_until_alone(urls: DatabaseUrls) -> None:
    others = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND usename = current_user "
        "AND backend_type = 'client backend' AND pid <> pg_backend_pid() AND xact_start IS NOT NULL"
    )
    until = time.monotonic() + 15
    with owner_of(urls) as conn:
        while (row := conn.execute(others).fetchone()) and row[0]:
            assert time.monotonic() < until
            time.sleep(0.02)


def _run_of(app: SigerFlask, run: PlatformJobRun) -> PlatformJobRun:
    with app.app_context(), platform_scope():
        return db.session.scalars(select(PlatformJobRun).where(PlatformJobRun.id == run.id)).one()


def test_a_worker_killed_while_it_copies_leaves_nothing(
    app: SigerFlask, urls: DatabaseUrls, make_village: Villages
) -> None:
    village = make_village()
    with app.app_context(), platform_scope():
        run = ask_copy(village.id, by="uji")
    _killed(app, urls, run, village, "storing")
    assert copies_of(app, village) == []
    settle(app)
    assert _run_of(app, run).state == "done"
    assert len(copies_of(app, village)) == 1


@pytest.mark.parametrize("moment", ["filling", "swapping", "swapped"])
def test_a_worker_killed_while_it_restores_leaves_all_or_nothing(
    app: SigerFlask, urls: DatabaseUrls, make_village: Villages, moment: str
) -> None:
    village, neighbour = make_village(), make_village()
    rename(app, village, "Jalan Lama 1")
    copy = copy_now(app, village)
    rename(app, village, "Jalan Baru 2")
    before, live, other = schemas(urls), digests(urls, village), digests(urls, neighbour)
    with app.app_context(), platform_scope():
        run = ask_comparison(village.id, copy.id, by="uji")
    if moment == "filling":
        _killed(app, urls, run, village, moment)
        assert schemas(urls) == before
        assert beside(app, village) == []
    settle(app)
    assert _run_of(app, run).state == "done"
    assert len(beside(app, village)) == 1
    if moment == "filling":
        return
    with app.app_context(), platform_scope():
        schema = beside(app, village)[0].schema_name
        swap = ask_swap(village.id, seen=schema, typed=village.name, reason="impor salah", by="uji")
    _killed(app, urls, swap, village, moment)
    if moment == "swapping":
        assert digests(urls, village) == live
        assert address_of(app, village) == "Jalan Baru 2"
    else:
        assert address_of(app, village) == "Jalan Lama 1"
    settle(app)
    assert _run_of(app, swap).state == "done"
    assert address_of(app, village) == "Jalan Lama 1"
    assert digests(urls, neighbour) == other
    assert [one.kind for one in beside(app, village)] == ["replaced"]


def test_two_restores_at_once_make_one(app: SigerFlask, urls: DatabaseUrls, make_village: Villages) -> None:
    village = make_village()
    copy = copy_now(app, village)
    said: list[str] = []

    def restore() -> None:
        with app.app_context(), platform_scope():
            try:
                restore_beside(village.id, copy.id)
                said.append("")
            except CopyRefused as refusal:
                said.append(str(refusal))

    threads = [threading.Thread(target=restore) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(bool, said)) == [False, True]
    assert "sudah mempunyai pembanding" in max(said)
    assert len(beside(app, village)) == 1


def test_a_village_that_does_not_pause_is_not_replaced(
    app: SigerFlask, urls: DatabaseUrls, make_village: Villages, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tenants.beside.LOCK_TIMEOUT_MS", 300)
    village = make_village()
    copy = copy_now(app, village)
    with app.app_context(), platform_scope():
        schema = restore_beside(village.id, copy.id)
    with owner_of(urls) as busy, busy.transaction():
        busy.execute(sql.SQL("SELECT * FROM {}").format(sql.Identifier(village.schema, "official")))
        sentence = _refused(app, lambda: swap_in(village.id, schema, reason="impor salah"))
    assert "sedang dipakai" in sentence
    assert [one.kind for one in beside(app, village)] == ["comparison"]
    with app.app_context(), platform_scope():
        swap_in(village.id, schema, reason="impor salah")
    assert [one.kind for one in beside(app, village)] == ["replaced"]
    assert "tidak ada lagi" in _refused(
        app, lambda: restoring.swap_in(village.id, schema, reason="lagi lagi")
    )


def test_people_who_go_over_between_the_last_look_and_the_lock_stop_a_swap(
    app: SigerFlask, urls: DatabaseUrls, make_village: Villages, officer: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    village, other, admin = make_village(), make_village(), officer()
    rename(app, village, "Jalan Lama 1")
    copy = copy_now(app, village)
    rename(app, village, "Jalan Baru 2")
    page = f"/desa/{village.id}/salinan"
    admin.submit(f"{page}/{copy.id}/bandingkan", form=page)
    settle(app)
    whole = restoring.owner

    @contextmanager
    def overtaken() -> Iterator[psycopg.Connection]:
        """A merge holds the village's row, and is over while the swap waits for it."""
        with whole() as conn, owner_of(urls) as merging:
            merging.execute("BEGIN")
            merging.execute("SELECT 1 FROM platform.tenant WHERE id = %s FOR UPDATE", (village.id,))
            merging.execute(
                "INSERT INTO platform.village_deed (id, kind, tenant_id, other_tenant_id, state, asked_at, created_at, "
                "finished_at) VALUES (%s, 'merge', %s, %s, 'done', now(), now(), clock_timestamp())",
                (uuid7(), village.id, other.id),
            )
            over = threading.Timer(0.5, merging.execute, ("COMMIT",))
            over.start()
            yield conn
            over.join()

    monkeypatch.setattr(restoring, "owner", overtaken)
    told = {"typed": village.name, "reason": "impor salah"}
    admin.submit(f"{page}/pembanding/gantikan", told, form=f"{page}/pembanding")
    settle(app)
    assert f"penggabungan dengan {other.full_name}" in admin.get(page).text
    assert address_of(app, village) == "Jalan Baru 2"
    assert [one.kind for one in beside(app, village)] == ["comparison"]


def test_a_check_that_fails_is_noted_and_told_to_the_province(
    app: SigerFlask, urls: DatabaseUrls, make_village: Villages, officer: Callable[..., Any]
) -> None:
    village, admin = make_village(), officer()
    copy = copy_now(app, village)
    before = schemas(urls)
    with app.app_context(), platform_scope():
        assert check_one(copy.id, village.id) == ""
    assert schemas(urls) == before
    assert copies_of(app, village)[0].verify_result == ""
    assert copies_of(app, village)[0].verified_at is not None
    _change(app, copy, tables={**copy.tables, "official": [7, "00"]})
    with app.app_context(), platform_scope():
        assert "rusak" in check_one(copy.id, village.id)
    letters = [one for one in deliver_letters(app) if one.to == admin.email]
    assert letters
    assert village.name in letters[-1].subject
    assert schemas(urls) == before


def test_a_copy_of_an_older_revision_is_brought_forward(
    app: SigerFlask, urls: DatabaseUrls, make_village: Villages
) -> None:
    village, older = make_village(), "0002_residents"
    with owner_of(urls) as conn, conn.transaction():
        conn.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(village.schema)))
        make_tables(conn, village.schema, older)
        state = sql.Identifier(village.schema, "village_state")
        conn.execute(sql.SQL("INSERT INTO {} (id, key_id) VALUES (1, 'dev')").format(state))
        known = "UPDATE platform.tenant_schema SET revision = %s WHERE schema_name = %s"
        conn.execute(known, (older, village.schema))
    copy = copy_now(app, village)
    assert copy.revision == older
    assert "letter" not in copy.tables
    with owner_of(urls) as conn:
        migrate_schema(conn, village.schema, village.role)
    with app.app_context(), platform_scope():
        schema = restore_beside(village.id, copy.id)
        with owner_of(urls) as conn:
            assert content_digest(conn, schema) == digests(urls, village)
        swap_in(village.id, schema, reason="impor salah")
    assert village.schema not in {one.subject for one in examine(urls.owner_url)}
    with owner_of(urls) as conn:
        row = conn.execute(
            "SELECT has_table_privilege(%s, %s, 'INSERT')", (village.role, f"{village.schema}.letter")
        ).fetchone()
    assert row == (True,)
