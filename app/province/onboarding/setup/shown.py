"""A village's set-up and first week as those above see them: the platform's own row, never the village's tables."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select

from app.core.accounts.scoping import platform_rows
from app.core.village.setup import KEYS
from app.extensions import db
from app.province.onboarding.setup.first_week import SHOWN_DAYS
from app.province.onboarding.setup.models import VillageSetup
from app.province.onboarding.setup.words import STATE_WORDS, STEP_WORDS, WEEK_WORDS
from tenants.models import TenantRow, TenantState, now


@dataclass(frozen=True, slots=True)
class StepLine:
    """A step: its name, its state as word and tone, when and by whom."""

    label: object
    state: object
    tone: str
    at: dt.datetime | None
    by: str


@dataclass(frozen=True, slots=True)
class ShownSetup:
    """One village's progress; `week` is empty before it opened."""

    tenant_id: uuid.UUID
    name: str
    done: int
    total: int
    lines: list[StepLine]
    week: list[tuple[object, bool]]
    live_at: dt.datetime | None
    updated_at: dt.datetime

    @property
    def week_done(self) -> int:
        """How many tasks of the first week are done."""
        return sum(done for _label, done in self.week)


def setup_of(village: TenantRow) -> ShownSetup | None:
    """The progress of one village; None, and nothing is asked, where it is neither being set up nor just live."""
    fresh = village.live_at is not None and village.live_at > now() - dt.timedelta(days=SHOWN_DAYS)
    if village.schema_name is None or not (fresh or village.state == TenantState.PROVISIONED):
        return None
    return next(iter(setups_of([village.id])), None)


def setups_of(tenant_ids: Iterable[uuid.UUID]) -> list[ShownSetup]:
    """The progress of those of these villages that are being set up or in their first days, by name (one select)."""
    since = now() - dt.timedelta(days=SHOWN_DAYS)
    query = (
        select(VillageSetup, TenantRow)
        .join(TenantRow, TenantRow.id == VillageSetup.tenant_id)
        .where(
            VillageSetup.tenant_id.in_(list(tenant_ids)),
            (TenantRow.state == TenantState.PROVISIONED) | (VillageSetup.live_at > since),
        )
        .order_by(TenantRow.name)
    )
    with platform_rows():
        return [_shown(row, village) for row, village in db.session.execute(query)]


def _shown(row: VillageSetup, village: TenantRow) -> ShownSetup:
    lines = []
    for key in KEYS:
        step = row.steps.get(key, {})
        word, tone = STATE_WORDS.get(step.get("state", "open"), STATE_WORDS["open"])
        at = dt.datetime.fromisoformat(step["at"]) if step.get("at") else None
        lines.append(StepLine(STEP_WORDS[key], word, tone, at, step.get("by", "")))
    week = [(label, row.first_week[key]) for key, label in WEEK_WORDS.items() if key in row.first_week]
    name = f"{village.term} {village.name}"
    return ShownSetup(row.tenant_id, name, row.done, row.total, lines, week, row.live_at, row.updated_at)
