"""CSRF on every unsafe method, security headers, and who is signed in.

A page that caches may keep says so with `mark_cacheable()` before it is drawn: it then carries no nonce, no cookie and
no token, and touching the session while drawing it is an error.
"""

from __future__ import annotations

import re
import secrets
from typing import Any

import structlog
from flask import Flask, Request, Response, current_app, g, redirect, request, url_for
from flask.sessions import SecureCookieSessionInterface, SessionMixin
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.core.actors import Actor, Nobody
from app.core.bearers import BearerRefused, load_bearer
from app.core.links import host_origin
from app.core.shell import init_shell
from app.extensions import csrf, login
from tenants.hosts import normalise_host
from tenants.ids import uuid7
from tenants.scope import current_scope_or_none, current_tenant_or_none

log = structlog.get_logger(__name__)

API_PREFIX = "/api/"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
TWO_YEARS = 2 * 365 * 86400
REQUEST_ID = re.compile(r"^[A-Za-z0-9-]{8,64}$")


class SessionTouched(AssertionError):
    """A page that may be cached read or wrote the session of the person who asked for it."""


class FormSession(SecureCookieSessionInterface):
    """Flask's signed session (form tokens and messages), kept away from pages that may be cached."""

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Write the cookie, but never on a cacheable answer."""
        if not g.get("cacheable"):
            super().save_session(app, session, response)
            return
        if session.accessed or session.modified:
            if app.testing:
                raise SessionTouched(request.path)
            log.error("cacheable_page_touched_session", path=request.path)


def init_security(app: Flask) -> None:
    """Bind request ids, CSRF, headers and the sign-in manager."""
    app.session_interface = FormSession()
    csrf.init_app(app)
    app.login_manager = login  # type: ignore[attr-defined]
    login.session_protection = None
    login.anonymous_user = Nobody
    login.request_loader(load_actor)
    login.unauthorized_handler(ask_to_sign_in)
    app.before_request_funcs.setdefault(None, []).insert(0, number_request)
    app.before_request(check_form_token)
    app.before_request(check_bearer)
    app.after_request(add_headers)
    app.teardown_request(forget_request)
    app.jinja_env.globals["csp_nonce"] = csp_nonce
    init_shell(app)


def mark_cacheable() -> None:
    """Say, before drawing it, that the present page is the same for everybody and may be cached."""
    g.cacheable = True


def csp_nonce() -> str:
    """The nonce of the present page for an inline script; a cacheable page has none and asking for it is an error."""
    if g.get("cacheable"):
        raise SessionTouched("a cacheable page may not hold a nonce")
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(18)
    nonce: str = g.csp_nonce
    return nonce


def request_id() -> str:
    """The number of the present request, in logs, in answers and on error pages; empty outside of a request."""
    return str(g.get("request_id", "")) if g else ""


# --- who is signed in ----------------------------------------------------------------------------------------------


def session_cookie_name(secure: bool) -> str:
    """The name of the sign-in cookie; `__Host-` makes browsers refuse it for any other host and without TLS."""
    return "__Host-siger_session" if secure else "siger_session"


def keep_signed_in(response: Response, token: str) -> None:
    """Give the browser the cookie of a new session: of this host alone, until the browser closes."""
    secure = bool(current_app.config["SESSION_COOKIE_SECURE"])
    response.set_cookie(
        session_cookie_name(secure), token, path="/", httponly=True, samesite="Lax", secure=secure
    )


def forget_signed_in(response: Response) -> None:
    """Take the cookie of the session away from the browser."""
    secure = bool(current_app.config["SESSION_COOKIE_SECURE"])
    response.delete_cookie(
        session_cookie_name(secure), path="/", httponly=True, samesite="Lax", secure=secure
    )


def present_host() -> str:
    """The request's host as sessions know it: lower case, without port and trailing dot."""
    return normalise_host(request.host) or ""


def _and_below() -> str:
    """Hosts below ours are ours; what stands below a village's own domain (its mail, an older site) is not."""
    base, host = str(current_app.config["BASE_HOST"]), present_host()
    return "; includeSubDomains" if host == base or host.endswith(f".{base}") else ""


def load_actor(req: Request) -> Actor | None:
    """Who the request's cookie is on this host; below /api only a bearer token counts, and no cookie."""
    if current_scope_or_none() is None:
        return None
    if req.path.startswith(API_PREFIX):
        scheme, _space, bearer = req.headers.get("Authorization", "").partition(" ")
        try:
            return load_bearer(bearer.strip()) if scheme.lower() == "bearer" else None
        except BearerRefused as refused:
            g.bearer_refused = str(refused)
            return None
    from app.core.accounts.sessions import actor_of_session

    token = req.cookies.get(session_cookie_name(bool(current_app.config["SESSION_COOKIE_SECURE"])), "")
    if not token:
        return None
    tenant = current_tenant_or_none()
    return actor_of_session(token, present_host(), tenant.id if tenant else None)


def ask_to_sign_in() -> ResponseReturnValue:
    """Lead somebody who is not signed in to the sign-in page, and back afterwards; the API answers 401."""
    if request.path.startswith(API_PREFIX):
        from app.core.ui.errors import error_page

        answer = error_page(401, detail=g.get("bearer_refused", ""))
        answer.headers["WWW-Authenticate"] = "Bearer"
        return answer
    wanted = None
    if request.method == "GET":
        wanted = request.full_path if request.query_string else request.path
    return redirect(url_for("sign_in.page", next=wanted), 303)


def local_path(path: str | None) -> str | None:
    """The path when it surely stays on this host, else None."""
    if not path or not path.startswith("/") or path.startswith(("//", "/\\")) or len(path) > 2000:
        return None
    return None if any(character <= " " or character == "\\" for character in path) else path


# --- every request -------------------------------------------------------------------------------------------------


def number_request() -> None:
    """Give the request its number; one that a trusted proxy gave is kept."""
    given = request.headers.get("X-Request-Id", "")
    trusted = bool(current_app.config["SETTINGS"].trusted_proxies) and REQUEST_ID.match(given)
    g.request_id = given if trusted else uuid7().hex
    structlog.contextvars.bind_contextvars(request_id=g.request_id)


def forget_request(error: BaseException | None) -> None:
    """The next request's log lines carry their own number."""
    structlog.contextvars.unbind_contextvars("request_id")


def check_bearer() -> ResponseReturnValue | None:
    """Refuse a bearer token that is nobody's, also where nobody need be signed in: its owner wants to know."""
    given = request.headers.get("Authorization", "").partition(" ")[0].lower() == "bearer"
    if not given or request.endpoint is None or not request.path.startswith(API_PREFIX):
        return None
    if current_scope_or_none() is None or current_user.is_authenticated:
        return None
    return ask_to_sign_in()


def check_form_token() -> None:
    """Refuse an unsafe request without the form's token. The API knows no cookies, so it needs none."""
    if request.method in SAFE_METHODS or request.path.startswith(API_PREFIX) or request.endpoint is None:
        return
    csrf.protect()


def add_headers(response: Response) -> Response:
    """What browsers must know about every answer. A view that set one of these itself keeps it."""
    headers: dict[str, str] = {
        "Content-Security-Policy": content_policy(),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(self), microphone=(), payment=(), usb=()",
        "Cross-Origin-Opener-Policy": "same-origin",
        "X-Request-Id": request_id(),
    }
    if current_app.config["SETTINGS"].public_scheme == "https":
        headers["Strict-Transport-Security"] = f"max-age={TWO_YEARS}{_and_below()}"
    if g.get("cacheable"):
        del headers["X-Request-Id"]
    elif not response.cache_control:
        headers["Cache-Control"] = "no-store"
    for name, value in headers.items():
        response.headers.setdefault(name, value)
    return response


def content_policy() -> str:
    """The Content-Security-Policy of the present page; inline scripts only with this page's nonce."""
    nonce: Any = g.get("csp_nonce")
    scripts = f"'self' 'nonce-{nonce}'" if nonce else "'self'"
    base = current_app.config["BASE_HOST"]
    own_hosts = f"{host_origin(base)} {host_origin('*.' + base)}"
    return (
        f"default-src 'self'; script-src {scripts}; style-src 'self'; img-src 'self' data:; object-src 'none'; "
        f"base-uri 'none'; form-action 'self' {own_hosts}; frame-ancestors 'none'"
    )
