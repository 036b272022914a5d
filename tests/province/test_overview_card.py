"""A village's card: figures in words, what changed and whether that is better, hidden counts, readiness."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from app.core.hosting import SigerFlask
from app.core.indicators.declarations import Value
from tests.province.test_overview import change
from tests.support.figures import add_up, tell, village_id
from tests.support.visitors import Visitor

Officer = Callable[..., Visitor]
DISTRICT = "18.07.15"
CODE, SECOND, OTHER = (f"{DISTRICT}.200{at}" for at in (1, 2, 3))
LINE = re.compile(r'<div class="figure-name"><a href="([^"]+)">([^<]+)</a>(.*?)</li>', re.DOTALL)


@pytest.fixture(scope="module")
def told(app: SigerFlask) -> None:
    """Figures of a village: this month's, a month's ago, a year's ago; and neighbours with a trait."""
    tell(app, CODE, {"pop.total": 900.0, "adoption.setup_progress": Value(0.5, 3.0, 6.0)}, ago=12)
    tell(
        app,
        CODE,
        {
            "pop.total": 1000.0,
            "staff.count": 12.0,
            "adoption.staff_active_30d": 5.0,
            "pop.dependency_ratio": Value(0.5, 50.0, 100.0),
            "letters.issued": 40.0,
            "readiness.index": Value(58.0, 58.0, 1.0),
            "adoption.setup_progress": Value(0.5, 3.0, 6.0),
        },
        ago=1,
    )
    tell(
        app,
        CODE,
        {
            "pop.total": 1000.0,
            "staff.count": 11.0,
            "adoption.staff_active_30d": 3.0,
            "pop.dependency_ratio": Value(0.4, 40.0, 100.0),
            "letters.issued": 0.0,
            "readiness.index": Value(62.0, 62.0, 1.0),
            "adoption.setup_progress": Value(1.0, 6.0, 6.0),
            "pop.disabled": 3.0,
        },
    )
    tell(app, SECOND, {"pop.disabled": 9.0})
    tell(app, OTHER, {"pop.disabled": 20.0})
    add_up(app, [0, 1, 12])


def lines(page: str) -> dict[str, str]:
    """What the figures' lines say, by name, as plain words."""
    return {name: " ".join(re.sub(r"<[^>]+>", " ", rest).split()) for _, name, rest in LINE.findall(page)}


@pytest.fixture
def card(app: SigerFlask, told: None, officer: Officer) -> str:
    """The card, as an analyst sees it."""
    return officer("province_analyst", "18").get(f"/desa/{village_id(app, CODE)}").text


def test_changes_are_told_in_words_with_their_direction(card: str) -> None:
    shown = lines(card)
    assert "100% bulan lalu: naik 50 poin, membaik setahun lalu: naik 50 poin, membaik" in shown.values(), (
        "set-up"
    )
    assert shown["Rasio ketergantungan"] == "40% bulan lalu: turun 10 poin, membaik", "less is better here"
    assert "bulan lalu: tetap" in shown["Penduduk"]
    assert "setahun lalu: naik 100" in shown["Penduduk"]
    assert "11 bulan lalu: turun 1" in shown.values(), "neither way is better"
    assert "3 bulan lalu: turun 2, memburuk" in shown.values(), "fewer at work is worse"


def test_a_month_that_runs_is_set_beside_whole_months_without_a_verdict(card: str) -> None:
    issued = next(words for name, words in lines(card).items() if words.startswith("0 ") and "40" in words)
    assert issued == "0 bulan lalu: 40"


def test_zero_is_told_and_missing_is_left_out(card: str) -> None:
    shown = lines(card)
    assert any(words.startswith("0 ") for words in shown.values())
    assert "Penduduk laki-laki" not in shown


def test_a_small_sensitive_count_is_hidden_on_the_card_and_beside_it(
    app: SigerFlask, card: str, officer: Officer
) -> None:
    shown = lines(card)
    assert shown["Penyandang disabilitas"].endswith("<5") or "&lt;5" in shown["Penyandang disabilitas"]
    assert "Kurang dari 5 orang" in shown["Penyandang disabilitas"]
    reader = officer("province_analyst", "18")
    beside = [
        lines(reader.get(f"/desa/{village_id(app, code)}").text)["Penyandang disabilitas"]
        for code in (SECOND, OTHER)
    ]
    assert any("disembunyikan" in words for words in beside), "the sum must not give it away"


def test_the_card_tells_readiness_its_class_and_where_numbers_lead(app: SigerFlask, card: str) -> None:
    assert "<b>62</b>" in card or "<b>62,0</b>" in card
    assert "Siap</span>" in card
    assert f"/kesiapan/desa/{village_id(app, CODE)}" in card
    links = [link for link, _, _ in LINE.findall(card)]
    assert f"/indikator/pop.total?wilayah={CODE}" in links


def test_a_village_with_other_software_says_so_and_from_where(app: SigerFlask, officer: Officer) -> None:
    code = f"{DISTRICT}.2004"
    change(app, code, software="SIMDA-X")
    try:
        page = officer("province_analyst", "18").get(f"/desa/{village_id(app, code)}").text
        assert "Sistem lain: SIMDA-X" in page
        assert "Angka muncul setelah SIMDA-X mengirimnya" in page
        address = f"/desa/{village_id(app, code)}"
        assert f"{address}/siapkan" not in officer("province_admin", "18").get(address).text
        tell(app, code, {"staff.count": 6.0}, source="csv")
        page = officer("province_analyst", "18").get(f"/desa/{village_id(app, code)}").text
        assert "Dikirim sebagai berkas" in page
    finally:
        change(app, code, software=None)


def test_the_card_asks_at_most_eight_queries(
    app: SigerFlask, told: None, officer: Officer, count_queries: Any
) -> None:
    reader, path = officer("province_analyst", "18"), f"/desa/{village_id(app, CODE)}"
    reader.get(path)
    with count_queries(at_most=8):
        assert reader.get(path).status_code == 200


def test_the_list_tells_and_filters_by_class(app: SigerFlask, told: None, officer: Officer) -> None:
    reader = officer("province_analyst", "18")
    page = reader.get(f"/desa?kec={DISTRICT}&kesiapan=siap").text
    assert "1 desa dan kelurahan" in page
    assert CODE in page
    assert "Siap</small>" in page
    assert CODE not in reader.get(f"/desa?kec={DISTRICT}&kesiapan=bertumbuh").text
    assert CODE not in reader.get(f"/desa?kec={DISTRICT}&kesiapan=tanpa").text
    assert CODE in reader.get(f"/desa?kec={DISTRICT}&kesiapan=nonsense").text
