"""Which areas of the village the register needs."""

from __future__ import annotations

from flask_babel import gettext as _
from sqlalchemy import or_, select

from app.core.village.models import SubArea
from app.extensions import db
from app.government.residents.models import LifeEvent


def why_kept(area: SubArea) -> str | None:
    """A sentence when the ledger counts somebody in an area, now or in an old month: reports name it. One query."""
    named = or_(LifeEvent.from_area_id == area.id, LifeEvent.to_area_id == area.id)
    if db.session.scalar(select(LifeEvent.id).where(named, LifeEvent.undone_at.is_(None)).limit(1)) is None:
        return None
    sentence: str = _(
        "%(name)s tercatat di riwayat dan laporan penduduk, jadi tidak dapat dihapus. "
        "Bila namanya berganti, ubah namanya; bila tidak dipakai lagi, biarkan kosong.",
        name=area.name,
    )
    return sentence
