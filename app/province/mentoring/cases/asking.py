"""The page from which a village asks: its address without a query, and what the page is, never whom it shows."""

from __future__ import annotations

from dataclasses import dataclass

from flask import current_app, url_for
from werkzeug.exceptions import HTTPException
from werkzeug.routing.exceptions import RequestRedirect

from app.core.blueprints import AudienceBlueprint
from app.core.capabilities import capability_of, menu_entries
from app.core.privacy.masking import holds_personal
from app.province.mentoring.cases.words import topic_of

LONGEST = 300


@dataclass(frozen=True, slots=True)
class AskedFrom:
    """A page of a village's staff: its path, what it is called in the menu, and the topic that lies near."""

    path: str
    title: str
    topic: str


def asked_from(path: str) -> AskedFrom | None:
    """The page of the present village's host that a path leads to; None for anything but a page of its staff.

    What is kept of it tells no resident: the path holds ids alone, and the title is that of the part of the
    application. A path with a number or an address of a person in it is cut down to that part.
    """
    path = path.partition("?")[0].partition("#")[0]
    if not path.startswith("/") or path.startswith("//") or len(path) > LONGEST:
        return None
    adapter = current_app.url_map.bind(current_app.config["BASE_HOST"], subdomain="village")
    try:
        endpoint, _arguments = adapter.match(path, method="GET")
    except (HTTPException, RequestRedirect):
        return None
    blueprint = current_app.blueprints.get(endpoint.rpartition(".")[0])
    view = current_app.view_functions.get(endpoint)
    if not isinstance(blueprint, AudienceBlueprint) or blueprint.audience not in ("village", "shared"):
        return None
    if getattr(view, "siger_permission", "anonymous") == "anonymous":
        return None
    capability = capability_of(blueprint.name)
    found = _menu_entry(path)
    title = str(found[0]) if found else str(capability.label) if capability else path
    if holds_personal(path):
        path = found[1] if found else "/"
    return AskedFrom(path, title, topic_of(capability.name if capability else ""))


def _menu_entry(path: str) -> tuple[object, str] | None:
    """Label and address of the menu's entry that a page belongs to."""
    entries = [(entry.label, url_for(entry.endpoint)) for entry in menu_entries("village")]
    inside = [one for one in entries if path == one[1] or path.startswith(f"{one[1].rstrip('/')}/")]
    return max(inside, key=lambda one: len(one[1]), default=None)
