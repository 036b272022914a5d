"""Requests enter here: the host decides which scope the request runs in, or which page says that it leads nowhere."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import ExitStack, nullcontext
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from flask import Flask, Request, g, has_app_context, redirect, request
from flask.typing import ResponseReturnValue
from werkzeug.routing import MapAdapter

from tenants.hosts import PROVINCE, UNKNOWN, HostRouter, Resolution
from tenants.scope import platform_scope, tenant_scope

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

    EarlyAnswer = Callable[["SigerFlask", WSGIEnvironment, StartResponse], Iterable[bytes] | None]

CLOSED = ("suspended", "archived")
"""What a host leads to whose village does not serve now."""
SERVED_EVERYWHERE = ("/api/", "/.well-known/")
"""Answered at every host of a village, also at those that it has left."""
NO_DATABASE_PATHS = ("/health", "/metrics", "/static/")
"""Balancers, Prometheus and browsers ask for these under any host; which one it is need not be looked up."""


_open_when_closed: list[str] = []


def keep_open(prefix: str) -> None:
    """Let a suspended or archived village's host go on answering below a path: whoever holds a letter of it may check
    it (Law 43/2009: archives stay accessible)."""
    if prefix not in _open_when_closed:
        _open_when_closed.append(prefix)


def is_open_when_closed(path: str) -> bool:
    """Whether a closed village's host still answers there."""
    return any(path == prefix or path.startswith(f"{prefix}/") for prefix in _open_when_closed)


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
    if kind in CLOSED and is_open_when_closed(req.path):
        return "village"
    return kind if kind in ("village", "province") else "unknown"


def leads_on(req: Request) -> bool:
    """Whether this request, at an address that its village has left, is sent on to the present one.

    Only somebody who opens a page is. A form, a page's own fetches and programs are served where they arrive: their
    cookies, form tokens and keys belong to that host, so sending them on would lose what was typed.
    """
    opens_a_page = req.headers.get("Sec-Fetch-Mode", "navigate") == "navigate"
    asks = req.method in ("GET", "HEAD") and not req.headers.get("HX-Request")
    return opens_a_page and asks and not req.path.startswith(SERVED_EVERYWHERE)


def lead_on(host: str) -> ResponseReturnValue:
    """The same page at the village's present host, path and query kept; kept by browsers for some minutes only, since
    a village may come back to an address."""
    from app.core.links import host_origin

    query = request.query_string.decode("ascii", "ignore")
    path = quote(request.path, safe="/:@!$&'()*+,;=~-._")
    moved = redirect(host_origin(host) + path + (f"?{query}" if query else ""), 301)
    moved.headers["Cache-Control"] = "public, max-age=300"
    return moved


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
        if found.kind in CLOSED and not is_open_when_closed(request.path):
            from app.core.ui.errors import archived_village, suspended_village

            closed = suspended_village if found.kind == "suspended" else archived_village
            return closed(found.tenant)
        if found.canonical is not None and leads_on(request):
            return lead_on(found.canonical)
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
