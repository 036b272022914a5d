"""The applicant's own address, and the link that confirms an e-mail address.

Both follow from the application's id under keys that follow from SECRET_KEY, so a job can write them into a letter and
neither the queue nor the database ever holds them. Of the address the row keeps the SHA-256, by which it is found. A
number stands in each: raising it ends what was given out before.
"""

from __future__ import annotations

import base64
import uuid
from dataclasses import dataclass

from flask import current_app
from itsdangerous import BadSignature, URLSafeSerializer

from app.core.accounts.secrets import digest, keyed_digest
from app.core.links import province_url
from app.province.onboarding.applications.models import Application

TOKEN_LENGTH = 64
"""Characters: 16 bytes that name the application and 32 that only the holder of SECRET_KEY can make."""

_ADDRESS = "onboarding-address"
_CONFIRM = "siger.onboarding-confirm"
_MOST_TEXT = 200


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What a link to confirm an e-mail address says: of which application, and the how manyth it is."""

    application_id: uuid.UUID
    number: int


def address_token(application: Application) -> str:
    """The secret in the applicant's own address: 64 characters of base64url."""
    secret = bytes.fromhex(keyed_digest(_ADDRESS, f"{application.id}.{application.token_version}"))
    return base64.urlsafe_b64encode(application.id.bytes + secret).decode()


def seal_address(application: Application) -> str:
    """Keep the digest of the present address in the row and return the secret; the caller commits.

    Also after SECRET_KEY was changed: what is written into a letter opens again.
    """
    token = address_token(application)
    application.token_digest = digest(token)
    return token


def new_address(application: Application) -> str:
    """End all addresses that were given out for an application and return the secret of the new one."""
    application.token_version += 1
    return seal_address(application)


def own_url(token: str) -> str:
    """The full address of an application's page."""
    return province_url("apply.show", token=token)


def confirm_text(application: Application) -> str:
    """What stands in the link that confirms the present e-mail address."""
    return str(_signer().dumps([application.id.hex, application.confirm_number]))


def confirm_url(application: Application) -> str:
    """The full link that confirms the present e-mail address."""
    return province_url("apply.confirmation", text=confirm_text(application))


def read_confirm(text: str) -> Confirmation | None:
    """What a link to confirm says; None when it was not made here."""
    try:
        application_id, number = _signer().loads(text[:_MOST_TEXT])
        return Confirmation(uuid.UUID(application_id), int(number))
    except (BadSignature, ValueError, TypeError):
        return None


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt=_CONFIRM)
