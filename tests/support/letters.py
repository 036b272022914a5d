"""Letters of throwaway villages, asked for and issued by the desk's own services."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask

from app.core.actors import Actor, acting_as
from app.core.casework.files import keep_file
from app.core.privacy.vault import open_vault
from app.extensions import db
from app.government.letters.desk import services
from app.government.letters.models import Letter
from app.government.letters.types import letter_type, sample_values
from tenants.ids import uuid7
from tenants.scope import Tenant, tenant_scope
from tests.support import residents
from tests.support.images import picture

CLERK = Actor(account_id=uuid7(), name="Sari Wulandari", email="sari@contoh.test")
"""As whom letters are made here."""
SIMPLE = "sktm"
"""A letter type with few fields."""


def a_letter(
    app: Flask,
    village: Tenant,
    type_code: str = SIMPLE,
    *,
    state: str = "submitted",
    resident_id: uuid.UUID | None = None,
    values: dict[str, Any] | None = None,
    reason: str = "Data tidak sesuai",
    **asked: Any,
) -> uuid.UUID:
    """A letter in a state of its life, of a new resident unless one is named; `asked` are arguments of `ask`.

    Letters about nobody get no resident. Fields that are not given are those of a sample.
    """
    with app.app_context(), tenant_scope(village):
        kind = letter_type(type_code)
        typed = {**sample_values(kind), **(values or {})}
    if kind.about != "none" and resident_id is None and "applicant" not in asked:
        resident_id = residents.a_resident(app, village, marital_status=1, birth_place="Talang Padang")
    with working(app, village):
        letter = services.ask(
            type_code, resident_id=resident_id, values=typed, submit=state != "draft",
            **{"origin": "desk", **asked},
        )  # fmt: skip
        _bring(letter.id, state, reason)
        return letter.id


def a_request(app: Flask, village: Tenant, **asked: Any) -> uuid.UUID:
    """A letter that waits at the desk: `a_letter` just submitted."""
    return a_letter(app, village, state="submitted", **asked)


def an_issued_letter(app: Flask, village: Tenant, type_code: str = SIMPLE, **asked: Any) -> uuid.UUID:
    """A letter in ink with number and file."""
    return a_letter(app, village, type_code, state="issued", **asked)


def letter_of(app: Flask, village: Tenant, letter_id: uuid.UUID) -> Letter:
    """The row as it stands now, detached."""
    with app.app_context(), tenant_scope(village):
        letter = db.session.get(Letter, letter_id)
        assert letter is not None
        db.session.expunge(letter)
        return letter


def pdf_of(app: Flask, village: Tenant, letter_id: uuid.UUID) -> bytes:
    """The final file of a letter."""
    with app.app_context(), tenant_scope(village):
        return services.letter_file(letter_id)


def opened(app: Flask, village: Tenant, letter_id: uuid.UUID) -> dict[str, Any]:
    """What a letter keeps sealed."""
    with app.app_context(), tenant_scope(village):
        return services.read_letter(letter_id)


def a_paper(app: Flask, village: Tenant, letter_id: uuid.UUID, kind: str = "ktp") -> uuid.UUID:
    """A photo that belongs to a letter."""
    with working(app, village):
        row = keep_file(picture(), services.SUBJECT, letter_id, kind, vault=open_vault(for_writing=True))
        db.session.commit()
        return row.id


@contextmanager
def working(app: Flask, village: Tenant) -> Iterator[None]:
    """Inside, `CLERK` works in the village."""
    with app.app_context(), tenant_scope(village), acting_as(CLERK):
        yield


def _bring(letter_id: uuid.UUID, state: str, reason: str) -> None:
    path: dict[str, tuple[Callable[[], object], ...]] = {
        "verified": (lambda: services.verify(letter_id, signing="local"),),
        "issued": (lambda: services.issue(letter_id, signing="wet"),),
        "collected": (lambda: services.issue(letter_id, signing="wet"), lambda: services.collect(letter_id)),
        "rejected": (lambda: services.reject(letter_id, reason),),
        "cancelled": (
            lambda: services.issue(letter_id, signing="wet"), lambda: services.cancel(letter_id, reason),
        ),
    }  # fmt: skip
    for step in path.get(state, ()):
        step()
