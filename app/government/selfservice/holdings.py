"""What self-service holds on residents: the account with its contacts, the devices, and what it was told."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, delete, exists, select, update

from app.core.casework.files import remove_files
from app.core.casework.models import CaseStep
from app.core.notifications.models import Notification
from app.core.privacy.vault import Vault
from app.core.ui.formats import moment
from app.extensions import db
from app.government.letters.models import Letter
from app.government.residents.models import Resident
from app.government.residents.rights.holdings import Holding, OwnPart, declare_holding
from app.government.selfservice.accounts.boxes import CONTACTS, read_box
from app.government.selfservice.accounts.staffing import empty
from app.government.selfservice.accounts.standing import STATES
from app.government.selfservice.models import PortalAccount, PortalSession
from tenants.models import now

MOST = 1000


def declare() -> None:
    """Say what self-service holds on residents (at start)."""
    declare_holding(Holding("selfservice", _l("Layanan mandiri"), forget, own, in_use))


def forget(resident_ids: Sequence[uuid.UUID], vault: Vault) -> None:
    """Close and empty the accounts; devices, steps and notifications go, and letters for others lose the account."""
    query = select(PortalAccount).where(PortalAccount.resident_id.in_(resident_ids)).with_for_update()
    accounts = db.session.scalars(query).all()
    ids = [account.id for account in accounts]
    if not ids:
        return
    for account in accounts:
        empty(account)
        remove_files(account.id)
        account.pin_hash = account.activated_at = account.last_sign_in_at = account.locked_at = None
        account.preferences, account.activated_by = {}, ""
        account.row_version, account.updated_at = account.row_version + 1, now()
    db.session.flush()
    db.session.execute(delete(PortalSession).where(PortalSession.account_id.in_(ids)))
    db.session.execute(delete(CaseStep).where(CaseStep.subject_id.in_(ids)))
    told = Notification.audience == "resident", Notification.recipient_id.in_(ids)
    db.session.execute(delete(Notification).where(*told))
    db.session.execute(delete(Notification).where(Notification.subject_id.in_(ids)))
    asked = update(Letter).where(Letter.account_id.in_(ids))
    db.session.execute(asked.values(account_id=None, idempotency_key=None))


def own(resident_id: uuid.UUID, vault: Vault) -> OwnPart:
    """The person's account, where it reaches them, and what it was told, the newest first."""
    account = db.session.scalar(select(PortalAccount).where(PortalAccount.resident_id == resident_id))
    if account is None:
        return OwnPart([])
    kept = read_box(account, vault)
    contacts = {name: kept.get(name, "") for name in CONTACTS}
    records: list[dict[str, Any]] = [
        {
            "label": str(_("Akun")),
            "text": " · ".join(filter(None, (str(STATES[account.state]), *contacts.values()))),
            "state": account.state,
            **contacts,
            "card_tag": kept.get("card_tag", ""),
            "activated_at": account.activated_at.isoformat() if account.activated_at else None,
            "last_sign_in_at": account.last_sign_in_at.isoformat() if account.last_sign_in_at else None,
        }
    ]
    query = select(Notification).where(
        Notification.audience == "resident", Notification.recipient_id == account.id
    )
    for row in db.session.scalars(query.order_by(Notification.id.desc()).limit(MOST)):
        said = vault.open_json(row.box, f"notification:{row.id}")
        records.append(
            {
                "label": f"{moment(row.created_at)}: {said.get('title', '')}",
                "text": str(said.get("text", "")),
                "at": row.created_at.isoformat(),
                "channel": row.channel,
                "state": row.state,
            }
        )
    return OwnPart(records, (), [account.id])


def in_use() -> ColumnElement[bool]:
    """Residents with an account that is not closed."""
    mine = PortalAccount.resident_id == Resident.id
    return exists().where(mine, PortalAccount.state != "closed")
