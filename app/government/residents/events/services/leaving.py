"""Who is no longer counted: dead, moved away, missing, gone."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from typing import Any, Literal

from flask_babel import gettext as _

from app.government.residents import codes
from app.government.residents.derive import card_order, is_anonymous
from app.government.residents.events.deeds import Deed, Occasion, recording
from app.government.residents.models import Resident

LeavingKind = Literal["move_out", "missing", "left"]

_STATUS = {"death": codes.DEAD, "move_out": codes.MOVED, "missing": codes.MISSING, "left": codes.LEFT}
_HUSBAND, _WIFE = 2, 3
_MARRIED, _WIDOWED = 2, 4


def register_death(
    resident_id: uuid.UUID,
    *,
    occasion: Occasion,
    place: str = "",
    cause: int | None = None,
    determined_by: int | None = None,
    new_head_id: uuid.UUID | None = None,
) -> uuid.UUID:
    """Record a death. The head's death names the new head; a husband or wife left behind becomes widowed.

    Who was missing or had left without word and is found dead counts nowhere already: the death changes no count and
    no household, only what is known of the person (undone, they are missing again).

    cause, determined_by: codes of `kinds.DEATH_CAUSE` (kept sealed) and `kinds.DEATH_DETERMINED_BY`.
    """
    with recording("death", occasion) as deed:
        deed.hold([resident_id])
        person = deed.people[resident_id]
        details: dict[str, Any] = {
            "place": place,
            "determined_by": determined_by,
            "private": {"cause": cause} if cause else {},
        }
        if person.vital_status in (codes.MISSING, codes.LEFT) and not is_anonymous(person.name):
            _found_dead(deed, person, details)
        else:
            _leave(deed, [person], new_head_id, details, "household_closed", "dissolved")
    return deed.id


def _found_dead(deed: Deed, person: Resident, details: dict[str, Any]) -> None:
    deed.check_born(person)
    deed.settle_errors()
    deed.check_order([person])
    deed.settle()
    values = {"vital_status": codes.DEAD, "vital_on": deed.happened_on}
    deed.writing.change_resident("death", person, values, deed.details(**details))
    deed.about(person.name)


def move_out(
    resident_ids: Collection[uuid.UUID],
    *,
    occasion: Occasion,
    target: int | None = None,
    destination: str = "",
    new_head_id: uuid.UUID | None = None,
) -> uuid.UUID:
    """Record that members of one household moved away. `target`: a code of `codes.MOVE_TARGET`."""
    details = {"target": target, "destination": destination}
    return leave_village(
        "move_out",
        resident_ids,
        occasion=occasion,
        details=details,
        new_head_id=new_head_id,
    )


def leave_village(
    kind: LeavingKind,
    resident_ids: Collection[uuid.UUID],
    *,
    occasion: Occasion,
    details: dict[str, Any] | None = None,
    new_head_id: uuid.UUID | None = None,
) -> uuid.UUID:
    """Record that people moved away, are missing, or left without word; `details` stand with each of their lines."""
    with recording(kind, occasion) as deed:
        people = chosen(deed, resident_ids)
        _leave(deed, people, new_head_id, details or {}, "household_moved_out", "left")
    return deed.id


def chosen(deed: Deed, resident_ids: Collection[uuid.UUID], field: str = "members") -> list[Resident]:
    """The people who were ticked, held: at least one, all of one household."""
    if not resident_ids:
        deed.wrong(field, "nobody", _("Pilih paling sedikit satu orang."))
        deed.settle_errors()
    deed.hold(resident_ids)
    people = [deed.people[person_id] for person_id in sorted(set(resident_ids))]
    if len({person.household_id for person in people}) > 1:
        deed.wrong(
            field, "several_households", _("Mereka tidak lagi dalam satu keluarga. Muat ulang halaman ini.")
        )
        deed.settle_errors()
    return sorted(people, key=card_order)


def _leave(
    deed: Deed,
    people: list[Resident],
    new_head_id: uuid.UUID | None,
    details: dict[str, Any],
    ending: str,
    state: str,
) -> None:
    deed.check_alive(people)
    leaving = [person.id for person in people]
    home_id = people[0].household_id
    home = deed.homes.get(home_id) if home_id else None
    new_head = deed.choose_head(home, leaving, new_head_id) if home else None
    deed.settle()
    widowed = _widowed(deed, people[0]) if deed.kind == "death" else []
    for person in people:
        values = {"vital_status": _STATUS[deed.kind], "vital_on": deed.happened_on}
        deed.writing.change_resident(deed.kind, person, values, deed.details(**details))
        deed.about(person.name)
    for person in widowed:
        deed.writing.change_resident("correction", person, {"marital_status": _WIDOWED}, {"because": "death"})
    if home is not None:
        deed.leave_behind(home, new_head, ending, state)


def _widowed(deed: Deed, dead: Resident) -> list[Resident]:
    """The living husband or wives of somebody who died, as far as the household tells without doubt."""
    others = deed.members(dead.household_id, but=[dead.id])
    married = [person for person in others if person.marital_status == _MARRIED]
    if dead.marital_status != _MARRIED:
        return []
    if dead.relation == codes.HEAD_OF_HOUSEHOLD:
        return [person for person in married if person.relation in (_HUSBAND, _WIFE)]
    if dead.relation not in (_HUSBAND, _WIFE):
        return []
    remaining = [person for person in married if person.relation == dead.relation]
    return [p for p in married if p.relation == codes.HEAD_OF_HOUSEHOLD and not remaining]
