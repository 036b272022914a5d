"""Deeds of programs alone: being told somebody's numbers in full, which the audit log keeps with the reason."""

from __future__ import annotations

from flask_babel import gettext as _

from app.core import audit
from app.core.village.errors import Invalid
from app.extensions import db
from app.government.residents.browse.services import LONGEST_REASON, SHORTEST_REASON
from app.government.residents.records.queries import HouseholdRecord, ResidentRecord


def note_resident_told(record: ResidentRecord, reason: str) -> None:
    """Note that a resident's sealed fields are told in full, and why. Raises Invalid when no reason is told."""
    _note("resident.identity_viewed", "resident", record.resident, record.resident.name, reason)


def note_household_told(record: HouseholdRecord, reason: str) -> None:
    """Note that a household's card number, and its members' numbers, are told in full. Raises Invalid."""
    _note("household.card_viewed", "household", record.household, record.head_name, reason)


def _note(action: str, kind: str, of: object, name: str, reason: str) -> None:
    told = " ".join(reason.split())[:LONGEST_REASON]
    if len(told) < SHORTEST_REASON:
        raise Invalid("reason", _("Tulis alasannya, paling sedikit lima huruf."))
    object_id = of.id  # type: ignore[attr-defined]
    audit.record(action, object_type=kind, object_id=object_id, summary=name, details={"reason": told})
    db.session.commit()
