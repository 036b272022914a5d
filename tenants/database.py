"""Sessions and connections: every transaction takes on the role and search_path of the scope that it began in.

Three habits hold here:
- one `set_config` statement per transaction and no session-level SET, so PgBouncer in transaction mode is safe;
- a session belongs to a scope: nested scopes have sessions of their own, and leaving a scope closes its session;
- a connection is retired after it has served a number of distinct villages, since a PostgreSQL backend keeps in memory
  every table that it ever touched.
"""

from __future__ import annotations

import select
import threading
import weakref
from typing import Any

from flask import current_app, has_app_context
from flask.globals import app_ctx
from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session
from sqlalchemy import Engine, MetaData, event, exc
from sqlalchemy.orm import DeclarativeBase

from tenants import scope as scopes
from tenants.errors import NoTenantScope
from tenants.scope import Scope, current_scope, current_scope_or_none

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

ENTER_SCOPE = "SELECT set_config('search_path', %s, true), set_config('role', %s, true)"


class _Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMING)


class ScopedToTenant(Session):
    """A session whose every transaction starts by taking on the scope's role and search_path."""


def _session_key() -> tuple[int, int]:
    scope = current_scope_or_none()
    return (id(app_ctx._get_current_object()), scope.token if scope else 0)  # type: ignore[attr-defined]


db = SQLAlchemy(
    model_class=_Base,
    session_options={"class_": ScopedToTenant, "scopefunc": _session_key, "expire_on_commit": False},
    disable_autonaming=True,
)


class PlatformModel(db.Model):  # type: ignore[name-defined,misc]
    """Base of the platform's tables: named with their schema always, visible to `siger_platform`."""

    __abstract__ = True
    metadata = MetaData(naming_convention=NAMING, schema="platform")


class TenantModel(db.Model):  # type: ignore[name-defined,misc]
    """Base of a village's tables: found through the search_path of the scope, never by a schema name."""

    __abstract__ = True
    metadata = MetaData(naming_convention=NAMING)


@event.listens_for(ScopedToTenant, "after_begin")
def _enter_scope(session: Any, transaction: Any, connection: Any) -> None:
    if transaction.nested:
        return
    scope = current_scope()
    bound = session.info.setdefault("scope_token", scope.token)
    if bound != scope.token:
        raise NoTenantScope("a session was used outside of the scope that it belongs to")
    if scope.tenant is not None:
        connection.info.setdefault("tenants_served", set()).add(scope.tenant.schema)
    connection.exec_driver_sql(ENTER_SCOPE, (scope.search_path, scope.role))


def _close_session(scope: Scope) -> None:
    if has_app_context() and "sqlalchemy" in current_app.extensions:
        db.session.remove()


scopes.exit_hooks.append(_close_session)

_gauge_lock = threading.Lock()
_retired_total = 0
_records: weakref.WeakSet[Any] = weakref.WeakSet()


def retired_connections() -> int:
    """How many connections this process has retired since it started (exported as a metric)."""
    return _retired_total


def villages_served() -> list[int]:
    """How many distinct villages each living connection of this process has served (exported as a metric)."""
    return [len(record.info.get("tenants_served", ())) for record in tuple(_records)]


def guard_connections(engine: Engine, distinct_tenants: int) -> None:
    """Make `engine` replace a pooled connection that has served its share of villages, or that the server has left.

    Age is bounded by the pool's own `pool_recycle`; the share bounds the memory of the backend behind the connection
    (measured: 0.3 MB a village for 10 tables). An idle connection on which something can be read was closed by the
    server (it restarted): looking at the socket costs microseconds, a ping would cost a round trip.
    """

    @event.listens_for(engine, "connect")
    def _remember(dbapi_connection: Any, record: Any) -> None:
        _records.add(record)

    @event.listens_for(engine, "checkout")
    def _check(dbapi_connection: Any, record: Any, proxy: Any) -> None:
        served = record.info.get("tenants_served")
        if served is not None and len(served) >= distinct_tenants:
            global _retired_total
            with _gauge_lock:
                _retired_total += 1
            record.info.pop("tenants_served", None)
            raise exc.DisconnectionError("connection retired after serving its share of villages")
        if dbapi_connection.closed or _readable(dbapi_connection.fileno()):
            raise exc.DisconnectionError("the server has closed this connection")


def _readable(descriptor: int) -> bool:
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(0))


def engine_options(settings_pool_size: int, connect_timeout: int = 2) -> dict[str, Any]:
    """Options of the application's engine: no prepared statements (PgBouncer), few connections, ten minutes of life."""
    return {
        "pool_size": settings_pool_size,
        "max_overflow": settings_pool_size,
        "pool_timeout": 5,
        "pool_recycle": 600,
        "pool_use_lifo": True,
        "connect_args": {"prepare_threshold": None, "connect_timeout": connect_timeout},
    }
