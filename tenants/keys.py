"""Names in Redis and object storage. Each carries its owner, so that one village's key can't be another's."""

from __future__ import annotations

from tenants.scope import current_tenant


def tenant_key(*parts: str) -> str:
    """A Redis key of the village of the present scope; raises NoTenantScope outside of one."""
    return ":".join(("siger", "t", str(current_tenant().id), *parts))


def platform_key(*parts: str) -> str:
    """A Redis key of the platform itself."""
    return ":".join(("siger", "p", *parts))


def tenant_path(*parts: str) -> str:
    """A path in object storage that belongs to the village of the present scope."""
    return "/".join(("tenants", str(current_tenant().id), *parts))


def platform_path(*parts: str) -> str:
    """A path in object storage that belongs to the platform."""
    return "/".join(("platform", *parts))
