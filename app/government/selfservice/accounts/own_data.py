"""A resident's own data: the record, the household, requests about it, and where to be reached."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import gettext as _
from sqlalchemy import select

from app.core.audit import record
from app.core.casework.steps import add_step
from app.core.notifications import notify
from app.core.privacy.vault import open_vault
from app.core.village.errors import Invalid, Missing
from app.extensions import db
from app.government.residents import codes
from app.government.residents.browse.filters import age_on
from app.government.residents.browse.person import ResidentPage, resident_file
from app.government.residents.derive import card_order
from app.government.residents.models import DataRequest, Resident
from app.government.residents.rights import queries as rights
from app.government.residents.rights import services as rights_services
from app.government.residents.writing import today
from app.government.selfservice.accounts.boxes import CONTACTS, read_box, write_box
from app.government.selfservice.accounts.pins import hash_pin, pin_problem
from app.government.selfservice.accounts.sessions import ResidentActor, mark_ended
from app.government.selfservice.accounts.sign_in import CASE, check_pin
from app.government.selfservice.models import PortalAccount
from tenants.models import now

ADULT = 17
"""From this age on a person has a KTP and asks alone (Law 23/2006, Art. 63)."""
MOST_OPEN = 5
HIDDEN_SECTIONS = frozenset(("notes",))
"""What staff wrote for themselves; it is part of the copy that a person may ask for."""


@dataclass(frozen=True, slots=True)
class Relative:
    """Somebody of the own household, as the others in it may see them. `is_ward`: asked for by the adults in it."""

    id: uuid.UUID
    name: str
    relation: str
    birth_year: int | None
    is_self: bool
    is_ward: bool


@dataclass(frozen=True, slots=True)
class OwnData:
    """What the page shows: the own record, the household, the requests so far."""

    page: ResidentPage
    family: Sequence[Relative]
    requests: Sequence[rights.RequestLine]

    @property
    def sections(self) -> list[object]:
        """The parts of the record that have something in them."""
        return [part for part in self.page.sections if part.known and part.key not in HIDDEN_SECTIONS]


def own_data(resident: ResidentActor, *, revealed: bool) -> OwnData:
    """The resident's own record with the household; numbers and health only when `revealed`. Ten selects at most."""
    page = resident_file(resident.resident_id, may_health=revealed, may_documents=False, revealed=revealed)
    family = family_of(resident)
    return OwnData(page, family, requests_about(_askable(family)))


def note_revealed(resident: ResidentActor) -> None:
    """Write down that the own numbers were shown on a screen, and commit."""
    record(
        "portal.numbers_shown", object_type="resident", object_id=resident.resident_id, summary=resident.name
    )
    db.session.commit()


def family_of(resident: ResidentActor) -> list[Relative]:
    """The resident and the living members of the household, as the family card has them: two selects."""
    me = db.session.get_one(Resident, resident.resident_id)
    members: Sequence[Resident] = [me]
    if me.household_id:
        query = select(Resident).where(
            Resident.household_id == me.household_id, Resident.vital_status == codes.ALIVE
        )
        members = sorted(db.session.scalars(query), key=card_order)
    i_am_grown = _is_grown(me.birth_date)
    return [
        Relative(
            one.id,
            one.name,
            codes.word("relation", one.relation) if one.relation else "",
            one.birth_date.year if one.birth_date else None,
            one.id == me.id,
            one.id != me.id and i_am_grown and one.birth_date is not None and not _is_grown(one.birth_date),
        )
        for one in members
    ]


def requests_about(ids: Sequence[uuid.UUID]) -> list[rights.RequestLine]:
    """What was asked about these people, the newest first: one select each."""
    found = [line for one in ids for line in rights.requests_of(one)]
    return sorted(found, key=lambda line: line.created_at, reverse=True)


def own_request(resident: ResidentActor, request_id: uuid.UUID) -> rights.OpenedRequest:
    """A request about the resident or a ward. Raises Missing for every other one."""
    found = rights.find_request(request_id)
    if found is None or found.line.resident_id not in _askable(family_of(resident)):
        raise Missing("request")
    return found


def ask(resident: ResidentActor, kind: str, about: uuid.UUID, text: str = "") -> uuid.UUID:
    """Ask the village for a correction (or a copy) of the own data, or of a child in the household; commits.

    Raises:
        Missing: somebody of another household, or an adult.
        Invalid: nothing is said, the same copy is asked for already, or five requests wait.
    """
    relative = next((one for one in family_of(resident) if one.id == about), None)
    if relative is None or not (relative.is_self or relative.is_ward):
        raise Missing("resident")
    if kind == "correction" and len(text.split()) < 2:
        raise Invalid("text", _("Tulis data mana yang salah dan apa yang benar."))
    waiting = db.session.scalars(
        select(DataRequest.kind).where(DataRequest.resident_id == about, DataRequest.state == "open")
    ).all()
    if len(waiting) >= MOST_OPEN:
        raise Invalid("text", _("Masih ada %(count)s permintaan yang belum dijawab.", count=len(waiting)))
    if kind == "access" and "access" in waiting:
        raise Invalid("text", _("Salinan sudah diminta dan sedang disiapkan."))
    account = db.session.get_one(PortalAccount, resident.account_id)
    known = read_box(account, open_vault())
    notify(
        "portal.data_requested",
        values={"nama": resident.name},
        permission="residents.requests",
        subject_kind="data_request",
        link="/penduduk/permintaan",
    )
    request = rights_services.receive_request(
        about,
        kind,
        asked_by=resident.name,
        capacity="self" if relative.is_self else "guardian",
        contact=known.get("phone") or known.get("email") or "",
        text=text,
    )
    return request.id


def contacts(resident: ResidentActor) -> dict[str, str]:
    """Where the resident wants to be reached: `phone` and `email`, empty where unknown. Two selects."""
    account = db.session.get_one(PortalAccount, resident.account_id)
    known = read_box(account, open_vault())
    return {name: known.get(name, "") for name in CONTACTS}


def change_contacts(resident: ResidentActor, phone: str, email: str) -> None:
    """Keep where the resident wants to be reached, sealed, and commit."""
    vault = open_vault(for_writing=True)
    account = db.session.get_one(PortalAccount, resident.account_id, with_for_update=True)
    before = read_box(account, vault)
    write_box(account, {**before, "phone": phone, "email": email}, vault)
    account.updated_at, account.row_version = now(), account.row_version + 1
    add_step(CASE, account.id, "contact_changed", by_kind="resident")
    record(
        "portal.contact_changed",
        object_type="resident",
        object_id=resident.resident_id,
        summary=resident.name,
    )
    db.session.commit()


def change_pin(resident: ResidentActor, pin_now: str, pin: str) -> None:
    """Choose another PIN; all other devices are signed out. Commits.

    Raises:
        Invalid: the present PIN is wrong (it counts as a wrong try to sign in), or the new one is too easy to guess.
    """
    person = db.session.get_one(Resident, resident.resident_id)
    sealed = open_vault().open_json(person.box, f"resident:{person.id}")
    problem = pin_problem(pin, str(sealed.get("nik", "")), person.birth_date)
    if problem:
        raise Invalid("pin", problem)
    if not check_pin(resident.account_id, pin_now):
        raise Invalid("pin_now", _("PIN sekarang tidak cocok."))
    pin_hash = hash_pin(resident.account_id, pin)
    account = db.session.get_one(PortalAccount, resident.account_id, with_for_update=True)
    account.pin_hash, account.updated_at, account.row_version = pin_hash, now(), account.row_version + 1
    mark_ended(account.id, but=resident.session_id)
    add_step(CASE, account.id, "pin_changed", by_kind="resident")
    record("portal.pin_changed", object_type="resident", object_id=person.id, summary=person.name)
    db.session.commit()


def _askable(family: Sequence[Relative]) -> list[uuid.UUID]:
    return [one.id for one in family if one.is_self or one.is_ward]


def _is_grown(birth_date: dt.date | None) -> bool:
    age = age_on(today(), birth_date)
    return age is None or age >= ADULT
