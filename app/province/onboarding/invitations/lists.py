"""Batches and invitations as offices see them: by key, as far as their region reaches."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, not_, or_, select

from app.core.village.errors import Missing
from app.extensions import db
from app.province.onboarding.applications.models import Application
from app.province.onboarding.invitations.models import InvitationBatch, OnboardingInvitation
from app.province.onboarding.invitations.services import OVER
from app.province.onboarding.invitations.words import STATUSES
from app.province.regions import Territory, within
from tenants.models import TenantRow, now

PAGE = 50
BATCHES = 20
Invitation = OnboardingInvitation


@dataclass(frozen=True, slots=True)
class Line:
    """An invitation with its village and how it stands (a key of `words.STATUSES`)."""

    invitation: OnboardingInvitation
    village: TenantRow
    status: str
    batch: InvitationBatch


@dataclass(frozen=True, slots=True)
class BatchLine:
    """A batch with how many villages it invited and how many of them applied."""

    batch: InvitationBatch
    total: int
    used: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the list is narrowed to."""

    here: Territory
    status: str = ""
    batch_id: uuid.UUID | None = None
    search: str = ""

    @classmethod
    def from_args(cls, args: Mapping[str, str], here: Territory) -> Wanted:
        """From a query string; what makes no sense is left out."""
        status = args.get("keadaan", "")
        try:
            batch_id = uuid.UUID(args.get("gelombang", ""))
        except ValueError:
            batch_id = None
        search = " ".join(args.get("q", "").replace("\x00", "").split())[:80]
        return cls(here, status if status in STATUSES else "", batch_id, search)

    def as_args(self) -> dict[str, Any]:
        """The query string that leads back here, without the region."""
        values = {"keadaan": self.status, "gelombang": self.batch_id, "q": self.search}
        return {name: value for name, value in values.items() if value}


def status() -> ColumnElement[str]:
    """How an invitation stands, as an expression over invitation, village and application."""
    used = and_(Application.submitted_at.is_not(None), Application.state.not_in(OVER))
    begun = and_(Application.id.is_not(None), Application.state.not_in(OVER))
    ended = or_(Invitation.ended_at.is_not(None), Invitation.expires_at <= now())
    return case(
        (Invitation.revoked_at.is_not(None), "revoked"),
        (used, "used"),
        (TenantRow.schema_name.is_not(None), "joined"),
        (ended, "expired"),
        (begun, "opened"),
        (Invitation.sent_at.is_not(None), "sent"),
        else_="preparing",
    )


def invitations(
    wanted: Wanted, *, after: uuid.UUID | None = None, limit: int = PAGE
) -> tuple[list[Line], uuid.UUID | None]:
    """A page of invitations, newest first, and the cursor of the next page: one select."""
    query = _lines(wanted).limit(limit + 1)
    if after is not None:
        query = query.where(Invitation.id < after)
    found = [Line(*row) for row in db.session.execute(query)]
    return found[:limit], found[limit - 1].invitation.id if len(found) > limit else None


def all_invitations(wanted: Wanted) -> Iterator[Line]:
    """All of them, row by row, for exports."""
    for row in db.session.execute(_lines(wanted).execution_options(yield_per=500)):
        yield Line(*row)


def tally(wanted: Wanted) -> dict[str, int]:
    """How many invitations stand where, of the region, batch and search that are looked at: one select."""
    said = status().label("said")
    query = _joined(select(said, func.count())).where(_narrowed(wanted)).group_by(said)
    counts = {name: int(count) for name, count in db.session.execute(query)}
    return {name: counts.get(name, 0) for name in STATUSES}


def one_line(invitation_id: uuid.UUID, region_code: str) -> Line:
    """One invitation, within a region. Raises Missing."""
    query = _joined(select(Invitation, TenantRow, status(), InvitationBatch)).where(
        Invitation.id == invitation_id, within(region_code)
    )
    row = db.session.execute(query).one_or_none()
    if row is None:
        raise Missing("invitation")
    return Line(*row)


def batches(region_code: str, after: uuid.UUID | None = None) -> tuple[list[BatchLine], uuid.UUID | None]:
    """The batches of a region, newest first, and the cursor of the next page: one select."""
    used = and_(Application.submitted_at.is_not(None), not_(Application.state.in_(OVER)))
    query = (
        select(InvitationBatch, func.count(Invitation.id), func.count(case((used, 1))))
        .outerjoin(Invitation, Invitation.batch_id == InvitationBatch.id)
        .outerjoin(Application, Application.id == Invitation.application_id)
        .where(_of_region(region_code))
        .group_by(InvitationBatch.id)
        .order_by(InvitationBatch.id.desc())
        .limit(BATCHES + 1)
    )
    if after is not None:
        query = query.where(InvitationBatch.id < after)
    found = [BatchLine(*row) for row in db.session.execute(query)]
    return found[:BATCHES], found[BATCHES - 1].batch.id if len(found) > BATCHES else None


def batch_of(batch_id: uuid.UUID, region_code: str) -> InvitationBatch:
    """One batch, as far as the region reaches. Raises Missing."""
    query = select(InvitationBatch).where(InvitationBatch.id == batch_id, _of_region(region_code))
    found = db.session.scalars(query).one_or_none()
    if found is None:
        raise Missing("invitation_batch")
    return found


def _of_region(region_code: str) -> ColumnElement[bool]:
    inside = InvitationBatch.region_code.startswith(f"{region_code}.", autoescape=True)
    return or_(InvitationBatch.region_code == region_code, inside)


def _joined(query: Any) -> Any:
    return (
        query.select_from(Invitation)
        .join(TenantRow, TenantRow.id == Invitation.tenant_id)
        .join(InvitationBatch, InvitationBatch.id == Invitation.batch_id)
        .outerjoin(Application, Application.id == Invitation.application_id)
    )


def _lines(wanted: Wanted) -> Any:
    query = _joined(select(Invitation, TenantRow, status(), InvitationBatch)).where(_narrowed(wanted))
    if wanted.status:
        query = query.where(status() == wanted.status)
    return query.order_by(Invitation.id.desc())


def _narrowed(wanted: Wanted) -> ColumnElement[bool]:
    """The condition of everything that a list is narrowed to but the status."""
    parts = [within(wanted.here.code)]
    if wanted.batch_id is not None:
        parts.append(Invitation.batch_id == wanted.batch_id)
    if wanted.search:
        name = func.concat(TenantRow.term, " ", TenantRow.name)
        parts.append(
            or_(
                name.icontains(wanted.search, autoescape=True),
                TenantRow.code.startswith(wanted.search, autoescape=True),
            )
        )
    return and_(*parts)
