"""What stands around the pages of people at work: menu, who is signed in, the banner of a support visit, the region.

Public pages are drawn without any of it, since it depends on who asks.
"""

from __future__ import annotations

import time
from typing import Any

from flask import Flask, current_app, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from app.core.actors import Actor
from app.core.blueprints import AudienceBlueprint
from app.core.capabilities import MenuEntry, capabilities, is_switched_on
from tenants.scope import current_tenant_or_none, platform_scope

REGION_SECONDS = 3600.0
OFFICES = {1: "Dinas PMDT", 2: "Dinas PMD", 3: "Kantor kecamatan"}

_regions: dict[str, tuple[float, str]] = {}


def init_shell(app: Flask) -> None:
    """Give the pages of village staff and officers what their base templates ask for."""
    app.context_processor(shell_context)


def shell_context() -> dict[str, Any]:
    """The context of `ui/base_staff.html` or `ui/base_province.html`; empty for public pages and error pages."""
    blueprint = current_app.blueprints.get(request.blueprint or "") if request else None
    if not isinstance(blueprint, AudienceBlueprint) or blueprint.audience not in (
        "village",
        "province",
        "shared",
    ):
        return {}
    actor = current_user._get_current_object()
    if not isinstance(actor, Actor):
        return {}
    place = "village" if actor.tenant_id else "province"
    entries = [] if actor.must_enrol else permitted_entries(actor)
    context: dict[str, Any] = {
        "shell_template": "ui/base_staff.html" if actor.tenant_id else "ui/base_province.html",
        "actor": actor,
        "menu": grouped(entries),
        "tabs": settings_tabs(entries),
        "home_url": url_for(entries[0].endpoint) if entries else url_for("own_account.profile"),
        "who": {
            "name": actor.name,
            "role": spoken_role(actor),
            "account_url": url_for("own_account.profile"),
            "sign_out_url": url_for("sign_in.leave"),
            "hosts_url": url_for("own_account.places") if actor.places > 1 else None,
        },
        "banner": visit_banner(actor),
    }
    if place == "province" and actor.region_code:
        level = actor.region_code.count(".") + 1
        context["region"] = {"name": region_words(actor.region_code), "office": OFFICES.get(level, "")}
    return context


def home_path(actor: Actor) -> str:
    """Where somebody goes after signing in: the first page of their menu, else their account."""
    entries = [] if actor.must_enrol else permitted_entries(actor)
    return url_for(entries[0].endpoint) if entries else url_for("own_account.profile")


def permitted_entries(actor: Actor) -> list[MenuEntry]:
    """The menu of the actor's host: what their permissions and the village's switched-on capabilities allow."""
    place = "village" if actor.tenant_id else "province"
    tenant = current_tenant_or_none()
    found = [
        entry
        for capability in capabilities()
        if tenant is None or is_switched_on(capability, tenant.modules)
        for entry in capability.menu
        if entry.place == place and actor.may(entry.permission)
    ]
    return sorted(found, key=lambda entry: entry.order)


def grouped(entries: list[MenuEntry]) -> list[dict[str, Any]]:
    """The menu as templates draw it: groups in the order of their first entries, the present page marked."""
    urls = {entry.endpoint: url_for(entry.endpoint) for entry in entries}
    owners = {url: url for url in urls.values()}
    owners |= {url_for(page): urls[entry.endpoint] for entry in entries for page in entry.also}
    found = max(
        (url for url in owners if request.path == url or (url != "/" and request.path.startswith(f"{url}/"))),
        key=len,
        default=None,
    )
    here = owners[found] if found is not None else None
    groups: dict[str, list[dict[str, Any]]] = {}
    settings: list[MenuEntry] = []
    for entry in entries:
        url = urls[entry.endpoint]
        if is_setting(entry):
            settings.append(entry)
            continue
        groups.setdefault(str(entry.group), []).append(
            {
                "label": entry.label,
                "url": url,
                "icon": entry.icon,
                "current": url == here,
                "badge": entry.badge() if entry.badge else None,
            }
        )
    ordered = sorted(groups.items(), key=lambda group: group[0] != "")
    menu: list[dict[str, Any]] = [{"label": label or None, "items": items} for label, items in ordered]
    if settings:
        current = here in [urls[entry.endpoint] for entry in settings]
        first = {
            "label": _("Pengaturan"),
            "url": urls[settings[0].endpoint],
            "icon": "settings",
            "current": current,
        }
        menu.append({"label": "", "items": [first]})
    return menu


def is_setting(entry: MenuEntry) -> bool:
    """Entries of a village's group `Pengaturan` are tabs of its settings; the menu shows one line for all of them."""
    return entry.place == "village" and str(entry.group) == _("Pengaturan")


def settings_tabs(entries: list[MenuEntry]) -> list[dict[str, Any]]:
    """The tabs of a village's settings while one of them is open, else none."""
    tabs = [
        {
            "label": entry.label,
            "url": url,
            "current": request.path == url or request.path.startswith(f"{url}/"),
        }
        for entry in entries
        if is_setting(entry) and (url := url_for(entry.endpoint))
    ]
    return tabs if any(tab["current"] for tab in tabs) else []


def visit_banner(actor: Actor) -> dict[str, Any] | None:
    """The banner of an open support visit, for the visitor and for the village's own staff."""
    visit = actor.support_visit or actor.open_visit
    if visit is None:
        return None
    if actor.support_visit is not None:
        text = _(
            "Anda sedang berkunjung atas nama Dinas PMD: %(reason)s. Semua tindakan tercatat.",
            reason=visit.reason,
        )
    else:
        text = _(
            "Dinas PMD sedang berkunjung (%(name)s): %(reason)s.",
            name=visit.account_name,
            reason=visit.reason,
        )
    may_end = actor.support_visit is not None or actor.may("accounts.manage")
    return {
        "text": text,
        "tone": "support",
        "until": visit.expires_at,
        "action_url": url_for("visits.end", visit_id=visit.id) if may_end else None,
        "action_label": _("Akhiri kunjungan"),
    }


def spoken_role(actor: Actor) -> str:
    """The actor's roles in the language of the page and the words of the village."""
    from app.core.accounts.loading import OWN_ROLE, VISITOR, role_label

    if VISITOR in actor.role_codes:
        return str(_("Kunjungan bantuan"))
    if OWN_ROLE in actor.role_codes:
        return actor.role_label
    return ", ".join(role_label(code, current_tenant_or_none()) for code in actor.role_codes)


def region_words(code: str) -> str:
    """A region's name as people say it, asked once an hour and process."""
    from app.core.accounts.places import region_name

    known = _regions.get(code)
    if known is None or time.monotonic() - known[0] > REGION_SECONDS:
        with platform_scope():
            known = (time.monotonic(), region_name(code))
        _regions[code] = known
    return known[1]
