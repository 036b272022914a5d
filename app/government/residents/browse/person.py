"""One resident's page: everything that is known, in sections, with household, history and documents."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.core.privacy.vault import open_vault
from app.core.ui.formats import date, number
from app.core.village.errors import Missing
from app.extensions import db
from app.government.residents import codes
from app.government.residents.browse.areas import AreaBook, area_book
from app.government.residents.browse.filters import age_on
from app.government.residents.browse.history import HistoryLine, history_of
from app.government.residents.derive import card_order, is_anonymous, masked, masked_text
from app.government.residents.documents.queries import DocumentLine, documents_of
from app.government.residents.models import SEALED_FIELDS, Household, Resident
from app.government.residents.register.labels import HEALTH_FIELDS, RESIDENT_LABELS
from app.government.residents.withheld import Withheld, withheld_nik
from app.government.residents.writing import today

NUMBERS = ("nik", "father_nik", "mother_nik")
SECTIONS: tuple[tuple[str, Any, tuple[str, ...]], ...] = (
    (
        "identity",
        _l("Jati diri"),
        (
            "nik", "name", "sex", "birth_place", "birth_date", "religion", "blood_type", "nationality", "ethnic_group",
            "residence_status",
        ),
    ),
    (
        "family",
        _l("Keluarga dan perkawinan"),
        (
            "relation", "marital_status", "marriage_certificate", "married_on", "divorce_certificate", "divorced_on",
            "father_name", "father_nik", "mother_name", "mother_nik",
        ),
    ),
    (
        "place",
        _l("Tempat tinggal"),
        ("sub_area_id", "registered_address", "current_address", "latitude", "longitude"),
    ),
    ("work", _l("Pendidikan dan pekerjaan"), ("education", "schooling", "occupation", "reading")),
    (
        "papers",
        _l("Kartu dan akta"),
        (
            "birth_certificate", "card", "card_status", "card_tag", "passport", "passport_expires_on", "kitas",
        ),
    ),
    ("contact", _l("Jaminan kesehatan dan kontak"), ("insurance", "insurance_number", "phone", "email")),
    ("health", _l("Kesehatan"), HEALTH_FIELDS),
    ("notes", _l("Catatan"), ("notes",)),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the page: what is known, and the labels of what is not."""

    key: str
    title: str
    known: list[dict[str, str]]
    empty: list[str]


@dataclass(frozen=True, slots=True)
class Member:
    """A member of the household, as the resident's page lists them."""

    id: uuid.UUID
    name: str
    relation: str
    age: int | None
    vital_status: int

    @property
    def is_alive(self) -> bool:
        """Whether the person counts here."""
        return self.vital_status == codes.ALIVE

    @property
    def status_word(self) -> str:
        """The vital status in a word."""
        return codes.word("vital_status", self.vital_status)


@dataclass(frozen=True, slots=True)
class ResidentPage:
    """All that the page shows. `kk` is the household's number, masked unless revealed."""

    resident: Resident
    age: int | None
    area: str
    sections: list[Section]
    household: Household | None
    kk: str
    members: list[Member]
    history: list[HistoryLine]
    documents: list[DocumentLine]
    is_revealed: bool
    withheld: Withheld | None

    @property
    def is_removed(self) -> bool:
        """Whether the data was removed because the time to keep it was over."""
        return is_anonymous(self.resident.name)

    @property
    def is_former(self) -> bool:
        """Whether the person is no longer counted here."""
        return self.resident.vital_status != codes.ALIVE

    @property
    def status_word(self) -> str:
        """The vital status in a word."""
        return codes.word("vital_status", self.resident.vital_status)


def resident_file(
    resident_id: uuid.UUID, *, may_health: bool, may_documents: bool, revealed: bool
) -> ResidentPage:
    """Read one resident with household, history and documents: at most seven queries, two more without a NIK.

    Args:
        may_health: whether health fields are shown. may_documents: whether documents are listed.
        revealed: whether numbers, phone and e-mail are shown unmasked; whoever says so has noted it in the audit log.
    Raises Missing.
    """
    resident = db.session.get(Resident, resident_id)
    if resident is None:
        raise Missing("resident")
    vault = open_vault()
    areas = area_book()
    sealed = vault.open_json(resident.box, f"resident:{resident.id}")
    household = db.session.get(Household, resident.household_id) if resident.household_id else None
    kk = ""
    if household is not None:
        kk = str(vault.open_json(household.box, f"household:{household.id}").get("kk", ""))
    texts = _texts(resident, sealed, areas, revealed=revealed)
    withheld = withheld_nik(resident, vault)
    return ResidentPage(
        resident,
        age_on(resident.vital_on if resident.vital_status == codes.DEAD and resident.vital_on else today(),
               resident.birth_date),
        areas.way(resident.sub_area_id),
        [_section(*part, texts) for part in SECTIONS if may_health or part[0] != "health"],
        household,
        kk if revealed else masked(kk),
        _members(household) if household else [],
        history_of(resident_id=resident.id, vault=vault, areas=areas, may_health=may_health),
        documents_of(resident_id=resident.id) if may_documents else [],
        revealed,
        withheld.shown(revealed=revealed) if withheld else None,
    )  # fmt: skip


def _texts(
    resident: Resident, sealed: Mapping[str, str], areas: AreaBook, *, revealed: bool
) -> dict[str, str]:
    """Every field as the page writes it; empty for what is unknown."""
    texts: dict[str, str] = {}
    for name in RESIDENT_LABELS:
        if name in SEALED_FIELDS:
            text = sealed.get(name, "")
            hide = masked if name in NUMBERS else masked_text
            texts[name] = text if revealed else hide(text)
        else:
            texts[name] = _text(name, getattr(resident, name), areas)
    return texts


def _text(name: str, value: Any, areas: AreaBook) -> str:
    if value is None or value == "":
        return ""
    if name in codes.LISTS:
        return codes.word(name, value)
    if name == "sub_area_id":
        return areas.way(value)
    if isinstance(value, bool):
        return str(_("Ya")) if value else str(_("Tidak"))
    if isinstance(value, float):
        return number(value, 6)
    return date(value) if hasattr(value, "year") else str(value)


def _section(key: str, title: Any, names: tuple[str, ...], texts: Mapping[str, str]) -> Section:
    known = [{"name": n, "label": str(RESIDENT_LABELS[n]), "value": texts[n]} for n in names if texts[n]]
    return Section(key, str(title), known, [str(RESIDENT_LABELS[n]) for n in names if not texts[n]])


def _members(household: Household) -> list[Member]:
    query = select(
        Resident.id, Resident.name, Resident.relation, Resident.birth_date, Resident.vital_status,
        Resident.household_order,
    ).where(Resident.household_id == household.id)  # fmt: skip
    rows = sorted(
        db.session.execute(query), key=lambda row: (row.vital_status != codes.ALIVE, *card_order(row))
    )
    now = today()
    return [
        Member(
            row.id,
            row.name,
            codes.word("relation", row.relation),
            age_on(now, row.birth_date),
            row.vital_status,
        )
        for row in rows
    ]
