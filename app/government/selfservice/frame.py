"""What stands around every page of a resident: the village, who is signed in on this phone, and the few ways to go."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import current_app, request
from flask.blueprints import BlueprintSetupState
from flask_babel import lazy_gettext as _l

from app.core.blueprints import AudienceBlueprint
from app.core.capabilities import capabilities, is_switched_on
from app.core.notifications.unread import unread_count
from app.government.selfservice.accounts import ResidentActor, resident_or_none
from tenants.scope import current_tenant_or_none

HOME = "/layanan"
SIGN_IN = "/layanan/masuk"
SIGN_OUT = "/layanan/keluar"
NOTICES = "/layanan/pemberitahuan"


@dataclass(frozen=True, slots=True)
class Place:
    """A way in the portal's navigation; it is there while `capability` is used by the village."""

    label: object
    url: str
    icon: str
    capability: str = "selfservice"


PLACES = (
    Place(_l("Beranda"), HOME, "house"),
    Place(_l("Surat"), "/layanan/surat", "file-text"),
    Place(_l("Pengaduan"), "/layanan/pengaduan", "megaphone", "complaints"),
    Place(_l("Data saya"), "/layanan/data", "user-round"),
)


def portal_frame() -> dict[str, Any]:
    """The context of `selfservice/base_portal.html`; empty on pages of any other audience."""
    blueprint = current_app.blueprints.get(request.blueprint or "") if request else None
    if not isinstance(blueprint, AudienceBlueprint) or blueprint.audience != "resident":
        return {}
    resident = signed_in_resident()
    return {
        "portal": {
            "resident": resident,
            "places": navigation() if resident is not None else [],
            "home_url": HOME,
            "unread": unread_count(resident.account_id) if resident is not None else 0,
            "notices_url": NOTICES,
            "sign_in_url": SIGN_IN,
            "sign_out_url": SIGN_OUT,
        }
    }


def signed_in_resident() -> ResidentActor | None:
    """The resident who is signed in on this phone, or None."""
    return resident_or_none()


def navigation() -> list[dict[str, Any]]:
    """The places of the portal that this village has, the present one marked."""
    return [
        {"label": place.label, "url": place.url, "icon": place.icon, "current": _is_here(place.url)}
        for place in PLACES
        if is_used(place.capability)
    ]


def is_used(name: str) -> bool:
    """Whether the present village uses a capability."""
    tenant = current_tenant_or_none()
    departures = tenant.modules if tenant is not None else frozenset()
    return any(one.name == name and is_switched_on(one, departures) for one in capabilities())


def _is_here(url: str) -> bool:
    return request.path == url or (url != HOME and request.path.startswith(f"{url}/"))


def init_frame(state: BlueprintSetupState) -> None:
    """Give the portal's pages their frame (a blueprint's `record_once`)."""
    state.app.context_processor(portal_frame)
