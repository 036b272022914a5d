"""An application holds its village: one at a time, from being sent in until it is decided or taken back."""

from __future__ import annotations

import uuid

from sqlalchemy import select

from app.extensions import db
from app.province.onboarding.applications import events, telling
from app.province.onboarding.applications.models import OPEN_STATES, Application
from tenants.models import TenantRow, TenantState
from tenants.registry import change_state

FREE_STATES = (TenantState.LISTED, TenantState.INVITED)
"""Villages in these may be applied for."""


class VillageHeld(Exception):
    """Another application holds the village, or it has come aboard meanwhile."""


def locked_village(tenant_id: uuid.UUID) -> TenantRow:
    """The registry's row of a village, locked until the end of the transaction and as it stands now."""
    query = select(TenantRow).where(TenantRow.id == tenant_id).with_for_update()
    return db.session.scalars(query.execution_options(populate_existing=True)).one()


def holder_of(tenant_id: uuid.UUID) -> uuid.UUID | None:
    """The application that holds a village, by its id."""
    query = select(Application.id).where(
        Application.tenant_id == tenant_id, Application.state.in_(OPEN_STATES)
    )
    return db.session.scalar(query)


def hold(application: Application, row: TenantRow) -> None:
    """Let an application hold its village in the open transaction; `row` is locked.

    Others of the same village that only wait for their e-mail to be confirmed are outrun with it. Raises VillageHeld.
    """
    holder = holder_of(row.id)
    if holder not in (None, application.id) or (holder is None and row.state not in FREE_STATES):
        raise VillageHeld
    if row.state in FREE_STATES:
        change_state(row, TenantState.APPLIED)
    query = (
        select(Application)
        .where(Application.tenant_id == row.id, Application.state == "confirming")
        .where(Application.id != application.id)
        .with_for_update(skip_locked=True)
    )
    for other in db.session.scalars(query):
        outrun(other)


def release(application: Application) -> None:
    """Give a village free again in the open transaction, for an application that was withdrawn or rejected.

    The village goes back to where it stood before. Nothing happens when it does not stand at `applied`.
    """
    if application.tenant_id is None:
        return
    row = locked_village(application.tenant_id)
    if row.state == TenantState.APPLIED:
        before = row.state_before
        known = before in FREE_STATES
        change_state(row, TenantState(before) if known and before else TenantState.LISTED)


def outrun(application: Application) -> None:
    """Note in the open transaction that another application of the same village was first, and tell by letter."""
    events.move(application, "outrun")
    telling.told(application, "outrun")
