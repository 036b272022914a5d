"""From one host to another without signing in again: a ticket of 60 seconds, bound to account and host, used once."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import select, update

from app.core.accounts import single_use
from app.core.accounts.errors import LinkInvalid, NotAllowed
from app.core.accounts.loading import accept_work, build_actor
from app.core.accounts.models import Account, SignInSession
from app.core.accounts.places import Place, places_of
from app.core.accounts.scoping import platform_rows
from app.core.accounts.sessions import LIFETIME, add_session
from app.core.accounts.sign_in import Device, SignedIn
from app.core.actors import Actor, acting_as
from app.core.audit import record
from app.core.links import host_origin
from app.extensions import db
from tenants.models import now
from tenants.scope import current_tenant_or_none

CROSSING_PATH = "/masuk/tiket"


def cross(actor: Actor, tenant_id: UUID | None, next_path: str = "") -> str:
    """Make a ticket to a place where the account works and return the address to go to.

    The second factor counts there as it does here. Raises NotAllowed when the account does not work there.
    """
    here = current_tenant_or_none()
    far = here is not None and here.own_host is not None
    with platform_rows():
        target = next((p for p in places_of(actor.account_id) if p.tenant_id == tenant_id), None)
        if target is None or actor.support_visit is not None:
            db.session.rollback()
            raise NotAllowed(_("Akun Anda tidak terdaftar di tempat itu."))
        address = ticket_to(actor, target, next_path=next_path, far=far)
        db.session.commit()
    return address


def ticket_to(
    actor: Actor, target: Place, *, visit_id: UUID | None = None, next_path: str = "", far: bool = False
) -> str:
    """Write a ticket in the open transaction and return the address on the target host that takes it.

    `far`: it is made at a village's own domain, which for browsers is another site than ours.
    """
    payload = {
        "since": _signed_in_since(actor).isoformat(),
        "tenant": str(target.tenant_id) if target.tenant_id else "",
        "second_factor_at": actor.second_factor_at.isoformat() if actor.second_factor_at else "",
        "visit": str(visit_id) if visit_id else "",
        "next": next_path,
        "far": far or not _is_ours(target.host),
    }
    row = single_use.issue("crossing", actor.account_id, target.host, single_use.CROSSING_LIFE, payload)
    text = single_use.text_of("crossing", row.id)
    return f"{host_origin(target.host)}{CROSSING_PATH}?t={text}"


def owner_of(text: str, device: Device) -> tuple[UUID, str, bool]:
    """Whose ticket it is, id and e-mail address, and whether it leads from or to a village's own domain, which for
    browsers is another site; it stays unused. Raises LinkInvalid."""
    with platform_rows():
        row = single_use.peek("crossing", text, device.host)
        email = str(db.session.scalar(select(Account.email).where(Account.id == row.account_id)))
        return row.account_id, email, bool(row.payload.get("far"))


def arrive(text: str, device: Device) -> tuple[SignedIn, str]:
    """Use a ticket up and open a session on its host; also return the path to go on to (may be empty).

    The session is as old as the one that the ticket was made in: going from host to host makes none longer.

    Raises LinkInvalid for a ticket that was used, has expired, or belongs to another host or to somebody who has no
    work there any more.
    """
    with platform_rows():
        row = single_use.consume("crossing", text, device.host)
        payload = row.payload
        visit_id = UUID(payload["visit"]) if payload.get("visit") else None
        proven_at = (
            dt.datetime.fromisoformat(payload["second_factor_at"])
            if payload.get("second_factor_at")
            else None
        )
        actor = None
        if payload.get("tenant", "") == (str(device.tenant_id) if device.tenant_id else ""):
            actor = build_actor(
                row.account_id, device.tenant_id, support_visit_id=visit_id, second_factor_at=proven_at
            )
        since = dt.datetime.fromisoformat(payload["since"])
        if actor is None or (actor.has_second_factor and proven_at is None) or since + LIFETIME <= now():
            db.session.commit()
            raise LinkInvalid(single_use.dead_link("crossing"))
        token = add_session(
            actor.account_id,
            device.host,
            device.tenant_id,
            second_factor_at=proven_at,
            support_visit_id=visit_id,
            since=since,
            user_agent=device.user_agent,
            address=device.address,
        )
        if visit_id is None:
            _note_arrival(actor, device)
        db.session.commit()
    return SignedIn(token, actor), str(payload.get("next", ""))


def _is_ours(host: str) -> bool:
    base = str(current_app.config["BASE_HOST"])
    return host == base or host.endswith(f".{base}")


def _signed_in_since(actor: Actor) -> dt.datetime:
    query = select(SignInSession.created_at).where(SignInSession.id == actor.session_id)
    return db.session.scalar(query) or now()


def _note_arrival(actor: Actor, device: Device) -> None:
    """Write down who came; a visit is in both logs already."""
    db.session.execute(update(Account).where(Account.id == actor.account_id).values(last_sign_in_at=now()))
    accept_work(actor.account_id, device.tenant_id)
    with acting_as(actor):
        record(
            "session.crossed", object_type="account", object_id=actor.account_id, tenant_id=device.tenant_id
        )
