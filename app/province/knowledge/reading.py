"""What reading an article needs beside its row: who reads, where its links and pictures lead, what stands around it."""

from __future__ import annotations

import uuid
from functools import partial

from flask import current_app, request, url_for
from markupsafe import Markup
from werkzeug.exceptions import HTTPException
from werkzeug.routing import BuildError, MapAdapter, RequestRedirect

from app.core.actors import Actor, current_actor
from app.core.hosting import host_kind
from app.core.security import local_path
from app.province.knowledge import markup
from app.province.knowledge.shipped import picture_tag
from tenants.scope import current_tenant_or_none

OPEN = ("anonymous", "resident", "kiosk", "signed_in")


def reader() -> str:
    """Who reads on this host when signed in: `village` or `province`."""
    return "village" if current_tenant_or_none() is not None else "province"


def drawn(body: str) -> Markup:
    """An article's body for who is signed in on the present host."""
    return markup.draw(body, partial(_address, current_actor()))


def drawn_for_everybody(body: str) -> Markup:
    """An article's body on the public pages of a village: its links lead to pages that need no account of staff."""
    return markup.draw(body, _public_address)


def endpoint_of(path: str) -> str | None:
    """The endpoint of a page of a village's or the province's host, by its path; None where nothing answers there."""
    if local_path(path) is None:
        return None
    for kind in ("village", "province"):
        if found := _match(_adapter(kind), path):
            return found
    return None


def is_endpoint(name: str) -> bool:
    """Whether a page of this name exists."""
    return name in current_app.view_functions and "GET" in {
        method for rule in current_app.url_map.iter_rules(name) for method in rule.methods or ()
    }


def path_of(endpoint: str) -> str:
    """The path of a page without arguments on its kind of host, or the endpoint itself."""
    for kind in ("village", "province"):
        try:
            path: str = _adapter(kind).build(endpoint, _values(endpoint, kind))
        except BuildError:
            continue
        return path
    return endpoint


def _address(actor: Actor | None, kind: str, name: str) -> str | None:
    if kind == "guide":
        return url_for("guides.show", slug=name)
    return picture_address(name) if kind == "picture" else _page(actor, name)


def _public_address(kind: str, name: str) -> str | None:
    if kind == "guide":
        return url_for("resident_guides.show", slug=name)
    return picture_address(name) if kind == "picture" else _page(None, name)


def picture_address(name: str) -> str | None:
    """Where a shipped picture (by name) or one of the programme's own (by id) is fetched; None for an unknown name."""
    try:
        return url_for("guides.own_picture", file_id=uuid.UUID(name))
    except ValueError:
        tag = picture_tag(name)
    return url_for("guides.picture", name=name, v=tag) if tag else None


def _page(actor: Actor | None, name: str) -> str | None:
    """The path of a page of the present host that its reader may open; `name` is an endpoint or a path."""
    kind = host_kind(request)
    endpoint = name
    if name.startswith("/"):
        endpoint = (_match(_adapter(kind), name) if local_path(name) else None) or ""
    view = current_app.view_functions.get(endpoint)
    stated = getattr(view, "siger_permission", "")
    is_open = stated in OPEN and (stated != "signed_in" or actor is not None)
    if view is None or not (is_open or (actor is not None and actor.may(stated))):
        return None
    if name.startswith("/"):
        return name
    try:
        path: str = _adapter(kind).build(endpoint, _values(endpoint, kind))
    except BuildError:
        return None
    return path


def _adapter(kind: str) -> MapAdapter:
    return current_app.url_map.bind(current_app.config["BASE_HOST"], subdomain=kind)


def _values(endpoint: str, kind: str) -> dict[str, str]:
    return {"host_kind": kind} if current_app.url_map.is_endpoint_expecting(endpoint, "host_kind") else {}


def _match(adapter: MapAdapter, path: str) -> str | None:
    try:
        return str(adapter.match(path.partition("?")[0], method="GET")[0])
    except (HTTPException, RequestRedirect):
        return None
