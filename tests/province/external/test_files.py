"""Files of figures: read in a child, shown, applied once, and what offices and hostile people send."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import threading
import uuid
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import func, select

from app.core.actors import Actor
from app.core.audit.models import PlatformAuditEntry
from app.core.files.storage import list_objects
from app.core.hosting import SigerFlask
from app.core.indicators.models import RollupDue
from app.extensions import db
from app.province.external.judging import Unfit
from app.province.external.models import ExternalDelivery
from app.province.external.services import villages
from app.province.external.services.files import apply_file, sweep_plans
from app.province.external.sheets import month as month_in
from app.province.external.sheets import parsed_number, village_code
from tenants.keys import platform_path
from tenants.models import TenantRow, now
from tenants.scope import platform_scope
from tests.province.external.conftest import REGENCY, Outsider
from tests.support.figures import month
from tests.support.people import Person
from tests.support.uploads import send_form
from tests.support.visitors import Visitor
from tests.support.workbooks import xls, xlsx

Officer = Callable[..., Visitor]
HEAD = ["kode_desa", "bulan", "kode_indikator", "nilai", "pembilang", "penyebut"]


def this() -> str:
    """The month that runs, as a file names it."""
    return f"{month():%Y-%m}"


def table(rows: Sequence[Sequence[Any]], delimiter: str = ";", encoding: str = "utf-8") -> bytes:
    """A text file with the columns of the form."""
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows([HEAD, *rows])
    return text.getvalue().encode(encoding)


def upload(desk: Visitor, data: bytes, name: str = "angka.csv") -> str:
    """Send a file; the address of its preview."""
    answer = send_form(desk, "/sistem-lain/unggah", {"file": (data, name)})
    assert answer.status_code == 303, answer.text[:3000]
    return str(answer.headers["Location"])


def apply(desk: Visitor, preview: str) -> str:
    """Apply a file; the address of its delivery."""
    answer = desk.submit(f"{preview}/terapkan", form=preview)
    assert answer.status_code == 303, answer.text[:2000]
    return str(answer.headers["Location"])


def cells(desk: Visitor, path: str) -> list[list[Any]]:
    """The rows of the first sheet of a workbook that is downloaded."""
    with desk.get(path) as answer:
        book = CalamineWorkbook.from_filelike(io.BytesIO(answer.data))
    return book.get_sheet_by_index(0).to_python()


def test_from_the_empty_table_to_figures(
    app: SigerFlask, officer: Officer, make_outsider: Callable[[], Outsider]
) -> None:
    one, other = make_outsider(), make_outsider()
    desk = officer("regency_admin", REGENCY)
    rows = cells(desk, "/sistem-lain/unggah/contoh")
    assert rows[0][:7] == [*HEAD, "sebaran"]
    mine = [row for row in rows if row[0] == one.code]
    assert {"pop.total", "letters.online_share"} <= {row[2] for row in mine}
    assert all(row[1] == this() for row in mine)
    filled = {"pop.total": ("1.234", "", ""), "letters.online_share": ("", "3", "4")}
    for row in rows[1:]:
        if row[0] == one.code and row[2] in filled:
            row[3:6] = filled[row[2]]
    rows.append([other.code, this(), "pop.total", 77, "", ""])
    rows.append([other.code, this(), "pop.total", "78", "", ""])
    preview = upload(desk, xlsx(("Angka", rows)), "angka.xlsx")
    page = desk.get(preview).text
    assert "Terapkan 3 angka" in page
    assert "sudah ada di baris lain" in page
    assert one.stored() == {}
    delivery = apply(desk, preview)
    assert one.stored()["pop.total"].value == 1234
    assert one.stored()["letters.online_share"].value == 0.75
    assert other.stored()["pop.total"].value == 77
    assert {row.source for row in (*one.stored().values(), *other.stored().values())} == {"csv"}
    assert "sudah ada di baris lain" in desk.get(delivery).text
    village = desk.get(f"/sistem-lain/desa/{one.id}").text
    assert "2 diterima" in village
    assert "1.234" in village
    with app.app_context(), platform_scope():
        due = db.session.scalar(
            select(func.count())
            .select_from(RollupDue)
            .where(RollupDue.district_code == one.code[:8], RollupDue.period == month())
        )
        assert due == 1
        noted = select(PlatformAuditEntry).where(
            PlatformAuditEntry.object_id == delivery.rpartition("/")[2],
            PlatformAuditEntry.action == "external.file_applied",
        )
        assert db.session.scalars(noted).one().details["accepted"] == 3


def test_rows_that_do_not_add_up_are_refused_each_with_its_number(
    officer: Officer, make_outsider: Callable[[], Outsider]
) -> None:
    one, other = make_outsider(), make_outsider()
    desk = officer("regency_admin", REGENCY)
    told = [("pop.total", 900), ("pop.male", 400), ("pop.female", 450)]
    rows = [[one.code, this(), code, value, "", ""] for code, value in told]
    rows += [[other.code, this(), code, value, "", ""] for code, value in told[1:]]
    preview = upload(desk, table(rows))
    page = desk.get(preview).text
    assert "Terapkan 3 angka" in page
    assert page.count("berjumlah 850") == 2
    assert "Baris 3" in page
    assert "Baris 4" in page
    apply(desk, preview)
    assert set(one.stored()) == {"pop.total"}
    assert set(other.stored()) == {"pop.male", "pop.female"}


@pytest.mark.parametrize(
    ("delimiter", "encoding"), [(";", "utf-8"), (",", "utf-8-sig"), ("\t", "cp1252"), (";", "utf-16")]
)
def test_text_files_of_every_kind(
    officer: Officer, outsider: Outsider, delimiter: str, encoding: str
) -> None:
    desk = officer("province_admin", "18")
    data = table([[outsider.code, this(), "pop.total", "1.234", "", ""]], delimiter, encoding)
    apply(desk, upload(desk, data))
    assert outsider.stored()["pop.total"].value == 1234


def test_each_bad_row_is_told_with_its_column_and_reason(
    app: SigerFlask,
    officer: Officer,
    make_outsider: Callable[[], Outsider],
    untouched: Callable[[], TenantRow],
) -> None:
    one, silent = make_outsider(), untouched()
    desk = officer("regency_admin", REGENCY)
    rows = [
        [one.code, this(), "pop.total", "5", "", ""],
        ["18.06.20.2006", this(), "pop.total", "5", "", ""],
        [silent.code, this(), "pop.total", "5", "", ""],
        ["desa kami", this(), "pop.total", "5", "", ""],
        [one.code, "2099-01", "pop.total", "5", "", ""],
        [one.code, "bulan ini", "pop.total", "5", "", ""],
        [one.code, this(), "adoption.live", "1", "", ""],
        [one.code, this(), "pop.naga", "1", "", ""],
        [one.code, this(), "", "1", "", ""],
        [one.code, this(), "pop.male", "lima", "", ""],
        [one.code, this(), "pop.male", "-5", "", ""],
        [one.code, this(), "pop.male", "1,5", "", ""],
        [one.code, this(), "letters.online_share", "", "5", "4"],
        [one.code, this(), "letters.online_share", "80%", "4", "5"],
        [one.code, this(), "pop.female", "", "", ""],
    ]  # fmt: skip
    preview = upload(desk, table(rows))
    page = desk.get(preview).text
    told = re.findall(
        r'<th scope="row">Baris (\d+)</th><td data-label="Kolom"><span>(\w+)</span></td>'
        r'<td data-label="Indikator"><span>[^<]*</span></td><td data-label="Alasan"><span>([^<]+)</span>',
        page,
    )
    assert [(int(row), column) for row, column, _ in told] == [
        (3, "kode_desa"), (4, "kode_desa"), (5, "kode_desa"), (6, "bulan"), (7, "bulan"), (8, "kode_indikator"),
        (9, "kode_indikator"), (10, "kode_indikator"), (11, "nilai"), (12, "nilai"), (13, "nilai"), (14, "pembilang"),
        (15, "nilai"),
    ]  # fmt: skip
    assert "di wilayah Anda" in told[0][2]
    assert "belum dicatat" in told[1][2]
    assert "1 angka" in page.replace("Terapkan 1 angka", "1 angka")
    book = cells(desk, f"{preview}/ditolak")
    assert book[0][:4] == ["Alasan penolakan", "Baris semula", "Kolom", "kode_desa"]
    assert len(book) == 14
    assert book[1][3] == "18.06.20.2006"
    delivery = apply(desk, preview)
    assert set(one.stored()) == {"pop.total"}
    assert len(cells(desk, f"{delivery}/ditolak")) == 14
    with app.app_context(), platform_scope():
        noted = select(PlatformAuditEntry).where(
            PlatformAuditEntry.action == "external.refused",
            PlatformAuditEntry.object_id == preview.rpartition("/")[2],
        )
        assert db.session.scalars(noted).one().details == {"rows": 1}


def test_the_same_file_is_applied_once(app: SigerFlask, officer: Officer, outsider: Outsider) -> None:
    desk = officer("province_admin", "18")
    data = table([[outsider.code, this(), "pop.total", "5", "", ""]])
    preview = upload(desk, data)
    delivery = apply(desk, preview)
    outsider.push({"code": "pop.total", "value": 6})
    assert desk.submit(f"{preview}/terapkan", form="/sistem-lain/unggah").headers["Location"] == delivery
    again = upload(desk, data)
    answer = desk.get(again)
    assert answer.status_code == 303
    assert answer.headers["Location"] == delivery
    assert outsider.stored()["pop.total"].value == 6


def test_applying_five_times_at_once_writes_once(
    app: SigerFlask, officer: Officer, outsider: Outsider
) -> None:
    desk = officer("province_admin", "18")
    preview = upload(desk, table([[outsider.code, this(), "pop.total", "5", "", ""]]))
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', desk.get(preview).text)
    assert token is not None
    where: list[str] = []
    start = threading.Barrier(5)

    def send() -> None:
        own = Visitor(app, desk.host)
        own.client._cookies = dict(desk.client._cookies)  # type: ignore[attr-defined]
        start.wait()
        answer = own.post(f"{preview}/terapkan", {"csrf_token": token[1]})
        where.append(answer.headers.get("Location", str(answer.status_code)))

    threads = [threading.Thread(target=send) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(where)) == 1, where
    with app.app_context(), platform_scope():
        key = preview.rpartition("/")[2]
        count = (
            select(func.count()).select_from(ExternalDelivery).where(ExternalDelivery.idempotency_key == key)
        )
        assert db.session.scalar(count) == 1


def test_nobody_sees_or_applies_the_file_of_somebody_else(officer: Officer, outsider: Outsider) -> None:
    desk, other = officer("province_admin", "18"), officer("province_admin", "18")
    preview = upload(desk, table([[outsider.code, this(), "pop.total", "5", "", ""]]))
    assert other.get(preview).status_code == 404
    assert other.get(f"{preview}/ditolak").status_code == 404
    for deed in ("terapkan", "batal"):
        assert other.submit(f"{preview}/{deed}", form="/sistem-lain/unggah").status_code == 404
    assert outsider.stored() == {}


def test_a_file_that_is_given_up_writes_nothing(officer: Officer, outsider: Outsider) -> None:
    desk = officer("province_admin", "18")
    preview = upload(desk, table([[outsider.code, this(), "pop.total", "5", "", ""]]))
    assert desk.submit(f"{preview}/batal", form=preview).status_code == 303
    assert desk.get(preview).status_code == 404
    assert desk.submit(f"{preview}/terapkan", form="/sistem-lain/unggah").status_code == 404
    assert outsider.stored() == {}


def test_a_village_that_ended_meanwhile_is_left_out(
    app: SigerFlask, officer: Officer, make_outsider: Callable[[], Outsider]
) -> None:
    one, other = make_outsider(), make_outsider()
    desk = officer("province_admin", "18")
    rows = [[each.code, this(), "pop.total", "5", "", ""] for each in (one, other)]
    preview = upload(desk, table(rows))
    with app.app_context(), platform_scope():
        villages.end(other.id)
    page = desk.get(apply(desk, preview)).text
    assert set(one.stored()) == {"pop.total"}
    assert other.stored() == {}
    assert "tidak lagi dicatat" in page


def test_histograms_dates_and_activity_come_by_file(
    app: SigerFlask, officer: Officer, outsider: Outsider
) -> None:
    from app.core.indicators.declarations import indicator

    size = len(indicator("letters.median_hours").edges) + 1
    desk = officer("province_admin", "18")
    yesterday = f"{now() - dt.timedelta(days=1):%d-%m-%Y}"
    text = "kode_desa;bulan;kode_indikator;nilai;sebaran\r\n"
    text += f"{outsider.code};{this()};letters.median_hours;;{' '.join(['2'] * size)}\r\n"
    text += f"{outsider.code.replace('.', '')};{month():%m/%Y};adoption.last_activity;{yesterday};\r\n"
    apply(desk, upload(desk, text.encode()))
    stored = outsider.stored()
    assert stored["letters.median_hours"].buckets == [2] * size
    with app.app_context(), platform_scope():
        row = db.session.get(TenantRow, outsider.id)
        assert row is not None
        assert row.last_activity_at is not None
        assert row.last_activity_at.timestamp() == stored["adoption.last_activity"].value


@pytest.mark.parametrize(
    ("data", "name", "words"),
    [
        (b"", "kosong.csv", "kosong"),
        (b"x" * (5 * 1024 * 1024 + 1), "besar.csv", "5 MB"),
        (b"PK\x03\x04 not really", "rusak.xlsx", "rusak"),
        (b"\x00\x01\x02\x03" * 50, "biner.csv", "bukan tabel"),
        (b"%PDF-1.7", "angka.pdf", "berakhiran"),
        (b"kode_desa;bulan;nilai\n1;2;3\n", "kurang.csv", "kode_indikator"),
        (b"kode_desa;bulan;kode_indikator;nilai\n", "judul.csv", "tidak ada satu baris"),
        (b"<html><table></table></html>", "halaman.xls", ""),
    ],
)
def test_hostile_and_broken_files_are_refused_with_a_sentence(
    officer: Officer, data: bytes, name: str, words: str
) -> None:
    answer = send_form(officer("province_admin", "18"), "/sistem-lain/unggah", {"file": (data, name)})
    assert answer.status_code == 422
    assert words in answer.text


def test_a_file_that_takes_too_long_is_killed(
    officer: Officer, outsider: Outsider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.province.external.services.files.SECONDS", 0.001)
    data = table([[outsider.code, this(), "pop.total", "5", "", ""]])
    answer = send_form(officer("province_admin", "18"), "/sistem-lain/unggah", {"file": (data, "a.csv")})
    assert answer.status_code == 422
    assert "terlalu rumit" in answer.text


def test_old_workbooks_are_read_and_formulas_are_harmless(officer: Officer, outsider: Outsider) -> None:
    desk = officer("province_admin", "18")
    rows = [
        HEAD,
        [outsider.code, this(), "pop.total", 5.0, "", ""],
        [outsider.code, this(), "=1+1", "=cmd()", "", ""],
    ]
    preview = upload(desk, xls(rows), "lama.xls")
    book = cells(desk, f"{preview}/ditolak")
    assert book[1][5] == "'=1+1"
    apply(desk, preview)
    assert outsider.stored()["pop.total"].value == 5


def test_a_kabupatens_month_is_applied_with_few_statements(
    app: SigerFlask,
    officer: Officer,
    make_outsider: Callable[[], Outsider],
    count_queries: Callable[..., AbstractContextManager[list[str]]],
) -> None:
    desk = officer("province_admin", "18")
    many = [make_outsider() for _ in range(6)]
    rows = [
        [one.code, this(), code, value, "", ""]
        for one in many
        for code, value in (("pop.total", "10"), ("pop.male", "4"), ("pop.female", "6"))
    ]
    preview = upload(desk, table(rows))
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', desk.get(preview).text)
    assert token is not None
    with count_queries(at_most=14):
        answer = desk.post(f"{preview}/terapkan", {"csrf_token": token[1]})
    assert answer.status_code == 303
    assert all(len(one.stored()) == 3 for one in many)


def test_the_table_for_one_village_and_as_text(
    officer: Officer, make_outsider: Callable[[], Outsider]
) -> None:
    one, other = make_outsider(), make_outsider()
    desk = officer("province_admin", "18")
    text = desk.get(f"/sistem-lain/unggah/contoh?desa={one.id}&bentuk=csv").data.decode("utf-8-sig")
    lines = list(csv.reader(io.StringIO(text), delimiter=";"))
    assert {line[0] for line in lines[1:]} == {one.code}
    assert other.code not in text
    assert desk.get("/sistem-lain/unggah/contoh?desa=nonsense").status_code == 404
    assert desk.get(f"/sistem-lain/unggah/contoh?desa={uuid.uuid4()}").status_code == 404


def test_files_that_nobody_applied_are_forgotten(
    app: SigerFlask, officer: Officer, outsider: Outsider, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = officer("province_admin", "18")
    preview = upload(desk, table([[outsider.code, this(), "pop.total", "5", "", ""]]))
    with app.app_context(), platform_scope():
        assert list_objects(platform_path("external"))
        sweep_plans(now())
        assert desk.get(preview).status_code == 200
        monkeypatch.setattr("app.province.external.services.files.KEPT_HOURS", -1)
        assert sweep_plans(now()) >= 1
    assert desk.get(preview).status_code == 404


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1.234", 1234), ("1.234,5", 1234.5), ("1234,5", 1234.5), ("12,5", 12.5), ("0.75", 0.75), ("0,75", 0.75),
        ("0.125", 0.125), ("1.5", 1.5), ("Rp1.250.000", 1_250_000), ("Rp 1.250.000,00", 1_250_000), ("-3", -3),
        ("1,234.5", 1234.5), ("1,234,567", 1_234_567), (" 7 ", 7), (7, 7), (7.5, 7.5), ("1 234", 1234),
    ],
)  # fmt: skip
def test_numbers_as_offices_write_them(text: object, number: float) -> None:
    assert parsed_number(text, "value") == number


@pytest.mark.parametrize(
    "text", ["", "lima", "1e5", "80%", "1.2.3", "--5", "1,2,3", True, {"bad": "formula"}, "9" * 30]
)
def test_what_is_no_number_is_none(app: SigerFlask, text: object) -> None:
    with app.test_request_context(), pytest.raises(Unfit):
        parsed_number(text, "value")


def test_months_and_codes_as_offices_write_them(app: SigerFlask) -> None:
    first, moment = month(), now()
    names = ("januari", "februari", "maret", "april", "mei", "juni", "juli", "agustus", "september", "oktober",
             "november", "desember")  # fmt: skip
    ways = (f"{first:%Y-%m}", f"{first:%m-%Y}", f"{first:%m/%Y}", f"{first:%Y-%m-%d}", f"01/{first:%m/%Y}",
            f"{names[first.month - 1].title()} {first.year}")  # fmt: skip
    with app.test_request_context():
        for way in ways:
            assert month_in(way, moment) == first, way
        for wrong in ("", None, "2026-13", "kemarin", "26-11", {"bad": "error"}, "ma 2026"):
            with pytest.raises(Unfit):
                month_in(wrong, moment)
    assert (
        village_code("1806202001")
        == village_code(1806202001)
        == village_code("18.06.20.2001 ")
        == "18.06.20.2001"
    )
    assert village_code("18.06.20") == village_code(None) == village_code("abc") == ""


def test_a_region_that_changed_hands_is_not_written(
    app: SigerFlask, officer: Callable[..., Person], outsider: Outsider
) -> None:
    desk = officer("regency_admin", REGENCY)
    preview = upload(desk, table([[outsider.code, this(), "pop.total", "5", "", ""]]))
    moved = Actor(desk.account_id, desk.name, desk.email, region_code="18.06")
    with app.test_request_context(), platform_scope():
        delivery = apply_file(uuid.UUID(preview.rpartition("/")[2]), moved)
        row = db.session.get(ExternalDelivery, delivery)
        assert row is not None
        assert row.accepted == 0
        assert row.refused[0]["reason"] == "not_external"
    assert outsider.stored() == {}
