"""The list of residents: totals that equal the list, pages without doubles, few queries, no number where it leaks."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from html import unescape
from typing import Any

import pytest
from sqlalchemy import delete, select, update
from structlog.testing import capture_logs

from app.core.hosting import SigerFlask
from app.core.privacy.models import VillageState
from app.demo.residents import settle_village
from app.extensions import cache, db
from app.government.residents import codes
from app.government.residents.models import Household, LifeEvent, Resident
from app.government.residents.writing import Writing, today
from tenants.cache import CacheAway
from tenants.scope import Tenant, tenant_scope
from tests.support.people import Person
from tests.support.residents import a_kk, a_nik, a_resident

Counting = Callable[..., AbstractContextManager[list[str]]]
FACT = re.compile(r"<dt>([^<]+)</dt>\s*<dd[^>]*>([\d.]+)</dd>")
ROW = re.compile(r'<th scope="row"><a href="/penduduk/([0-9a-f-]{36})">([^<]*)</a>')
NEXT = re.compile(r'rel="next" href="([^"]+)"')
PREVIOUS = re.compile(r'rel="prev" href="([^"]+)"')
SIXTEEN = re.compile(r"(?<![0-9a-f-])\d{16}(?!\d)")


@pytest.fixture(scope="module")
def peopled(app: SigerFlask, request: pytest.FixtureRequest) -> dict[str, Tenant]:
    """One village of made-up people for the whole file, made on first use."""
    return {}


@pytest.fixture
def full(app: SigerFlask, peopled: dict[str, Tenant], make_village: Callable[[], Tenant]) -> Tenant:
    """A village of some 260 made-up people with areas."""
    if "full" not in peopled:
        village = peopled["full"] = make_village()
        with app.app_context(), tenant_scope(village):
            from app.core.village.services import add_sub_areas

            add_sub_areas("sub_area", None, ["I", "II"])
            settle_village(260, seed=7)
    return peopled["full"]


def facts(text: str) -> dict[str, int]:
    """The totals above the list."""
    return {label: int(number.replace(".", "")) for label, number in FACT.findall(text)}


def pages(clerk: Person, path: str) -> Iterator[str]:
    """The pages of a list from the given one to the last."""
    while path:
        answer = clerk.get(path)
        assert answer.status_code == 200
        yield answer.text
        found = NEXT.search(answer.text)
        path = unescape(found[1]) if found else ""


def rows(clerk: Person, path: str) -> list[str]:
    """The ids of all rows over all pages."""
    return [row[0] for page in pages(clerk, path) for row in ROW.findall(page)]


FILTERS = [
    "", "q=an", "q=sari", "sex=1", "sex=2", "age_from=60", "age_to=4", "age_band=17-25", "age_from=30&age_to=30",
    "education=5", "education=0", "occupation=9", "religion=1", "marital_status=2", "insurance=2", "blood_type=13",
    "relation=1", "nationality=1", "residence_status=1", "residence_status=3", "vital_status=all",
    "vital_status=former", "vital_status=2", "without_nik=1", "incomplete=1", "disability=7", "disability=1",
    "illness=14", "sex=2&marital_status=2&age_from=20", "q=tidakadanamaini",
]  # fmt: skip


@pytest.mark.parametrize("arguments", FILTERS)
def test_the_totals_equal_the_list_for_every_filter(
    app: SigerFlask, full: Tenant, staff: Callable[..., Person], arguments: str
) -> None:
    clerk = staff(full)
    listed = rows(clerk, f"/penduduk?{arguments}")
    told = facts(clerk.get(f"/penduduk?{arguments}").text)
    with app.app_context(), tenant_scope(full):
        found = [db.session.get(Resident, row) for row in listed]
        men = sum(person is not None and person.sex == 1 for person in found)
        homes = {person.household_id for person in found if person and person.household_id}
    assert len(set(listed)) == len(listed)
    assert told == {
        "Penduduk": len(listed), "Laki-laki": men, "Perempuan": len(listed) - men, "Keluarga": len(homes),
    }  # fmt: skip


def test_filters_let_through_whom_they_name(
    app: SigerFlask, full: Tenant, staff: Callable[..., Person]
) -> None:
    clerk = staff(full)
    with app.app_context(), tenant_scope(full):
        everybody = {str(p.id): p for p in db.session.query(Resident).all()}
        day = today()
    alive = {key for key, p in everybody.items() if p.vital_status == codes.ALIVE}
    assert set(rows(clerk, "/penduduk")) == alive
    assert set(rows(clerk, "/penduduk?vital_status=all")) == set(everybody)
    assert set(rows(clerk, "/penduduk?vital_status=former")) == set(everybody) - alive

    def years(person: Resident) -> int:
        born = person.birth_date
        assert born is not None
        return day.year - born.year - ((day.month, day.day) < (born.month, born.day))

    assert set(rows(clerk, "/penduduk?age_from=17&age_to=25")) == {
        key for key in alive if 17 <= years(everybody[key]) <= 25
    }
    areas = {p.sub_area_id for p in everybody.values()} - {None}
    assert areas
    for area in areas:
        wanted = {key for key in alive if everybody[key].sub_area_id == area}
        assert set(rows(clerk, f"/penduduk?sub_area_id={area}")) >= wanted


def test_an_area_holds_everything_below_it(
    app: SigerFlask, village: Tenant, staff: Callable[..., Person]
) -> None:
    from app.core.village.models import SubArea
    from app.core.village.services import add_sub_areas

    with app.app_context(), tenant_scope(village):
        add_sub_areas("sub_area", None, ["I", "II"])
        top = {a.name: a.id for a in db.session.query(SubArea).all()}
        add_sub_areas("rw", top["I"], ["1"])
        rw = db.session.query(SubArea).filter_by(kind="rw").one().id
        add_sub_areas("rt", rw, ["1"])
        rt = db.session.query(SubArea).filter_by(kind="rt").one().id
    for name, area in (("DI DUSUN", top["I"]), ("DI RW", rw), ("DI RT", rt), ("DI LAIN", top["II"])):
        a_resident(app, village, name=name, sub_area_id=area)
    clerk = staff(village)

    def names(area: object) -> set[str]:
        return {row[1] for row in ROW.findall(clerk.get(f"/penduduk?sub_area_id={area}").text)}

    assert names(top["I"]) == {"DI DUSUN", "DI RW", "DI RT"}
    assert names(rw) == {"DI RW", "DI RT"}
    assert names(rt) == {"DI RT"}


@pytest.mark.parametrize(
    "sort", ["name", "-name", "birth_date", "-birth_date", "age", "-age", "area", "-area", "household",
             "-household", "updated_at", "-updated_at"],
)  # fmt: skip
def test_pages_hold_everybody_once_forwards_and_backwards(
    full: Tenant, staff: Callable[..., Person], sort: str
) -> None:
    clerk = staff(full)
    forwards = list(pages(clerk, f"/penduduk?sort={sort}&vital_status=all"))
    seen = [row[0] for page in forwards for row in ROW.findall(page)]
    assert len(forwards) > 4
    assert len(seen) == len(set(seen)) == facts(forwards[0])["Penduduk"]
    backwards, page = [forwards[-1]], forwards[-1]
    while found := PREVIOUS.search(page):
        page = clerk.get(unescape(found[1])).text
        backwards.insert(0, page)
    assert [row[0] for text in backwards for row in ROW.findall(text)] == seen


def test_equal_names_and_dates_lose_and_double_nobody(
    app: SigerFlask, village: Tenant, staff: Callable[..., Person]
) -> None:
    with app.app_context(), tenant_scope(village):
        writing = Writing(today())
        for _number in range(120):
            writing.add_resident("opening", {"name": "SITI AMINAH", "sex": 2})
        writing.finish()
    clerk = staff(village)
    for sort in ("name", "-name", "age", "area", "household", "updated_at"):
        seen = rows(clerk, f"/penduduk?sort={sort}")
        assert len(seen) == len(set(seen)) == 120


def test_a_cursor_that_was_tampered_with_is_the_first_page(
    full: Tenant, staff: Callable[..., Person]
) -> None:
    clerk = staff(full)
    first = clerk.get("/penduduk").text
    found = NEXT.search(first)
    assert found
    path = unescape(found[1])
    for broken in (path[:-6] + "AAAAAA", "/penduduk?after=x", "/penduduk?after=%00%ff", path + "&sort=-age"):
        answer = clerk.get(broken)
        assert answer.status_code == 200
        assert len(ROW.findall(answer.text)) == 50
    assert "SITI" not in path.upper()


@pytest.mark.parametrize("size", [50, 200])
@pytest.mark.parametrize("path", ["/penduduk", "/keluarga"])
def test_a_list_needs_at_most_eight_queries_whatever_its_length(
    full: Tenant, staff: Callable[..., Person], count_queries: Counting, size: int, path: str
) -> None:
    clerk = staff(full)
    clerk.get("/penduduk")
    every = ["nik", "kk", "sex", "birth", "age", "area", "head", "relation", "disability", "updated_at"]
    clerk.submit("/penduduk/kolom", {"column": every, "size": str(size)}, form="/penduduk")
    with count_queries(at_most=8):
        page = clerk.get(f"{path}?size={size}&sort={'household' if path == '/penduduk' else 'head'}")
    assert page.status_code == 200
    for key in cache.client.keys("*:totals:*"):
        cache.client.delete(key)
    with count_queries(at_most=8) as seen:
        clerk.get(f"{path}?size={size}")
    assert [query for query in seen if "count(" in query]


def test_a_changed_register_is_counted_anew(
    app: SigerFlask, village: Tenant, staff: Callable[..., Person]
) -> None:
    with app.app_context(), tenant_scope(village):
        writing = Writing(today())
        for number in range(60):
            writing.add_resident("opening", {"name": f"WARGA {number:03}", "sex": 1 + number % 2})
        writing.finish()
    clerk = staff(village)
    assert facts(clerk.get("/penduduk").text)["Penduduk"] == 60
    a_resident(app, village, name="WARGA BARU")
    assert facts(clerk.get("/penduduk").text)["Penduduk"] == 61


def test_totals_are_counted_once_and_without_redis_each_time(
    full: Tenant, staff: Callable[..., Person], monkeypatch: pytest.MonkeyPatch, count_queries: Counting
) -> None:
    clerk = staff(full)
    clerk.get("/penduduk?sex=1")
    with count_queries(at_most=20) as seen:
        known = facts(clerk.get("/penduduk?sex=1").text)
    assert not [query for query in seen if "count(" in query]

    def away(question: object) -> object:
        raise CacheAway("gone")

    monkeypatch.setattr(
        "app.government.residents.browse.totals.cache.try_ask", lambda question, default: default
    )
    with count_queries(at_most=20) as seen:
        assert facts(clerk.get("/penduduk?sex=1").text) == known
    assert [query for query in seen if "count(" in query]


def test_who_may_not_see_the_register_sees_no_list(
    village: Tenant, visit: Any, staff: Callable[..., Person]
) -> None:
    stranger = visit(f"{village.slug}.localhost")
    for path in ("/penduduk", "/keluarga"):
        assert stranger.get(path).status_code == 303
        assert staff(village, role="council").get(path).status_code == 403
        assert staff(village, role="section_staff").get(path).status_code == 200


def test_health_is_no_filter_and_no_column_without_the_permission(
    app: SigerFlask, village: Tenant, staff: Callable[..., Person]
) -> None:
    a_resident(app, village, name="ADA CACAT", disability=1)
    a_resident(app, village, name="TANPA CACAT", disability=7)
    chooser = {"column": ["disability", "sex"], "size": "50"}
    for role, seen in (("secretary", True), ("operator", False)):
        clerk = staff(village, role=role)
        clerk.submit("/penduduk/kolom", chooser, form="/penduduk")
        page = clerk.get("/penduduk?disability=1").text
        assert ("TANPA CACAT" not in page) is seen
        assert ("Disabilitas" in page) is seen
        assert ("Fisik" in page) is seen


def test_columns_and_rows_are_remembered_without_anything_about_anybody(
    full: Tenant, staff: Callable[..., Person]
) -> None:
    clerk = staff(full)
    answer = clerk.submit(
        "/penduduk/kolom",
        {"column": ["nik", "religion", "nonsense"], "size": "100", "sex": "1"},
        form="/penduduk",
    )
    assert answer.headers["Location"] == "/penduduk?sex=1"
    assert "siger_penduduk=nik.religion:100;" in answer.headers["Set-Cookie"]
    page = clerk.get("/penduduk").text
    assert len(ROW.findall(page)) == 100
    assert ">Agama<" in page
    assert "••••••••" in page
    assert not SIXTEEN.search(page)


def test_a_name_is_found_by_any_part_in_any_order(
    app: SigerFlask, village: Tenant, staff: Callable[..., Person]
) -> None:
    for name in ("SITI NUR AMINAH", "AMINAH SITI", "BUDI 100%", "O'NEIL D_A"):
        a_resident(app, village, name=name)
    clerk = staff(village)

    def found(words: str) -> set[str]:
        answer = clerk.submit("/penduduk/cari", {"q": words}, form="/penduduk", follow_redirects=True)
        return {unescape(row[1]) for row in ROW.findall(answer.text)}

    assert found("aminah sit") == {"SITI NUR AMINAH", "AMINAH SITI"}
    assert found("nur") == {"SITI NUR AMINAH"}
    assert found("100%") == {"BUDI 100%"}
    assert found("%") == {"BUDI 100%"}
    assert found("D_A") == {"O'NEIL D_A"}
    assert found("\\") == set()
    assert found("o'neil") == {"O'NEIL D_A"}


def test_a_number_is_found_by_all_its_digits_and_stands_nowhere(
    app: SigerFlask, village: Tenant, staff: Callable[..., Person]
) -> None:
    nik, kk = a_nik(), a_kk()
    with app.app_context(), tenant_scope(village):
        writing = Writing(today())
        home = writing.add_household("household_opening", {"kk": kk})
        for name, number in (("PEMILIK NIK", nik), ("SEKELUARGA", "")):
            writing.add_resident("opening", {"name": name, "sex": 1, "nik": number, "household_id": home.id})
        writing.add_resident("opening", {"name": "ORANG LAIN", "sex": 1})
        writing.finish()
    clerk = staff(village)
    told = []
    with capture_logs() as logs:
        for typed, names in (
            (nik, {"PEMILIK NIK"}), (f"{nik[:6]} {nik[6:12]}-{nik[12:]}", {"PEMILIK NIK"}),
            (kk, {"PEMILIK NIK", "SEKELUARGA"}), (a_nik(), set()),
        ):  # fmt: skip
            answer = clerk.submit("/penduduk/cari", {"q": typed}, form="/penduduk")
            assert answer.status_code == 303
            told.append(answer.headers["Location"])
            page = clerk.get(answer.headers["Location"])
            told.append(page.text)
            assert {row[1] for row in ROW.findall(page.text)} == names
            assert facts(page.text)["Penduduk"] == len(names)
            typing = clerk.submit(
                "/penduduk/cari", {"q": typed}, form="/penduduk", headers={"HX-Request": "true"}
            )
            assert {row[1] for row in ROW.findall(typing.text)} == names
            told += [typing.text, typing.headers["HX-Replace-Url"]]
        led = clerk.get(f"/penduduk?q={nik}")
        assert led.status_code == 303
        told.append(led.headers["Location"])
    for text in (*told, *map(str, logs)):
        for number in (nik, kk, nik[:12], nik[6:]):
            assert number not in text
        assert not SIXTEEN.search(text)
    kept = b"".join(cache.client.get(key) or b"" for key in cache.client.keys("*:number:*"))
    assert kept
    assert nik.encode() not in kept


def test_half_a_number_is_told_and_never_an_address(village: Tenant, staff: Callable[..., Person]) -> None:
    clerk = staff(village)
    answer = clerk.submit(
        "/penduduk/cari", {"q": "18062001"}, form="/penduduk", headers={"HX-Request": "true"}
    )
    assert "dicari dengan 16 angkanya" in answer.text
    assert answer.headers["HX-Replace-Url"] == "/penduduk"
    plain = clerk.submit("/penduduk/cari", {"q": "18062001"}, form="/penduduk")
    assert (plain.status_code, "16 angkanya" in plain.text) == (200, True)


def test_a_number_search_that_is_over_says_so_and_lists_nobody(
    full: Tenant, staff: Callable[..., Person]
) -> None:
    page = staff(full).get("/penduduk?number=AAAAAAAAAAAAAAAAAAAAAAAA").text
    assert "hanya berlaku sepuluh menit" in page
    assert not ROW.findall(page)


def test_without_redis_the_answer_to_the_form_is_the_result(
    app: SigerFlask, village: Tenant, staff: Callable[..., Person], monkeypatch: pytest.MonkeyPatch
) -> None:
    nik = a_nik()
    a_resident(app, village, name="DICARI", nik=nik)
    clerk = staff(village)

    def away(question: object) -> object:
        raise CacheAway("gone")

    monkeypatch.setattr("app.government.residents.browse.numbers.cache.ask", away)
    answer = clerk.submit("/penduduk/cari", {"q": nik}, form="/penduduk")
    assert answer.status_code == 200
    assert [row[1] for row in ROW.findall(answer.text)] == ["DICARI"]
    assert nik not in answer.text


def test_a_village_never_finds_another_ones_people(
    app: SigerFlask, make_village: Callable[[], Tenant], staff: Callable[..., Person]
) -> None:
    one, other = make_village(), make_village()
    nik = a_nik()
    a_resident(app, one, name="MILIK SATU", nik=nik)
    clerk = staff(other)
    answer = clerk.submit("/penduduk/cari", {"q": nik}, form="/penduduk", follow_redirects=True)
    assert "MILIK SATU" not in answer.text
    token = staff(one).submit("/penduduk/cari", {"q": nik}, form="/penduduk").headers["Location"]
    assert "MILIK SATU" not in clerk.get(token).text


@pytest.mark.parametrize(
    "arguments", ["", "state=all", "without_kk=1", "welfare_class=2", "welfare_class=0", "q=an"]
)
def test_households_add_up_too(
    app: SigerFlask, full: Tenant, staff: Callable[..., Person], arguments: str
) -> None:
    clerk = staff(full)
    link = re.compile(r'<th scope="row"><a href="/keluarga/([0-9a-f-]{36})">')
    listed = [key for page in pages(clerk, f"/keluarga?{arguments}") for key in link.findall(page)]
    told = facts(clerk.get(f"/keluarga?{arguments}").text)
    assert len(listed) == len(set(listed)) == told["Keluarga"]
    with app.app_context(), tenant_scope(full):
        members = (
            db.session.query(Resident)
            .filter(Resident.household_id.in_(listed), Resident.vital_status == codes.ALIVE)
            .count()
        )
        assert told["Anggota"] == members == told["Laki-laki"] + told["Perempuan"]
        if not arguments:
            assert len(listed) == db.session.query(Household).filter_by(state="active").count()


def test_a_household_is_found_by_its_card_number(
    app: SigerFlask, village: Tenant, staff: Callable[..., Person]
) -> None:
    kk = a_kk()
    with app.app_context(), tenant_scope(village):
        writing = Writing(today())
        homes = [writing.add_household("household_opening", {"kk": number}) for number in (kk, a_kk(), "")]
        wanted = homes[0].id
        writing.finish()
    clerk = staff(village)
    answer = clerk.submit("/keluarga/cari", {"q": kk}, form="/keluarga", follow_redirects=True)
    assert re.findall(r'href="/keluarga/([0-9a-f-]{36})"', answer.text) == [str(wanted)]
    assert kk not in answer.text
    assert facts(answer.text)["Keluarga"] == 1


def test_the_list_leads_to_its_own_export(full: Tenant, staff: Callable[..., Person]) -> None:
    page = staff(full).get("/penduduk?sex=2&age_from=60").text
    assert 'href="/penduduk/ekspor?sex=2&amp;age_from=60"' in page
    assert "/penduduk/ekspor" not in staff(full, role="section_staff").get("/penduduk").text


def test_totals_of_another_past_are_not_shown_after_a_restore(
    app: SigerFlask, full: Tenant, staff: Callable[..., Person]
) -> None:
    clerk, path = staff(full), "/penduduk?sex=2"
    before = facts(clerk.get(path).text)["Perempuan"]
    with app.app_context(), tenant_scope(full):
        state = db.session.get_one(VillageState, 1)
        stood = (state.register_version, dict(state.settings))
    one = a_resident(app, full, sex=2)
    assert facts(clerk.get(path).text)["Perempuan"] == before + 1
    with app.app_context(), tenant_scope(full):
        db.session.execute(delete(LifeEvent).where(LifeEvent.resident_id == one))
        db.session.execute(delete(Resident).where(Resident.id == one))
        db.session.execute(update(VillageState).values(register_version=stood[0], settings=stood[1]))
        db.session.commit()
    man = a_resident(app, full, sex=1)
    with app.app_context(), tenant_scope(full):
        assert db.session.scalar(select(VillageState.register_version)) == stood[0] + 1
    assert facts(clerk.get(path).text)["Perempuan"] == before
    with app.app_context(), tenant_scope(full):
        db.session.execute(delete(LifeEvent).where(LifeEvent.resident_id == man))
        db.session.execute(delete(Resident).where(Resident.id == man))
        db.session.commit()
