"""Support visits: the province looks into a village for an hour, with a reason, seen by both sides and written down.

A visitor holds what `loading.VISITOR_MAY` says: looking at what the secretary sees, and settings; no signing, no
accounts. The visit ends by itself, or when the visitor or the village ends it.
"""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import select, update

from app.core.accounts.crossing import ticket_to
from app.core.accounts.errors import NotAllowed, Refused
from app.core.accounts.loading import VISIT, open_visit_of
from app.core.accounts.models import SignInSession, SupportVisit
from app.core.accounts.places import place_of, region_contains
from app.core.accounts.scoping import platform_rows
from app.core.accounts.stamps import commit_and_forget
from app.core.actors import Actor
from app.core.audit import record
from app.extensions import db
from tenants.models import TenantRow, now
from tenants.registry import as_tenant
from tenants.scope import Tenant, tenant_scope

MAY_END = "accounts.manage"
LENGTH = dt.timedelta(minutes=60)
SHORTEST_REASON = 10
LONGEST_REASON = 500


def start_support_visit(actor: Actor, tenant: Tenant, reason: str) -> str:
    """Begin a visit of 60 minutes and return the address (with a ticket) that leads the visitor into the village.

    Args:
        actor: an officer with `villages.visit` whose region holds the village.
        tenant: the village.
        reason: why, 10 to 500 characters; the village reads it.

    Raises NotAllowed; Refused for a reason that is too short, or while somebody else visits. One's own open visit ends.
    """
    why = " ".join(reason.split())
    if not SHORTEST_REASON <= len(why) <= LONGEST_REASON:
        raise Refused(
            _(
                "Tulis alasan kunjungan, %(least)s sampai %(most)s karakter.",
                least=SHORTEST_REASON,
                most=LONGEST_REASON,
            ),
            "reason",
        )
    if (
        actor.tenant_id is not None
        or not actor.may(VISIT)
        or not region_contains(actor.region_code, tenant.code)
    ):
        raise NotAllowed(_("Anda tidak berhak mengunjungi desa ini."))
    with platform_rows():
        db.session.execute(
            select(TenantRow.id).where(TenantRow.id == tenant.id).with_for_update(key_share=True)
        )
        present = open_visit_of(tenant.id)
        if present is not None:
            if not _is_visitor(present.id, actor.account_id):
                db.session.rollback()
                raise Refused(
                    _("%(name)s sedang berkunjung ke desa ini.", name=present.account_name), "reason"
                )
            _close(present.id, actor.account_id)
        moment = now()
        visit = SupportVisit(
            tenant_id=tenant.id, account_id=actor.account_id, account_name=actor.name, reason=why, started_at=moment,
            expires_at=moment + LENGTH,
        )  # fmt: skip
        db.session.add(visit)
        db.session.flush()
        address = ticket_to(actor, place_of(tenant.id), visit_id=visit.id)
        _note(tenant, "visit.started", visit.id, why, {"reason": why, "until": visit.expires_at})
        commit_and_forget(accounts=[actor.account_id], places=[tenant.id])
    return address


def end_support_visit(visit_id: UUID, *, tenant: Tenant, by: Actor) -> None:
    """End an open visit: the visitor, the village's account manager, or an officer who may visit there.

    Raises NotAllowed. A visit that is over already stays as it is.
    """
    with platform_rows():
        visit = db.session.scalars(
            select(SupportVisit)
            .where(SupportVisit.id == visit_id, SupportVisit.tenant_id == tenant.id)
            .with_for_update()
        ).one_or_none()
        if visit is None or not _may_end(visit, tenant, by):
            db.session.rollback()
            raise NotAllowed(_("Anda tidak dapat mengakhiri kunjungan ini."))
        if visit.ended_at is not None or visit.expires_at <= now():
            db.session.rollback()
            return
        _close(visit_id, visit.account_id)
        _note(tenant, "visit.ended", visit_id, visit.account_name, {"reason": visit.reason})
        commit_and_forget(accounts=[visit.account_id], places=[tenant.id])


def close_visits_of(account_id: UUID) -> list[UUID]:
    """End all open visits of an officer whose work above changes, in the open transaction; both logs say so.

    Returns the villages; the caller commits with `commit_and_forget(places=…)`.
    """
    query = (
        select(SupportVisit, TenantRow)
        .join(TenantRow, TenantRow.id == SupportVisit.tenant_id)
        .where(SupportVisit.account_id == account_id)
        .where(SupportVisit.ended_at.is_(None), SupportVisit.expires_at > now())
        .order_by(SupportVisit.tenant_id)
    )
    found = [(visit, as_tenant(row)) for visit, row in db.session.execute(query)]
    for visit, tenant in found:
        _close(visit.id, account_id)
        _note(tenant, "visit.ended", visit.id, visit.account_name, {"reason": visit.reason})
    return [tenant.id for _visit, tenant in found]


def visits_of(tenant_id: UUID, limit: int = 20) -> list[SupportVisit]:
    """The visits of a village, newest first (inside a platform scope)."""
    query = (
        select(SupportVisit)
        .where(SupportVisit.tenant_id == tenant_id)
        .order_by(SupportVisit.started_at.desc())
        .limit(limit)
    )
    return list(db.session.scalars(query))


def _may_end(visit: SupportVisit, tenant: Tenant, by: Actor) -> bool:
    if visit.account_id == by.account_id:
        return True
    if by.tenant_id is not None:
        return by.tenant_id == tenant.id and by.may(MAY_END)
    return by.may(VISIT) and region_contains(by.region_code, tenant.code)


def _is_visitor(visit_id: UUID, account_id: UUID) -> bool:
    return db.session.scalar(select(SupportVisit.account_id).where(SupportVisit.id == visit_id)) == account_id


def _close(visit_id: UUID, account_id: UUID) -> None:
    moment = now()
    db.session.execute(update(SupportVisit).where(SupportVisit.id == visit_id).values(ended_at=moment))
    db.session.execute(
        update(SignInSession)
        .where(SignInSession.account_id == account_id, SignInSession.support_visit_id == visit_id)
        .where(SignInSession.ended_at.is_(None))
        .values(ended_at=moment)
    )


def _note(tenant: Tenant, action: str, visit_id: UUID, summary: str, details: dict[str, object]) -> None:
    """Write into both logs. The village's is committed first: no visit without its line there."""
    record(
        action, object_type="visit", object_id=visit_id, summary=summary, details=details, tenant_id=tenant.id
    )
    with tenant_scope(tenant):
        record(action, object_type="visit", object_id=visit_id, summary=summary, details=details)
        db.session.commit()
