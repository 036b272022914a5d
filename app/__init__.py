"""Siger: one deployment that serves every village of a province, and the province that looks on."""

from __future__ import annotations

import os
from importlib import import_module

from app.capabilities import CAPABILITIES
from app.core.capabilities import register
from app.core.hosting import SigerFlask, register_hosting
from app.core.permissions import declare_permissions, extend_roles
from app.core.roles import declare_shipped_roles
from app.settings import Settings


def create_app(settings: Settings | None = None) -> SigerFlask:
    """Build the application. Nothing is asked of the database or of Redis while it is built."""
    app = SigerFlask(__name__, static_folder=None, template_folder=None)
    app.config.from_mapping((settings or Settings()).flask_config())
    configure_proxies(app)
    configure_logging(app)
    configure_database(app)
    configure_redis(app)
    configure_language(app)
    configure_ui(app)
    register_hosting(app)
    configure_security(app)
    register_capabilities(app)
    configure_api(app)
    configure_static(app)
    configure_metrics(app)
    return app


def configure_proxies(app: SigerFlask) -> None:
    """Believe X-Forwarded headers of as many proxies as the settings say, of none by default."""
    count = app.config["SETTINGS"].trusted_proxies
    if count:
        from werkzeug.middleware.proxy_fix import ProxyFix

        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count, x_host=count)  # type: ignore[method-assign]


def configure_logging(app: SigerFlask) -> None:
    """Structured logs with the village's id; Sentry only where a DSN is set."""
    from app.core.observability import configure_observability

    configure_observability(app)


def configure_database(app: SigerFlask) -> None:
    """Bind the engine: few connections, each retired after its share of villages, none shared over a fork."""
    from app import models  # noqa: F401 - all tables
    from app.extensions import db
    from tenants.database import engine_options, guard_connections

    settings = app.config["SETTINGS"]
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = engine_options(settings.db_pool_size)
    db.init_app(app)
    with app.app_context():
        engine = db.engine
    guard_connections(engine, settings.connection_tenant_limit)
    os.register_at_fork(after_in_child=lambda: engine.dispose(close=False))


def configure_redis(app: SigerFlask) -> None:
    """Tell the cache and the limiter where Redis is; both live on when it is gone."""
    from app.extensions import cache, limiter

    cache.configure(app.config["REDIS_URL"])
    app.config.setdefault("RATELIMIT_STORAGE_URI", app.config["REDIS_URL"])
    app.config.setdefault("RATELIMIT_STORAGE_OPTIONS", {"socket_connect_timeout": 0.3, "socket_timeout": 0.5})
    limiter.init_app(app)


def configure_language(app: SigerFlask) -> None:
    """Indonesian is the source language; English is complete; a person or a cookie chooses."""
    from app.core.language import init_language

    init_language(app)


def configure_ui(app: SigerFlask) -> None:
    """Templates, macros, formats, assets and error pages."""
    from app.core.ui import register_ui
    from app.core.ui.errors import register_error_pages

    register_ui(app)
    register_error_pages(app)
    if app.config["SETTINGS"].environment != "production":
        from app.core.styleguide import styleguide

        app.register_blueprint(styleguide)


def configure_security(app: SigerFlask) -> None:
    """CSRF on every unsafe method, security headers, who is signed in."""
    from app.core.security import init_security

    init_security(app)


def register_capabilities(app: SigerFlask) -> None:
    """Roles first, then every capability's blueprints, menu and jobs."""
    declare_shipped_roles()
    for path in CAPABILITIES:
        capability = import_module(path).capability
        register(capability)
        declare_permissions("village", capability.permissions)
        extend_roles(**capability.grants)
        for blueprint in capability.blueprints:
            app.register_blueprint(blueprint)


def configure_api(app: SigerFlask) -> None:
    """The JSON API with its OpenAPI document, on both kinds of host."""
    from app.core.api import init_api

    init_api(app)


def configure_static(app: SigerFlask) -> None:
    """Fingerprinted assets with a long cache life, and compressed answers."""
    from app.core.delivery import init_delivery

    init_delivery(app)


def configure_metrics(app: SigerFlask) -> None:
    """How long answers take and what waits, for Prometheus; outermost, so that it sees everything."""
    from app.core.metrics import init_metrics

    init_metrics(app)
