"""Looking at domains in the background: when somebody asks, and by the clock."""

from __future__ import annotations

import uuid

from app.core.addresses import domains, proof
from app.core.addresses.models import DomainClaim
from app.extensions import db
from tenants import schedule
from tenants.jobs import job

DUE = "addresses.look_at_due"


@job(domains.LOOK, queue="default", retries=2, timeout=90, place="platform")
def look(claim_id: str) -> None:
    """Look for the proof of one domain and write down what was found. Looking twice does no harm."""
    claim = db.session.get(DomainClaim, uuid.UUID(claim_id))
    if claim is None:
        return
    host, token = claim.host, claim.token
    # No transaction is open while strangers' servers are asked.
    db.session.rollback()
    domains.settle(uuid.UUID(claim_id), token, proof.look_for(host, token))


@job(DUE, queue="default", retries=1, timeout=120, place="platform")
def look_at_due() -> None:
    """Ask for a look at each domain whose time has come."""
    domains.ask_for_due()


schedule.every("*/5 * * * *", DUE)
