"""Comparing places: lines over time, several indicators at once, normalised, chosen without JavaScript."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest

from tests.province.explorer.conftest import HERE
from tests.province.explorer.test_indicator_page import text_of
from tests.support.visitors import Visitor

Officer = Callable[..., Visitor]


@pytest.fixture
def analyst(officer: Officer, told: list[str]) -> Visitor:
    """Somebody of the province; there are figures."""
    return officer("province_analyst")


def href(page: str, label: str) -> str:
    """The address of the link with this label."""
    found = re.search(rf'href="([^"]+)"[^>]*aria-label="{label}"', page)
    assert found is not None
    return unescape(found.group(1))


def test_villages_side_by_side_over_time_and_in_a_month(analyst: Visitor, told: list[str]) -> None:
    page = analyst.get(
        f"/bandingkan?tempat={told[0]},{told[1]}&kode=pop.total,pop.disabled,letters.online_share"
    ).text
    said = text_of(page)
    assert "Desa Ulak Rengas" in said
    assert "Penduduk orang 300 100" in said
    assert "Penyandang disabilitas orang 30 <5" in said
    assert "90% terbaik 10%" in said
    assert "terbaik 100" not in said
    assert said.count("terbaik") == 1, "of counts the larger place has more: that is not better"
    drawn = unescape(page)
    assert drawn.count('"values": [') == 2, "a line a place, of the first indicator alone"
    assert "250.0, 300.0]" in drawn


def test_regions_are_compared_per_thousand_residents(analyst: Visitor) -> None:
    said = text_of(analyst.get(f"/bandingkan?tempat={HERE},18.03.11&kode=letters.issued&ukuran=per1000").text)
    assert "Surat terbit Per 1.000 penduduk 90,9" in said
    plain = text_of(analyst.get(f"/bandingkan?tempat={HERE},18.03.11&kode=letters.issued").text)
    assert "Surat terbit jumlah 50 –" in plain, "missing is a dash"


def test_places_and_indicators_are_added_and_taken_away_by_links_and_forms(
    analyst: Visitor, told: list[str]
) -> None:
    page = analyst.get("/bandingkan").text
    assert "Pilih sedikitnya dua tempat. Pilih sedikitnya satu indikator." in page
    added = re.findall(r'class="chip" href="(/bandingkan\?tempat=18\.\d\d)"', page)
    assert len(added) == 15, "all kabupaten/kota can be added"
    page = analyst.get(f"{added[0]}&kode=pop.total").text
    assert (
        len(
            re.findall(
                r'class="chip" href="/bandingkan\?tempat=18\.\d\d,18', unescape(page).replace("%2C", ",")
            )
        )
        == 14
    )
    found = analyst.get("/bandingkan?tingkat=4&cari=ulak%20rengas").text
    assert told[0] in found
    assert "Kecamatan Abung Tinggi" in found
    both = f"/bandingkan?tempat={told[0]},{told[1]}&kode=pop.total,pop.disabled"
    without = analyst.get(href(analyst.get(both).text, "Lepas Desa Muara Dua")).text
    assert "Lepas Desa Muara Dua" not in without
    assert "Lepas Desa Ulak Rengas" in without
    drawn = analyst.get(href(analyst.get(both).text, "Gambar Penyandang disabilitas")).text
    assert drawn.index("Lepas Penyandang disabilitas") < drawn.index("Lepas Penduduk")
    chosen = analyst.get(f"/bandingkan?tempat={told[0]},{told[1]}&kode=pop.total&tambah_kode=letters.issued")
    assert "Lepas Surat terbit" in chosen.text
    assert len(analyst.get(f"/bandingkan?tempat={told[0]}&tambah={told[1]}&tambah_kode=pop.total").text) > 0


def test_a_region_officer_compares_own_places_alone(officer: Officer, told: list[str]) -> None:
    somebody = officer("regency_analyst", "18.03")
    assert somebody.get(f"/bandingkan?tempat={told[0]},{told[1]}&kode=pop.total").status_code == 200
    for foreign in ("18.06", "18.06.20", "18.06.20.2006", "18"):
        assert somebody.get(f"/bandingkan?tempat={told[0]},{foreign}&kode=pop.total").status_code == 404
    listed = re.findall(r"tempat=(18[0-9.]+)", somebody.get("/bandingkan").text)
    assert listed
    assert all(code.startswith("18.03.") for code in listed)


def test_a_comparison_asks_at_most_eight_queries(
    analyst: Visitor, told: list[str], count_queries: Any
) -> None:
    kode = "pop.disabled,pop.total,pop.bpjs_covered,letters.issued"
    for path in (
        f"/bandingkan?tempat={','.join(told)}&kode={kode}&cari=suka",
        f"/bandingkan?tempat=18.01,18.02,18.03,18.04,18.05,18.06,18.07,18.08&kode={kode}&ukuran=per1000",
    ):
        analyst.get(path)
        with count_queries(at_most=8):
            assert analyst.get(path).status_code == 200


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("tempat=18.01,18.01.04&kode=pop.total", "harus setingkat"),
        (f"tempat={','.join(f'18.{n:02}' for n in range(1, 14))}&kode=pop.total", "Paling banyak delapan"),
        (f"tempat={','.join(f'{HERE}.20{n:02}' for n in range(1, 51))}&kode=pop.total", "Paling banyak delapan"),
        ("tempat=18.01,x'--&kode=pop.total", "Kode wilayah ditulis seperti"),
        ("tempat=18.01,18.99&kode=pop.total", "Tidak ada tempat dengan kode 18.99"),
        ("tempat=18.01,18.02&kode=pop.total,no.such", "tidak dikenal"),
        ("tempat=18.01,18.02&kode=pop.total&bulan=2026-13", "Bulan ditulis seperti"),
        ("tempat=18.01,18.02&kode=pop.total&bulan=2099-01", "belum tiba"),
        ("tempat=18.01,18.02&kode=pop.total&ukuran=karat", "Ukuran yang diminta tidak dikenal"),
        ("tempat=18.01,18.02&kode=letters.online_share&ukuran=per1000", "tidak berlaku"),
        ("tingkat=9", "Tingkat itu tidak berada"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_said(analyst: Visitor, query: str, sentence: str) -> None:
    answer = analyst.get(f"/bandingkan?{query}")
    assert answer.status_code == 422
    assert sentence in answer.text
    refused = analyst.get(f"/bandingkan/unduh?{query}")
    assert refused.status_code == 422
