"""The PIN with which a village signs visits on its mentor's phone.

A PIN has six digits, so a copy of the database alone must not be enough to find it out: before argon2 it is mixed with
a key that follows from SECRET_KEY, and with the village's id. Tries are counted in the row before the PIN is looked
at, whoever tries in parallel; the fifth wrong one in a row locks it for a day, or until the village sets a new one.
"""

from __future__ import annotations

import datetime as dt
import uuid

from flask_babel import gettext as _
from sqlalchemy import case, select, update
from sqlalchemy.dialects.postgresql import insert

from app.core import audit
from app.core.accounts.passwords import hash_password, verify_password
from app.core.accounts.scoping import platform_rows
from app.core.accounts.secrets import keyed_digest
from app.core.actors import Actor
from app.core.ui.formats import moment
from app.core.village.errors import Invalid
from app.extensions import db
from app.government.selfservice.accounts.pins import pin_problem
from app.province.mentoring.visits.errors import Refused
from app.province.mentoring.visits.models import VillagePin
from app.province.mentoring.visits.telling import tell
from tenants.models import now
from tenants.scope import current_tenant

MOST_WRONG = 5
LOCKED_FOR = dt.timedelta(hours=24)


def set_pin(pin: str, again: str, *, by: Actor) -> None:
    """Give the present village a new PIN; a lock ends, the old PIN is worth nothing. Commits.

    Raises Invalid for a PIN that is easily guessed or typed differently twice; Refused for a visitor of the province.
    """
    if by.support_visit is not None:
        raise Refused(_("PIN ditetapkan oleh orang desa sendiri."))
    if problem := pin_problem(pin, "", None):
        raise Invalid("pin", problem)
    if pin != again:
        raise Invalid("again", _("PIN kedua berbeda. Ketik PIN yang sama dua kali."))
    tenant = current_tenant()
    values = {
        "pin_hash": hash_password(_mixed(tenant.id, pin)), "set_by": by.name, "set_at": now(), "failures": 0,
        "locked_until": None,
    }  # fmt: skip
    with platform_rows():
        note = insert(VillagePin).values(tenant_id=tenant.id, row_version=1, **values)
        again_set = {**values, "row_version": VillagePin.row_version + 1}
        db.session.execute(note.on_conflict_do_update(index_elements=["tenant_id"], set_=again_set))
        db.session.commit()
    audit.record("mentoring_pin.set", object_type="mentoring_pin", summary=tenant.full_name)
    db.session.commit()


def pin_of(tenant_id: uuid.UUID) -> VillagePin | None:
    """What is kept of a village's PIN: who set it when, and until when it is locked; None before it set one."""
    with platform_rows():
        query = select(VillagePin).where(VillagePin.tenant_id == tenant_id)
        row = db.session.scalars(query.execution_options(populate_existing=True)).one_or_none()
        if row is not None:
            db.session.expunge(row)
        return row


def is_locked(pin: VillagePin | None) -> bool:
    """Whether nobody can sign with the PIN now."""
    return pin is not None and pin.locked_until is not None and pin.locked_until > now()


def use_pin(tenant_id: uuid.UUID, pin: str, *, visit_id: uuid.UUID) -> None:
    """Count a try, then look whether this is the village's PIN (inside a platform scope). Commits.

    `right_pin` forgets the tries in the transaction of what was signed. Raises Refused where the village has no PIN or
    it is locked; Invalid for a wrong one, with how many tries are left.
    """
    kept = _count_try(tenant_id)
    db.session.commit()
    if kept is None:
        raise Refused(_why_none(tenant_id))
    pin_hash, failures = kept
    if verify_password(pin_hash, _mixed(tenant_id, pin)):
        return
    is_last = failures >= MOST_WRONG
    audit.record(
        "mentoring_pin.locked" if is_last else "mentoring_pin.wrong",
        object_type="mentoring_visit", object_id=visit_id, tenant_id=tenant_id, details={"tries": failures},
    )  # fmt: skip
    if is_last:
        tell("pin_locked", tenant_id, visit_id)
    db.session.commit()
    if is_last:
        raise Refused(_why_none(tenant_id))
    raise Invalid(
        "pin",
        _("PIN tidak cocok. Setelah %(left)s kali salah lagi, PIN terkunci.", left=MOST_WRONG - failures),
    )


def right_pin(tenant_id: uuid.UUID) -> None:
    """Forget the tries in the open transaction: the PIN was right."""
    db.session.execute(
        update(VillagePin)
        .where(VillagePin.tenant_id == tenant_id)
        .values(failures=0, locked_until=None)
        .execution_options(synchronize_session=False)
    )


def _count_try(tenant_id: uuid.UUID) -> tuple[str, int] | None:
    """Count a try and lock with the fifth, before anything is known of it; None where no try is open."""
    present = now()
    tries = case((VillagePin.locked_until.is_not(None), 1), else_=VillagePin.failures + 1)
    row = db.session.execute(
        update(VillagePin)
        .where(
            VillagePin.tenant_id == tenant_id,
            VillagePin.locked_until.is_(None) | (VillagePin.locked_until <= present),
        )
        .values(failures=tries, locked_until=case((tries >= MOST_WRONG, present + LOCKED_FOR), else_=None))
        .returning(VillagePin.pin_hash, VillagePin.failures)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    return (row.pin_hash, row.failures) if row is not None else None


def _why_none(tenant_id: uuid.UUID) -> str:
    kept = pin_of(tenant_id)
    if kept is None or kept.locked_until is None:
        return str(
            _(
                "Desa ini belum menetapkan PIN. Kunjungan tersimpan; desa dapat menandatanganinya dari halamannya."
            )
        )
    return str(
        _(
            "PIN terkunci sampai %(moment)s karena %(count)s kali salah. Desa dapat menetapkan PIN baru, atau "
            "menandatangani dari halamannya sendiri.",
            moment=moment(kept.locked_until),
            count=MOST_WRONG,
        )
    )


def _mixed(tenant_id: uuid.UUID, pin: str) -> str:
    return keyed_digest("mentoring.pin", f"{tenant_id}:{pin}")
