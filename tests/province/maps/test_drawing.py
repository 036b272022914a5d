"""The macros `chart`, `choropleth` and `tile_map`: what pages show of figures, with and without JavaScript."""

from __future__ import annotations

import datetime as dt
import json
import re
from html import unescape
from typing import Any

import pytest

from app.core.hosting import SigerFlask
from app.core.ui.charts import coloured
from tenants.scope import platform_scope
from tests.province.maps.conftest import Lay
from tests.province.maps.shapes import feature

KINDS: list[dict[str, Any]] = [
    {"code": "18.01", "name": "Kabupaten Lampung Selatan", "value": 12.0, "url": "/wilayah/18.01"},
    {"code": "18.02", "name": "Kabupaten Lampung Tengah", "value": 0.0},
    {"code": "18.03", "name": "Kabupaten Lampung Utara", "value": None, "text": "–"},
    {"code": "18.04", "name": "Kabupaten Lampung Barat", "value": None, "text": "<5"},
    {"code": "18.06", "name": "Kabupaten <Tanggamus>", "value": 71.0},
]


def drawn(app: SigerFlask, call: str, **values: Any) -> str:
    """What a macro of charts.html makes of values."""
    with app.test_request_context("/", base_url="http://localhost"), platform_scope():
        text = '{% import "ui/macros/charts.html" as charts %}{{ charts.' + call + " }}"
        return app.jinja_env.from_string(text).render(**values)


def spec_of(html: str, kind: str) -> dict[str, Any]:
    found = re.search(rf'data-{kind}="([^"]*)"', html)
    assert found is not None
    return json.loads(unescape(found[1]))


def words_of(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


MAP = 'choropleth("peta", "Desa aktif", territory, 2, values)'


def test_without_boundaries_the_tile_map_shows_any_figure(app: SigerFlask) -> None:
    html = drawn(app, MAP, territory={"code": "18"}, values=KINDS)
    assert "data-map" not in html
    assert html.count('class="tile tile-row') == 5
    assert re.search(r'tile-step-5">\s*<div>\s*<span class="tile-name">Kabupaten &lt;Tanggamus&gt;', html)
    assert "tile-step-none" in html
    assert "tile-step-hidden" in html
    said = words_of(html)
    assert "0 (1) 12 (1) 71 (1) disembunyikan (1) belum ada angka (1)" in said
    assert "Paling tinggi Kabupaten <Tanggamus> (71), paling rendah Kabupaten Lampung Tengah (0)." in said


def test_a_kabupaten_that_was_founded_lately_has_a_tile(app: SigerFlask) -> None:
    fresh = [
        {"code": f"18.{number}", "name": f"Kabupaten Uji {number}", "value": number, "url": None}
        for number in range(14, 17)
    ]
    html = drawn(app, MAP, territory={"code": "18"}, values=[*KINDS, *fresh])
    assert html.count('class="tile tile-row') == 5 + 3
    places = re.findall(r'class="tile (tile-row-\d tile-column-\d)', html)
    assert len(set(places)) == len(places), "no two on one place"
    assert '<span class="tile-short" aria-hidden="true">Uji 14</span>' in html


def test_finer_levels_without_boundaries_are_a_table(app: SigerFlask) -> None:
    html = drawn(
        app,
        'choropleth("peta", "Desa aktif", territory, 3, values)',
        territory={"code": "18.06"},
        values=KINDS[:2],
    )
    assert "data-map" not in html
    assert "tile-map" not in html
    assert "Garis batas wilayah ini belum dimuat" in html
    assert '<details class="chart-figures" open>' in html


def test_imported_boundaries_are_drawn_with_legend_and_table(app: SigerFlask, lay: Lay) -> None:
    lay([feature("18.06")])
    html = drawn(app, MAP, territory={"code": "18"}, values=KINDS)
    spec = spec_of(html, "map")
    assert re.fullmatch(r"/peta/18\.json\?tingkat=2&v=[0-9a-f]{16}", spec["address"])
    looks = {code: (text, look, url) for code, _name, text, look, url in spec["places"]}
    assert looks["18.01"] == ("12", 3, "/wilayah/18.01")
    assert looks["18.02"] == ("0", 1, ""), "zero is a figure"
    assert looks["18.03"] == ("–", "missing", "")
    assert looks["18.04"] == ("<5", "hidden", "")
    assert "tile-map" not in html
    assert "map-legend" in html
    assert "Kabupaten Lampung Barat <5" in words_of(html)
    assert "Kabupaten Lampung Utara belum ada angka" in words_of(html)
    assert 'role="img" aria-label="Desa aktif" aria-describedby="peta-says"' in html


def test_a_hidden_value_is_nowhere_on_the_page(app: SigerFlask, lay: Lay) -> None:
    """A caller that leaves the number in place must not tell it through the map's script."""
    lay([feature("18.06")])
    values = [
        KINDS[0],
        {"code": "18.04", "name": "Lampung Barat", "value": 3.25, "text": "<5", "state": "hidden"},
    ]
    html = drawn(app, MAP, territory={"code": "18"}, values=values)
    assert "3,25" not in html
    assert "3.25" not in html


def test_classes_with_words_and_bounds_belong_to_the_class_above(app: SigerFlask) -> None:
    classes = [(40, "Mulai"), (60, "Bertumbuh"), (80, "Siap"), (None, "Teladan")]
    places = [
        {"code": str(n), "name": str(n), "value": value}
        for n, value in enumerate((0, 39.9, 40, 79.9, 80, 100))
    ]
    with app.test_request_context("/"):
        found = coloured(places, "score", classes)
    assert [(one.step, one.label, one.count) for one in found.classes] == [
        (1, "Mulai (di bawah 40)", 2),
        (2, "Bertumbuh (40 – 60)", 1),
        (4, "Siap (60 – 80)", 1),
        (5, "Teladan (80 ke atas)", 2),
    ]
    assert [place["step"] for place in found.places] == [1, 1, 2, 4, 5, 5]


def test_moments_of_one_day_share_a_colour_and_a_line_of_the_legend(app: SigerFlask) -> None:
    late = dt.datetime(2026, 11, 21, 17, 30, tzinfo=dt.UTC).timestamp()
    moments = [late - 86400, *(late + minutes * 60 for minutes in range(9))]
    with app.test_request_context():
        places = [{"code": f"18.0{at}", "name": "", "value": one} for at, one in enumerate(moments)]
        found = coloured(places, "date")
    assert [(one.label, one.count) for one in found.classes] == [
        ("21 November 2026", 1),
        ("22 November 2026", 9),
    ]


@pytest.mark.parametrize(
    ("values", "counts"),
    [
        (list(range(100)), [20, 20, 20, 20, 20]),
        ([0] * 90 + list(range(1, 11)), [90, 10]),
        ([5, 5, 5], [3]),
        ([1, 2], [1, 1]),
        ([], []),
    ],
)
def test_quantiles_never_part_equal_figures(app: SigerFlask, values: list[int], counts: list[int]) -> None:
    places = [{"code": str(n), "name": str(n), "value": value} for n, value in enumerate(values)]
    with app.test_request_context("/"):
        found = coloured(places, "count")
    assert [one.count for one in found.classes] == counts
    steps: dict[int, set[int]] = {}
    for place in found.places:
        steps.setdefault(place["value"], set()).add(place["step"])
    assert all(len(one) == 1 for one in steps.values())


def test_shares_in_fifths_leave_nothing_apart(app: SigerFlask) -> None:
    places = [{"code": str(n), "name": str(n), "value": value} for n, value in enumerate((0, 0.2, 0.21, 1))]
    with app.test_request_context("/"):
        found = coloured(places, "percent", "fifths")
    assert [place["step"] for place in found.places] == [0, 1, 2, 5]
    assert [one.label for one in found.classes][:2] == ["0%", "0% – 20%"]


def test_a_gap_is_neither_zero_nor_a_word_of_the_script(app: SigerFlask) -> None:
    call = (
        'chart("kurva", "Desa aktif", "line", ["Okt", "Nov", "Des"], series, unit="people", downloads={"xlsx": "/x", '
        '"csv": "/c"}, marks=[{"at": "Nov", "text": "Definisi berubah."}], source="Siger", as_of="per hari ini")'
    )
    series = [
        {"name": "Aktif", "values": [1200.0, None, 0.0], "texts": ["1.200", "<5", "0"]},
        {"name": "Program lama", "values": [None, None, 7.0], "style": "reference"},
    ]
    html = drawn(app, call, series=series)
    spec = spec_of(html, "chart")
    assert spec["unit"] == "number"
    assert spec["series"][0]["values"] == [1200.0, None, 0.0]
    assert spec["series"][1]["style"] == "reference"
    assert spec["marks"] == [{"at": "Nov", "text": "Definisi berubah."}]
    assert (spec["source"], spec["as_of"]) == ("Siger", "per hari ini")
    said = words_of(html)
    assert "Okt 1.200 – Nov <5 – Des 0 7" in said
    assert "Aktif: 1.200 pada Okt, 0 pada Des. Program lama: 7 (Des)." in said
    assert "Nov Definisi berubah." in said
    assert 'href="/x"' in html
    assert 'href="/c"' in html
    assert "data-picture" in html


@pytest.mark.parametrize(
    ("unit", "value", "text"),
    [
        ("percent", 0.714, "71,4%"), ("rupiah", 1234567.4, "Rp1.234.567"), ("score", 61.44, "61,4"),
        ("hours", 2.5, "2,5 jam"), ("days", 3.0, "3 hari"), ("count", 1200.0, "1.200"),
        ("date", 1795312800, "22 November 2026"),
        ("count", None, "–"), ("yes_no", 12, "12"),
    ],
)  # fmt: skip
def test_figures_are_written_in_the_words_of_their_unit(
    app: SigerFlask, unit: str, value: Any, text: str
) -> None:
    call = 'chart("a", "A", "bar", ["Nov"], [{"name": "x", "values": [value]}], unit=unit)'
    assert f'<td class="end">{text}</td>' in drawn(app, call, unit=unit, value=value)


def test_the_description_of_the_page_replaces_the_made_one(app: SigerFlask) -> None:
    call = 'chart("a", "A", "bar", ["Nov"], [{"name": "x", "values": [1]}], description="Kalimat sendiri.")'
    html = drawn(app, call)
    assert '<p class="chart-says" id="a-says">Kalimat sendiri.</p>' in html
