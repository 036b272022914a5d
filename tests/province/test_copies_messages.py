"""Nobody is told twice: what waited to be sent in a copy is not sent by a village that is set back to it."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from sqlalchemy import select, update

from app.core.hosting import SigerFlask
from app.core.mail import RecordingMailer
from app.core.notifications.models import Notification
from app.extensions import db
from app.government.complaints.models import Complaint
from tenants.models import now
from tenants.scope import Tenant, tenant_scope
from tests.province.test_copies_kept import set_back
from tests.support.copies import copy_now
from tests.support.people import Person
from tests.support.residents import a_resident
from tests.support.selfservice import a_phone
from tests.support.villages import opened
from tests.support.visitors import Visitor
from tests.support.work import settle


@dataclass(frozen=True)
class Mailed:
    """A row of a message by e-mail, as a test compares it."""

    state: str
    error: str


@pytest.fixture
def post(app: SigerFlask) -> Iterator[RecordingMailer]:
    """Letters that go out while jobs run; what other tests left is gone."""
    settle(app)
    office = app.extensions["mailer"] = RecordingMailer()
    yield office
    del app.extensions["mailer"]


def complain(visitor: Visitor, title: str) -> None:
    """Send a complaint with a resident's phone."""
    said = {"category": "light", "title": title, "text": "Lampu di depan masjid mati sejak seminggu."}
    answer = visitor.submit("/layanan/pengaduan/baru", {**said, "kunci": str(uuid.uuid4())})
    assert answer.status_code == 303, answer.text


def mailed(app: SigerFlask, village: Tenant, title: str, **change: object) -> Mailed:
    """How the e-mail to the office about a complaint stands, after `change`."""
    with app.app_context(), tenant_scope(village):
        about = select(Complaint.id).where(Complaint.title == title).scalar_subquery()
        mine = (Notification.subject_id == about) & (Notification.channel == "email")
        mine &= Notification.audience == "staff"
        if change:
            db.session.execute(update(Notification).where(mine).values(**change))
            db.session.commit()
        row = db.session.scalars(select(Notification).where(mine)).one()
        return Mailed(row.state, row.error)


def told(post: RecordingMailer, person: Person, title: str) -> int:
    """How many letters somebody got about a complaint."""
    return sum(letter.to == person.email and title in letter.subject for letter in post.letters)


def test_a_village_that_is_set_back_sends_no_old_message_again(
    app: SigerFlask, officer: Callable[..., Visitor], make_village: Callable[[], Tenant],
    staff: Callable[..., Person], post: RecordingMailer,
) -> None:  # fmt: skip
    village, admin = opened(app, make_village()), officer()
    person, phone = staff(village), a_phone(app, village, a_resident(app, village, name="Maryati"))
    complain(phone, "Lampu masjid")
    complain(phone, "Jalan rusak")
    complain(phone, "Sampah pasar")
    resting = mailed(app, village, "Jalan rusak", attempts=2, sent_at=now())
    assert resting == Mailed("waiting", "")
    mailed(app, village, "Sampah pasar", state="failed", attempts=6, error="no answer")
    copy = copy_now(app, village)
    mailed(app, village, "Sampah pasar", state="sent", error="")
    settle(app)
    assert mailed(app, village, "Lampu masjid").state == "sent"
    assert told(post, person, "Lampu masjid") == 1
    set_back(app, admin, village, copy.id)
    assert mailed(app, village, "Lampu masjid") == Mailed("sent", ""), "it went out since the copy"
    assert mailed(app, village, "Sampah pasar") == Mailed("sent", ""), "so nobody sends it again by hand"
    left = mailed(app, village, "Jalan rusak")
    assert left.state == "skipped"
    assert "dikembalikan ke salinan" in left.error
    person = staff(village)
    again = a_phone(app, village, a_resident(app, village, name="Sulastri"))
    complain(again, "Selokan mampet")
    settle(app)
    assert told(post, person, "Selokan mampet") == 1, "the village goes on telling its people"
    titles = [letter.subject for letter in post.letters]
    assert sum("Lampu masjid" in title for title in titles) == 1, titles
    assert not any("Jalan rusak" in title for title in titles), titles
    page = person.get("/pengaturan/pemberitahuan/kiriman").text
    assert "Tidak dikirim" in page
    assert left.error in page
