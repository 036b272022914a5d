"""People are told what happened: in the application at once, by e-mail and WhatsApp later, and never unasked."""

from __future__ import annotations

import os
import re
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from app.core.hosting import SigerFlask
from app.core.mail import RecordingMailer
from app.core.notifications import declare_event, digest, notify
from app.core.notifications.events import event_of
from app.core.notifications.models import Notification
from app.core.notifications.sending import PAUSES_MINUTES
from app.core.notifications.whatsapp import RecordingGateway
from app.extensions import db
from tenants.models import now
from tenants.scope import Tenant, tenant_scope
from tests.support.people import Person, make_account
from tests.support.work import settle

EVENT = "test.happened"


@pytest.fixture(autouse=True)
def event() -> None:
    declare_event(
        EVENT, "Kejadian uji", "Kabar {nomor}", "Halo {penerima}, ada kabar {nomor} di {desa}.",
        ("in_app", "email", "whatsapp"), "staff", {"nomor": "nomor surat"},
    )  # fmt: skip


@pytest.fixture
def post(app: SigerFlask) -> Iterator[tuple[RecordingMailer, RecordingGateway]]:
    """A mailer and a gateway that only record; what other tests left to be sent is gone."""
    settle(app)
    before = {name: app.extensions.get(name) for name in ("mailer", "whatsapp")}
    mailer, gateway = RecordingMailer(), RecordingGateway()
    app.extensions["mailer"], app.extensions["whatsapp"] = mailer, gateway
    yield mailer, gateway
    app.extensions |= before


@contextmanager
def inside(app: SigerFlask, village: Tenant) -> Iterator[None]:
    with app.app_context(), tenant_scope(village):
        yield


def tell(app: SigerFlask, village: Tenant, person: Person, **more: object) -> int:
    with inside(app, village):
        told = notify(EVENT, recipient_ids=[person.account_id], values={"nomor": "474/1"}, **more)  # type: ignore[arg-type]
        db.session.commit()
        return told


def press(person: Person, path: str, data: dict[str, object] | None = None) -> TestResponse:
    """Send a form with the token of a page that everybody at work may open."""
    return person.submit(path, data, form="/pemberitahuan/pilihan")


def rows(app: SigerFlask, village: Tenant, **where: object) -> list[Notification]:
    with inside(app, village):
        return list(db.session.scalars(select(Notification).filter_by(**where).order_by(Notification.id)))


def rest(app: SigerFlask, village: Tenant) -> None:
    """Let the pause of what failed be over."""
    from tenants.models import OutboxEntry
    from tenants.scope import platform_scope

    with inside(app, village):
        db.session.execute(update(Notification).values(sent_at=None, created_at=Notification.created_at))
        db.session.execute(
            update(Notification)
            .where(Notification.state == "waiting", Notification.attempts > 0)
            .values(sent_at=now().replace(year=2020))
        )
        db.session.commit()
    with app.app_context(), platform_scope():
        db.session.execute(update(OutboxEntry).values(available_at=now().replace(year=2020)))
        db.session.commit()


def test_a_message_is_there_with_the_commit_and_leads_to_its_subject(
    app: SigerFlask, village: Tenant, staff: Callable[..., Person]
) -> None:
    person = staff(village)
    assert tell(app, village, person, link="/pengaturan/identitas") == 3
    page = person.get("/pemberitahuan")
    assert "Kabar 474/1" in page.text
    assert f"Halo {person.name}, ada kabar 474/1 di {village.full_name}." in page.text
    action = re.search(r'action="(/pemberitahuan/[0-9a-f-]{36})"', page.text)
    assert action
    answer = press(person, action[1])
    assert answer.headers["Location"].endswith("/pengaturan/identitas")
    assert rows(app, village, channel="in_app")[0].read_at is not None


def test_the_bell_counts_what_is_unread(
    app: SigerFlask, village: Tenant, staff: Callable[..., Person]
) -> None:
    person = staff(village)
    badge = r'href="/pemberitahuan"(?:(?!</a>).)*<em class="tag tag-warning">(\d+)</em>'
    assert not re.search(badge, person.get("/beranda").text, re.DOTALL)
    tell(app, village, person)
    tell(app, village, person)
    found = re.search(badge, person.get("/beranda").text, re.DOTALL)
    assert found
    assert found[1] == "2"
    press(person, "/pemberitahuan/dibaca")
    assert not re.search(badge, person.get("/beranda").text, re.DOTALL)


def test_nothing_is_told_when_the_transaction_fails(
    app: SigerFlask,
    village: Tenant,
    staff: Callable[..., Person],
    post: tuple[RecordingMailer, RecordingGateway],
) -> None:
    person = staff(village)
    with inside(app, village):
        notify(EVENT, recipient_ids=[person.account_id], values={"nomor": "1"})
        db.session.rollback()
    settle(app)
    assert not rows(app, village)
    assert not post[0].letters


def test_mail_and_whatsapp_go_out_later_with_a_reference_and_a_way_to_stop_them(
    app: SigerFlask,
    village: Tenant,
    staff: Callable[..., Person],
    post: tuple[RecordingMailer, RecordingGateway],
) -> None:
    person = staff(village)
    _phone(app, person, "0812-0000-1234")
    tell(app, village, person, link="/beranda")
    assert not post[0].letters
    settle(app)
    (letter,), (message,) = post[0].letters, post[1].messages
    assert letter.to == person.email
    assert "/pemberitahuan/pilihan" in letter.text
    assert f"{village.slug}.localhost" in letter.text
    assert message.to == "+6281200001234"
    mail, whatsapp = rows(app, village, channel="email")[0], rows(app, village, channel="whatsapp")[0]
    assert (letter.reference, message.reference) == (f"notification-{mail.id}", f"notification-{whatsapp.id}")
    assert {mail.state, whatsapp.state} == {"sent"}
    settle(app)
    assert len(post[0].letters) == 1


def test_without_a_phone_whatsapp_is_skipped(
    app: SigerFlask,
    village: Tenant,
    staff: Callable[..., Person],
    post: tuple[RecordingMailer, RecordingGateway],
) -> None:
    person = staff(village)
    tell(app, village, person)
    settle(app)
    assert not post[1].messages
    assert rows(app, village, channel="whatsapp")[0].state == "skipped"


def test_a_gateway_that_is_away_means_later_then_failed_and_again_on_request(
    app: SigerFlask,
    village: Tenant,
    staff: Callable[..., Person],
    post: tuple[RecordingMailer, RecordingGateway],
) -> None:
    person = staff(village)
    _phone(app, person, "0812-0000-1234")
    post[1].away = True
    tell(app, village, person)
    settle(app)
    row = rows(app, village, channel="whatsapp")[0]
    assert (row.state, row.attempts) == ("waiting", 1)
    settle(app)
    assert rows(app, village, channel="whatsapp")[0].attempts == 1, "it rests before it is tried again"
    for _ in PAUSES_MINUTES:
        rest(app, village)
        settle(app)
    row = rows(app, village, channel="whatsapp")[0]
    assert (row.state, row.attempts) == ("failed", len(PAUSES_MINUTES) + 1)
    assert "no answer" in person.get("/pengaturan/pemberitahuan/kiriman").text
    assert "gagal dikirim" in person.get("/pemberitahuan").text
    post[1].away = False
    assert press(person, f"/pengaturan/pemberitahuan/kiriman/{row.id}").status_code == 303
    settle(app)
    assert rows(app, village, channel="whatsapp")[0].state == "sent"
    assert len(post[1].messages) == 1


def test_what_somebody_switched_off_is_not_written(
    app: SigerFlask, village: Tenant, staff: Callable[..., Person]
) -> None:
    person, other = staff(village), staff(village)
    assert EVENT in person.get("/pemberitahuan/pilihan").text
    assert press(person, "/pemberitahuan/pilihan", {"on": [f"in_app:{EVENT}"]}).status_code == 303
    assert tell(app, village, person) == 1
    assert tell(app, village, other) == 3


def test_who_acts_is_not_told_of_the_own_deed_and_others_without_the_permission_neither(
    app: SigerFlask, village: Tenant, staff: Callable[..., Person]
) -> None:
    secretary, cadre = staff(village), staff(village, role="cadre")
    with inside(app, village):
        assert notify(EVENT, permission="village.settings", values={}) == 3
        db.session.commit()
    told = {row.recipient_id for row in rows(app, village)}
    assert told == {secretary.account_id}
    assert cadre.account_id not in told


def test_a_sentence_with_an_unknown_name_is_refused_and_says_which_are_known(
    village: Tenant, staff: Callable[..., Person]
) -> None:
    person = staff(village)
    address = f"/pengaturan/pemberitahuan/{EVENT}/email"
    answer = press(person, address, {"title": "Kabar", "text": "NIK Anda {nik}"})
    assert answer.status_code == 422
    assert "{nik} tidak dikenal" in answer.text
    assert "{nomor}" in answer.text
    assert press(person, address, {"title": "Kabar", "text": "Nomor {nomor"}).status_code == 422
    assert press(person, address, {"title": "", "text": "x"}).status_code == 422


def test_a_village_has_its_own_words_until_it_resets_them(
    app: SigerFlask,
    make_village: Callable[[], Tenant],
    staff: Callable[..., Person],
    post: tuple[RecordingMailer, RecordingGateway],
) -> None:
    mine, theirs = make_village(), make_village()
    person, other = staff(mine), staff(theirs)
    address = f"/pengaturan/pemberitahuan/{EVENT}/email"
    assert press(person, address, {"title": "Tabik pun", "text": "Surat {nomor} jadi."}).status_code == 303
    tell(app, mine, person)
    tell(app, theirs, other)
    settle(app)
    subjects = {letter.to: letter.subject for letter in post[0].letters}
    assert subjects == {person.email: "Tabik pun", other.email: "Kabar 474/1"}
    assert "Kalimat desa" in person.get(f"/pengaturan/pemberitahuan/{EVENT}").text
    press(person, f"{address}/asal")
    assert "Kalimat desa" not in person.get(f"/pengaturan/pemberitahuan/{EVENT}").text.split("<main")[1]


def test_a_value_is_never_read_as_a_template(
    app: SigerFlask, village: Tenant, staff: Callable[..., Person]
) -> None:
    person = staff(village)
    with inside(app, village):
        notify(EVENT, recipient_ids=[person.account_id], values={"nomor": "{desa}<script>"})
        db.session.commit()
    page = person.get("/pemberitahuan").text
    assert "Kabar {desa}&lt;script&gt;" in page


def test_messages_of_others_and_of_other_villages_are_not_there(
    app: SigerFlask, make_village: Callable[[], Tenant], staff: Callable[..., Person]
) -> None:
    mine, theirs = make_village(), make_village()
    person, colleague, stranger = staff(mine), staff(mine), staff(theirs)
    tell(app, mine, person)
    row = rows(app, mine, channel="in_app")[0]
    assert press(colleague, f"/pemberitahuan/{row.id}").status_code == 404
    assert press(stranger, f"/pemberitahuan/{row.id}").status_code == 404
    assert press(stranger, f"/pengaturan/pemberitahuan/kiriman/{row.id}").status_code == 404
    assert "Kabar 474/1" not in colleague.get("/pemberitahuan").text
    assert rows(app, mine, channel="in_app")[0].read_at is None


def test_only_who_may_change_settings_changes_sentences(
    village: Tenant, staff: Callable[..., Person]
) -> None:
    cadre = staff(village, role="cadre")
    assert cadre.get("/pemberitahuan").status_code == 200
    assert cadre.get("/pengaturan/pemberitahuan").status_code == 403
    posted = press(cadre, f"/pengaturan/pemberitahuan/{EVENT}/email", {"title": "x", "text": "y"})
    assert posted.status_code == 403
    assert press(cadre, "/pengaturan/pemberitahuan/kiriman").status_code == 403


def test_nothing_that_is_said_stands_in_clear(
    app: SigerFlask, village: Tenant, staff: Callable[..., Person]
) -> None:
    person = staff(village)
    tell(app, village, person)
    with inside(app, village):
        kept = [str(row) for row in db.session.execute(select(Notification.__table__))]
    assert kept
    assert not any("474/1" in row or person.name in row or person.email in row for row in kept)


def test_the_head_gets_one_digest_a_day_and_none_when_nothing_waits(
    app: SigerFlask, village: Tenant, staff: Callable[..., Person], monkeypatch: pytest.MonkeyPatch
) -> None:
    head, _secretary = staff(village, role="village_head"), staff(village)
    waiting = {"count": 0}
    monkeypatch.setattr(digest, "_lines", {})
    digest.declare_digest_line("test.waits", lambda: waiting["count"], lambda n: f"{n} surat menunggu Anda")
    with inside(app, village):
        assert digest.send_digest() == 0
        waiting["count"] = 3
        assert digest.send_digest() == 2
        db.session.commit()
        assert digest.send_digest() == 0
        db.session.rollback()
    assert {row.recipient_id for row in rows(app, village)} == {head.account_id}
    assert "3 surat menunggu Anda" in head.get("/pemberitahuan").text


def test_the_head_can_do_without_the_digest(
    app: SigerFlask, village: Tenant, staff: Callable[..., Person], monkeypatch: pytest.MonkeyPatch
) -> None:
    head = staff(village, role="village_head")
    press(head, "/pemberitahuan/pilihan", {"on": [f"in_app:{EVENT}"]})
    monkeypatch.setattr(digest, "_lines", {})
    digest.declare_digest_line("test.waits", lambda: 1, lambda n: "satu")
    with inside(app, village):
        assert digest.send_digest() == 0


def test_the_morning_goes_over_all_villages_that_work(
    app: SigerFlask, village: Tenant, staff: Callable[..., Person], monkeypatch: pytest.MonkeyPatch
) -> None:
    from tenants.jobs import enqueue
    from tenants.scope import platform_scope

    staff(village, role="village_head")
    monkeypatch.setattr(digest, "_lines", {})
    digest.declare_digest_line("test.waits", lambda: 1, lambda n: "satu surat menunggu")
    with app.app_context(), platform_scope():
        enqueue(digest.DAILY_ALL)
        db.session.commit()
    settle(app)
    assert [row.event for row in rows(app, village, channel="in_app")] == [digest.EVENT]


def test_what_was_read_long_ago_is_removed(
    app: SigerFlask, village: Tenant, staff: Callable[..., Person]
) -> None:
    person = staff(village)
    tell(app, village, person)
    tell(app, village, person)
    with inside(app, village):
        old = now() - digest.KEPT_READ
        first = db.session.scalars(select(Notification).where(Notification.channel == "in_app")).first()
        assert first is not None
        first.read_at = old.replace(year=old.year - 1)
        db.session.commit()
        assert digest.remove_old() == 1
        db.session.commit()
    assert len(rows(app, village, channel="in_app")) == 1


def test_the_list_has_pages_and_few_queries(
    app: SigerFlask, village: Tenant, staff: Callable[..., Person], count_queries: Callable[..., object]
) -> None:
    person = staff(village)
    with inside(app, village):
        for number in range(35):
            notify(EVENT, recipient_ids=[person.account_id], values={"nomor": str(number)})
        db.session.commit()
    person.get("/pemberitahuan")
    with count_queries(at_most=9):  # type: ignore[attr-defined]
        page = person.get("/pemberitahuan")
    after = re.search(r"after=([0-9a-f-]{36})", page.text)
    assert after
    later = person.get(f"/pemberitahuan?after={after[1]}")
    assert "Kabar 0" in later.text
    assert "Kabar 0<" not in page.text


def test_shipped_words_use_declared_names_alone() -> None:
    with pytest.raises(ValueError, match="undeclared"):
        declare_event("test.wrong", "x", "Kabar {nik}", "x", ("in_app",), "staff")
    assert event_of(EVENT).names["nomor"]


def _phone(app: SigerFlask, person: Person, phone: str) -> None:
    from app.core.accounts.models import Account
    from tenants.scope import platform_scope

    with app.app_context(), platform_scope():
        db.session.execute(update(Account).where(Account.id == person.account_id).values(phone=phone))
        db.session.commit()


def test_an_account_that_left_is_told_nothing(
    app: SigerFlask, village: Tenant, staff: Callable[..., Person]
) -> None:
    stranger = make_account(app)
    with inside(app, village):
        assert notify(EVENT, recipient_ids=[stranger.id, uuid.uuid4(), None], values={}) == 0


def test_a_fork_leaves_its_parents_connections_alone(app: SigerFlask, village: Tenant) -> None:
    from app.core.notifications.people import members

    with app.app_context(), tenant_scope(village):
        before = [member.id for member in members()]
    child = os.fork()
    if child == 0:
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    with app.app_context(), tenant_scope(village):
        assert [member.id for member in members()] == before
