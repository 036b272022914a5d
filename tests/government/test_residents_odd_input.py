"""What a card number, a day or an address may not be, each in its own sentence."""

from __future__ import annotations

import datetime as dt
import runpy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from app.core import serving
from app.government.residents.register.rules import card_findings
from app.government.residents.writing import today
from tenants.scope import Tenant
from tests.support.events import household, submit, told
from tests.support.imports import FAMILY, HEADER, row, send, tab
from tests.support.residents import a_household, a_kk, a_resident
from tests.support.workbooks import xlsx

Staff = Callable[..., Any]
NEW = "/keluarga/tambah"


def _card(kk: str, **more: str) -> dict[str, str]:
    return {"kk": kk, "address": "Jalan Damar", "happened_on": today().isoformat(), **more}


@pytest.mark.parametrize("kk", ["0000000000000000", "9999999999999999", "1111 1111 1111 1111"])
def test_a_card_number_of_one_digit_is_an_error(app: Flask, village: Tenant, staff: Staff, kk: str) -> None:
    answer = staff(village, role="operator").submit(NEW, _card(kk))
    assert answer.status_code == 422
    assert "16 angka yang sama" in answer.text


@pytest.mark.parametrize(
    ("kk", "sentence"),
    [
        ("0106200203150001", "bukan kode wilayah Indonesia"),
        ("1806003202150001", "bukan kode wilayah Indonesia"),
        ("1806203202150001", "bukan tanggal terbit yang mungkin"),
        ("1806200213150001", "bukan tanggal terbit yang mungkin"),
        ("1806200203150000", "0000"),
    ],
)
def test_an_odd_card_number_is_accepted_with_a_note(
    app: Flask, village: Tenant, staff: Staff, kk: str, sentence: str
) -> None:
    clerk = staff(village, role="secretary")
    asked = clerk.submit(NEW, _card(kk))
    assert asked.status_code == 422
    assert sentence in asked.text
    code = ",".join(sorted({finding.code for finding in card_findings(kk, today())}))
    accepted = {"accept": "1", "accept_codes": code, "accept_note": "sesuai kartu lama"}
    made = clerk.submit(NEW, _card(kk, **accepted))
    assert made.status_code == 303
    home = made.headers["Location"].rpartition("=")[2]
    edited = clerk.submit(f"/keluarga/{home}/ubah", {"kk": kk, "address": "Jalan Lada", "row_version": "1"})
    assert edited.status_code == 303, "what stood already is not asked again"


def test_usual_card_numbers_are_silent() -> None:
    day = dt.date(2026, 11, 22)
    assert card_findings("", day) == []
    assert card_findings("1806202211260001", day) == []
    assert [f.code for f in card_findings("1806202311260001", day)] == ["kk_date"], "tomorrow"
    assert card_findings("1806200203980001", day) == []


def test_an_event_warns_of_an_odd_card_number(app: Flask, village: Tenant, staff: Staff) -> None:
    person = a_resident(app, village, happened_on=dt.date(2020, 1, 1))
    clerk = staff(village, role="secretary")
    answer = submit(clerk, "split", person=person, members=person, head_id=person, kk="1806200203150000")
    assert answer.status_code == 422
    assert "0000. Periksa nomornya" in told(answer)


def test_a_birth_long_ago_is_told_as_such(app: Flask, village: Tenant, staff: Staff) -> None:
    sent = {"name": "BUDI", "sex": "1", "birth_date": "1800-01-01", "happened_on": today().isoformat()}
    answer = staff(village, role="operator").submit("/penduduk/tambah", sent)
    assert answer.status_code == 422
    assert "terlalu lama" in answer.text
    assert "Tanggal ini tidak ada" not in answer.text


@pytest.mark.parametrize(
    ("address", "named"),
    [
        ("/penduduk?age_from=abc", "Usia dari “abc”"),
        ("/penduduk?sex=9", "Jenis kelamin “9”"),
        ("/penduduk?sub_area_id=1&sort=nik", "Wilayah “1”, Urutan “nik”"),
        ("/keluarga?state=gone", "Keadaan “gone”"),
    ],
)
def test_a_filter_that_is_not_understood_is_told(
    app: Flask, village: Tenant, staff: Staff, address: str, named: str
) -> None:
    home = a_household(app, village, kk=a_kk())
    a_resident(app, village, household_id=home, relation=1)
    clerk = staff(village, role="operator")
    page = clerk.get(address).text
    assert "Saringan ini tidak dimengerti" in page
    assert named in page
    for path in (
        "/penduduk?age_from=3&sex=1&vital_status=all&sort=-name",
        "/keluarga?state=empty&without_kk=1",
    ):
        assert "tidak dimengerti" not in clerk.get(path).text
    assert household(app, village, home).state == "active"


def test_long_addresses_reach_the_product() -> None:
    told_gunicorn = runpy.run_path(str(Path(serving.__file__)))
    assert told_gunicorn["limit_request_line"] == 8190


def test_rows_of_an_import_are_looked_at_too(app: Flask, village: Tenant, staff: Staff) -> None:
    odd, same = (row(FAMILY[0], no_kk=kk) for kk in ("1806200101150000", "9" * 16))
    clerk = staff(village, role="secretary")
    assert "Nomor urut (empat angka terakhir)" in tab(
        clerk, send(app, clerk, xlsx(("A", [HEADER, odd]))), "new"
    )
    refused = tab(clerk, send(app, clerk, xlsx(("A", [HEADER, same]))), "rejected")
    assert "16 angka yang sama" in refused
