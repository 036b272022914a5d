"""Reports: made once, the same figures as the screens, of one's own region, new editions only for new figures."""

from __future__ import annotations

import io
import re
import threading
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import func, select, update

from app.core.audit.models import PlatformAuditEntry
from app.core.files.services import open_file
from app.core.hosting import SigerFlask
from app.extensions import db
from app.province.reports import paper, services
from app.province.reports.models import Report
from tenants.models import PlatformFile, PlatformJobRun, TenantRow, TenantState
from tenants.scope import platform_scope
from tests.support.figures import add_up, month, tell
from tests.support.pdf_text import pdf_text, squeezed
from tests.support.visitors import Visitor
from tests.support.work import settle

Officer = Callable[..., Visitor]
DISTRICT = "18.13.01"
"""A kecamatan that the other tests leave alone; its kabupaten is Pesisir Barat."""
REGENCY = "18.13"


@pytest.fixture(scope="module")
def codes(app: SigerFlask) -> list[str]:
    """Villages (desa) of the kecamatan; three are live since last month, one of them fell silent."""
    with app.app_context(), platform_scope():
        query = select(TenantRow.code).where(TenantRow.district_code == DISTRICT, TenantRow.kind == "desa")
        found = list(db.session.scalars(query.order_by(TenantRow.code)))
    for at, code in enumerate(found[:3]):
        told = {
            "adoption.live": 1, "adoption.staff_active_30d": 2, "letters.issued": 10 + at, "pop.without_nik": 3
        }  # fmt: skip
        tell(app, code, told, ago=1)
    tell(app, found[0], {"adoption.live": 1}, ago=2)
    add_up(app, [1, 2])
    with app.app_context(), platform_scope():
        chosen = update(TenantRow).where(TenantRow.code == found[2])
        db.session.execute(chosen.values(state=TenantState.DORMANT))
        db.session.commit()
    return found


def made(person: Visitor, region: str, ago: int = 1) -> str:
    """Ask for a report and return the path of its page."""
    data = {"wilayah": region, "bulan": f"{month(ago):%Y-%m}"}
    answer = person.submit("/laporan", data, form="/laporan")
    assert answer.status_code == 303, answer.text
    return str(answer.headers["Location"])


def test_a_report_is_made_once_and_says_what_the_figures_say(
    app: SigerFlask, officer: Officer, codes: list[str]
) -> None:
    settle(app)
    admin = officer("regency_admin", REGENCY)
    page = made(admin, REGENCY)
    assert "Sedang dibuat" in admin.get(page).text
    assert made(admin, REGENCY) == page, "a second request while it is made is answered with the same"
    assert admin.get(f"{page}/unduh.pdf").status_code == 404
    with app.app_context(), platform_scope():
        asked = select(func.count()).where(
            PlatformJobRun.name == "reports.make", PlatformJobRun.arguments["region_code"].astext == REGENCY
        )
        assert db.session.scalar(asked) == 1
    settle(app)
    text = admin.get(page).text
    assert "Unduh PDF" in text
    assert made(admin, REGENCY) == page, "and so is one while nothing has changed"
    assert "belum berubah" in admin.get(page).text

    answer = admin.get(f"{page}/unduh.pdf")
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    assert b"pdfaid" in answer.data
    said = pdf_text(answer.data)
    total = _desa(app, REGENCY)
    assert squeezed(f"3 dari {total} desa di Kabupaten Pesisir Barat memakai Siger") in said
    assert squeezed("naik 2 sejak bulan lalu") in said
    assert squeezed("Dinas Pemberdayaan Masyarakat dan Desa").upper() in said
    assert squeezed("Surat terbit33–") in said, "10 + 11 + 12, and nobody told last month"
    assert squeezed("Belum punya NIK9") in said
    overview = admin.get("/").text
    assert re.search(rf"dari\s+{total}\s+desa", overview), "the screen's denominator"

    book = CalamineWorkbook.from_filelike(io.BytesIO(admin.get(f"{page}/unduh.xlsx").data))
    assert book.sheet_names == ["Ringkasan", "Kecamatan", "Desa", "Kesiapan", "Perlu bantuan"]
    rows = {row[0]: row for row in lines(book, "Desa")}
    assert rows[codes[0]][5] == 1
    assert rows[codes[4]][5] == "", "missing is no zero"
    part = next(row for row in lines(book, "Kecamatan") if row[0] == DISTRICT)
    assert part[3] == 3
    letters = next(r for r in lines(book, "Ringkasan") if r[1] == "Surat terbit")
    assert letters[3] == 33
    helped = [row[0] for row in lines(book, "Perlu bantuan")]
    assert codes[2] in helped
    with app.app_context(), platform_scope():
        entry = db.session.scalars(
            select(PlatformAuditEntry)
            .where(
                PlatformAuditEntry.action == "figures.exported", PlatformAuditEntry.object_type == "report"
            )
            .order_by(PlatformAuditEntry.id.desc())
        ).first()
        assert entry is not None
        assert entry.details["shape"] == "xlsx"


def lines(book: CalamineWorkbook, sheet: str) -> list[list[Any]]:
    """The lines of a sheet that are as long as its heading."""
    return [list(row) for row in book.get_sheet_by_name(sheet).to_python(skip_empty_area=False)]


def _desa(app: SigerFlask, region: str) -> int:
    with app.app_context(), platform_scope():
        query = select(func.count()).where(TenantRow.code.startswith(f"{region}."), TenantRow.kind == "desa")
        return db.session.scalar(query) or 0


def test_two_workers_with_the_same_report_file_it_once(
    app: SigerFlask, officer: Officer, codes: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    tell(app, codes[0], {"letters.issued": 41}, ago=1)
    add_up(app, [1])
    page = made(officer("regency_admin", REGENCY), REGENCY)
    really_make = services.workbook.report_xlsx
    report_id = uuid.UUID(page.rpartition("/")[2])

    def files() -> int:
        with app.app_context(), platform_scope():
            return db.session.scalar(select(func.count()).where(PlatformFile.purpose == "report")) or 0

    def elsewhere() -> None:
        with app.app_context(), platform_scope():
            run_id = db.session.get_one(Report, report_id).run_id
            services.write(report_id, str(run_id))

    def slow(*given: Any) -> bytes:
        monkeypatch.setattr(services.workbook, "report_xlsx", really_make)
        worker = threading.Thread(target=elsewhere)
        worker.start()
        worker.join()
        return really_make(*given)

    before = files()
    monkeypatch.setattr(services.workbook, "report_xlsx", slow)
    settle(app)
    assert files() - before == 2, "a PDF and a workbook"


def test_new_figures_make_a_new_edition_and_leave_the_old_file_alone(
    app: SigerFlask, officer: Officer, codes: list[str]
) -> None:
    admin = officer("district_officer", DISTRICT)
    first = made(admin, DISTRICT)
    settle(app)
    before = admin.get(f"{first}/unduh.pdf").data
    tell(app, codes[0], {"letters.issued": 99}, ago=1)
    add_up(app, [1])
    second = made(admin, DISTRICT)
    assert second != first
    settle(app)
    assert admin.get(f"{first}/unduh.pdf").data == before
    after = pdf_text(admin.get(f"{second}/unduh.pdf").data)
    assert "edisi2" in after
    assert squeezed("Surat terbit122") in after
    assert "Semua edisi" in admin.get(second).text
    tell(app, codes[0], {"letters.issued": 10}, ago=1)
    add_up(app, [1])


def test_a_small_sensitive_count_is_no_number_in_the_report(app: SigerFlask, codes: list[str]) -> None:
    from app.province.regions import territory
    from app.province.reports.content import read_content
    from app.province.reports.workbook import report_xlsx

    tell(app, codes[0], {"pop.disabled": 2, "pop.without_nik": 2}, ago=3)
    add_up(app, [3])
    with app.test_request_context(), platform_scope():
        found = read_content(territory(DISTRICT), month(3))
        assert found.hidden == 1
        pdf, xlsx = pdf_text(paper.report_pdf(found, 1)), report_xlsx(found, 1)
    assert re.search("BelumpunyaNIK(<5|disembunyikan)", pdf)
    assert "1angkatidakditampilkan" in pdf
    rows = lines(CalamineWorkbook.from_filelike(io.BytesIO(xlsx)), "Ringkasan")
    assert next(row for row in rows if row[1] == "Belum punya NIK")[3] in ("<5", "disembunyikan")


@pytest.mark.parametrize("region", ["18", "18.71", "18.13.02"])
def test_regions_of_all_kinds_and_months_without_figures_have_reports(
    app: SigerFlask, codes: list[str], region: str
) -> None:
    from app.province.regions import territory
    from app.province.reports.content import read_content
    from app.province.reports.workbook import report_xlsx

    with app.test_request_context(), platform_scope():
        for ago in (0, 1, 9):
            found = read_content(territory(region), month(ago))
            assert pdf_text(paper.report_pdf(found, 1))
            assert report_xlsx(found, 1)


def test_another_regions_report_is_not_found_and_that_is_noted(
    app: SigerFlask, officer: Officer, codes: list[str]
) -> None:
    page = made(officer("regency_admin", REGENCY), REGENCY)
    settle(app)
    stranger = officer("regency_admin", "18.06")
    for path in (
        page,
        f"{page}/unduh.pdf",
        f"{page}/unduh.xlsx",
        f"{page}/kemajuan",
        f"/laporan?wilayah={REGENCY}",
    ):
        before = _refusals(app)
        assert stranger.get(path).status_code == 404, path
        assert _refusals(app) == before + 1, path
    assert stranger.submit("/laporan", {"wilayah": REGENCY, "bulan": f"{month(1):%Y-%m}"}).status_code == 404
    assert "Pesisir Barat" not in stranger.get("/laporan").text
    assert officer("district_officer", DISTRICT).get(page).status_code == 404, (
        "the kabupaten's is above the kecamatan"
    )
    assert officer("province_analyst", "18").get(page).status_code == 200
    assert officer("mentor", DISTRICT).get("/laporan").status_code == 403


def _refusals(app: SigerFlask) -> int:
    with app.app_context(), platform_scope():
        query = select(func.count()).where(PlatformAuditEntry.action == "region.refused")
        return db.session.scalar(query) or 0


def test_a_report_that_could_not_be_made_says_why_and_is_made_again(
    app: SigerFlask, officer: Officer, codes: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from app.core.documents import DocumentFailed

    def broken(*given: Any) -> bytes:
        raise DocumentFailed("Dokumen ini terlalu besar.")

    admin = officer("regency_admin", REGENCY)
    with monkeypatch.context() as patch:
        patch.setattr(paper, "report_pdf", broken)
        page = made(admin, REGENCY, ago=2)
        report_id = uuid.UUID(page.rpartition("/")[2])
        _run_out_of_tries(app, report_id)
    shown = admin.get(page).text
    assert "Dokumen ini terlalu besar." in shown
    assert "Buat ulang" in shown
    assert made(admin, REGENCY, ago=2) == page
    settle(app)
    assert "Unduh PDF" in admin.get(page).text


def _run_out_of_tries(app: SigerFlask, report_id: uuid.UUID) -> None:
    from app.core.documents import DocumentFailed
    from tenants.jobs import run_job

    with app.app_context():
        with platform_scope():
            row = db.session.get_one(Report, report_id)
            arguments = {"region_code": row.region_code, "report_id": str(row.id), "run_id": str(row.run_id)}
        with pytest.raises(DocumentFailed):
            run_job(services.MAKE, None, arguments)


def test_a_worker_that_died_for_good_leaves_a_report_that_can_be_asked_for_again(
    app: SigerFlask, officer: Officer, codes: list[str]
) -> None:
    admin = officer("district_officer", DISTRICT)
    page = made(admin, DISTRICT, ago=2)
    report_id = uuid.UUID(page.rpartition("/")[2])
    with app.app_context(), platform_scope():
        row = db.session.get_one(Report, report_id)
        db.session.execute(
            update(PlatformJobRun)
            .where(PlatformJobRun.id == row.run_id)
            .values(state="failed", error="Work-horse died")
        )
        db.session.commit()
    assert "Buat ulang" in admin.get(page).text
    assert made(admin, DISTRICT, ago=2) == page
    settle(app)
    settle(app)
    assert "Unduh PDF" in admin.get(page).text
    with app.app_context(), platform_scope():
        kept = db.session.get_one(Report, report_id)
        assert kept.pdf_id is not None
        files = select(func.count()).where(PlatformFile.id.in_([kept.pdf_id, kept.xlsx_id]))
        assert db.session.scalar(files) == 2
        assert open_file(kept.pdf_id).data[:4] == b"%PDF"


@pytest.mark.parametrize(
    "path",
    [
        "/laporan?bulan=2026-13", "/laporan?bulan=abc", "/laporan?bulan=2026-01%00", "/laporan?sebelum=x",
        "/laporan?sebelum=00000000-0000-7000-8000-000000000000", "/laporan/jadwal", "/laporan/jadwal/baru",
    ],
)  # fmt: skip
def test_odd_addresses_are_answered(officer: Officer, path: str) -> None:
    assert officer("province_admin", "18").get(path).status_code == 200


@pytest.mark.parametrize("region", ["18.99", "18.06.20.2006", "x", "18;--", "99", "18.13%00", "٢٨"])
def test_regions_that_do_not_exist_are_not_found(officer: Officer, region: str) -> None:
    admin = officer("province_admin", "18")
    assert admin.get(f"/laporan?wilayah={region}").status_code == 404
    assert admin.submit("/laporan", {"wilayah": region, "bulan": "2026-01"}).status_code == 404


def test_months_without_figures_are_refused_kindly(officer: Officer, codes: list[str]) -> None:
    admin = officer("province_admin", "18")
    for wrong in ("", "2026-13", "1999-01", "2099-12", "abc", "2026-1", "2026-01-01", "\x00"):
        page = admin.submit("/laporan", {"wilayah": "18", "bulan": wrong}, follow_redirects=True)
        assert "belum mempunyai angka" in page.text


def test_the_list_asks_few_queries(officer: Officer, codes: list[str], count_queries: Any) -> None:
    admin = officer("province_admin", "18")
    admin.get("/laporan")
    with count_queries(at_most=8):
        assert admin.get("/laporan").status_code == 200


def test_programs_list_make_and_fetch_reports(app: SigerFlask, officer: Officer, codes: list[str]) -> None:
    from app.core.accounts.api_tokens import make_token
    from app.core.accounts.loading import build_actor
    from tests.support.people import make_account

    account = make_account(app, role="regency_admin", region=REGENCY)
    with app.app_context(), platform_scope():
        actor = build_actor(account.id, None)
        assert actor is not None
        token = make_token(actor, name="uji", scopes=actor.permissions, days=30).text
    client, origin = app.test_client(), "http://localhost"
    headers = {"Authorization": f"Bearer {token}"}
    body = {"region": REGENCY, "period": f"{month(1):%Y-%m}"}
    answer = client.post("/api/v1/reports", base_url=origin, headers=headers, json=body)
    assert answer.status_code == 202
    settle(app)
    found = client.get(f"/api/v1/reports/{answer.json['id']}", base_url=origin, headers=headers).json
    assert (found["state"], found["region_name"]) == ("ready", "Kabupaten Pesisir Barat")
    listed = client.get("/api/v1/reports?limit=1", base_url=origin, headers=headers).json
    everything = client.get("/api/v1/reports?limit=200", base_url=origin, headers=headers).json["items"]
    assert listed["next"] == (listed["items"][0]["id"] if len(everything) > 1 else None)
    file = client.get(f"/api/v1/reports/{found['id']}/file?shape=xlsx", base_url=origin, headers=headers)
    assert file.data[:2] == b"PK"
    foreign = client.get("/api/v1/reports?region=18.06", base_url=origin, headers=headers)
    assert foreign.status_code == 404
    refused = client.post(
        "/api/v1/reports", base_url=origin, headers=headers, json={"region": REGENCY, "period": "2019-01"}
    )
    assert refused.status_code == 422
