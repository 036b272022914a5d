"""What complaints hold on residents: who sent them. What was reported stays, without its sender."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, exists, select, update

from app.core.casework.models import CaseStep
from app.core.privacy.vault import Vault
from app.core.ui.formats import date
from app.extensions import db
from app.government.complaints.models import Complaint
from app.government.complaints.words import STATES
from app.government.residents.models import Resident
from app.government.residents.rights.holdings import Holding, OwnPart, declare_holding
from tenants.models import now

MOST = 1000
SENDER = ("name", "contact")


def declare() -> None:
    """Say what complaints hold on residents (at start)."""
    declare_holding(Holding("complaints", _l("Pengaduan"), forget, own, in_use))


def forget(resident_ids: Sequence[uuid.UUID], vault: Vault) -> None:
    """Take account, resident, name and contact off what these residents sent."""
    query = select(Complaint).where(Complaint.resident_id.in_(resident_ids)).with_for_update()
    for row in db.session.scalars(query).all():
        kept = {
            name: value
            for name, value in vault.open_json(row.box, f"complaint:{row.id}").items()
            if name not in SENDER
        }
        row.box = vault.seal_json(kept, f"complaint:{row.id}")
        row.account_id = row.resident_id = row.idempotency_key = None
        row.row_version, row.updated_at = row.row_version + 1, now()
        theirs = CaseStep.subject_id == row.id, CaseStep.by_kind == "resident"
        db.session.execute(update(CaseStep).where(*theirs).values(by_id=None, by_name=""))
    db.session.flush()


def own(resident_id: uuid.UUID, vault: Vault) -> OwnPart:
    """What a person sent under their name, the newest first; anonymous ones are known to nobody."""
    query = select(Complaint).where(Complaint.resident_id == resident_id)
    records: list[dict[str, Any]] = []
    ids = []
    for row in db.session.scalars(query.order_by(Complaint.received_at.desc()).limit(MOST)):
        said = vault.open_json(row.box, f"complaint:{row.id}")
        records.append(
            {
                "label": f"{date(row.received_at)}: {said.get('title', row.title)}",
                "text": f"{said.get('text', '')} ({STATES[row.state]})",
                "received_at": row.received_at.isoformat(),
                "category": row.category,
                "state": row.state,
                "contact": said.get("contact", ""),
                "place": said.get("place", ""),
                "answer": row.answer,
                "rating": row.rating,
            }
        )
        ids.append(row.id)
    return OwnPart(records, (), ids)


def in_use() -> ColumnElement[bool]:
    """Residents who sent a complaint under their name."""
    return exists().where(Complaint.resident_id == Resident.id)
