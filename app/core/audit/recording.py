"""Appending to the audit log, in the transaction that the entry describes."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Mapping
from typing import Any

from flask import has_request_context

from app.core.actors import current_actor
from app.core.audit.models import PlatformAuditEntry, TenantAuditEntry
from app.core.privacy.masking import mask_numbers
from app.extensions import client_address, db
from tenants import outbox
from tenants.scope import current_scope

SEAL_DELAY_SECONDS = 3
HIDDEN = "[disembunyikan]"
MAX_TEXT = 2000
MAX_ITEMS = 100

_SECRET = re.compile(
    r"passw|kata_sandi|secret|token|totp|otp\b|recovery|digest|hash|cookie|authorization|private_key",
    re.IGNORECASE,
)


def record(
    action: str,
    *,
    object_type: str = "",
    object_id: object = "",
    summary: str = "",
    details: dict[str, Any] | None = None,
    tenant_id: uuid.UUID | None = None,
) -> None:
    """Append one entry to the log of the present scope, in its open transaction; it stands if that is committed.

    Args:
        action: a code that a capability has described (`describe_action`), such as `official.changed`.
        object_type: the noun that was acted on, such as `official`.
        object_id: its id.
        summary: what a reader needs to know it by, such as the official's name; no personal secret.
        details: values before and after, or whatever explains the deed. Anything named like a secret is hidden.
        tenant_id: in the platform's scope, the village that the entry is about.

    Who acts and from where is taken from the context: nobody present means the system itself. In a village's scope
    the village's figures are marked stale, once a transaction. Raises NoTenantScope outside of a scope.
    """
    scope = current_scope()
    actor_id, actor_name, present = _actor()
    columns: dict[str, Any] = {
        "actor_id": actor_id,
        "actor_name": actor_name,
        "action": action,
        "object_type": object_type,
        "object_id": "" if object_id is None else _text(str(object_id)),
        "summary": _text(summary),
        "details": {**present, **presentable(details or {})},
        "address": client_address() if has_request_context() else "",
    }
    if scope.tenant is not None:
        db.session.add(TenantAuditEntry(**columns))
    else:
        db.session.add(PlatformAuditEntry(**columns, tenant_id=tenant_id))
    _tell_once()


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """What differs between two states of an object, as the details of an entry: `{"before": {…}, "after": {…}}`."""
    names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    return {
        "before": {name: before.get(name) for name in names},
        "after": {name: after.get(name) for name in names},
    }


def presentable(value: Any, name: str = "") -> Any:
    """Return `value` as the log may keep it: JSON, of bounded length, without anything that is named like a secret."""
    if name and _SECRET.search(name):
        return HIDDEN
    if isinstance(value, Mapping):
        return {_text(str(key)): presentable(item, str(key)) for key, item in list(value.items())[:MAX_ITEMS]}
    if isinstance(value, list | tuple | set | frozenset):
        items = sorted(value, key=str) if isinstance(value, set | frozenset) else value
        return [presentable(item) for item in list(items)[:MAX_ITEMS]]
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if value - value == 0 else str(value)
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    return _text(str(value))


def _text(value: str) -> str:
    """PostgreSQL keeps no NUL in text; nobody reads a novel in a log; NIK and KK numbers stand there masked."""
    clean = mask_numbers(value.replace("\x00", "").encode("utf-8", "replace").decode())
    return clean if len(clean) <= MAX_TEXT else clean[: MAX_TEXT - 1] + "…"


def _actor() -> tuple[uuid.UUID | None, str, dict[str, Any]]:
    actor = current_actor()
    if actor is None:
        return None, "", {}
    visit = actor.support_visit
    present = {"support_visit": {"id": str(visit.id), "reason": visit.reason}} if visit else {}
    return actor.account_id, actor.name, present


def _tell_once() -> None:
    """Once a transaction: this chain has something to seal, and a village's figures are stale."""
    session = db.session()
    scope = current_scope()
    if not session.in_transaction():
        session.begin()
    transaction = session.get_nested_transaction() or session.get_transaction()
    if session.info.get("audit_told_in") is transaction:
        return
    session.info["audit_told_in"] = transaction
    outbox.post("audit", {}, delay_seconds=SEAL_DELAY_SECONDS)
    if scope.tenant is not None:
        outbox.post("dirty", {})
