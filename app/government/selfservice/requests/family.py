"""For whom somebody may ask: themselves and the household that they live in, nobody else."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import aliased

from app.extensions import db
from app.government.letters.types.kinds import LetterKind
from app.government.residents import codes
from app.government.residents.derive import is_anonymous
from app.government.residents.models import Resident


@dataclass(frozen=True, slots=True)
class FamilyMember:
    """Somebody of the own household: the one who asks comes first."""

    id: uuid.UUID
    name: str
    relation: str
    birth_date: dt.date | None
    is_alive: bool
    is_self: bool


def family_of(resident_id: uuid.UUID) -> list[FamilyMember]:
    """The resident and all whom the register has in the same household, alive or dead: one select."""
    other = aliased(Resident)
    query = (
        select(other.id, other.name, other.relation, other.birth_date, other.vital_status)
        .select_from(Resident)
        .join(other, (other.id == Resident.id) | (other.household_id == Resident.household_id))
        .where(Resident.id == resident_id, other.vital_status.in_((codes.ALIVE, codes.DEAD)))
        .order_by((other.id != resident_id), other.household_order, other.birth_date, other.id)
    )
    return [
        FamilyMember(
            row.id,
            row.name,
            codes.word("relation", row.relation) if row.relation else "",
            row.birth_date,
            row.vital_status == codes.ALIVE,
            row.id == resident_id,
        )
        for row in db.session.execute(query)
        if not is_anonymous(row.name)
    ]


def subjects(kind: LetterKind, family: Sequence[FamilyMember]) -> list[FamilyMember]:
    """Those of a family for whom a letter of this kind may be asked."""
    if kind.about == "deceased":
        return [one for one in family if not one.is_alive]
    if kind.about == "anyone":
        return list(family)
    return [one for one in family if one.is_alive]


def strangers(
    kind: LetterKind, values: Mapping[str, Any], family: Sequence[FamilyMember]
) -> dict[str, list[str]]:
    """Sentences for the fields that name a resident of another household by id: nobody sees others' data so."""
    known = {str(one.id) for one in family}
    return {
        field.name: [str(_("Pilih dari anggota keluarga Anda, atau ketik datanya."))]
        for field in kind.fields
        if field.kind in ("person", "resident")
        and isinstance(given := values.get(field.name), Mapping)
        and given.get("id")
        and str(given["id"]) not in known
    }
