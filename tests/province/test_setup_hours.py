"""Opening hours are told to nobody until somebody of the village has looked at them and saved them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from app.core.hosting import SigerFlask
from app.core.village import queries
from tenants.scope import Tenant, tenant_scope
from tests.province.test_setup_wizard import CONTACT, save
from tests.support.events import told
from tests.support.people import Person
from tests.support.villages import opened
from tests.support.visitors import Visitor

Staff = Callable[..., Person]
WEEK = {f"{day}_{part}": "" for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
        for part in ("opens", "closes", "break_from", "break_until")}  # fmt: skip
NINE = {**WEEK, "mon_opens": "09.00", "mon_closes": "12.00"}
SETTINGS = "/pengaturan/jam-layanan"
TALK = ("Kantor: ", "08.00–15.00", "Kantor: Tutup", "buka pukul", "Buka sampai", "Tutup,")


def stamps(page: str) -> dict[str, str]:
    """Both stamps of the step's form."""
    found = {}
    for name in ("stamp", "hours_stamp"):
        found[name] = page.partition(f'name="{name}" value="')[2].partition('"')[0]
    return found


def confirm(clerk: Person, week: dict[str, str], **more: str) -> Any:
    """Send the step with contact and hours, as a browser does."""
    page = clerk.get("/persiapan/identitas").text
    return clerk.submit("/persiapan/identitas", {**stamps(page), **CONTACT, **week, **more})


def usual(page: str) -> dict[str, str]:
    """The hours as they stand in the form."""
    return {
        name: page.partition(f'name="{name}"')[2].partition('value="')[2].partition('"')[0] for name in WEEK
    }


def silent(host: Visitor, *paths: str) -> None:
    """No page and no answer of the API says when the office is open."""
    for path in paths:
        text = told(host.get(path))
        assert not [words for words in TALK if words in text], path
    assert host.get("/api/v1/village").get_json()["opening_hours"] == {}


def test_hours_that_nobody_looked_at_are_not_told(
    app: SigerFlask, village: Tenant, visit: Callable[[str], Visitor]
) -> None:
    host = visit(f"{village.slug}.localhost")
    silent(host, "/", "/?bahasa=en")
    front = told(host.get("/"))
    assert "Jam layanan belum diumumkan." in front
    assert "datanglah ke kantor" not in front
    assert "Hubungi kantor" not in front, "nobody has said how"
    opened(app, village)
    silent(host, "/", "/layanan-desa", "/layanan")
    assert "Jam layanan belum diumumkan." in told(host.get("/layanan-desa"))


def test_an_address_alone_says_where_and_not_when(
    app: SigerFlask, village: Tenant, staff: Staff, visit: Callable[[str], Visitor]
) -> None:
    host = visit(f"{village.slug}.localhost")
    assert save(staff(village), "identitas", CONTACT).status_code == 303
    silent(host, "/")
    front = told(host.get("/"))
    assert "Untuk sementara, datanglah ke kantor di Jalan Balai 1." in front
    assert "Hubungi kantor sebelum datang." in front


def test_the_first_step_asks_for_the_hours_with_the_usual_ones_filled_in(
    app: SigerFlask, village: Tenant, staff: Staff, visit: Callable[[str], Visitor]
) -> None:
    clerk, host = staff(village), visit(f"{village.slug}.localhost")
    host.get("/")
    page = clerk.get("/persiapan/identitas")
    filled = usual(page.text)
    assert (filled["mon_opens"], filled["fri_closes"], filled["sun_opens"]) == ("08.00", "11.30", "")
    assert "belum diumumkan" in told(page)
    answer = confirm(clerk, filled)
    assert answer.status_code == 303, told(answer)
    assert "08.00–15.00" in host.get("/").text, "what was kept of the page before is void"
    assert host.get("/api/v1/village").get_json()["opening_hours"]["fri"] == ["08:00", "11:30"]
    assert "belum diumumkan" not in told(clerk.get("/persiapan/identitas"))
    opened(app, village)
    assert "Jam layanan: diumumkan" in told(clerk.get("/persiapan/dibuka")).replace(
        "layanan diu", "layanan: diu"
    )


def test_other_hours_are_typed_there(app: SigerFlask, village: Tenant, staff: Staff) -> None:
    clerk = staff(village)
    wrong = confirm(clerk, {**NINE, "mon_closes": "08.00"})
    assert wrong.status_code == 422
    assert "Jam tutup harus sesudah jam buka." in told(wrong)
    assert usual(wrong.text)["mon_opens"] == "09.00"
    with app.app_context(), tenant_scope(village):
        assert queries.profile().address == ""
    assert confirm(clerk, NINE).status_code == 303
    with app.app_context(), tenant_scope(village):
        profile = queries.profile()
        assert (profile.address, profile.told_hours) == ("Jalan Balai 1", {"mon": ["09:00", "12:00"]})


def test_the_step_keeps_closed_days_and_shows_what_a_colleague_saved(
    app: SigerFlask, village: Tenant, staff: Staff
) -> None:
    clerk, colleague = staff(village), staff(village)
    seen = clerk.get("/persiapan/identitas").text
    page = colleague.get(SETTINGS).text
    days = {**NINE, "closed_0": "2026-12-25", "closed_note_0": "Hari Natal"}
    assert colleague.submit(SETTINGS, {**stamps(page), **days}).status_code == 303
    late = clerk.submit("/persiapan/identitas", {**stamps(seen), **CONTACT, **WEEK, "tue_opens": "07.00",
                                                 "tue_closes": "11.00"})  # fmt: skip
    assert late.status_code == 409
    assert "09.00" in told(late)
    again = {**stamps(late.text), **CONTACT, **WEEK, "tue_opens": "07.00", "tue_closes": "11.00"}
    assert clerk.submit("/persiapan/identitas", again).status_code == 303
    with app.app_context(), tenant_scope(village):
        kept = queries.profile().told_hours
    assert kept == {"tue": ["07:00", "11:00"], "closed": [["2026-12-25", "Hari Natal"]]}


def test_saving_the_usual_hours_in_the_settings_tells_them_too(
    village: Tenant, staff: Staff, visit: Callable[[str], Visitor]
) -> None:
    clerk, host = staff(village), visit(f"{village.slug}.localhost")
    host.get("/")
    page = clerk.get(SETTINGS)
    assert "belum diumumkan" in told(page)
    assert clerk.submit(SETTINGS, {**stamps(page.text), **usual(page.text)}).status_code == 303
    assert "08.00–15.00" in host.get("/").text
    assert "belum diumumkan" not in told(clerk.get(SETTINGS))


def test_an_office_without_hours_says_so_by_empty_fields(
    village: Tenant, staff: Staff, visit: Callable[[str], Visitor]
) -> None:
    host = visit(f"{village.slug}.localhost")
    assert confirm(staff(village), WEEK).status_code == 303
    silent(host, "/")


def test_an_address_has_no_tags(village: Tenant, staff: Staff) -> None:
    clerk = staff(village, "secretary")
    page = clerk.get("/persiapan/identitas").text
    typed = {**stamps(page), **CONTACT, "address": "<script>alert(1)</script>"}
    refused = clerk.submit("/persiapan/identitas", typed)
    assert refused.status_code == 422
    assert "Tulis tanpa tanda" in refused.text
    refused = clerk.submit("/pengaturan/identitas", {"address": "Balai <b>desa</b>"})
    assert refused.status_code == 422
    assert "Tulis tanpa tanda" in refused.text
