"""A resident as a letter names them: read from the register once, kept with the letter as it was then."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from flask_babel import force_locale
from sqlalchemy import select
from sqlalchemy.orm import aliased

from app.core.privacy.vault import Vault, open_vault
from app.core.village import queries
from app.core.village.errors import Missing
from app.core.village.forms import kind_words, spoken_area
from app.extensions import db
from app.government.letters.types.kinds import LetterKind
from app.government.residents import codes
from app.government.residents.models import Household, Resident
from tenants.scope import current_tenant

_WORDS = {
    "sex": "sex",
    "religion": "religion",
    "occupation": "occupation",
    "marital_status": "marital_status",
    "nationality": "nationality",
    "education": "education",
    "blood_type": "blood_type",
    "relation": "relation",
}


def person_of(resident_id: uuid.UUID, vault: Vault | None = None) -> dict[str, Any]:
    """What the register says of a resident, for merging: plain data, words in Indonesian, three queries at most.

    It holds the NIK and the card's number in clear, so it may only be kept sealed. Keys: `id`, `name`, `nik`, `kk`,
    `head` (the household's), `sex`, `birth_place`, `birth_date` (2026-11-22), `religion`, `occupation`,
    `marital_status`, `nationality`, `education`, `blood_type`, `relation`, `father_name`, `mother_name`, `street`,
    `rt`, `rw`, `sub_area`, `address`, `vital_status` (code), `vital_on`. Raises Missing.
    """
    head = aliased(Resident)
    query = (
        select(Resident, Household, head.name.label("head_name"))
        .outerjoin(Household, Household.id == Resident.household_id)
        .outerjoin(head, head.id == Household.head_id)
        .where(Resident.id == resident_id)
    )
    row = db.session.execute(query).one_or_none()
    if row is None:
        raise Missing("resident")
    resident, household, head_name = row
    vault = vault or open_vault()
    sealed = vault.open_json(resident.box, f"resident:{resident.id}")
    kk = vault.open_json(household.box, f"household:{household.id}").get("kk", "") if household else ""
    street = (
        resident.registered_address or (household.address if household else "") or resident.current_address
    )
    area_id = resident.sub_area_id or (household.sub_area_id if household else None)
    with force_locale("id"):
        words = {key: codes.word(column, getattr(resident, column)) for key, column in _WORDS.items()}
    return {
        "id": str(resident.id),
        "name": resident.name,
        "nik": str(sealed.get("nik", "")),
        "kk": str(kk),
        "head": head_name or "",
        **words,
        "birth_place": resident.birth_place,
        "birth_date": resident.birth_date.isoformat() if resident.birth_date else "",
        "father_name": resident.father_name,
        "mother_name": resident.mother_name,
        **_place(street, area_id),
        "vital_status": resident.vital_status,
        "vital_on": resident.vital_on.isoformat() if resident.vital_on else "",
    }


def with_people(kind: LetterKind, values: Mapping[str, Any], vault: Vault | None = None) -> dict[str, Any]:
    """The values with what the register says of each resident that a field names by id. Raises Missing.

    Whoever keeps a letter's values calls it first, so that the letter keeps what stood in the register then.
    """
    filled = dict(values)
    for field in kind.fields:
        given = filled.get(field.name)
        if field.kind not in ("person", "resident") or not isinstance(given, Mapping):
            continue
        if given.get("id") and not given.get("name"):
            filled[field.name] = person_of(uuid.UUID(str(given["id"])), vault)
    return filled


def _place(street: str, area_id: uuid.UUID | None) -> dict[str, str]:
    """Street, RT, RW and sub-area, and all of it as one line down to the village."""
    found = {"sub_area": "", "rw": "", "rt": ""}
    if area_id is not None:
        tenant_words = kind_words(current_tenant())
        areas = {area.id: area for area in queries.sub_areas()}
        area = areas.get(area_id)
        while area is not None:
            found[area.kind] = spoken_area(area, tenant_words)
            area = areas.get(area.parent_id) if area.parent_id else None
    parts = [street, found["rt"], found["rw"], found["sub_area"], current_tenant().full_name]
    return {
        "street": street,
        "rt": found["rt"].removeprefix("RT "),
        "rw": found["rw"].removeprefix("RW "),
        "sub_area": found["sub_area"],
        "address": ", ".join(part for part in parts if part),
    }
