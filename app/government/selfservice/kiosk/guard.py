"""Who may see the kiosk's pages: screens that were paired, and people who signed in on that very screen."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from flask import current_app, g, redirect, request, url_for
from werkzeug.wrappers import Response

from app.core.actors import acting_as
from app.government.selfservice.accounts.guard import signed_in_here
from app.government.selfservice.accounts.sessions import ResidentActor, resident_acting
from app.government.selfservice.kiosk.devices import Kiosk, kiosk_of

View = TypeVar("View", bound=Callable[..., Any])

COOKIE_SECONDS = 400 * 86400


def cookie_name() -> str:
    """The name of a paired screen's cookie."""
    return "__Host-siger_kios" if current_app.config["SESSION_COOKIE_SECURE"] else "siger_kios"


def keep_paired(response: Response, token: str) -> None:
    """Give the screen its cookie, of this host alone, for as long as browsers keep one."""
    secure = bool(current_app.config["SESSION_COOKIE_SECURE"])
    response.set_cookie(
        cookie_name(),
        token,
        max_age=COOKIE_SECONDS,
        path="/",
        httponly=True,
        samesite="Strict",
        secure=secure,
    )


def present_kiosk() -> Kiosk | None:
    """The kiosk that the present screen is, or None. Asked of the database once a request."""
    if "kiosk" not in g:
        token = request.cookies.get(cookie_name(), "")
        g.kiosk = kiosk_of(token) if token else None
    found: Kiosk | None = g.kiosk
    return found


def kiosk() -> Kiosk:
    """The present kiosk, inside `@kiosk_only` and `@kiosk_visitors`. Raises LookupError elsewhere."""
    found = present_kiosk()
    if found is None:
        raise LookupError("this screen is no kiosk")
    return found


def visitor_or_none() -> ResidentActor | None:
    """Who is signed in on this very screen, or None."""
    here, resident = present_kiosk(), signed_in_here()
    return resident if here and resident and resident.kiosk_id == here.id else None


def kiosk_only(view: View) -> View:
    """State that a page is for a paired screen; others are led to the pairing."""

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        if present_kiosk() is None:
            return redirect(url_for("kiosk.pairing"), 303)
        return view(*args, **kwargs)

    guarded.siger_permission = "kiosk"  # type: ignore[attr-defined]
    return guarded  # type: ignore[return-value]


def kiosk_visitors(view: View) -> View:
    """State that a page is for somebody who signed in on this paired screen; others begin anew.

    The view runs as the resident: steps and audit entries name them.
    """

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        if present_kiosk() is None:
            return redirect(url_for("kiosk.pairing"), 303)
        resident = visitor_or_none()
        if resident is None:
            return redirect(url_for("kiosk.start"), 303)
        with acting_as(resident_acting(resident)):
            return view(*args, **kwargs)

    guarded.siger_permission = "resident"  # type: ignore[attr-defined]
    return guarded  # type: ignore[return-value]
