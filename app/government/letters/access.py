"""Who may open what stands in a letter. `letters.view` alone shows the lines of the register and the states.

A letter holds what the register keeps closed (NIK, KK number, what was typed, photos of a KTP), so it opens for who
works on letters, or may see numbers in the register anyway (Law 27/2022, Art. 36). Scans of incoming letters open for
all staff who see the register, since dispositions go to them, and never for a visitor of the province.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from flask import abort

from app.core.actors import current_actor

OPENING = ("letters.process", "letters.sign", "residents.view_identity")

View = TypeVar("View", bound=Callable[..., Any])


def may_open_letters() -> bool:
    """Whether the acting person may open letters with their files and papers."""
    actor = current_actor()
    return actor is not None and any(actor.may(code) for code in OPENING)


def may_open_incoming() -> bool:
    """Whether the acting person may open scans of incoming letters: staff of the village, not a visitor."""
    actor = current_actor()
    return actor is not None and actor.support_visit is None


def opens_letters(view: View) -> View:
    """State under `@requires` that a route opens a letter: 403 for who sees the register alone."""
    return _only(view, may_open_letters)


def opens_incoming(view: View) -> View:
    """State under `@requires` that a route opens a scan of an incoming letter: 403 for a visitor."""
    return _only(view, may_open_incoming)


def _only(view: View, may: Callable[[], bool]) -> View:
    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        if not may():
            abort(403)
        return view(*args, **kwargs)

    return guarded  # type: ignore[return-value]
