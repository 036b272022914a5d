"""What goes wrong while a village applies: two at once, an address that is gone, links too old, odd files and texts."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import select

from app.core.hosting import SigerFlask
from app.core.regions.slugs import slugify
from app.extensions import db
from app.province.onboarding.applications.models import BlockedApplicant
from tenants.models import TenantRow, now
from tenants.scope import platform_scope
from tests.support.applying import Applicant, Listed, application_at, listed, notes_of
from tests.support.people import deliver_letters, link_in
from tests.support.uploads import send_form
from tests.support.visitors import CSRF, Visitor

Another = Callable[..., Applicant]


@pytest.fixture
def another(
    app: SigerFlask, visit: Callable[[str], Visitor], _codes: Iterator[str], unique: Callable[[], int]
) -> Another:
    """Makes somebody who applies, each with a browser; for the same village where one is given."""

    def make(village: Listed | None = None) -> Applicant:
        place = village or listed(app, next(_codes))
        return Applicant(visit("localhost"), place, f"pendaftar-b{unique()}@desa.test")

    return make


def state_of(app: SigerFlask, applicant: Applicant) -> str:
    """The state of somebody's application."""
    with application_at(app, applicant.home) as application:
        return application.state


def at_once(*deeds: Callable[[], object]) -> None:
    """Do several things at the same time, each in a thread of its own."""
    gate = threading.Barrier(len(deeds))
    failed: list[BaseException] = []

    def run(deed: Callable[[], object]) -> None:
        gate.wait()
        try:
            deed()
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=run, args=(deed,)) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed


def ready_to_press(applicant: Applicant, path: str) -> Callable[[], object]:
    """The button of a page, with its token in the hand."""
    token = CSRF.search(applicant.browser.get(path).text)
    assert token is not None
    return lambda: applicant.browser.post(path, {"csrf_token": token.group(1)})


def test_of_two_who_apply_for_the_same_village_at_once_one_wins_and_the_other_is_told(
    app: SigerFlask, another: Another
) -> None:
    first = another()
    second = another(first.village)
    for one in (first, second):
        one.fill().send()
    links = {}
    for letter in deliver_letters(app):
        if "/konfirmasi/" in letter.text:
            links[letter.to] = link_in(letter)
    at_once(*(ready_to_press(one, links[one.email]) for one in (first, second)))
    states = {one.email: state_of(app, one) for one in (first, second)}
    assert sorted(states.values()) == ["outrun", "submitted"]
    loser, winner = (first, second) if states[first.email] == "outrun" else (second, first)
    page = loser.browser.get(loser.home).text
    assert "lebih dahulu masuk" in page
    assert winner.email not in page
    assert "Siti Rahma" not in page
    stale = loser.browser.get(links[loser.email])
    assert stale.status_code == 410
    assert "sudah didaftarkan" in stale.text
    assert "sudah dipastikan" not in stale.text
    told = {letter.to: letter.subject for letter in deliver_letters(app)}
    assert "Sudah didaftarkan orang lain" in told[loser.email]
    assert "sudah diterima" in told[winner.email]


def test_who_sends_in_after_another_is_outrun_at_once(app: SigerFlask, another: Another) -> None:
    first = another()
    late = another(first.village)
    late.fill()
    first.fill().send()
    first.confirm()
    assert "sudah didaftarkan" in late.browser.get(late.home).text
    late.send()
    assert state_of(app, late) == "outrun"
    page = late.browser.get("/daftar/desa", query_string={"q": first.village.code}).text
    assert "sedang diperiksa" in page
    assert first.email not in page


def test_an_address_that_is_taken_between_steps_loses_nothing_else(app: SigerFlask, another: Another) -> None:
    first, second = another(), another()
    wanted = f"balai-{first.village.slug}"[:60]
    first.fill(wanted).send()
    second.fill(wanted).send()
    links = {letter.to: link_in(letter) for letter in deliver_letters(app) if "/konfirmasi/" in letter.text}
    at_once(*(ready_to_press(one, links[one.email]) for one in (first, second)))
    states = {one.email: state_of(app, one) for one in (first, second)}
    assert sorted(states.values()) == ["draft", "submitted"]
    loser = first if states[first.email] == "draft" else second
    page = loser.browser.get(f"{loser.home}/alamat").text
    assert "keburu dipakai" in page
    assert f'value="{loser.village.slug}"' in page, "other addresses are suggested"
    refused = loser.browser.submit(f"{loser.home}/alamat", {"slug": "", "own": wanted})
    assert refused.status_code == 422
    assert loser.choose_address().status_code == 303
    loser.send()
    assert state_of(app, loser) == "submitted", "the e-mail address stays confirmed"


@pytest.mark.parametrize(
    "slug", ["admin", "www", "Ünïcode desa", "a", "-x-", "x" * 70, "🙂", "a..b", "lampung"]
)
def test_addresses_that_can_not_be_are_refused_with_a_sentence(another: Another, slug: str) -> None:
    one = another()
    one.begin()
    answer = one.browser.submit(f"{one.home}/alamat", {"slug": "", "own": slug})
    assert answer.status_code == 422
    assert "field-error" in answer.text
    assert slug.split()[0] in answer.text


def test_a_link_is_used_once_and_says_so_in_a_friendly_way(app: SigerFlask, another: Another) -> None:
    one = another()
    one.fill().send()
    link = one.confirm_link()
    press, again = ready_to_press(one, link), ready_to_press(one, link)
    press()
    assert state_of(app, one) == "submitted"
    again()
    page = one.browser.get(link)
    assert page.status_code == 200
    assert "sudah dipastikan" in page.text
    assert [key for kind, key in notes_of(app, one.home) if kind == "state"].count("submitted") == 1


def test_a_link_of_an_application_that_was_taken_back_does_not_say_that_it_was_used(
    app: SigerFlask, another: Another
) -> None:
    one = another()
    one.fill().send()
    link = one.confirm_link()
    assert one.browser.submit(f"{one.home}/tarik").status_code == 303
    page = one.browser.get(link)
    assert page.status_code == 410
    assert "sudah berakhir" in page.text
    assert "sudah dipastikan" not in page.text


def test_a_link_that_is_too_old_or_replaced_confirms_nothing_and_a_new_one_can_be_had(
    app: SigerFlask, another: Another
) -> None:
    one = another()
    one.fill().send()
    old = one.confirm_link()
    press = ready_to_press(one, old)
    with application_at(app, one.home) as application:
        application.confirm_asked_at = now() - dt.timedelta(hours=49)
        db.session.commit()
    press()
    assert state_of(app, one) == "confirming"
    page = one.browser.get(old)
    assert page.status_code == 410
    assert "kedaluwarsa" in page.text
    assert "kedaluwarsa" in one.browser.get(one.home).text
    one.browser.submit(f"{old}/lagi", form=old)
    assert "sudah diganti" in one.browser.get(old).text
    assert one.confirm().status_code == 303
    assert state_of(app, one) == "submitted"


def test_links_that_were_not_made_here_lead_nowhere(app: SigerFlask, another: Another) -> None:
    one, other = another(), another()
    one.begin()
    other.begin()
    mine, theirs = one.home.split("/")[2], other.home.split("/")[2]
    forged = [theirs[:22] + mine[22:], mine[:-1] + ("A" if mine[-1] != "A" else "B"), "x" * 64]
    for token in forged:
        answer = one.browser.get(f"/daftar/{token}")
        assert answer.status_code == 404
        assert "Tautan ini tidak berlaku" in answer.text
        sent = one.browser.submit(
            f"/daftar/{token}/identitas", {"term": "Diretas"}, form=f"{one.home}/identitas"
        )
        assert sent.status_code == 404
    for text in ("x", "a.b.c", "x" * 200):
        assert one.browser.get(f"/daftar/konfirmasi/{text}").status_code == 404
    assert one.browser.get(f"/daftar/{mine}x").status_code == 404


def test_another_e_mail_address_ends_the_link_that_the_first_one_was_told(
    app: SigerFlask, another: Another
) -> None:
    one = another()
    one.fill().send()
    first_home, first_link = one.home, one.confirm_link()
    one.email = f"baru-{one.email}"
    one.introduce(letter=None)
    assert one.home != first_home
    assert one.browser.get(first_home).status_code == 404
    assert one.browser.get(first_link).status_code == 410
    assert "Belum dikirim" in one.browser.get(one.home).text
    assert link_in(one.letters()[0]) == one.home
    one.send()
    one.confirm()
    assert state_of(app, one) == "submitted"


@pytest.mark.parametrize("kind", ["email", "phone"])
def test_a_blocked_applicant_is_refused_with_the_office_named(
    app: SigerFlask, another: Another, unique: Callable[[], int], kind: str
) -> None:
    one = another()
    one.fill()
    phone = f"0813{unique():08d}"
    one.introduce(phone=phone, letter=None)
    with app.app_context(), platform_scope():
        value = one.email if kind == "email" else phone.replace("0", "+62", 1)
        db.session.add(BlockedApplicant(kind=kind, value=value, reason="Penipuan", blocked_by="Petugas"))
        db.session.commit()
    answer = one.send()
    assert answer.status_code == 422
    assert f"Hubungi Dinas PMD {one.village.regency}" in answer.text
    assert "Penipuan" not in answer.text
    assert state_of(app, one) == "draft"
    assert ("note", "blocked") in notes_of(app, one.home)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"MZ\x90\x00 program", "Hanya PDF, JPG, atau PNG"),
        (b"", "kosong"),
        (b"%PDF-1.7\n/OpenAction /JavaScript (x)", "PDF"),
        (b"\xff\xd8\xff" + b"0" * (5 * 1024 * 1024), "5 MB"),
    ],
)
def test_a_letter_that_can_not_be_kept_is_refused_and_the_rest_is_saved(
    app: SigerFlask, another: Another, data: bytes, said: str
) -> None:
    one = another()
    one.begin()
    answer = one.introduce(letter=(data, "surat.pdf"))
    assert answer.status_code == 422
    assert said in answer.text
    with application_at(app, one.home) as application:
        assert application.letter_file_id is None
        assert application.applicant_name == "Siti Rahma"


@pytest.mark.parametrize("megabytes", [8, 20])
def test_a_photo_of_a_phone_that_is_too_large_loses_nothing_that_was_typed(
    another: Another, megabytes: int
) -> None:
    one = another()
    one.begin()
    answer = one.introduce(letter=(b"\xff\xd8\xff" + b"0" * (megabytes << 20), "IMG_2041.jpg"))
    assert answer.status_code == 422
    assert "lebih besar dari 5 MB" in answer.text
    for typed in ("Siti Rahma", "0812 7000 1234", one.email):
        assert f'value="{typed}"' in answer.text
    assert 'value="Siti Rahma"' in one.browser.get(f"{one.home}/pemohon").text


def test_a_body_that_is_far_too_large_is_answered_with_a_sentence(another: Another) -> None:
    one = another()
    one.begin()
    answer = one.introduce(letter=(b"%PDF-1.4" + b"0" * (26 << 20), "surat.pdf"))
    assert answer.status_code == 413
    assert "paling besar 5 MB" in answer.text
    assert "lebih dari 25 MB" in answer.text


def test_photos_are_made_smaller_in_the_browser_before_they_are_sent(another: Another) -> None:
    one = another()
    one.begin()
    page = one.browser.get(f"{one.home}/pemohon").text
    assert 'data-photo="1"' in page
    assert "/photo-" in page


def test_a_letter_that_follows_brings_the_application_to_the_next_step(
    app: SigerFlask, another: Another
) -> None:
    one = another()
    one.begin()
    one.introduce(letter=None)
    assert one.introduce(name="").status_code == 422
    with application_at(app, one.home) as application:
        assert application.step == "identity"


def test_an_address_with_spaces_and_capitals_is_written_as_an_address_and_shown(another: Another) -> None:
    one = another()
    one.begin()
    one.introduce()
    one.identify()
    wanted = slugify(f"balai {one.village.name}")
    answer = one.choose_address(f"  {wanted.replace('-', ' ').upper()} ")
    assert answer.status_code == 303, answer.text
    assert f"Alamat ditulis sebagai {wanted}." in one.browser.get(answer.location).text
    refused = one.choose_address("Bank BRI")
    assert refused.status_code == 422
    assert "disimpan untuk keperluan lain" in refused.text


def test_local_words_are_words(another: Another) -> None:
    one = another()
    one.begin()
    one.introduce()
    answer = one.identify(term="<script>", head="Kepala <b>Pekon</b>")
    assert answer.status_code == 422
    assert answer.text.count("tanpa tanda &lt; dan &gt;") >= 2


def test_a_good_letter_is_kept_when_something_else_is_wrong_and_can_be_taken_away(
    app: SigerFlask, another: Another, visit: Callable[[str], Visitor]
) -> None:
    one = another()
    one.begin()
    answer = one.introduce(phone="12")
    assert answer.status_code == 422
    assert "Nomor ini tidak lengkap" in answer.text
    assert 'href="#f-phone"' in answer.text
    assert "Sudah ada: surat tugas.jpg" in answer.text
    with application_at(app, one.home) as application:
        file_id = application.letter_file_id
    assert one.browser.get(f"{one.home}/surat").content_type == "image/jpeg"
    assert visit("localhost").get(f"/berkas/{file_id}").status_code == 404
    one.browser.submit(f"{one.home}/surat/hapus", form=f"{one.home}/pemohon")
    assert one.browser.get(f"{one.home}/surat").status_code == 404


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("Ni Luh Ayu Dé’wi 🙂", 303),
        ("🙂🙂🙂", 422),
        ("x" * 101, 422),
        ("a\x00\u202eb", 422),
        ("李小龍先生", 303),
        ("Drs. H. Siti Rahma, S.Pd., M.M.", 303),
        ("Menangkan hadiah di https://jahat.example", 422),
        ("tulis ke siti@jahat.example", 422),
        ("Anda menang hadiah-anda.com buka", 422),
        ("Buka bit.ly segera", 422),
        ("www.jahat.test", 422),
        ("Klik T.me", 422),
        ("Hubungi 0812 7000 1234", 422),
        ("=SUM(A1) Siti", 422),
        ("+Siti Rahma", 422),
        ("-Siti Rahma", 422),
        ("Drs.H.Ahmad Fauzi, S.Pd.I., M.Si", 303),
        ("Hj.Siti Rahma A.Md.Kep", 303),
        ("Ir. M.Yusuf, S.Kom.,M.Ag.", 303),
        ("Muh. Al-Amin, S.H., M.H.", 303),
    ],
)
def test_names_of_all_kinds_are_taken_or_refused_with_a_sentence(
    another: Another, name: str, status: int
) -> None:
    one = another()
    one.begin()
    answer = one.introduce(name=name)
    assert answer.status_code == status
    if status == 422:
        assert "field-error" in answer.text


@pytest.mark.parametrize(
    ("title", "status"), [("Kasi hadiah-anda.com", 422), ("=Kaur", 422), ("Kaur TU/Umum RT 001", 303)]
)
def test_titles_are_judged_like_names(another: Another, title: str, status: int) -> None:
    one = another()
    one.begin()
    assert one.introduce(title="other", title_other=title).status_code == status
    assert one.identify(head=title).status_code == status


def test_identity_is_checked_and_the_correction_of_a_name_is_only_noted(
    app: SigerFlask, another: Another
) -> None:
    one = another()
    one.begin()
    refused = one.identify(postal_code="123", term="")
    assert refused.status_code == 422
    assert "lima angka" in refused.text
    one.introduce()
    one.identify(
        term="Pekon", head="Peratin", postal_code="35379", name_note="Ejaan: Sukamaju, bukan Suka Maju"
    )
    with application_at(app, one.home) as application:
        from app.province.onboarding.applications.services import apply_answers

        row = db.session.get(TenantRow, one.village.id)
        assert row is not None
        apply_answers(application, row)
        db.session.commit()
        assert (row.term, row.words["head"], row.postal_code) == ("Pekon", "Peratin", "35379")
        assert row.name == one.village.name


def test_the_english_wizard_speaks_of_one_village_and_one_minute(another: Another) -> None:
    one = another()
    one.begin()
    assert "<dd>Village</dd>" in one.browser.get(f"{one.home}/identitas?bahasa=en").text
    summary = one.browser.get(f"{one.home}/periksa?bahasa=en").text
    assert "<dt>Region</dt>" in summary
    assert "about 1 minute to go" in summary
    assert "about 6 minutes to go" in one.browser.get(f"{one.home}/pemohon?bahasa=en").text


def test_an_unknown_or_closed_village_can_not_be_chosen(another: Another, app: SigerFlask) -> None:
    one = another()
    for typed in ("", "x", "00000000-0000-0000-0000-000000000000"):
        answer = one.browser.submit("/daftar/mulai", {"village": typed}, form="/daftar/lanjut")
        assert answer.status_code == 404
    one.begin()
    answer = send_form(one.browser, f"{one.home}/pemohon", {"title": "raja"})
    assert answer.status_code == 422
    with app.app_context(), platform_scope():
        assert db.session.scalar(select(TenantRow.state).where(TenantRow.id == one.village.id)) == "listed"
