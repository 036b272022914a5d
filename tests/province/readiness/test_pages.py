"""The screens of the index: a region, why it is what it is, files, the API."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import func, select

from app.core.accounts.api_tokens import make_token
from app.core.accounts.loading import build_actor
from app.core.audit.models import PlatformAuditEntry
from app.core.hosting import SigerFlask
from app.core.indicators.declarations import Value
from app.core.indicators.rollup import refigure
from app.extensions import db
from tenants.scope import platform_scope
from tests.province.readiness.test_scoring import FULL, forget
from tests.support.figures import month, tell, village_id
from tests.support.people import Person, make_account
from tests.support.programs import Program

Officer = Callable[..., Person]

GOOD, POOR, SILENT = "18.05.02.2001", "18.05.02.2002", "18.05.02.2007"
HERE = GOOD[:8]
BEST = {**FULL, "letters.online_share": Value(0.5, 50, 100), "portal.accounts": 300, "portal.active_30d": 150,
        "pop.dependency_ratio": Value(0.4, 40, 100), "staff.count": 5}  # fmt: skip


@pytest.fixture
def told(app: SigerFlask) -> None:
    """A good and a poor village of a kecamatan; the poor one was better three months ago."""
    forget(app, GOOD, POOR, SILENT)
    tell(app, GOOD, BEST)
    tell(app, POOR, {**FULL, "pop.disabled": 3, "pop.bpjs_covered": 2, "pop.without_birth_certificate": 900})
    tell(app, POOR, BEST, ago=3)
    tell(app, SILENT, {"pop.total": 10})
    with app.app_context(), platform_scope():
        refigure([month(0), month(3)])
        db.session.commit()


def numbers(page: str, heading: str) -> list[str]:
    """The cells below a heading of cards."""
    return re.findall(rf'data-label="{heading}"><(?:b|span)>([^<]+)<', page)


def test_a_region_shows_classes_movers_and_villages_by_score(officer: Officer, told: None) -> None:
    page = officer("province_analyst", "18").get(f"/kesiapan/{HERE}").text
    assert f"/kesiapan/{HERE}/mengapa" in page
    assert "Paling turun dalam tiga bulan" in page
    assert "Teladan" in page
    assert "Belum dinilai" in page, "who tells too little is not 0"
    names = re.findall(r"/kesiapan/desa/[0-9a-f-]{36}\?bulan=[0-9-]+", page[page.index('id="daftar"') :])
    assert len(names) >= 3
    only = officer("province_analyst", "18").get(f"/kesiapan/{HERE}?kelas=teladan").text
    assert only[only.index('id="daftar"') :].count("/kesiapan/desa/") == 1


def test_why_an_index_is_what_it_is_adds_up(app: SigerFlask, officer: Officer, told: None) -> None:
    page = officer("district_officer", HERE).get(f"/kesiapan/desa/{village_id(app, POOR)}").text
    shown = re.search(r'readiness-value"><b>([0-9,]+)</b>', page)
    assert shown is not None
    points = [float(one.replace(",", ".")) for one in numbers(page, "Sumbangan")]
    assert round(sum(points), 1) == float(shown[1].replace(",", "."))
    assert "Mengapa" in page
    assert "dari 14 indikator ada angkanya" in page
    assert f"wilayah={POOR}" in page, "numbers lead to the indicator's page"
    assert "Ketentuan yang berlaku" in page
    assert re.search(r"<b>\+[0-9,]+</b><span><a", page), "what raises it most"


def test_a_small_sensitive_count_is_hidden_in_the_opening(
    app: SigerFlask, officer: Officer, told: None
) -> None:
    page = officer("province_analyst", "18").get(f"/kesiapan/desa/{village_id(app, POOR)}").text
    row = page[page.index("Peserta BPJS Kesehatan per penduduk", page.index("pilar-people")) :]
    row = row[: row.index("</tr>")]
    assert "&lt;5" in row or "disembunyikan" in row
    assert "2 dari" not in row


def test_a_regions_opening_says_what_pulls_it_down(officer: Officer, told: None) -> None:
    page = officer("province_analyst", "18").get(f"/kesiapan/{HERE}/mengapa").text
    shown = re.search(r'readiness-value"><b>([0-9,]+)</b>', page)
    assert shown is not None
    points = [float(one.replace(",", ".")) for one in numbers(page, "Sumbangan")]
    assert round(sum(points), 1) == float(shown[1].replace(",", "."))
    assert "2 dari 2" in page
    assert "Indeks rata-rata 2 desa dan kelurahan" in page


def test_a_village_without_an_index_is_told_why(app: SigerFlask, officer: Officer, told: None) -> None:
    page = officer("province_analyst", "18").get(f"/kesiapan/desa/{village_id(app, SILENT)}").text
    assert "Mengapa belum dinilai?" in page
    assert "Tidak dihitung sebagai nol" in page


def test_pages_ask_at_most_eight_queries(
    app: SigerFlask, officer: Officer, count_queries: Any, told: None
) -> None:
    analyst = officer("province_analyst", "18")
    for path in (
        "/kesiapan", "/kesiapan/18.05", f"/kesiapan/{HERE}", "/kesiapan/18/mengapa", f"/kesiapan/{HERE}/mengapa",
        f"/kesiapan/desa/{village_id(app, POOR)}",
    ):  # fmt: skip
        assert analyst.get(path).status_code == 200
        with count_queries(at_most=8):
            assert analyst.get(path).status_code == 200, path


@pytest.mark.parametrize("path", ["/kesiapan/18.06", "/kesiapan/18.06/mengapa", "/kesiapan/18.06/unduh"])
def test_another_region_is_not_found_and_noted(app: SigerFlask, officer: Officer, path: str) -> None:
    somebody = officer("regency_analyst", "18.05")
    assert somebody.get(path).status_code == 404
    with app.app_context(), platform_scope():
        query = select(func.count()).where(
            PlatformAuditEntry.action == "region.refused",
            PlatformAuditEntry.actor_id == somebody.account_id,
            PlatformAuditEntry.object_id == "18.06",
        )
        assert db.session.scalar(query) == 1


def test_a_village_of_another_region_is_not_found_and_noted(app: SigerFlask, officer: Officer) -> None:
    somebody = officer("district_officer", "18.06.20")
    ident = village_id(app, POOR)
    assert somebody.get(f"/kesiapan/desa/{ident}").status_code == 404
    with app.app_context(), platform_scope():
        query = select(func.count()).where(
            PlatformAuditEntry.action == "region.refused", PlatformAuditEntry.actor_id == somebody.account_id
        )
        assert db.session.scalar(query) == 1


def test_downloads_hold_the_list_and_are_noted(app: SigerFlask, officer: Officer, told: None) -> None:
    analyst = officer("province_analyst", "18")
    with analyst.get(f"/kesiapan/{HERE}/unduh?kelas=teladan") as answer:
        rows = CalamineWorkbook.from_filelike(io.BytesIO(answer.data)).get_sheet_by_index(0).to_python()
    assert [row[0] for row in rows if str(row[0]).startswith("18.")] == [GOOD]
    assert isinstance(rows[-1][5], int | float)
    text = analyst.get(f"/kesiapan/{HERE}/unduh?bentuk=csv").text
    silent = next(line for line in text.splitlines() if line.startswith(SILENT))
    assert silent.split(";")[5] == "", "missing is empty, not 0"
    with app.app_context(), platform_scope():
        query = select(PlatformAuditEntry).where(
            PlatformAuditEntry.action == "figures.exported", PlatformAuditEntry.actor_id == analyst.account_id
        )
        noted = list(db.session.scalars(query.order_by(PlatformAuditEntry.id)))
    assert [entry.details["rows"] for entry in noted] == [1, text.count("\n") - 1]
    assert officer("mentor", HERE).get(f"/kesiapan/{HERE}/unduh").status_code == 403


def test_looking_is_noted_once(app: SigerFlask, officer: Officer, told: None) -> None:
    analyst = officer("province_analyst", "18")
    for _ in range(2):
        analyst.get(f"/kesiapan/desa/{village_id(app, POOR)}")
    with app.app_context(), platform_scope():
        query = select(func.count()).where(
            PlatformAuditEntry.action == "figures.viewed", PlatformAuditEntry.actor_id == analyst.account_id
        )
        assert db.session.scalar(query) == 1


@pytest.mark.parametrize(
    "query", ["?bulan=2026-13", "?bulan=9999-01", "?bulan=x", "?hal=0", "?hal=9999999", "?urut=z&q=%00"]
)
def test_whatever_stands_in_an_address_gets_a_page(officer: Officer, query: str) -> None:
    page = officer("province_analyst", "18").get(f"/kesiapan{query}")
    assert page.status_code == 200
    assert ("Bulan itu tidak ada" in page.text) == ("bulan" in query), "what is shown instead is said"


def test_the_api_tells_scheme_places_and_one_village(app: SigerFlask, told: None) -> None:
    analyst = program(app, "province_analyst", "18")
    scheme = analyst.get("/api/v1/readiness/scheme").json
    assert scheme["weights"] == {"government": 0.4, "economy": 0.3, "people": 0.3}
    scale = {"code": "portal.accounts", "pillar": "people", "floor": 0, "target": 0.3, "per": "pop.total"}
    assert scale in scheme["scales"]
    board = analyst.get(f"/api/v1/readiness?region={HERE}&period={month():%Y-%m}").json
    found = {one["code"]: one for one in board["parts"]}
    assert found[GOOD]["class"] == "teladan"
    assert (found[SILENT]["index"], found[SILENT]["class"]) == (None, "tanpa")
    assert board["whole"]["index"] == pytest.approx(
        (found[GOOD]["index"] + found[POOR]["index"]) / 2, abs=0.051
    )
    opened = analyst.get(f"/api/v1/readiness/villages/{found[POOR]['village_id']}").json
    assert (
        round(sum(one["points"] for one in opened["indicators"]), 1)
        == opened["index"]
        == found[POOR]["index"]
    )
    assert "Peserta BPJS Kesehatan per penduduk" in opened["missing"], "what may not be told is not scored"
    assert analyst.get("/api/v1/readiness?period=2026").status_code == 422


def test_a_programs_region_ends_where_its_officers_ends(app: SigerFlask) -> None:
    other = program(app, "district_officer", "18.06.20")
    assert other.get("/api/v1/readiness?region=18.05").status_code == 404
    assert other.get(f"/api/v1/readiness/villages/{village_id(app, POOR)}").status_code == 404


def program(app: SigerFlask, role: str, region: str) -> Program:
    """A program with a token of such an officer."""
    account = make_account(app, role=role, region=region)
    with app.app_context(), platform_scope():
        actor = build_actor(account.id, None)
        assert actor is not None
        token = make_token(actor, name="uji", scopes=("overview.view",), days=30)
    return Program(app, "localhost", token.text)
