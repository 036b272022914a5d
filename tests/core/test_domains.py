"""A village's own domains, through the front door: added, proved, chosen as the address, lost, taken away."""

from __future__ import annotations

import datetime as dt
import re
import threading
from collections.abc import Callable, Iterator
from uuid import UUID

import pytest
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from app import create_app
from app.core.addresses import domains
from app.core.addresses.models import DomainClaim
from app.core.addresses.proof import Found, Recording
from app.core.hosting import SigerFlask
from app.core.mail import RecordingMailer
from app.extensions import db
from tenants import registry
from tenants.cache import CacheAway
from tenants.hosts import UNKNOWN
from tenants.models import Domain, TenantRow, now
from tenants.scope import Tenant, platform_scope
from tests.support import servers
from tests.support.people import Person, deliver_letters
from tests.support.visitors import CSRF, Visitor
from tests.support.work import settle

Staff = Callable[..., Person]
Visits = Callable[[str], Visitor]
Makes = Callable[[], Tenant]
PAGE = "/pengaturan/domain"


@pytest.fixture
def net(app: SigerFlask) -> Iterator[Recording]:
    """The public network, as far as this test puts something into it."""
    known = Recording()
    app.extensions["mailer"] = RecordingMailer()
    app.extensions["domain_resolver"] = app.extensions["domain_fetcher"] = known
    yield known
    del app.extensions["domain_resolver"], app.extensions["domain_fetcher"]


def heard(app: SigerFlask, person: Person) -> list[str]:
    """What letters to somebody were about, since this was last asked."""
    office = app.extensions["mailer"]
    subjects = [letter.subject for letter in office.letters if letter.to == person.email]
    office.letters.clear()
    return subjects


def own_name(village: Tenant) -> str:
    return f"desa{village.code.replace('.', '')}.desa.id"


def added(clerk: Person, host: str) -> str:
    """The page of a domain that was added just now."""
    sent = clerk.submit(PAGE, {"host": host}, form=PAGE)
    assert sent.status_code == 303, sent.text
    return str(sent.headers["Location"])


def claim(app: SigerFlask, village: Tenant) -> DomainClaim:
    with app.app_context(), platform_scope():
        row = db.session.scalars(select(DomainClaim).where(DomainClaim.tenant_id == village.id)).one()
        db.session.expunge(row)
        return row


def arrive(there: Visitor, address: str, saved: str = "Perubahan tersimpan.") -> None:
    """Use the ticket of an address up, as its page does, and see what was done."""
    came_to(there, there.get("/masuk/tiket?t=" + address.partition("?t=")[2]), saved)


def came_to(there: Visitor, sent: TestResponse, saved: str = "Perubahan tersimpan.") -> None:
    """Follow where an arrival leads to: the page, which says once what was done."""
    for _step in range(3):
        assert sent.status_code == 303
        sent = there.get(sent.headers["Location"])
    assert sent.request.full_path.rstrip("?") == PAGE
    assert saved in sent.text
    assert saved not in there.get(PAGE).text


def prove(app: SigerFlask, village: Tenant, net: Recording, clerk: Person, host: str) -> str:
    page = added(clerk, host)
    net.records[f"_siger.{host}"] = ["v=spf1 -all", f"siger-verifikasi={claim(app, village).token}"]
    look(app, clerk, page)
    return page


def look(app: SigerFlask, clerk: Person, page: str) -> None:
    assert clerk.submit(f"{page}/periksa", form=page).status_code == 303
    settle(app)


def age(app: SigerFlask, village: Tenant, **columns: object) -> None:
    with app.app_context(), platform_scope():
        db.session.execute(update(DomainClaim).where(DomainClaim.tenant_id == village.id).values(**columns))
        db.session.commit()
        domains.ask_for_due()
    settle(app)


def test_the_page_shows_exactly_what_to_put_into_dns_and_into_a_file(
    app: SigerFlask, village: Tenant, staff: Staff, net: Recording
) -> None:
    clerk, host = staff(village), own_name(village)
    text = clerk.get(added(clerk, f"https://{host.upper()}/")).text
    token = claim(app, village).token
    assert f"<code>_siger.{host}</code>" in text
    assert f"<code>siger-verifikasi={token}</code>" in text
    assert f"<code>http://{host}/.well-known/siger-verifikasi.txt</code>" in text
    assert "Menunggu bukti" in text
    assert "/pengaturan/domain/" in clerk.get(PAGE).text


def test_a_domain_that_takes_no_alias_is_told_the_addresses_of_the_front_door(
    app: SigerFlask,
    urls: servers.DatabaseUrls,
    village: Tenant,
    staff: Staff,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clerk = staff(village)
    page = added(clerk, own_name(village))
    assert "pasang catatan ini" not in clerk.get(page).text
    door = servers.settings_for(urls, 0, "x_", public_addresses="203.0.113.7, 2001:db8::7").flask_config()
    monkeypatch.setitem(app.config, "PUBLIC_ADDRESSES", door["PUBLIC_ADDRESSES"])
    text = clerk.get(page).text
    assert "<code>A 203.0.113.7</code>" in text
    assert "<code>AAAA 2001:db8::7</code>" in text
    with pytest.raises(ValueError, match="IPv4 or IPv6"):
        servers.settings_for(urls, 0, "x_", public_addresses="pintu.example")


@pytest.mark.parametrize(
    "host",
    ["", "desa.id", "go.id", "com", "id", "localhost", "x.localhost", "gisting", "gisting.local", "10.0.0.1", "::1",
     "[::1]", "gisting.desa.id:8080", "gisting.desa.id/beranda", "surat@gisting.desa.id", "-gisting.desa.id",
     "gis_ting.desa.id", "gisting..desa.id", "a" * 64 + ".desa.id", ".".join(["abcdefghij"] * 23) + ".id", "1.2.3",
     "gisting.desa.id\x00", "gis ting.desa.id", "xn--zzzzzz-.id"],
)  # fmt: skip
def test_what_can_t_be_a_village_s_domain_is_refused_with_a_sentence(
    village: Tenant, staff: Staff, host: str
) -> None:
    clerk = staff(village)
    sent = clerk.submit(PAGE, {"host": host}, form=PAGE)
    assert sent.status_code == 422
    assert 'id="f-host-error"' in sent.text


def test_names_with_other_letters_are_kept_as_dns_writes_them_and_shown_with_both(
    app: SigerFlask, village: Tenant, staff: Staff, net: Recording
) -> None:
    clerk = staff(village)
    page = added(clerk, "gіsting.desa.id.")  # a Cyrillic і
    assert claim(app, village).host == "xn--gsting-pvf.desa.id"
    assert "gіsting.desa.id (xn--gsting-pvf.desa.id)" in clerk.get(page).text


def test_a_domain_leads_nowhere_until_its_txt_record_is_found(
    app: SigerFlask, village: Tenant, staff: Staff, visit: Visits, net: Recording, province: Visitor
) -> None:
    clerk, host = staff(village), own_name(village)
    page = added(clerk, host)
    look(app, clerk, page)
    assert claim(app, village).state == "waiting"
    assert "Catatan TXT belum terlihat" in clerk.get(page).text
    assert visit(host).get("/").status_code == 404
    assert province.get(f"/health/host?domain={host}").status_code == 404
    net.records[f"_siger.{host}"] = ["siger-verifikasi=lain"]
    look(app, clerk, page)
    assert "isinya berbeda" in clerk.get(page).text
    net.records[f"_siger.{host}"] = [f"siger-verifikasi={claim(app, village).token}"]
    look(app, clerk, page)
    assert claim(app, village).state == "proved"
    assert province.get(f"/health/host?domain={host.upper()}.").status_code == 200
    assert any("terbukti milik" in subject for subject in heard(app, clerk))
    # Its label is the address still, so the domain leads there.
    moved = visit(host).get("/x?y=1")
    assert (moved.status_code, moved.headers["Location"]) == (301, f"http://{village.slug}.localhost/x?y=1")


def test_a_file_on_the_site_proves_it_as_well_and_is_kept_up_once_the_domain_leads_here(
    app: SigerFlask, village: Tenant, staff: Staff, visit: Visits, net: Recording
) -> None:
    clerk, host = staff(village), own_name(village)
    page = added(clerk, host)
    assert visit(host).get("/.well-known/siger-verifikasi.txt").status_code == 404
    net.files[host] = f"\ufeff{claim(app, village).token}\r\n"
    look(app, clerk, page)
    assert claim(app, village).method == "file"
    kept = visit(host).get("/.well-known/siger-verifikasi.txt")
    assert (kept.status_code, kept.text.strip()) == (200, claim(app, village).token)
    assert visit(f"{village.slug}.localhost").get("/.well-known/siger-verifikasi.txt").status_code == 404


def test_a_proved_domain_becomes_the_address_and_the_others_lead_there(
    app: SigerFlask, village: Tenant, staff: Staff, visit: Visits, net: Recording
) -> None:
    clerk, host = staff(village), own_name(village)
    page = prove(app, village, net, clerk, host)
    sent = clerk.submit(f"{page}/utama", form=page)
    # The browser is led there by a page of ours, with a ticket: who was signed in is signed in there too.
    ticket = re.search(rf'href="(http://{host}/masuk/tiket\?t=[^"]+)"', sent.text)
    assert ticket is not None
    assert 'http-equiv="refresh"' in sent.text
    there = visit(host)
    assert there.get("/").status_code == 200
    assert f'href="http://{host}/"' in there.get("/").text
    moved = visit(f"{village.slug}.localhost").get("/a%20b?c=d")
    assert (moved.status_code, moved.headers["Location"]) == (301, f"http://{host}/a%20b?c=d")
    arrive(there, ticket.group(1))
    back = there.submit(f"{PAGE}/alamat-siger", form=PAGE)
    assert back.status_code == 303
    assert back.headers["Location"].startswith(f"http://{village.slug}.localhost/masuk/tiket")
    assert visit(f"{village.slug}.localhost").get("/").status_code == 200


def test_an_unproved_domain_can_t_become_the_address(
    app: SigerFlask, village: Tenant, staff: Staff, net: Recording
) -> None:
    clerk = staff(village)
    page = added(clerk, own_name(village))
    clerk.submit(f"{page}/utama", form=page)
    with app.app_context(), platform_scope():
        assert db.session.scalar(select(TenantRow.own_host).where(TenantRow.id == village.id)) is None


def test_the_first_village_to_prove_a_domain_gets_it_and_the_other_is_told(
    app: SigerFlask, make_village: Makes, staff: Staff, net: Recording
) -> None:
    first, second = make_village(), make_village()
    one, other, host = staff(first), staff(second), own_name(first)
    added(one, host)
    theirs = added(other, host)
    net.records[f"_siger.{host}"] = [
        f"siger-verifikasi={claim(app, second).token}", f"siger-verifikasi={claim(app, first).token}"
    ]  # fmt: skip
    look(app, other, theirs)
    assert claim(app, second).state == "proved"
    assert (claim(app, first).state, claim(app, first).error) == ("lost", "taken")
    assert any("tidak lagi mengarah" in subject for subject in heard(app, one))
    again = one.submit(PAGE, {"host": host}, form=PAGE)
    assert again.status_code == 422
    assert "sudah terbukti milik desa lain" in again.text


def test_two_proofs_at_the_same_moment_give_it_to_one(
    app: SigerFlask, make_village: Makes, staff: Staff, net: Recording
) -> None:
    villages = (make_village(), make_village())
    host, ready = own_name(villages[0]), threading.Barrier(2)
    for village in villages:
        added(staff(village), host)
    known = [claim(app, village) for village in villages]

    def say(one: DomainClaim) -> None:
        with app.app_context(), platform_scope():
            ready.wait()
            domains.settle(one.id, one.token, Found("dns"))

    threads = [threading.Thread(target=say, args=(one,)) for one in known]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(claim(app, village).state for village in villages) == ["lost", "proved"]


def test_it_is_looked_for_with_growing_pauses_and_given_up_after_fourteen_days(
    app: SigerFlask, village: Tenant, staff: Staff, net: Recording
) -> None:
    clerk = staff(village)
    added(clerk, own_name(village))
    pauses = []
    for _ in range(4):
        age(app, village, next_check_at=now())
        known = claim(app, village)
        assert known.next_check_at is not None
        assert known.checked_at is not None
        pauses.append(known.next_check_at - known.checked_at)
    assert pauses == sorted(pauses)
    assert pauses[0] < pauses[-1]
    age(app, village, next_check_at=now(), renewed_at=now() - dt.timedelta(days=15))
    known = claim(app, village)
    assert (known.state, known.next_check_at) == ("expired", None)
    assert any("14 hari" in subject for subject in heard(app, clerk))
    added(clerk, own_name(village))
    assert claim(app, village).token != known.token


def test_a_proof_that_is_gone_is_warned_of_and_after_seven_days_the_domain_leads_nowhere(
    app: SigerFlask, village: Tenant, staff: Staff, visit: Visits, net: Recording
) -> None:
    clerk, host = staff(village), own_name(village)
    page = prove(app, village, net, clerk, host)
    clerk.submit(f"{page}/utama", form=page)
    records = dict(net.records)
    net.records.clear()
    age(app, village, next_check_at=now())
    assert claim(app, village).state == "doubted"
    assert any("7 hari" in subject for subject in heard(app, clerk))
    assert visit(host).get("/").status_code == 200
    net.records.update(records)
    age(app, village, next_check_at=now())
    assert claim(app, village).state == "proved"
    net.records.clear()
    age(app, village, next_check_at=now())
    age(app, village, next_check_at=now(), doubted_at=now() - dt.timedelta(days=8))
    assert claim(app, village).state == "lost"
    assert visit(host).get("/").status_code == 404
    assert visit(f"{village.slug}.localhost").get("/").status_code == 200
    assert any("tidak lagi mengarah" in subject for subject in heard(app, clerk))


def test_a_domain_that_is_taken_away_leads_nowhere_with_the_next_request(
    app: SigerFlask, village: Tenant, staff: Staff, visit: Visits, net: Recording, province: Visitor
) -> None:
    clerk, host = staff(village), own_name(village)
    page = prove(app, village, net, clerk, host)
    assert visit(host).get("/").status_code == 301
    assert clerk.get(f"{page}/hapus").status_code == 200
    assert clerk.submit(f"{page}/hapus").status_code == 303
    assert visit(host).get("/").status_code == 404
    assert province.get(f"/health/host?domain={host}").status_code == 404
    with app.app_context(), platform_scope():
        assert db.session.get(Domain, host) is None
        assert app.router.resolve(host) is UNKNOWN


def test_without_redis_a_domain_waits_some_seconds_for_its_certificate_and_one_taken_away_has_none(
    app: SigerFlask, village: Tenant, net: Recording, staff: Staff, province: Visitor,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    clerk, host = staff(village), own_name(village)

    def away() -> bytes:
        raise CacheAway("gone")

    asked = f"/health/host?domain={host}"
    monkeypatch.setattr(registry, "hosts_version", away)
    assert province.get(asked).status_code == 404
    page = prove(app, village, net, clerk, host)
    monkeypatch.setattr(domains, "REMEMBERED_SECONDS", 0.0)
    assert province.get(asked).status_code == 200
    monkeypatch.setattr(domains, "REMEMBERED_SECONDS", 3600.0)
    assert clerk.submit(f"{page}/hapus").status_code == 303
    assert province.get(asked).status_code == 404


def test_another_village_s_domain_is_not_found(
    app: SigerFlask, make_village: Makes, staff: Staff, net: Recording
) -> None:
    village, other = make_village(), make_village()
    clerk, stranger = staff(village), staff(other)
    page = added(clerk, own_name(village))
    assert stranger.get(page).status_code == 404
    assert stranger.get(f"{page}/keadaan").status_code == 404
    for deed in ("periksa", "utama", "hapus"):
        assert stranger.submit(f"{page}/{deed}", form=PAGE).status_code == 404
    assert stranger.get(f"{PAGE}/{UUID(int=1)}").status_code == 404
    assert staff(village, "operator").get(PAGE).status_code in (200, 403)


def test_a_village_keeps_five_domains_at_most(village: Tenant, staff: Staff, net: Recording) -> None:
    clerk = staff(village)
    for number in range(5):
        added(clerk, f"d{number}-{own_name(village)}")
    more = clerk.submit(PAGE, {"host": f"d6-{own_name(village)}"}, form=PAGE)
    assert more.status_code == 422
    assert "Paling banyak 5 domain" in more.text


def test_the_clerk_changes_the_address_once_in_thirty_days_and_is_signed_in_there(
    app: SigerFlask, village: Tenant, staff: Staff, visit: Visits
) -> None:
    clerk, colleague, slug = staff(village), staff(village), f"baru-{village.code.replace('.', '')}"
    unread = clerk.submit(f"{PAGE}/alamat", {"slug": slug}, form=PAGE)
    assert unread.status_code == 422
    assert "Centang dahulu" in unread.text
    taken = clerk.submit(f"{PAGE}/alamat", {"slug": "www", "sure": "1"}, form=PAGE)
    assert taken.status_code == 422
    assert clerk.submit(f"{PAGE}/alamat", {"slug": "\x00", "sure": "1"}, form=PAGE).status_code == 422
    deliver_letters(app)
    sent = clerk.submit(f"{PAGE}/alamat", {"slug": slug.upper(), "sure": "1"}, form=PAGE)
    assert sent.status_code == 303
    there = visit(f"{slug}.localhost")
    assert sent.headers["Location"].startswith(f"http://{slug}.localhost/masuk/tiket?t=")
    arrive(there, sent.headers["Location"])
    page = there.get(PAGE)
    assert page.status_code == 200
    assert f"{village.slug}.localhost" in page.text
    assert "Alamat baru saja diubah" in page.text
    assert [letter.to for letter in deliver_letters(app)] == [colleague.email]
    again = there.submit(f"{PAGE}/alamat", {"slug": f"{slug}-lagi", "sure": "1"}, form=PAGE)
    assert again.status_code == 422
    assert "diubah lagi mulai" in again.text


def test_a_change_of_the_address_keeps_the_language_and_says_that_it_is_saved(
    village: Tenant, staff: Staff, visit: Visits
) -> None:
    clerk, slug = staff(village), f"en-{village.code.replace('.', '')}"
    clerk.client.set_cookie("siger_lang", "en", domain=clerk.host)
    sent = clerk.submit(f"{PAGE}/alamat", {"slug": slug, "sure": "1"}, form=PAGE)
    there = visit(f"{slug}.localhost")
    arrive(there, sent.headers["Location"], "The change is saved.")
    assert '<html lang="en"' in there.get(PAGE).text


def test_a_ticket_to_an_own_domain_asks_first_since_browsers_call_it_another_site(
    app: SigerFlask, urls: servers.DatabaseUrls, village: Tenant, staff: Staff, net: Recording
) -> None:
    clerk, host = staff(village), own_name(village)
    page = prove(app, village, net, clerk, host)
    sent = clerk.submit(f"{page}/utama", form=page)
    ticket = sent.text.partition("/masuk/tiket?t=")[2].partition('"')[0]
    # Hosts below a name of one label are no site together: only a deployment's base host tells them apart.
    real = create_app(servers.settings_for(urls, servers.worker_number(), app.config["SETTINGS"].tenant_role_prefix,
                                           base_host="siger.example"))  # fmt: skip
    there = Visitor(real, host)
    asked = there.get(f"/masuk/tiket?t={ticket}", headers={"Sec-Fetch-Site": "cross-site"})
    assert asked.status_code == 200
    assert clerk.email in asked.text
    token = CSRF.search(asked.text)
    assert token is not None
    arrived = there.post("/masuk/tiket", {"t": ticket, "csrf_token": token.group(1)})
    came_to(there, arrived)
    with real.app_context():
        db.engine.dispose()
