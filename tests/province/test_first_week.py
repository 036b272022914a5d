"""After a village opened: what to do next, from what there really is; sample letters; what those above see."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

from app.core.hosting import SigerFlask
from app.core.ui.formats import ZONE
from app.core.village.options import choose_options, options_of
from app.extensions import db
from app.government.letters.types.registry import letter_types
from app.province.onboarding.setup import jobs
from app.province.onboarding.setup.first_week import live_since
from app.province.onboarding.setup.models import VillageSetup
from app.province.onboarding.setup.samples import COUNT, USUAL
from tenants.models import now
from tenants.scope import Tenant, platform_scope, tenant_scope
from tests.support import letters
from tests.support.events import told
from tests.support.people import Person
from tests.support.pipeline import make_application
from tests.support.work import settle

Staff = Callable[..., Person]


def opened(app: SigerFlask, village: Tenant, staff: Staff) -> Person:
    """Somebody of a village that has just opened with what it can't do without."""
    clerk = staff(village)
    clerk.submit("/pengaturan/perangkat/tambah", {"name": "Suyatno", "title": "", "position": "head"})
    page = clerk.get("/persiapan/identitas").text
    stamp = page.split('name="stamp" value="', 1)[1].split('"', 1)[0]
    contact = {"stamp": stamp, "address": "Jalan Balai 1", "whatsapp": "081234567890"}
    assert clerk.submit("/persiapan/identitas", contact).status_code == 303
    assert clerk.submit("/persiapan/buka").location.endswith("/persiapan/dibuka")
    return clerk


def test_the_first_week_follows_what_happens(app: SigerFlask, village: Tenant, staff: Staff) -> None:
    clerk = opened(app, village, staff)
    page = told(clerk.get("/beranda"))
    assert "Minggu pertama" in page
    assert "0 dari 8 selesai" in page
    week = clerk.get("/persiapan/minggu-pertama")
    assert "Terbitkan surat pertama" in told(week)
    letters.a_letter(app, village, state="issued")
    clerk.submit("/persiapan/minggu-pertama/poster", form="/persiapan/minggu-pertama")
    staff(village, role="village_head")
    assert "3 dari 8 selesai" in told(clerk.get("/persiapan/minggu-pertama"))
    assert (
        clerk.submit("/persiapan/minggu-pertama/letter", form="/persiapan/minggu-pertama").status_code == 404
    )


def test_what_is_switched_off_is_no_task(app: SigerFlask, village: Tenant, staff: Staff) -> None:
    clerk = opened(app, village, staff)
    clerk.submit("/persiapan/fitur", {"on": []})
    page = told(clerk.get("/persiapan/minggu-pertama"))
    assert "pengaduan" not in page.split("Minggu pertama", 2)[-1].split("Surat contoh")[0].lower()
    assert "0 dari 6 selesai" in page


def test_what_was_not_done_by_its_day_is_marked(app: SigerFlask, village: Tenant, staff: Staff) -> None:
    clerk = opened(app, village, staff)
    assert "Terlambat" not in clerk.get("/persiapan/minggu-pertama").text
    clerk.submit("/persiapan/minggu-pertama/poster", form="/persiapan/minggu-pertama")
    later(app, village)
    assert clerk.get("/persiapan/minggu-pertama").text.count("Terlambat") == 7


def test_the_card_goes_after_two_weeks_and_costs_two_queries(
    app: SigerFlask, village: Tenant, staff: Staff, count_queries: Any
) -> None:
    clerk = opened(app, village, staff)
    clerk.get("/beranda")
    with count_queries(at_most=80) as with_card:
        assert "week-card" in clerk.get("/beranda").text
    later(app, village)
    clerk.get("/beranda")
    with count_queries(at_most=80) as without:
        assert "week-card" not in clerk.get("/beranda").text
    assert len(with_card) - len(without) <= 4


def later(app: SigerFlask, village: Tenant) -> None:
    """Let a village have opened twenty days ago."""
    with app.app_context(), tenant_scope(village):
        steps = options_of("setup")["steps"]
        steps["live"]["at"] = (now() - dt.timedelta(days=20)).isoformat()
        choose_options("setup", {"steps": steps})
        db.session.commit()
        assert live_since() is not None


def test_sample_letters_are_marked_and_draw_no_number(app: SigerFlask, village: Tenant, staff: Staff) -> None:
    clerk = opened(app, village, staff)
    page = clerk.get("/persiapan/minggu-pertama").text
    links = [part.split('"', 1)[0] for part in page.split('href="/persiapan/contoh-surat/')[1:]]
    assert len(links) == 3
    answer = clerk.get(f"/persiapan/contoh-surat/{links[0]}")
    assert answer.data.startswith(b"%PDF")
    assert clerk.get("/persiapan/contoh-surat/tidak-ada.pdf").status_code == 404
    assert staff(village, role="treasurer").get(f"/persiapan/contoh-surat/{links[0]}").status_code == 403
    with app.app_context(), tenant_scope(village):
        from app.government.letters.types.settings import drawn_numbers

        assert drawn_numbers(now().astimezone(ZONE).year) == {}


def test_the_samples_of_a_new_village_are_the_usual_letters(
    app: SigerFlask, village: Tenant, staff: Staff
) -> None:
    page = opened(app, village, staff).get("/persiapan/minggu-pertama").text
    offered = [part.split(".pdf", 1)[0] for part in page.split('href="/persiapan/contoh-surat/')[1:]]
    assert offered == list(USUAL[:COUNT])
    with app.app_context(), tenant_scope(village):
        assert set(USUAL) <= {kind.code for kind in letter_types()}


def test_those_above_see_steps_and_week_without_entering(
    app: SigerFlask, village: Tenant, staff: Staff, officer: Callable[..., Person]
) -> None:
    clerk = opened(app, village, staff)
    clerk.submit("/persiapan/minggu-pertama/poster", form="/persiapan/minggu-pertama")
    settle(app)
    with app.app_context(), platform_scope():
        assert village.id not in jobs.waiting()
    path = f"/desa/{village.id}"
    page = told(officer("district_officer", village.district_code).get(path))
    assert "3 dari 9 langkah selesai" in page
    assert "Minggu pertama: 1 dari 8" in page


def test_what_is_done_elsewhere_is_found_by_the_clock(
    app: SigerFlask, village: Tenant, staff: Staff, officer: Callable[..., Person]
) -> None:
    clerk = opened(app, village, staff)
    settle(app)
    stamp = clerk.get("/pengaturan/jam-layanan").text.split('name="stamp" value="', 1)[1].split('"', 1)[0]
    hours = {"stamp": stamp, "mon_opens": "08.00", "mon_closes": "14.00"}
    assert clerk.submit("/pengaturan/jam-layanan", hours).status_code == 303
    settle(app)
    with app.app_context(), platform_scope():
        assert village.id in jobs.waiting()
        jobs.look_after(village.id)
        assert village.id not in jobs.waiting()
    page = told(officer("district_officer", village.district_code).get(f"/desa/{village.id}"))
    assert "Minggu pertama: 1 dari 8" in page


def test_the_figures_count_a_village_as_stopped_from_its_last_step_whatever_else_it_does(
    app: SigerFlask, village: Tenant, staff: Staff, officer: Callable[..., Person]
) -> None:
    begun = dt.datetime(2018, 5, 7, 3, 0, tzinfo=dt.UTC)
    longer = {"created_at": begun, "provisioned_at": begun + dt.timedelta(days=1)}
    make_application(app, village.code, "provisioned", **longer)
    clerk, office = staff(village), officer("regency_admin", village.code[:5])

    def stopped() -> dict[str, str]:
        with app.app_context(), platform_scope():
            jobs.look_after(village.id)
        page = office.get("/pendaftaran/waktu?dari=2018-05-07&sampai=2018-05-07").text
        table = page.split("Penyiapan di desa", 1)[1].split("</table>", 1)[0]
        rows = re.findall(r'<th scope="row">(.*?)</th>.*?(\d+)</span></td></tr>', table, re.S)
        return {label.strip(): left for label, left in rows}

    clerk.get("/beranda")
    assert stopped()["Alamat dan kontak"] == "1"
    assert stopped()["Alamat dan kontak"] == "1"
    clerk.submit("/pengaturan/perangkat/tambah", {"name": "Suyatno", "title": "", "position": "head"})
    assert stopped()["Alamat dan kontak"] == "0"
    with app.app_context(), platform_scope():
        row = db.session.get_one(VillageSetup, village.id)
        told_at = dt.datetime.fromisoformat(row.steps["officials"]["at"])
        row.steps = {
            **row.steps, "officials": {"state": "done", "at": (told_at - dt.timedelta(days=8)).isoformat()}
        }  # fmt: skip
        db.session.commit()
    assert stopped()["Alamat dan kontak"] == "1"
