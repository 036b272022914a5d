"""Invitations and forgotten passwords: what is asked for in a request, and the letters that a job writes for it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from urllib.parse import urlencode
from uuid import UUID

from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import select, update

from app.core.accounts import single_use
from app.core.accounts.api_tokens import end_tokens
from app.core.accounts.errors import Refused
from app.core.accounts.loading import build_actor, held_roles
from app.core.accounts.models import Account, Membership, SingleUseToken
from app.core.accounts.passwords import hash_password, password_problem
from app.core.accounts.places import level_of, office_at, place_of, region_name
from app.core.accounts.scoping import mark_stale, platform_rows
from app.core.accounts.secrets import keyed_digest
from app.core.accounts.sessions import mark_ended
from app.core.accounts.sign_in import Device, SignedIn, open_for
from app.core.accounts.stamps import commit_and_forget
from app.core.actors import acting_as
from app.core.audit import record
from app.core.forms import canonical_email
from app.core.language import PARAMETER
from app.core.mail import Letter, send_later, writes_letter
from app.extensions import db
from tenants.ids import uuid7
from tenants.models import TenantRow, now


@dataclass(frozen=True, slots=True)
class Invited:
    """Whom an invitation is for, and where to."""

    name: str
    email: str
    place: str
    role_label: str


# --- invitations ---------------------------------------------------------------------------------------------------


def invite(
    account: Account, tenant_id: UUID | None, *, invited_by: str, then: str = "", office: str = ""
) -> None:
    """Ask in the open transaction for the letter that tells an account of its new work (None: for the province).

    Somebody without a password gets a link to choose one; others are told that they may sign in there now. `then` is
    the path of the page to which they come afterwards; the start page where it is empty. `office` is the region of an
    officer who invites into a village: the letter names the office, since nobody there may know the officer.
    """
    payload = {
        "tenant": str(tenant_id) if tenant_id else "",
        "by": invited_by,
        "then": then,
        "office": office,
    }
    host = place_of(tenant_id).host
    row = single_use.issue("invitation", account.id, host, single_use.INVITATION_LIFE, payload)
    db.session.flush()
    send_later("invitation", row.id, tenant_id)


def invitation(text: str, device: Device) -> Invited:
    """Who is invited by a link that still works. Raises LinkInvalid."""
    with platform_rows():
        row = single_use.peek("invitation", text, device.host)
        account = db.session.scalars(select(Account).where(Account.id == row.account_id)).one()
        place = place_of(UUID(row.payload["tenant"]) if row.payload.get("tenant") else None)
        name = _name_there(account, place.tenant_id)
        return Invited(name, account.email, place.name, _role_there(account.id, place.tenant_id))


def accept_invitation(text: str, name: str, password: str, device: Device) -> SignedIn:
    """Choose name and password by an invitation's link and sign in on its host.

    Raises LinkInvalid, or Refused for a password that is too weak. An account that has a password already keeps it:
    such a link only tells of new work.
    """
    with platform_rows():
        row = single_use.peek("invitation", text, device.host)
        account = db.session.scalars(select(Account).where(Account.id == row.account_id)).one()
        problem = password_problem(password, account.email, name)
        known, account_id, then = account.password_hash is not None, account.id, row.payload.get("then", "")
        db.session.rollback()
        if known:
            raise Refused(
                _("Akun ini sudah punya kata sandi. Silakan masuk dengan kata sandi itu."), "password"
            )
        if problem:
            raise Refused(problem, "password")
        password_hash = hash_password(password)
        single_use.consume("invitation", text, device.host)
        db.session.execute(
            update(Account)
            .where(Account.id == account_id, Account.password_hash.is_(None))
            .values(name=name, password_hash=password_hash)
        )
        actor = build_actor(account_id, device.tenant_id)
        if actor is None:
            db.session.rollback()
            raise Refused(_("Akun ini tidak lagi terdaftar di sini."))
        with acting_as(actor):
            record(
                "invitation.accepted",
                object_type="account",
                object_id=account_id,
                tenant_id=device.tenant_id,
            )
        if device.tenant_id is not None:
            mark_stale(device.tenant_id)
        commit_and_forget(accounts=[account_id], places=[device.tenant_id])
        return replace(open_for(actor, device, second_factor=False), then=then)


@writes_letter("invitation")
def _invitation_letter(token_id: UUID, tenant_id: UUID | None, _occasion: str) -> Letter | None:
    row = db.session.get(SingleUseToken, token_id)
    if row is None or row.used_at is not None or row.expires_at <= now() or row.payload.get("sent"):
        return None
    account = db.session.get(Account, row.account_id)
    if account is None or not account.is_active:
        return None
    with force_locale(account.locale):
        place = place_of(tenant_id)
        facts = {
            "name": account.name,
            "by": row.payload.get("by", ""),
            "place": place.name,
            "role": _role_there(account.id, tenant_id),
            "email": account.email,
        }
        office = _office(row.payload.get("office", ""))
        if office:
            facts["by"] = _("%(name)s dari %(office)s", name=facts["by"], office=office)
        if account.password_hash is None:
            facts["link"] = f"{place.origin}/undangan?t={single_use.text_of('invitation', row.id)}"
            if account.locale != "id":
                facts["link"] += f"&{PARAMETER}={account.locale}"
            text = _(
                "Halo %(name)s,\n\n%(by)s mengundang Anda bekerja di %(place)s pada Siger sebagai %(role)s.\n\n"
                "Buka tautan ini untuk membuat kata sandi (berlaku 7 hari, sekali pakai):\n%(link)s\n\n"
                "Sesudah itu Anda masuk dengan surel %(email)s.\n\n%(doubt)s\n",
                **facts,
                doubt=_("Ragu? Tanyakan kepada %(office)s sebelum membuka tautannya.", office=office)
                if office
                else _("Abaikan surat ini bila Anda tidak mengenal pengundangnya."),
            )
        else:
            then = row.payload.get("then", "")
            facts["link"] = f"{place.origin}/masuk" + (f"?{urlencode({'next': then})}" if then else "")
            text = _(
                "Halo %(name)s,\n\n%(by)s menambahkan Anda di %(place)s pada Siger sebagai %(role)s.\n\n"
                "Masuk dengan surel %(email)s dan kata sandi Anda yang sekarang:\n%(link)s\n\n%(wrong)s\n",
                **facts,
                wrong=_("Beri tahu %(office)s bila ini keliru.", office=office)
                if office
                else _("Beri tahu pengelola akun di sana bila ini keliru."),
            )
        subject = _("Undangan bekerja di %(place)s", place=place.name)
    return Letter(account.email, str(subject), str(text), f"invitation-{row.id}", partial(_mark_sent, row))


def _office(region_code: str) -> str:
    """The office of a region, as people say it; empty without one."""
    return office_at(region_name(region_code), level_of(region_code)) if region_code else ""


def _name_there(account: Account, tenant_id: UUID | None) -> str:
    """What the inviter calls somebody."""
    here = Membership.tenant_id == tenant_id if tenant_id else Membership.region_code.is_not(None)
    typed = select(Membership.invited_name).where(Membership.account_id == account.id, here)
    return db.session.scalar(typed.limit(1)) or account.name


def _role_there(account_id: UUID, tenant_id: UUID | None) -> str:
    """What an account is in a place, in the present language and the village's words."""
    words = db.session.scalar(select(TenantRow.words).where(TenantRow.id == tenant_id)) or {}
    return ", ".join(held.spoken(words) for held in held_roles(account_id) if held.tenant_id == tenant_id)


# --- forgotten passwords -------------------------------------------------------------------------------------------


def ask_for_reset(email: str, device: Device) -> None:
    """Ask for the letter with a reset link. For an unknown address the same is done, and the job finds nobody."""
    with platform_rows():
        account_id = db.session.scalar(select(Account.id).where(Account.email == canonical_email(email)))
        send_later("password_reset", account_id or uuid7(), device.tenant_id, occasion=uuid7())
        db.session.commit()


def check_reset(text: str, device: Device) -> str:
    """The e-mail address that a reset link is for. Raises LinkInvalid."""
    with platform_rows():
        row = single_use.peek("password_reset", text, device.host)
        return str(db.session.scalar(select(Account.email).where(Account.id == row.account_id)))


def reset_password(text: str, password: str, device: Device) -> None:
    """Choose a new password by a reset link; its sessions and API tokens end.

    Raises LinkInvalid or Refused.
    """
    with platform_rows():
        row = single_use.peek("password_reset", text, device.host)
        account = db.session.scalars(select(Account).where(Account.id == row.account_id)).one()
        account_id, name, email = account.id, account.name, account.email
        db.session.rollback()
        if problem := password_problem(password, email, name):
            raise Refused(problem, "password")
        password_hash = hash_password(password)
        single_use.consume("password_reset", text, device.host)
        db.session.execute(
            update(Account).where(Account.id == account_id).values(password_hash=password_hash)
        )
        mark_ended(account_id)
        end_tokens(account_id)
        record(
            "password.reset",
            object_type="account",
            object_id=account_id,
            summary=name,
            tenant_id=device.tenant_id,
        )
        commit_and_forget(accounts=[account_id])


@writes_letter("password_reset")
def _reset_letter(account_id: UUID, tenant_id: UUID | None, occasion: str) -> Letter | None:
    """The link follows from the occasion, so that a job which runs again writes the same letter, or none at all."""
    account = db.session.get(Account, account_id)
    if account is None or not account.is_active:
        return None
    with force_locale(account.locale):
        place = place_of(tenant_id)
    token_id = UUID(keyed_digest("password_reset", f"{account_id} {occasion}")[:32])
    row = db.session.get(SingleUseToken, token_id)
    if row is None:
        life = single_use.RESET_LIFE
        row = single_use.issue("password_reset", account_id, place.host, life, token_id=token_id)
        db.session.commit()
    elif row.used_at is not None or row.expires_at <= now() or row.payload.get("sent"):
        return None
    link = f"{place.origin}/sandi-baru?t={single_use.text_of('password_reset', row.id)}"
    with force_locale(account.locale):
        text = _(
            "Halo %(name)s,\n\nAda yang meminta kata sandi baru untuk akun Siger Anda (%(email)s) di %(place)s.\n\n"
            "Buka tautan ini untuk membuat kata sandi baru (berlaku 1 jam, sekali pakai):\n%(link)s\n\n"
            "Bila bukan Anda yang meminta, abaikan surat ini: kata sandi Anda tidak berubah.\n",
            name=account.name, email=account.email, place=place.name, link=link,
        )  # fmt: skip
        subject = _("Kata sandi baru untuk Siger")
    return Letter(account.email, str(subject), str(text), f"reset-{row.id}", partial(_mark_sent, row))


def _mark_sent(row: SingleUseToken) -> None:
    row.payload = {**row.payload, "sent": now().isoformat()}
    db.session.commit()
