"""The classification of archives: shipped codes, the village's own, lists from spreadsheets."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from app.core.spreadsheets import read_table
from app.government.letters.types.classification import classifications, shipped_codes, sort_key
from app.government.letters.types.classification_list import pack, unpack
from app.government.letters.types.shipped import shipped_kinds
from tenants.scope import Tenant, tenant_scope
from tests.support.uploads import send_form
from tests.support.workbooks import xlsx

PAGE = "/surat/klasifikasi"
LIST = [["Kode", "Uraian"], ["000.1.2", "Telekomunikasi"], ["474.2", "Nikah"], ["005", "Undangan"]]


def _codes(app: Flask, village: Tenant, *, active: bool = True) -> dict[str, str]:
    with app.test_request_context(), tenant_scope(village):
        return {one.code: one.title for one in classifications(active=active)}


def _take(browser: Any, preview: Any) -> Any:
    packed = re.search(r'name="lines" value="([^"]*)"', preview.text)
    assert packed
    return browser.submit(f"{PAGE}/impor/ambil", {"lines": html.unescape(packed[1])}, form=PAGE + "/tambah")


def test_every_shipped_letter_has_a_code_that_is_shipped() -> None:
    assert {kind.classification for kind in shipped_kinds().values()} <= set(shipped_codes())


def test_codes_stand_in_their_order() -> None:
    assert sorted(["474.10", "1000", "474.2", "005", "474"], key=sort_key) == [
        "005",
        "474",
        "474.2",
        "474.10",
        "1000",
    ]


def test_the_list_is_searched(village: Tenant, staff: Callable[..., Any], count_queries: Any) -> None:
    clerk = staff(village, role="secretary")
    clerk.get(PAGE)
    with count_queries(at_most=4):
        page = clerk.get(f"{PAGE}?q=474").text
    assert "Perkawinan" in page
    assert "Undangan" not in page
    assert clerk.get(f"{PAGE}?q=perkawinan&page=99999").status_code == 200


def test_codes_are_added_changed_and_taken_out_of_use(
    app: Flask, village: Tenant, staff: Callable[..., Any]
) -> None:
    clerk = staff(village, role="secretary")
    assert clerk.submit(f"{PAGE}/tambah", {"code": "400.12.2", "title": "Adminduk"}).status_code == 303
    assert clerk.submit(f"{PAGE}/tambah", {"code": "400.12.2", "title": "Lagi"}).status_code == 422
    for odd in ("", "4 7 4", "../x", "474/1", "x" * 40, "impor"):
        assert clerk.submit(f"{PAGE}/tambah", {"code": odd, "title": "A"}).status_code == 422
    assert (
        clerk.submit(f"{PAGE}/474.2", {"title": "Nikah", "row_version": "0", "is_active": "1"}).status_code
        == 303
    )
    assert _codes(app, village)["474.2"] == "Nikah"
    late = clerk.submit(f"{PAGE}/474.2", {"title": "Kawin", "row_version": "0", "is_active": "1"})
    assert late.status_code == 409
    assert "Nikah" in late.text
    assert clerk.submit(f"{PAGE}/005", {"title": "Undangan", "row_version": "0"}).status_code == 303
    assert "005" not in _codes(app, village)
    assert "005" in _codes(app, village, active=False)
    assert clerk.get(f"{PAGE}/999.9").status_code == 404


def test_a_list_is_looked_at_before_it_is_taken(
    app: Flask, village: Tenant, staff: Callable[..., Any]
) -> None:
    clerk = staff(village, role="secretary")
    rows = [*LIST, ["bukan kode", "X"], ["471.9", ""], ["474.2", "Lain"]]
    preview = send_form(clerk, f"{PAGE}/impor", {"file": (xlsx(("Daftar", rows)), "daftar.xlsx")})
    assert preview.status_code == 200
    assert "Telekomunikasi" in preview.text
    assert "sekarang: Perkawinan" in preview.text
    assert "bukan kode klasifikasi" in preview.text
    assert "dua kali dengan judul berbeda" in preview.text
    assert "000.1.2" not in _codes(app, village)
    assert _take(clerk, preview).status_code == 303
    codes = _codes(app, village)
    assert codes["000.1.2"] == "Telekomunikasi"
    assert codes["474.2"] == "Nikah"
    assert codes["471"] == shipped_codes()["471"]


def test_a_spreadsheet_that_took_codes_for_numbers(
    app: Flask, village: Tenant, staff: Callable[..., Any]
) -> None:
    clerk = staff(village, role="secretary")
    rows = [["Kode", "Judul"], [5, "Undangan rapat"], [474.2, "Nikah"]]
    preview = send_form(clerk, f"{PAGE}/impor", {"file": (xlsx(("A", rows)), "a.xlsx")})
    _take(clerk, preview)
    codes = _codes(app, village)
    assert codes["005"] == "Undangan rapat"
    assert codes["474.2"] == "Nikah"


@pytest.mark.parametrize(
    "data", [b"kode;judul\n000.1.2;Telekomunikasi\n", b"Kode,Uraian\r\n000.1.2,Telekomunikasi\r\n"]
)
def test_a_csv_list(app: Flask, village: Tenant, staff: Callable[..., Any], data: bytes) -> None:
    clerk = staff(village, role="secretary")
    _take(clerk, send_form(clerk, f"{PAGE}/impor", {"file": (data, "daftar.csv")}))
    assert _codes(app, village)["000.1.2"] == "Telekomunikasi"


@pytest.mark.parametrize(
    "sent", [(b"", "kosong.xlsx"), (b"PK\x03\x04rusak", "rusak.xlsx"), (b"\x00" * 6_000_000, "besar.xlsx")]
)
def test_a_file_that_is_no_list_is_refused(
    village: Tenant, staff: Callable[..., Any], sent: tuple[bytes, str]
) -> None:
    answer = send_form(staff(village, role="secretary"), f"{PAGE}/impor", {"file": sent})
    assert answer.status_code == 422
    assert "field-error" in answer.text


def test_what_a_preview_carries_is_checked_again() -> None:
    assert unpack(pack([("474.2", "Nikah")])) == [("474.2", "Nikah")]
    assert unpack(pack([("../x", "A"), ("474", "")])) == []
    for odd in ("", "bukan", "{}", pack([])[:-2]):
        assert unpack(odd) == []


def test_the_codes_as_a_spreadsheet(village: Tenant, staff: Callable[..., Any]) -> None:
    answer = staff(village, role="secretary").get(f"{PAGE}/unduh")
    table = read_table(answer.data, "klasifikasi.xlsx", known=("kode", "judul"))
    answer.close()
    assert table.header == ["Kode", "Judul", "Dipakai"]
    assert len(table.rows) == len(shipped_codes())


def test_only_who_may_sees_and_changes_codes(village: Tenant, staff: Callable[..., Any]) -> None:
    clerk = staff(village, role="operator")
    for path in (PAGE, f"{PAGE}/tambah", f"{PAGE}/impor", f"{PAGE}/474", f"{PAGE}/unduh"):
        assert clerk.get(path).status_code == 403
    for path in ("tambah", "impor", "impor/ambil", "474"):
        assert clerk.submit(f"{PAGE}/{path}", {"title": "x"}, form="/beranda").status_code == 403
