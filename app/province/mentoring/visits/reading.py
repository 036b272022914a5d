"""A village's side: its visits, and putting its name under one on its own host.

The rows are the platform's: each function enters its scope for a short time and asks for rows of the present village
alone, so another village's visit is unknown here.
"""

from __future__ import annotations

import uuid

from flask import Response
from flask_babel import gettext as _

from app.core import audit
from app.core.accounts.scoping import platform_rows
from app.core.actors import Actor
from app.core.badges import forget_badges
from app.core.ui.formats import date
from app.extensions import db
from app.province.mentoring.visits import photos, queries, services
from app.province.mentoring.visits.errors import Refused
from app.province.mentoring.visits.models import MentoringVisit
from app.province.mentoring.visits.waiting import forget_unsigned
from tenants.scope import current_tenant


def own_visits(*, after: str = "", limit: int = queries.PAGE) -> tuple[list[MentoringVisit], str | None]:
    """A page of the present village's visits, newest first, and the cursor of the next."""
    tenant_id = current_tenant().id
    with platform_rows():
        found, following = queries.of_village(tenant_id, after=after, limit=limit)
        db.session.expunge_all()
    return found, following


def own_visit(visit_id: uuid.UUID) -> MentoringVisit:
    """One visit of the present village. Raises Missing."""
    tenant_id = current_tenant().id
    with platform_rows():
        visit = queries.of_tenant(visit_id, tenant_id)
        db.session.expunge(visit)
    return visit


def own_photo(visit_id: uuid.UUID, file_id: uuid.UUID) -> Response:
    """A photo of a visit of the present village. Raises Missing, FileMissing, StorageAway."""
    tenant_id = current_tenant().id
    with platform_rows():
        return photos.photo_answer(queries.of_tenant(visit_id, tenant_id).photos, file_id)


def sign_here(visit_id: uuid.UUID, *, by: Actor) -> MentoringVisit:
    """Put the present village's name under a visit, by somebody of the village; commits. Signing twice is one.

    Raises Missing; Refused where nothing is to be signed, for a visitor of the province, and for the one who visited.
    """
    if by.support_visit is not None:
        raise Refused(_("Kunjungan ditandatangani oleh orang desa sendiri."))
    tenant_id = current_tenant().id
    with platform_rows():
        visit = queries.of_tenant(visit_id, tenant_id, lock=True)
        if visit.state == "signed":
            return visit
        if visit.state != "held":
            raise Refused(_("Hanya kunjungan yang sudah dicatat pendamping yang dapat ditandatangani."))
        if visit.mentor_id == by.account_id:
            raise Refused(_("Yang mencatat kunjungan tidak dapat menandatanganinya sendiri."))
        services.sign(visit, by.name, "account")
        db.session.commit()
        db.session.expunge(visit)
    audit.record(
        "mentoring_visit.signed",
        object_type="mentoring_visit",
        object_id=visit_id,
        summary=f"{visit.mentor_name}, {date(visit.visited_on)}",
    )
    forget_badges()
    db.session.commit()
    forget_unsigned(tenant_id)
    return visit
