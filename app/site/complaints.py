"""The public page of complaints: what the village published with its answers; kept like the front page."""

from __future__ import annotations

import datetime as dt

from flask import abort, url_for

from app.core.blueprints import AudienceBlueprint
from app.core.permissions import anonymous
from app.core.ui.formats import ZONE
from app.government.complaints import queries, services
from app.government.complaints.words import CATEGORIES, STATES, TONES
from app.site.framing import draw_page, must_be_offered
from app.site.front import front_page
from app.site.page_cache import PublicPage, public_page
from tenants.scope import current_tenant

blueprint = AudienceBlueprint("site_complaints", __name__, audience="public", url_prefix="/pengaduan")

HERE = "site_complaints.page"
KEPT = dt.timedelta(hours=1)


@blueprint.get("")
@anonymous
@public_page
def page(language: str) -> PublicPage:
    """What was reported lately and what the village answered."""
    return _drawn(language, 1)


@blueprint.get("/halaman/<int:number>")
@anonymous
@public_page
def further(language: str, number: int) -> PublicPage:
    """An older page."""
    return _drawn(language, number)


def _drawn(language: str, number: int) -> PublicPage:
    must_be_offered(HERE)
    found = queries.published(number)
    if found is None:
        abort(404)
    asked = "?bahasa=en" if language == "en" else ""
    path = url_for(HERE) if number == 1 else url_for("site_complaints.further", number=number)
    moment = dt.datetime.now(ZONE)
    village = front_page(current_tenant(), moment, language)

    def page_url(other: int) -> str:
        return (url_for(HERE) if other == 1 else url_for("site_complaints.further", number=other)) + asked

    html = draw_page(
        language,
        "complaints",
        village,
        here=HERE,
        path=path,
        found=found,
        categories={code: str(label) for code, label in CATEGORIES.items()},
        states={code: str(label) for code, label in STATES.items()},
        tones=TONES,
        promise_days=services.promise_days(),
        page_url=page_url,
        send_url="" if village.is_being_set_up else url_for("complaint_box.new"),
        check_url=url_for("complaint_box.ask"),
    )
    midnight = dt.datetime.combine(moment.date() + dt.timedelta(days=1), dt.time(), ZONE)
    return PublicPage(html, min(midnight, moment + KEPT))
