"""An invitation's link: it follows from the invitation's id and version under a key of SECRET_KEY.

So a letter can be printed again, and neither the queue nor the database ever holds what opens it: the row keeps the
SHA-256, by which it is found.
"""

from __future__ import annotations

import base64

from app.core.accounts.secrets import digest, keyed_digest
from app.core.links import province_url
from app.province.onboarding.invitations.models import OnboardingInvitation

LENGTH = 26
"""128 bits in letters and digits that nobody mistakes when they are typed from paper."""
_PURPOSE = "onboarding-invitation"


def token_of(invitation: OnboardingInvitation) -> str:
    """The secret of an invitation's present link."""
    made = bytes.fromhex(keyed_digest(_PURPOSE, f"{invitation.id}.{invitation.version}"))
    return base64.b32encode(made[:16]).decode().rstrip("=").lower()


def seal(invitation: OnboardingInvitation) -> None:
    """Keep the digest of the present link in the row; the caller commits."""
    invitation.token_digest = digest(token_of(invitation))


def link_of(invitation: OnboardingInvitation) -> str:
    """The full address that letter and QR code hold."""
    return link(token_of(invitation))


def link(token: str) -> str:
    """The full address for a token."""
    return province_url("onboarding_open.show", token=token)
