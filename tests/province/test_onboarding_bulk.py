"""The bulk route: a workbook, its dry run, then every village once."""

from __future__ import annotations

import io
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import select, update

from app.core.accounts.models import Account, Membership
from app.core.hosting import SigerFlask
from app.core.spreadsheets import read_table
from app.extensions import db
from app.province.onboarding.applications.models import Application, BlockedApplicant
from app.province.onboarding.bulk import executing, jobs, services
from app.province.onboarding.bulk.columns import KNOWN
from app.province.onboarding.bulk.models import BulkRow
from tenants.models import TenantRow
from tenants.scope import Tenant, platform_scope
from tests.province.bulk_files import HEADER, kept, line, listed, send, start, village_of, workbook
from tests.support.work import settle


@pytest.fixture
def codes(_codes: Iterator[str]) -> Iterator[str]:
    """Codes of villages that no test has used yet."""
    return _codes


def findings_of(rows: list[BulkRow]) -> list[list[str]]:
    """What was found in each row."""
    return [[code for _column, code, _named in row.findings] for row in rows]


def test_a_workbook_is_checked_then_its_villages_are_live(
    app: SigerFlask, codes: Iterator[str], officer: Callable[..., Any], unique: Callable[[], int]
) -> None:
    first, second = listed(app, codes, 2)
    office = officer()
    email = f"aminah{uuid.uuid4().hex[:8]}@contoh.test"
    slug = f"massal-{unique()}-{uuid.uuid4().hex[:6]}"
    path = send(app, office, workbook(line(first, email=email, slug=slug, phone=81200001234), line(second)))
    run, rows = kept(app, path)
    assert (run.state, run.counts["rows"], run.counts["error"]) == ("ready", 2, 0)
    assert [row.verdict for row in rows] == ["ok", "ok"]
    assert village_of(app, first).schema_name is None
    assert "Siapkan 2 desa" in office.get(path).text
    assert start(office, path).status_code == 303
    settle(app)
    village = village_of(app, first)
    assert (village.state, village.slug) == ("provisioned", slug)
    assert village_of(app, second).state == "provisioned"
    _run, rows = kept(app, path)
    assert [row.outcome for row in rows] == ["done", "done"]
    with app.app_context(), platform_scope():
        application = db.session.scalars(select(Application).where(Application.tenant_id == first.id)).one()
        assert (application.route, application.state) == ("bulk", "provisioned")
        assert application.phone == "+6281200001234"
        role = db.session.scalar(
            select(Membership.role).join(Account, Account.id == Membership.account_id)
            .where(Account.email == email, Membership.tenant_id == first.id)
        )  # fmt: skip
    assert role == "secretary"
    page = office.get(path).text
    assert "Disiapkan" in page
    assert "desa.xlsx" in office.get("/pendaftaran/massal").text


def test_every_kind_of_mistake_has_its_sentence(
    app: SigerFlask, codes: Iterator[str], village: Tenant, officer: Callable[..., Any]
) -> None:
    one, two, three, four, five, six = listed(app, codes, 6)
    blocked = f"blokir{uuid.uuid4().hex[:8]}@contoh.test"
    with app.app_context(), platform_scope():
        db.session.add(
            BlockedApplicant(kind="email", value=blocked, reason="Mengaku perangkat", blocked_by="PMD")
        )
        other = db.session.scalars(select(TenantRow).where(TenantRow.schema_name.is_not(None))).first()
        assert other is not None
        taken = other.slug
        db.session.execute(update(TenantRow).where(TenantRow.id == six.id).values(software="OpenSID"))
        db.session.commit()
    data = workbook(
        line(one, name="Nama Lain"),
        line(one),
        line(two, code="18.99.99.2999"),
        line(two, code="bukan kode"),
        line(two, email="bukan surel", phone="12"),
        line(three, contact="", email=""),
        line(four, slug=taken),
        line(five, slug="admin", email=blocked),
        line(six),
        [village.code, village.name, "", "", "", "Siti", "", "siti@contoh.test", ""],
    )
    office = officer()
    path = send(app, office, data)
    with app.app_context(), platform_scope():
        db.session.execute(update(TenantRow).where(TenantRow.id == six.id).values(software=None))
        db.session.commit()
    run, rows = kept(app, path)
    found = findings_of(rows)
    assert found[0] == ["name"]
    assert [part[0] for part in found[1:]] == [
        "repeated", "unknown", "bad_code", "wrong", "empty", "slug_taken", "blocked", "software", "prepared",
    ]  # fmt: skip
    assert found[4] == ["wrong", "wrong"]
    assert found[7] == ["blocked", "slug_reserved"]
    assert run.counts == {"rows": 10, "ok": 0, "warning": 1, "error": 9}
    page = office.get(f"{path}?lihat=error").text
    assert "Desa yang sama sudah ada di baris 2" in page
    assert "Mengaku perangkat" in page
    assert "Alamat surel ini tidak lengkap" in page
    assert "sudah dipakai desa lain" in page


def test_a_shared_address_is_counted_among_villages_that_can_be_prepared(
    app: SigerFlask, codes: Iterator[str], officer: Callable[..., Any]
) -> None:
    first, second, third = listed(app, codes, 3)
    email = f"bersama{uuid.uuid4().hex[:8]}@contoh.test"
    rows = (line(first, email=email), line(second, email=email), line(third, email=email, slug="www"))
    path = send(app, officer(), workbook(*rows))
    _run, kept_rows = kept(app, path)
    assert findings_of(kept_rows) == [["shared_email"], ["shared_email"], ["slug_reserved"]]
    assert [row.findings[0][2]["count"] for row in kept_rows[:2]] == [2, 2]


def test_no_row_reaches_beyond_the_region(
    app: SigerFlask, codes: Iterator[str], officer: Callable[..., Any]
) -> None:
    (row,) = listed(app, codes)
    elsewhere = "18.06" if row.regency_code != "18.06" else "18.10"
    foreign = officer("regency_admin", elsewhere)
    path = send(app, foreign, workbook(line(row)))
    _run, rows = kept(app, path)
    assert findings_of(rows) == [["outside"]]
    assert "Siapkan" not in foreign.get(path).text.split("<main")[-1].split("Banyak desa")[0]
    third = officer("regency_admin", "18.72")
    assert third.get(path).status_code == 404
    assert (
        third.submit(f"{path}/siapkan", {"digest": "0" * 64}, form="/pendaftaran/massal").status_code == 404
    )
    assert officer("regency_analyst", elsewhere).get("/pendaftaran/massal").status_code == 403


def test_the_template_holds_what_was_not_prepared(
    app: SigerFlask, codes: Iterator[str], village: Tenant, officer: Callable[..., Any]
) -> None:
    (row,) = listed(app, codes)
    with officer().get("/pendaftaran/massal/templat") as answer:
        table = read_table(answer.data, "templat.xlsx", known=KNOWN)
    assert table.header == list(HEADER)
    known = {str(cells[0]): cells for _number, cells in table.rows}
    assert known[row.code][1:5] == [row.name, row.district_name, row.regency_name, row.slug]
    assert village.code not in known


def test_rejected_rows_come_back_without_formulas(
    app: SigerFlask, codes: Iterator[str], officer: Callable[..., Any]
) -> None:
    (row,) = listed(app, codes)
    office = officer()
    path = send(app, office, workbook(line(row, contact='=HYPERLINK("http://x")', email="salah")))
    with office.get(f"{path}/ditolak") as answer:
        data = answer.data
    table = read_table(data, "ditolak.xlsx", known=KNOWN)
    assert table.header[:3] == ["Alasan", "Baris semula", "Kode"]
    _number, cells = table.rows[0]
    assert "Surel" in str(cells[0])
    assert cells[1] == 2
    assert "'=HYPERLINK" in str(cells)
    assert all(not str(cell).startswith("=") for cell in cells)
    again = send(app, office, data, "lagi.xlsx")
    assert findings_of(kept(app, again)[1]) == [["wrong", "wrong"]]


def test_what_is_no_workbook_is_refused_with_a_sentence(
    app: SigerFlask, officer: Callable[..., Any], monkeypatch: Any
) -> None:
    office = officer()
    assert "Pilih berkasnya" in office.submit("/pendaftaran/massal", {}).text
    picture = office.submit("/pendaftaran/massal", {"file": (io.BytesIO(b"\x89PNG"), "desa.png")})
    assert picture.status_code == 422
    assert "Nama berkas harus" in picture.text
    with monkeypatch.context() as patched:
        patched.setattr(services, "MAX_UPLOAD_BYTES", 1000)
        huge = office.submit("/pendaftaran/massal", {"file": (io.BytesIO(b"x" * 1001), "desa.xlsx")})
    assert huge.status_code == 422
    assert "misalnya satu kecamatan satu berkas" in huge.text
    rows = "\n".join(f"18.01.01.{number};A;a@b.id" for number in range(jobs.MOST_ROWS + 1))
    long = send(app, office, f"Kode;Nama kontak;Surel\n{rows}".encode(), "desa.csv")
    assert "lebih dari 5000 baris" in office.get(long).text
    broken = send(app, office, workbook()[:200])
    assert "rusak" in office.get(broken).text
    other = send(app, office, workbook(["a", "b"], header=["Kode", "Warna"]))
    assert "Kolom ini tidak ada di berkas: Nama kontak, Surel" in office.get(other).text
    assert kept(app, other)[0].state == "refused"


def test_the_same_village_twice_is_prepared_once_and_the_loser_is_told(
    app: SigerFlask, codes: Iterator[str], officer: Callable[..., Any]
) -> None:
    one, two = listed(app, codes, 2)
    data = workbook(line(one), line(two))
    early, late = officer(name="Rina Early"), officer(name="Budi Late")
    first = send(app, early, data)
    second = send(app, late, data)
    third = send(app, late, workbook(line(one)))
    start(early, first)
    start(late, second)
    assert "sedang disiapkan oleh Rina Early" in late.get(second).text
    start(early, first)
    assert "sudah mulai disiapkan oleh Rina Early" in early.get(first).text
    start(late, third)
    settle(app)
    outcomes = [row.outcome for path in (first, third) for row in kept(app, path)[1]]
    assert sorted(outcomes) == ["done", "done", "passed"]
    assert "tidak disiapkan dua kali" in late.get(third).text + early.get(first).text
    assert kept(app, second)[0].state == "ready"


def test_what_failed_is_listed_and_can_be_asked_for_again(
    app: SigerFlask, codes: Iterator[str], officer: Callable[..., Any], monkeypatch: Any
) -> None:
    one, two = listed(app, codes, 2)
    office = officer()
    path = send(app, office, workbook(line(one), line(two)))
    start(office, path)
    whole = executing.make_schema

    def refuses(tenant_id: uuid.UUID) -> None:
        if tenant_id == one.id:
            raise executing.ProvisioningFailed("disk full")
        whole(tenant_id)

    monkeypatch.setattr(executing, "make_schema", refuses)
    settle(app)
    run, rows = kept(app, path)
    assert [row.outcome for row in rows] == ["failed", "done"]
    page = office.get(path).text
    assert "Skema desa belum dapat dibuat" in page
    assert "disk full" not in page
    monkeypatch.undo()
    office.submit(f"/pekerjaan/{run.run_id}/ulangi", {}, form=path)
    settle(app)
    assert [row.outcome for row in kept(app, path)[1]] == ["done", "done"]
    assert village_of(app, one).state == "provisioned"


def test_pages_ask_few_questions(
    app: SigerFlask, codes: Iterator[str], officer: Callable[..., Any], count_queries: Any
) -> None:
    rows = listed(app, codes, 12)
    office = officer()
    path = send(app, office, workbook(*map(line, rows)))
    with count_queries(at_most=10):
        assert office.get("/pendaftaran/massal").status_code == 200
    with count_queries(at_most=10):
        assert office.get(path).status_code == 200
