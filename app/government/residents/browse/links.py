"""What can be done next with a resident or a household: the links of their pages, by what the person may do."""

from __future__ import annotations

from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_login import current_user

from app.government.residents import codes
from app.government.residents.browse.filters import age_on
from app.government.residents.derive import is_anonymous
from app.government.residents.events.kinds import ICONS, KINDS
from app.government.residents.models import Household, Resident
from app.government.residents.writing import today

OF_PERSON = (
    "death", "move_out", "move_area", "split", "merge", "change_head", "change_residence", "change_nationality",
    "missing", "left",
)  # fmt: skip
OF_HOUSEHOLD = ("move_out", "move_area", "split", "merge", "change_head", "dissolve")
YOUNGEST_MOTHER, OLDEST_MOTHER = 15, 55
BACK = (codes.MOVED, codes.MISSING, codes.LEFT)


def person_links(resident: Resident) -> list[dict[str, Any]]:
    """Life events that can be recorded of a resident, and the papers of their rights."""
    found: list[dict[str, Any]] = []
    if is_anonymous(resident.name):
        return found
    if current_user.may("residents.events"):
        kinds: tuple[str, ...] = OF_PERSON if resident.vital_status == codes.ALIVE else ()
        if resident.vital_status in BACK:
            kinds = ("return",) if resident.vital_status == codes.MOVED else ("return", "death")
        found = [_event(kind, penduduk=resident.id) for kind in kinds]
        if resident.vital_status == codes.ALIVE and _may_be_mother(resident):
            found.insert(0, _event("birth", penduduk=resident.id))
    if current_user.may("residents.edit") and resident.vital_status == codes.ALIVE:
        photo = _("Ganti foto") if resident.photo_document_id else _("Tambah foto")
        if current_user.may("residents.view_identity"):
            url = url_for("resident_documents.edit_photo", resident_id=resident.id)
            found.append({"label": photo, "icon": "image", "url": url})
    if current_user.may("residents.requests"):
        url = url_for("data_requests.new", resident_id=resident.id)
        found.append({"label": _("Permintaan data pribadi"), "icon": "file-text", "url": url})
    return found


def _may_be_mother(resident: Resident) -> bool:
    """A woman of an age at which births are recorded; of any other one a birth is recorded from the events' page."""
    age = age_on(today(), resident.birth_date)
    return resident.sex == 2 and (age is None or YOUNGEST_MOTHER <= age <= OLDEST_MOTHER)


def household_links(household: Household) -> list[dict[str, Any]]:
    """Life events that can be recorded of a household, and its members' form."""
    found = []
    if current_user.may("residents.edit"):
        url = url_for("household_forms.members", household_id=household.id)
        found.append({"label": _("Atur anggota"), "icon": "users-round", "url": url})
    if current_user.may("residents.events") and household.state == "active":
        found += [_event(kind, keluarga=household.id) for kind in OF_HOUSEHOLD]
    return found


def _event(kind: str, **subject: Any) -> dict[str, Any]:
    url = url_for("life_events.new", jenis=kind, **subject)
    return {"label": str(KINDS[kind]), "icon": ICONS[kind], "url": url}
