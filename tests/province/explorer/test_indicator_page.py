"""One indicator's page: value, changes, ranking with ties, what stands apart and why, course, definition."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import replace
from html import unescape
from typing import Any

import pytest
from sqlalchemy import func, select, update

from app.core.audit.models import PlatformAuditEntry
from app.core.hosting import SigerFlask
from app.core.indicators.declarations import ZONE, Direction, declared
from app.core.indicators.models import IndicatorDaily, IndicatorVersion
from app.extensions import cache, db
from app.province.explorer import asking
from app.province.explorer.ranking import Line, rank
from app.province.figures import MISSING, Place
from tenants.models import TenantRow, now
from tenants.scope import platform_scope
from tests.province.explorer.conftest import HERE
from tests.support.figures import add_up, forget_elsewhere, month, tell, village_id
from tests.support.visitors import Visitor

Officer = Callable[..., Visitor]


def text_of(page: str) -> str:
    """What a page says, without its markup."""
    main = page[page.index("<main") :]
    words = re.sub(r"<(script|style|svg).*?</\1>", "", main, flags=re.S)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", words)).split())


def ranks_of(page: str) -> list[tuple[str, str, str]]:
    """Rank, name and value of the rows of the ranking."""
    table = page[page.index("table-names") :]
    rows = re.findall(r"<tr>\s*<td class=\"end rank\".*?</tr>", table, flags=re.S)
    found = []
    for row in rows:
        cells = [
            " ".join(unescape(re.sub(r"<[^>]+>", " ", cell)).split()) for cell in re.split(r"</t[dh]>", row)
        ]
        found.append((cells[0].split()[0], cells[1], cells[2]))
    return found


@pytest.fixture
def analyst(officer: Officer, told: list[str]) -> Visitor:
    """Somebody of the province; there are figures."""
    return officer("province_analyst")


def test_the_page_tells_value_freshness_and_who_told_it(analyst: Visitor) -> None:
    said = text_of(analyst.get(f"/indikator/pop.total?wilayah={HERE}").text)
    assert "550" in said
    assert "5 dari 8 desa menyampaikan" in said
    assert re.search(r"Per \d+ \w+ \d{4} \d\d\.\d\d WIB", said)
    assert "menurut buku mutasi" in said, "the definition stands on the page"
    assert "Kecamatan Abung Tinggi" in said


def test_changes_against_month_and_year_are_words(analyst: Visitor, told: list[str]) -> None:
    said = text_of(analyst.get(f"/indikator/pop.total?wilayah={told[0]}").text)
    assert re.search(r"Naik 50 \(20%\) dari 250 pada \w+ \d{4}\.", said)
    assert re.search(r"Tetap sejak \w+ \d{4}\.", said)
    share = text_of(analyst.get(f"/indikator/letters.online_share?wilayah={told[0]}").text)
    assert re.search(r"Naik 40 poin persen dari 50% pada", share)
    assert "untuk dibandingkan" in share, "no figure a year ago is said, not taken for zero"


def test_equal_values_share_a_rank_and_the_next_is_skipped(analyst: Visitor) -> None:
    rows = ranks_of(analyst.get(f"/indikator/pop.total?wilayah={HERE}").text)
    assert [row[0] for row in rows] == ["1", "2", "2", "4", "5"]
    assert [row[2] for row in rows] == ["300", "100", "100", "50", "0"]
    assert rows[4][1] == "Desa Sido Kayo", "a zero is a figure"


@pytest.mark.parametrize(
    ("direction", "ranks"),
    [
        ("higher", {"d": 1, "b": 2, "c": 2, "a": 4}),
        ("neutral", {"d": 1, "b": 2, "c": 2, "a": 4}),
        ("lower", {"a": 1, "b": 2, "c": 2, "d": 4}),
    ],
)
def test_the_direction_says_who_is_first(direction: Direction, ranks: dict[str, int]) -> None:
    values = {"a": 0.1, "b": 0.1 + 0.2, "c": 0.3, "d": 9.0, "e": None}
    lines = [Line(code, code, value, lambda: (Place("x", "x", 4), MISSING)) for code, value in values.items()]
    found = rank(lines, direction)
    assert {line.code: line.rank for line in found.ranked} == ranks
    assert [line.code for line in found.ranked] == list(ranks)
    assert [line.code for line in found.apart] == ["e"]
    assert {line.code for line in found.ranked if line.is_shared} == {"b", "c"}


def test_lower_is_better_ranks_the_least_first(analyst: Visitor) -> None:
    page = analyst.get(f"/indikator/letters.median_hours?wilayah={HERE}").text
    assert [row[1] for row in ranks_of(page)] == ["Desa Ulak Rengas", "Desa Muara Dua"]
    assert "Makin rendah makin baik" in page
    neutral = analyst.get(f"/indikator/pop.total?wilayah={HERE}").text
    assert "Peringkat</th>" not in neutral
    assert "Tidak ada arah yang lebih baik" in neutral


def test_missing_and_hidden_places_stand_apart_with_the_reason(analyst: Visitor) -> None:
    page = analyst.get(f"/indikator/pop.disabled?wilayah={HERE}").text
    said = text_of(page)
    assert [row[2] for row in ranks_of(page)] == ["30", "12", "0"]
    assert "Desa Muara Dua <5 Kurang dari 5 orang" in said
    assert "Desa Sekipi disembunyikan Disembunyikan supaya angka kecil" in said
    assert "Desa Suka Maju – Belum memakai Siger: belum diundang." in said
    assert not re.search(r"\b(3|9) (orang|desa)?\s*(Desa Muara Dua|Desa Sekipi)", said)
    assert '"value": 3' not in unescape(page)


def test_a_place_is_found_sorted_and_led_down_to(analyst: Visitor, told: list[str]) -> None:
    found = ranks_of(analyst.get(f"/indikator/pop.total?wilayah={HERE}&cari=sekipi").text)
    assert found == [("4", "Desa Sekipi", "50")], "the rank stays that of the whole list"
    by_name = [row[1] for row in ranks_of(analyst.get(f"/indikator/pop.total?wilayah={HERE}&urut=nama").text)]
    assert by_name == sorted(by_name)
    rising = [row[2] for row in ranks_of(analyst.get(f"/indikator/pop.total?wilayah={HERE}&urut=naik").text)]
    assert rising == ["0", "50", "100", "100", "300"]
    page = analyst.get(f"/indikator/pop.total?wilayah={HERE}").text
    assert f"wilayah={told[0]}" in page
    village = analyst.get(f"/indikator/pop.total?wilayah={told[0]}").text
    assert "Kartu desa" in village
    assert "table-names" not in village, "nothing lies below a village"


def test_all_villages_of_the_province_are_paged(analyst: Visitor) -> None:
    first = analyst.get("/indikator/pop.total?tingkat=4&bagian=tanpa").text
    said = text_of(first)
    paged = re.search(r"50 dari (\d\.\d{3})", said)
    assert paged is not None, said[-3000:]
    assert int(paged[1].replace(".", "")) > 1000, "most villages tell nothing, whatever other tests have told"
    last = analyst.get("/indikator/pop.total?tingkat=4&bagian=tanpa&hal=999999")
    assert last.status_code == 200
    assert "sedang dibuka" in last.text
    assert "Kecamatan" in text_of(first), "villages of the same name are told apart by where they lie"


def test_the_course_has_gaps_and_the_spread_its_buckets(analyst: Visitor, told: list[str]) -> None:
    page = unescape(analyst.get(f"/indikator/pop.total?wilayah={told[0]}").text)
    values = re.search(r'"values": (\[[^\]]*\])', page)
    assert values is not None
    line = values.group(1)
    assert line.count("null") == 33
    assert line.endswith("250.0, 300.0]")
    spread = text_of(analyst.get(f"/indikator/letters.median_hours?wilayah={told[0]}").text)
    assert "Sebaran" in spread
    assert "0,5–1 jam" in spread


def test_per_thousand_residents_makes_places_comparable(analyst: Visitor) -> None:
    rows = ranks_of(analyst.get(f"/indikator/letters.issued?wilayah={HERE}&ukuran=per1000").text)
    assert [row[2] for row in rows] == ["200", "100", "100", "33,3"]
    said = text_of(analyst.get(f"/indikator/letters.issued?wilayah={HERE}&ukuran=per1000").text)
    assert "Jumlah penduduknya belum ada" in said


def test_made_up_figures_and_other_systems_are_marked(
    app: SigerFlask, analyst: Visitor, told: list[str]
) -> None:
    said = text_of(analyst.get(f"/indikator/complaints.received?wilayah={HERE}").text)
    assert said.count("Data contoh") >= 2
    with app.app_context(), platform_scope():
        chosen = update(TenantRow).where(TenantRow.code == told[5])
        db.session.execute(chosen.values(software="OpenSID"))
        db.session.commit()
    try:
        said = text_of(analyst.get(f"/indikator/complaints.received?wilayah={HERE}").text)
        assert "OpenSID belum mengirim angka ini." in said
    finally:
        with app.app_context(), platform_scope():
            db.session.execute(chosen.values(software=None))
            db.session.commit()


def test_daily_values_of_ninety_days_are_drawn(app: SigerFlask, analyst: Visitor, told: list[str]) -> None:
    code = "adoption.staff_active_7d"
    today = now().astimezone(ZONE).date()
    with app.app_context(), platform_scope():
        for ago, value in ((0, 4), (2, 3), (200, 9)):
            for village in told[:2]:
                ident = db.session.scalars(select(TenantRow.id).where(TenantRow.code == village)).one()
                day = today - dt.timedelta(days=ago)
                db.session.add(IndicatorDaily(day=day, tenant_id=ident, code=code, value=value))
        db.session.commit()
    cache.try_ask(lambda client: client.delete(*client.keys("siger:p:daily:*") or ["none"]), 0)
    page = unescape(analyst.get(f"/indikator/{code}?wilayah={HERE}").text)
    assert "Hari demi hari" in page
    assert "6.0, null, 8.0" in page
    assert page.count("null, 8.0]") == 1, "what lies further back is not drawn"


def test_the_first_look_of_an_hour_is_audited(app: SigerFlask, officer: Officer, told: list[str]) -> None:
    somebody: Any = officer("regency_analyst", "18.03")
    for _ in range(2):
        somebody.get(f"/indikator/pop.total?wilayah={HERE}")
    with app.app_context(), platform_scope():
        seen = db.session.scalar(
            select(func.count())
            .select_from(PlatformAuditEntry)
            .where(
                PlatformAuditEntry.actor_id == somebody.account_id,
                PlatformAuditEntry.action == "figures.viewed",
                PlatformAuditEntry.object_id == f"pop.total {HERE}",
            )
        )
    assert seen == 1


def test_the_page_asks_at_most_eight_queries(officer: Officer, told: list[str], count_queries: Any) -> None:
    somebody = officer("province_analyst")
    for query in ("", "?tingkat=4", f"?wilayah={HERE}", f"?wilayah={told[0]}", "?tingkat=3&ukuran=per1000"):
        for code in ("pop.disabled", "adoption.staff_active_7d"):
            if "per1000" in query and code == "pop.disabled":
                continue
            path = f"/indikator/{code}{query}"
            somebody.get(path)
            with count_queries(at_most=8):
                assert somebody.get(path).status_code == 200
    somebody.get("/indikator")
    with count_queries(at_most=8):
        somebody.get("/indikator")


def test_the_newest_month_with_a_figure_is_shown_first(analyst: Visitor, app: SigerFlask) -> None:
    assert village_id(app, f"{HERE}.2001")
    page = analyst.get("/indikator/pop.births").text
    assert f'value="{month():%Y-%m}" selected' in page, "where nobody told anything it is the present month"


def test_a_changed_definition_is_marked_where_it_began(
    app: SigerFlask, analyst: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, since = "pop.moved_in", month(3)
    with app.app_context(), platform_scope():
        for version, first, told in ((1, month(30), "Cara lama"), (2, since, "Cara baru")):
            db.session.merge(
                IndicatorVersion(
                    code=code,
                    version=version,
                    holds_from=first,
                    definition={"definition": told},
                    noted_at=now(),
                )
            )
        db.session.commit()
    tell(app, f"{HERE}.2001", {code: 3})
    add_up(app)
    second = [replace(one, version=2) if one.code == code else one for one in declared()]
    monkeypatch.setattr(asking, "declared", lambda: second)
    page = unescape(analyst.get(f"/indikator/{code}?wilayah={HERE}.2001").text)
    assert "definisi versi 2" in page
    said = text_of(page)
    assert said.index("Cara baru") < said.index("Cara lama")


def test_the_catalogue_tells_every_indicator_with_its_figure(analyst: Visitor) -> None:
    said = text_of(analyst.get(f"/indikator?wilayah={HERE}").text)
    for one in declared():
        assert one.label in said
    assert re.search(r"orang · 5 dari 8 desa menyampaikan · .{3,30} yang lalu 54", said)
    found = text_of(analyst.get(f"/indikator?wilayah={HERE}&cari=DISABILITAS penyandang").text)
    assert "Penyandang disabilitas" in found
    assert "Surat terbit" not in found
    pillar = text_of(analyst.get("/indikator?pilar=adoption").text)
    assert "Surat terbit" not in pillar
    assert "Terakhir dipakai" in pillar
    assert "Tidak ada indikator yang cocok" in analyst.get("/indikator?cari=zzz").text


def test_desa_and_kelurahan_are_told_apart(analyst: Visitor) -> None:
    said = text_of(analyst.get("/indikator/pop.total?wilayah=18.03&jenis=kelurahan").text)
    assert re.search(r"0 dari \d+ kelurahan|Belum ada yang menyampaikan", said)
    assert "Kecamatan Abung Tinggi" not in said, "a kecamatan without a kelurahan is not in the list"
    sensitive = text_of(analyst.get("/indikator/pop.disabled?wilayah=18.03&jenis=desa").text)
    assert "untuk desa dan kelurahan bersama" in sensitive


def test_a_sensitive_count_of_both_kinds_is_divided_by_the_people_of_both(
    app: SigerFlask, analyst: Visitor
) -> None:
    district = "18.10.01"
    with app.app_context(), platform_scope():
        query = select(TenantRow.kind, func.min(TenantRow.code)).where(TenantRow.district_code == district)
        first = dict(db.session.execute(query.group_by(TenantRow.kind)).all())
    tell(app, first["desa"], {"pop.total": 1000, "pop.disabled": 10})
    tell(app, first["kelurahan"], {"pop.total": 4000, "pop.disabled": 40})
    forget_elsewhere(app, "pop.disabled", [district])
    add_up(app)
    for kind in ("desa", "kelurahan"):
        asked = f"ukuran=per1000&jenis={kind}"
        page = analyst.get(f"/indikator/pop.disabled?wilayah=18.10&tingkat=3&{asked}").text
        assert ("Kecamatan Pringsewu", "10") in [row[1:] for row in ranks_of(page)]
        course = unescape(analyst.get(f"/indikator/pop.disabled?wilayah={district}&{asked}").text)
        assert re.search(r'"values": \[[^\]]*null, 10\.0\]', course)


def test_months_long_ago_have_their_course_and_comparison(analyst: Visitor) -> None:
    for ago in (1, 12, 24, 35, 36, 37, 100):
        first = month(ago)
        answer = analyst.get(f"/indikator/pop.total?wilayah={HERE}&bulan={first:%Y-%m}")
        assert answer.status_code == 200, ago
        assert f'value="{first:%Y-%m}" selected' in answer.text
    assert "Waktu itu" not in text_of(
        analyst.get(f"/indikator/pop.total?wilayah={HERE}&bulan={month(1):%Y-%m}").text
    )
