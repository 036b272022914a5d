"""Whose account a NIK or a card belongs to: only people who live in the village now have one that works."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, select

from app.core.privacy.vault import Vault, open_vault
from app.extensions import db
from app.government.residents import codes
from app.government.residents.models import Household, Resident
from app.government.selfservice.models import PortalAccount

_NOT_DIGITS = re.compile(r"\D")


@dataclass(frozen=True, slots=True)
class Found:
    """A living resident of the village, with their account where there is one."""

    resident_id: uuid.UUID
    name: str
    birth_date: dt.date | None
    kk_index: bytes | None
    account_id: uuid.UUID | None
    state: str | None

    def fits(self, kk_index: bytes, birth_date: dt.date | None) -> bool:
        """Whether card number and birth date are those of the register."""
        return self.kk_index == kk_index and birth_date is not None and self.birth_date == birth_date


def digits(text: str) -> str:
    """The digits of a number as it was typed."""
    return _NOT_DIGITS.sub("", text)[:32]


def by_nik(nik: str, vault: Vault | None = None) -> Found | None:
    """The living resident with this NIK: one select, and one more where no vault is given."""
    vault = vault or open_vault()
    return _one(_people().where(Resident.nik_index == vault.index("nik", digits(nik))))


def by_card(tag: str) -> Found | None:
    """The living resident whose card's chip number was enrolled: two selects."""
    vault = open_vault()
    return _one(_people().where(PortalAccount.card_index == vault.index("card", canonical_tag(tag))))


def canonical_tag(text: str) -> str:
    """A chip number as readers type it (04:A2:…, 04a2…): letters and digits in capitals."""
    return re.sub(r"[^0-9A-Z]", "", text.upper())[:64]


def _people() -> Any:
    return (
        select(
            Resident.id,
            Resident.name,
            Resident.birth_date,
            Household.kk_index,
            PortalAccount.id,
            PortalAccount.state,
        )
        .outerjoin(PortalAccount, PortalAccount.resident_id == Resident.id)
        .outerjoin(Household, Household.id == Resident.household_id)
        .where(Resident.vital_status == codes.ALIVE)
    )


def _one(query: Select[Any]) -> Found | None:
    row = db.session.execute(query).first()
    return Found(*row) if row is not None else None
