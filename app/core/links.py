"""Links from one host to another, for screens and letters. Within a host, `url_for` is enough."""

from __future__ import annotations

from typing import Any

from flask import current_app

from tenants.models import TenantRow
from tenants.scope import Tenant


def host_origin(host: str) -> str:
    """`scheme://host[:port]` of one of our hosts."""
    settings = current_app.config["SETTINGS"]
    port = settings.public_port
    shown = (
        f":{port}" if port and (settings.public_scheme, port) not in (("http", 80), ("https", 443)) else ""
    )
    return f"{settings.public_scheme}://{host}{shown}"


def village_host(slug: str) -> str:
    """The host of a village below our own, without a port."""
    return f"{slug}.{current_app.config['BASE_HOST']}"


def village_origin(slug: str) -> str:
    """`scheme://slug.base-host[:port]`."""
    return host_origin(village_host(slug))


def host_of(tenant: Tenant | TenantRow) -> str:
    """The host at which a village is read now: its own domain where it chose so, else its label below our own."""
    return tenant.own_host or village_host(tenant.slug)


def _path(kind: str, endpoint: str, values: dict[str, Any]) -> str:
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    if app.url_map.is_endpoint_expecting(endpoint, "host_kind"):
        values = {**values, "host_kind": kind}
    return app.url_map.bind(app.config["BASE_HOST"], subdomain=kind).build(endpoint, values)  # type: ignore[no-any-return]


def village_url(tenant: Tenant | str, endpoint: str, **values: Any) -> str:
    """A full link to a page of a village (given as Tenant or slug)."""
    slug = tenant if isinstance(tenant, str) else tenant.slug
    return village_origin(slug) + _path("village", endpoint, values)


def province_url(endpoint: str, **values: Any) -> str:
    """A full link to a page of the province."""
    return host_origin(current_app.config["BASE_HOST"]) + _path("province", endpoint, values)
