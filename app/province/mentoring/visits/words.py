"""How visits are said: states with the tones of their tags, and what photos and phones say of where they were."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.core.permissions import role
from app.core.ui.formats import ZONE, moment, number
from app.province.mentoring.cases.models import MentoringCase
from app.province.mentoring.visits.models import MentoringVisit
from app.province.mentoring.visits.places import FAR_KM
from tenants.models import TenantRow


@dataclass(frozen=True, slots=True)
class Said:
    """Words and tone of a tag."""

    label: object
    tone: str


STATES: Mapping[str, Said] = {
    "planned": Said(_l("Direncanakan"), "info"),
    "held": Said(_l("Menunggu tanda tangan"), "warning"),
    "signed": Said(_l("Ditandatangani desa"), "success"),
    "cancelled": Said(_l("Batal"), "neutral"),
}
WAYS: Mapping[str, object] = {
    "pin": _l("dengan PIN desa di ponsel pendamping"),
    "account": _l("dari halaman desa"),
}


@dataclass(frozen=True, slots=True)
class PhotoSaid:
    """A photo with what it says of itself in a sentence; `is_odd` where it says another place or day."""

    file_id: str
    text: str
    is_odd: bool


def visit_said(state: str) -> Said:
    """How a visit's state is said."""
    return STATES[state]


def way_word(way: str | None) -> object:
    """How a visit was signed."""
    return WAYS.get(way or "", "")


def village_name(village: TenantRow) -> str:
    """A village with its own word before its name."""
    return f"{village.term} {village.name}"


def role_word(role_code: str) -> object:
    """A village's role as it is said."""
    return role(role_code).label


def case_path(case_id: uuid.UUID) -> str:
    """Where a case stands on the province's host."""
    return f"/pendampingan/{case_id}"


def case_options(
    cases: Sequence[MentoringCase], names: Mapping[uuid.UUID, str] | None = None
) -> list[tuple[str, str]]:
    """Cases as choices of a form; `names` are those of their villages, where there are several."""
    said = []
    for case in cases:
        before = f"{names[case.tenant_id]}: " if names else ""
        said.append((str(case.id), f"{before}{case.number} {case.subject}"))
    return said


def photos_said(visit: MentoringVisit) -> list[PhotoSaid]:
    """The photos of a visit, each with what it says of itself. It may be false: that is why it is only told."""
    return [_photo(visit, photo) for photo in visit.photos]


def phone_place(visit: MentoringVisit) -> tuple[str, bool] | None:
    """Where the mentor's phone said that it was, and whether that is odd; None where it said nothing."""
    if visit.latitude is None or visit.longitude is None:
        return None
    parts = [_away(visit.kilometres), f"{visit.latitude:.5f}, {visit.longitude:.5f}"]
    if visit.accuracy is not None:
        parts.append(str(_("ketelitian %(metres)s m", metres=number(round(visit.accuracy)))))
    return " · ".join(parts), _is_far(visit.kilometres)


def _photo(visit: MentoringVisit, photo: Mapping[str, Any]) -> PhotoSaid:
    taken = _moment_of(photo.get("taken_at"))
    latitude, longitude, away = photo.get("latitude"), photo.get("longitude"), photo.get("kilometres")
    parts = [moment(taken) if taken else str(_("tidak menyebut waktu"))]
    if latitude is None or longitude is None:
        parts.append(str(_("tidak menyebut tempat")))
    else:
        parts += [_away(away), f"{latitude:.5f}, {longitude:.5f}"]
    other_day = taken is not None and taken.astimezone(ZONE).date() != visit.visited_on
    return PhotoSaid(str(photo["file_id"]), " · ".join(parts), other_day or _is_far(away))


def _away(kilometres: Any) -> str:
    if kilometres is None:
        return str(_("jarak ke titik desa tidak diketahui"))
    return str(_("%(distance)s km dari titik desa", distance=number(float(kilometres))))


def _is_far(kilometres: Any) -> bool:
    return kilometres is not None and float(kilometres) >= FAR_KM


def _moment_of(said: Any) -> dt.datetime | None:
    return dt.datetime.fromisoformat(said) if isinstance(said, str) else None
