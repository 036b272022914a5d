"""The API of the help centre: reading on both kinds of host, writing on the province's."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Response, abort
from flask_babel import gettext as _
from marshmallow import fields, validate

from app.core.api import ApiBlueprint, KeysetQuery, page_of, schema_of_page
from app.core.api.paging import BEHIND
from app.core.api.versions import IfMatch, etag
from app.core.permissions import requires
from app.core.ui.errors import problem
from app.core.ui.sentences import status_sentence
from app.core.village.errors import ChangedMeanwhile, Missing
from app.province.knowledge import queries, services
from app.province.knowledge.models import GuideArticle
from app.province.knowledge.reading import is_endpoint
from app.province.knowledge.schemas import (
    ArticleLineSchema,
    ArticleNewSchema,
    ArticleSchema,
    KeptArticleSchema,
    OpinionSchema,
    StateSchema,
)
from app.province.knowledge.services import Refused
from tenants.scope import current_tenant

guide_api = ApiBlueprint(
    "guides",
    __name__,
    audience="province",
    description="The help centre: how things are done, and writing it.",
)
village_guide_api = ApiBlueprint(
    "guide-reading", __name__, audience="village", description="The help centre: how things are done."
)
SLUG = "<string(maxlength=80):slug>"


class GuideQuery(KeysetQuery):
    """Which articles."""

    search = fields.String(
        validate=validate.Length(max=100), metadata={"description": "Words, or how they begin."}
    )
    page = fields.String(
        validate=validate.Length(max=120),
        metadata={"description": "The endpoint of the page that is explained."},
    )
    after = fields.String(validate=validate.Length(max=80), metadata={"description": BEHIND})


@guide_api.route("/guides")
@requires("overview.view")
@guide_api.arguments(GuideQuery, location="query")
@guide_api.response(200, schema_of_page(ArticleLineSchema))
def guides(query: dict[str, Any]) -> Any:
    """Published articles for officers, villages and residents, by their slug."""
    return _listed(query, "province")


@guide_api.route(f"/guides/{SLUG}")
@requires("overview.view")
@guide_api.response(200, ArticleSchema)
def guide(slug: str) -> Any:
    """One published article."""
    return queries.one(slug.replace("\x00", ""), "province")


@guide_api.route("/guides", methods=["POST"])
@requires("guides.write")
@guide_api.arguments(ArticleNewSchema)
@guide_api.response(201, KeptArticleSchema)
def write_guide(values: dict[str, Any]) -> Any:
    """Write a draft. Pictures are added on its page."""
    row = services.write(_checked(values))
    return _kept(row), etag(row.row_version)


@guide_api.route("/guides/<uuid:article_id>", methods=["PUT"])
@requires("guides.write")
@guide_api.arguments(IfMatch, location="headers")
@guide_api.arguments(ArticleNewSchema)
@guide_api.response(200, KeptArticleSchema)
@guide_api.problems("PRECONDITION_FAILED")
def change_guide(headers: dict[str, Any], values: dict[str, Any], article_id: uuid.UUID) -> Any:
    """Write an article anew; a shipped one becomes the programme's own."""
    row = services.change(article_id, _checked(values), seen=headers["version"])
    return _kept(row), etag(row.row_version)


@guide_api.route("/guides/<uuid:article_id>/state", methods=["POST"])
@requires("guides.write")
@guide_api.arguments(IfMatch, location="headers")
@guide_api.arguments(StateSchema)
@guide_api.response(200, KeptArticleSchema)
@guide_api.problems("CONFLICT", "PRECONDITION_FAILED")
def set_state(headers: dict[str, Any], values: dict[str, Any], article_id: uuid.UUID) -> Any:
    """Publish an article, or withdraw it from its readers."""
    row = services.set_state(article_id, values["state"], seen=headers["version"])
    return _kept(row), etag(row.row_version)


@village_guide_api.route("/guides")
@requires("village.view")
@village_guide_api.arguments(GuideQuery, location="query")
@village_guide_api.response(200, schema_of_page(ArticleLineSchema))
def village_guides(query: dict[str, Any]) -> Any:
    """Published articles for a village's staff and its residents, by their slug."""
    return _listed(query, "village")


@village_guide_api.route(f"/guides/{SLUG}")
@requires("village.view")
@village_guide_api.response(200, ArticleSchema)
def village_guide(slug: str) -> Any:
    """One published article."""
    return queries.one(slug.replace("\x00", ""), "village")


@village_guide_api.route(f"/guides/{SLUG}/opinions", methods=["POST"])
@requires("village.view")
@village_guide_api.arguments(OpinionSchema)
@village_guide_api.response(204)
def give_opinion(values: dict[str, Any], slug: str) -> None:
    """Say whether an article was useful, and what was missed. No name is kept."""
    row = queries.one(slug.replace("\x00", ""), "village")
    services.note_opinion(row.id, tenant_id=current_tenant().id, **values)


def _listed(query: dict[str, Any], reader: str) -> Any:
    text, page = query.get("search", "").replace("\x00", ""), query.get("page", "").replace("\x00", "")
    rows = queries.found(text, reader) if text else queries.published(reader)
    after = query.get("after", "")
    chosen = sorted(
        (row for row in rows if row.slug > after and (not page or page in row.pages)),
        key=lambda row: row.slug,
    )
    return page_of(chosen, query["limit"], lambda row: row.slug)


def _checked(values: dict[str, Any]) -> dict[str, Any]:
    unknown = [name for name in values["pages"] if not is_endpoint(name)]
    if unknown:
        abort(422, _("Tidak ada halaman bernama %(name)s.", name=unknown[0][:80]))
    return values


def _kept(row: GuideArticle) -> dict[str, Any]:
    names = KeptArticleSchema().fields.keys() - {"is_own"}
    return {**{name: getattr(row, name) for name in names}, "is_own": row.shipped_digest is None}


def _missing(error: Exception) -> Response:
    return problem(404, "Not Found", status_sentence(404))


def _changed(error: ChangedMeanwhile) -> Response:
    return problem(412, "Precondition Failed", status_sentence(412))


def _refused(error: Refused) -> Response:
    return problem(409, "Conflict", str(error))


for _blueprint in (guide_api, village_guide_api):
    _blueprint.register_error_handler(Missing, _missing)
    _blueprint.register_error_handler(ChangedMeanwhile, _changed)
    _blueprint.register_error_handler(Refused, _refused)
