"""Residents as those who send messages know them."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import select

from app.core.notifications.events import CHANNELS, events
from app.core.notifications.people import Person
from app.core.privacy.vault import open_vault
from app.extensions import db
from app.government.residents.models import Resident
from app.government.selfservice.models import PortalAccount
from tenants.models import now

TOLD_STATES = ("active", "locked", "waiting")
"""Whose accounts are told something: who was invited has not come yet, who closed the account left."""


def residents_by_account(ids: Collection[uuid.UUID], addresses: bool) -> Mapping[uuid.UUID, Person]:
    """The accounts of these ids that may be told: one select, and the vault when addresses are asked for."""
    query = (
        select(PortalAccount.id, PortalAccount.preferences, PortalAccount.box, Resident.name)
        .join(Resident, Resident.id == PortalAccount.resident_id)
        .where(PortalAccount.id.in_(ids), PortalAccount.state.in_(TOLD_STATES))
    )
    rows = db.session.execute(query).all()
    vault = open_vault() if addresses and rows else None
    found = {}
    for row in rows:
        kept = vault.open_json(row.box, f"portal_account:{row.id}") if vault else {}
        found[row.id] = Person(
            row.id,
            row.name,
            switched_off(row.preferences),
            str(kept.get("email") or ""),
            str(kept.get("phone") or ""),
        )
    return found


def switched_off(preferences: Mapping[str, Any]) -> frozenset[str]:
    """What an account does not want, as `channel:event` or `channel:*`, of its preferences.

    `email` and `whatsapp` are False where the whole channel is off; `off` names events of a channel.
    """
    channels = {f"{channel}:*" for channel in CHANNELS if preferences.get(channel) is False}
    return frozenset(channels | {str(one) for one in preferences.get("off", ())})


def choose_notices(account_id: uuid.UUID, on: Collection[str]) -> None:
    """Keep what a resident wants to be told: `channel:event` of every box that is ticked."""
    offered = {f"{channel}:{event.code}" for event in events("resident") for channel in event.channels}
    account = db.session.get(PortalAccount, account_id, with_for_update=True)
    if account is None:
        return
    chosen = dict(account.preferences)
    for channel in ("email", "whatsapp"):
        chosen[channel] = any(one.startswith(f"{channel}:") for one in on)
    chosen["off"] = sorted(
        one for one in offered - set(on) if chosen.get(one.partition(":")[0], True) is not False
    )
    account.preferences, account.updated_at = chosen, now()
    db.session.commit()


def notices_off(account_id: uuid.UUID) -> frozenset[str]:
    """What a resident switched off."""
    preferences = db.session.scalar(select(PortalAccount.preferences).where(PortalAccount.id == account_id))
    return switched_off(preferences or {})
