"""Adoption states that follow from what a village does (domain: indicators, adoption states).

Being listed, invited, having applied and being approved are people's decisions, as are suspending and archiving. From
provisioning on, the state is computed: set up when the checklist is done, active after a staff action in the last 7
days, established with 8 active weeks of the last 12, dormant after 30 days of nothing.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from app.core import audit
from app.core.indicators import adoption
from tenants import registry
from tenants.models import LIVE_STATES, SERVED_STATES, TenantRow, TenantState

ACTIVE_DAYS = 7
DORMANT_DAYS = 30
ESTABLISHED_WEEKS = 8


@dataclass(frozen=True, slots=True)
class Activity:
    """What a village's own log tells: the last staff action, active weeks of the last 12, share of the set-up done."""

    last: dt.datetime | None
    weeks: int
    set_up: float


def read_activity(moment: dt.datetime, set_up: float) -> Activity:
    """Read the activity of the village of the present scope."""
    return Activity(adoption.last_activity(), adoption.active_weeks(moment), set_up)


def state_for(row: TenantRow, activity: Activity, moment: dt.datetime) -> TenantState:
    """The state that a village should be in at `moment`.

    A village that went live stays live even when a step of its checklist is undone later. One that never finished it
    stays provisioned, however long nothing happens. Silence counts from the last action, or from going live.
    """
    state = TenantState(row.state)
    if state not in SERVED_STATES:
        return state
    if row.live_at is None and activity.set_up < 1:
        return TenantState.PROVISIONED
    silent_since = max(t for t in (activity.last, row.live_at or moment) if t is not None)
    if moment - silent_since >= dt.timedelta(days=DORMANT_DAYS):
        return TenantState.DORMANT
    if activity.weeks >= ESTABLISHED_WEEKS:
        return TenantState.ESTABLISHED
    if activity.last is not None and moment - activity.last <= dt.timedelta(days=ACTIVE_DAYS):
        return TenantState.ACTIVE
    return TenantState.SET_UP


def recompute_state(row: TenantRow, activity: Activity, moment: dt.datetime) -> bool:
    """Move a locked registry row to the state that follows from its activity; return whether it moved.

    Runs inside a platform scope and its open transaction. A move is written into the platform's audit log.
    """
    if activity.last is not None and (row.last_activity_at is None or activity.last > row.last_activity_at):
        row.last_activity_at = activity.last
    state = state_for(row, activity, moment)
    if state == row.state:
        return False
    before = row.state
    if state in LIVE_STATES and row.live_at is None:
        row.live_at = moment
    registry.change_state(row, state)
    audit.record(
        "village.state_changed",
        object_type="village",
        object_id=row.id,
        summary=f"{row.term} {row.name}",
        details={"before": {"state": before}, "after": {"state": state.value}},
        tenant_id=row.id,
    )
    return True
