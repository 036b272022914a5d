"""How long the register keeps who died or left (Law 27/2022, Art. 16(2)g and 44), by the village's own choice.

When the time is over, what says who it was is emptied: sealed fields, name, dates, addresses, notes of what stood
before and after, scans. Sex, nationality, the ledger's cells and months stay, so that no total and no old report
changes. The living are never touched, nor the notes of what they did in a household that is no more. Entries that were
declared invalid go the same way. What other capabilities hold on them goes with it (`holdings`); letters that were
issued stay in the village's archive (Law 43/2009). The audit log keeps what it wrote down: the proof of who did what.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Date, Integer, SmallInteger, case, cast, delete, func, select, update
from sqlalchemy.orm import aliased

from app.core.audit import record
from app.core.forms import fingerprint
from app.core.privacy.files import delete_all_sealed
from app.core.privacy.models import VillageState
from app.core.privacy.vault import Vault, open_vault, raise_register_version
from app.core.village.errors import ChangedMeanwhile, Invalid
from app.extensions import db
from app.government.residents import codes
from app.government.residents.derive import ANONYMOUS, missing_count
from app.government.residents.models import (
    DataRequest,
    Household,
    LifeEvent,
    Resident,
    ResidentDocument,
)
from app.government.residents.rights.holdings import forget_residents
from app.government.residents.rights.schemas import YEARS
from app.government.residents.sealed import DOCUMENTS
from app.government.residents.writing import REMOVED, today
from tenants.models import now

GONE = (codes.DEAD, codes.MOVED, codes.LEFT, codes.INVALID)
SETTING = "retention_years"
AT_A_TIME = 200

_KEPT = frozenset((
    "id", "sex", "nationality", "residence_status", "vital_status", "vital_on", "row_version", "created_at",
    "updated_at",
))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Retention:
    """The village's choice, how many people each choice would empty tonight, and a digest of the choice."""

    years: int
    affected: dict[int, int]
    version: str


def retention() -> Retention:
    """The present village's choice and what each choice would do. Two queries."""
    years = _chosen()
    counts = [func.count().filter(_is_over(span)) for span in YEARS if span]
    row = db.session.execute(select(*counts).select_from(Resident).where(_could_go())).one()
    affected = {0: 0, **dict(zip((span for span in YEARS if span), row, strict=True))}
    return Retention(years, affected, fingerprint({SETTING: years}))


def choose_retention(years: int, *, understood: bool, expected: str) -> None:
    """Choose how many years data of who died or left is kept (0: for ever), and commit.

    Raises:
        ChangedMeanwhile: somebody else chose first.
        Invalid: data would be removed and nobody said that this is understood.
    """
    open_vault()
    state = db.session.scalars(select(VillageState).with_for_update(key_share=True)).one()
    present = int(state.settings.get(SETTING, 0))
    if fingerprint({SETTING: present}) != expected:
        raise ChangedMeanwhile({"years": present})
    if years and not understood:
        raise Invalid("understood", _("Centang dulu: data yang dihapus tidak dapat dikembalikan."))
    if years != present:
        state.settings = {**state.settings, SETTING: years}
        record(
            "residents.retention_changed", details={"before": {"years": present}, "after": {"years": years}}
        )
    db.session.commit()


def remove_what_is_over() -> int:
    """Empty the data of everybody in the present village whose time is over; return how many people. Commits."""
    years, total = _chosen(), 0
    while years:
        vault = open_vault(alone=True)
        query = select(Resident.id, Resident.household_id).where(_could_go(), _is_over(years))
        rows = db.session.execute(query.order_by(Resident.id).limit(AT_A_TIME).with_for_update()).all()
        if not rows:
            break
        _empty([row.id for row in rows], [row.household_id for row in rows if row.household_id], vault)
        record("residents.retention_applied", details={"count": len(rows), "years": years})
        raise_register_version()
        db.session.commit()
        total += len(rows)
    db.session.rollback()
    return total


def _chosen() -> int:
    return int(db.session.scalar(select(VillageState.settings[SETTING].astext.cast(Integer))) or 0)


def _could_go() -> ColumnElement[bool]:
    return Resident.vital_status.in_(GONE) & (Resident.name != ANONYMOUS)


def _is_over(years: int) -> ColumnElement[bool]:
    """Whose day of going lies longer ago; who has none is counted from the day of being entered.

    An invalid entry counts from the day on which it was declared invalid, the last change of it.
    """
    day = today()
    last = day.replace(year=day.year - years, day=min(day.day, 28) if day.month == 2 else day.day)
    went = func.coalesce(Resident.vital_on, cast(Resident.created_at, Date))
    return case((Resident.vital_status == codes.INVALID, cast(Resident.updated_at, Date)), else_=went) < last


def _empty(ids: Sequence[uuid.UUID], household_ids: Sequence[uuid.UUID], vault: Vault) -> None:
    for document_id in db.session.scalars(
        select(ResidentDocument.id).where(ResidentDocument.resident_id.in_(ids))
    ):
        delete_all_sealed(f"{DOCUMENTS}/{document_id}")
    db.session.execute(delete(ResidentDocument).where(ResidentDocument.resident_id.in_(ids)))
    _close_requests(ids, vault)
    forget_residents(ids, vault)
    _empty_events(LifeEvent.resident_id.in_(ids))
    db.session.execute(update(LifeEvent).where(LifeEvent.resident_id.in_(ids)).values(household_id=None))
    db.session.execute(update(Resident).where(Resident.id.in_(ids)).values(_emptied()))
    db.session.execute(update(Household).where(Household.head_id.in_(ids)).values(head_id=None))
    _empty_households(household_ids)


def _close_requests(ids: Sequence[uuid.UUID], vault: Vault) -> None:
    """Drop what was asked; what still waits for an answer is closed with a note that says why."""
    for request in db.session.scalars(select(DataRequest).where(DataRequest.resident_id.in_(ids))):
        request.box = None
        if request.state == "open":
            said = {"answer": str(_("Data orang ini sudah dihapus karena lewat masa simpan."))}
            request.box = vault.seal_json(said, f"data_request:{request.id}")
            request.state, request.answered_at = "refused", now()
    db.session.flush()


def _emptied() -> dict[str, Any]:
    """Every column that says who it was, with nothing in it."""
    values: dict[str, Any] = {
        "name": ANONYMOUS,
        "missing_count": missing_count({"name": ANONYMOUS}),
        "row_version": Resident.row_version + 1,
        "updated_at": now(),
    }
    for column in Resident.__table__.columns:
        if column.name not in _KEPT and column.name not in values:
            if column.nullable:
                values[column.name] = None
            else:
                values[column.name] = 0 if isinstance(column.type, SmallInteger) else ""
    return values


def _empty_events(condition: ColumnElement[bool]) -> None:
    """Drop what stood before and after, and of the details all but codes and truths, which reports count.

    The lines say so from then on, so that nobody takes a removed note for an empty one (see `Writing.noted`).
    """
    for event_id, details in db.session.execute(select(LifeEvent.id, LifeEvent.details).where(condition)):
        kept = {name: value for name, value in details.items() if isinstance(value, bool | int)} | {
            REMOVED: True
        }
        if kept != details:
            db.session.execute(update(LifeEvent).where(LifeEvent.id == event_id).values(details=kept))
    db.session.execute(update(LifeEvent).where(condition).values(box=None))


def _empty_households(ids: Sequence[uuid.UUID]) -> None:
    """Households that are no more and in which nobody is named any longer."""
    member = aliased(Resident)
    gone = select(Household.id).where(
        Household.id.in_(ids),
        Household.state != "active",
        ~select(member.id).where(member.household_id == Household.id).exists(),
    )
    over = list(db.session.scalars(gone))
    if over:
        nothing: dict[str, Any] = {
            "box": None,
            "kk_index": None,
            "address": "",
            "head_id": None,
            "issued_on": None,
            "row_version": Household.row_version + 1,
            "updated_at": now(),
        }
        db.session.execute(update(Household).where(Household.id.in_(over)).values(nothing))
        for document_id in db.session.scalars(
            select(ResidentDocument.id).where(ResidentDocument.household_id.in_(over))
        ):
            delete_all_sealed(f"{DOCUMENTS}/{document_id}")
        db.session.execute(delete(ResidentDocument).where(ResidentDocument.household_id.in_(over)))
        _empty_events(LifeEvent.household_id.in_(over) & LifeEvent.resident_id.is_(None))
