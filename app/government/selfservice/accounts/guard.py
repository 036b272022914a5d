"""`@residents_only`: pages for residents who signed in with NIK and PIN. Staff's cookie counts for nothing here."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from flask import current_app, g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.core.actors import acting_as
from app.core.ui.errors import problem
from app.government.selfservice.accounts.sessions import ResidentActor, resident_acting, resident_of_session

View = TypeVar("View", bound=Callable[..., Any])


def cookie_name() -> str:
    """The name of the residents' cookie; `__Host-` makes browsers refuse it for any other host and without TLS."""
    return "__Host-siger_warga" if current_app.config["SESSION_COOKIE_SECURE"] else "siger_warga"


def keep_signed_in(response: Response, token: str, *, seconds: int | None = None) -> None:
    """Give the browser the cookie of a new session: of this host alone, for `seconds` or until the browser closes."""
    secure = bool(current_app.config["SESSION_COOKIE_SECURE"])
    response.set_cookie(
        cookie_name(), token, max_age=seconds, path="/", httponly=True, samesite="Lax", secure=secure
    )


def forget_signed_in(response: Response) -> None:
    """Take the cookie away, and with it what the browser kept of this host: pages, drafts, the service worker."""
    secure = bool(current_app.config["SESSION_COOKIE_SECURE"])
    response.delete_cookie(cookie_name(), path="/", httponly=True, samesite="Lax", secure=secure)
    # Not "cookies": that would sign staff out too, on every host of the house.
    response.headers["Clear-Site-Data"] = '"cache", "storage"'


def signed_in_here() -> ResidentActor | None:
    """Who is signed in on this host, on a phone or on a kiosk, or None. Asked of the database once a request."""
    if "portal_resident" not in g:
        token = request.cookies.get(cookie_name(), "")
        g.portal_resident = resident_of_session(token) if token else None
    found: ResidentActor | None = g.portal_resident
    return found


def resident_or_none() -> ResidentActor | None:
    """The resident who is signed in on this phone, or None: for pages that are open to others too."""
    found = signed_in_here()
    return found if found is not None and found.kiosk_id is None else None


def current_resident() -> ResidentActor:
    """The resident who is signed in, inside `@residents_only` and on the kiosk. Raises LookupError elsewhere."""
    found = signed_in_here()
    if found is None:
        raise LookupError("nobody is signed in as a resident")
    return found


def residents_only(view: View) -> View:
    """State that a page needs a resident who is signed in on a phone; others are led to the sign-in page.

    The view runs as the resident: steps and audit entries name them. A script that asks for JSON is answered 401; a
    form that another account filled in (its hidden field `akun`) is answered 409 before the view sees it.
    """

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        resident = resident_or_none()
        if resident is None:
            return ask_to_sign_in()
        with acting_as(resident_acting(resident)):
            if request.method == "POST" and _is_anothers_form(resident):
                return make_response(render_template("selfservice/anothers_form.html"), 409)
            return view(*args, **kwargs)

    guarded.siger_permission = "resident"  # type: ignore[attr-defined]
    return guarded  # type: ignore[return-value]


def _is_anothers_form(resident: ResidentActor) -> bool:
    """Whether somebody else was signed in on this phone when the form was opened."""
    return request.form.get("akun", str(resident.account_id)) != str(resident.account_id)


def ask_to_sign_in() -> ResponseReturnValue:
    """Lead to the sign-in page and back afterwards; 401 for scripts."""
    if request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json":
        return problem(401, "Unauthorized", str(_("Masuk dahulu dengan NIK dan PIN.")))
    if request.method != "GET":
        return redirect(url_for("portal_access.page"), 303)
    wanted = request.full_path if request.query_string else request.path
    return redirect(url_for("portal_access.page", next=wanted), 303)
