"""An event's money: what is planned, what was spent, and on what. Sums are whole rupiah; deeds commit."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from app.core.actors import current_actor
from app.core.ui.formats import ZONE, rupiah
from app.core.village.errors import Invalid, Missing
from app.extensions import db
from app.province.training.events import words
from app.province.training.events.models import TrainingCost, TrainingEvent
from app.province.training.events.services import Refused, locked_event, note
from tenants.models import now


@dataclass(frozen=True, slots=True)
class CategorySum:
    """What one kind of cost comes to."""

    category: str
    planned: int
    spent: int


@dataclass(frozen=True, slots=True)
class Money:
    """An event's budget and its use. `planned` are costs that are not paid yet; `left` is None without a budget."""

    budget: int | None
    planned: int
    spent: int
    costs: tuple[TrainingCost, ...]
    parts: tuple[CategorySum, ...]

    @property
    def left(self) -> int | None:
        """What is left of the budget after what was spent and what is planned; below nothing is too much."""
        return None if self.budget is None else self.budget - self.spent - self.planned

    @property
    def is_over(self) -> bool:
        """Whether more is spent or planned than there is."""
        return self.left is not None and self.left < 0


def money_of(event: TrainingEvent) -> Money:
    """An event's budget, its costs (the planned ones first, then the latest), and sums by kind: one select."""
    order = (TrainingCost.spent_on.is_not(None), TrainingCost.spent_on.desc(), TrainingCost.id)
    query = select(TrainingCost).where(TrainingCost.event_id == event.id).order_by(*order)
    costs = tuple(db.session.scalars(query))
    parts = tuple(_sum(category, costs) for category in words.COSTS)
    return Money(
        event.budget,
        sum(one.amount for one in costs if one.spent_on is None),
        sum(one.amount for one in costs if one.spent_on is not None),
        costs,
        tuple(part for part in parts if part.planned or part.spent),
    )


def add_cost(event_id: uuid.UUID, values: Mapping[str, Any], *, office: str) -> TrainingCost:
    """Note a cost: `category`, `description`, `amount`, `spent_on` (None: planned).

    Raises Missing; Invalid for a day to come; Refused when the event was called off before anything was spent on it.
    """
    event = locked_event(event_id, office)
    row = TrainingCost(event_id=event.id)
    return _write(event, row, values, "training.cost_added")


def change_cost(
    event_id: uuid.UUID, cost_id: uuid.UUID, values: Mapping[str, Any], *, office: str
) -> TrainingCost:
    """Change a cost, such as when it was paid. Raises as `add_cost`."""
    event = locked_event(event_id, office)
    return _write(event, find_cost(event, cost_id), values, "training.cost_changed")


def delete_cost(event_id: uuid.UUID, cost_id: uuid.UUID, *, office: str) -> None:
    """Take a cost away. Raises Missing."""
    event = locked_event(event_id, office)
    row = find_cost(event, cost_id)
    note("training.cost_deleted", event, {"description": row.description, "amount": rupiah(row.amount)})
    db.session.delete(row)
    db.session.commit()


def find_cost(event: TrainingEvent, cost_id: uuid.UUID) -> TrainingCost:
    """A cost of an event. Raises Missing."""
    query = select(TrainingCost).where(TrainingCost.id == cost_id, TrainingCost.event_id == event.id)
    row = db.session.scalars(query).one_or_none()
    if row is None:
        db.session.rollback()
        raise Missing("cost")
    return row


def _write(event: TrainingEvent, row: TrainingCost, values: Mapping[str, Any], action: str) -> TrainingCost:
    day: dt.date | None = values.get("spent_on")
    if day is not None and day > now().astimezone(ZONE).date():
        db.session.rollback()
        raise Invalid("spent_on", _("Tanggal ini belum tiba. Kosongkan selama baru direncanakan."))
    if event.state == "cancelled" and day is None:
        db.session.rollback()
        raise Refused(_("Kegiatan ini dibatalkan: hanya yang sudah dibayar yang dicatat."))
    actor = current_actor()
    row.category, row.description, row.amount = values["category"], values["description"], values["amount"]
    row.spent_on, row.recorded_by, row.recorded_at = day, actor.name if actor else "", now()
    db.session.add(row)
    note(action, event, {"description": row.description, "amount": rupiah(row.amount)})
    db.session.commit()
    return row


def _sum(category: str, costs: Sequence[TrainingCost]) -> CategorySum:
    there = [one for one in costs if (one.category if one.category in words.COSTS else "other") == category]
    return CategorySum(
        category,
        sum(one.amount for one in there if one.spent_on is None),
        sum(one.amount for one in there if one.spent_on is not None),
    )
