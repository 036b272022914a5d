"""From the Host header to a village, or to the province, or to nobody.

Three steps, each slower than the one before: this process's memory, Redis, an indexed row. All of it is stamped with a
version in Redis that every change to the registry raises, so all workers see a change with their next request.
"""

from __future__ import annotations

import json
import re
import time
import uuid
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any, Literal

from tenants import registry
from tenants.cache import CacheAway, cache
from tenants.errors import NotProvisioned
from tenants.keys import platform_key
from tenants.models import SERVED_STATES, TenantState
from tenants.scope import Tenant, platform_scope

Kind = Literal["province", "village", "suspended", "archived", "unknown"]

LABEL = re.compile(r"^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$")
MEMORY_SECONDS = 60.0
MEMORY_SECONDS_WITHOUT_REDIS = 1.0
MEMORY_ENTRIES = 6000
REDIS_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Resolution:
    """What a host leads to. `tenant` is set for villages, also for suspended and archived ones.

    `canonical` is set when the village is read at another host: an address that it has left, or one of several.
    """

    kind: Kind
    tenant: Tenant | None = None
    canonical: str | None = None


UNKNOWN = Resolution("unknown")
PROVINCE = Resolution("province")


def normalise_host(raw: str) -> str | None:
    """Return the host in lower case without port and trailing dot, or None when it can't be a host name of ours.

    Internationalised names arrive as ASCII (xn--…); anything else is refused.
    """
    return None if len(raw) > 260 else _normalised(raw)


@lru_cache(maxsize=8192)
def _normalised(raw: str) -> str | None:
    host = raw.strip()
    if not host or host.startswith("["):
        return None
    host, _, port = host.partition(":")
    if port and not port.isdigit():
        return None
    host = host.lower().removesuffix(".")
    if not 0 < len(host) <= 253 or not all(LABEL.match(label) for label in host.split(".")):
        return None
    return host


class HostRouter:
    """Resolves hosts below `base_host`; one per process."""

    def __init__(self, base_host: str) -> None:
        self.base_host = base_host.lower()
        self._memory: dict[str, tuple[bytes | None, float, Resolution]] = {}

    def resolve(self, raw_host: str, version: bytes | CacheAway | None = None) -> Resolution:
        """What `raw_host` leads to. `version` spares the question when the caller has asked Redis already."""
        key = self._key(raw_host)
        if isinstance(key, Resolution):
            return key
        if version is None:
            version = self.current_version()
        away = isinstance(version, CacheAway)
        known = self._memory.get(key)
        moment = time.monotonic()
        if known is not None:
            limit = MEMORY_SECONDS_WITHOUT_REDIS if away else MEMORY_SECONDS
            if moment - known[1] < limit and (away or known[0] == version):
                return known[2]
        stamp = None if isinstance(version, CacheAway) else version
        found = self._from_redis(key, stamp) if not away else None
        if found is None:
            found = self._from_database(key)
            if not away and found is not UNKNOWN:
                self._to_redis(key, stamp, found)
        if len(self._memory) >= MEMORY_ENTRIES:
            self._memory.clear()
        self._memory[key] = (stamp, moment, found)
        return found

    def remembered(self, raw_host: str) -> tuple[bytes, Resolution] | None:
        """What this process remembers of a host, and the registry's version for which that holds.

        Asks nobody: the caller believes it once the present version turns out to be the same.
        """
        key = self._key(raw_host)
        known = self._memory.get(key) if isinstance(key, str) else None
        if known is None or known[0] is None or time.monotonic() - known[1] >= MEMORY_SECONDS:
            return None
        return known[0], known[2]

    def _key(self, raw_host: str) -> str | Resolution:
        """The name under which a host is registered, or at once what it leads to."""
        host = normalise_host(raw_host)
        if host is None:
            return UNKNOWN
        if host == self.base_host:
            return PROVINCE
        if not host.endswith("." + self.base_host):
            return host if "." in host else UNKNOWN
        label = host[: -len(self.base_host) - 1]
        return UNKNOWN if "." in label else label

    def current_version(self) -> bytes | CacheAway:
        """The registry's version as Redis knows it."""
        try:
            return registry.hosts_version()
        except CacheAway as away:
            return away

    def _from_database(self, key: str) -> Resolution:
        with platform_scope():
            found = registry.host_target(key)
            if found is None:
                return UNKNOWN
            row = found[0]
            try:
                tenant = registry.as_tenant(row)
            except NotProvisioned:
                return UNKNOWN
            canonical = self.canonical_host(tenant) if key != (tenant.own_host or tenant.slug) else None
            if row.state in SERVED_STATES:
                return Resolution("village", tenant, canonical)
            if row.state == TenantState.SUSPENDED:
                return Resolution("suspended", tenant, canonical)
            if row.state == TenantState.ARCHIVED:
                return Resolution("archived", tenant, canonical)
            return UNKNOWN

    def canonical_host(self, tenant: Tenant) -> str:
        """The host at which a village is read: its own domain where it chose so, else its label below ours."""
        return tenant.own_host or f"{tenant.slug}.{self.base_host}"

    def _redis_key(self, key: str, stamp: bytes | None) -> str:
        return platform_key("host", (stamp or b"0").decode(), key)

    def _from_redis(self, key: str, stamp: bytes | None) -> Resolution | None:
        raw: Any = cache.try_ask(lambda r: r.get(self._redis_key(key, stamp)), None)
        if raw is None:
            return None
        try:
            data = json.loads(raw)
            tenant = data["tenant"]
            tenant["id"] = uuid.UUID(tenant["id"])
            tenant["region_path"] = tuple(tenant["region_path"])
            tenant["words"] = tuple((k, v) for k, v in tenant["words"])
            tenant["modules"] = frozenset(tenant["modules"])
            return Resolution(data["kind"], Tenant(**tenant), data["canonical"])
        except (KeyError, TypeError, ValueError):
            # Another release of ours wrote it; the row knows better.
            return None

    def _to_redis(self, key: str, stamp: bytes | None, found: Resolution) -> None:
        assert found.tenant is not None
        tenant = asdict(found.tenant)
        tenant["id"] = str(tenant["id"])
        tenant["modules"] = sorted(tenant["modules"])
        text = json.dumps({"kind": found.kind, "tenant": tenant, "canonical": found.canonical})
        cache.try_ask(lambda r: r.set(self._redis_key(key, stamp), text, ex=REDIS_SECONDS), None)
