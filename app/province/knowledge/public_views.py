"""The guides for residents, for everybody on a village's host, and what they think of them.

The pages are kept like the village's other public ones, for ten minutes: an article may change at any time. What is
thought of an article is asked on a page of its own, since a kept page holds no token.
"""

from __future__ import annotations

import datetime as dt

from flask import abort, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.core.blueprints import AudienceBlueprint
from app.core.forms import check
from app.core.permissions import anonymous
from app.core.ui.formats import ZONE
from app.core.village.errors import Missing
from app.extensions import counted_address, limiter
from app.province.knowledge import queries, reading, services
from app.province.knowledge.queries import Guide
from app.province.knowledge.schemas import OpinionForm
from app.province.knowledge.views import SLUG, parts_of, searched
from app.site.framing import draw_page
from app.site.front import FrontPage, front_page
from app.site.page_cache import PublicPage, public_page
from tenants.scope import current_tenant

resident_guides = AudienceBlueprint(
    "resident_guides", __name__, audience="public", url_prefix="/panduan/warga"
)
opinions = AudienceBlueprint("guide_opinions", __name__, audience="resident", url_prefix="/panduan/warga")

HERE = "resident_guides.index"
KEPT = dt.timedelta(minutes=10)
PER_ADDRESS = "10 per 10 minutes; 60 per day"
TRAP = "situs"
"""A field that people do not see and programs fill in."""


@resident_guides.get("")
@anonymous
@public_page
def index(language: str) -> PublicPage:
    """All guides for residents."""
    rows = queries.published("resident")
    village, until = _village(language)
    html = draw_page(
        language, "guides", village, here=HERE, path=url_for(HERE), parts=parts_of(rows, "resident"), rows=rows,
        search_url=url_for("guide_opinions.search"),
    )  # fmt: skip
    return PublicPage(html, until)


@resident_guides.get(f"/{SLUG}")
@anonymous
@public_page
def show(language: str, slug: str) -> PublicPage:
    """One guide."""
    row = _found(slug)
    village, until = _village(language)
    html = draw_page(
        language, "guide", village, here=HERE, path=url_for("resident_guides.show", slug=slug), row=row,
        body=reading.drawn_for_everybody(row.body), index_url=url_for(HERE),
        opinion_url=url_for("guide_opinions.ask", slug=slug),
    )  # fmt: skip
    return PublicPage(html, until)


@opinions.get("/cari")
@anonymous
def search() -> str:
    """What was searched in the guides for residents."""
    text = searched()
    return render_template("guides/resident_search.html", text=text, rows=queries.found(text, "resident"))


@opinions.get(f"/{SLUG}/pendapat")
@anonymous
def ask(slug: str) -> ResponseReturnValue:
    """Ask what somebody thinks of a guide."""
    return _asked(_found(slug), 200)


@opinions.post(f"/{SLUG}/pendapat")
@anonymous
@limiter.limit(PER_ADDRESS, key_func=counted_address)
def give(slug: str) -> ResponseReturnValue:
    """Keep it, and thank. What fills in the trap is thanked and forgotten."""
    row = _found(slug)
    checked = check(OpinionForm(), request.form)
    if not checked.is_valid:
        return _asked(row, 422, checked.typed, checked.errors)
    if not request.form.get(TRAP):
        services.note_opinion(row.id, tenant_id=current_tenant().id, **checked.values)
    return redirect(url_for(".thank", slug=slug), 303)


@opinions.get(f"/{SLUG}/pendapat/terima-kasih")
@anonymous
def thank(slug: str) -> str:
    """Thank, and lead back."""
    return render_template("guides/resident_thanks.html", row=_found(slug))


def _asked(
    row: Guide,
    status: int,
    typed: dict[str, object] | None = None,
    errors: dict[str, list[str]] | None = None,
) -> ResponseReturnValue:
    page = render_template(
        "guides/resident_opinion.html", row=row, typed=typed or {}, errors=errors or {}, trap=TRAP
    )
    return make_response(page, status)


def _found(slug: str) -> Guide:
    try:
        return queries.one(slug.replace("\x00", ""), "resident")
    except Missing:
        abort(404)


def _village(language: str) -> tuple[FrontPage, dt.datetime]:
    moment = dt.datetime.now(ZONE)
    village = front_page(current_tenant(), moment, language)
    midnight = dt.datetime.combine(moment.date() + dt.timedelta(days=1), dt.time(), ZONE)
    return village, min(midnight, moment + KEPT)
