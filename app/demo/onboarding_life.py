"""Villages of the demo on their way aboard, and what may happen to one later: told in the order in which each needs the
ones before it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from flask import Flask, current_app

from app.demo.applications_life import seed_applications
from app.demo.archives_life import seed_archives
from app.demo.content import DemoAccount, DemoSecrets
from app.demo.copies_life import seed_copies
from app.demo.domains_life import seed_domains
from app.demo.invitations_life import seed_invitations
from app.demo.life_life import seed_life
from app.demo.setting_up_life import seed_setting_up
from tenants.scope import platform_scope


@dataclass(frozen=True, slots=True)
class Aboard:
    """The accounts of villages that are being set up, and what was told, in words (empty: it was there already)."""

    accounts: list[DemoAccount]
    words: str


def seed_onboarding(secrets: DemoSecrets) -> Aboard:
    """Bring villages aboard where nobody is on the way; safe to run again. Outside of any scope; commits."""
    app = cast(Flask, current_app._get_current_object())  # type: ignore[attr-defined]
    accounts = seed_setting_up(app, secrets)
    applications, invitations = seed_applications(app), seed_invitations(app)
    changed = seed_life(app)
    domains = seed_domains(app)
    with platform_scope():
        archives, copies = seed_archives(), seed_copies()
    told = {
        "applications": applications,
        "invitations": invitations,
        "changed villages": changed,
        "addresses": domains,
        "archives": archives,
        "copied villages": copies,
    }
    return Aboard(accounts, ", ".join(f"{count} {name}" for name, count in told.items() if count))
