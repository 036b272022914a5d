"""A capability is a folder; its manifest says what it brings. create_app reads the list in `app.capabilities`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal
from uuid import UUID

from flask import Blueprint

if TYPE_CHECKING:
    from app.core.indicators.declarations import Indicator

Pillar = Literal["core", "government", "economy", "people", "site", "province"]


@dataclass(frozen=True, slots=True)
class MenuEntry:
    """A line in the menu of a kind of host. `label` is Indonesian (a lazy string); `order` sorts within the group.

    `also` are endpoints of further pages that belong to it, where their addresses do not begin with its own.
    """

    place: Literal["village", "province"]
    group: str
    label: object
    endpoint: str
    icon: str
    permission: str
    order: int = 50
    badge: Callable[[], int] | None = None
    also: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class PublicEntry:
    """A link in the menu of a village's public pages. `label` is Indonesian (a lazy string).

    A page that `is_promise` says what residents get and how fast: its blueprint opens with the village.
    """

    label: object
    endpoint: str
    order: int = 50
    is_promise: bool = False


@dataclass(frozen=True, slots=True)
class ResidentSection:
    """A part of a resident's page that another capability fills, such as the resident's letters.

    `template` is rendered inside the section with `found`, what `read` gave for the resident's id; `permission` is
    needed to see it. `key` names it in the page's address (#key), `title` is Indonesian (a lazy string).
    """

    key: str
    title: object
    template: str
    read: Callable[[UUID], object]
    permission: str


@dataclass(frozen=True, slots=True)
class Task:
    """Work that waits for whoever holds `permission`, told on the start page.

    `count` says how many wait in the present village (one select, kept as the badge `key`: see `app.core.badges`),
    `words` tells them in the reader's language, `endpoint` with `args` leads there. `is_late`: a promise is broken.
    """

    key: str
    count: Callable[[], int]
    words: Callable[[int], str]
    endpoint: str
    permission: str
    icon: str
    order: int = 50
    args: Mapping[str, Any] = field(default_factory=dict)
    is_late: bool = False


@dataclass(frozen=True, slots=True)
class Capability:
    """What a folder brings to the house. `optional` ones can be switched off by a village."""

    name: str
    label: object
    pillar: Pillar
    blueprints: Sequence[Blueprint] = ()
    menu: Sequence[MenuEntry] = ()
    optional: bool = False
    description: object = ""
    api_blueprints: Sequence[Blueprint] = field(default_factory=tuple)
    indicators: Sequence[Indicator] = ()
    permissions: Mapping[str, object] = field(default_factory=dict)
    """The village's permissions that it declares: code → lazy Indonesian label."""
    grants: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Which shipped roles hold them: role → codes."""
    public: Sequence[PublicEntry] = ()
    """What the village's public pages link to."""
    resident_sections: Sequence[ResidentSection] = ()
    """What it adds to a resident's page."""
    tasks: Sequence[Task] = ()
    """What may wait for somebody at work."""
    deeds: Sequence[str] = ()
    """First words of the actions (before the dot) in which staff work with it, as the audit log names them."""


_capabilities: dict[str, Capability] = {}


def register(capability: Capability) -> None:
    """Add a capability to this process's list (create_app does)."""
    _capabilities[capability.name] = capability


def capabilities() -> list[Capability]:
    """All capabilities in the order of registration."""
    return list(_capabilities.values())


def menu_entries(place: str) -> list[MenuEntry]:
    """The menu of a kind of host, sorted; switching off and permissions are applied where it is drawn."""
    return sorted(
        (m for c in _capabilities.values() for m in c.menu if m.place == place), key=lambda m: m.order
    )


def public_entries(departures: frozenset[str]) -> list[PublicEntry]:
    """The links of a village's public pages, of the capabilities that it uses. `departures`: see `is_switched_on`."""
    used = (c for c in _capabilities.values() if is_switched_on(c, departures))
    return sorted((entry for c in used for entry in c.public), key=lambda entry: entry.order)


def resident_sections(departures: frozenset[str]) -> list[ResidentSection]:
    """What the capabilities that a village uses add to a resident's page. `departures`: see `is_switched_on`."""
    return [
        section
        for capability in _capabilities.values()
        if is_switched_on(capability, departures)
        for section in capability.resident_sections
    ]


def tasks(departures: frozenset[str]) -> list[Task]:
    """What may wait for staff, of the capabilities that a village uses, in their order. `departures`: as above."""
    used = (c for c in _capabilities.values() if is_switched_on(c, departures))
    return sorted((task for c in used for task in c.tasks), key=lambda task: task.order)


def optional_capabilities() -> list[Capability]:
    """The capabilities that a village may switch off."""
    return [capability for capability in _capabilities.values() if capability.optional]


def is_switched_on(capability: Capability, departures: frozenset[str]) -> bool:
    """Whether a village uses a capability. Optional ones are on until the village switches them off.

    Args:
        capability: one of the house.
        departures: the registry's `modules`: `-name` for each optional capability that the village switched off.
    """
    return not capability.optional or f"-{capability.name}" not in departures


def portal_path(departures: frozenset[str]) -> str:
    """Where a village's residents ask for letters themselves; empty where it has switched that off."""
    portal = capability_of("portal")
    return "/layanan" if portal and is_switched_on(portal, departures) else ""


def is_resident_service(blueprint: str | None) -> bool:
    """Whether a blueprint, by its name, gives residents what a village may choose not to give, or promises it.

    Such services open with their village; what every village has, as the guides, is read before.
    """
    promises = (entry for known in _capabilities.values() for entry in known.public if entry.is_promise)
    if any(entry.endpoint.partition(".")[0] == blueprint for entry in promises):
        return True
    return any(
        known.name == blueprint and getattr(known, "audience", "") == "resident"
        for capability in optional_capabilities()
        for known in capability.blueprints
    )


def capability_of(blueprint: str | None) -> Capability | None:
    """The capability that a blueprint of pages or of the API belongs to, by the blueprint's name."""
    for capability in _capabilities.values():
        if any(known.name == blueprint for known in (*capability.blueprints, *capability.api_blueprints)):
            return capability
    return None
