"""Names in Redis and object storage. Each carries its owner, so that one village's key can't be another's."""

from __future__ import annotations

from uuid import UUID

from tenants.scope import current_tenant


def tenant_key(*parts: str) -> str:
    """A Redis key of the village of the present scope; raises NoTenantScope outside of one."""
    return key_of(current_tenant().id, *parts)


def key_of(tenant_id: UUID, *parts: str) -> str:
    """A Redis key of a village that is named by its id, for what runs before or outside of its scope."""
    return ":".join(("siger", "t", str(tenant_id), *parts))


def platform_key(*parts: str) -> str:
    """A Redis key of the platform itself."""
    return ":".join(("siger", "p", *parts))


def tenant_path(*parts: str) -> str:
    """A path in object storage that belongs to the village of the present scope."""
    return path_of(current_tenant().id, *parts)


def path_of(tenant_id: UUID, *parts: str) -> str:
    """A path in object storage of a village that is named by its id, for what moves things between villages."""
    return "/".join(("tenants", str(tenant_id), *parts))


def platform_path(*parts: str) -> str:
    """A path in object storage that belongs to the platform."""
    return "/".join(("platform", *parts))
