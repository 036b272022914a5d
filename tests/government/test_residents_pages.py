"""A resident's and a household's page: what is masked, what is told, who may see it, and the card sheet."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from jinja2 import ChoiceLoader, DictLoader
from sqlalchemy import select
from structlog.testing import capture_logs

from app.core import capabilities as known
from app.core.audit.models import TenantAuditEntry
from app.core.capabilities import Capability, ResidentSection, resident_sections
from app.core.hosting import SigerFlask
from app.extensions import cache, db
from app.government.residents import codes
from app.government.residents.models import LifeEvent, Resident
from app.government.residents.writing import Writing, today
from tenants.models import now
from tenants.scope import Tenant, tenant_scope
from tests.support.people import Person
from tests.support.residents import a_family, a_household, a_kk, a_nik, a_resident

Staff = Callable[..., Person]
BULLETS = "••••••••"


def audited(app: SigerFlask, village: Tenant, action: str) -> list[Any]:
    """The village's audit entries of an action, oldest first."""
    with app.app_context(), tenant_scope(village):
        query = (
            select(TenantAuditEntry).where(TenantAuditEntry.action == action).order_by(TenantAuditEntry.id)
        )
        return [(entry.summary, entry.details) for entry in db.session.scalars(query)]


def change(
    app: SigerFlask, village: Tenant, resident_id: uuid.UUID, kind: str = "correction", **values: Any
) -> None:
    """Change a resident by one deed."""
    with app.app_context(), tenant_scope(village):
        writing = Writing(today())
        writing.change_resident(kind, db.session.get_one(Resident, resident_id), values)
        writing.finish()


@pytest.fixture
def person(app: SigerFlask, village: Tenant) -> tuple[uuid.UUID, dict[str, str]]:
    """A resident with all numbers, and these."""
    numbers = {
        "nik": a_nik(), "father_nik": a_nik(), "mother_nik": a_nik(), "phone": "0812-1111-2222",
        "email": "warga@contoh.test", "passport": "X1234567", "insurance_number": "0009876543210",
    }  # fmt: skip
    values = {"name": "RATNA DEWI", "sex": 2, "birth_date": dt.date(1990, 4, 5), "illness": 6, **numbers}
    return a_resident(app, village, **{**values, "nik": a_nik(dt.date(1990, 4, 5), 2)}), numbers


def clear_numbers(app: SigerFlask, village: Tenant, resident_id: uuid.UUID) -> list[str]:
    """What the box of a resident holds."""
    from app.core.privacy.vault import open_vault

    with app.app_context(), tenant_scope(village):
        resident = db.session.get_one(Resident, resident_id)
        return list(open_vault().open_json(resident.box, f"resident:{resident.id}").values())


def test_numbers_are_masked_until_a_reason_is_told(
    app: SigerFlask, village: Tenant, staff: Staff, person: tuple[uuid.UUID, dict[str, str]]
) -> None:
    resident_id, _numbers = person
    hidden = clear_numbers(app, village, resident_id)
    assert len(hidden) == 7
    clerk = staff(village, role="operator")
    path = f"/penduduk/{resident_id}"
    page = clerk.get(path).text
    assert BULLETS in page
    assert not [number for number in hidden if number in page]

    for empty in ({}, {"reason": "other"}, {"reason": "nonsense", "reason_text": "abc"}):
        refused = clerk.submit(f"{path}/nomor", empty, form=path)
        assert refused.status_code == 422
        assert "alasannya dahulu" in refused.text
        assert not [number for number in hidden if number in refused.text]
    assert audited(app, village, "resident.identity_viewed") == []

    told = clerk.submit(f"{path}/nomor", {"reason": "letter", "reason_text": "surat domisili"}, form=path)
    assert told.headers["Location"] == path
    shown = clerk.get(path)
    assert [number for number in hidden if number in shown.text] == hidden
    assert shown.headers["Cache-Control"] == "no-store"
    assert audited(app, village, "resident.identity_viewed") == [
        ("RATNA DEWI", {"reason": "Membuat surat: surat domisili"})
    ]
    colleague = staff(village, role="operator")
    assert not [number for number in hidden if number in colleague.get(path).text]

    clerk.submit(f"{path}/nomor/tutup", {}, form=path)
    assert not [number for number in hidden if number in clerk.get(path).text]


def test_numbers_are_masked_again_when_the_time_is_over(
    app: SigerFlask, village: Tenant, staff: Staff, person: tuple[uuid.UUID, dict[str, str]]
) -> None:
    resident_id, _numbers = person
    clerk = staff(village)
    path = f"/penduduk/{resident_id}"
    clerk.submit(f"{path}/nomor", {"reason": "check"}, form=path)
    (key,) = cache.client.keys(f"*:seen:resident:{resident_id}:*")
    assert 0 < cache.client.ttl(key) <= 900
    cache.client.delete(key)
    assert clear_numbers(app, village, resident_id)[0] not in clerk.get(path).text


def test_without_redis_numbers_are_shown_once_with_the_answer(
    app: SigerFlask, village: Tenant, staff: Staff, person: tuple[uuid.UUID, dict[str, str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    resident_id, _numbers = person
    clerk = staff(village)
    path = f"/penduduk/{resident_id}"
    monkeypatch.setattr(
        "app.government.residents.browse.seen.cache.try_ask", lambda question, default: default
    )
    answer = clerk.submit(f"{path}/nomor", {"reason": "check"}, form=path)
    assert answer.status_code == 200
    assert clear_numbers(app, village, resident_id)[0] in answer.text
    assert clear_numbers(app, village, resident_id)[0] not in clerk.get(path).text
    assert len(audited(app, village, "resident.identity_viewed")) == 1


def test_who_may_not_see_numbers_has_no_way_to_them(
    app: SigerFlask, village: Tenant, staff: Staff, person: tuple[uuid.UUID, dict[str, str]]
) -> None:
    resident_id, _numbers = person
    household = a_household(app, village)
    viewer = staff(village, role="section_staff")
    page = viewer.get(f"/penduduk/{resident_id}").text
    assert "RATNA DEWI" in page
    assert "Lihat NIK" not in page
    assert (
        viewer.submit(f"/penduduk/{resident_id}/nomor", {"reason": "check"}, form="/penduduk").status_code
        == 403
    )
    assert viewer.get(f"/keluarga/{household}").status_code == 200
    assert viewer.get(f"/keluarga/{household}/kartu").status_code == 403
    assert viewer.get(f"/keluarga/{household}/kartu.pdf").status_code == 403
    move = viewer.submit(f"/keluarga/{household}/urutan", {"anggota": resident_id}, form="/penduduk")
    assert move.status_code == 403


def test_health_stands_on_no_page_and_in_no_history_without_its_permission(
    app: SigerFlask, village: Tenant, staff: Staff, person: tuple[uuid.UUID, dict[str, str]]
) -> None:
    resident_id, _numbers = person
    change(app, village, resident_id, illness=10, pregnant=True, education=5)
    path = f"/penduduk/{resident_id}"
    seen, hidden = staff(village).get(path).text, staff(village, role="operator").get(path).text
    for word in ("Penyakit menahun", "HIV/AIDS", "Diabetes", "Sedang hamil"):
        assert word in seen
        assert word not in hidden
    assert "SLTA" in hidden


def test_history_tells_before_and_after_masked_and_strikes_what_was_undone(
    app: SigerFlask, village: Tenant, staff: Staff
) -> None:
    first, second = a_nik(), a_nik()
    resident_id = a_resident(app, village, name="SUMI", nik=first, religion=1)
    change(app, village, resident_id, nik=second, name="SUMIATI", religion=2, phone="0812-9999-8888")
    with app.app_context(), tenant_scope(village):
        line = db.session.scalars(select(LifeEvent).where(LifeEvent.kind == "correction")).one()
        line.undone_at, line.undone_by = now(), "Pak Juru Tulis"
        db.session.commit()
    page = staff(village).get(f"/penduduk/{resident_id}").text
    text = " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())
    assert "SUMI menjadi" in text or "SUMI SUMIATI" in text
    assert "Islam" in text
    assert "Kristen" in text
    assert "Saldo awal" in text
    assert "<s><b>Perbaikan data</b></s>" in page
    assert "Dibatalkan Pak Juru Tulis" in text
    assert not [number for number in (first, second, "0812-9999-8888") if number in page]


@pytest.mark.parametrize(
    ("status", "word"),
    [(codes.DEAD, "Mati"), (codes.MOVED, "Pindah"), (codes.MISSING, "Hilang"), (codes.LEFT, "Pergi")],
)
def test_who_no_longer_lives_here_is_marked_and_offered_nothing_that_needs_the_living(
    app: SigerFlask, village: Tenant, staff: Staff, status: int, word: str
) -> None:
    resident_id = a_resident(app, village, name="MANTAN WARGA")
    change(app, village, resident_id, "left", vital_status=status, vital_on=today())
    page = staff(village).get(f"/penduduk/{resident_id}").text
    assert f"tidak lagi dihitung sebagai penduduk: {word.lower()} sejak" in page
    assert f"/penduduk/{resident_id}/ubah" not in page
    assert ("jenis=death" in page) is (status in (codes.MISSING, codes.LEFT))
    assert ("jenis=return" in page) is (status != codes.DEAD)
    listed = staff(village).get("/penduduk?vital_status=former").text
    assert "MANTAN WARGA" in listed
    assert word in listed


def test_an_unknown_id_and_another_villages_id_are_not_found(
    app: SigerFlask, make_village: Callable[[], Tenant], staff: Staff
) -> None:
    one, other = make_village(), make_village()
    household, members = a_family(app, one)
    clerk = staff(other)
    for path in (
        f"/penduduk/{members[0]}", f"/keluarga/{household}", f"/keluarga/{household}/kartu",
        f"/penduduk/{members[0]}/foto", f"/penduduk/{members[0]}/dokumen/tambah",
        f"/keluarga/{household}/dokumen/tambah", f"/penduduk/{uuid.uuid4()}", f"/keluarga/{uuid.uuid4()}",
    ):  # fmt: skip
        assert clerk.get(path).status_code == 404, path
    for path, form in (
        (f"/penduduk/{members[0]}/nomor", {"reason": "check"}), (f"/keluarga/{household}/kartu", {"reason": "check"}),
        (f"/keluarga/{household}/urutan", {"anggota": str(members[1])}),
    ):  # fmt: skip
        assert clerk.submit(path, form, form="/penduduk").status_code == 404, path
    assert audited(app, other, "resident.identity_viewed") == []


def test_a_household_is_laid_out_like_its_card_and_masked(
    app: SigerFlask, village: Tenant, staff: Staff
) -> None:
    kk = a_kk()
    household, members = a_family(app, village, kk=kk)
    hidden = [number for member in members for number in clear_numbers(app, village, member)]
    page = staff(village).get(f"/keluarga/{household}").text
    for heading in (
        "Nama lengkap",
        "Jenis pekerjaan",
        "Gol. darah",
        "Status perkawinan",
        "Nama ayah",
        "Nama ibu",
    ):
        assert page.count(heading) >= 1, heading
    assert not [number for number in (kk, *hidden) if number in page]
    order = re.findall(r'<span class="card-number">\d</span> <a href="/penduduk/([0-9a-f-]{36})"', page)
    assert order == [str(member) for member in members]


def test_members_change_places_and_the_head_stays_first(
    app: SigerFlask, village: Tenant, staff: Staff
) -> None:
    household, (head, wife, child) = a_family(app, village)
    clerk = staff(village)
    path = f"/keluarga/{household}"

    def order() -> list[str]:
        return re.findall(
            r'<span class="card-number">\d</span> <a href="/penduduk/([0-9a-f-]{36})"', clerk.get(path).text
        )

    clerk.submit(f"{path}/urutan", {"anggota": str(child), "arah": "naik"}, form=path)
    assert order() == [str(head), str(child), str(wife)]
    clerk.submit(f"{path}/urutan", {"anggota": str(child), "arah": "naik"}, form=path)
    assert order() == [str(head), str(child), str(wife)]
    clerk.submit(f"{path}/urutan", {"anggota": str(child), "arah": "turun"}, form=path)
    assert order() == [str(head), str(wife), str(child)]
    assert clerk.submit(f"{path}/urutan", {"anggota": "x"}, form=path).status_code == 404


def test_the_card_sheet_needs_a_reason_and_says_that_it_is_not_the_card(
    app: SigerFlask, village: Tenant, staff: Staff
) -> None:
    kk = a_kk()
    household, members = a_family(app, village, kk=kk)
    hidden = [kk, *(number for member in members for number in clear_numbers(app, village, member))]
    clerk = staff(village)
    path = f"/keluarga/{household}/kartu"
    asked = clerk.get(path).text
    assert "Untuk keperluan apa?" in asked
    assert not [number for number in hidden if number in asked]
    assert clerk.get(f"{path}.pdf").headers["Location"] == path
    assert clerk.submit(path, {}).status_code == 422
    with capture_logs() as logs:
        assert clerk.submit(path, {"reason": "service"}).headers["Location"] == path
        sheet = clerk.get(path)
        paper = clerk.get(f"{path}.pdf")
    assert [number for number in hidden if number in sheet.text] == hidden
    assert "Bukan Kartu Keluarga resmi" in sheet.text
    assert sheet.headers["Cache-Control"] == "no-store"
    assert (paper.status_code, paper.content_type) == (200, "application/pdf")
    assert paper.data.startswith(b"%PDF-1.7")
    assert paper.headers["Cache-Control"] == "no-store"
    assert kk not in paper.headers["Content-Disposition"]
    assert not [number for number in hidden if number in str(logs)]
    assert [details for _name, details in audited(app, village, "household.card_viewed")] == [
        {"reason": "Melayani warga yang datang"}
    ]
    assert len(audited(app, village, "household.card_printed")) == 1
    direct = staff(village).submit(path, {"reason": "service", "bentuk": "pdf"})
    assert direct.data.startswith(b"%PDF-1.7")


def test_pages_need_few_queries(app: SigerFlask, village: Tenant, staff: Staff, count_queries: Any) -> None:
    household, members = a_family(app, village)
    clerk = staff(village)
    clerk.get("/penduduk")
    given = clerk.submit(f"/layanan-warga/akun/{members[0]}/kode", {}, form="/penduduk")
    assert given.status_code < 400
    assert "Belum diaktifkan" in clerk.get(f"/penduduk/{members[0]}").text
    sections = len(resident_sections(village.modules))
    assert sections >= 2, "letters and the resident's account"
    for path, most in (
        (f"/penduduk/{members[0]}", 9 + sections),
        (f"/keluarga/{household}", 13),
        ("/penduduk", 8),
    ):
        with count_queries(at_most=most):
            assert clerk.get(path).status_code == 200


def test_other_capabilities_add_to_a_residents_page_and_nothing_is_promised_without_them(
    app: SigerFlask, village: Tenant, staff: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = a_resident(app, village)
    assert 'id="surat"' in staff(village).get(f"/penduduk/{person}").text
    monkeypatch.delitem(known._capabilities, "letters")
    assert 'id="surat"' not in staff(village).get(f"/penduduk/{person}").text
    template = DictLoader({"letters.html": "<p>{{ found|join(', ') }}</p>"})
    monkeypatch.setattr(app.jinja_env, "loader", ChoiceLoader([app.jinja_env.loader, template]))
    letters = ResidentSection(
        "surat", "Surat", "letters.html", lambda who: [f"surat {who}"], "residents.export"
    )
    added = Capability("letters", "Surat", "government", resident_sections=(letters,), optional=True)
    monkeypatch.setitem(known._capabilities, "letters", added)
    page = staff(village).get(f"/penduduk/{person}").text
    assert 'id="surat"' in page
    assert f"<p>surat {person}</p>" in page
    assert 'id="surat"' not in staff(village, role="section_staff").get(f"/penduduk/{person}").text
