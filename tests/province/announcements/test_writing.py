"""Drafts and the choice of villages: how many they are is said before anything is sent, and no region is left."""

from __future__ import annotations

import datetime as dt
import threading
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, select, update

from app.core.hosting import SigerFlask
from app.extensions import db
from tenants.models import TenantRow, now
from tenants.scope import Tenant, platform_scope
from tests.province.announcements.writing import (
    BODY,
    PDF,
    VERSION,
    drafted,
    kept,
    noted,
    recipients,
    send,
    sent,
)
from tests.support.uploads import send_form
from tests.support.visitors import Visitor

Officer = Callable[..., Visitor]


@pytest.fixture
def writer(officer: Officer) -> Visitor:
    """Somebody of the province's office."""
    return officer("province_admin", "18")


def count_of(app: SigerFlask, *where: Any) -> int:
    """How many villages that can be written to meet a condition."""
    with app.app_context(), platform_scope():
        open_ones = TenantRow.state.not_in(["suspended", "archived"])
        return db.session.scalar(select(func.count()).select_from(TenantRow).where(open_ones, *where)) or 0


def test_a_draft_shows_what_villages_will_read_and_how_many_they_are(
    app: SigerFlask, writer: Visitor
) -> None:
    key = drafted(writer, scope="regions", regions="18.06")
    page = writer.get(f"/pengumuman/{key}").text
    count = count_of(app, TenantRow.regency_code == "18.06")
    assert count > 290
    assert f"Akan sampai ke {count} desa" in page
    assert "belum satu pun disiapkan di Siger" in page
    assert "<li>Bawa berkas asli</li>" in page
    assert 'href="https://lampungprov.go.id"' in page
    assert "Kabupaten Tanggamus" in page
    assert kept(app, key).state == "draft"
    assert recipients(app, key) == 0


def test_the_number_follows_the_choice_while_it_is_made(app: SigerFlask, officer: Officer) -> None:
    regency = officer("regency_admin", "18.06")
    form = "/pengumuman/baru"
    path = "/pengumuman/hitung"
    whole = count_of(app, TenantRow.regency_code == "18.06")
    assert f"ke {whole} desa" in regency.submit(path, {"scope": "all"}, form=form).text
    kelurahan = count_of(app, TenantRow.regency_code == "18.06", TenantRow.kind == "kelurahan")
    assert (
        f"ke {kelurahan} desa" in regency.submit(path, {"scope": "all", "kind": "kelurahan"}, form=form).text
    )
    listed = count_of(app, TenantRow.regency_code == "18.06", TenantRow.state == "listed")
    answer = regency.submit(path, {"scope": "all", "states": ["listed"]}, form=form).text
    assert f"ke {listed} desa" in answer
    assert "belum satu pun disiapkan di Siger" in answer
    assert (
        "Tidak ada desa yang cocok"
        in regency.submit(path, {"scope": "all", "system": "other"}, form=form).text
    )
    assert (
        "tidak berada di wilayah Anda"
        in regency.submit(path, {"scope": "regions", "regions": ["18.01"]}, form=form).text
    )


def test_villages_that_run_another_system_can_be_chosen(app: SigerFlask, writer: Visitor) -> None:
    with app.app_context(), platform_scope():
        here = TenantRow.code.startswith("18.06.20.")
        db.session.execute(update(TenantRow).where(here).values(software=None))
        one = db.session.scalar(select(TenantRow.id).where(here).limit(1))
        db.session.execute(update(TenantRow).where(TenantRow.id == one).values(software="OpenSID"))
        db.session.commit()
    chosen = {"scope": "regions", "regions": ["18.06.20"]}
    path, form = "/pengumuman/hitung", "/pengumuman/baru"
    district = count_of(app, TenantRow.district_code == "18.06.20")
    assert "ke 1 desa" in writer.submit(path, {**chosen, "system": "other"}, form=form).text
    assert f"ke {district - 1} desa" in writer.submit(path, {**chosen, "system": "siger"}, form=form).text


def test_villages_are_named_by_code_or_name_and_doubt_is_told(writer: Visitor) -> None:
    form = "/pengumuman/baru"

    def refused(text: str) -> str:
        return writer.submit(
            form, {"title": "Undangan rapat", "body": "Isi", "scope": "villages", "village_text": text}
        ).text

    assert "Tidak ada di wilayah Anda: 18.06.20.9999" in refused("18.06.20.9999")
    assert "Tidak ada desa bernama “Negeri Antah”" in refused("Negeri Antah")
    assert "desa bernama “Sukamaju”: tulis kodenya" in refused("Sukamaju")
    assert "Pilih paling sedikit satu desa" in refused("")
    key = drafted(writer, scope="villages", village_text="gisting atas\n18.06.20.2001 Apa Saja")
    assert "Akan sampai ke 2 desa" in writer.get(f"/pengumuman/{key}").text
    assert "18.06.20.2006 Pekon Gisting Atas" in writer.get(f"/pengumuman/{key}/ubah").text


def test_no_office_writes_to_villages_of_another_region(
    app: SigerFlask, officer: Officer, village: Tenant
) -> None:
    stranger = officer("district_officer", "18.06.20")
    assert not village.code.startswith("18.06.20")
    path = "/pengumuman/baru"
    said = {"title": "Undangan rapat", "body": BODY}
    for choice in (
        {"scope": "villages", "villages": str(village.id)},
        {"scope": "villages", "village_text": village.code},
        {"scope": "regions", "regions": village.district_code},
    ):
        answer = stranger.submit(path, {**said, **choice})
        assert answer.status_code == 422
        assert "wilayah Anda" in answer.text
    key = sent(stranger)
    assert recipients(app, key) == count_of(app, TenantRow.district_code == "18.06.20")


def test_a_region_sees_what_concerns_its_villages_and_changes_its_own_alone(
    app: SigerFlask, officer: Officer, writer: Visitor
) -> None:
    regency = officer("regency_admin", "18.06")
    other = officer("regency_admin", "18.01")
    whole = sent(writer, title="Untuk seluruh provinsi")
    elsewhere = sent(writer, scope="regions", regions="18.01", title="Untuk Lampung Selatan saja")
    own = sent(regency, scope="regions", regions="18.06.20", title="Dari kabupaten sendiri")
    secret = drafted(regency, title="Draf kabupaten sendiri")
    seen = regency.get("/pengumuman").text
    assert "Untuk seluruh provinsi" in seen
    assert "Dari kabupaten sendiri" in seen
    assert "Draf kabupaten sendiri" in seen
    assert "Untuk Lampung Selatan saja" not in seen
    assert "Draf kabupaten sendiri" not in writer.get("/pengumuman").text
    assert "Dari kabupaten sendiri" in writer.get("/pengumuman").text
    assert "Dari kabupaten sendiri" not in other.get("/pengumuman").text
    for path in ("", "/penerima", "/penerima/unduh", "/ubah", "/tarik"):
        assert regency.get(f"/pengumuman/{elsewhere}{path}").status_code == 404
        assert other.get(f"/pengumuman/{own}{path}").status_code == 404
    assert writer.get(f"/pengumuman/{secret}").status_code == 404
    page = regency.get(f"/pengumuman/{whole}").text
    assert "/tarik" not in page
    assert "Lampung Selatan" not in page
    assert regency.get(f"/pengumuman/{whole}/tarik").status_code == 404
    form = "/pengumuman/baru"
    assert (
        regency.submit(f"/pengumuman/{whole}/tarik", {"reason": "bukan milik kami"}, form=form).status_code
        == 404
    )
    assert regency.submit(f"/pengumuman/{whole}/ingatkan", form=form).status_code == 404
    assert regency.get(f"/pengumuman/{whole}/penerima?wilayah=18.01").status_code == 404
    assert noted(app, "region.refused", "18.01")


def test_two_who_change_a_draft_do_not_overwrite_each_other(officer: Officer) -> None:
    one, two = officer("regency_admin", "18.06"), officer("regency_admin", "18.06")
    key = drafted(one)
    path = f"/pengumuman/{key}/ubah"
    version = VERSION.search(one.get(path).text)
    assert version is not None
    said = {"title": "Undangan rapat", "body": BODY, "scope": "all", "row_version": version.group(1)}
    assert one.submit(path, {**said, "title": "Judul si pertama"}).status_code == 303
    late = two.submit(path, {**said, "title": "Judul si kedua"})
    assert late.status_code == 409
    assert "lebih dulu" in late.text
    assert "Judul si kedua" in late.text
    assert "Judul si pertama" in one.get(f"/pengumuman/{key}").text
    assert send(two, key).status_code == 303


def test_a_form_that_is_sent_twice_at_once_is_one_draft(app: SigerFlask, officer: Any) -> None:
    region = "18.12"
    people = [officer("regency_admin", region) for _ in range(4)]
    draft_id = str(uuid.uuid4())
    said = {"title": "Undangan rapat", "body": BODY, "scope": "all", "draft_id": draft_id}
    answers: list[int] = []
    ready = threading.Barrier(len(people))

    def press(person: Visitor) -> None:
        person.get("/pengumuman/baru")
        ready.wait()
        answers.append(send_form(person, "/pengumuman/baru", {**said, "files": (PDF, "a.pdf")}).status_code)

    threads = [threading.Thread(target=press, args=(person,)) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [303] * len(people)
    assert len(noted(app, "announcement.drafted", draft_id)) == 1


def test_a_form_that_is_sent_twice_is_one_draft(app: SigerFlask, writer: Visitor) -> None:
    draft_id = str(uuid.uuid4())
    said = {"title": "Undangan rapat", "body": BODY, "scope": "all", "draft_id": draft_id}
    places = {writer.submit("/pengumuman/baru", said).headers["Location"] for _time in range(2)}
    assert places == {f"/pengumuman/{draft_id}"}
    assert len(noted(app, "announcement.drafted", draft_id)) == 1


def test_attachments_are_added_taken_off_and_counted(app: SigerFlask, writer: Visitor) -> None:
    key = drafted(writer, files=(PDF, "undangan.pdf"))
    first = kept(app, key).files
    assert len(first) == 1
    answer = writer.get(f"/pengumuman/{key}/berkas/{first[0]}")
    assert answer.data == PDF
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert "nosniff" in answer.headers["X-Content-Type-Options"]
    assert writer.get(f"/pengumuman/{key}/berkas/{uuid.uuid4()}").status_code == 404
    said = {"title": "Undangan rapat", "body": BODY, "scope": "all", "row_version": "1"}
    path = f"/pengumuman/{key}/ubah"
    bad = send_form(writer, path, {**said, "files": (b"MZ program", "virus.pdf")})
    assert bad.status_code == 422
    assert "virus.pdf" in bad.text
    assert (
        send_form(writer, path, {**said, "remove": first[0], "files": (PDF, "baru.pdf")}).status_code == 303
    )
    second = kept(app, key).files
    assert len(second) == 1
    assert second != first
    assert writer.get(f"/pengumuman/{key}/berkas/{first[0]}").status_code == 404
    assert writer.submit(f"/pengumuman/{key}/hapus").status_code == 303
    assert writer.get(f"/pengumuman/{key}").status_code == 404


def test_bad_values_are_told_beside_their_fields(writer: Visitor) -> None:
    yesterday = (now() - dt.timedelta(days=1)).date().isoformat()
    answer = writer.submit(
        "/pengumuman/baru", {"title": "Hai", "body": "", "scope": "all", "shown_until": yesterday}
    )
    assert answer.status_code == 422
    assert "Terlalu pendek" in answer.text
    assert "Wajib diisi" in answer.text
    late = writer.submit(
        "/pengumuman/baru", {"title": "Undangan", "body": "x", "scope": "all", "shown_until": yesterday}
    )
    assert late.status_code == 422
    assert "Tanggal ini sudah lewat" in late.text


def test_who_may_not_send_sees_nothing(officer: Officer, visit: Callable[[str], Visitor]) -> None:
    analyst = officer("province_analyst", "18")
    for path in ("/pengumuman", "/pengumuman/baru", "/dokumen", "/dokumen/baru"):
        assert analyst.get(path).status_code == 403
        assert visit("localhost").get(path).status_code in (302, 303, 401)
    assert 'href="/pengumuman"' not in analyst.get("/").text
