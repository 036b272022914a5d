"""A reader's own choices: light or dark, and the language. They live in cookies of the present host."""

from __future__ import annotations

from flask import redirect, request
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from app.core.blueprints import AudienceBlueprint
from app.core.language import COOKIE as LANGUAGE_COOKIE
from app.core.language import LANGUAGES, PARAMETER
from app.core.permissions import anonymous
from app.core.ui.formats import THEME_COOKIE, THEMES

YEAR = 365 * 24 * 3600
"""How long a choice is kept, in seconds."""

preferences = AudienceBlueprint("preferences", __name__, audience="shared", url_prefix="/preferences")


@preferences.post("")
@anonymous
def choose() -> ResponseReturnValue:
    """Keep the chosen `theme` (light, dark, or empty: as the device has it) and `locale`, and go back to `next`."""
    response = redirect(_way_back(request.form.get("next", "")), 303)
    theme, language = request.form.get("theme"), request.form.get("locale")
    if theme in THEMES:
        _keep(response, THEME_COOKIE, theme)
    elif theme == "":
        response.delete_cookie(THEME_COOKIE)
    if language in LANGUAGES:
        _keep(response, LANGUAGE_COOKIE, language)
    return response


@preferences.get("/language/<any(id, en):code>")
@anonymous
def language(code: str) -> ResponseReturnValue:
    """Keep a language from a plain link, since cacheable pages hold no form token, and go back to `next`.

    What follows the first `next` is the query of the page that is gone back to, as `language_path` writes it.
    """
    path = _way_back(request.args.get("next", ""))
    query = _query_of_the_page()
    join = "&" if "?" in path else "?"
    response = redirect(f"{path}{join}{query}" if query else path, 303)
    _keep(response, LANGUAGE_COOKIE, code)
    response.headers["Cache-Control"] = "no-store"
    return response


def _keep(response: Response, name: str, value: str) -> None:
    response.set_cookie(name, value, max_age=YEAR, samesite="Lax", secure=request.is_secure, httponly=True)


def _query_of_the_page() -> str:
    """What came behind the first `next`, without a language: the one that was just chosen holds."""
    sent = request.query_string.decode("ascii", "ignore").split("&")
    own = next((place for place, one in enumerate(sent) if one.startswith("next=")), len(sent))
    return "&".join(one for one in sent[own + 1 :] if one and not one.startswith(f"{PARAMETER}="))


def _way_back(path: str) -> str:
    """Return the path when it stays on this host, else the front page."""
    stays = path.startswith("/") and not path.startswith(("//", "/\\")) and not any(c < " " for c in path)
    return path if stays else "/"
