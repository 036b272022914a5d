"""Preparing many villages with progress, failures and retries; the list of work; what is told when Redis is gone."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterator

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import delete, func, select, update

from app.core.hosting import SigerFlask
from app.extensions import db
from app.province import jobs as province_jobs
from app.province.services import PROVISION_MANY, StateRefused, provision_region
from tenants.bootstrap import libpq_url
from tenants.errors import QueueUnavailable
from tenants.fan_out import run_chunk
from tenants.models import JobItem, PlatformJobRun, TenantRow, TenantSchema, TenantState
from tenants.scope import platform_scope
from tests.support.servers import DatabaseUrls
from tests.support.visitors import Visitor
from tests.support.work import settle

Officer = Callable[..., Visitor]


@pytest.fixture
def admin(officer: Officer) -> Visitor:
    """A province admin, signed in."""
    return officer("province_admin", "18")


@pytest.fixture(scope="session")
def _districts(app: SigerFlask) -> Iterator[str]:
    """Kecamatan of Lampung Barat with 5 to 10 villages, none of which has a schema."""
    with app.app_context(), platform_scope():
        query = (
            select(TenantRow.district_code)
            .where(TenantRow.regency_code == "18.04")
            .group_by(TenantRow.district_code)
            .having(func.count().between(5, 10), func.count(TenantRow.schema_name) == 0)
            .order_by(TenantRow.district_code)
        )
        return iter(list(db.session.scalars(query)))


@pytest.fixture
def district(_districts: Iterator[str]) -> str:
    """A kecamatan that nobody has prepared yet."""
    return next(_districts)


def villages_of(app: SigerFlask, region: str) -> list[TenantRow]:
    """The villages of a region."""
    with app.app_context(), platform_scope():
        rows = list(
            db.session.scalars(
                select(TenantRow).where(TenantRow.code.startswith(f"{region}.")).order_by(TenantRow.code)
            )
        )
        db.session.expunge_all()
        return rows


def newest(app: SigerFlask, region: str) -> PlatformJobRun:
    """The newest run that was asked for a region."""
    with app.app_context(), platform_scope():
        query = (
            select(PlatformJobRun)
            .where(
                PlatformJobRun.name == PROVISION_MANY,
                PlatformJobRun.arguments["region_code"].astext == region,
            )
            .order_by(PlatformJobRun.created_at.desc())
            .limit(1)
        )
        run = db.session.scalars(query).one()
        db.session.expunge_all()
        return run


def test_a_kecamatan_is_prepared_with_progress_and_a_failure_is_tried_again(
    app: SigerFlask, urls: DatabaseUrls, admin: Visitor, district: str
) -> None:
    settle(app)
    villages = villages_of(app, district)
    blocked = villages[1]
    orphan = sql.Identifier("v_" + blocked.code.replace(".", ""))
    with psycopg.connect(libpq_url(urls.owner_url), autocommit=True) as conn:
        conn.execute(sql.SQL("CREATE SCHEMA {}").format(orphan))
    regency = district[:5]
    assert f"wilayah={regency}" in admin.get("/penyiapan").text
    assert f"wilayah={district}" in admin.get(f"/penyiapan?wilayah={regency}").text
    form = f"/penyiapan/konfirmasi?wilayah={district}"
    asked = admin.get(form).text
    assert f"Siapkan {len(villages)} desa dan kelurahan di Kecamatan" in asked
    answer = admin.submit("/penyiapan/konfirmasi", {"wilayah": district}, form=form)
    assert answer.status_code == 303
    page = answer.headers["Location"]
    waiting = admin.get(page).text
    assert f"0 dari {len(villages)}" in waiting
    assert "hx-trigger" in waiting
    settle(app)
    over = admin.get(page).text
    assert f"{len(villages) - 1} dari {len(villages)}" in over
    assert "1 gagal" in over
    assert blocked.name in over
    assert "already exists" in over
    assert "hx-trigger" not in over
    with psycopg.connect(libpq_url(urls.owner_url), autocommit=True) as conn:
        conn.execute(sql.SQL("DROP SCHEMA {}").format(orphan))
    assert "1 bagian yang gagal" in admin.submit(f"{page}/ulangi", form=page, follow_redirects=True).text
    settle(app)
    again = admin.get(page).text
    assert f"{len(villages)} dari {len(villages)}" in again
    assert "gagal" not in again.split('id="kerja"')[1].lower()
    assert f'href="/desa?kab={regency}&amp;kec={district}&amp;keadaan=provisioned"' in again
    assert all(row.schema_name for row in villages_of(app, district))
    assert "Tidak ada yang gagal" in admin.submit(f"{page}/ulangi", form=page, follow_redirects=True).text
    done = admin.get(form, follow_redirects=True).text
    assert "sudah disiapkan" in done


def test_villages_with_other_software_are_told_apart_from_prepared_ones(
    app: SigerFlask, admin: Visitor, district: str
) -> None:
    villages = villages_of(app, district)
    with app.app_context(), platform_scope():
        other = update(TenantRow).where(TenantRow.id == villages[0].id)
        db.session.execute(other.values(software="Desa Digital"))
        db.session.commit()
    page = admin.get(f"/penyiapan?wilayah={district}").text
    facts = dict(re.findall(r"<dt>([^<]+)</dt>\s*<dd[^>]*>([^<]+)", page))
    assert facts["menunggu disiapkan"] == str(len(villages) - 1)
    assert facts["sudah disiapkan"] == "0"
    assert facts["memakai sistem lain"] == "1"
    assert f"dari {len(villages) - 1}<" in page
    row = admin.get(f"/penyiapan?wilayah={district[:5]}").text.partition(f"wilayah={district}")[0]
    assert f"0 <small>dari {len(villages) - 1}</small>" in row.rpartition("<tr>")[2]
    with app.app_context(), platform_scope():
        db.session.execute(other.values(software=None))
        db.session.commit()


def test_a_village_whose_data_was_deleted_is_not_prepared_with_its_region(
    app: SigerFlask, admin: Visitor, district: str
) -> None:
    villages = villages_of(app, district)
    gone = update(TenantRow).where(TenantRow.id == villages[0].id)
    with app.app_context(), platform_scope():
        db.session.execute(gone.values(state=TenantState.ARCHIVED))
        db.session.commit()
    page = admin.get(f"/penyiapan?wilayah={district}").text
    assert dict(re.findall(r"<dt>([^<]+)</dt>\s*<dd[^>]*>([^<]+)", page))["menunggu disiapkan"] == str(
        len(villages) - 1
    )
    admin.submit(
        "/penyiapan/konfirmasi", {"wilayah": district}, form=f"/penyiapan/konfirmasi?wilayah={district}"
    )
    settle(app)
    found = villages_of(app, district)
    assert [row.schema_name is None for row in found] == [True, *[False] * (len(villages) - 1)]
    assert found[0].state == TenantState.ARCHIVED
    with app.app_context(), platform_scope():
        db.session.execute(gone.values(state=TenantState.LISTED))
        db.session.commit()


def test_the_same_region_twice_at_once_is_refused_and_done_twice_does_nothing_twice(
    app: SigerFlask, district: str
) -> None:
    settle(app)
    with app.app_context(), platform_scope():
        run_id = provision_region(district, label="Kecamatan", asked_by="Ratna").id
        with pytest.raises(StateRefused, match="sedang berjalan"):
            provision_region(district, label="Kecamatan")
        db.session.rollback()
    settle(app)
    villages = villages_of(app, district)
    with app.app_context(), platform_scope():
        run_chunk(str(run_id), [str(row.id) for row in villages])
        attempts = select(JobItem.attempts).where(JobItem.job_id == run_id)
        assert set(db.session.scalars(attempts)) == {1}
        for row in villages:
            province_jobs.provision_of_many(tenant_id=str(row.id), region_code=district)
        schemas = select(func.count()).where(TenantSchema.tenant_id.in_([row.id for row in villages]))
        assert db.session.scalar(schemas) == len(villages)
        with pytest.raises(StateRefused, match="sudah disiapkan"):
            provision_region(district, label="Kecamatan")


def test_killed_in_the_middle_it_takes_up_the_rest(
    app: SigerFlask, district: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    settle(app)
    real, count = province_jobs.provision, 0

    def dies_at_the_third(*args: object, **more: object) -> bool:
        nonlocal count
        count += 1
        if count == 3:
            raise KeyboardInterrupt
        return real(*args, **more)  # type: ignore[arg-type]

    with app.app_context(), platform_scope():
        run_id = provision_region(district, label="Kecamatan").id
        ids = [str(row.id) for row in villages_of(app, district)]
        with monkeypatch.context() as patch:
            patch.setattr(province_jobs, "provision", dies_at_the_third)
            with pytest.raises(KeyboardInterrupt):
                run_chunk(str(run_id), ids)
        db.session.rollback()
    assert sum(row.schema_name is not None for row in villages_of(app, district)) == 2
    settle(app)
    assert all(row.schema_name for row in villages_of(app, district))
    with app.app_context(), platform_scope():
        found = db.session.get_one(PlatformJobRun, run_id)
        assert (found.state, found.done, found.failed) == ("done", len(ids), 0)


def test_regional_officers_prepare_and_see_their_own_region_only(
    app: SigerFlask, officer: Officer, district: str
) -> None:
    settle(app)
    regency = officer("regency_admin", "18.04")
    for code in ("18", "18.06", "18.06.20", "18.4", "99", "18.04.999"):
        assert regency.get(f"/penyiapan?wilayah={code}").status_code == 404
        assert regency.get(f"/penyiapan/konfirmasi?wilayah={code}").status_code == 404
        sent = regency.submit("/penyiapan/konfirmasi", {"wilayah": code}, form="/penyiapan/konfirmasi")
        assert sent.status_code == 404
    answer = regency.submit("/penyiapan/konfirmasi", {"wilayah": district}, form="/penyiapan/konfirmasi")
    page = answer.headers["Location"]
    assert regency.get(page).status_code == 200
    listed = regency.get("/pekerjaan").text
    assert page in listed
    assert "antre" not in listed
    other = officer("regency_admin", "18.06")
    assert other.get(page).status_code == 404
    assert other.get(f"{page}/kemajuan").status_code == 404
    assert page not in other.get("/pekerjaan").text
    assert other.submit(f"{page}/ulangi", form="/penyiapan").status_code == 404
    settle(app)
    assert newest(app, district).state == "done"


@pytest.mark.parametrize("role", ["province_analyst", "regency_analyst", "district_officer", "mentor"])
@pytest.mark.parametrize("path", ["/penyiapan", "/penyiapan/konfirmasi", "/pekerjaan"])
def test_who_may_not_is_refused(officer: Officer, role: str, path: str) -> None:
    region = {"province_analyst": "18", "regency_analyst": "18.06"}.get(role, "18.06.20")
    assert officer(role, region).get(path).status_code == 403


def test_the_list_of_work_tells_what_waits(app: SigerFlask, admin: Visitor, officer: Officer) -> None:
    page = admin.get("/pekerjaan").text
    assert "pesan belum terkirim" in page
    assert "Tidak ada pekerja yang berjalan" in page
    assert admin.get("/pekerjaan?sebelum=kemarin").status_code == 200
    assert admin.get("/pekerjaan?sebelum=2020-01-01T00:00:00%2B00:00").status_code == 200
    assert admin.get(f"/pekerjaan/{uuid.uuid4()}").status_code == 404


def test_work_is_named_by_what_it_does_in_the_language_of_who_reads(
    app: SigerFlask, admin: Visitor, request: pytest.FixtureRequest
) -> None:
    told = (
        ("archives.make", "Arsip Pekon Uji", "Archive of Pekon Uji"),
        ("life.carry_out", "Pemekaran atau penggabungan Pekon Uji", "Split or merger of Pekon Uji"),
        ("copies.of_night", "Salinan malam semua desa", "Nightly copies of all villages"),
    )
    with app.app_context(), platform_scope():
        runs = [PlatformJobRun(name=name, label="Pekon Uji", state="done") for name, _, _ in told]
        db.session.add_all(runs)
        db.session.commit()
        keys = [run.id for run in runs]

    def forget() -> None:
        with app.app_context(), platform_scope():
            db.session.execute(delete(PlatformJobRun).where(PlatformJobRun.id.in_(keys)))
            db.session.commit()

    request.addfinalizer(forget)
    mine, english = admin.get("/pekerjaan").text, admin.get("/pekerjaan?bahasa=en").text
    for key, (_, indonesian, other) in zip(keys, told, strict=True):
        assert f'<a href="/pekerjaan/{key}">{indonesian}</a>' in mine
        assert f'<a href="/pekerjaan/{key}">{other}</a>' in english


def test_without_redis_the_list_says_so(admin: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone() -> dict[str, int]:
        raise QueueUnavailable("away")

    monkeypatch.setattr("app.province.runs.queue_lengths", gone)
    page = admin.get("/pekerjaan")
    assert page.status_code == 200
    assert "Antrean (Redis) tidak terjangkau" in page.text
    assert "tidak ada yang hilang" in page.text
