"""What all public pages of a village have around them: menu, ways to sign in, the programme, the other language."""

from __future__ import annotations

from typing import Any

from flask import abort, current_app, url_for

from app.core.capabilities import public_entries
from app.core.links import host_of, host_origin
from app.site.front import FrontPage
from app.site.rendering import render_public
from tenants.scope import current_tenant


def draw_page(
    language: str, template: str, village: FrontPage, *, here: str = "", path: str = "/", **context: Any
) -> str:
    """A public page of the present village with its frame.

    Args:
        language: `id` or `en`.
        template: a name below `site/public`, without its ending.
        village: as `front_page` gives it for the present moment.
        here: the endpoint that the menu marks. path: the page's own path, without the language.
        context: what the page itself shows.
    """
    asked = "?bahasa=en" if language == "en" else ""
    return render_public(
        language,
        f"site/public/{template}.html",
        village=village,
        menu=village.menu(here),
        sign_in_url=sign_in_path(language),
        province_url=host_origin(current_app.config["BASE_HOST"]) + "/",
        language_links={"id": path, "en": f"{path}?bahasa=en"},
        own_address=f"{host_origin(host_of(current_tenant()))}{path}",
        home_url=f"/{asked}",
        asked=asked,
        **context,
    )


def must_be_offered(endpoint: str) -> None:
    """Answer 404 where the present village switched off the capability that this public page belongs to."""
    if not any(entry.endpoint == endpoint for entry in public_entries(current_tenant().modules)):
        abort(404)


def sign_in_path(language: str) -> str:
    """The way to the sign-in page, which goes on in the language that is being read."""
    sign_in: str = url_for("sign_in.page")
    return sign_in if language == "id" else url_for("preferences.language", code=language, next=sign_in)
