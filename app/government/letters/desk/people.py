"""Whom a letter is about: a resident as the register has them, or somebody from elsewhere who is typed in."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import or_, select

from app.core.actors import current_actor
from app.core.privacy.vault import Vault, open_vault
from app.core.village.errors import Invalid, Missing
from app.extensions import db
from app.government.letters.desk.boxes import open_box, seal_box
from app.government.letters.desk.errors import ResidentHere, WrongValues
from app.government.letters.models import Letter
from app.government.letters.types.fields import check_values
from app.government.letters.types.kinds import PERSON_PARTS, Field, LetterKind
from app.government.letters.types.people import person_of, with_people
from app.government.residents import codes
from app.government.residents.derive import is_anonymous
from app.government.residents.models import Resident

APPLICANT = "pemohon"
"""How the fields of an applicant from elsewhere are called in forms: `pemohon.name`."""


def check_alive(resident_id: uuid.UUID, about: str) -> str:
    """The name of a resident about whom a letter of this kind may be written: one select.

    Args:
        about: a key of `ABOUT`; only letters about the deceased or about anyone are written for who isn't alive here.
    Raises:
        Missing: the village has no such resident, or their data was removed. Invalid: they died or live elsewhere.
    """
    query = select(Resident.name, Resident.vital_status).where(Resident.id == resident_id)
    row = db.session.execute(query).one_or_none()
    if row is None or is_anonymous(row.name):
        raise Missing("resident")
    if about == "living" and row.vital_status != codes.ALIVE:
        word = codes.word("vital_status", row.vital_status).lower()
        state = str(_("sudah meninggal")) if row.vital_status == codes.DEAD else word
        raise Invalid(
            "resident",
            str(
                _(
                    "%(name)s tercatat %(state)s, jadi surat ini tidak dapat dibuat untuknya. "
                    "Periksa data penduduk bila itu keliru.",
                    name=row.name,
                    state=state,
                )
            ),
        )
    return str(row.name)


def snapshot(letter: Letter, kind: LetterKind, vault: Vault) -> dict[str, Any]:
    """Put into a letter what the register says now of all residents in it, in the open transaction.

    Returns the opened parts. Raises Missing.
    """
    parts = open_box(letter, vault)
    named = {
        name: {"id": value["id"]} if isinstance(value, Mapping) and value.get("id") else value
        for name, value in parts["fields"].items()
    }
    parts["fields"] = with_people(kind, named, vault)
    if letter.resident_id is not None:
        parts["person"] = person_of(letter.resident_id, vault)
    seal_box(letter, vault, parts)
    return parts


def check_household(account_id: uuid.UUID, named: Collection[uuid.UUID]) -> None:
    """Residents who ask by themselves may name those of their own household only. Raises Invalid. One select."""
    # Self-service stands on the desk: its table is known once everything is loaded.
    from app.government.selfservice.models import PortalAccount

    own = (
        select(Resident.household_id)
        .join(PortalAccount, PortalAccount.resident_id == Resident.id)
        .where(PortalAccount.id == account_id)
        .scalar_subquery()
    )
    self_id = select(PortalAccount.resident_id).where(PortalAccount.id == account_id).scalar_subquery()
    query = select(Resident.id).where(
        Resident.id.in_(named), or_(Resident.id == self_id, Resident.household_id == own)
    )
    if set(named) - set(db.session.scalars(query)):
        sentence = _(
            "Anda hanya dapat mengajukan surat untuk diri sendiri dan anggota keluarga dalam satu KK."
        )
        raise Invalid("resident", str(sentence))


def applicant_field() -> Field:
    """The field by which an applicant from elsewhere is asked for."""
    return Field(APPLICANT, str(_("Pemohon")), "person", True, parts=PERSON_PARTS)


def checked_applicant(kind: LetterKind, applicant: Mapping[str, Any]) -> dict[str, Any]:
    """An applicant from elsewhere as the fields of a person.

    Raises:
        WrongValues: by `pemohon.name`. ResidentHere: their NIK is that of somebody in the register. Invalid: the text
        of this kind is true of residents only.
    """
    check_for_strangers(kind)
    asked = replace(kind, fields=(applicant_field(),))
    typed = {name: value for name, value in applicant.items() if name in PERSON_PARTS}
    checked = check_values(asked, {APPLICANT: typed})
    if not checked.is_valid:
        raise WrongValues(checked.errors)
    person = dict(checked.values[APPLICANT])
    check_not_registered(person)
    return person


def check_for_strangers(kind: LetterKind) -> None:
    """Raise Invalid where the text of a kind is not true of somebody who is not of the village."""
    if not kind.for_strangers:
        sentence = _(
            "%(title)s menerangkan penduduk desa ini, jadi tidak dapat dibuat untuk orang dari luar desa.",
            title=kind.title,
        )
        raise Invalid("applicant", str(sentence))


def check_not_registered(person: Mapping[str, Any]) -> None:
    """Raise ResidentHere where an applicant's NIK is that of a resident who lives here or died here: one select."""
    nik = str(person.get("nik") or "")
    if not nik:
        return
    query = select(Resident.id, Resident.name).where(
        Resident.nik_index == open_vault().index("nik", nik),
        Resident.vital_status.in_((codes.ALIVE, codes.DEAD)),
    )
    row = db.session.execute(query.limit(1)).one_or_none()
    if row is None or is_anonymous(row.name):
        return
    actor = current_actor()
    if actor is not None and actor.may("residents.view_identity"):
        sentence = _("NIK ini tercatat atas nama %(name)s; pakai data penduduk.", name=row.name)
    else:
        sentence = _("NIK ini milik penduduk desa ini; pakai data penduduk.")
    raise ResidentHere({f"{APPLICANT}.nik": [str(sentence)]}, row.id)
