"""A village gets another name, code or place, and a kabupaten is split off: nothing of the villages' own is lost."""

from __future__ import annotations

import datetime as dt
import io
import re
import threading
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
import xlsxwriter
from sqlalchemy import delete, func, select, update

from app.core.accounts.models import Membership
from app.core.hosting import SigerFlask
from app.core.indicators.models import IndicatorRollup, IndicatorValue, RollupDue
from app.core.indicators.rollup import roll_up_due
from app.core.regions.models import Region
from app.core.ui.formats import ZONE
from app.extensions import db
from app.province.life.renaming_models import VillagePast
from app.province.onboarding.applications.models import ApprovalRule
from tenants.bootstrap import libpq_url
from tenants.models import TenantRow, now
from tenants.provisioning import provision
from tenants.registry import find_tenant
from tenants.scope import Tenant, platform_scope
from tests.support.people import Person
from tests.support.servers import DatabaseUrls
from tests.support.visitors import Visitor
from tests.support.work import settle

Makes = Callable[[], Tenant]
Officer = Callable[..., Person]
Staff = Callable[..., Person]
GROUNDS = {"regulation": "Perda Nomor 4 Tahun 2026", "reason": "Usul musyawarah desa tahun lalu"}
NEW = "18.98"


def row_of(app: SigerFlask, village: Tenant) -> TenantRow:
    with app.app_context(), platform_scope():
        row = db.session.get(TenantRow, village.id)
        assert row is not None
        db.session.expunge(row)
        return row


def path(village: Tenant) -> str:
    return f"/desa/{village.id}/ubah-nama"


def renamed(person: Person, village: Tenant, **values: str) -> Any:
    """Send the form as it was opened just now, with other values."""
    typed = {"name": village.name, "term": village.term, "code": village.code, **GROUNDS}
    typed["row_version"] = version_shown(person, village)
    return person.submit(path(village), {**typed, **values})


def version_shown(person: Person, village: Tenant) -> str:
    """The version that the form bears; nothing for whoever does not see it."""
    found = re.search(r'name="row_version" value="(\d+)"', person.get(path(village)).text)
    return found[1] if found else ""


@pytest.fixture
def back(app: SigerFlask) -> Iterator[list[Tenant]]:
    """Villages whose codes a test changes; afterwards the map is as it was."""
    villages: list[Tenant] = []
    yield villages
    with app.app_context(), platform_scope():
        ids = [village.id for village in villages]
        borne = list(db.session.scalars(select(TenantRow.code).where(TenantRow.id.in_(ids))))
        db.session.execute(delete(VillagePast).where(VillagePast.tenant_id.in_(ids)))
        for village in villages:
            db.session.execute(
                update(TenantRow).where(TenantRow.id == village.id).values(code=f"~{village.id}")
            )
        for village in villages:
            district, regency = village.region_path
            db.session.execute(
                update(TenantRow).where(TenantRow.id == village.id)
                .values(code=village.code, name=village.name, kind=village.kind, term=village.term,
                        district_code=village.district_code, district_name=district,
                        regency_code=village.regency_code, regency_name=regency)
            )  # fmt: skip
        db.session.execute(delete(Region).where(Region.code.startswith(NEW) | Region.code.in_(borne)))
        db.session.execute(delete(IndicatorRollup).where(IndicatorRollup.region_code.startswith(NEW)))
        known = set(db.session.scalars(select(Region.code)))
        for village in villages:
            for code, level, name in (
                (village.district_code, 3, village.region_path[0]),
                (village.code, 4, village.name),
            ):
                if code not in known:
                    known.add(code)
                    db.session.add(Region(code=code, parent_code=code.rpartition(".")[0], name=name, level=level,
                                          kind="kecamatan" if level == 3 else village.kind))  # fmt: skip
        db.session.commit()


def test_another_name_is_on_every_page_and_the_old_one_still_finds_the_village(
    app: SigerFlask, village: Tenant, officer: Officer, staff: Staff, back: list[Tenant]
) -> None:
    back.append(village)
    person, clerk, name = officer(), staff(village), f"Sinar {village.code[-4:]}x"
    assert renamed(person, village, name=name, term="Tiyuh").status_code == 303
    settle(app)
    front = Visitor(app, f"{village.slug}.localhost").get("/")
    assert f"Tiyuh {name}" in front.text
    row = row_of(app, village)
    assert (row.schema_name, row.slug, row.code) == (village.schema, village.slug, village.code)
    assert village.code in person.get("/desa", query_string={"q": village.name}).text
    page = person.get(path(village)).text
    assert f"{village.term} {village.name}" in page
    assert GROUNDS["regulation"] in page
    life = person.get(f"/desa/{village.id}/riwayat-hidup").text
    if village.term == "Tiyuh":
        assert f"· {village.name} → {name} ·" in life
    else:
        assert f"{village.term} {village.name} → Tiyuh {name}" in life
    assert "kode, atau wilayah" in clerk.get("/pemberitahuan").text
    assert "mengubah nama, kode, atau wilayah desa" in clerk.get("/pengaturan/audit").text


def test_early_in_the_morning_a_name_ends_on_the_day_that_it_is_in_lampung(
    app: SigerFlask, village: Tenant, officer: Officer, back: list[Tenant], monkeypatch: pytest.MonkeyPatch
) -> None:
    back.append(village)
    early = dt.datetime(2026, 11, 22, 18, 30, tzinfo=dt.UTC)
    monkeypatch.setattr("app.province.life.renaming.now", lambda: early)
    answer = renamed(officer(), village, name=f"Pagi {village.code[-4:]}x", effective_on="")
    assert answer.status_code == 303
    with app.app_context(), platform_scope():
        past = db.session.scalars(select(VillagePast).where(VillagePast.tenant_id == village.id)).one()
        assert past.used_until == dt.date(2026, 11, 23)


def test_another_code_moves_it_to_another_kecamatan_and_figures_follow_on_both_sides(
    app: SigerFlask, make_village: Makes, officer: Officer, back: list[Tenant]
) -> None:
    village, neighbour = make_village(), make_village()
    back.append(village)
    with app.app_context(), platform_scope():
        other = db.session.scalars(
            select(Region).where(
                Region.level == 3, Region.code != village.district_code, Region.code.startswith(village.code[:5])
            ).order_by(Region.code)
        ).first()  # fmt: skip
        assert other is not None
        district, name = other.code, other.name
        db.session.add(
            IndicatorValue(period=dt.date(2019, 3, 1), tenant_id=village.id, code="residents.total", value=7)
        )
        db.session.commit()
    code = f"{district}.2{int(village.code[-3:]) % 400 + 500}"
    assert renamed(officer(), village, code=code).status_code == 303
    row = row_of(app, village)
    assert (row.code, row.district_code, row.district_name) == (code, district, name)
    with app.app_context(), platform_scope():
        due = select(RollupDue.district_code).where(RollupDue.period == dt.date(2019, 3, 1))
        marked = set(db.session.scalars(due))
        assert {district, village.district_code} <= marked or roll_up_due() >= 0
        roll_up_due()
        sums = dict(
            db.session.execute(
                select(IndicatorRollup.region_code, func.sum(IndicatorRollup.value))
                .where(
                    IndicatorRollup.period == dt.date(2019, 3, 1), IndicatorRollup.code == "residents.total"
                )
                .group_by(IndicatorRollup.region_code)
            ).all()
        )
        assert sums.get(district) == 7
        assert village.district_code not in sums
        db.session.execute(delete(IndicatorValue).where(IndicatorValue.period == dt.date(2019, 3, 1)))
        db.session.execute(delete(IndicatorRollup).where(IndicatorRollup.period == dt.date(2019, 3, 1)))
        db.session.commit()
    found = officer().get("/desa", query_string={"q": village.code}).text
    assert str(village.id) in found
    assert Visitor(app, f"{village.slug}.localhost").get("/").status_code == 200
    with app.app_context():
        assert find_tenant(code).schema == village.schema
    assert neighbour.code != code


def test_what_can_t_be_a_code_or_is_another_village_s_is_refused(
    app: SigerFlask, make_village: Makes, officer: Officer
) -> None:
    village, other, person = make_village(), make_village(), officer()
    for code in ("", "18", "18.06.20", "19.01.01.2001", f"{village.district_code}.3001", "18.99.01.2001", other.code,
                 f"{village.district_code}.2001x", "18.06.20.2006\x00"):  # fmt: skip
        sent = renamed(person, village, code=code)
        assert sent.status_code == 422, code
        assert 'id="f-code-error"' in sent.text
    for field in ("name", "term"):
        for wrong in ("<b>Gisting</b>", "12", "Gisting; DROP"):
            sent = renamed(person, village, **{field: wrong})
            assert (sent.status_code, f'id="f-{field}-error"' in sent.text) == (422, True), (field, wrong)
    assert renamed(person, village, reason="").status_code == 422
    assert "Tidak ada yang berbeda" in renamed(person, village).text
    assert row_of(app, village).code == village.code


def test_who_may_not_or_sees_another_region_is_kept_out(village: Tenant, officer: Officer) -> None:
    elsewhere = "18.06" if not village.code.startswith("18.06") else "18.01"
    assert officer("regency_admin", region=elsewhere).get(path(village)).status_code in (403, 404)
    assert officer("province_analyst").get(path(village)).status_code in (403, 404)
    assert officer("regency_admin", region="18.06").get("/kabupaten-baru").status_code == 403


def test_two_officers_at_once_one_wins_and_the_other_is_told(
    app: SigerFlask, village: Tenant, officer: Officer, back: list[Tenant]
) -> None:
    back.append(village)
    people, ready = [officer(), officer()], threading.Barrier(2)
    shown = version_shown(people[0], village)
    answers: dict[int, str] = {}

    def say(number: int) -> None:
        ready.wait()
        answers[number] = renamed(people[number], village, name=f"Nama {number}", row_version=shown).location

    threads = [threading.Thread(target=say, args=(number,)) for number in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    winner = int(row_of(app, village).name[-1])
    assert answers[winner].endswith(f"/desa/{village.id}")
    assert answers[1 - winner].endswith(path(village))
    with app.app_context(), platform_scope():
        query = select(VillagePast.name).where(VillagePast.tenant_id == village.id)
        assert db.session.scalars(query).all() == [village.name]


def test_a_form_that_stood_open_does_not_take_back_what_was_decided_meanwhile(
    app: SigerFlask, village: Tenant, officer: Officer, back: list[Tenant]
) -> None:
    back.append(village)
    first, second = officer(), officer()
    shown = version_shown(first, village)
    assert renamed(second, village, name="Nama Keputusan").status_code == 303
    late = renamed(first, village, term="Desa", row_version=shown)
    assert late.status_code == 303
    told = first.get(path(village)).text
    assert "Nama Keputusan" in told
    assert "diubah orang lain sesudah formulir dibuka" in told
    assert row_of(app, village).name == "Nama Keputusan"
    assert (
        first.submit(
            path(village), {"name": "A B", "term": "Desa", "code": village.code, **GROUNDS}
        ).status_code
        == 422
    )


def test_a_change_holds_from_today_at_the_latest(app: SigerFlask, village: Tenant, officer: Officer) -> None:
    tomorrow = (now().astimezone(ZONE).date() + dt.timedelta(days=1)).isoformat()
    answer = renamed(officer(), village, name="Nama Esok", effective_on=tomorrow)
    assert answer.status_code == 422
    assert "tanggal ini belum tiba" in answer.text
    assert row_of(app, village).name == village.name


def test_a_new_village_under_an_old_code_gets_a_schema_of_its_own(
    app: SigerFlask, make_village: Makes, officer: Officer, back: list[Tenant], urls: DatabaseUrls
) -> None:
    village = make_village()
    back.append(village)
    assert (
        renamed(
            officer(), village, code=f"{village.district_code}.2{int(village.code[-3:]) % 400 + 500}"
        ).status_code
        == 303
    )
    with app.app_context(), platform_scope():
        fresh = TenantRow(
            code=village.code, name="Baru", slug=f"baru-{village.code.replace('.', '')}", kind=village.kind,
            term=village.term, words={}, regency_code=village.regency_code, regency_name=village.region_path[1],
            district_code=village.district_code, district_name=village.region_path[0],
        )  # fmt: skip
        db.session.add(fresh)
        db.session.commit()
        key = fresh.id
    with psycopg.connect(libpq_url(urls.owner_url), autocommit=True) as conn:
        assert provision(conn, key, role_prefix=app.config["SETTINGS"].tenant_role_prefix)
    with app.app_context(), platform_scope():
        row = db.session.get(TenantRow, key)
        assert row is not None
        assert row.schema_name == f"{village.schema}_2"
        row.code = f"{village.district_code}.2999"
        db.session.commit()


def regency(**values: str) -> dict[str, str]:
    return {"regency_code": NEW, "regency_name": "Kabupaten Uji Tenggara", **GROUNDS, **values}


def test_a_kabupaten_is_split_off_after_a_look_that_changes_nothing(
    app: SigerFlask, make_village: Makes, officer: Officer, back: list[Tenant]
) -> None:
    villages = [make_village() for _ in range(3)]
    back += villages
    person = officer()
    codes = "kode lama;kode baru;kecamatan\n" + "\n".join(
        f"{village.code};{NEW}.01.{2001 + number};Gunung Uji" for number, village in enumerate(villages)
    )
    shown = person.submit("/kabupaten-baru", regency(codes=codes))
    assert shown.status_code == 200
    assert "Belum ada yang berubah" in shown.text
    assert row_of(app, villages[0]).code == villages[0].code
    done = person.submit(
        "/kabupaten-baru/jalankan", {**regency(codes=codes), "expected": "3"}, form="/kabupaten-baru"
    )
    assert done.status_code == 303, done.text
    for number, village in enumerate(villages):
        row = row_of(app, village)
        assert (row.code, row.district_name, row.regency_name) == (
            f"{NEW}.01.{2001 + number}", "Gunung Uji", "Kabupaten Uji Tenggara"
        )  # fmt: skip
        assert (row.schema_name, row.slug) == (village.schema, village.slug)
    assert "Kabupaten Uji Tenggara" in person.get("/desa", query_string={"kab": NEW}).text
    for page in ("/", "/desa", f"/desa/{villages[0].id}", f"/desa?kab={NEW}&kec={NEW}.01"):
        assert person.get(page).status_code == 200, page
    assert officer("regency_admin", region=NEW).get(f"/desa/{villages[1].id}").status_code == 200
    settle(app)
    again = person.submit("/kabupaten-baru", regency(codes=codes))
    assert again.status_code == 422
    assert "sudah dipakai Kabupaten Uji Tenggara" in again.text


def test_a_kecamatan_that_goes_over_whole_takes_its_officers_with_it(
    app: SigerFlask, make_village: Makes, officer: Officer, back: list[Tenant]
) -> None:
    village, home = make_village(), "18.97"
    back.append(village)
    # A kecamatan of this village alone, so that the list holds all of it.
    with app.app_context(), platform_scope():
        db.session.execute(
            update(TenantRow).where(TenantRow.id == village.id)
            .values(code=f"{home}.01.2001", district_code=f"{home}.01", regency_code=home)
        )  # fmt: skip
        db.session.add(ApprovalRule(region_code=home, level=3))
        db.session.commit()
    below, above = officer("district_officer", region=f"{home}.01"), officer("regency_admin", region=home)
    codes = f"{home}.01.2001;{NEW}.01.2001"
    shown = officer().submit("/kabupaten-baru", regency(codes=codes))
    assert shown.status_code == 200
    sent = {**regency(codes=codes), "expected": "1"}
    assert officer().submit("/kabupaten-baru/jalankan", sent, form="/kabupaten-baru").status_code == 303
    with app.app_context(), platform_scope():
        regions = dict(
            db.session.execute(
                select(Membership.account_id, Membership.region_code).where(
                    Membership.account_id.in_([below.account_id, above.account_id])
                )
            ).all()
        )
        rule = db.session.get(ApprovalRule, NEW)
        assert rule is not None
        assert rule.level == 3
        db.session.execute(delete(ApprovalRule).where(ApprovalRule.region_code.in_([home, NEW])))
        db.session.commit()
    assert regions == {below.account_id: f"{NEW}.01", above.account_id: home}
    assert below.get(f"/desa/{village.id}").status_code == 200
    assert above.get(f"/desa/{village.id}").status_code == 404


def test_codes_may_pass_from_one_village_of_the_list_to_another(
    app: SigerFlask, make_village: Makes, officer: Officer, back: list[Tenant]
) -> None:
    first, second = make_village(), make_village()
    back += [first, second]
    person = officer()
    there = [f"{NEW}.01.2001", f"{NEW}.01.2002"]
    codes = f"{first.code}\t{there[0]}\n{second.code}\t{there[1]}"
    sent = {**regency(codes=codes), "expected": "2"}
    assert person.submit("/kabupaten-baru/jalankan", sent, form="/kabupaten-baru").status_code == 303
    swapped = renamed(person, first, code=there[1])
    assert swapped.status_code == 422
    assert "sudah dipakai" in swapped.text


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("18.06.20.9999;18.98.01.2001", "tulis kode lama"),
        ("18.06.99.2999;18.98.01.2001", "tidak ada desa berkode"),
        ("{code};18.06.01.2001", "bukan kode dalam kabupaten"),
        ("{code};18.98.01.2001\n{code};18.98.01.2002", "sudah ada di atasnya"),
        ("{code};18.98.01.2001\n18.98", "tulis kode lama"),
        ("{code};18.98.01.2001;<b>Baru</b>", "bukan nama kecamatan"),
        ("abc", "Tidak ada baris"),
    ],
)
def test_a_list_with_a_mistake_changes_nothing_and_names_the_line(
    app: SigerFlask, village: Tenant, officer: Officer, line: str, sentence: str
) -> None:
    codes, person = line.format(code=village.code), officer()
    shown = person.submit("/kabupaten-baru", regency(codes=codes))
    assert shown.status_code == 422
    assert sentence in shown.text
    sent = {**regency(codes=codes), "expected": "1"}
    assert person.submit("/kabupaten-baru/jalankan", sent, form="/kabupaten-baru").status_code == 422
    assert row_of(app, village).code == village.code
    with app.app_context(), platform_scope():
        assert db.session.get(Region, NEW) is None


def test_what_is_wrong_stands_in_the_order_of_the_lines(village: Tenant, officer: Officer) -> None:
    codes = (
        f"{village.code};{NEW}.01.2001\n99.99.99.9999;{NEW}.01.2002\nbukan kode\n99.99.99.9998;{NEW}.01.2003"
    )
    shown = officer().submit("/kabupaten-baru", regency(codes=codes)).text
    assert re.findall(r"Baris (\d+):", shown) == ["2", "3", "4"]


def test_what_was_shown_is_what_is_done(app: SigerFlask, village: Tenant, officer: Officer) -> None:
    sent = {**regency(codes=f"{village.code};{NEW}.01.2001"), "expected": "5"}
    refused = officer().submit("/kabupaten-baru/jalankan", sent, form="/kabupaten-baru")
    assert refused.status_code == 422
    assert "Daftar berubah sejak diperiksa" in refused.text
    assert row_of(app, village).code == village.code


def test_the_list_may_be_a_workbook(app: SigerFlask, village: Tenant, officer: Officer) -> None:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["Kode lama", "Kode baru", "Kecamatan"])
        sheet.write_row(1, 0, [village.code, f"{NEW}.01.2001", "Gunung Uji"])
    person = officer()
    typed = {**regency(codes=""), "file": (io.BytesIO(file.getvalue()), "kode.xlsx")}
    shown = person.submit("/kabupaten-baru", typed)
    assert shown.status_code == 200, shown.text
    assert "Gunung Uji" in shown.text
    broken = {**regency(codes=""), "file": (io.BytesIO(b"PK\x03\x04 no workbook"), "kode.xlsx")}
    assert person.submit("/kabupaten-baru", broken).status_code == 422
