"""What stands around a document: the present village's letterhead, and who signs."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass
from typing import Any

import structlog
from flask_babel import force_locale, gettext
from sqlalchemy import select

from app.core.files.services import FileMissing, open_file
from app.core.files.storage import StorageAway
from app.core.ui import formats
from app.core.village import queries
from app.core.village.models import Official
from app.extensions import db
from tenants.scope import current_tenant

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Signer:
    """One who signs: place and date above, in whose name, title, name, and the number of an employee."""

    title: str
    name: str
    number: str = ""
    place_date: str = ""
    above: str = ""

    def as_data(self) -> dict[str, str]:
        """What the template needs."""
        return asdict(self)


def letterhead() -> dict[str, Any]:
    """The letterhead of the present village, for the template's `letterhead`: (lines, name, address).

    The lines are the village's own (settings), else the government of its kabupaten/kota and its kecamatan, as the
    rules of official letters have it (Permendagri 1/2023).
    """
    tenant, profile = current_tenant(), queries.profile()
    district, regency = tenant.region_path
    own = [line for line in profile.letterhead_lines if line.strip()]
    with force_locale("id"):
        usual = [
            gettext("Pemerintah %(regency)s", regency=_whole_regency(regency)),
            gettext("Kecamatan %(district)s", district=district),
        ]
    parts = [profile.address, profile.postal_code, profile.phone and f"Telp. {profile.phone}", profile.email]
    return {
        "lines": own or usual,
        "name": tenant.full_name,
        "address": " · ".join(part for part in parts if part),
    }


def logo_image() -> dict[str, bytes]:
    """The village's arms as `images` of `render_pdf`; empty where it has none or storage does not answer."""
    file_id = queries.profile().logo_file_id
    if file_id is None:
        return {}
    try:
        return {"logo": open_file(file_id, small=True).data}
    except (FileMissing, StorageAway) as error:
        log.warning("document_without_logo", error=str(error))
        return {}


def head_signs(day: dt.date, *, with_place: bool = True, above: str = "") -> Signer:
    """The village's head in office as signer of a document of `day`; a line to write on where nobody is known."""
    return _signer("head", day, with_place=with_place, above=above)


def secretary_signs(day: dt.date, *, with_place: bool = True, above: str = "") -> Signer:
    """The village's secretary as signer of a document of `day`."""
    return _signer("secretary", day, with_place=with_place, above=above)


def _signer(position: str, day: dt.date, *, with_place: bool, above: str) -> Signer:
    tenant = current_tenant()
    query = (
        select(Official.name, Official.title, Official.employee_number)
        .where(Official.position == position, queries.in_office(day))
        .order_by(Official.sort_order)
        .limit(1)
    )
    found = db.session.execute(query).first()
    with force_locale("id"):
        place = f"{tenant.name}, {formats.date(day)}" if with_place else ""
    title = found.title if found and found.title else tenant.word(position)
    if position == "head":
        title = title if tenant.name.lower() in title.lower() else f"{title} {tenant.name}"
    number = f"NIP/NIPD. {found.employee_number}" if found and found.employee_number else ""
    return Signer(title, found.name if found else "……………………………", number, place, above)


def _whole_regency(regency: str) -> str:
    return regency if regency.startswith(("Kabupaten", "Kota")) else f"Kabupaten {regency}"
