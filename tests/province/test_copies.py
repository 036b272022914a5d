"""Copies on the province's screens: taken, compared, put in a village's place; by those who may, in their region."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select

from app.core.audit.models import PlatformAuditEntry, TenantAuditEntry
from app.core.hosting import SigerFlask
from app.core.notifications.models import Notification
from app.extensions import db
from app.government.letters.models import LetterCounter
from app.province.copies.errors import CopyRefused
from app.province.copies.restoring import swap_in
from app.province.life.models import VillageDeed
from tenants.jobs import start_run
from tenants.models import now
from tenants.scope import Tenant, platform_scope, tenant_scope
from tests.support.copies import address_of, beside, copies_of, copy_now, digests, rename, schemas
from tests.support.people import Person
from tests.support.servers import DatabaseUrls
from tests.support.visitors import CSRF, SEEN, Visitor
from tests.support.work import settle

Officer = Callable[..., Person]


def _path(village: Tenant, *parts: object) -> str:
    return "/".join(("", "desa", str(village.id), "salinan", *map(str, parts)))


def test_an_officer_takes_a_copy_and_sees_it_in_the_list(
    app: SigerFlask, officer: Officer, make_village: Callable[[], Tenant]
) -> None:
    village, admin = make_village(), officer()
    empty = admin.get(_path(village))
    assert empty.status_code == 200
    assert "Belum ada salinan" in empty.text
    admin.submit(_path(village), {"note": "sebelum\x00 impor besar"})
    waiting = admin.get(_path(village))
    assert "Sedang berjalan" in waiting.text or "Menunggu giliran" in waiting.text
    settle(app)
    page = admin.get(_path(village))
    assert "sebelum impor besar" in page.text
    assert admin.name in page.text
    (copy,) = copies_of(app, village)
    assert copy.state == "ready"
    assert copy.size > 0
    assert copy.tables["village_profile"][0] == 1
    assert admin.get(_path(village, "kemajuan")).headers["HX-Refresh"] == "true"
    with app.app_context(), platform_scope():
        said = select(PlatformAuditEntry.action).where(PlatformAuditEntry.tenant_id == village.id)
        assert "copy.asked" in set(db.session.scalars(said))


def test_a_copy_is_compared_then_put_in_place_with_a_typed_name(
    app: SigerFlask, urls: DatabaseUrls, officer: Officer, staff: Officer, make_village: Callable[[], Tenant]
) -> None:
    village, neighbour = make_village(), make_village()
    secretary = staff(village)
    rename(app, village, "Jalan Lama 1")
    copy = copy_now(app, village)
    rename(app, village, "Jalan Baru 2")
    with app.app_context(), tenant_scope(village):
        db.session.add(LetterCounter(scope="", year=2026, last=41))
        db.session.commit()
    others = digests(urls, neighbour)
    admin = officer()
    admin.submit(_path(village, copy.id, "bandingkan"), form=_path(village))
    settle(app)
    page = admin.get(_path(village, "pembanding"))
    assert page.status_code == 200
    assert "Profil desa" in page.text
    assert "Sama dengan sekarang" in page.text
    assert address_of(app, village) == "Jalan Baru 2"
    swap = _path(village, "pembanding", "gantikan")
    compared = _path(village, "pembanding")
    wrong = admin.submit(swap, {"typed": "ya", "reason": "impor salah"}, form=compared)
    assert wrong.status_code == 422
    assert "Ketik nama desa" in wrong.text
    silent = admin.submit(swap, {"typed": village.name, "reason": ""}, form=compared)
    assert silent.status_code == 422
    settle(app)
    assert address_of(app, village) == "Jalan Baru 2"
    done = admin.submit(swap, {"typed": village.name, "reason": "impor salah"}, form=compared)
    assert done.status_code == 303
    settle(app)
    assert address_of(app, village) == "Jalan Lama 1"
    assert digests(urls, neighbour) == others
    assert [one.kind for one in copies_of(app, village)] == ["hand", "before_restore"]
    (kept,) = beside(app, village)
    assert kept.kind == "replaced"
    assert kept.schema_name in schemas(urls)
    with app.app_context():
        with tenant_scope(village):
            assert db.session.scalar(select(LetterCounter.last)) == 41
            entries = db.session.scalars(select(TenantAuditEntry.action)).all()
            assert "village.set_back" in entries
            told = db.session.scalars(select(Notification.event)).all()
            assert "copies.restored" in told
        with platform_scope():
            query = select(PlatformAuditEntry).where(
                PlatformAuditEntry.tenant_id == village.id, PlatformAuditEntry.action == "village.set_back"
            )
            (entry,) = db.session.scalars(query).all()
            assert entry.actor_id == admin.account_id
            assert entry.details["reason"] == "impor salah"
    identity = secretary.get("/pengaturan/identitas")
    assert identity.status_code == 200
    assert "Salinan terakhir" in identity.text


def test_the_public_pages_of_a_village_that_was_set_back_are_drawn_anew(
    app: SigerFlask, officer: Officer, visit: Callable[[str], Visitor], make_village: Callable[[], Tenant]
) -> None:
    village, admin = make_village(), officer()
    rename(app, village, "Jalan Lama 1")
    copy = copy_now(app, village)
    rename(app, village, "Jalan Baru 2")
    somebody = visit(f"{village.slug}.localhost")
    assert "Jalan Baru 2" in somebody.get("/").text
    admin.submit(_path(village, copy.id, "bandingkan"), form=_path(village))
    settle(app)
    compared = _path(village, "pembanding")
    admin.submit(f"{compared}/gantikan", {"typed": village.name, "reason": "impor salah"}, form=compared)
    settle(app)
    assert visit(f"{village.slug}.localhost").get("/masuk").status_code == 200
    assert "Jalan Lama 1" in somebody.get("/").text


@pytest.mark.parametrize("kind", ["split", "merge"])
def test_a_copy_from_before_people_went_over_does_not_take_the_villages_place(
    app: SigerFlask, officer: Officer, make_village: Callable[[], Tenant], kind: str
) -> None:
    village, other, admin = make_village(), make_village(), officer()
    rename(app, village, "Jalan Lama 1")
    copy = copy_now(app, village)
    rename(app, village, "Jalan Baru 2")
    admin.submit(_path(village, copy.id, "bandingkan"), form=_path(village))
    settle(app)
    with app.app_context(), platform_scope():
        deed = {"kind": kind, "tenant_id": village.id, "other_tenant_id": other.id, "state": "done"}
        db.session.add(VillageDeed(**deed, finished_at=now()))
        db.session.commit()
    compared = _path(village, "pembanding")
    shown = admin.get(compared).text
    assert f"pembagian atau penggabungan dengan {other.full_name}" in shown
    assert "/pembanding/gantikan" not in shown
    assert "/pembanding/buang" in shown
    admin.submit(f"{compared}/gantikan", {"typed": village.name, "reason": "impor salah"}, form=compared)
    settle(app)
    assert f"pembagian atau penggabungan dengan {other.full_name}" in admin.get(_path(village)).text
    assert address_of(app, village) == "Jalan Baru 2"
    with app.app_context(), platform_scope(), pytest.raises(CopyRefused, match="berpindah"):
        swap_in(village.id, beside(app, village)[0].schema_name, reason="impor salah")
    later = copy_now(app, village)
    admin.submit(f"{compared}/buang", form=compared)
    settle(app)
    admin.submit(_path(village, later.id, "bandingkan"), form=_path(village))
    settle(app)
    admin.submit(f"{compared}/gantikan", {"typed": village.name, "reason": "impor salah"}, form=compared)
    settle(app)
    assert beside(app, village, "replaced")


def test_a_comparison_is_dropped_again(
    app: SigerFlask, urls: DatabaseUrls, officer: Officer, make_village: Callable[[], Tenant]
) -> None:
    village, admin = make_village(), officer()
    copy = copy_now(app, village)
    admin.submit(_path(village, copy.id, "bandingkan"), form=_path(village))
    settle(app)
    (side,) = beside(app, village)
    second = admin.submit(_path(village, copy.id, "bandingkan"), form=_path(village, "pembanding"))
    assert second.status_code == 303
    assert "sudah mempunyai pembanding" in admin.get(_path(village)).text
    admin.submit(_path(village, "pembanding", "buang"), form=_path(village, "pembanding"))
    settle(app)
    assert beside(app, village) == []
    assert side.schema_name not in schemas(urls)
    gone = admin.get(_path(village, "pembanding"))
    assert gone.status_code == 303


def test_a_comparison_that_another_officer_exchanged_is_neither_put_in_place_nor_dropped(
    app: SigerFlask, officer: Officer, make_village: Callable[[], Tenant]
) -> None:
    village, admin, other = make_village(), officer(), officer()
    rename(app, village, "Jalan Oktober 1")
    older = copy_now(app, village)
    rename(app, village, "Jalan Kemarin 2")
    newer = copy_now(app, village)
    rename(app, village, "Jalan Kini 3")
    compared = _path(village, "pembanding")
    admin.submit(_path(village, newer.id, "bandingkan"), form=_path(village))
    settle(app)
    page = admin.get(compared).text
    token, seen = CSRF.search(page), SEEN.search(page)
    assert token is not None
    assert seen is not None
    assert "Gantikan dengan salinan" in page, "the button says which copy"
    other.submit(f"{compared}/buang", form=compared)
    settle(app)
    other.submit(_path(village, older.id, "bandingkan"), form=_path(village))
    settle(app)
    stood_open = {"csrf_token": token[1], "seen": seen[1], "typed": village.name, "reason": "impor salah"}
    for sent in (stood_open, {**stood_open, "typed": "ya"}, {**stood_open, "seen": ""}):
        assert admin.post(f"{compared}/gantikan", sent).status_code == 303
        assert "Pembanding berganti sejak halaman dibuka" in admin.get(_path(village)).text
    assert admin.post(f"{compared}/buang", stood_open).status_code == 303
    assert "Pembanding berganti sejak halaman dibuka" in admin.get(_path(village)).text
    settle(app)
    assert address_of(app, village) == "Jalan Kini 3"
    (side,) = beside(app, village)
    assert side.copy_id == older.id
    typed = {"typed": village.name, "reason": "impor salah"}
    assert admin.submit(f"{compared}/gantikan", typed, form=compared).status_code == 303
    settle(app)
    assert address_of(app, village) == "Jalan Oktober 1"


def test_only_a_copy_made_by_hand_is_removed(
    app: SigerFlask, officer: Officer, make_village: Callable[[], Tenant]
) -> None:
    village, admin = make_village(), officer()
    mine, night = copy_now(app, village), copy_now(app, village, "nightly")
    assert night.object_id == mine.object_id
    admin.submit(_path(village, night.id, "hapus"))
    assert admin.get(_path(village, night.id, "hapus")).status_code == 404
    asked = admin.get(_path(village, mine.id, "hapus"))
    assert asked.status_code == 200
    assert "Keadaan data" in asked.text
    assert admin.get(_path(make_village(), mine.id, "hapus")).status_code == 404, "of another village"
    assert len(copies_of(app, village)) == 2
    admin.submit(_path(village, mine.id, "hapus"))
    (left,) = copies_of(app, village)
    assert left.id == night.id
    admin.submit(_path(village, left.id, "bandingkan"), form=_path(village))
    settle(app)
    assert len(beside(app, village)) == 1


def test_who_may_not_set_a_village_back_does_not_do_a_swap_once_more_either(
    app: SigerFlask, officer: Officer, make_village: Callable[[], Tenant]
) -> None:
    village = make_village()
    own, admin = officer("regency_admin", village.regency_code), officer()
    with app.app_context(), platform_scope():
        run = start_run("copies.swap", "Pemulihan", village_id=str(village.id), region_code=village.code,
                        schema="c_1", reason="impor salah")  # fmt: skip
        db.session.commit()
        address = f"/pekerjaan/{run.id}"
    settle(app)
    page = own.get(address)
    assert page.status_code == 200
    assert "Ulangi yang gagal" not in page.text
    assert own.submit(f"{address}/ulangi", {}, form="/desa").status_code == 403
    assert "Ulangi yang gagal" in admin.get(address).text
    assert admin.submit(f"{address}/ulangi", {}, form=address).status_code == 303


def test_who_may_only_look_takes_nothing_and_other_regions_see_nothing(
    app: SigerFlask, officer: Officer, staff: Officer, make_village: Callable[[], Tenant]
) -> None:
    village = make_village()
    copy = copy_now(app, village)
    own = officer("regency_admin", village.regency_code)
    page = own.get(_path(village))
    assert page.status_code == 200
    assert "Ambil salinan sekarang" not in page.text
    for parts in ((), (copy.id, "bandingkan"), ("pembanding", "gantikan"), ("pembanding", "buang")):
        assert own.submit(_path(village, *parts), {}, form="/").status_code == 403
    elsewhere = officer("regency_admin", "18.71" if village.regency_code != "18.71" else "18.72")
    for address in (_path(village), _path(village, "pembanding"), _path(village, "kemajuan")):
        assert elsewhere.get(address).status_code == 404
    assert staff(village).get(_path(village)).status_code == 404
    assert copies_of(app, village)[0].id == copy.id
