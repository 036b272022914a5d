"""What the frame of every page on a village's host shows: its name, its logo, its colour. Asked for only when drawn."""

from __future__ import annotations

from functools import lru_cache

import structlog
from flask import Flask, g
from sqlalchemy.exc import SQLAlchemyError

from app.core.ui.accent import accent_digest
from app.core.village import queries
from tenants.errors import NoTenantScope
from tenants.scope import Tenant, current_tenant_or_none

log = structlog.get_logger(__name__)


class VillageBrand:
    """The `village` of templates. Names come from the registry and cost nothing; logo and colour one select, once."""

    address = phone = whatsapp = email = opening_hours_text = ""

    def __init__(self, tenant: Tenant, known: queries.Brand | None = None) -> None:
        self.name = tenant.name
        self.term = tenant.term
        self.full_name = tenant.full_name
        self.code = tenant.code
        self.kind = tenant.kind
        self.word = tenant.word
        self.district, self.regency = tenant.region_path
        self._known = known

    @property
    def logo_url(self) -> str | None:
        """The small logo, or None where there is none."""
        return self._brand().logo_url

    @property
    def accent_url(self) -> str | None:
        """The style sheet of the village's colour, or None where it keeps ours."""
        return accent_path(self._brand().accent)

    def _brand(self) -> queries.Brand:
        if self._known is None:
            try:
                self._known = queries.brand()
            except (SQLAlchemyError, NoTenantScope) as error:
                # An error page is drawn while PostgreSQL is away, or for a host whose scope was never entered.
                log.info("brand_unknown", error=str(error).splitlines()[0])
                self._known = queries.Brand()
        return self._known


@lru_cache(maxsize=512)
def accent_path(accent: str) -> str | None:
    """The path of a colour's style sheet; it changes with the shades."""
    return f"/accent-{accent_digest(accent)}.css" if accent else None


def present_village() -> dict[str, object]:
    """Give templates on a village's host their `village`."""
    tenant = current_tenant_or_none()
    if tenant is None:
        return {}
    if "village_brand" not in g:
        g.village_brand = VillageBrand(tenant)
    return {"village": g.village_brand}


def init_brand(app: Flask) -> None:
    """Add `village` to every template's context on a village's host."""
    app.context_processor(present_village)
