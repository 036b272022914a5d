"""Deeds of the pages: unmasking with a reason, printing a family card sheet, the order of a household's members."""

from __future__ import annotations

import uuid

from flask_babel import gettext as _
from sqlalchemy import select

from app.core import audit
from app.core.village.errors import Invalid, Missing
from app.extensions import db
from app.government.residents import codes
from app.government.residents.browse.seen import remember_seen
from app.government.residents.derive import card_order, is_anonymous
from app.government.residents.models import Household, Resident
from app.government.residents.register.services.households import order_members

SHORTEST_REASON, LONGEST_REASON = 5, 200


def reveal_resident(resident_id: uuid.UUID, reason: str) -> bool:
    """Unmask a resident's numbers for the acting person, for fifteen minutes. The reason stands in the audit log.

    Returns whether that is remembered (Redis); if not, they may be shown once, with the answer.
    Raises Missing, Invalid (no reason; law 27/2022 wants a purpose for every look).
    """
    name = db.session.scalar(select(Resident.name).where(Resident.id == resident_id))
    if name is None or is_anonymous(name):
        raise Missing("resident")
    _note_view("resident.identity_viewed", "resident", resident_id, name, reason)
    return remember_seen("resident", resident_id)


def open_card_sheet(household_id: uuid.UUID, reason: str) -> bool:
    """Unmask a household's numbers for its card sheet. Like `reveal_resident`; raises Missing, Invalid."""
    _note_view("household.card_viewed", "household", household_id, _head_name(household_id), reason)
    return remember_seen("household", household_id)


def note_card_printed(household_id: uuid.UUID) -> None:
    """Write down that the card sheet was made as a PDF. Raises Missing."""
    name = _head_name(household_id)
    audit.record("household.card_printed", object_type="household", object_id=household_id, summary=name)
    db.session.commit()


def move_member(household_id: uuid.UUID, resident_id: uuid.UUID, *, up: bool) -> None:
    """Move a member one place up or down on the family card; the head stays first.

    Raises Missing: no such household, or not a living member of it.
    """
    columns = (Resident.id, Resident.relation, Resident.household_order, Resident.birth_date)
    query = select(*columns).where(
        Resident.household_id == household_id, Resident.vital_status == codes.ALIVE
    )
    members = sorted(db.session.execute(query), key=card_order)
    place = next((n for n, person in enumerate(members) if person.id == resident_id), None)
    if place is None:
        raise Missing("resident")
    other = place - 1 if up else place + 1
    if 0 <= other < len(members):
        members[place], members[other] = members[other], members[place]
        order_members(household_id, [person.id for person in members])


def _head_name(household_id: uuid.UUID) -> str:
    household = db.session.get(Household, household_id)
    if household is None:
        raise Missing("household")
    head = db.session.get(Resident, household.head_id) if household.head_id else None
    return head.name if head else ""


def _note_view(action: str, kind: str, object_id: uuid.UUID, name: str, reason: str) -> None:
    told = " ".join(reason.split())[:LONGEST_REASON]
    if len(told) < SHORTEST_REASON:
        raise Invalid("reason", str(_("Pilih atau tulis alasannya dahulu, paling sedikit lima huruf.")))
    audit.record(action, object_type=kind, object_id=object_id, summary=name, details={"reason": told})
    db.session.commit()
