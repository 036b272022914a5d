"""How often somebody may try: counted in Redis, in this process's memory while Redis is gone, never not at all."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from flask import request, session

from app.extensions import client_address, limiter

View = Callable[..., Any]

PER_ADDRESS_AND_ACCOUNT = "10 per minute; 60 per hour"
PER_ACCOUNT = "200 per hour"
PER_ADDRESS = "60 per minute; 600 per hour"
PER_CODE = "10 per 5 minutes; 40 per hour"
PER_LETTER = "3 per 10 minutes; 10 per day"


def limit_sign_in(view: View) -> View:
    """Limit tries to sign in: by address and account together, by account, by address."""
    for limits, key in (
        (PER_ADDRESS, client_address),
        (PER_ACCOUNT, typed_account),
        (PER_ADDRESS_AND_ACCOUNT, lambda: f"{client_address()}:{typed_account()}"),
    ):
        view = limiter.limit(limits, key_func=key, methods=["POST"])(view)
    return view


def limit_codes(view: View) -> View:
    """Limit tries of second-factor codes by account, wherever they come from."""
    return limiter.limit(PER_CODE, key_func=pending_account, methods=["POST"])(view)


def limit_letters(view: View) -> View:
    """Limit letters to one address, and those that one network asks for."""
    view = limiter.limit(PER_ADDRESS, key_func=client_address, methods=["POST"])(view)
    return limiter.limit(PER_LETTER, key_func=typed_account, methods=["POST"])(view)


def limit_links(view: View) -> View:
    """Limit how often one network may try links."""
    return limiter.limit(PER_ADDRESS, key_func=client_address)(view)


def typed_account() -> str:
    """The account that a form names, as a digest: no address of a person lies among the counters."""
    typed = " ".join(request.form.get("email", "").split()).lower()
    return hashlib.blake2s(typed.encode(), digest_size=12).hexdigest()


def pending_account() -> str:
    """The account whose second factor is asked for."""
    return str(session.get("pending", {}).get("account") or client_address())
