"""Asking for an archive, watching it, taking it away: on the province's host and on the village's own."""

from __future__ import annotations

import datetime as dt
import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import pytest
from sqlalchemy import select, update

from app.core.audit.models import PlatformAuditEntry, TenantAuditEntry
from app.core.files.storage import list_objects
from app.core.notifications.models import Notification
from app.extensions import cache, db
from app.province.archives import services
from app.province.archives.models import VillageArchive
from app.province.archives.reading import open_archive
from app.province.life.forgetting import forget_beside
from tenants import jobs
from tenants.models import PlatformJobRun, now
from tenants.scope import Tenant, platform_scope, tenant_scope
from tests.province.archives.conftest import PASSPHRASE, Deployment, Lived
from tests.support.dumps import finds, keys_of, objects_in, rows_of
from tests.support.people import Person
from tests.support.residents import a_resident
from tests.support.servers import own_folder
from tests.support.work import settle

ASKED = {"reason": "Desa pindah ke pemasangan sendiri", "passphrase": PASSPHRASE, "again": PASSPHRASE}
NIK = "1806201707450004"
Officer = Callable[..., Person]


def archives_of(here: Deployment, village: Tenant) -> list[VillageArchive]:
    with here.app.app_context(), platform_scope():
        rows = services.archives_of(village.id)
        db.session.expunge_all()
        return rows


def run_of(here: Deployment, row: VillageArchive) -> str:
    with here.app.app_context(), platform_scope():
        return str(db.session.scalar(select(PlatformJobRun.state).where(PlatformJobRun.id == row.run_id)))


def test_an_officer_asks_waits_and_downloads(
    here: Deployment, lived: Lived, officer: Officer, staff: Officer
) -> None:
    village = lived.village
    admin, head = officer(), staff(village, role="village_head")
    page = f"/desa/{village.id}/arsip"
    assert admin.submit(page, ASKED).status_code == 303
    assert "progress-card" in admin.get(page).text
    settle(here.app)
    shown = admin.get(page).text
    link = re.search(rf'href="({page}/[0-9a-f-]+/unduh)"', shown)
    assert link, shown
    answer = admin.get(link[1])
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    with here.app.app_context(), open_archive(io.BytesIO(answer.data), PASSPHRASE) as opened:
        assert opened.manifest.village["code"] == village.code
    # The village is told, and may not take away what the province asked for.
    own = head.get("/pengaturan/arsip").text
    assert ASKED["reason"] in own
    assert "/unduh" not in own
    row = archives_of(here, village)[0]
    assert head.get(f"/pengaturan/arsip/{row.id}/unduh").status_code == 404
    assert (row.state, row.downloads, row.box) == ("ready", 1, None)
    with here.app.app_context(), tenant_scope(village):
        told = db.session.scalars(select(Notification.event).where(Notification.audience == "staff")).all()
        assert services.EVENT in told
        noted = db.session.scalars(select(TenantAuditEntry.action)).all()
        assert "archive.made" in noted
    with here.app.app_context(), platform_scope():
        query = select(PlatformAuditEntry.action).where(PlatformAuditEntry.tenant_id == village.id)
        actions = db.session.scalars(query).all()
        assert {"village.archive_asked", "village.archive_made", "village.archive_downloaded"} <= set(actions)


def test_the_village_takes_its_own_archive_and_nobody_else(
    here: Deployment, lived: Lived, make_village: Callable[[], Tenant], staff: Officer, officer: Officer,
    visit: Callable[[str], Person],
) -> None:  # fmt: skip
    secretary = staff(lived.village)
    assert secretary.submit("/pengaturan/arsip", ASKED).status_code == 303
    settle(here.app)
    row = archives_of(here, lived.village)[0]
    path = f"/pengaturan/arsip/{row.id}/unduh"
    assert secretary.get(path).status_code == 200
    assert staff(lived.village, role="operator").get(path).status_code == 403
    assert staff(make_village()).get(path).status_code == 404
    assert officer().get(f"/desa/{lived.village.id}/arsip/{row.id}/unduh").status_code == 404
    assert officer("regency_admin", "18.06").get(f"/desa/{lived.village.id}/arsip").status_code == 403
    nobody = visit(f"{lived.village.slug}.localhost").get(path)
    assert nobody.status_code in (302, 303)


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"again": PASSPHRASE + "!"}, "Kedua frasa sandi tidak sama."),
        ({"passphrase": "pendek", "again": "pendek"}, "Terlalu mudah ditebak"),
        ({"reason": "pindah"}, "Terlalu pendek"),
    ],
)
def test_what_is_wrong_with_a_request_is_said(
    here: Deployment, village: Tenant, officer: Officer, changed: dict[str, str], sentence: str
) -> None:
    answer = officer().submit(f"/desa/{village.id}/arsip", {**ASKED, **changed})
    assert answer.status_code == 422
    assert sentence in answer.text
    assert PASSPHRASE not in answer.text
    assert not archives_of(here, village)


def test_a_download_bears_the_day_of_the_village(here: Deployment, village: Tenant, officer: Officer) -> None:
    admin = officer()
    page = f"/desa/{village.id}/arsip"
    admin.submit(page, ASKED)
    settle(here.app)
    row = archives_of(here, village)[0]
    with here.app.app_context(), platform_scope():
        night = dt.datetime(2026, 11, 23, 18, 2, tzinfo=dt.UTC)
        db.session.execute(update(VillageArchive).where(VillageArchive.id == row.id).values(created_at=night))
        db.session.commit()
    answer = admin.get(f"{page}/{row.id}/unduh")
    assert f"arsip-{village.code}-20261124.age" in answer.headers["Content-Disposition"]


def test_two_at_once_make_one(here: Deployment, village: Tenant, officer: Officer) -> None:
    admin = officer()
    page = f"/desa/{village.id}/arsip"
    admin.submit(page, ASKED)
    answer = officer().submit(page, ASKED, form=f"/desa/{village.id}", follow_redirects=True)
    assert "Arsip desa ini sedang dibuat." in answer.text
    assert len(archives_of(here, village)) == 1
    settle(here.app)


def test_after_seven_days_the_file_is_gone(here: Deployment, village: Tenant, officer: Officer) -> None:
    admin = officer()
    page = f"/desa/{village.id}/arsip"
    admin.submit(page, ASKED)
    settle(here.app)
    row = archives_of(here, village)[0]
    with here.app.app_context(), platform_scope():
        assert services.object_path(row.id) in list_objects("platform/archives")
        over = update(VillageArchive).where(VillageArchive.id == row.id)
        db.session.execute(over.values(expires_at=now() - dt.timedelta(seconds=1)))
        db.session.commit()
        assert admin.get(f"{page}/{row.id}/unduh").status_code == 404
        assert services.expire()["removed"] >= 1
        assert services.object_path(row.id) not in list_objects("platform/archives")
    assert "Sudah dihapus" in admin.get(page).text


def test_a_worker_that_died_leaves_a_sentence_and_no_passphrase(
    here: Deployment, village: Tenant, officer: Officer
) -> None:
    admin = officer()
    page = f"/desa/{village.id}/arsip"
    admin.submit(page, ASKED)
    row = archives_of(here, village)[0]
    with here.app.app_context(), platform_scope():
        taken = services._take(row.id)
        assert taken is not None
        assert PASSPHRASE not in repr(taken)
    settle(here.app)  # the queue hands the job out once more
    row = archives_of(here, village)[0]
    assert (row.state, row.error, row.box) == ("failed", "interrupted", None)
    assert "Pekerjaan terputus" in admin.get(page).text
    assert run_of(here, row) == "failed"
    work = admin.get(f"/pekerjaan/{row.run_id}").text
    assert "Pekerjaan terputus" in work
    assert "Gagal" in work
    assert "Ulangi yang gagal" not in work
    assert admin.submit(f"/pekerjaan/{row.run_id}/ulangi", {}, form=page).status_code == 403
    admin.submit(page, ASKED)
    settle(here.app)
    assert archives_of(here, village)[0].state == "ready"


def test_a_full_disk_fails_with_a_sentence(
    here: Deployment, lived: Lived, officer: Officer, small_files: Callable[[], object]
) -> None:
    admin = officer()
    page = f"/desa/{lived.village.id}/arsip"
    admin.submit(page, ASKED)
    with small_files():  # type: ignore[attr-defined]
        settle(here.app)
    row = archives_of(here, lived.village)[0]
    assert (row.state, row.error) == ("failed", "disk")
    assert "Penyimpanan penuh" in admin.get(page).text
    assert run_of(here, row) == "failed"
    assert "Penyimpanan penuh" in admin.get(f"/pekerjaan/{row.run_id}").text
    with here.app.app_context():
        assert services.object_path(row.id) not in list_objects("platform/archives")


def test_an_archive_that_is_made_while_its_village_is_deleted_leaves_nothing(
    here: Deployment, village: Tenant, officer: Officer, monkeypatch: pytest.MonkeyPatch
) -> None:
    officer().submit(f"/desa/{village.id}/arsip", ASKED)
    put = services.put_file

    def forgotten_meanwhile(path: str, file: BinaryIO) -> None:
        put(path, file)
        forget_beside(village.id)

    monkeypatch.setattr(services, "put_file", forgotten_meanwhile)
    settle(here.app)
    row = archives_of(here, village)[0]
    assert row.state == "expired"
    with here.app.app_context():
        assert services.object_path(row.id) not in list_objects("platform/archives")


def test_the_passphrase_and_the_content_are_nowhere_in_clear(
    here: Deployment, village: Tenant, officer: Officer, capfd: pytest.CaptureFixture[str]
) -> None:
    a_resident(here.app, village, nik=NIK, birth_date=dt.date(1945, 7, 17))
    officer().submit(f"/desa/{village.id}/arsip", ASKED)

    def surfaces():  # type: ignore[no-untyped-def]
        yield from rows_of(here.urls.owner_url, [village.schema, "platform"])
        yield from objects_in(Path(own_folder()))
        yield from keys_of(cache.client)

    secrets = {"passphrase": PASSPHRASE, "NIK": NIK}
    with here.app.app_context():
        assert not finds(surfaces(), secrets)
    settle(here.app)
    with here.app.app_context():
        assert not finds(surfaces(), secrets)
    said = capfd.readouterr()
    assert PASSPHRASE not in said.out + said.err
    assert NIK not in said.out + said.err
    with here.app.app_context(), platform_scope():
        run = db.session.scalar(
            select(PlatformJobRun).where(PlatformJobRun.arguments["village_id"].astext == str(village.id))
        )
        assert run is not None
        assert run.state == "done"
        assert jobs.job_kind(services.MAKE).queue == "bulk"
