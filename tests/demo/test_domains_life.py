"""The demo's addresses: made once, however often it is asked for."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import func, select

from app.core.addresses.models import DomainClaim
from app.core.hosting import SigerFlask
from app.demo.domains_life import seed_domains
from app.extensions import db
from app.province.life.renaming_models import VillagePast
from tenants.models import Domain
from tenants.scope import platform_scope
from tests.support.houses import another_house


@pytest.fixture
def house(app: SigerFlask) -> Iterator[SigerFlask]:
    """A new house, so that no other test's village is touched."""
    with another_house(app, "named") as fresh:
        yield fresh


def test_seeding_twice_leaves_as_much_as_once(house: SigerFlask) -> None:
    app = house

    def counted() -> tuple[int | None, ...]:
        with app.app_context(), platform_scope():
            left = select(func.count()).select_from(Domain).where(Domain.left_at.is_not(None))
            return (
                db.session.scalar(select(func.count()).select_from(DomainClaim)),
                db.session.scalar(left),
                db.session.scalar(select(func.count()).select_from(VillagePast)),
            )

    seed_domains(app)
    once = counted()
    assert once[2]
    seed_domains(app)
    assert counted() == once
