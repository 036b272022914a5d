"""What people change about themselves: name, phone, language, password."""

from __future__ import annotations

from flask_babel import gettext as _
from sqlalchemy import select, update

from app.core.accounts.errors import Refused
from app.core.accounts.models import Account
from app.core.accounts.passwords import hash_password, password_problem, verify_password
from app.core.accounts.scoping import platform_rows
from app.core.accounts.sessions import mark_ended
from app.core.accounts.stamps import commit_and_forget
from app.core.actors import Actor
from app.core.audit import changes, record
from app.extensions import db


def change_profile(actor: Actor, *, name: str, phone: str, locale: str) -> None:
    """Change one's own name, phone number and language (`id` or `en`)."""
    with platform_rows():
        account = db.session.scalars(select(Account).where(Account.id == actor.account_id)).one()
        before = {"name": account.name, "phone": account.phone, "locale": account.locale}
        account.name, account.phone, account.locale = name, phone or None, locale
        after = {"name": name, "phone": phone or None, "locale": locale}
        if before != after:
            record(
                "account.changed", object_type="account", object_id=account.id,
                details=changes(before, after),
            )  # fmt: skip
        commit_and_forget(accounts=[actor.account_id])


def change_password(actor: Actor, *, present: str, new: str) -> int:
    """Change one's own password; all other devices are signed out. Returns how many those were.

    Raises Refused for a wrong present password or a weak new one.
    """
    with platform_rows():
        kept = db.session.scalar(select(Account.password_hash).where(Account.id == actor.account_id))
        db.session.rollback()
        if not verify_password(kept, present):
            raise Refused(_("Kata sandi sekarang salah."), "present")
        if problem := password_problem(new, actor.email, actor.name):
            raise Refused(problem, "new")
        password_hash = hash_password(new)
        db.session.execute(
            update(Account).where(Account.id == actor.account_id).values(password_hash=password_hash)
        )
        ended = mark_ended(actor.account_id, but=actor.session_id)
        record("password.changed", object_type="account", object_id=actor.account_id)
        commit_and_forget(accounts=[actor.account_id])
    return ended
