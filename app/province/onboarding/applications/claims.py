"""The addresses that open applications have chosen are not free for others."""

from __future__ import annotations

import uuid

from sqlalchemy import select

from app.core.addresses.services import register_claim
from app.extensions import db
from app.province.onboarding.applications.models import OPEN_STATES, Application


@register_claim
def chosen_in_an_application(slug: str, tenant_id: uuid.UUID | None) -> bool:
    """Whether an application of another village that is not decided yet has chosen this address."""
    query = select(Application.id).where(Application.slug == slug, Application.state.in_(OPEN_STATES))
    if tenant_id is not None:
        query = query.where(Application.tenant_id.is_distinct_from(tenant_id))
    return db.session.scalar(query.limit(1)) is not None
