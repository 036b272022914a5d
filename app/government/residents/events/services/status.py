"""Where in the village people live, and as what: sub-area, status of residence, nationality."""

from __future__ import annotations

import uuid
from collections.abc import Collection

from flask_babel import gettext as _

from app.core.village.queries import find_sub_area
from app.government.residents import codes
from app.government.residents.events.deeds import Occasion, recording
from app.government.residents.events.services.leaving import chosen


def move_area(
    resident_ids: Collection[uuid.UUID],
    sub_area_id: uuid.UUID | None,
    *,
    occasion: Occasion,
    address: str = "",
) -> uuid.UUID:
    """Record a move within the village. When all living members of a household go, the household moves with them."""
    with recording("move_area", occasion) as deed:
        people = chosen(deed, resident_ids)
        deed.check_alive(people)
        if sub_area_id is None or find_sub_area(sub_area_id) is None:
            deed.wrong("sub_area_id", "unknown_area", _("Pilih wilayah tujuan."))
        elif all(person.sub_area_id == sub_area_id for person in people):
            deed.wrong(
                "sub_area_id", "same_area", _("Wilayah tujuan sama dengan wilayah sekarang. Pilih yang lain.")
            )
        deed.settle()
        values: dict[str, object] = {"sub_area_id": sub_area_id}
        if address:
            values["current_address"] = address
        for person in people:
            deed.writing.change_resident("move_area", person, values, deed.details())
            deed.about(person.name)
        home = deed.homes.get(people[0].household_id) if people[0].household_id else None
        if home is not None and not deed.members(home.id, but=resident_ids):
            card = {"sub_area_id": sub_area_id, **({"address": address} if address else {})}
            deed.writing.change_household("move_area", home, card)
    return deed.id


def change_residence(
    resident_ids: Collection[uuid.UUID],
    residence_status: int | None,
    *,
    occasion: Occasion,
) -> uuid.UUID:
    """Record that people live here permanently, for a time, or as newcomers (a code of `codes.RESIDENCE_STATUS`)."""
    with recording("change_residence", occasion) as deed:
        people = chosen(deed, resident_ids)
        deed.check_alive(people)
        if residence_status not in codes.RESIDENCE_STATUS:
            deed.wrong("residence_status", "unknown_code", _("Pilih status tinggal yang baru."))
        changed = [person for person in people if person.residence_status != residence_status]
        if not changed:
            deed.wrong("residence_status", "same_status", _("Statusnya sudah seperti ini. Pilih yang lain."))
        deed.settle()
        for person in changed:
            values = {"residence_status": residence_status}
            deed.writing.change_resident("change_residence", person, values, deed.details())
            deed.about(person.name)
    return deed.id


def change_nationality(
    resident_id: uuid.UUID,
    nationality: int | None,
    *,
    occasion: Occasion,
    decree: str = "",
) -> uuid.UUID:
    """Record a change of nationality (a code of `codes.NATIONALITY`); `decree`: the paper it rests on."""
    with recording("change_nationality", occasion) as deed:
        deed.hold([resident_id])
        person = deed.people[resident_id]
        deed.check_alive([person])
        if nationality not in codes.NATIONALITY:
            deed.wrong("nationality", "unknown_code", _("Pilih kewarganegaraan yang baru."))
        elif person.nationality == nationality:
            deed.wrong(
                "nationality", "same_status", _("Kewarganegaraannya sudah seperti ini. Pilih yang lain.")
            )
        deed.settle()
        values = {"nationality": nationality}
        deed.writing.change_resident("change_nationality", person, values, deed.details(decree=decree))
        deed.about(person.name)
    return deed.id
