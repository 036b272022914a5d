"""A resident's or household's lines of the ledger as people read them: what, when, by whom, before and after.

Numbers stay masked, health stays away from those who may not see it, and what was undone is still told.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from babel.dates import format_date
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.core.privacy.vault import Vault
from app.core.ui.formats import date
from app.extensions import db
from app.government.residents import codes
from app.government.residents.browse.areas import AreaBook
from app.government.residents.derive import masked, masked_text
from app.government.residents.events.kinds import kind_word
from app.government.residents.models import SEALED_FIELDS, LifeEvent, Resident
from app.government.residents.register.labels import HEALTH_FIELDS, HOUSEHOLD_LABELS, RESIDENT_LABELS

MOST_LINES = 200
NUMBERS = ("nik", "father_nik", "mother_nik", "kk")
MORE_LABELS = {
    "household_order": _l("Urutan dalam KK"),
    "photo_document_id": _l("Foto"),
    "head_id": _l("Kepala keluarga"),
    "state": _l("Keadaan"),
}
STATES = {
    "active": _l("Aktif"), "empty": _l("Belum ada anggota"), "left": _l("Pindah"), "dissolved": _l("Bubar"),
    "invalid": _l("Tidak berlaku"),
}  # fmt: skip
"""The states of a household in words."""


@dataclass(frozen=True, slots=True)
class Change:
    """One field before and after, as text; an empty side was unknown."""

    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One line of the ledger."""

    id: uuid.UUID
    deed_id: uuid.UUID
    kind: str
    title: str
    happened_on: dt.date
    reported_on: dt.date
    counted_in: str
    recorded_by: str
    recorded_at: dt.datetime
    note: str
    undone_at: dt.datetime | None
    undone_by: str
    changes: list[Change] = field(default_factory=list)

    @property
    def is_undone(self) -> bool:
        """Whether it no longer counts."""
        return self.undone_at is not None


def history_of(
    *, resident_id: uuid.UUID | None = None, household_id: uuid.UUID | None = None, vault: Vault, areas: AreaBook,
    may_health: bool,
) -> list[HistoryLine]:  # fmt: skip
    """The lines of a resident, or a household's own ones, newest first; at most MOST_LINES. One or two queries."""
    about = (
        LifeEvent.resident_id == resident_id
        if resident_id
        else (LifeEvent.household_id == household_id) & LifeEvent.resident_id.is_(None)
    )
    query = select(LifeEvent).where(about).order_by(LifeEvent.recorded_at.desc(), LifeEvent.id.desc())
    events = list(db.session.scalars(query.limit(MOST_LINES)))
    opened = {e.id: vault.open_json(e.box, f"life_event:{e.id}") for e in events}
    people = _names_of(opened.values())
    return [_line(event, opened[event.id], areas, people, may_health=may_health) for event in events]


def _names_of(opened: Any) -> dict[str, str]:
    """Names of the heads that any change speaks of."""
    wanted = {
        str(side.get("head_id"))
        for box in opened
        for side in (box.get("before") or {}, box.get("after") or {})
        if side.get("head_id")
    }
    if not wanted:
        return {}
    ids = [uuid.UUID(text) for text in wanted]
    rows = db.session.execute(select(Resident.id, Resident.name).where(Resident.id.in_(ids)))
    return {str(row.id): row.name for row in rows}


def _line(
    event: LifeEvent, box: Mapping[str, Any], areas: AreaBook, people: Mapping[str, str], *, may_health: bool
) -> HistoryLine:
    before, after = box.get("before") or {}, box.get("after") or {}
    is_first = not before
    changes = [] if is_first else _changes(before, after, areas, people, may_health=may_health)
    return HistoryLine(
        event.id, event.deed_id, event.kind, kind_word(event.kind), event.happened_on, event.reported_on,
        month_words(event.month) if event.is_late else "", event.recorded_by, event.recorded_at,
        str(event.details.get("note") or ""), event.undone_at, event.undone_by, changes,
    )  # fmt: skip


def _changes(
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    areas: AreaBook,
    people: Mapping[str, str],
    *,
    may_health: bool,
) -> list[Change]:
    found = []
    for name in sorted({*before, *after}, key=_place):
        label = label_of(name)
        if label is None or (name in HEALTH_FIELDS and not may_health):
            continue
        found.append(
            Change(
                label,
                spoken(name, before.get(name), areas, people),
                spoken(name, after.get(name), areas, people),
            )
        )
    return found


def _place(name: str) -> int:
    names = [*RESIDENT_LABELS, *HOUSEHOLD_LABELS, *MORE_LABELS]
    return names.index(name) if name in names else len(names)


def label_of(name: str) -> str | None:
    """What a field is called; None for one that nobody reads."""
    label = RESIDENT_LABELS.get(name) or HOUSEHOLD_LABELS.get(name) or MORE_LABELS.get(name)
    return str(label) if label is not None else None


def spoken(name: str, value: Any, areas: AreaBook, people: Mapping[str, str]) -> str:
    """A value of a note as text: codes as words, dates written out, numbers masked."""
    if value in (None, ""):
        return ""
    if name in NUMBERS:
        return masked(str(value))
    if name in SEALED_FIELDS:
        return masked_text(str(value))
    if name in codes.LISTS:
        return codes.word(name, value)
    if name == "sub_area_id":
        return areas.way(uuid.UUID(str(value)))
    if name == "household_id":
        return str(_("keluarga lain"))
    if name == "head_id":
        return people.get(str(value), "")
    if name == "photo_document_id":
        return str(_("ada"))
    if name == "state":
        return str(STATES.get(str(value), value))
    if isinstance(value, bool):
        return str(_("ya")) if value else str(_("tidak"))
    return _day_or_text(str(value))


def month_words(month: dt.date) -> str:
    """A month as people say it: November 2026."""
    return format_date(month, "MMMM y", locale=get_locale() or "id")


def _day_or_text(text: str) -> str:
    try:
        return date(dt.date.fromisoformat(text)) if len(text) == 10 else text
    except ValueError:
        return text
