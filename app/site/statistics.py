"""The public page of figures about the population: sums alone, kept like the front page, an hour old at most."""

from __future__ import annotations

import datetime as dt

from app.core.blueprints import AudienceBlueprint
from app.core.permissions import anonymous
from app.core.ui.formats import ZONE
from app.government.residents.statistics.public import public_statistics
from app.site.framing import draw_page, must_be_offered
from app.site.front import front_page
from app.site.page_cache import PublicPage, public_page
from tenants.scope import current_tenant

blueprint = AudienceBlueprint("site_statistics", __name__, audience="public", url_prefix="/statistik")

HERE = "site_statistics.page"
KEPT = dt.timedelta(hours=1)


@blueprint.get("")
@anonymous
@public_page
def page(language: str) -> PublicPage:
    """How many live here, how old they are, what they do: numbers under five are not shown."""
    must_be_offered(HERE)
    moment = dt.datetime.now(ZONE)
    village = front_page(current_tenant(), moment, language)
    found = public_statistics(moment.date())
    html = draw_page(language, "statistics", village, here=HERE, path="/statistik", found=found)
    midnight = dt.datetime.combine(moment.date() + dt.timedelta(days=1), dt.time(), ZONE)
    return PublicPage(html, min(midnight, moment + KEPT))
