"""Logs, metrics and error reports. Each line and each figure names its village, never a person's data."""

from __future__ import annotations

import logging
import re
from typing import Any

import structlog
from flask import Flask

from tenants.scope import current_tenant_or_none

_SECRET = re.compile(r"(/(?:daftar/konfirmasi|daftar|undangan|ikut|pelatihan/kalender)/)[^/?&]{20,}")
"""Addresses whose last part is all that is needed to come in: applications, invitations, a participant's own page."""


def _add_tenant(logger: object, method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    tenant = current_tenant_or_none()
    if tenant is not None:
        event.setdefault("tenant", tenant.code)
    return event


def configure_observability(app: Flask) -> None:
    """JSON lines on standard error in production, readable ones elsewhere; Sentry only where a DSN is set."""
    settings = app.config["SETTINGS"]
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if settings.environment == "production"
        else structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            _add_tenant,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        cache_logger_on_first_use=True,
    )
    if settings.sentry_dsn:
        import sentry_sdk

        sentry_sdk.init(dsn=settings.sentry_dsn, **report_options())


def report_options() -> dict[str, Any]:
    """How errors are reported: where it broke, never with which values, forms, or whose cookies."""
    return {
        "include_local_variables": False,
        "max_request_body_size": "never",
        "before_send": without_queries,
    }


def without_queries(event: Any, hint: Any) -> Any:
    """An error report without what opens a page by itself: query, referrer, and the secret in the path of a link."""
    request = event.get("request")
    if request is None:
        return event
    request.pop("query_string", None)
    headers = request.get("headers", {})
    request["headers"] = {name: value for name, value in headers.items() if name.lower() != "referer"}
    if "url" in request:
        request["url"] = without_secret(request["url"].partition("?")[0])
    return event


def without_secret(path: str) -> str:
    """The path of a request as logs may hold it: `/daftar/REDACTED/alamat`."""
    return _SECRET.sub(r"\1REDACTED", path)
