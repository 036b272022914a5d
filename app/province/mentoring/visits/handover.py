"""Visits that a mentor had planned, when the village or the mentor changes: no plan is left with nobody behind it."""

from __future__ import annotations

import uuid
from collections.abc import Collection

from flask_babel import gettext as _
from sqlalchemy import select

from app.extensions import db
from app.province.mentoring.cases.people import Helper
from app.province.mentoring.visits.models import MentoringVisit
from app.province.mentoring.visits.noting import note
from app.province.mentoring.visits.telling import tell


def pass_on(mentor_id: uuid.UUID, tenant_ids: Collection[uuid.UUID] | None, follower: Helper | None) -> None:
    """Give a mentor's plans to who follows, in the open transaction; without one they are called off and villages told.

    Args:
        mentor_id: who had planned.
        tenant_ids: for these villages; for all when None.
        follower: the mentor who follows.
    """
    query = select(MentoringVisit).where(
        MentoringVisit.mentor_id == mentor_id, MentoringVisit.state == "planned"
    )
    if tenant_ids is not None:
        query = query.where(MentoringVisit.tenant_id.in_(tenant_ids))
    for visit in list(db.session.scalars(query.order_by(MentoringVisit.id).with_for_update())):
        before, visit.row_version = visit.mentor_name, visit.row_version + 1
        if follower is not None:
            visit.mentor_id, visit.mentor_name = follower.account_id, follower.name
            note("mentoring_visit.passed_on", visit, {"from": before, "to": follower.name})
            continue
        reason = str(_("Pendamping berganti dan belum ada penggantinya."))
        visit.state, visit.cancel_reason = "cancelled", reason
        note("mentoring_visit.cancelled", visit, {"reason": reason})
        tell("cancelled", visit.tenant_id, visit.id)
