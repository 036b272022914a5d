"""The invitation route: villages are picked, letters made, links used once."""

from __future__ import annotations

import datetime as dt
import io
import re
import time
import uuid
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
from sqlalchemy import select, update

from app.core.accounts.secrets import digest
from app.core.hosting import SigerFlask
from app.core.spreadsheets import read_table
from app.extensions import db
from app.province.onboarding.applications.models import Application
from app.province.onboarding.applications.steps import ALL_MINUTES
from app.province.onboarding.invitations import tokens
from app.province.onboarding.invitations.models import InvitationBatch, OnboardingInvitation
from tenants.bootstrap import libpq_url
from tenants.models import TenantRow, now
from tenants.scope import Tenant, platform_scope
from tests.province.bulk_files import listed, village_of
from tests.support.pdf_text import pdf_text
from tests.support.people import deliver_letters
from tests.support.servers import DatabaseUrls
from tests.support.work import settle

LETTER = {
    "label": "Gelombang uji", "letter_number": "005/12/2026", "letter_date": "2026-11-23",
    "signatory_name": "Drs. Ahmad Rifai", "signatory_title": "Kepala Dinas", "valid_days": "60", "kirim": "1",
    "paragraph": "#import \"x\" *tebal* <b>",
}  # fmt: skip


@pytest.fixture
def codes(_codes: Iterator[str]) -> Iterator[str]:
    """Codes of villages that no test has used yet."""
    return _codes


def invite(app: SigerFlask, office: Any, *rows: TenantRow, **values: Any) -> Any:
    """Send the form of the letter for these villages, and let the letters be made."""
    data = {**LETTER, "desa": [str(row.id) for row in rows], **values}
    answer = office.submit("/pendaftaran/undangan/baru", data)
    settle(app)
    return answer


def kept(app: SigerFlask, row: TenantRow) -> tuple[OnboardingInvitation, str]:
    """A village's newest invitation, and the path of its link."""
    with app.app_context(), platform_scope():
        query = select(OnboardingInvitation).where(OnboardingInvitation.tenant_id == row.id)
        one = db.session.scalars(query.order_by(OnboardingInvitation.id.desc())).first()
        assert one is not None
        path = f"/undangan/{tokens.token_of(one)}"
        db.session.expunge_all()
    return one, path


def change(app: SigerFlask, one: OnboardingInvitation, **values: Any) -> None:
    """Let time have passed for an invitation."""
    with app.app_context(), platform_scope():
        db.session.execute(
            update(OnboardingInvitation).where(OnboardingInvitation.id == one.id).values(**values)
        )
        db.session.commit()


def night(app: SigerFlask) -> None:
    """What happens every night."""
    from tenants.jobs import run_job

    with app.app_context():
        run_job("onboarding.invitations_night", None, {})


def application_of(app: SigerFlask, one: OnboardingInvitation) -> Application | None:
    """The newest application that an invitation led to."""
    with app.app_context(), platform_scope():
        query = select(Application).where(Application.invitation_id == one.id).order_by(Application.id.desc())
        found = db.session.scalars(query).first()
        db.session.expunge_all()
    return found


def test_a_village_is_invited_by_letter_and_its_link_leads_into_the_wizard(
    app: SigerFlask, codes: Iterator[str], officer: Callable[..., Any], visit: Callable[[str], Any]
) -> None:
    first, second = listed(app, codes, 2)
    office = officer()
    email = f"kontak{uuid.uuid4().hex[:8]}@contoh.test"
    contact = {f"email-{first.id}": email, f"contact_name-{first.id}": "Siti Aminah"}
    answer = invite(app, office, first, second, **contact)
    assert answer.status_code == 303, answer.text
    batch = answer.headers["Location"]
    one, path = kept(app, first)
    assert one.token_digest == digest(path.rsplit("/", 1)[-1])
    assert one.letter_version == 1
    assert one.mailed_at is not None
    assert village_of(app, first).state == "invited"
    letter = office.get(f"/pendaftaran/undangan/{one.id}/surat.pdf").data
    text = re.sub(r"\s+", "", pdf_text(letter))
    assert path in text
    assert "005/12/2026" in text
    assert '#import"x"*tebal*<b>' in text
    page = office.get(batch).text
    files = re.findall(r"/pendaftaran/undangan/gelombang/[^\"]+/berkas/[0-9a-f-]{36}", page)
    printed, bundle = (office.get(found) for found in files[:2])
    assert pdf_text(printed.data).replace(" ", "").count("Mulaimendaftar") == 2
    assert len(zipfile.ZipFile(io.BytesIO(bundle.data)).namelist()) == 2
    guest = visit("localhost")
    shown = guest.get(path)
    assert shown.status_code == 200
    assert first.name in shown.text
    assert f"Sekitar {ALL_MINUTES} menit" in shown.text
    assert email not in shown.text
    begun = guest.submit(path, {})
    assert begun.status_code == 303
    assert "/daftar/" in begun.headers["Location"]
    application = application_of(app, one)
    assert application is not None
    assert (application.tenant_id, application.route, application.email) == (first.id, "invitation", email)
    assert first.name in guest.get(begun.headers["Location"]).text


def test_opening_changes_nothing_and_a_link_is_used_once(
    app: SigerFlask, codes: Iterator[str], officer: Callable[..., Any], visit: Callable[[str], Any]
) -> None:
    (row,) = listed(app, codes)
    office = officer()
    email = f"pemilik{uuid.uuid4().hex[:8]}@contoh.test"
    invite(app, office, row, **{f"email-{row.id}": email})
    one, path = kept(app, row)
    assert "Surat 1 (PDF)" in office.get(f"/pendaftaran/undangan/gelombang/{one.batch_id}").text
    guest = visit("localhost")
    guest.get(path)
    assert kept(app, row)[0].opened_at is None
    assert application_of(app, one) is None
    guest.submit(path, {})
    first = application_of(app, one)
    assert first is not None
    stranger = visit("localhost")
    again = stranger.get(path)
    assert "Pendaftaran sudah dimulai" in again.text
    assert email not in again.text
    assert "p•••@contoh.test" in again.text
    assert stranger.submit(path, {}).status_code == 200
    assert application_of(app, one).id == first.id  # type: ignore[union-attr]
    deliver_letters(app)
    stranger.submit(f"{path}/lanjutkan", {}, form=path)
    (sent,) = deliver_letters(app)
    assert sent.to == email
    for _ in range(14):
        stranger.submit(f"{path}/lanjutkan", {}, form=path)
    assert "terlalu banyak surat" in stranger.get(path).text
    assert len(deliver_letters(app)) <= 12
    with app.app_context(), platform_scope():
        db.session.execute(
            update(Application)
            .where(Application.id == first.id)
            .values(state="submitted", submitted_at=now())
        )
        db.session.commit()
    assert "Undangan ini sudah dipakai" in stranger.get(path).text
    page = office.get(f"/pendaftaran/undangan/{one.id}").text
    assert "Sudah mendaftar" in page
    assert f'href="/pendaftaran/{first.id}"' in page
    assert "Mulai mendaftar" not in stranger.get(path).text


def test_a_draft_that_nobody_could_find_again_gives_way(
    app: SigerFlask, codes: Iterator[str], officer: Callable[..., Any], visit: Callable[[str], Any]
) -> None:
    (row,) = listed(app, codes)
    invite(app, officer(), row)
    one, path = kept(app, row)
    visit("localhost").submit(path, {})
    first = application_of(app, one)
    visit("localhost").submit(path, {})
    second = application_of(app, one)
    assert first is not None
    assert second is not None
    assert first.id != second.id
    with app.app_context(), platform_scope():
        assert db.session.get_one(Application, first.id).state == "expired"


def test_dead_links_say_why(
    app: SigerFlask, codes: Iterator[str], officer: Callable[..., Any], province: Any
) -> None:
    expired, revoked, renewed = listed(app, codes, 3)
    office = officer()
    invite(app, office, expired, revoked, renewed)
    one, path = kept(app, expired)
    change(app, one, expires_at=now() - dt.timedelta(minutes=1))
    gone = province.get(path)
    assert gone.status_code == 410
    assert "kedaluwarsa" in gone.text
    invite(app, office, expired)
    assert kept(app, expired)[0].id != one.id
    assert province.get(kept(app, expired)[1]).status_code == 200
    assert province.get(path).status_code == 410
    assert province.post(path, {}).status_code in (400, 410)
    assert application_of(app, one) is None
    two, second = kept(app, revoked)
    office.submit(f"/pendaftaran/undangan/{two.id}/cabut", {}, form=f"/pendaftaran/undangan/{two.id}")
    gone = province.get(second)
    assert gone.status_code == 410
    assert "sudah dicabut" in gone.text
    assert village_of(app, revoked).state == "listed"
    three, third = kept(app, renewed)
    office.submit(
        f"/pendaftaran/undangan/{three.id}/tautan-baru", {}, form=f"/pendaftaran/undangan/{three.id}"
    )
    settle(app)
    dead = province.get(third)
    assert dead.status_code == 404
    assert "tidak dikenal" in dead.text
    assert province.get(kept(app, renewed)[1]).status_code == 200
    assert province.get(f"/undangan/{kept(app, renewed)[1].rpartition('/')[2].upper()}").status_code == 200
    forged = province.get(f"/undangan/{'a' * 26}")
    assert forged.status_code == 404
    assert "tidak dikenal" in forged.text


def test_the_night_ends_what_ran_out_and_reminds_once(
    app: SigerFlask, codes: Iterator[str], officer: Callable[..., Any]
) -> None:
    over, quiet = listed(app, codes, 2)
    office = officer()
    email = f"diam{uuid.uuid4().hex[:8]}@contoh.test"
    invite(app, office, over, quiet, **{f"email-{quiet.id}": email})
    one, _path = kept(app, over)
    change(app, one, expires_at=now() - dt.timedelta(days=1))
    two, path = kept(app, quiet)
    change(app, two, mailed_at=now() - dt.timedelta(days=15))
    deliver_letters(app)
    night(app)
    assert village_of(app, over).state == "listed"
    assert village_of(app, quiet).state == "invited"
    (reminder,) = (letter for letter in deliver_letters(app) if letter.to == email)
    assert path in reminder.text
    night(app)
    assert not [letter for letter in deliver_letters(app) if letter.to == email]
    office.submit(
        f"/pendaftaran/undangan/{one.id}/perpanjang", {"days": "30"}, form=f"/pendaftaran/undangan/{one.id}"
    )
    assert village_of(app, over).state == "invited"
    assert kept(app, over)[0].ended_at is None
    assert kept(app, quiet)[0].email == email
    change(app, two, ended_at=now() - dt.timedelta(days=181))
    night(app)
    assert kept(app, quiet)[0].email == ""


def test_two_offices_in_the_same_moment_invite_a_village_once(
    app: SigerFlask, codes: Iterator[str], officer: Callable[..., Any]
) -> None:
    both = listed(app, codes, 2)
    early, late = officer(), officer()
    data = {**LETTER, "desa": [str(row.id) for row in both]}
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda one: one.submit("/pendaftaran/undangan/baru", data), (early, late)))
    assert [answer.status_code for answer in answers] == [303, 303]
    settle(app)
    with app.app_context(), platform_scope():
        query = select(OnboardingInvitation.tenant_id).where(
            OnboardingInvitation.tenant_id.in_([row.id for row in both])
        )
        assert sorted(db.session.scalars(query)) == sorted(row.id for row in both)
    again = invite(app, late, *both)
    assert str(again.headers["Location"]).startswith("/pendaftaran/undangan/baru")
    assert "Belum ada desa yang dapat diundang" in late.get(again.headers["Location"]).text


def blocked(conn: psycopg.Connection, count: int) -> None:
    """Return once so many others wait for a lock."""
    query = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
        "AND cardinality(pg_blocking_pids(pid)) > 0"
    )
    until = time.monotonic() + 10
    while time.monotonic() < until:
        row = conn.execute(query).fetchone()
        if row is not None and row[0] >= count:
            return
        time.sleep(0.02)
    raise AssertionError(f"fewer than {count} wait for a lock")


@pytest.mark.parametrize("first", ["invite", "extend"])
def test_an_invitation_is_extended_in_the_moment_in_which_its_village_is_invited_anew(
    app: SigerFlask, urls: DatabaseUrls, codes: Iterator[str], officer: Callable[..., Any], first: str
) -> None:
    [row] = listed(app, codes)
    early, late = officer(), officer()
    invite(app, early, row)
    one, _path = kept(app, row)
    change(app, one, expires_at=now() - dt.timedelta(minutes=1))
    night(app)
    page = f"/pendaftaran/undangan/{one.id}"
    deeds: dict[str, Callable[[], Any]] = {
        "invite": lambda: early.submit("/pendaftaran/undangan/baru", {**LETTER, "desa": [str(row.id)]}),
        "extend": lambda: late.submit(f"{page}/perpanjang", {"days": "30"}, form=page),
    }
    second = "extend" if first == "invite" else "invite"
    with ThreadPoolExecutor(2) as pool, psycopg.connect(libpq_url(urls.owner_url)) as held:
        held.execute("SELECT 1 FROM platform.tenant WHERE id = %s FOR UPDATE", (row.id,))
        done = {}
        for number, name in enumerate((first, second), start=1):
            done[name] = pool.submit(deeds[name])
            blocked(held, number)
        held.commit()
        answers = {name: waits.result() for name, waits in done.items()}
    assert {name: answer.status_code for name, answer in answers.items()} == {"invite": 303, "extend": 303}
    settle(app)
    told = {
        "extend": late.get(answers["extend"].headers["Location"]).text,
        "invite": early.get(answers["invite"].headers["Location"]).text,
    }
    lost = {
        "extend": "sudah memegang undangan yang lebih baru",
        "invite": "Tidak ada desa yang dapat diundang",
    }
    assert lost[second] in told[second]
    assert lost[first] not in told[first]
    with app.app_context(), platform_scope():
        query = select(OnboardingInvitation.id).where(OnboardingInvitation.tenant_id == row.id)
        living = list(db.session.scalars(query.where(OnboardingInvitation.ended_at.is_(None))))
    assert len(living) == 1
    assert (living == [one.id]) == (first == "extend")
    assert village_of(app, row).state == "invited"


def test_who_uses_siger_already_is_not_invited_and_regions_are_kept(
    app: SigerFlask, codes: Iterator[str], village: Tenant, officer: Callable[..., Any]
) -> None:
    (row,) = listed(app, codes)
    office = officer()
    page = office.get(f"/pendaftaran/undangan/baru?q={village.code}&semua_keadaan=1").text
    assert "Sudah memakai Siger" in page
    with app.app_context(), platform_scope():
        elsewhere_live = next(codes)
        db.session.execute(update(TenantRow).where(TenantRow.code == elsewhere_live).values(state="active"))
        db.session.commit()
    page = office.get(f"/pendaftaran/undangan/baru?q={elsewhere_live}&semua_keadaan=1").text
    assert "Sudah memakai Siger" in page
    live = village_row(app, village)
    answer = invite(app, office, live)
    assert answer.headers["Location"].startswith("/pendaftaran/undangan/baru")
    elsewhere = "18.06" if row.regency_code != "18.06" else "18.10"
    foreign = officer("regency_admin", elsewhere)
    assert foreign.get(f"/pendaftaran/undangan/baru?wilayah={row.regency_code}").status_code == 404
    invite(app, foreign, row)
    assert village_of(app, row).state == "listed"
    invite(app, office, row)
    one, _path = kept(app, row)
    assert foreign.get(f"/pendaftaran/undangan/{one.id}").status_code == 404
    assert foreign.get(f"/pendaftaran/undangan/{one.id}/surat.pdf").status_code == 404
    gone = foreign.submit(f"/pendaftaran/undangan/{one.id}/cabut", {}, form="/pendaftaran/undangan/baru")
    assert gone.status_code == 404
    own = officer("regency_admin", row.regency_code)
    page = own.get(f"/pendaftaran/undangan/{one.id}")
    assert page.status_code == 200
    batch = f"/pendaftaran/undangan/gelombang/{one.batch_id}"
    assert own.get(batch).status_code == 404
    assert batch not in page.text
    assert batch in office.get(f"/pendaftaran/undangan/{one.id}").text
    assert officer("regency_analyst", row.regency_code).get("/pendaftaran/undangan").status_code == 403


def village_row(app: SigerFlask, village: Tenant) -> TenantRow:
    """A village's row."""
    with app.app_context(), platform_scope():
        row = db.session.get_one(TenantRow, village.id)
        db.session.expunge_all()
    return row


def test_looking_first_shows_the_letter_and_invites_nobody(
    app: SigerFlask, codes: Iterator[str], officer: Callable[..., Any]
) -> None:
    (row,) = listed(app, codes)
    office = officer()
    data = {**LETTER, "desa": [str(row.id)], "lihat": "1"}
    del data["kirim"]
    page = office.submit("/pendaftaran/undangan/baru", data)
    assert page.status_code == 200
    assert "data:image/png;base64," in page.text
    assert village_of(app, row).state == "listed"
    wrong = office.submit("/pendaftaran/undangan/baru", {**data, "valid_days": "9999", "label": ""})
    assert wrong.status_code == 422
    assert "antara 7 dan 180" in wrong.text


def test_early_in_the_morning_a_letter_bears_the_day_that_it_is_in_lampung(
    app: SigerFlask, codes: Iterator[str], officer: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    (row,) = listed(app, codes)
    office = officer()
    early = dt.datetime(2026, 11, 22, 18, 30, tzinfo=dt.UTC)
    monkeypatch.setattr("app.province.onboarding.invitations.views.now", lambda: early)
    page = office.submit("/pendaftaran/undangan/baru", {"desa": [str(row.id)]})
    assert re.search(r'<input[^>]*name="letter_date"', page.text)
    assert 'value="2026-11-23"' in page.text
    with office.get("/pendaftaran/undangan/unduh.xlsx") as answer:
        assert "2026-11-23.xlsx" in answer.headers["Content-Disposition"]


def test_list_and_export_are_bounded_and_harmless(
    app: SigerFlask, codes: Iterator[str], officer: Callable[..., Any], count_queries: Any
) -> None:
    rows = listed(app, codes, 12)
    office = officer()
    invite(app, office, *rows)
    kept_before = update(OnboardingInvitation).where(OnboardingInvitation.tenant_id == rows[0].id)
    with app.app_context(), platform_scope():
        db.session.execute(kept_before.values(contact_name="=SUM(A1) Siti"))
        db.session.commit()
    batch = str(kept(app, rows[0])[0].batch_id)
    for path in ("", "/baru", f"/gelombang/{batch}", f"/{kept(app, rows[0])[0].id}"):
        with count_queries(at_most=12):
            assert office.get(f"/pendaftaran/undangan{path}").status_code == 200
    one_of_them = office.get(f"/pendaftaran/undangan?gelombang={batch}&q={rows[0].code}").text
    chip = re.search(r"Semua\s*<span[^>]*>(\d+)", one_of_them)
    assert chip is not None
    assert chip.group(1) == "1"
    with office.get(f"/pendaftaran/undangan/unduh.xlsx?gelombang={batch}") as answer:
        table = read_table(answer.data, "undangan.xlsx", known=("kode wilayah", "desa", "surel"))
    assert len(table.rows) == 12
    text = str(table.rows)
    assert "'=SUM(A1) Siti" in text
    assert tokens_of(app, rows[0]) not in text


def tokens_of(app: SigerFlask, row: TenantRow) -> str:
    """The secret of a village's link."""
    return kept(app, row)[1].rsplit("/", 1)[-1]


def test_older_batches_can_be_paged_to(app: SigerFlask, officer: Callable[..., Any]) -> None:
    mark = uuid.uuid4().hex[:8]
    with app.app_context(), platform_scope():
        for number in range(25):
            db.session.add(
                InvitationBatch(
                    label=f"{mark} nomor {number:02}", region_code="18", letter_date=now().date(),
                    signatory_name="Drs. Ahmad Rifai", created_by="Hendra",
                )
            )  # fmt: skip
            db.session.flush()
        db.session.commit()
    office, path, found = officer(), "/pendaftaran/undangan", set[str]()
    for _turn in range(4):
        page = office.get(path).text
        found |= set(re.findall(rf"{mark} nomor \d\d", page))
        older = re.search(r'rel="next" href="([^"]*gelombang=[^"#]*)', page)
        if len(found) == 25 or older is None:
            break
        path = older[1].replace("&amp;", "&")
    assert len(found) == 25
