"""How often somebody may try to sign in or to activate: by address, and by the NIK that is typed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import request
from flask_babel import gettext as _

from app.core.accounts.secrets import keyed_digest
from app.extensions import counted_address, limiter
from app.government.selfservice.accounts.finding import digits
from tenants.scope import current_tenant

View = Callable[..., Any]

PER_ADDRESS = "60 per minute; 600 per hour"
PER_NIK = "20 per 10 minutes; 60 per day"
APPLICATIONS = "10 per hour; 30 per day"


def limit_tries(view: View) -> View:
    """Limit tries with NIK and PIN, or with a code."""
    view = limiter.limit(PER_ADDRESS, key_func=counted_address, methods=["POST"])(view)
    return limiter.limit(PER_NIK, key_func=typed_nik, methods=["POST"], error_message=about_the_account)(view)


def limit_applications(view: View) -> View:
    """Limit applications with a photo: each costs a picture to be read and a clerk's look."""
    view = limiter.limit(APPLICATIONS, key_func=counted_address, methods=["POST"])(view)
    return limiter.limit(PER_NIK, key_func=typed_nik, methods=["POST"], error_message=about_the_account)(view)


def typed_nik() -> str:
    """The NIK that a form names, as a digest that only we can make: no number of a person among the counters."""
    return keyed_digest("selfservice.limit", f"{current_tenant().id}:{digits(request.form.get('nik', ''))}")[
        :24
    ]


def about_the_account() -> str:
    """What to say when one account was tried too often, from wherever."""
    return str(_("Untuk NIK ini sudah terlalu banyak percobaan, jadi kami menahannya dahulu."))
