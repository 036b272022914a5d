"""Closing months: nothing more is counted into them, and their reports stay as they stood.

A month is closed under the village's lock, which every writer takes (see `Writing`), so no line slips in.
"""

from __future__ import annotations

import datetime as dt

from flask_babel import gettext as _
from sqlalchemy import func, select

from app.core import audit
from app.core.actors import current_actor
from app.core.privacy.models import VillageState
from app.core.privacy.vault import open_vault, raise_register_version
from app.core.village.errors import Invalid
from app.extensions import db
from app.government.residents import ledger
from app.government.residents.events.words import spoken_month
from app.government.residents.models import PopulationMonth
from app.government.residents.writing import next_month, today

MOST_MONTHS = 1200


def close_month(month: dt.date) -> int:
    """Close all months up to this one and return how many. Raises Invalid: not over yet, or closed already."""
    month = month.replace(day=1)
    _hold()
    try:
        begin = first_to_close(month)
    except Invalid:
        db.session.rollback()
        raise
    actor = current_actor()
    reports = ledger.reports(begin, month)
    db.session.add_all(
        PopulationMonth(month=figures.month, figures=figures.as_json(), closed_by=actor.name if actor else "")
        for figures in reports
    )
    audit.record(
        "population_month.closed",
        object_type="population_month",
        object_id=f"{month:%Y-%m}",
        summary=f"{month:%Y-%m}",
        details={"months": len(reports), "residents": ledger.people(reports[-1].end)},
    )
    db.session.flush()
    raise_register_version()
    db.session.commit()
    return len(reports)


def first_to_close(month: dt.date) -> dt.date:
    """The first of the months that are closed with this one. Raises Invalid: not over yet, or closed already."""
    first, closed = ledger.span()
    if month >= today().replace(day=1):
        sentence = _("Bulan %(month)s belum berakhir, jadi belum dapat ditutup.", month=spoken_month(month))
        raise Invalid("month", sentence)
    if closed is not None and month <= closed:
        raise Invalid("month", _("Bulan %(month)s sudah ditutup.", month=spoken_month(month)))
    begin = next_month(closed) if closed else min(first or month, month)
    if (month.year - begin.year) * 12 > MOST_MONTHS:
        sentence = _(
            "Ada peristiwa dari %(month)s. Periksa tahunnya sebelum menutup bulan.", month=spoken_month(begin)
        )
        raise Invalid("month", sentence)
    return begin


def reopen_month(month: dt.date, reason: str) -> None:
    """Open the last closed month again. Raises Invalid: another month, or no reason."""
    month, reason = month.replace(day=1), reason.strip()
    _hold()
    closed = db.session.scalar(select(func.max(PopulationMonth.month)))
    if closed != month:
        _refuse(_("Hanya bulan terakhir yang ditutup dapat dibuka kembali."))
    if not reason:
        _refuse(_("Tulis alasan membuka kembali bulan ini."), "reason")
    db.session.delete(db.session.get_one(PopulationMonth, month))
    audit.record(
        "population_month.reopened",
        object_type="population_month",
        object_id=f"{month:%Y-%m}",
        summary=f"{month:%Y-%m}",
        details={"reason": reason[:300]},
    )
    db.session.flush()
    raise_register_version()
    db.session.commit()


def _hold() -> None:
    """Hold the village's state against all writers until the end of the transaction."""
    open_vault()
    db.session.execute(select(VillageState.id).with_for_update())


def _refuse(sentence: str, field: str = "month") -> None:
    db.session.rollback()
    raise Invalid(field, sentence)
