"""What an account keeps sealed: where to reach the resident, and the chip number of the card."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from app.core.privacy.vault import Vault
from app.extensions import db
from app.government.residents.models import Resident
from app.government.selfservice.accounts.finding import canonical_tag
from app.government.selfservice.models import PortalAccount

CONTACTS = ("phone", "email")


def read_box(account: PortalAccount, vault: Vault) -> dict[str, str]:
    """The sealed values of an account: those of `phone`, `email`, `card_tag` that are known."""
    opened: dict[str, str] = vault.open_json(account.box, f"portal_account:{account.id}")
    return opened


def write_box(account: PortalAccount, values: Mapping[str, str], vault: Vault) -> None:
    """Seal an account's values anew, with the blind index of the card. The vault is one for writing."""
    kept = {name: text for name, text in values.items() if text}
    account.box = vault.seal_json(kept, f"portal_account:{account.id}") if kept else None
    account.card_index = vault.index("card", kept["card_tag"]) if kept.get("card_tag") else None


def adopt(account: PortalAccount, vault: Vault) -> None:
    """Take over from the register what the account does not know yet: phone, e-mail, chip number (`tag_id_card`)."""
    known = read_box(account, vault)
    resident = db.session.get_one(Resident, account.resident_id)
    register: dict[str, Any] = vault.open_json(resident.box, f"resident:{resident.id}")
    taken = {name: str(register[name]) for name in CONTACTS if register.get(name) and not known.get(name)}
    tag = canonical_tag(str(register.get("card_tag", "")))
    if tag and not known.get("card_tag") and not card_is_taken(tag, account.id, vault):
        taken["card_tag"] = tag
    if taken:
        write_box(account, {**known, **taken}, vault)


def card_is_taken(tag: str, account_id: uuid.UUID, vault: Vault) -> bool:
    """Whether another account has this card."""
    query = select(PortalAccount.id).where(PortalAccount.card_index == vault.index("card", tag))
    return db.session.scalar(query.where(PortalAccount.id != account_id)) is not None
