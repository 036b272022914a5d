"""Sessions: of one host, seen to end at once, remembered without asking the platform again."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask

from app.core.accounts.sessions import actor_of_session, end_sessions, open_session
from tenants.scope import Tenant
from tests.support.people import make_account


def test_a_session_is_somebody_on_its_own_host_only(app: Flask, make_village: Callable[[], Tenant]) -> None:
    one, other = make_village(), make_village()
    account = make_account(app, tenant=one, role="secretary")
    with app.app_context():
        token = open_session(account.id, f"{one.slug}.localhost", one.id)
        actor = actor_of_session(token, f"{one.slug}.localhost", one.id)
        assert actor is not None
        assert actor.may("accounts.manage")
        assert actor_of_session(token, f"{other.slug}.localhost", other.id) is None
        assert actor_of_session(token, f"{one.slug}.localhost", other.id) is None
        assert actor_of_session(token, "localhost", None) is None


def test_an_ended_session_is_nobody_with_the_next_request(app: Flask, village: Tenant) -> None:
    account = make_account(app, tenant=village, role="operator")
    host = f"{village.slug}.localhost"
    with app.app_context():
        token = open_session(account.id, host, village.id)
        assert actor_of_session(token, host, village.id) is not None
        assert actor_of_session(token, host, village.id) is not None
        assert end_sessions(account.id) == 1
        assert actor_of_session(token, host, village.id) is None


def test_a_remembered_session_asks_the_platform_nothing(
    app: Flask, village: Tenant, count_queries: Callable[..., object]
) -> None:
    account = make_account(app, tenant=village, role="operator")
    host = f"{village.slug}.localhost"
    with app.app_context():
        token = open_session(account.id, host, village.id)
        first = actor_of_session(token, host, village.id)
        with count_queries(at_most=0):  # type: ignore[attr-defined]
            assert actor_of_session(token, host, village.id) == first
