"""Downloads: the same figures as the page, hidden stays hidden, missing stays empty, no formula, audited."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import select, update

from app.core.audit.models import PlatformAuditEntry
from app.core.hosting import SigerFlask
from app.extensions import db
from tenants.models import TenantRow
from tenants.scope import platform_scope
from tests.province.explorer.conftest import HERE
from tests.support.visitors import Visitor

Officer = Callable[..., Visitor]


@pytest.fixture
def analyst(officer: Officer, told: list[str]) -> Visitor:
    """Somebody of the province; there are figures."""
    return officer("province_analyst")


def sheets(answer: Any) -> dict[str, list[list[Any]]]:
    """The sheets of a workbook."""
    with answer:
        book = CalamineWorkbook.from_filelike(io.BytesIO(answer.data))
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


def lines(answer: Any) -> list[list[str]]:
    """The rows of a CSV file."""
    with answer:
        text = answer.data.decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text), delimiter=";"))


def test_a_workbook_holds_places_and_course(analyst: Visitor, told: list[str]) -> None:
    answer = analyst.get(f"/indikator/pop.disabled/unduh?wilayah={HERE}")
    assert f"pop.disabled-{HERE}-" in answer.headers["Content-Disposition"]
    found = sheets(answer)
    places = found["Desa dan kelurahan"]
    about = places[0][0]
    for part in (
        "Penyandang disabilitas (pop.disabled)",
        "Kecamatan Abung Tinggi",
        "per ",
        "5 dari 8 desa",
        "Sumber: Siger",
    ):
        assert part in about
    by_code = {row[1]: row for row in places[3:]}
    assert len(by_code) == 8
    assert by_code[told[0]][0] == 1
    assert by_code[told[0]][4] == 30
    assert by_code[told[1]][4] == "<5"
    beside = {by_code[told[2]][4], by_code[told[3]][4]}
    assert beside in ({"disembunyikan", 9}, {12, "disembunyikan"}), (
        "one neighbour keeps the small one's secret"
    )
    assert by_code[told[4]][4] == 0
    assert by_code[told[6]][4] == "", "missing is empty, not zero"
    course = found["Dari waktu ke waktu"]
    assert len(course) == 3 + 36
    assert course[-1][1] == 54
    assert course[3][1] == ""


@pytest.mark.parametrize(("level", "name", "count"), [(2, "Kabupaten kota", 15), (3, "Kecamatan", 229)])
def test_every_level_has_its_sheet(analyst: Visitor, level: int, name: str, count: int) -> None:
    found = sheets(analyst.get(f"/indikator/letters.median_hours/unduh?tingkat={level}"))
    assert len(found[name]) == 3 + count


def test_csv_holds_one_of_the_two(analyst: Visitor, told: list[str]) -> None:
    places = lines(analyst.get(f"/indikator/letters.online_share/unduh?wilayah={HERE}&bentuk=csv"))
    assert places[2][4:7] == ["Permohonan lewat ponsel atau kios", "Pembilang", "Penyebut"]
    assert places[3][:3] == ["1", told[3], "Desa Sekipi"]
    assert places[4][4:7] == ["0.9", "9", "10"]
    course = lines(analyst.get(f"/indikator/letters.online_share/unduh?wilayah={HERE}&bentuk=csv&isi=waktu"))
    assert len(course) == 3 + 36
    assert course[-1][1] == "0.5"
    village = lines(analyst.get(f"/indikator/pop.total/unduh?wilayah={told[0]}&bentuk=csv"))
    assert village[-1][1] == "300", "a village has its course"


def test_comparisons_are_taken_along(analyst: Visitor, told: list[str]) -> None:
    path = f"/bandingkan/unduh?tempat={told[0]},{told[1]}&kode=pop.total,pop.disabled"
    found = sheets(analyst.get(path))
    assert found["Tabel"][3][:5] == ["Penduduk", "pop.total", "orang", 300, 100]
    assert found["Tabel"][4][3:5] == [30, "<5"]
    assert found["Dari waktu ke waktu"][-1][1:3] == [300, 100]
    table = lines(analyst.get(f"{path}&bentuk=csv&isi=tabel"))
    assert table[3] == ["Penduduk", "pop.total", "orang", "300", "100"]


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_no_name_becomes_a_formula(app: SigerFlask, analyst: Visitor, told: list[str], form: str) -> None:
    evil = '=HYPERLINK("http://evil.test")'
    with app.app_context(), platform_scope():
        row = update(TenantRow).where(TenantRow.code == told[0])
        db.session.execute(row.values(term=evil))
        db.session.commit()
    try:
        answer = analyst.get(f"/indikator/pop.total/unduh?wilayah={HERE}&bentuk={form}")
        rows = lines(answer) if form == "csv" else sheets(answer)["Desa dan kelurahan"]
        named = [cell for line in rows for cell in line if "HYPERLINK" in str(cell)]
        assert named == [f"'{evil} Ulak Rengas"]
    finally:
        with app.app_context(), platform_scope():
            db.session.execute(row.values(term="Desa"))
            db.session.commit()


def test_every_file_is_audited_with_its_rows(app: SigerFlask, officer: Officer, told: list[str]) -> None:
    somebody: Any = officer("regency_analyst", "18.03")
    for _ in range(2):
        lines(somebody.get(f"/indikator/pop.total/unduh?wilayah={HERE}&bentuk=csv"))
    lines(somebody.get(f"/bandingkan/unduh?tempat={told[0]},{told[1]}&kode=pop.total&bentuk=csv"))
    with app.app_context(), platform_scope():
        entries = db.session.scalars(
            select(PlatformAuditEntry)
            .where(
                PlatformAuditEntry.actor_id == somebody.account_id,
                PlatformAuditEntry.action == "figures.exported",
            )
            .order_by(PlatformAuditEntry.at)
        ).all()
    assert [(entry.object_type, entry.details["rows"]) for entry in entries] == [
        ("indicator", 8), ("indicator", 8), ("comparison", 1)
    ]  # fmt: skip
    assert "Kecamatan Abung Tinggi" in entries[0].summary
    assert entries[0].details["bentuk"] == "csv"


def test_who_may_not_export_gets_a_refusal_and_no_button(officer: Officer, told: list[str]) -> None:
    somebody = officer("mentor", "18.03.12")
    page = somebody.get(f"/indikator/pop.total?wilayah={HERE}")
    assert page.status_code == 200
    assert "/unduh" not in page.text
    assert somebody.get(f"/indikator/pop.total/unduh?wilayah={HERE}").status_code == 403
    assert somebody.get(f"/bandingkan/unduh?tempat={told[0]},{told[1]}&kode=pop.total").status_code == 403
