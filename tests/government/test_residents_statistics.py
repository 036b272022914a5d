"""Figures about the population: they equal the ledger, staff see what they may, the public can't work anybody out."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import uuid
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from app.core.hosting import SigerFlask
from app.core.village.models import SubArea
from app.extensions import db
from app.government.residents import ledger
from app.government.residents.statistics.figures import Row, Statistics, Table
from app.government.residents.statistics.public import make_public
from app.government.residents.statistics.services import read_statistics
from app.government.residents.statistics.suppression import Mark, suppress
from app.government.residents.writing import today
from tenants.scope import Tenant, tenant_scope
from tests.support.people import Person
from tests.support.residents import a_family, a_resident
from tests.support.visitors import Visitor

COUNTS = st.lists(st.one_of(st.integers(0, 12), st.integers(0, 3000)), min_size=1, max_size=14)
NEVER_PUBLIC = ("Disabilitas", "Netra", "Fisik", "Mental", "Stroke", "HIV", "hamil", "kontrasepsi")


def _settle(app: SigerFlask, village: Tenant) -> dict[str, uuid.UUID]:
    """Two areas; thirteen men and women of Damar, four families of Meranti, one woman without an area."""
    with app.app_context(), tenant_scope(village):
        areas = {name: SubArea(kind="sub_area", name=name) for name in ("Damar", "Meranti")}
        db.session.add_all(areas.values())
        db.session.flush()
        areas["RT 1"] = SubArea(kind="rt", name="001", parent_id=areas["Damar"].id)
        db.session.add(areas["RT 1"])
        db.session.commit()
        found = {name: area.id for name, area in areas.items()}
    for number in range(13):
        a_resident(
            app, village, sex=1 + number % 2, birth_date=dt.date(1960 + 5 * number, 2, 3), education=1 + number % 3,
            occupation=9, religion=1 if number else 4, sub_area_id=found["RT 1" if number % 2 else "Damar"],
            disability=2 if number == 3 else 7, nationality=2 if number == 5 else 1,
        )  # fmt: skip
    for _number in range(7):
        a_family(app, village, sub_area_id=found["Meranti"])
    a_resident(app, village, sex=2, birth_date=None, nik="", name="TANPA WILAYAH")
    return found


def test_every_table_counts_everybody_and_equals_the_ledger(app: SigerFlask, village: Tenant) -> None:
    areas = _settle(app, village)
    with app.test_request_context(), tenant_scope(village):
        whole = read_statistics(health=True)
        damar = read_statistics(areas["Damar"], health=True)
        now = ledger.totals()
        standing = ledger.population()
    assert (whole.men, whole.women) == (ledger.men(now), ledger.women(now))
    assert whole.households == ledger.households(now) == 7
    for table in whole.all_tables():
        assert table.total == whole.people == 35, table.title
    assert damar.people == 13
    assert all(table.total == 13 for table in damar.all_tables())
    inside = {areas["Damar"], areas["RT 1"]}
    assert damar.people == sum(n for (cell, area), n in standing.items() if area in inside and cell < 8)
    rows = {row.label.split()[-1]: row for row in whole.areas.rows}
    assert (rows["Damar"].total, rows["Meranti"].total, rows["Meranti"].households) == (13, 21, 7)
    by_age = {row.label: row.total for row in whole.pyramid.rows}
    born = [dt.date(1960 + 5 * number, 2, 3) for number in range(13)]
    born += [dt.date(1980, 5, 17), dt.date(1983, 2, 9), dt.date(2012, 8, 30)] * 7
    first = [day for day in born if _age(day) < 5]
    assert by_age["0–4"] == len(first)
    assert by_age["Tidak diketahui"] == 1
    working = sum(15 <= _age(day) <= 64 for day in born)
    assert whole.dependency == pytest.approx(100 * (len(born) - working) / working)


def _age(born: dt.date) -> int:
    now = today()
    return now.year - born.year - ((now.month, now.day) < (born.month, born.day))


def test_the_page_draws_charts_with_their_tables_in_few_queries(
    app: SigerFlask,
    village: Tenant,
    staff: Callable[..., Person],
    count_queries: Callable[..., AbstractContextManager[list[str]]],
) -> None:
    areas = _settle(app, village)
    person = staff(village, role="secretary")
    person.get("/penduduk/statistik")
    with count_queries(at_most=12) as seen:
        page = person.get("/penduduk/statistik")
    assert len([query for query in seen if "set_config" not in query and "platform." not in query]) <= 5
    assert page.status_code == 200
    assert page.text.count('<svg class="drawing"') == page.text.count('<table class="figure-table">') == 12
    assert page.text.count("<desc") == 12
    assert " style=" not in page.text.split("<main")[1]
    assert "Disabilitas" in page.text
    damar = person.get(f"/penduduk/statistik?wilayah={areas['Damar']}").text
    assert re.search(r"Penduduk</dt>\s*<dd>13<", damar)
    assert person.get("/penduduk/statistik?wilayah=bukan-id").status_code == 200


def test_disability_is_for_those_who_may_see_it(
    app: SigerFlask, village: Tenant, staff: Callable[..., Person]
) -> None:
    _settle(app, village)
    person = staff(village, role="section_staff")
    for path in ("", "/berkas?bentuk=csv"):
        text = person.get(f"/penduduk/statistik{path}").text
        assert "Disabilitas" not in text
        assert "Netra" not in text
    assert staff(village, role="council").get("/penduduk/statistik").status_code == 403
    assert staff(village, role="council").get("/penduduk/statistik/berkas").status_code == 403


def test_the_files_say_what_the_page_says(
    app: SigerFlask, village: Tenant, staff: Callable[..., Person]
) -> None:
    _settle(app, village)
    person = staff(village, role="secretary")
    lines = list(
        csv.reader(io.StringIO(person.get("/penduduk/statistik/berkas?bentuk=csv").data.decode("utf-8-sig")))
    )
    assert lines[0][:5] == ["Kelompok", "Rincian", "Laki-laki", "Perempuan", "Jumlah"]
    religion = [line for line in lines if line[0] == "Agama"]
    assert sum(int(line[4]) for line in religion) == 35
    answer = person.get("/penduduk/statistik/berkas")
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(answer.data)).get_sheet_by_index(0).to_python()
    assert "Statistik penduduk" in sheet[0][0]
    assert [str(cell) for cell in sheet[2][:5]] == lines[0][:5]
    assert len(sheet) - 3 == len(lines) - 1


def test_an_empty_village_has_no_figures_and_says_so(
    village: Tenant, staff: Callable[..., Person], visit: Callable[[str], Visitor]
) -> None:
    assert "Belum ada yang dapat dihitung" in staff(village, role="secretary").get("/penduduk/statistik").text
    assert "belum diumumkan" in visit(f"{village.slug}.localhost").get("/statistik").text


# -- the public page ------------------------------------------------------------------------------------------------


def test_the_public_sees_sums_and_nothing_of_anybodys_health(
    app: SigerFlask, village: Tenant, visit: Callable[[str], Visitor]
) -> None:
    _settle(app, village)
    visitor = visit(f"{village.slug}.localhost")
    home = visitor.get("/")
    assert 'href="/statistik"' in home.text
    page = visitor.get("/statistik")
    assert page.status_code == 200
    assert page.headers["Cache-Control"] == "public, no-cache"
    assert "Set-Cookie" not in page.headers
    assert "<script" not in page.text
    assert not [word for word in NEVER_PUBLIC if word in page.text]
    assert not re.search(r"\d{16}", page.text)
    assert "TANPA WILAYAH" not in page.text
    assert "&lt;5" in page.text
    assert 'lang="en"' in visitor.get("/statistik?bahasa=en").text
    religion = (
        page.text.split('id="h-religion"')[1].split("</section>")[0] if 'id="h-religion"' in page.text else ""
    )
    assert ">1<" not in religion.split("<tbody>")[-1]


def test_the_public_page_is_light(app: SigerFlask, village: Tenant, visit: Callable[[str], Visitor]) -> None:
    _settle(app, village)
    visitor = visit(f"{village.slug}.localhost")
    page = visitor.get("/statistik", headers={"Accept-Encoding": "br"})
    weight = len(page.data)
    named = re.findall(
        r'<(?:link[^>]+rel="(?:stylesheet|icon)"[^>]*href|img[^>]+src|use[^>]+href)="([^"#]+)',
        visitor.get("/statistik").text,
    )
    for path in dict.fromkeys(named):
        answer = visitor.get(path, headers={"Accept-Encoding": "br"})
        weight += len(answer.data) + 400
        answer.close()
    assert weight <= 60_000


def _possible(total: int, shown: Sequence[int | Mark], at: int) -> set[int]:
    """What a "<5" can be, for somebody who knows the total, the shown cells and the rule for hidden ones."""
    known = [cell for cell in shown if not isinstance(cell, Mark)]
    largest = min((cell for cell in known if cell > 4), default=total)
    others = [cell for place, cell in enumerate(shown) if isinstance(cell, Mark) and place != at]
    least = sum(1 if cell is Mark.SMALL else 5 for cell in others)
    most = sum(4 if cell is Mark.SMALL else largest for cell in others)
    rest = total - sum(known)
    return {value for value in range(1, 5) if least <= rest - value <= most}


@settings(max_examples=400, deadline=None)
@given(COUNTS)
def test_no_small_number_can_be_had_by_subtraction(values: list[int]) -> None:
    shown = suppress(values)
    if shown is None:
        return
    assert len(shown) == len(values)
    for at, (value, cell) in enumerate(zip(values, shown, strict=True)):
        if cell is Mark.SMALL:
            assert 1 <= value <= 4
            assert _possible(sum(values), shown, at) == {1, 2, 3, 4}
        elif cell is Mark.HIDDEN:
            assert value >= 5
        else:
            assert cell == value
            assert not 1 <= value <= 4


def test_nobody_who_knows_the_rule_can_undo_it() -> None:
    """All small tables there are: each published one with a "<5" could come from different numbers in that place."""
    sources: dict[tuple[int, tuple[int | Mark, ...]], list[tuple[int, ...]]] = {}
    for size, most in ((2, 40), (3, 26), (4, 15)):
        for values in product(range(most + 1), repeat=size):
            if sum(values) <= most and (shown := suppress(values)) is not None:
                sources.setdefault((sum(values), tuple(shown)), []).append(values)
    for (_total, shown), found in sources.items():
        for at, cell in enumerate(shown):
            if cell is Mark.SMALL:
                assert len({values[at] for values in found}) > 1, (shown, found)


@pytest.mark.parametrize("values", [[3], [0, 2], [4, 0, 0], [1, 1], [2, 3, 1], [4, 20, 20, 20][:1]])
def test_a_table_that_can_not_be_hidden_is_not_published(values: list[int]) -> None:
    assert suppress(values) is None


def test_a_lone_small_number_takes_a_second_one_with_it() -> None:
    assert suppress([3, 40, 200, 60]) == [Mark.SMALL, Mark.HIDDEN, 200, 60]
    assert suppress([0, 50, 7]) == [0, 50, 7]


@pytest.mark.parametrize(("men", "women"), [(3, 400), (400, 2), (9, 9)])
def test_a_tiny_village_or_one_with_hardly_any_women_publishes_one_number(men: int, women: int) -> None:
    table = Table("education", "Pendidikan", [Row("SD", men, women)])
    found = Statistics(men, women, 5, table, Table("area", "Wilayah"), [table], None)
    shown = make_public(found, dt.date(2026, 11, 22))
    assert (shown.men, shown.women, shown.figures) == ("", "", [])
