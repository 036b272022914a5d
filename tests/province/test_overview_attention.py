"""Villages that need help: each reason, several at once, worst first, narrowed, exported."""

from __future__ import annotations

import datetime as dt
import io
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import delete, select, update

from app.core.audit.models import PlatformAuditEntry
from app.core.hosting import SigerFlask
from app.core.indicators.declarations import Value
from app.core.indicators.models import IndicatorFailure
from app.extensions import db
from app.province import attention
from tenants.models import PlatformJobRun, TenantRow, TenantState, now
from tenants.scope import platform_scope
from tests.province.test_overview import change
from tests.support.figures import add_up, month, tell, village_id
from tests.support.visitors import Visitor

Officer = Callable[..., Visitor]
DISTRICT = "18.07.13"
LINK = re.compile(r'<th scope="row"><a href="/desa/[0-9a-f-]{36}">([^<]*)</a>')
ROW = re.compile(r"<tr>\s*<th scope=\"row\">.*?</tr>", re.DOTALL)


def ago(days: int) -> dt.datetime:
    """A moment so many days ago."""
    return now() - dt.timedelta(days=days, hours=1)


def without_systems(app: SigerFlask, district: str) -> None:
    """Let no village of a kecamatan run other software, whatever tests before have left there."""
    with app.app_context(), platform_scope():
        here = TenantRow.district_code == district
        db.session.execute(update(TenantRow).where(here).values(software=None))
        db.session.commit()


@pytest.fixture(scope="module")
def troubled(app: SigerFlask) -> Iterator[dict[str, str]]:
    """Villages of one kecamatan by their trouble, and one without any."""
    codes = {
        name: f"{DISTRICT}.200{at}"
        for at, name in enumerate(("dormant", "stuck", "fallen", "failing", "silent", "promise"), start=1)
    }
    without_systems(app, DISTRICT)
    change(app, codes["dormant"], state=TenantState.DORMANT, live_at=ago(200), last_activity_at=ago(44))
    change(app, codes["stuck"], state=TenantState.PROVISIONED, provisioned_at=ago(20))
    change(app, codes["silent"], software="SIMDA-X")
    tell(app, codes["fallen"], {"readiness.index": Value(61.0, 61.0, 1.0)}, ago=3)
    tell(
        app,
        codes["fallen"],
        {"readiness.index": Value(49.0, 49.0, 1.0), "letters.within_promise_share": Value(0.9, 9.0, 10.0)},
    )
    tell(app, codes["promise"], {"letters.within_promise_share": Value(0.3, 3.0, 10.0)})
    tell(app, codes["dormant"], {"letters.within_promise_share": Value(0.0, 0.0, 4.0)})
    tell(app, codes["silent"], {"staff.count": 5}, ago=2, source="push")
    add_up(app, [0, 2, 3])
    with app.app_context(), platform_scope():
        for code in ("pop.total", "pop.male"):
            db.session.add(
                IndicatorFailure(tenant_id=village_id(app, codes["failing"]), code=code, reason="waktu habis")
            )
        db.session.commit()
    yield codes
    with app.app_context(), platform_scope():
        db.session.execute(delete(IndicatorFailure))
        db.session.commit()
    for code in codes.values():
        change(
            app,
            code,
            state=TenantState.LISTED,
            live_at=None,
            last_activity_at=None,
            provisioned_at=None,
            software=None,
        )


@pytest.fixture
def reader(officer: Officer) -> Visitor:
    """Somebody who reads and exports."""
    return officer("regency_analyst", "18.07")


def reasons(page: str) -> list[list[str]]:
    """What the rows of the list say, tag by tag."""
    return [re.findall(r'class="tag tag-\w+">([^<]+)<', row) for row in ROW.findall(page)]


def test_every_reason_is_found_and_the_worst_comes_first(troubled: dict[str, str], reader: Visitor) -> None:
    page = reader.get(f"/perlu-bantuan?kec={DISTRICT}").text
    rows = reasons(page)
    assert len(rows) == 6
    assert rows[0][:2] == ["Diam 44 hari", "Hanya 0% surat sesuai janji"], "two reasons stand before one"
    told = [row[0] for row in rows[1:]]
    assert told[0].startswith("Tidak mengirim angka ")
    assert told[1] == "Penyiapan terhenti 20 hari"
    assert set(told[2:]) == {
        "Indeks kesiapan turun 12 poin", "2 angka gagal dihitung", "Hanya 30% surat sesuai janji"
    }  # fmt: skip


@pytest.mark.parametrize(
    ("reason", "count"),
    [
        ("dormant", 1),
        ("stuck", 1),
        ("fallen", 1),
        ("failing", 1),
        ("silent", 1),
        ("promise", 2),
        ("nonsense", 6),
    ],
)
def test_one_reason_alone(troubled: dict[str, str], reader: Visitor, reason: str, count: int) -> None:
    page = reader.get(f"/perlu-bantuan?kec={DISTRICT}&alasan={reason}").text
    assert len(reasons(page)) == count
    assert "Diam 30 hari<span>1</span>" in page, "counts of the others stay"
    assert "Janji layanan meleset<span>2</span>" in page


def test_nothing_found_keeps_the_counts(troubled: dict[str, str], reader: Visitor) -> None:
    page = reader.get(f"/perlu-bantuan?kec={DISTRICT}&hal=7").text
    assert reasons(page) == []
    assert "Semua<span>6</span>" in page
    page = reader.get("/perlu-bantuan?kec=18.07.01&alasan=fallen&hal=x").text
    assert "Tidak ada yang cocok" in page


def test_bounds_are_exact(app: SigerFlask, troubled: dict[str, str], reader: Visitor) -> None:
    """Fourteen days of set-up, a fall of nine points, half of the promises, thirty-four days: none is a reason yet."""
    codes = [f"18.07.14.200{at}" for at in range(1, 5)]
    without_systems(app, "18.07.14")
    change(
        app, codes[0], state=TenantState.PROVISIONED, provisioned_at=now() - dt.timedelta(days=13, hours=23)
    )
    change(app, codes[3], software="SIMDA-X")
    tell(app, codes[1], {"readiness.index": Value(60.0, 60.0, 1.0)}, ago=3)
    tell(app, codes[1], {"readiness.index": Value(50.5, 50.5, 1.0)})
    tell(app, codes[2], {"letters.within_promise_share": Value(0.5, 5.0, 10.0)})
    tell(app, codes[3], {"staff.count": 5}, source="push")
    add_up(app, [0, 3])
    try:
        assert reasons(reader.get("/perlu-bantuan?kec=18.07.14").text) == []
        tell(app, codes[1], {"readiness.index": Value(50.0, 50.0, 1.0)})
        assert (
            reasons(reader.get("/perlu-bantuan?kec=18.07.14").text)[0][0] == "Indeks kesiapan turun 10 poin"
        )
    finally:
        change(app, codes[0], state=TenantState.LISTED, provisioned_at=None)
        change(app, codes[3], software=None)
        tell(app, codes[1], {"readiness.index": Value(60.0, 60.0, 1.0)})
        add_up(app)


def test_the_overview_and_the_list_of_villages_agree(troubled: dict[str, str], reader: Visitor) -> None:
    page = reader.get(f"/wilayah/{DISTRICT}").text
    assert "Semua 6" in page
    assert "Angka 1 desa tidak semuanya berhasil dihitung" in page
    assert f"/perlu-bantuan?kec={DISTRICT}&amp;alasan=failing" in page
    listed = reader.get(f"/desa?kec={DISTRICT}&keadaan=help").text
    assert len(LINK.findall(listed)) == 6
    assert "Perlu bantuan<span>6</span>" in listed


def test_the_notice_of_failures_leads_to_the_report_of_the_run(
    app: SigerFlask, troubled: dict[str, str], reader: Visitor, officer: Officer
) -> None:
    admin = officer("province_admin", "18")
    with app.app_context(), platform_scope():
        db.session.execute(delete(PlatformJobRun).where(PlatformJobRun.name == "indicators.refresh"))
        db.session.commit()
    assert "Laporan penghitungan" not in admin.get("/").text, "there is none yet"
    with app.app_context(), platform_scope():
        run = PlatformJobRun(
            name="indicators.refresh", label="Angka semua desa", state="failed", total=1, done=0, failed=1
        )
        db.session.add(run)
        db.session.commit()
        run_id = run.id
    try:
        page = admin.get("/").text
        found = re.search(r'<a class="link" href="([^"]+)">Laporan penghitungan</a>', page)
        assert found, "the notice leads there"
        assert admin.get(found[1]).status_code == 200
        assert str(run_id) in found[1]
        own = reader.get("/").text
        assert "tidak semuanya berhasil dihitung" in own
        assert "Laporan penghitungan" not in own, "a kabupaten does not see runs over all villages"
    finally:
        with app.app_context(), platform_scope():
            db.session.execute(delete(PlatformJobRun).where(PlatformJobRun.id == run_id))
            db.session.commit()


def test_the_villages_card_says_why(app: SigerFlask, troubled: dict[str, str], reader: Visitor) -> None:
    page = reader.get(f"/desa/{village_id(app, troubled['dormant'])}").text
    assert "Diam 44 hari" in page
    assert "Hanya 0% surat sesuai janji" in page


def test_a_region_is_never_left(troubled: dict[str, str], officer: Officer) -> None:
    elsewhere = officer("regency_analyst", "18.06")
    for query in (f"kec={DISTRICT}", "kab=18.07", f"kab=18.07&kec={DISTRICT}"):
        page = elsewhere.get(f"/perlu-bantuan?{query}").text
        assert "SIMDA-X" not in page
        assert "44 hari" not in page


def test_the_list_asks_few_queries(troubled: dict[str, str], reader: Visitor, count_queries: Any) -> None:
    for path in ("/perlu-bantuan", f"/perlu-bantuan?kec={DISTRICT}&alasan=stuck", "/perlu-bantuan?hal=9"):
        reader.get(path)
        with count_queries(at_most=8):
            assert reader.get(path).status_code == 200


def test_the_export_holds_the_same_and_is_noted(
    app: SigerFlask, troubled: dict[str, str], reader: Visitor, officer: Officer
) -> None:
    answer = reader.get(f"/perlu-bantuan/unduh?kec={DISTRICT}")
    assert answer.status_code == 200
    with answer:
        rows = CalamineWorkbook.from_filelike(io.BytesIO(answer.data)).get_sheet_by_index(0).to_python()
    assert rows[2][0] == "Kode wilayah"
    assert [row[0] for row in rows[3:4]] == [troubled["dormant"]]
    assert len(rows) == 3 + 6
    with app.app_context(), platform_scope():
        query = select(PlatformAuditEntry).where(
            PlatformAuditEntry.action == "figures.exported", PlatformAuditEntry.actor_id == reader.account_id
        )
        entry = db.session.scalars(query).one()
    assert entry.details["rows"] == 6
    assert officer("mentor", DISTRICT).get("/perlu-bantuan/unduh").status_code == 403


def test_a_silence_of_many_months_says_how_long(app: SigerFlask, reader: Visitor) -> None:
    """It is looked up in what was sent alone, however far back: no month's figures are read through for it."""
    code = "18.07.15.2001"
    change(app, code, software="SIMDA-X")
    tell(app, code, {"staff.count": 5}, ago=6, source="push")
    tell(app, code, {"staff.active_30d": 2})
    add_up(app, [0, 6])
    try:
        page = reader.get(f"/perlu-bantuan?kec={code[:8]}&alasan=silent").text
        assert re.match(r"Tidak mengirim angka 1[4-9]\d hari", reasons(page)[0][0])
        with app.app_context(), platform_scope():
            connection = db.session.connection()
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
            query = select(TenantRow.id).where(attention.needs_help(month()))
            asked = query.compile(db.engine, compile_kwargs={"literal_binds": True})
            plan = "\n".join(connection.exec_driver_sql(f"EXPLAIN {asked}").scalars())
            assert "ix_indicator_value_sent" in plan
    finally:
        change(app, code, software=None)
