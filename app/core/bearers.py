"""Bearer tokens that are no person's: a capability says how its own begin and finds out who stands behind one."""

from __future__ import annotations

from collections.abc import Callable

from app.core.actors import Actor

Load = Callable[[str], Actor | None]
LONGEST = 100

_kinds: dict[str, Load] = {}


class BearerRefused(Exception):
    """A token that was good once (ended, too old); the message is a sentence for whoever runs the program."""


def bearer_kind(prefix: str, load: Load) -> None:
    """Declare tokens that begin with `prefix`.

    `load` finds who such a token is on the present host: None for one that nobody made, BearerRefused for one that does
    not work any more. It runs in the scope of the request and leaves nothing uncommitted.
    """
    _kinds[prefix] = load


def load_bearer(token: str) -> Actor | None:
    """Who a bearer token is on the present host: a person's, or one of a declared kind. Raises BearerRefused."""
    if len(token) > LONGEST:
        return None
    for prefix, load in _kinds.items():
        if token.startswith(prefix):
            return load(token)
    from app.core.accounts.api_tokens import actor_from_bearer

    return actor_from_bearer(token)
