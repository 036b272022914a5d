"""One household as its family card (Kartu Keluarga) has it: the page and the printable sheet."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import current_app
from sqlalchemy import Row, select

from app.core.privacy.vault import Vault, open_vault
from app.core.shell import region_words
from app.core.village import queries
from app.core.village.errors import Missing
from app.core.village.models import SubArea
from app.extensions import db
from app.government.residents import codes
from app.government.residents.browse.areas import area_book
from app.government.residents.browse.history import HistoryLine, history_of
from app.government.residents.derive import card_order, masked, masked_text
from app.government.residents.documents.queries import DocumentLine, documents_of
from app.government.residents.models import Household, Resident
from app.government.residents.withheld import Withheld, withheld_kk
from tenants.scope import current_tenant

CARD_FIELDS = (
    "id", "box", "name", "sex", "birth_place", "birth_date", "religion", "education", "occupation", "blood_type",
    "marital_status", "married_on", "divorced_on", "relation", "nationality", "father_name", "mother_name",
    "vital_status", "household_order",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class CardRow:
    """A member on the card, both tables' columns as text; numbers masked unless revealed."""

    id: uuid.UUID
    name: str
    nik: str
    sex: str
    birth_place: str
    birth_date: str
    religion: str
    education: str
    occupation: str
    blood_type: str
    marital_status: str
    married_on: str
    relation: str
    nationality: str
    passport: str
    kitas: str
    father_name: str
    mother_name: str
    is_head: bool


@dataclass(frozen=True, slots=True)
class FormerMember:
    """Somebody who still stands in the household but no longer counts."""

    id: uuid.UUID
    name: str
    status: str


@dataclass(frozen=True, slots=True)
class HouseholdFile:
    """All that the page and the sheet show. `place`: the head lines of the card."""

    household: Household
    kk: str
    head: str
    area: str
    place: dict[str, str]
    members: list[CardRow]
    former: list[FormerMember]
    history: list[HistoryLine]
    documents: list[DocumentLine]
    is_revealed: bool
    withheld: Withheld | None


def household_file(
    household_id: uuid.UUID, *, revealed: bool, may_documents: bool = False, with_history: bool = True
) -> HouseholdFile:
    """Read one household with its members in the card's order: at most seven queries, two more without a card's number.

    Args:
        revealed: whether numbers are shown unmasked; whoever says so has noted it in the audit log.
        may_documents: whether documents are listed. with_history: whether the ledger's lines are.
    Raises Missing.
    """
    household = db.session.get(Household, household_id)
    if household is None:
        raise Missing("household")
    vault = open_vault()
    areas = area_book()
    kk = str(vault.open_json(household.box, f"household:{household.id}").get("kk", ""))
    fields = (getattr(Resident, name) for name in CARD_FIELDS)
    rows = sorted(
        db.session.execute(select(*fields).where(Resident.household_id == household_id)), key=card_order
    )
    alive = [row for row in rows if row.vital_status == codes.ALIVE]
    former = [
        FormerMember(row.id, row.name, codes.word("vital_status", row.vital_status))
        for row in rows
        if row.vital_status != codes.ALIVE
    ]
    withheld = withheld_kk(household, vault)
    history = []
    if with_history:
        history = history_of(household_id=household_id, vault=vault, areas=areas, may_health=False)
    return HouseholdFile(
        household,
        kk if revealed else masked(kk),
        next((row.name for row in rows if row.id == household.head_id), ""),
        areas.way(household.sub_area_id),
        _place(household),
        [_card_row(row, vault, revealed=revealed) for row in alive],
        former,
        history,
        documents_of(household_id=household_id) if may_documents else [],
        revealed,
        withheld.shown(revealed=revealed) if withheld else None,
    )


def _card_row(row: Row[Any], vault: Vault, *, revealed: bool) -> CardRow:
    sealed: Mapping[str, str] = vault.open_json(row.box, f"resident:{row.id}")
    nik, passport, kitas = (sealed.get(name, "") for name in ("nik", "passport", "kitas"))
    return CardRow(
        row.id,
        row.name,
        nik if revealed else masked(nik),
        codes.word("sex", row.sex),
        row.birth_place,
        short_date(row.birth_date),
        codes.word("religion", row.religion),
        codes.word("education", row.education),
        codes.word("occupation", row.occupation),
        codes.word("blood_type", row.blood_type),
        codes.word("marital_status", row.marital_status),
        short_date(_since(row)),
        codes.word("relation", row.relation),
        codes.word("nationality", row.nationality),
        passport if revealed else masked_text(passport),
        kitas if revealed else masked_text(kitas),
        row.father_name,
        row.mother_name,
        row.relation == codes.HEAD_OF_HOUSEHOLD,
    )


def _since(row: Row[Any]) -> dt.date | None:
    """The date of the marriage, or of the divorce for those who are divorced; none for the unmarried."""
    day: dt.date | None = {2: row.married_on, 3: row.divorced_on}.get(row.marital_status or 0)
    return day


def short_date(day: dt.date | None) -> str:
    """A date as the card writes it: 22-11-2026."""
    return f"{day:%d-%m-%Y}" if day else ""


def _place(household: Household) -> dict[str, str]:
    """Where the card says that the household lives: address, RT/RW, village, kecamatan, kabupaten, province, code."""
    tenant = current_tenant()
    district, regency = tenant.region_path
    numbers = {"rt": "", "rw": ""}
    area = db.session.get(SubArea, household.sub_area_id) if household.sub_area_id else None
    while area is not None:
        if area.kind in numbers:
            numbers[area.kind] = area.name
        area = db.session.get(SubArea, area.parent_id) if area.parent_id else None
    return {
        "address": household.address,
        "rt_rw": "/".join(numbers[kind] or "–" for kind in ("rt", "rw")) if any(numbers.values()) else "",
        "village": tenant.full_name,
        "district": district,
        "regency": regency,
        "province": region_words(current_app.config["SETTINGS"].province_code).removeprefix("Provinsi "),
        "postal_code": queries.profile().postal_code,
    }
