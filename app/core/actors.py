"""Who acts: an immutable value, never a row. Requests, jobs and commands all name their actor through here."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from uuid import UUID

from flask import has_request_context


@dataclass(frozen=True, slots=True)
class SupportVisitInfo:
    """A visit of the province into a village while it is open."""

    id: UUID
    reason: str
    account_name: str
    expires_at: dt.datetime


@dataclass(frozen=True, slots=True)
class Actor:
    """A person as the present host knows them: who they are and what they may do here.

    `permissions` hold for one place only: one village (`tenant_id`) or one region (`region_code`). `must_enrol` says
    that the account owes a second factor and may do nothing before. `support_visit` is set for a visitor of the
    province; `open_visit` tells a village's own staff that somebody is visiting now.
    """

    account_id: UUID
    name: str
    email: str
    permissions: frozenset[str] = frozenset()
    role_codes: tuple[str, ...] = ()
    role_label: str = ""
    region_code: str | None = None
    tenant_id: UUID | None = None
    session_id: UUID | None = None
    support_visit: SupportVisitInfo | None = None
    open_visit: SupportVisitInfo | None = None
    locale: str = "id"
    has_second_factor: bool = False
    must_enrol: bool = False
    places: int = 1
    second_factor_at: dt.datetime | None = None

    @property
    def is_authenticated(self) -> bool:
        """Flask-Login asks this: an Actor is always somebody."""
        return True

    @property
    def is_active(self) -> bool:
        """Flask-Login asks this: deactivated accounts never become an Actor."""
        return True

    @property
    def is_anonymous(self) -> bool:
        """Flask-Login asks this."""
        return False

    def get_id(self) -> str:
        """Flask-Login's name for the account."""
        return str(self.account_id)

    def may(self, code: str) -> bool:
        """Whether the permission `code` holds on the present host."""
        return code in self.permissions


@dataclass(frozen=True, slots=True)
class Nobody:
    """Somebody who is not signed in on the present host."""

    is_authenticated: bool = False
    is_active: bool = False
    is_anonymous: bool = True
    must_enrol: bool = False

    def get_id(self) -> None:
        """Flask-Login's name for nobody."""
        return

    def may(self, code: str) -> bool:
        """Nobody may do anything."""
        return False


_acting: ContextVar[Actor | None] = ContextVar("siger_actor", default=None)


@contextmanager
def acting_as(actor: Actor | None) -> Iterator[None]:
    """Let `actor` be the one who acts inside the block (jobs, commands, signing in); None: as if there was no block."""
    reset = _acting.set(actor)
    try:
        yield
    finally:
        _acting.reset(reset)


def current_actor() -> Actor | None:
    """Who acts now: the one named by `acting_as`, else who is signed in on the present host, else None (the system)."""
    named = _acting.get()
    if named is not None:
        return named
    if not has_request_context():
        return None
    from flask_login import current_user

    user = current_user._get_current_object()
    return user if isinstance(user, Actor) else None


def acting() -> Actor:
    """Who acts now, where the guard of the route has seen to it that somebody does."""
    actor = current_actor()
    assert actor is not None
    return actor
