"""A participant's own page, `/ikut/<token>`: without an account, for whoever holds the token of a seat.

Other parts of training add sections to it (tests, material, evaluation, certificate, self check-in) by `add_section`;
pages of their own below `/ikut/<token>/…` begin with `own_page(token)`, which raises Missing for a token that is none.
They extend `training_participants/public/layout.html`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import select

from app.core.accounts.secrets import digest
from app.core.links import province_url
from app.core.village.errors import Missing
from app.extensions import db
from app.province.training.events.models import TrainingEvent, TrainingSession, TrainingVenue
from app.province.training.participants.models import TrainingInvitation, TrainingParticipant, TrainingPerson
from tenants.models import SERVED_STATES, TenantRow

TOKEN = 22
"""Letters of a seat's token (see `people.new_seat_token`): addresses say `<string(length=22):token>`."""


@dataclass(frozen=True, slots=True)
class OwnPage:
    """Whose page it is, of which event. Rows are the platform's, to be read only inside its scope."""

    seat: TrainingParticipant
    person: TrainingPerson
    event: TrainingEvent
    venue: TrainingVenue | None
    village: TenantRow | None
    sessions: tuple[TrainingSession, ...]

    @property
    def token(self) -> str:
        """What stands in the page's address and in its QR."""
        return self.seat.token

    @property
    def is_taking_part(self) -> bool:
        """Whether the seat is theirs (not waiting, given to somebody else, or cancelled)."""
        return self.seat.seat == "registered"

    @property
    def village_name(self) -> str:
        """`Pekon Gisting Atas`; empty for people of offices."""
        return f"{self.village.term} {self.village.name}" if self.village else ""


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the page. `read` gives what `template` shows as `found`; None leaves the section out."""

    order: int
    template: str
    read: Callable[[OwnPage], object | None]


_sections: dict[str, Section] = {}


def add_section(order: int, template: str, read: Callable[[OwnPage], object | None]) -> None:
    """Add a section to every participant's page (a part's manifest does so at start).

    Args:
        order: sections stand in this order; 10 check-in, 20 test before, 30 material, 40 test after, 50 evaluation,
            60 certificate.
        template: included with `found` (what `read` gave) and `own` (the OwnPage).
        read: called inside the platform's scope for a page whose seat is taken; must not commit.
    """
    _sections[template] = Section(order, template, read)


def sections_of(own: OwnPage) -> list[tuple[str, object]]:
    """The templates of the sections that say something on this page, with what they show."""
    if not own.is_taking_part:
        return []
    found = [(one.template, one.read(own)) for one in sorted(_sections.values(), key=lambda s: s.order)]
    return [(template, shown) for template, shown in found if shown is not None]


def own_page(token: str) -> OwnPage:
    """The page that a token opens: two selects, inside a platform scope. Raises Missing."""
    query = (
        select(TrainingParticipant, TrainingPerson, TrainingEvent, TrainingVenue, TenantRow)
        .join(TrainingPerson, TrainingPerson.id == TrainingParticipant.person_id)
        .join(TrainingEvent, TrainingEvent.id == TrainingParticipant.event_id)
        .outerjoin(TrainingVenue, TrainingVenue.id == TrainingEvent.venue_id)
        .outerjoin(TenantRow, TenantRow.id == TrainingParticipant.tenant_id)
        .where(TrainingParticipant.token == token)
    )
    row = db.session.execute(query).one_or_none()
    if row is None or row[2].state == "draft":
        raise Missing("training_participant")
    return OwnPage(row[0], row[1], row[2], row[3], row[4], _sessions(row[2]))


def page_url(token: str) -> str:
    """The full address of a participant's page, for QR codes and messages."""
    return province_url("training_page.show", token=token)


@dataclass(frozen=True, slots=True)
class OpenInvitation:
    """What a letter's QR code opens: an event and the village that it was written to."""

    event: TrainingEvent
    invitation: TrainingInvitation
    village: TenantRow
    venue: TrainingVenue | None
    sessions: tuple[TrainingSession, ...]

    @property
    def village_name(self) -> str:
        """`Pekon Gisting Atas`."""
        return f"{self.village.term} {self.village.name}"

    @property
    def is_served(self) -> bool:
        """Whether the village has pages of its own here."""
        return self.village.schema_name is not None and self.village.state in SERVED_STATES


def open_invitation(token: str) -> OpenInvitation:
    """The invitation that a letter's token opens: two selects, inside a platform scope. Raises Missing."""
    query = (
        select(TrainingInvitation, TrainingEvent, TenantRow, TrainingVenue)
        .join(TrainingEvent, TrainingEvent.id == TrainingInvitation.event_id)
        .join(TenantRow, TenantRow.id == TrainingInvitation.tenant_id)
        .outerjoin(TrainingVenue, TrainingVenue.id == TrainingEvent.venue_id)
        .where(TrainingInvitation.token_digest == digest(token))
    )
    row = db.session.execute(query).one_or_none()
    if row is None or row[1].state == "draft":
        raise Missing("training_invitation")
    return OpenInvitation(row[1], row[0], row[2], row[3], _sessions(row[1]))


def _sessions(event: TrainingEvent) -> tuple[TrainingSession, ...]:
    query = select(TrainingSession).where(TrainingSession.event_id == event.id)
    return tuple(db.session.scalars(query.order_by(TrainingSession.starts_at, TrainingSession.id)))
