"""The public page of service: letters with what to bring, the promise, measured times, hours and free days ahead."""

from __future__ import annotations

import datetime as dt

from flask import abort, current_app

from app.core.blueprints import AudienceBlueprint
from app.core.capabilities import public_entries
from app.core.links import host_origin, village_origin
from app.core.permissions import anonymous
from app.core.ui.formats import ZONE
from app.government.service.public import service_of
from app.site.front import front_page
from app.site.page_cache import PublicPage, public_page
from app.site.rendering import render_public
from app.site.views import sign_in_path
from tenants.scope import current_tenant

blueprint = AudienceBlueprint("site_service", __name__, audience="public", url_prefix="/layanan-desa")

HERE = "site_service.page"
KEPT = dt.timedelta(hours=1)


@blueprint.get("")
@anonymous
@public_page
def page(language: str) -> PublicPage:
    """What the village gives, how fast it promises to be, and how fast it was."""
    tenant = current_tenant()
    if not any(entry.endpoint == HERE for entry in public_entries(tenant.modules)):
        abort(404)
    moment = dt.datetime.now(ZONE)
    village = front_page(tenant, moment, language)
    html = render_public(
        language,
        "site/public/service.html",
        village=village,
        found=service_of(moment),
        portal_url=village.portal_url,
        menu=village.menu(HERE),
        sign_in_url=sign_in_path(language),
        province_url=host_origin(current_app.config["BASE_HOST"]) + "/",
        language_links={"id": "/layanan-desa", "en": "/layanan-desa?bahasa=en"},
        own_address=f"{village_origin(tenant.slug)}/layanan-desa",
        home_url="/?bahasa=en" if language == "en" else "/",
    )
    return PublicPage(html, min(village.changes_at, moment + KEPT))
