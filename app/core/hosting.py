"""Requests enter here: the host decides which scope the request runs in, or which page says that it leads nowhere."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import ExitStack, nullcontext
from typing import TYPE_CHECKING, Any

from flask import Flask, Request, g, has_app_context, request
from flask.typing import ResponseReturnValue
from werkzeug.routing import MapAdapter

from tenants.hosts import PROVINCE, UNKNOWN, HostRouter, Resolution
from tenants.scope import platform_scope, tenant_scope

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

    EarlyAnswer = Callable[["SigerFlask", WSGIEnvironment, StartResponse], Iterable[bytes] | None]

NO_DATABASE_PATHS = ("/health", "/metrics", "/static/")
"""Balancers, Prometheus and browsers ask for these under any host; which one it is need not be looked up."""


class SigerFlask(Flask):
    """Flask whose URL map is divided by the kind of host (village, province) rather than by real subdomains."""

    router: HostRouter
    early_answer: EarlyAnswer | None = None
    """Asked before anything else of a request; None lets the request take its way (the cache of public pages)."""

    def wsgi_app(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer at once what is known already, everything else as Flask does."""
        if self.early_answer is not None:
            body = self.early_answer(self, environ, start_response)
            if body is not None:
                return body
        return super().wsgi_app(environ, start_response)

    def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
        """Bind the URL map to the present request with its kind of host as the namespace."""
        if request is None:
            return self.url_map.bind(
                self.config["BASE_HOST"], subdomain="province", url_scheme=self.config["PREFERRED_URL_SCHEME"]
            )
        self.resolve_host(request.environ)
        return self.url_map.bind_to_environ(
            request.environ, server_name=self.config["BASE_HOST"], subdomain=host_kind(request)
        )

    def resolve_host(self, environ: WSGIEnvironment) -> None:
        """Find out once what the request's host leads to, and leave it in `environ` (or the error that was met)."""
        if "siger.resolution" in environ:
            return
        if environ.get("PATH_INFO", "").startswith(NO_DATABASE_PATHS):
            environ["siger.resolution"] = PROVINCE
            return
        version = environ.get("siger.hosts_version")
        try:
            with nullcontext() if has_app_context() else self.app_context():
                environ["siger.resolution"] = self.router.resolve(environ.get("HTTP_HOST", ""), version)
        except Exception as error:
            environ["siger.resolution"] = UNKNOWN
            environ["siger.resolution_error"] = error


def resolution(req: Request) -> Resolution:
    """What the request's host leads to; found when the request's URL map was bound."""
    found: Resolution = req.environ["siger.resolution"]
    return found


def host_kind(req: Request) -> str:
    """`village`, `province`, or `unknown` for hosts that serve nothing."""
    kind = resolution(req).kind
    return kind if kind in ("village", "province") else "unknown"


def register_hosting(app: SigerFlask) -> None:
    """Enter the scope before each request and leave it after; fill in the namespace when URLs are built."""
    app.router = HostRouter(app.config["BASE_HOST"])
    # A redirect that tidies slashes would name the routing namespace as a host.
    app.url_map.merge_slashes = False

    @app.before_request
    def enter_scope() -> ResponseReturnValue | None:
        error = request.environ.get("siger.resolution_error")
        if error is not None:
            raise error
        found = resolution(request)
        if found.kind == "unknown":
            from app.core.ui.errors import unknown_host

            return unknown_host()
        if found.kind == "suspended":
            from app.core.ui.errors import suspended_village

            return suspended_village(found.tenant)
        stack = ExitStack()
        g.scope_stack = stack
        if found.tenant is not None:
            stack.enter_context(tenant_scope(found.tenant))
        else:
            stack.enter_context(platform_scope())
        return None

    @app.teardown_request
    def leave_scope(error: BaseException | None) -> None:
        stack: ExitStack | None = g.pop("scope_stack", None)
        if stack is not None:
            stack.close()

    @app.url_defaults
    def add_host_kind(endpoint: str, values: dict[str, Any]) -> None:
        if "host_kind" not in values and app.url_map.is_endpoint_expecting(endpoint, "host_kind"):
            kind = host_kind(request) if request else "province"
            values["host_kind"] = kind if kind != "unknown" else "province"

    @app.url_value_preprocessor
    def drop_host_kind(endpoint: str | None, values: dict[str, Any] | None) -> None:
        if values is not None:
            values.pop("host_kind", None)
