"""The demo's villages that were closed, divided and deleted: there once, believable, and sound."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import select

from app.core.accounts.models import Account
from app.core.hosting import SigerFlask
from app.demo.accounts import MAIL_DOMAIN
from app.demo.life_life import FIRST, SECOND, seed_life
from app.extensions import db
from app.province.life.models import DeletionCertificate, VillageDeed
from tenants.models import TenantRow
from tenants.scope import platform_scope
from tests.support.houses import another_house
from tests.support.life import counted, fresh, told
from tests.support.people import make_account


@pytest.fixture
def house(app: SigerFlask) -> Iterator[SigerFlask]:
    """A new house, so that no other test's village is touched."""
    with another_house(app, "deeds") as fresh:
        yield fresh


def test_it_happens_once_and_both_registers_agree(house: SigerFlask) -> None:
    app = house
    make_account(app, role="province_admin", region="18", email=FIRST, name="Ratna Dewi Puspita")
    with app.app_context():
        assert seed_life(app) == 6
        assert seed_life(app) == 0
    with app.app_context(), platform_scope():
        second = select(Account.id).where(Account.email == f"{SECOND[1]}@{MAIL_DOMAIN}")
        people = db.session.scalars(select(Account.id).where(Account.email == FIRST)).all()
        people = [*people, *db.session.scalars(second)]
        deeds = db.session.scalars(select(VillageDeed).where(VillageDeed.asked_by.in_(people))).all()
        assert sorted((deed.kind, deed.state) for deed in deeds) == [
            ("deletion", "done"), ("deletion", "grace"), ("deletion", "waiting"), ("split", "done"),
        ]  # fmt: skip
        assert all(deed.asked_by != deed.agreed_by for deed in deeds)
        states = {
            deed.kind + deed.state: db.session.get_one(TenantRow, deed.tenant_id).state for deed in deeds
        }
        assert states == {
            "deletiondone": "listed", "deletiongrace": "archived", "deletionwaiting": "archived", "splitdone": "active",
        }  # fmt: skip
        paper = select(DeletionCertificate).where(
            DeletionCertificate.deed_id.in_([deed.id for deed in deeds])
        )
        assert db.session.scalars(paper).one().file_id is not None
        split = next(deed for deed in deeds if deed.kind == "split")
        codes = [db.session.get_one(TenantRow, split.tenant_id).code, split.plan["code"]]
        assert split.plan["listed"], "no village is made up"
    for code in codes:
        village = fresh(app, code)
        assert counted(app, village)[0] > 50
        assert told(app, village) == []
