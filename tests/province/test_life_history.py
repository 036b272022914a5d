"""What the page of a village tells of its life: the copy it was set back to, who joined it, what was given up."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.core.hosting import SigerFlask
from app.core.ui.formats import moment
from tenants.scope import Tenant
from tests.province.test_copies_kept import set_back
from tests.support.copies import copy_now
from tests.support.life import GROUNDS, a_free_code, moved_to, neighbours, settled
from tests.support.visitors import Visitor
from tests.support.work import settle

Makes = Callable[[], Tenant]


@pytest.fixture
def admin(officer: Callable[..., Visitor]) -> Visitor:
    """A province admin, signed in."""
    return officer("province_admin", "18")


def life(admin: Visitor, village: Tenant) -> str:
    return admin.get(f"/desa/{village.id}/riwayat-hidup").text


def test_a_village_that_was_set_back_says_to_which_copy(
    app: SigerFlask, admin: Visitor, make_village: Makes
) -> None:
    village = make_village()
    copy = copy_now(app, village)
    set_back(app, admin, village, copy.id)
    shown = life(admin, village)
    assert "Dikembalikan ke salinan" in shown
    assert f"ke salinan {moment(copy.taken_at)}" in shown
    assert "impor salah" in shown


def test_a_merge_names_the_other_village_on_both_pages(
    app: SigerFlask, admin: Visitor, make_village: Makes, visit: Callable[[str], Visitor]
) -> None:
    target, source = neighbours(make_village, 2)
    settled(app, source, "Dusun I", families=1)
    page = moved_to(admin.submit(f"/desa/{target.id}/penggabungan", {**GROUNDS, "source": source.code}))
    settle(app)
    assert admin.submit(f"{page}/jalankan", {"typed_name": source.name}, form=page).status_code == 303
    settle(app)
    for village, other, said in ((target, source, "menerima"), (source, target, "bergabung ke")):
        link = f'{said} <a class="link" href="/desa/{other.id}/riwayat-hidup">{other.full_name}</a>'
        assert link in life(admin, village), village.name
    led = visit(f"{source.slug}.localhost").get("/")
    assert led.status_code == 308
    assert led.headers["Cache-Control"] == "public, max-age=300"


def test_a_plan_that_was_given_up_is_not_called_a_deed_that_was_undone(
    app: SigerFlask, admin: Visitor, village: Tenant, unique: Callable[[], int]
) -> None:
    number = unique()
    typed = {
        **GROUNDS, "code": a_free_code(app, village), "name": f"Mekar Maju {number}", "slug": f"mekar-maju-{number}",
        "acting_name": "Siti Rahma", "acting_title": "Pj. Kepala", "acting_email": f"pj{number}@contoh.test",
    }  # fmt: skip
    page = moved_to(admin.submit(f"/desa/{village.id}/pemekaran", typed))
    settle(app)
    assert admin.submit(f"{page}/batalkan", {}, form=page).status_code == 303
    shown = life(admin, village)
    assert "Rencana dibatalkan" in shown
    assert f"sebagian menjadi Mekar Maju {number}" in shown
