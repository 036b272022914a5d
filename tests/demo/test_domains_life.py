"""The demo's addresses: made once, however often it is asked for."""

from __future__ import annotations

from sqlalchemy import func, select

from app.core.addresses.models import DomainClaim
from app.core.hosting import SigerFlask
from app.demo.domains_life import seed_domains
from app.extensions import db
from app.province.life.renaming_models import VillagePast
from tenants.models import Domain
from tenants.scope import Tenant, platform_scope


def test_seeding_twice_leaves_as_much_as_once(app: SigerFlask, village: Tenant) -> None:
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
