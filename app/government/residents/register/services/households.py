"""Entering and changing households, who belongs to them, and in which order the family card names them."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app.core import audit
from app.core.village.errors import ChangedMeanwhile, Missing
from app.extensions import db
from app.government.residents import codes
from app.government.residents.models import OPEN_STATES, Household, Resident
from app.government.residents.register.errors import Refused
from app.government.residents.register.labels import HOUSEHOLD_LABELS
from app.government.residents.register.rules import Finding, household_findings
from app.government.residents.register.services.checking import Acceptance, refusal_undone, settle
from app.government.residents.register.services.residents import amend_resident, check_day, held
from app.government.residents.writing import Writing, today

FIELDS = tuple(HOUSEHOLD_LABELS)


def household_values(household: Household, kk: str) -> dict[str, Any]:
    """A household as forms know it: every field of the register by its name."""
    return {name: kk if name == "kk" else getattr(household, name) for name in FIELDS}


def add_household(
    values: Mapping[str, Any],
    *,
    kind: str = "household_opening",
    happened_on: dt.date | None = None,
    household_id: uuid.UUID | None = None,
    acceptance: Acceptance | None = None,
) -> Household:
    """Enter a household that the register does not know yet, and commit. It counts from its first member on.

    Args:
        values: see HouseholdSchema.
        kind: the ledger's kind of entry; `household_opening` for the opening balance.
        happened_on: the day of its entry; today when not said.
        household_id: the id that the form was made with; when it stands already, the form was sent twice and that
            household is returned.
        acceptance: says that warnings were looked at.

    Raises Refused.
    """
    with refusal_undone(values):
        known = db.session.get(Household, household_id) if household_id else None
        if known is not None:
            return known
        check_day(happened_on)
        try:
            return _add_household(values, kind, happened_on or today(), household_id, acceptance)
        except (Refused, IntegrityError):
            db.session.rollback()
            known = db.session.get(Household, household_id) if household_id else None
            if known is None:
                raise
            return known


def _add_household(
    values: Mapping[str, Any],
    kind: str,
    happened_on: dt.date,
    household_id: uuid.UUID | None,
    acceptance: Acceptance | None,
) -> Household:
    writing = Writing(happened_on)
    noted = _check(writing, values, None, acceptance)
    entered = {**values, "state": "empty"}
    household = writing.add_household(kind, entered, noted, household_id=household_id)
    audit.record(
        "household.added",
        object_type="household",
        object_id=household.id,
        summary=household.address,
        details=noted,
    )
    writing.finish()
    return household


def change_household(
    household_id: uuid.UUID,
    values: Mapping[str, Any],
    *,
    expected: int | None = None,
    pass_on: bool = False,
    acceptance: Acceptance | None = None,
) -> bool:
    """Correct what stands of a household, and commit; returns whether anything differed.

    Args:
        values: the fields that were filled in (see HouseholdSchema); others stay.
        expected: the row version that the person saw.
        pass_on: give address and area to all living members too.
        acceptance: says that warnings were looked at; those that held before are not asked again.

    Raises Missing, ChangedMeanwhile (with all values that stand now), Refused.
    """
    with refusal_undone(values):
        writing = Writing(today())
        household = _locked(household_id)
        stood = household_values(household, writing.kk_of(household))
        if expected is not None and household.row_version != expected:
            raise ChangedMeanwhile(stood)
        noted = _check(writing, {**stood, **values}, household, acceptance)
        event = writing.change_household("correction", household, values, noted)
        members = _pass_on(writing, household) if pass_on else 0
        if event is None and not members:
            db.session.rollback()
            return False
        audit.record(
            "household.changed",
            object_type="household",
            object_id=household.id,
            summary=household.address,
            details={
                "fields": [name for name in values if name in stood and stood[name] != values[name]],
                **({"members": members} if members else {}),
                **noted,
            },
        )
        writing.finish()
        return True


def remove_empty_household(household_id: uuid.UUID) -> None:
    """Take back the entry of a household that never had a member, and commit: it becomes invalid.

    Raises Missing; Refused when it is not empty (any more).
    """
    with refusal_undone():
        writing = Writing(today())
        household = _locked(household_id)
        if household.state != "empty":
            sentence = _(
                "Keluarga ini sudah mempunyai anggota atau sudah berakhir, jadi tidak dapat dihapus."
            )
            raise Refused([Finding("error", "", "not_empty", sentence, household_id=household_id)])
        writing.change_household("correction", household, {"state": "invalid"})
        _tell("household.removed", household, household.address)
        writing.finish()


def put_member(
    household_id: uuid.UUID,
    resident_id: uuid.UUID,
    relation: int,
    *,
    acceptance: Acceptance | None = None,
) -> None:
    """Let somebody who stands in no household join one, and commit. Raises Missing, Refused."""
    with refusal_undone():
        writing = Writing(today())
        household = _locked(household_id)
        resident = held(resident_id)
        if resident.household_id == household_id:
            sentence = _("%(name)s sudah menjadi anggota keluarga ini.", name=resident.name)
            raise Refused([Finding("error", "resident_id", "already_member", sentence, resident.id)])
        wanted = {"household_id": household_id, "relation": relation}
        amend_resident(writing, "correction", resident, wanted, acceptance=acceptance)
        _tell("household.member_added", household, resident.name)
        writing.finish()


def take_out_member(
    household_id: uuid.UUID, resident_id: uuid.UUID, *, acceptance: Acceptance | None = None
) -> None:
    """Take somebody out of a household without entering them elsewhere, and commit.

    Raises Missing; Refused: also for the last living member, and for the head.
    """
    with refusal_undone():
        writing = Writing(today())
        household = _locked(household_id)
        resident = held(resident_id)
        if resident.household_id != household_id:
            raise Missing(str(resident_id))
        wanted = {"household_id": None, "relation": None}
        amend_resident(writing, "correction", resident, wanted, acceptance=acceptance)
        _tell("household.member_removed", household, resident.name)
        writing.finish()


def order_members(household_id: uuid.UUID, ids: Sequence[uuid.UUID]) -> None:
    """Let the family card name its members in this order, and commit; those who are not named stand behind.

    Raises Missing.
    """
    with refusal_undone():
        writing = Writing(today())
        household = _locked(household_id)
        members = list(
            db.session.scalars(
                select(Resident)
                .where(Resident.household_id == household_id)
                .order_by(Resident.household_order, Resident.relation, Resident.birth_date, Resident.id)
                .with_for_update()
            )
        )
        place = {resident_id: number for number, resident_id in enumerate(ids)}
        members.sort(key=lambda member: place.get(member.id, len(place)))
        moved = [
            member
            for number, member in enumerate(members, start=1)
            if writing.change_resident("correction", member, {"household_order": number}) is not None
        ]
        if moved:
            _tell("household.reordered", household, household.address)
            writing.finish()
        else:
            db.session.rollback()


def _check(
    writing: Writing, values: Mapping[str, Any], household: Household | None, acceptance: Acceptance | None
) -> dict[str, Any]:
    holder = None
    if values.get("kk"):
        index = writing.vault.index("kk", str(values["kk"]))
        query = (
            select(Household.id, Resident.name)
            .outerjoin(Resident, Resident.id == Household.head_id)
            .where(Household.kk_index == index, Household.state.in_(OPEN_STATES))
        )
        if household is not None:
            query = query.where(Household.id != household.id)
        row = db.session.execute(query).first()
        holder = (row[0], row[1] or _("lain")) if row else None
    stood = writing.kk_of(household) if household is not None else ""
    found = household_findings(values, today(), holder)
    return settle([f for f in found if f.is_error or values.get("kk") != stood], acceptance)


def _pass_on(writing: Writing, household: Household) -> int:
    members = db.session.scalars(
        select(Resident)
        .where(Resident.household_id == household.id, Resident.vital_status == codes.ALIVE)
        .order_by(Resident.id)
        .with_for_update()
    )
    given = {"registered_address": household.address, "sub_area_id": household.sub_area_id}
    return sum(writing.change_resident("correction", member, given) is not None for member in members)


def _locked(household_id: uuid.UUID) -> Household:
    query = select(Household).where(Household.id == household_id).with_for_update()
    found = db.session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if found is None:
        raise Missing(str(household_id))
    return found


def _tell(action: str, household: Household, summary: str) -> None:
    audit.record(action, object_type="household", object_id=household.id, summary=summary)
