"""The public page of service: letters with what to bring, the promise, measured times, hours and free days ahead."""

from __future__ import annotations

import datetime as dt

from app.core.blueprints import AudienceBlueprint
from app.core.permissions import anonymous
from app.core.ui.formats import ZONE
from app.government.service.public import service_of
from app.site.framing import draw_page, must_be_offered
from app.site.front import front_page
from app.site.page_cache import PublicPage, public_page
from tenants.scope import current_tenant

blueprint = AudienceBlueprint("site_service", __name__, audience="public", url_prefix="/layanan-desa")

HERE = "site_service.page"
KEPT = dt.timedelta(hours=1)


@blueprint.get("")
@anonymous
@public_page
def page(language: str) -> PublicPage:
    """What the village gives, how fast it promises to be, and how fast it was."""
    must_be_offered(HERE)
    moment = dt.datetime.now(ZONE)
    village = front_page(current_tenant(), moment, language)
    html = draw_page(
        language,
        "service",
        village,
        here=HERE,
        path="/layanan-desa",
        found=service_of(moment),
        portal_url=village.portal_url,
    )
    return PublicPage(html, min(village.changes_at, moment + KEPT))
