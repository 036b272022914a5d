"""How often somebody may try: counted in Redis, in this process's memory while Redis is gone, never not at all."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from flask import request, session
from flask_babel import gettext as _

from app.core.actors import current_actor
from app.core.forms import canonical_email
from app.extensions import counted_address, limiter

View = Callable[..., Any]

PER_ADDRESS_AND_ACCOUNT = "10 per minute; 60 per hour"
PER_ACCOUNT = "200 per hour"
PER_ADDRESS = "60 per minute; 600 per hour"
PER_CODE = "10 per 5 minutes; 40 per hour"
PER_PROOF = "10 per 10 minutes; 40 per day"
PER_LETTER = "3 per 10 minutes; 10 per day"


def limit_sign_in(view: View) -> View:
    """Limit tries to sign in: by address and account together, by account, by address."""
    for limits, key, sentence in (
        (PER_ADDRESS, counted_address, None),
        (PER_ACCOUNT, typed_account, about_the_account),
        (PER_ADDRESS_AND_ACCOUNT, lambda: f"{counted_address()}:{typed_account()}", about_the_account),
    ):
        view = limiter.limit(limits, key_func=key, methods=["POST"], error_message=sentence)(view)
    return view


def limit_codes(view: View) -> View:
    """Limit tries of second-factor codes by account, wherever they come from."""
    return limiter.limit(
        PER_CODE, key_func=pending_account, methods=["POST"], error_message=about_the_account
    )(view)


def limit_proofs(view: View) -> View:
    """Limit how often somebody signed in may type password or code again, on all such pages together."""
    return limiter.shared_limit(
        PER_PROOF,
        scope="proof",
        key_func=signed_in_account,
        methods=["POST"],
        error_message=about_the_account,
    )(view)


def limit_letters(view: View) -> View:
    """Limit letters to one address, and those that one network asks for."""
    view = limiter.limit(PER_ADDRESS, key_func=counted_address, methods=["POST"])(view)
    return limiter.limit(
        PER_LETTER, key_func=typed_account, methods=["POST"], error_message=about_the_account
    )(view)


def limit_links(view: View) -> View:
    """Limit how often one network may try links."""
    return limiter.limit(PER_ADDRESS, key_func=counted_address)(view)


def about_the_account() -> str:
    """What to say when the account is what was tried too often, not the device."""
    sentence: str = _(
        "Untuk akun ini sudah terlalu banyak percobaan, dari perangkat mana pun, jadi kami menahannya dahulu."
    )
    return sentence


def typed_account() -> str:
    """The account that a form names, as a digest: no address of a person lies among the counters."""
    typed = canonical_email(request.form.get("email", ""))
    return hashlib.blake2s(typed.encode(), digest_size=12).hexdigest()


def signed_in_account() -> str:
    """The account that is signed in."""
    actor = current_actor()
    return str(actor.account_id) if actor else counted_address()


def pending_account() -> str:
    """The account whose second factor is asked for."""
    return str(session.get("pending", {}).get("account") or counted_address())
