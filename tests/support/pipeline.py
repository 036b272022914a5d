"""Applications as if their villages had typed them in, for what offices do with them."""

from __future__ import annotations

import itertools
import secrets
from typing import Any
from uuid import UUID

from flask import Flask
from sqlalchemy import select

from app.extensions import db
from app.province.onboarding.applications import events, links
from app.province.onboarding.applications.models import OPEN_STATES, Application, ApprovalRule
from tenants.ids import uuid7
from tenants.models import TenantRow, TenantState, now
from tenants.registry import change_state
from tenants.scope import platform_scope

_numbers = itertools.count(1)

WORDS = {
    "term": "Pekon",
    "head": "Peratin",
    "secretary": "Juru Tulis",
    "council": "LHP",
    "sub_area": "Pemangku",
}


def village_row(app: Flask, code: str) -> TenantRow:
    """A village's row in the registry as it is now."""
    with app.app_context(), platform_scope():
        row = db.session.scalars(select(TenantRow).where(TenantRow.code == code)).one()
        db.session.expunge_all()
        return row


def make_application(app: Flask, code: str | None, state: str = "submitted", **columns: Any) -> UUID:
    """An application of a listed village (None: of none yet) in a state; returns its id.

    One that holds its village takes the village to `applied`, as sending it in does.
    """
    number = next(_numbers)
    with app.app_context(), platform_scope():
        row = None
        if code is not None:
            row = db.session.scalars(select(TenantRow).where(TenantRow.code == code)).one()
            if state in OPEN_STATES and row.state in (TenantState.LISTED, TenantState.INVITED):
                change_state(row, TenantState.APPLIED)
        moment = now()
        values: dict[str, Any] = {
            "id": uuid7(),
            "token_digest": secrets.token_bytes(32),
            "tenant_id": row.id if row else None,
            "applicant_name": f"Pendaftar {number}",
            "applicant_title": "Juru Tulis",
            "email": f"pendaftar{number}.{secrets.token_hex(3)}@contoh.test",
            "phone": f"+62812{secrets.randbelow(10**8):08d}",
            "slug": row.slug if row and state != "draft" else None,
            "step": "summary" if row else "village",
            "answers": {"identity": {"words": WORDS, "postal_code": "35378", "name_note": ""}} if row else {},
            "submitted_at": moment if state not in ("draft", "confirming") else None,
            "email_confirmed_at": moment if state not in ("draft", "confirming") else None,
            "state": state,
            **columns,
        }
        application = Application(**values)
        db.session.add(application)
        db.session.flush()
        links.seal_address(application)
        if state != "draft":
            events.note(application, "state", state)
        db.session.commit()
        return application.id


def application_of(app: Flask, application_id: UUID) -> Application:
    """An application as it is now."""
    with app.app_context(), platform_scope():
        row = db.session.get_one(Application, application_id)
        db.session.expunge_all()
        return row


def set_level(app: Flask, regency_code: str, level: int) -> None:
    """Let a kabupaten's applications be decided from this level on."""
    with app.app_context(), platform_scope():
        db.session.merge(ApprovalRule(region_code=regency_code, level=level, changed_at=now()))
        db.session.commit()
