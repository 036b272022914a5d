"""What one training brought each village, added up and cut into pages by the database: there may be thousands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, cast, func, select

from app.extensions import db
from app.province.regions import within
from app.province.training.participants.models import TrainingInvitation, TrainingParticipant
from app.province.training.results.queries import FIGURES, VILLAGE, Held, Sums, Village, figures
from tenants.models import TenantRow


@dataclass(frozen=True, slots=True)
class Totals:
    """All of a training; `offices`: the people whom no village sent."""

    whole: Sums
    offices: Sums
    villages: int
    """Invited, or with people at it."""
    nobody: int
    """Of those: nobody came."""


class EventVillages:
    """The villages that were invited to a training or sent somebody.

    Args:
        held: the training.
        whose: a condition on participants, as `queries.people_of` gives it.
        region_code: of which region invited villages count; of all when None.
    """

    def __init__(self, held: Held, whose: ColumnElement[bool], region_code: str | None) -> None:
        self.held = held
        people = figures([held.id], whose, TrainingParticipant.tenant_id).subquery()
        query = select(TrainingInvitation.tenant_id, TrainingInvitation.answer).where(
            TrainingInvitation.event_id == held.id
        )
        if region_code is not None:
            query = query.join(TenantRow, TenantRow.id == TrainingInvitation.tenant_id).where(
                within(region_code)
            )
        invited = query.subquery()
        self._each = (
            select(
                func.coalesce(people.c.tenant_id, invited.c.tenant_id).label("id"),
                *(func.coalesce(people.c[name], 0).label(name) for name in FIGURES),
                func.coalesce(invited.c.answer, "").label("answer"),
            )
            .select_from(people.join(invited, invited.c.tenant_id == people.c.tenant_id, full=True))
            .subquery()
        )

    def totals(self) -> Totals:
        """All of them together (one select)."""
        each = self._each.c
        row = db.session.execute(
            select(
                *(_sum(each[name]) for name in FIGURES),
                *(_sum(each[name], each.id.is_(None)) for name in FIGURES),
                func.count(each.id),
                func.count(each.id).filter(each.came == 0),
            )
        ).one()
        whole, offices = row[: len(FIGURES)], row[len(FIGURES) : -2]
        return Totals(self.held.sums_of(whole), self.held.sums_of(offices), row[-2], row[-1])

    def lines(
        self, *, only_nobody: bool, count: int | None = None, start: int = 0
    ) -> list[tuple[Village, Sums, str]]:
        """Villages by code (one select): what their people took along, and the answer to the invitation: `none`,
        `coming`, `declined`, or empty where it was not invited.

        Args:
            only_nobody: those alone of which nobody came.
            count, start: so many, from this place on; all when None.
        """
        each = self._each.c
        query = select(*VILLAGE, *(each[name] for name in FIGURES), each.answer).join(
            self._each, each.id == TenantRow.id
        )
        if only_nobody:
            query = query.where(each.came == 0)
        rows = db.session.execute(query.order_by(TenantRow.code).limit(count).offset(start))
        width = len(VILLAGE)
        return [(Village(*row[:width]), self.held.sums_of(row[width:-1]), row[-1]) for row in rows]


def _sum(column: ColumnElement[Any], *only: ColumnElement[bool]) -> ColumnElement[Any]:
    added = func.sum(column).filter(*only) if only else func.sum(column)
    return cast(func.coalesce(added, 0), column.type)
