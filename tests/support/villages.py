"""Throwaway villages in another state than the one in which provisioning leaves them."""

from __future__ import annotations

from app.core.hosting import SigerFlask
from app.extensions import db
from tenants import registry
from tenants.models import TenantRow, TenantState
from tenants.scope import Tenant, platform_scope


def opened(app: SigerFlask, village: Tenant) -> Tenant:
    """A village after it went live, as its set-up's last step would leave it; its services answer residents."""
    with app.app_context():
        with platform_scope():
            row = db.session.get_one(TenantRow, village.id)
            row.state, row.live_at = TenantState.SET_UP, row.provisioned_at
            db.session.commit()
        registry.hosts_changed()
        return registry.find_tenant(village.code)
