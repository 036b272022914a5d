"""Domains that villages say are theirs, before and after that was proved."""

import datetime as dt
import uuid

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, Index, Integer, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import PlatformModel
from tenants.ids import uuid7
from tenants.models import now

Moment = DateTime(timezone=True)

STATES = ("waiting", "proved", "doubted", "expired", "lost")
"""waiting: to be proved; proved: leads to the village; doubted: still leads there, but its proof was missing lately;
expired: not proved in time; lost: leads nowhere any more, since its proof stayed away or another village proved it."""
SERVED = ("proved", "doubted")
"""In these a claim has its row in `platform.domain`."""


class DomainClaim(PlatformModel):
    """A village's word that a domain is its own. Several villages may say so; the first to prove it gets it."""

    __tablename__ = "domain_claim"
    __table_args__ = (
        CheckConstraint(f"state IN {STATES}", name="state"),
        CheckConstraint("method IN ('', 'dns', 'file')", name="method"),
        Index("uq_domain_claim_tenant_host", "tenant_id", "host", unique=True),
        Index("uq_domain_claim_served", "host", unique=True, postgresql_where=text(f"state IN {SERVED}")),
        Index("ix_domain_claim_next_check_at", "next_check_at"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    tenant_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("platform.tenant.id"))
    host: Mapped[str] = mapped_column(Text)
    """As it is asked for: lower case, ASCII (xn--…)."""
    token: Mapped[str] = mapped_column(Text)
    """What the village puts into DNS or into a file; public by nature, of no use to anybody else."""
    state: Mapped[str] = mapped_column(Text, default="waiting")
    method: Mapped[str] = mapped_column(Text, default="")
    error: Mapped[str] = mapped_column(Text, default="")
    """What the last look met, as a word of `words.py`; empty when all was well or nobody has looked."""
    checks: Mapped[int] = mapped_column(Integer, default=0)
    checked_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    asked_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    """When somebody last asked to look at once."""
    next_check_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    proved_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    doubted_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    added_by: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[dt.datetime] = mapped_column(Moment, default=now)
    renewed_at: Mapped[dt.datetime] = mapped_column(Moment, default=now)
    """From when on the days count in which it has to be proved."""
