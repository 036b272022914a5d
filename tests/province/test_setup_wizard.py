"""A village sets itself up: the whole way on its own host, without JavaScript, by several colleagues."""

from __future__ import annotations

import datetime as dt
import io
import re
from collections.abc import Callable
from typing import Any

from app.core.hosting import SigerFlask
from app.core.ui.formats import ZONE
from app.extensions import db
from app.government.letters.desk.numbering import draw_number
from app.government.letters.models import Letter
from app.government.letters.options import letter_options
from app.province.onboarding.setup.models import VillageSetup
from tenants.models import TenantRow, now
from tenants.scope import Tenant, platform_scope, tenant_scope
from tests.support.events import told
from tests.support.images import picture
from tests.support.people import Person, deliver_letters
from tests.support.visitors import Visitor
from tests.support.work import settle

Staff = Callable[..., Person]
CONTACT = {"address": "Jalan Balai 1", "postal_code": "35384", "whatsapp": "081234567890"}


def stamp(page: str) -> str:
    """The stamp that a form carries."""
    found = re.search(r'name="stamp" value="([^"]*)"', page)
    return found.group(1) if found else ""


def save(clerk: Person, step: str, data: dict[str, Any]) -> Any:
    """Open a step's page and send its form with token and stamp."""
    path = f"/persiapan/{step}"
    return clerk.submit(path, {"stamp": stamp(clerk.get(path).text), **data})


def test_a_village_goes_live_in_nine_steps(
    app: SigerFlask, village: Tenant, staff: Staff, visit: Callable[[str], Visitor]
) -> None:
    clerk = staff(village)
    host = visit(f"{village.slug}.localhost")
    assert "Situs ini sedang disiapkan" in host.get("/").text
    assert "Lanjutkan persiapan" in clerk.get("/beranda").text
    page = clerk.get("/persiapan")
    assert "0 dari 9 langkah selesai · sekitar 35 menit lagi" in told(page)
    assert "Langkah 1 dari 9" in told(clerk.get("/persiapan/identitas"))

    assert save(clerk, "identitas", CONTACT).location.endswith("/persiapan/perangkat")
    people = {
        "name-0": "Suyatno", "position-0": "head",
        "name-1": "Siti Aminah", "position-1": "secretary", "title-1": "Juru Tulis",
        "name-2": "Budi", "position-2": "section",
    }  # fmt: skip
    assert save(clerk, "perangkat", people).location.endswith("/persiapan/wilayah")
    assert save(clerk, "wilayah", {"names": "Dusun I\nDusun II"}).location.endswith("/persiapan/penduduk")
    assert clerk.submit("/persiapan/lewati/residents", form="/persiapan/penduduk").location.endswith(
        "/nomor-surat"
    )
    assert save(clerk, "nomor-surat", {"last": "137", "incoming": "20"}).location.endswith("/persiapan/fitur")
    assert save(clerk, "fitur", {"on": ["complaints"]}).location.endswith("/persiapan/tampilan")
    look = {
        "accent": "#2f6b3a",
        "logo": (io.BytesIO(picture(size=(300, 300))), "logo.png"),
        "cover": (io.BytesIO(picture(size=(1200, 500))), "balai.png"),
    }
    answer = save(clerk, "tampilan", look)
    assert answer.status_code == 303, told(answer)
    assert answer.location.endswith("/persiapan/rekan")
    colleagues = {"name-0": "Suyatno", "email-0": "kepala@contoh.test", "role-0": "village_head"}
    assert save(clerk, "rekan", colleagues).location.endswith("/persiapan/buka")
    page = clerk.get("/persiapan/buka")
    assert "Data penduduk" in told(page)
    assert "Buka" in told(page)
    deliver_letters(app)
    answer = clerk.submit("/persiapan/buka")
    assert answer.location.endswith("/persiapan/dibuka")

    with app.app_context(), platform_scope():
        row = db.session.get_one(TenantRow, village.id)
        assert row.state == "set_up"
        assert row.live_at is not None
    front = visit(f"{village.slug}.localhost").get("/").text
    assert "Situs ini sedang disiapkan" not in front
    assert "front-cover" in front
    assert "Suyatno" in front
    shown = clerk.get("/persiapan/dibuka")
    assert f"{village.slug}.localhost" in told(shown)
    assert "belum Anda periksa, jadi belum diumumkan" in told(shown)
    assert clerk.get("/persiapan/poster.pdf").data.startswith(b"%PDF")
    settle(app)
    with app.app_context(), platform_scope():
        told_above = db.session.get_one(VillageSetup, village.id)
        assert told_above.steps["live"]["state"] == "done"
        assert told_above.steps["residents"]["state"] == "skipped"
        assert (told_above.done, told_above.total) == (8, 9)
        assert db.session.get_one(TenantRow, village.id).live_at is not None


def test_the_next_letter_bears_the_number_after_the_paper_book(
    app: SigerFlask, village: Tenant, staff: Staff
) -> None:
    clerk = staff(village)
    save(clerk, "nomor-surat", {"last": "137", "incoming": ""})
    day = now().astimezone(ZONE).date()
    assert draw(app, village, day) == 138
    refused = save(clerk, "nomor-surat", {"last": "100"})
    assert refused.status_code == 422
    assert "Nomor 138 sudah terbit di sini tahun ini" in told(refused)
    assert draw(app, village, day) == 139
    for wrong in ("seratus", "-3", "9999999", "٣"):
        assert save(clerk, "nomor-surat", {"last": wrong}).status_code == 422


def draw(app: SigerFlask, village: Tenant, day: dt.date) -> int:
    """Give a new letter its number."""
    with app.app_context(), tenant_scope(village):
        letter = Letter(type_code="sktm", title="Surat", state="verified")
        db.session.add(letter)
        db.session.flush()
        draw_number(letter, letter_options(), day)
        db.session.commit()
        return int(letter.sequence or 0)
