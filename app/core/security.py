"""CSRF on every unsafe method, security headers, and who is signed in."""

from __future__ import annotations

from flask import Flask, Request, redirect, request, url_for
from flask.typing import ResponseReturnValue

from app.core.actors import Actor, Nobody
from app.extensions import csrf, login
from tenants.hosts import normalise_host
from tenants.scope import current_scope_or_none, current_tenant_or_none

API_PREFIX = "/api/"


def session_cookie_name(secure: bool) -> str:
    """The name of the sign-in cookie; `__Host-` makes browsers refuse it for any other host and without TLS."""
    return "__Host-siger_session" if secure else "siger_session"


def init_security(app: Flask) -> None:
    """Bind CSRF and the sign-in manager."""
    csrf.init_app(app)
    app.login_manager = login  # type: ignore[attr-defined]
    login.session_protection = None
    login.anonymous_user = Nobody
    login.request_loader(load_actor)
    login.unauthorized_handler(ask_to_sign_in)


def present_host() -> str:
    """The request's host as sessions know it: lower case, without port and trailing dot."""
    return normalise_host(request.host) or ""


def load_actor(req: Request) -> Actor | None:
    """Who the request's cookie is on this host; below /api only a bearer token counts, and no cookie."""
    if current_scope_or_none() is None or req.path.startswith(API_PREFIX):
        return None
    from app.core.accounts.sessions import actor_of_session

    token = req.cookies.get(session_cookie_name(req.is_secure), "")
    if not token:
        return None
    tenant = current_tenant_or_none()
    return actor_of_session(token, present_host(), tenant.id if tenant else None)


def ask_to_sign_in() -> ResponseReturnValue:
    """Lead somebody who is not signed in to the sign-in page, and back afterwards."""
    return redirect(url_for("sign_in.page"), 303)
