"""The public page of figures about the population: sums alone, kept like the front page, an hour old at most."""

from __future__ import annotations

import datetime as dt

from flask import abort, current_app

from app.core.blueprints import AudienceBlueprint
from app.core.capabilities import public_entries
from app.core.links import host_origin, village_origin
from app.core.permissions import anonymous
from app.core.ui.formats import ZONE
from app.government.residents.statistics.public import public_statistics
from app.site.front import front_page
from app.site.page_cache import PublicPage, public_page
from app.site.rendering import render_public
from app.site.views import sign_in_path
from tenants.scope import current_tenant

blueprint = AudienceBlueprint("site_statistics", __name__, audience="public", url_prefix="/statistik")

HERE = "site_statistics.page"
KEPT = dt.timedelta(hours=1)


@blueprint.get("")
@anonymous
@public_page
def page(language: str) -> PublicPage:
    """How many live here, how old they are, what they do: numbers under five are not shown."""
    tenant = current_tenant()
    if not any(entry.endpoint == HERE for entry in public_entries(tenant.modules)):
        abort(404)
    moment = dt.datetime.now(ZONE)
    village = front_page(tenant, moment, language)
    html = render_public(
        language,
        "site/public/statistics.html",
        village=village,
        found=public_statistics(moment.date()),
        menu=village.menu(HERE),
        sign_in_url=sign_in_path(language),
        province_url=host_origin(current_app.config["BASE_HOST"]) + "/",
        language_links={"id": "/statistik", "en": "/statistik?bahasa=en"},
        own_address=f"{village_origin(tenant.slug)}/statistik",
        home_url="/?bahasa=en" if language == "en" else "/",
    )
    midnight = dt.datetime.combine(moment.date() + dt.timedelta(days=1), dt.time(), ZONE)
    return PublicPage(html, min(midnight, moment + KEPT))
