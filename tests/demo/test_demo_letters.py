"""What the demo's villages write, sign and answer: by the services, once; each issued letter has its file."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import pytest
from sqlalchemy import func, select

from app.core.actors import Actor
from app.core.audit.models import TenantAuditEntry
from app.core.hosting import SigerFlask
from app.core.village.models import Official, SubArea
from app.demo.accounts import name_of
from app.demo.citizens import SIGNED, SIGNED_FOR_RESIDENTS
from app.demo.content import DemoSecrets
from app.demo.letters import grown_people, has_letters, write_letters
from app.demo.residents import settle_village
from app.demo.services_life import seed_services
from app.demo.villages import SKETCHES
from app.extensions import db
from app.government.complaints.models import Complaint
from app.government.letters.desk.services import letter_file
from app.government.letters.models import STATES, IncomingLetter, Letter
from app.government.selfservice.kiosk.devices import kiosks
from tenants.ids import uuid7
from tenants.models import TenantRow, now
from tenants.scope import Tenant, platform_scope, tenant_scope
from tests.support import residents
from tests.support.people import make_account
from tests.support.villages import opened
from tests.support.visitors import Visitor

KEEPER = Actor(uuid7(), "Siti Rahma", "siti@siger.test")


@pytest.fixture
def lived_in(app: SigerFlask, village: Tenant) -> Tenant:
    """A village in which 200 people live, with its officials."""
    with app.app_context(), tenant_scope(village):
        db.session.add(SubArea(kind="sub_area", name="Dusun 1"))
        db.session.add(Official(name="Bambang Irawan", title="Kepala Desa", position="head"))
        db.session.add(Official(name="Nur Aini", title="Kaur Umum", position="section"))
        db.session.commit()
        assert settle_village(200) is not None
    return village


def test_letters_of_weeks_stand_in_every_state(app: SigerFlask, lived_in: Tenant) -> None:
    with app.app_context(), tenant_scope(lived_in):
        assert not has_letters()
        write_letters(grown_people(), KEEPER, rich=True)
        states = dict(db.session.execute(select(Letter.state, func.count()).group_by(Letter.state)).all())
        assert set(states) == {
            "draft", "submitted", "verified", "issued", "collected", "rejected", "cancelled",
        }  # fmt: skip
        assert states["verified"] == 12
        numbered = db.session.execute(
            select(Letter.sequence, Letter.letter_date).where(Letter.sequence.is_not(None)).order_by(Letter.sequence)
        ).all()  # fmt: skip
        assert [sequence for sequence, _ in numbered] == list(range(1, len(numbered) + 1))
        assert [day for _, day in numbered] == sorted(day for _, day in numbered)
        made = db.session.scalars(select(Letter).where(Letter.sha256.is_not(None))).all()
        assert len(made) == 30
        for letter in made[:3]:
            assert hashlib.sha256(letter_file(letter.id)).digest() == letter.sha256
        overdue = select(func.count()).where(Letter.state == "submitted", Letter.due_at < now())
        assert db.session.scalar(overdue)
        assert db.session.scalar(select(func.count()).select_from(IncomingLetter)) == 7


def test_residents_sign_in_with_what_the_demo_prints_and_the_head_has_signed(
    app: SigerFlask, lived_in: Tenant, visit: Callable[[str], Visitor]
) -> None:
    keeper = make_account(app, tenant=lived_in, role="secretary")
    make_account(app, tenant=lived_in, role="village_head")
    secrets = DemoSecrets("a key of this test")
    with app.app_context():
        with tenant_scope(lived_in):
            db.session.add(
                TenantAuditEntry(
                    actor_id=keeper.id, actor_name=keeper.name, action="sub_area.changed", details={}
                )
            )
            db.session.commit()
        with platform_scope():
            rows = [db.session.get_one(TenantRow, lived_in.id)]
            db.session.expunge_all()
        first = seed_services(rows, secrets, "localhost", richest=[lived_in.code])
        again = seed_services(rows, secrets, "localhost", richest=[lived_in.code])
    assert (first.villages, again.villages) == (1, 0)
    assert first.residents == again.residents
    assert first.signatures == again.signatures
    shown = first.residents[0]
    opened(app, lived_in)
    phone = visit(f"{lived_in.slug}.localhost")
    answer = phone.submit("/layanan/masuk", {"nik": shown.nik, "pin": shown.pin})
    assert answer.status_code == 303, answer.text
    assert shown.name.title().split()[0].lower() in phone.get("/layanan").text.lower()
    with app.app_context(), tenant_scope(lived_in):
        signed = select(func.count()).where(Letter.signing == "local", Letter.state == "issued")
        waiting = select(func.count()).where(Letter.state == "verified")
        assert db.session.scalar(signed) == SIGNED + SIGNED_FOR_RESIDENTS
        own = db.session.scalars(
            select(Letter.id)
            .where(Letter.signing == "local", Letter.account_id.is_not(None))
            .order_by(Letter.id)
        ).first()
        assert set(db.session.scalars(select(Complaint.state))) == {
            "received", "in_progress", "answered", "closed", "rejected",
        }  # fmt: skip
        assert db.session.scalar(waiting) == 12
        assert set(db.session.scalars(select(Letter.state))) == set(STATES)
        assert [kiosk.paired_at is not None for kiosk in kiosks()] == [True]
    assert phone.get(f"/layanan/surat/{own}/unduh").data.startswith(b"%PDF-")
    names = [one.name.split()[0] for one in first.residents]
    assert len(set(names)) == len(names) == 3


def test_nothing_is_written_about_people_whom_somebody_entered(app: SigerFlask, lived_in: Tenant) -> None:
    entered = residents.a_resident(app, lived_in, name="AAA DITULIS PETUGAS")
    with app.app_context(), tenant_scope(lived_in):
        people = grown_people(1000)
        assert len(people) > 50
        assert entered not in {person.id for person in people}


def test_head_and_secretary_are_called_as_the_officials_are() -> None:
    sketch = SKETCHES["18.06.20.2006"]
    roles = ("village_head", "secretary", "operator")
    named = {role: name_of(role, "18.06.20.2006", "Orang Lain") for role in roles}
    assert named == {"village_head": sketch.head, "secretary": sketch.secretary, "operator": "Orang Lain"}
    assert name_of("village_head", "11.01.01.2001", "Orang Lain") == "Orang Lain"
