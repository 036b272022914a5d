"""Sending once, to thousands at once, and telling a village's staff once, whoever dies on the way."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select, update

from app.core.hosting import SigerFlask
from app.extensions import db
from app.province.announcements import jobs as delivery
from app.province.announcements import services
from app.province.announcements.models import Announcement
from tenants.fan_out import run_chunk
from tenants.jobs import run_job
from tenants.models import JobItem, OutboxEntry, PlatformJobRun, TenantRow
from tenants.scope import Tenant, platform_scope
from tests.province.announcements.writing import (
    drafted,
    kept,
    noted,
    recipient,
    recipients,
    send,
    sent,
    told,
)
from tests.support.servers import DatabaseUrls, worker_number
from tests.support.visitors import Visitor
from tests.support.work import settle

Officer = Callable[..., Visitor]


@pytest.fixture
def writer(officer: Officer) -> Visitor:
    """Somebody of the province's office."""
    return officer("province_admin", "18")


def run_of(app: SigerFlask, key: uuid.UUID, name: str = services.DELIVER) -> PlatformJobRun:
    """The run that tells the villages."""
    with app.app_context(), platform_scope():
        query = select(PlatformJobRun).where(
            PlatformJobRun.name == name, PlatformJobRun.arguments["announcement_id"].astext == str(key)
        )
        run = db.session.scalars(query).one()
        db.session.expunge(run)
        return run


def test_staff_are_told_once_and_the_village_counts_as_reached(
    app: SigerFlask, writer: Visitor, village: Tenant, staff: Callable[..., Any]
) -> None:
    head, secretary = staff(village, role="village_head"), staff(village)
    key = sent(writer, village)
    settle(app)
    run = run_of(app, key)
    assert (run.total, run.done, run.state) == (1, 1, "done")
    row = recipient(app, key, village)
    assert row is not None
    assert row.delivered_at is not None
    assert row.first_read_at is None
    assert told(app, village, key) == 2
    for person in (head, secretary):
        assert "Kabar baru: Undangan rapat koordinasi" in person.get("/pemberitahuan").text
    with app.app_context():
        run_job(services.DELIVER, str(village.id), {"announcement_id": str(key), "region_code": "18"})
    assert told(app, village, key) == 2
    (entry,) = noted(app, "announcement.sent", key)
    assert entry.summary == "Undangan rapat koordinasi"
    assert (entry.details["villages"], entry.details["readable"], entry.details["region"]) == (1, 1, "18")


def test_the_whole_province_is_sent_to_at_once_and_quickly(
    app: SigerFlask, writer: Visitor, count_queries: Callable[..., Any]
) -> None:
    with app.app_context(), platform_scope():
        open_ones = select(TenantRow.id).where(TenantRow.state.not_in(["suspended", "archived"]))
        total = len(db.session.scalars(open_ones).all())
    assert total > 2600
    key = drafted(writer, title="Untuk semua desa")
    version = str(kept(app, key).row_version)
    page = f"/pengumuman/{key}"
    began = time.perf_counter()
    answer = writer.submit(f"{page}/kirim", {"row_version": version}, form=page)
    took = time.perf_counter() - began
    assert answer.status_code == 303
    assert recipients(app, key) == total
    assert took < 2.0, f"{took:.2f} s"
    with count_queries(at_most=5):
        assert writer.get(page).status_code == 200
    with count_queries(at_most=5):
        assert writer.get(f"{page}/penerima").status_code == 200


def test_two_thousand_villages_with_a_schema_are_sent_to_within_two_seconds(
    app: SigerFlask, officer: Officer
) -> None:
    """As if every village worked here: the fan-out is as long as the province; nothing of it is run."""
    with app.app_context(), platform_scope():
        bare = TenantRow.schema_name.is_(None)
        changed = db.session.scalars(
            update(TenantRow)
            .where(bare, TenantRow.state == "listed")
            .values(schema_name="x_" + TenantRow.code, role_name="x_" + TenantRow.code, state="set_up")
            .returning(TenantRow.id)
        ).all()
        db.session.commit()
    try:
        writer = officer("province_admin", "18")
        key = drafted(writer, title="Untuk semua desa yang memakai")
        page = f"/pengumuman/{key}"
        began = time.perf_counter()
        answer = writer.submit(f"{page}/kirim", {"row_version": "1"}, form=page)
        took = time.perf_counter() - began
        assert answer.status_code == 303
        assert kept(app, key).state == "sent"
        assert run_of(app, key).total > 2600
        assert took < 2.0, f"{took:.2f} s"
    finally:
        with app.app_context(), platform_scope():
            db.session.execute(
                update(TenantRow)
                .where(TenantRow.id.in_(changed))
                .values(schema_name=None, role_name=None, state="listed")
            )
            mine = select(OutboxEntry.id).where(OutboxEntry.payload["name"].astext == "tenants.chunk")
            for entry in db.session.scalars(select(OutboxEntry).where(OutboxEntry.id.in_(mine))):
                db.session.delete(entry)
            db.session.commit()


def test_two_officers_who_send_at_once_send_once(app: SigerFlask, officer: Officer, village: Tenant) -> None:
    regency = village.regency_code
    one, two = officer("regency_admin", regency), officer("regency_admin", regency)
    key = drafted(one, village)
    form = f"/pengumuman/{key}"
    pages = [person.get(form).text for person in (one, two)]
    assert all("Kirim ke 1 desa" in page for page in pages)
    answers: list[Any] = []

    def press(person: Visitor) -> None:
        answers.append(person.submit(f"{form}/kirim", {"row_version": "1"}, form="/pengumuman/baru"))

    threads = [threading.Thread(target=press, args=(person,)) for person in (one, two)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answer.status_code for answer in answers] == [303, 303]
    assert recipients(app, key) == 1
    assert len(noted(app, "announcement.sent", key)) == 1
    run_of(app, key)
    assert "tidak dikirim lagi" in send(one, key).text or kept(app, key).state == "sent"
    assert len(noted(app, "announcement.sent", key)) == 1


def test_what_changed_since_it_was_seen_is_not_sent(
    app: SigerFlask, writer: Visitor, village: Tenant
) -> None:
    key = drafted(writer, village)
    with app.app_context(), platform_scope():
        db.session.execute(update(Announcement).where(Announcement.id == key).values(row_version=2))
        db.session.commit()
    page = f"/pengumuman/{key}"
    answer = writer.submit(f"{page}/kirim", {"row_version": "1"}, form=page, follow_redirects=True)
    assert "baru saja diubah" in answer.text
    assert kept(app, key).state == "draft"


def test_suspended_villages_are_left_out_and_nobody_at_all_is_refused(
    app: SigerFlask, writer: Visitor, make_village: Callable[[], Tenant]
) -> None:
    one, gone = make_village(), make_village()
    with app.app_context(), platform_scope():
        row = TenantRow.id == gone.id
        db.session.execute(update(TenantRow).where(row).values(state="suspended", state_before="set_up"))
        db.session.commit()
    key = sent(writer, one, gone)
    assert recipients(app, key) == 1
    assert recipient(app, key, gone) is None
    lonely = drafted(writer, gone)
    page = writer.get(f"/pengumuman/{lonely}").text
    assert "Tidak ada desa yang cocok" in page
    assert "/kirim" not in page
    form = "/pengumuman/baru"
    answer = writer.submit(
        f"/pengumuman/{lonely}/kirim", {"row_version": "1"}, form=form, follow_redirects=True
    )
    assert "tidak ada yang dikirimi" in answer.text
    assert kept(app, lonely).state == "draft"


def test_a_worker_that_is_killed_between_telling_and_noting_tells_nobody_twice(
    app: SigerFlask, writer: Visitor, village: Tenant, staff: Callable[..., Any], urls: DatabaseUrls
) -> None:
    staff(village)
    key = sent(writer, village)
    settings = app.config["SETTINGS"]
    known = [urls.owner_url, urls.app_url, str(worker_number()), settings.tenant_role_prefix]
    run = run_of(app, key)
    program = [
        sys.executable, "-m", "tests.province.announcements.killed_delivery", *known, str(settings.siger_data),
        str(run.id), str(village.id),
    ]  # fmt: skip
    died = subprocess.run(
        program, capture_output=True, text=True, timeout=120, check=False, env=dict(os.environ)
    )
    assert died.returncode == -signal.SIGKILL, died.stderr[-2000:]
    assert "told" in died.stdout
    assert told(app, village, key) == 1
    row = recipient(app, key, village)
    assert row is not None
    assert row.delivered_at is None
    with app.app_context(), platform_scope():
        run_chunk(job_id=str(run.id), tenant_ids=[str(village.id)])
    row = recipient(app, key, village)
    assert row is not None
    assert row.delivered_at is not None
    assert told(app, village, key) == 1
    with app.app_context(), platform_scope():
        item = db.session.get(JobItem, (run.id, village.id))
        assert item is not None
        assert item.state == "done"


def test_what_was_withdrawn_before_it_was_delivered_is_not_told(
    app: SigerFlask, writer: Visitor, village: Tenant, staff: Callable[..., Any]
) -> None:
    staff(village)
    key = sent(writer, village)
    path = f"/pengumuman/{key}/tarik"
    assert writer.submit(path, {"reason": "xx"}).status_code == 422
    assert writer.submit(path, {"reason": "Jadwalnya berubah"}).status_code == 303
    settle(app)
    assert told(app, village, key) == 0
    assert "Ditarik" in writer.get(f"/pengumuman/{key}").text
    again = writer.submit(path, {"reason": "Jadwalnya berubah lagi"}, form=path, follow_redirects=True)
    assert "sudah ditarik" in again.text
    assert kept(app, key).reason == "Jadwalnya berubah"
    assert [entry.details["reason"] for entry in noted(app, "announcement.withdrawn", key)] == [
        "Jadwalnya berubah"
    ]


def test_reminding_tells_those_who_have_not_read_once_a_day(
    app: SigerFlask, writer: Visitor, make_village: Callable[[], Tenant], staff: Callable[..., Any]
) -> None:
    reads, waits = make_village(), make_village()
    reader, waiting = staff(reads), staff(waits)
    key = sent(writer, reads, waits)
    settle(app)
    assert reader.get(f"/kabar/{key}").status_code == 200
    page = f"/pengumuman/{key}"
    answer = writer.submit(f"{page}/ingatkan", form=page, follow_redirects=True)
    assert "1 desa diingatkan" in answer.text
    settle(app)
    assert told(app, waits, key, delivery.REMINDED) == 1
    assert told(app, reads, key, delivery.REMINDED) == 0
    assert "Masih menunggu" in waiting.get("/pemberitahuan").text
    again = writer.submit(f"{page}/ingatkan", form="/pengumuman/baru", follow_redirects=True)
    assert "Hari ini sudah diingatkan" in again.text
    since = kept(app, key).reminded_at
    assert since is not None
    with app.app_context():
        arguments = {"announcement_id": str(key), "region_code": "18", "since": since.isoformat()}
        run_job(services.REMIND, str(waits.id), arguments)
    assert told(app, waits, key, delivery.REMINDED) == 1
    assert len(noted(app, "announcement.reminded", key)) == 1
