"""Accounts are the platform's: their services run in its scope, whatever host the request came to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from app.extensions import db
from tenants import outbox
from tenants.scope import current_scope_or_none, platform_scope


@contextmanager
def platform_rows() -> Iterator[None]:
    """Be in the platform's scope: the present one when it is open already, else a short one of its own.

    What was not committed is rolled back when the block fails, so that a page drawn afterwards sees none of it.
    """
    scope = current_scope_or_none()
    if scope is not None and scope.tenant is None:
        try:
            yield
        except BaseException:
            db.session.rollback()
            raise
        return
    with platform_scope():
        yield


def mark_stale(tenant_id: UUID) -> None:
    """Say in the open transaction that a village's figures (who works there) changed."""
    outbox.post("dirty", {}, tenant_id=tenant_id)
