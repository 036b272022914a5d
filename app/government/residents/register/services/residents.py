"""Entering and changing residents. `enter_resident` and `amend_resident` are parts of a deed; the others commit."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app.core import audit
from app.core.village.errors import ChangedMeanwhile, Missing
from app.extensions import db
from app.government.residents import codes
from app.government.residents.derive import card_places, is_anonymous, standing
from app.government.residents.models import OPEN_STATES, SEALED_FIELDS, Household, LifeEvent, Resident
from app.government.residents.register.errors import Refused
from app.government.residents.register.rules import HEAD, Finding, same_name
from app.government.residents.register.services.checking import (
    FIELDS,
    Acceptance,
    judge,
    refusal_undone,
    values_of,
    without_health,
    without_health_codes,
)
from app.government.residents.writing import Writing, today

BY_EVENT = ("vital_status", "vital_on")
"""What only a life event changes."""


def add_resident(
    values: Mapping[str, Any],
    *,
    kind: str = "opening",
    happened_on: dt.date | None = None,
    acceptance: Acceptance | None = None,
    resident_id: uuid.UUID | None = None,
) -> Resident:
    """Enter somebody who lives in the village but is not in its register yet, and commit.

    Args:
        values: see ResidentSchema.
        kind: the ledger's kind of entry; `opening` for the opening balance. Births and arrivals are life events.
        happened_on: the day from which they count; today when not said.
        acceptance: says that warnings were looked at.
        resident_id: the id that the form was made with. When it stands already with the same name and birth date, the
            form was sent twice and that resident is returned.

    Raises Refused.
    """
    with refusal_undone(values):
        known = _sent_before(resident_id, values)
        if known is not None:
            return known
        if resident_id is not None and db.session.get(Resident, resident_id) is not None:
            resident_id = None
        check_day(happened_on, values.get("birth_date"))
        try:
            return _add_resident(values, kind, happened_on or today(), acceptance, resident_id)
        except (Refused, IntegrityError):
            db.session.rollback()
            known = _sent_before(resident_id, values)
            if known is None:
                raise
            return known


def check_day(happened_on: dt.date | None, birth_date: dt.date | None = None) -> None:
    """Refuse a day from which somebody counts that lies in the future, or before their birth."""
    if happened_on is None:
        return
    if happened_on > today():
        raise Refused([Finding("error", "happened_on", "day_in_future", _("Tanggal ini belum tiba."))])
    if birth_date is not None and happened_on < birth_date <= today():
        sentence = _("Tanggal ini lebih awal daripada tanggal lahirnya.")
        raise Refused([Finding("error", "happened_on", "day_before_birth", sentence)])


def _add_resident(
    values: Mapping[str, Any],
    kind: str,
    happened_on: dt.date,
    acceptance: Acceptance | None,
    resident_id: uuid.UUID | None,
) -> Resident:
    writing = Writing(happened_on)
    resident = enter_resident(writing, kind, values, acceptance=acceptance, resident_id=resident_id)
    audit.record(
        "resident.added",
        object_type="resident",
        object_id=resident.id,
        summary=resident.name,
        details=_accepted(writing.events[0]),
    )
    writing.finish()
    return resident


def _sent_before(resident_id: uuid.UUID | None, values: Mapping[str, Any]) -> Resident | None:
    """The resident whom this very form entered before, when it was sent twice."""
    found = db.session.get(Resident, resident_id) if resident_id else None
    if found is None or not same_name(found.name, values.get("name") or ""):
        return None
    return found if found.birth_date == values.get("birth_date") else None


def change_resident(
    resident_id: uuid.UUID,
    values: Mapping[str, Any],
    *,
    expected: int | None = None,
    acceptance: Acceptance | None = None,
) -> bool:
    """Correct what stands of a resident, and commit; returns whether anything differed.

    Args:
        values: the fields that were filled in (see ResidentSchema); others stay.
        expected: the row version that the person saw.

    Raises Missing, ChangedMeanwhile (with all values that stand now), Refused.
    """
    with refusal_undone(values):
        writing = Writing(today())
        resident = held(resident_id, values.get("household_id"))
        stood = values_of(resident, writing.sealed_of(resident))
        if expected is not None and resident.row_version != expected:
            raise ChangedMeanwhile(stood)
        for name in BY_EVENT:
            if name in values and values[name] != stood[name]:
                sentence = _(
                    "Status dasar hanya berubah lewat peristiwa: kematian, pindah, hilang, atau kembali."
                )
                raise Refused([Finding("error", name, "status_by_event", sentence)])
        event = amend_resident(writing, "correction", resident, values, acceptance=acceptance)
        if event is None:
            db.session.rollback()
            return False
        changed = [name for name in values if name in stood and stood[name] != values[name]]
        audit.record(
            "resident.changed",
            object_type="resident",
            object_id=resident.id,
            summary=resident.name,
            details={"fields": changed, **_accepted(event)},
        )
        writing.finish()
        return True


def enter_resident(
    writing: Writing,
    kind: str,
    values: Mapping[str, Any],
    *,
    acceptance: Acceptance | None = None,
    resident_id: uuid.UUID | None = None,
    details: Mapping[str, Any] | None = None,
) -> Resident:
    """Enter a resident as a part of `writing`, at the end of their household. Raises Refused."""
    household = hold_households([values.get("household_id")])
    _check_open(household, values.get("household_id"))
    wanted = {**dict.fromkeys(SEALED_FIELDS, ""), **values}
    noted = judge(wanted, writing.vault, acceptance)
    order = _next_place(values) if household else 0
    resident = writing.add_resident(
        kind,
        {**values, "household_order": order},
        {**noted, **(details or {})},
        resident_id=resident_id,
    )
    settle_heads(writing, household)
    return resident


def amend_resident(
    writing: Writing,
    kind: str,
    resident: Resident,
    values: Mapping[str, Any],
    *,
    acceptance: Acceptance | None = None,
    details: Mapping[str, Any] | None = None,
) -> LifeEvent | None:
    """Change a resident as a part of `writing`; None when nothing differs and the kind is `correction`. Raises Refused.

    Who stands in a household is not taken into another one by a correction: that is a split or a merge.
    """
    stood = values_of(resident, writing.sealed_of(resident))
    wanted = {**stood, **{name: value for name, value in values.items() if name in FIELDS}}
    households = hold_households([stood["household_id"], wanted["household_id"]])
    moves = stood["household_id"] != wanted["household_id"]
    if moves and stood["household_id"] and wanted["household_id"] and kind == "correction":
        sentence = _(
            "%(name)s masih anggota keluarga lain. Satu orang hanya boleh menjadi anggota satu keluarga: "
            "keluarkan dahulu dari sana, atau catat pecah atau gabung keluarga.",
            name=resident.name,
        )
        about = stood["household_id"]
        raise Refused([Finding("error", "household_id", "two_households", sentence, household_id=about)])
    noted = judge(
        without_health(wanted, values),
        writing.vault,
        acceptance,
        stood=without_health(stood, values),
        resident_id=resident.id,
    )
    more: dict[str, Any] = {}
    if moves and kind == "correction":
        _check_may_leave(households, resident)
    if moves:
        _check_open(households, wanted["household_id"])
        more["household_order"] = _next_place(wanted) if wanted["household_id"] else 0
    event = writing.change_resident(kind, resident, {**values, **more}, {**noted, **(details or {})})
    if event is not None and (moves or any(name in values for name in ("relation", "vital_status"))):
        settle_heads(writing, households)
    return event


def settle_heads(writing: Writing, households: Iterable[Household]) -> None:
    """Let each household name as its head the living member whose relation says so, or nobody."""
    for household in households:
        head = db.session.scalar(
            select(Resident.id)
            .where(
                Resident.household_id == household.id,
                Resident.relation == HEAD,
                Resident.vital_status == codes.ALIVE,
            )
            .order_by(Resident.household_order)
            .limit(1)
        )
        writing.change_household("correction", household, {"head_id": head})


def hold_households(ids: Iterable[uuid.UUID | None]) -> list[Household]:
    """The households as they stand, held until the commit, after `Writing` was made. Raises Refused for a gone one."""
    wanted = {household_id for household_id in ids if household_id}
    if not wanted:
        return []
    query = select(Household).where(Household.id.in_(wanted)).order_by(Household.id).with_for_update()
    found = list(db.session.scalars(query.execution_options(populate_existing=True)))
    if len(found) < len(wanted):
        sentence = _("Keluarga ini sudah tidak ada. Pilih yang lain.")
        raise Refused([Finding("error", "household_id", "household_gone", sentence)])
    return found


def _check_open(households: Iterable[Household], joined: uuid.UUID | None) -> None:
    """Nobody joins a household that has left or was dissolved. Raises Refused."""
    if any(household.id == joined and household.state not in OPEN_STATES for household in households):
        sentence = _("Keluarga ini sudah tidak aktif. Pilih yang lain.")
        raise Refused([Finding("error", "household_id", "household_gone", sentence)])


def _check_may_leave(households: Iterable[Household], resident: Resident) -> None:
    """A correction leaves no active household without members or without its head. Raises Refused."""
    home = next((home for home in households if home.id == resident.household_id), None)
    if home is None or home.state != "active" or resident.vital_status != codes.ALIVE:
        return
    other = (
        Resident.household_id == home.id, Resident.vital_status == codes.ALIVE, Resident.id != resident.id,
    )  # fmt: skip
    if db.session.scalar(select(Resident.id).where(*other).limit(1)) is None:
        sentence = _(
            "%(name)s satu-satunya anggota keluarga ini. Bubarkan keluarganya atau gabungkan ke keluarga lain, supaya "
            "tidak tertinggal keluarga tanpa anggota.",
            name=resident.name,
        )
        raise Refused([Finding("error", "household_id", "last_member", sentence, household_id=home.id)])
    if resident.relation == HEAD or home.head_id == resident.id:
        sentence = _(
            "%(name)s adalah kepala keluarga ini. Catat dahulu kepala keluarga yang baru, lalu keluarkan.",
            name=resident.name,
        )
        raise Refused([Finding("error", "household_id", "head_needed", sentence, household_id=home.id)])


def _next_place(values: Mapping[str, Any]) -> int:
    """The place on the family card of somebody who joins: the head first, others by relation and age."""
    if values.get("relation") == HEAD:
        return 0
    columns = (Resident.id, Resident.relation, Resident.household_order, Resident.birth_date)
    members = db.session.execute(
        select(*columns).where(
            Resident.household_id == values["household_id"], Resident.vital_status == codes.ALIVE
        )
    )
    return card_places(members, [standing(values.get("relation"), values.get("birth_date"))])[0]


def held(resident_id: uuid.UUID, other_household: uuid.UUID | None = None) -> Resident:
    """A resident as they stand, with their household and `other_household` held too, after `Writing` was made.

    Raises Missing (for those whose data was removed, too), Refused.
    """
    where = db.session.execute(select(Resident.household_id).where(Resident.id == resident_id)).one_or_none()
    if where is None:
        raise Missing(str(resident_id))
    hold_households([where.household_id, other_household])
    query = select(Resident).where(Resident.id == resident_id).with_for_update()
    resident = db.session.scalars(query.execution_options(populate_existing=True)).one()
    if is_anonymous(resident.name):
        raise Missing(str(resident_id))
    return resident


def _accepted(event: LifeEvent) -> dict[str, Any]:
    """What the audit log says of accepted warnings: nothing of anybody's health."""
    details = without_health_codes(event.details)
    return {name: details[name] for name in ("accepted", "note") if details.get(name)}
