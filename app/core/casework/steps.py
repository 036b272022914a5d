"""The dated steps of a case, each attributed to whoever took it."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from app.core.actors import current_actor
from app.core.badges import forget_badges
from app.core.casework.models import CaseStep
from app.core.privacy.masking import mask_personal
from app.core.privacy.vault import Vault
from app.extensions import db
from tenants.ids import uuid7

LONGEST_NOTE = 1000


def add_step(
    subject_kind: str,
    subject_id: uuid.UUID,
    kind: str,
    *,
    by_kind: str = "staff",
    by_name: str | None = None,
    by_id: uuid.UUID | None = None,
    note: str = "",
    is_public: bool = True,
    details: dict[str, Any] | None = None,
    private: dict[str, Any] | None = None,
    vault: Vault | None = None,
) -> CaseStep:
    """Add a step to a case in the open transaction and return it.

    Args:
        subject_kind, subject_id: the case, as `CaseStep` names it.
        kind: the step in the words of that case.
        by_kind: staff, resident, kiosk, system or program. Who it was is taken from the acting person unless named.
        note: words for people; numbers of persons in it are masked.
        is_public: whether whoever asked is shown this step.
        details: plain values without anything personal.
        private: personal values, sealed; needs a `vault` opened for writing.
    Raises:
        ValueError: `private` without a vault.
    """
    actor = current_actor()
    step = CaseStep(
        id=uuid7(),
        subject_kind=subject_kind,
        subject_id=subject_id,
        kind=kind,
        by_kind=by_kind,
        by_id=by_id or (actor.account_id if actor else None),
        by_name=by_name if by_name is not None else (actor.name if actor else ""),
        note=mask_personal(note)[:LONGEST_NOTE],
        is_public=is_public,
        details=details or {},
    )
    if private is not None:
        if vault is None:
            raise ValueError("what is private needs a vault")
        step.box = vault.seal_json(private, f"case_step:{step.id}")
    db.session.add(step)
    forget_badges()
    return step


def steps_of(subject_id: uuid.UUID, *, public_only: bool = False) -> Sequence[CaseStep]:
    """The steps of a case, the first one first: one select."""
    query = select(CaseStep).where(CaseStep.subject_id == subject_id).order_by(CaseStep.at, CaseStep.id)
    if public_only:
        query = query.where(CaseStep.is_public)
    return db.session.scalars(query).all()


def private_of(step: CaseStep, vault: Vault) -> dict[str, Any]:
    """What a step keeps sealed; an empty dict where it keeps nothing."""
    opened: dict[str, Any] = vault.open_json(step.box, f"case_step:{step.id}")
    return opened
