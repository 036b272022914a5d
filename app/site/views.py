"""What everybody sees of a village: its front page, and the small files that browsers and programs ask for."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache

from flask import Response, abort, current_app, make_response, redirect, url_for
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue

from app.core.blueprints import AudienceBlueprint
from app.core.permissions import anonymous
from app.core.security import mark_cacheable
from app.core.ui.accent import accent_css, accent_digest
from app.core.ui.assets import asset_url
from app.core.ui.formats import ZONE
from app.core.village import queries
from app.site.framing import draw_page
from app.site.front import front_page
from app.site.page_cache import PublicPage, init_page_cache, public_page
from tenants.scope import current_tenant

blueprint = AudienceBlueprint("site", __name__, audience="public")

YEAR = 31536000


@blueprint.record_once
def _init(state: BlueprintSetupState) -> None:
    init_page_cache(state.app)  # type: ignore[arg-type]


@blueprint.get("/")
@anonymous
@public_page
def home(language: str) -> PublicPage:
    """The village's front page: who it is, who works there, when its office is open, how to reach it."""
    tenant = current_tenant()
    page = front_page(tenant, dt.datetime.now(ZONE), language)
    html = draw_page(language, "home", page, page=page)
    return PublicPage(html, page.changes_at)


@blueprint.get("/accent-<string(length=12):digest>.css")
@anonymous
def accent(digest: str) -> ResponseReturnValue:
    """The style sheet of the village's colour. An address of an older colour leads to the present one."""
    mark_cacheable()
    colour = queries.brand().accent
    if not colour:
        abort(404)
    if accent_digest(colour) != digest:
        return redirect(url_for("site.accent", digest=accent_digest(colour)), 302)
    response = make_response(_accent_css(colour))
    response.content_type = "text/css; charset=utf-8"
    response.headers["Cache-Control"] = f"public, max-age={YEAR}, immutable"
    return response


@lru_cache(maxsize=512)
def _accent_css(colour: str) -> str:
    return accent_css(colour)


@blueprint.get("/robots.txt")
@anonymous
def robots() -> Response:
    """Public pages may be found; the staff's pages ask to be left alone."""
    lines = ["User-agent: *", "Disallow: /beranda", "Disallow: /pengaturan", "Disallow: /api/", ""]
    return _short_lived("\n".join(lines))


@blueprint.get("/favicon.ico")
@anonymous
def favicon() -> ResponseReturnValue:
    """Older browsers ask here; the mark is an SVG."""
    mark_cacheable()
    target = asset_url("favicon.svg", required=False)
    return redirect(target, 302) if target else abort(404)


@blueprint.get("/.well-known/security.txt")
@anonymous
def security() -> Response:
    """Whom to tell of a weakness (RFC 9116): the operator of the deployment."""
    settings = current_app.config["SETTINGS"]
    expires = (dt.datetime.now(dt.UTC) + dt.timedelta(days=180)).replace(
        hour=0, minute=0, second=0, microsecond=0
    )
    address = settings.mail_from.rpartition("<")[2].rstrip(">")
    lines = [
        f"Contact: mailto:{address}", f"Expires: {expires.isoformat()}", "Preferred-Languages: id, en", "",
    ]  # fmt: skip
    return _short_lived("\n".join(lines))


def _short_lived(text: str) -> Response:
    mark_cacheable()
    response = make_response(text)
    response.content_type = "text/plain; charset=utf-8"
    response.headers["Cache-Control"] = "public, max-age=3600"
    return response
