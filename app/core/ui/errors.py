"""Error pages: what happened, what is safe, what to do next. problem+json below /api."""

from __future__ import annotations

import time
from typing import cast

import structlog
from flask import Flask, Response, current_app, g, jsonify, make_response, redirect, render_template, request
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_limiter import RateLimitExceeded
from redis.exceptions import RedisError
from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException, InternalServerError, ServiceUnavailable

from app.core.links import village_origin
from app.core.observability import without_secret
from app.core.ui.sentences import by_field, sentence_of, status_sentence
from app.extensions import limiter
from tenants.errors import NoTenantScope, QueueUnavailable
from tenants.scope import Tenant

log = structlog.get_logger(__name__)

PAGES = {400, 403, 404, 409, 413, 429, 500, 503}
AWAY_SQLSTATES = ("08", "57P")


def problem(status: int, title: str, detail: str, **extra: object) -> Response:
    """An answer of RFC 9457: application/problem+json."""
    body = jsonify({"type": "about:blank", "title": title, "status": status, "detail": detail, **extra})
    response = make_response(body, status)
    response.content_type = "application/problem+json"
    response.vary.add("Accept-Language")
    return response


def problem_of(error: HTTPException) -> Response:
    """The problem of an HTTP error; what was wrong with which field stands in `errors`."""
    status = error.code or 500
    data = getattr(error, "data", None) or {}
    wrong = data.get("errors") or data.get("messages")
    extra = {"errors": by_field(wrong)} if isinstance(wrong, dict) else {}
    return problem(status, HTTP_TITLES.get(status, error.name), sentence_of(error), **extra)


def wants_json() -> bool:
    """Whether the present request belongs to the API."""
    return request.path.startswith("/api/")


def error_page(status: int, *, detail: str = "", **context: object) -> Response:
    """The page (or problem) of a status; `context` goes to the page."""
    if wants_json():
        return problem(status, HTTP_TITLES.get(status, "Error"), detail or status_sentence(status))
    name = f"ui/errors/{status}.html" if status in PAGES else "ui/errors/500.html"
    work_url = _work_url() if status in (403, 404) else None
    page = render_template(
        name, detail=detail, reference=g.get("request_id", ""), work_url=work_url, **context
    )
    response = make_response(page, status)
    response.headers["Cache-Control"] = "no-store"
    return response


HTTP_TITLES = {
    400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed",
    409: "Conflict", 413: "Content Too Large", 415: "Unsupported Media Type", 422: "Unprocessable Content",
    429: "Too Many Requests", 500: "Internal Server Error", 503: "Service Unavailable",
}  # fmt: skip


def waiting_time() -> str:
    """How long it takes until the limit that was reached counts anew: `3 menit`; empty when nobody knows."""
    reached = limiter.current_limit
    if reached is None:
        return ""
    seconds = max(1, int(reached.reset_at - time.time()))
    if seconds <= 60:
        return str(ngettext("%(count)s detik", "%(count)s detik", seconds, count=seconds))
    minutes = -(-seconds // 60)
    if minutes <= 90:
        return str(ngettext("%(count)s menit", "%(count)s menit", minutes, count=minutes))
    hours = -(-minutes // 60)
    return str(ngettext("%(count)s jam", "%(count)s jam", hours, count=hours))


def unknown_host() -> Response:
    """The page of a host that leads to no village, with the way to register."""
    if wants_json():
        return problem(404, "Not Found", _("Belum ada desa dengan alamat ini."))
    origin = _province_origin()
    page = render_template(
        "ui/errors/unknown_host.html", province_origin=origin, register_url=f"{origin}/daftar"
    )
    response = make_response(page, 404)
    response.headers["Cache-Control"] = "no-store"
    return response


def suspended_village(tenant: Tenant | None) -> Response:
    """The page of a suspended village: 503, since it may come back."""
    if wants_json():
        return problem(
            503,
            "Service Unavailable",
            _("Layanan daring desa ini sedang dihentikan sementara oleh pemerintah provinsi."),
        )
    page = render_template("ui/errors/suspended.html", tenant=tenant, province_origin=_province_origin())
    response = make_response(page, 503)
    response.headers["Cache-Control"] = "no-store"
    return response


def archived_village(tenant: Tenant | None) -> Response:
    """The page of an archived village: 410; one whose people went to another village leads there."""
    if tenant is not None and tenant.moved_to and request.method in ("GET", "HEAD") and not wants_json():
        moved = redirect(village_origin(tenant.moved_to), 308)
        moved.headers["Cache-Control"] = "public, max-age=300"
        return cast(Response, moved)
    if wants_json():
        return problem(410, "Gone", _("Desa ini sudah diarsipkan dan tidak melayani lagi di alamat ini."))
    page = render_template("ui/errors/archived.html", tenant=tenant, province_origin=_province_origin())
    response = make_response(page, 410)
    response.headers["Cache-Control"] = "no-store"
    return response


def village_not_open(tenant: Tenant) -> Response:
    """The page of a service for residents in a village that is still being set up: 404, since there is none yet."""
    if wants_json():
        return problem(404, "Not Found", _("Layanan ini dibuka setelah desa selesai disiapkan."))
    response = make_response(render_template("ui/errors/not_open.html", tenant=tenant), 404)
    response.headers["Cache-Control"] = "no-store"
    return response


def _work_url() -> str | None:
    """Where somebody who is signed in on the present host begins; None for everybody else and where nobody knows."""
    from app.core.actors import current_actor
    from app.core.shell import home_path

    if g.get("cacheable"):
        return None
    try:
        actor = current_actor()
        return home_path(actor) if actor is not None else None
    except (SQLAlchemyError, NoTenantScope) as error:
        log.info("actor_unknown", error=str(error).splitlines()[0])
        return None


def _province_origin() -> str:
    from app.core.links import host_origin

    return host_origin(current_app.config["BASE_HOST"])


def _is_away(error: BaseException) -> bool:
    if isinstance(error, PoolTimeout):
        return True
    if isinstance(error, DBAPIError):
        state = getattr(error.orig, "sqlstate", None)
        if state is None:
            return isinstance(error, OperationalError) or error.connection_invalidated
        return str(state).startswith(AWAY_SQLSTATES)
    return False


def register_error_pages(app: Flask) -> None:
    """Map every error to its page. PostgreSQL gone is a 503, a programming error a 500 with a reference."""

    @app.errorhandler(HTTPException)
    def http_error(error: HTTPException) -> Response:
        if error.response is not None and error.code is not None and error.code < 400:
            return error.get_response()  # type: ignore[return-value]
        status = error.code or 500
        if wants_json():
            response = problem_of(error)
        else:
            shown = {405: 404}.get(status, status)
            shown = shown if shown in PAGES else (400 if status < 500 else 500)
            response = error_page(shown, detail=error.description or "")
            response.status_code = status
        for name, value in error.get_headers():
            if name.lower() not in ("content-type", "content-length"):
                response.headers[name] = value
        return response

    @app.errorhandler(RateLimitExceeded)
    def too_many(error: RateLimitExceeded) -> Response:
        told, wait = bool(error.limit.error_message), waiting_time()
        happened = error.description if told else ""
        if wants_json():
            happened = happened or status_sentence(429)
            again = _("Coba lagi dalam %(time)s.", time=wait) if wait else ""
            return error_page(429, detail=f"{happened} {again}".strip())
        return error_page(429, happened=happened, wait=wait)

    @app.errorhandler(DBAPIError)
    @app.errorhandler(PoolTimeout)
    def database_error(error: Exception) -> Response:
        if _is_away(error):
            log.error("database_away", error=str(error).splitlines()[0])
            response = error_page(503)
            response.headers["Retry-After"] = "10"
            return response
        return internal_error(error)

    @app.errorhandler(QueueUnavailable)
    @app.errorhandler(RedisError)
    def queue_error(error: Exception) -> Response:
        log.error("redis_away", error=str(error))
        return error_page(ServiceUnavailable.code or 503)

    @app.errorhandler(NoTenantScope)
    def scope_error(error: Exception) -> Response:
        return internal_error(error)

    @app.errorhandler(Exception)
    def internal_error(error: Exception) -> Response:
        if app.config.get("PROPAGATE_EXCEPTIONS"):
            raise error
        log.error("unhandled", path=without_secret(request.path), exc_info=error)
        return error_page(InternalServerError.code or 500)
