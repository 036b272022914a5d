"""What the tests of learning share: seats' tokens, people who came, certificates that were issued."""

from __future__ import annotations

import uuid

from sqlalchemy import select

from app.core.hosting import SigerFlask
from app.extensions import db
from app.province.training.learning import certificates
from app.province.training.learning.certificates import CertificateSigner, Rule
from app.province.training.learning.models import TrainingCertificate
from app.province.training.participants.models import TrainingParticipant
from tenants.scope import platform_scope
from tests.support.training import a_session, an_event, attend, participants_of
from tests.support.work import settle

SIGNER = CertificateSigner("Drs. Contoh", "Kepala Dinas", "19700101")


def token_of(app: SigerFlask, participant_id: uuid.UUID) -> str:
    """What opens a participant's page."""
    with app.app_context(), platform_scope():
        return db.session.get_one(TrainingParticipant, participant_id).token


def attended(
    app: SigerFlask, village: str, number: int, region: str = "18.06", sessions: int = 1
) -> tuple[uuid.UUID, list[uuid.UUID]]:
    """An event with so many people of a village who came to all of its sessions."""
    event = an_event(app, region)
    seats = participants_of(app, event, village, number)
    for hour in range(sessions):
        attend(app, a_session(app, event, starts_in_hours=-1 - hour, hours=1), seats)
    return event, seats


def issued(app: SigerFlask, event_id: uuid.UUID, office: str = "18.06", rule: Rule | None = None) -> int:
    """Issue an event's certificates and make them; how many were numbered."""
    with app.app_context(), platform_scope():
        count, _run = certificates.issue(event_id, rule or Rule(), SIGNER, office=office)
    settle(app)
    return count


def certificates_kept(app: SigerFlask, event_id: uuid.UUID) -> list[TrainingCertificate]:
    """An event's certificates by number."""
    with app.app_context(), platform_scope():
        query = select(TrainingCertificate).where(TrainingCertificate.event_id == event_id)
        rows = list(db.session.scalars(query.order_by(TrainingCertificate.year, TrainingCertificate.number)))
        db.session.expunge_all()
        return rows
