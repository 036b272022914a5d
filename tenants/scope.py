"""The only way to a village's data: `with tenant_scope(tenant):`.

A scope says which PostgreSQL role and search_path the transactions begun inside it take on. It lives in a ContextVar,
so it never leaks to another request, thread or task: a new thread starts with none, and asking for data there fails.
"""

from __future__ import annotations

import contextvars
import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from uuid import UUID

from tenants.errors import NoTenantScope
from tenants.ids import checked_identifier

PLATFORM_ROLE = "siger_platform"
VILLAGE_GROUP_ROLE = "siger_village"
EXTENSIONS_SCHEMA = "extensions"


@dataclass(frozen=True, slots=True)
class Tenant:
    """One village as the engine sees it: an immutable copy of its registry row."""

    id: UUID
    code: str
    slug: str
    name: str
    kind: str
    term: str
    state: str
    schema: str
    role: str
    regency_code: str
    district_code: str
    region_path: tuple[str, str] = ("", "")
    words: tuple[tuple[str, str], ...] = ()
    modules: frozenset[str] = field(default_factory=frozenset)
    suspended_reason: str | None = None
    """Why the village is suspended or archived, null for one that is neither."""
    moved_to: str | None = None
    """The label of the village that took over its people."""
    own_host: str | None = None
    """Its own domain, where that is its address rather than the label below our own host."""

    @property
    def full_name(self) -> str:
        """The name with its own word before it: "Pekon Gisting Atas"."""
        return f"{self.term} {self.name}"

    def word(self, key: str) -> str:
        """The village's own word for `head`, `secretary`, `council` or `sub_area`; empty when it has none."""
        return dict(self.words).get(key, "")


@dataclass(frozen=True, slots=True)
class Scope:
    """What a transaction may touch: one role, one search_path, and a token that tells nested scopes apart."""

    role: str
    search_path: str
    tenant: Tenant | None
    token: int


_scope: contextvars.ContextVar[Scope | None] = contextvars.ContextVar("siger_scope", default=None)
_tokens = itertools.count(1)

exit_hooks: list[Callable[[Scope], None]] = []
"""Called with the scope while it is still the current one, just before it ends (the session is closed there)."""


def current_scope() -> Scope:
    """Return the innermost scope; raise NoTenantScope outside of one."""
    scope = _scope.get()
    if scope is None:
        raise NoTenantScope("no tenant_scope or platform_scope is open: data may not be touched")
    return scope


def current_scope_or_none() -> Scope | None:
    """Return the innermost scope, or None."""
    return _scope.get()


def current_tenant() -> Tenant:
    """Return the village of the innermost scope; raise NoTenantScope when there is none."""
    tenant = current_scope().tenant
    if tenant is None:
        raise NoTenantScope("the open scope is the platform's, not a village's")
    return tenant


def current_tenant_or_none() -> Tenant | None:
    """Return the village of the innermost scope, or None."""
    scope = _scope.get()
    return scope.tenant if scope else None


@contextmanager
def tenant_scope(tenant: Tenant) -> Iterator[Tenant]:
    """Enter one village: transactions begun inside take on its role and see its schema only.

    Leaving rolls back whatever was not committed. Raises ValueError when the registry's names are not permitted ones.
    """
    scope = Scope(
        role=checked_identifier(tenant.role),
        search_path=f'"{checked_identifier(tenant.schema)}", {EXTENSIONS_SCHEMA}',
        tenant=tenant,
        token=next(_tokens),
    )
    with _entered(scope):
        yield tenant


@contextmanager
def platform_scope() -> Iterator[None]:
    """Enter the platform's own tables (registry, accounts, indicators); no village's schema is visible inside."""
    scope = Scope(role=PLATFORM_ROLE, search_path=EXTENSIONS_SCHEMA, tenant=None, token=next(_tokens))
    with _entered(scope):
        yield


@contextmanager
def _entered(scope: Scope) -> Iterator[None]:
    reset = _scope.set(scope)
    try:
        yield
    finally:
        try:
            for hook in exit_hooks:
                hook(scope)
        finally:
            _scope.reset(reset)
