"""What an application says beside what the register of regions says, differences marked."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import gettext as _
from sqlalchemy import select

from app.core.regions.models import Region
from app.core.regions.words import words_for
from app.extensions import db
from app.province.onboarding.applications import steps
from app.province.onboarding.applications.models import Application
from app.province.onboarding.applications.schemas import LABELS
from tenants.models import TenantRow

WORDS = ("term", "head", "secretary", "council", "sub_area")


@dataclass(frozen=True, slots=True)
class Compared:
    """An answer beside the register's word for it."""

    label: str
    answer: str
    listed: str

    @property
    def differs(self) -> bool:
        """Whether the applicant said something else than the register."""
        return self.answer.casefold() != self.listed.casefold()


def compared(application: Application, row: TenantRow) -> list[Compared]:
    """The answers that stand in the register too (one select); empty before the identity was filled in."""
    identity = application.answers.get(steps.IDENTITY) or {}
    if not identity:
        return []
    listed = {"term": (preset := words_for(row.code)).term, **preset.as_dict()}
    postal_code = db.session.scalar(select(Region.postal_code).where(Region.code == row.code)) or ""
    said = identity.get("words") or {}
    found = [Compared(str(LABELS[key]), said.get(key) or "", listed.get(key) or "") for key in WORDS]
    found.append(Compared(str(_("Kode pos")), identity.get("postal_code") or "", postal_code))
    return found


def name_note(application: Application) -> str:
    """What the applicant says is wrong with the village's name or code in the register."""
    return str((application.answers.get(steps.IDENTITY) or {}).get("name_note") or "")
