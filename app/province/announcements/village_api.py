"""A village's API: announcements of the regions above, and the documents that they share."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Response
from marshmallow import fields, validate

from app.core.actors import acting
from app.core.api import ApiBlueprint, KeysetQuery, schema_of_page
from app.core.api.paging import BEHIND, page_after
from app.core.permissions import requires
from app.province.announcements import reading, sharing
from app.province.announcements.api import BYTES, answer_errors
from app.province.announcements.reading import News, NewsFilter
from app.province.announcements.records import NewsOneSchema, NewsSchema, VillageDocumentSchema
from app.province.announcements.sharing import CATEGORIES, DocumentFilter

news_api = ApiBlueprint(
    "news",
    __name__,
    audience="village",
    description="What province, kabupaten and kecamatan tell the village.",
)
news_document_api = ApiBlueprint(
    "news-documents", __name__, audience="village", description="Documents that the regions above share."
)


class NewsQuery(KeysetQuery):
    """Which announcements."""

    view = fields.String(
        validate=validate.OneOf(["unread", "unconfirmed", "past"]),
        metadata={"description": "unread by the token's account, not confirmed yet, or shown no more."},
    )
    search = fields.String(validate=validate.Length(max=80))
    after = fields.UUID(metadata={"description": BEHIND})


class NewsDocumentQuery(KeysetQuery):
    """Which documents."""

    category = fields.String(validate=validate.OneOf(tuple(CATEGORIES)))
    search = fields.String(validate=validate.Length(max=80))
    after = fields.UUID(metadata={"description": BEHIND})


@news_api.route("/announcements")
@requires("village.view")
@news_api.arguments(NewsQuery, location="query")
@news_api.response(200, schema_of_page(NewsSchema))
def announcements(query: dict[str, Any]) -> Any:
    """The village's announcements, newest first. Reading the list marks nothing as read."""
    wanted = NewsFilter(query.get("view", ""), query.get("search", "").replace("\x00", ""))
    found, after = reading.news(acting().account_id, wanted, after=query.get("after"), limit=query["limit"])
    return page_after(found, str(after) if after else None)


@news_api.route("/announcements/<uuid:announcement_id>")
@requires("village.view")
@news_api.response(200, NewsOneSchema)
def announcement(announcement_id: uuid.UUID) -> News:
    """One announcement with its files. Whoever showed it to a person says so by `read`."""
    return reading.one(announcement_id, acting().account_id)


@news_api.route("/announcements/<uuid:announcement_id>/read", methods=["POST"])
@requires("village.view")
@news_api.response(200, NewsOneSchema)
def read_announcement(announcement_id: uuid.UUID) -> News:
    """Mark it as read by the token's account."""
    return reading.open_news(announcement_id, acting())


@news_api.route("/announcements/<uuid:announcement_id>/confirm", methods=["POST"])
@requires("village.view")
@news_api.response(200, NewsOneSchema)
@news_api.problems("CONFLICT")
def confirm_announcement(announcement_id: uuid.UUID) -> News:
    """Say for the village that it knows; the first who does so is named. Doing it twice is one."""
    return reading.confirm(announcement_id, acting())


@news_api.route("/announcements/<uuid:announcement_id>/files/<uuid:file_id>")
@requires("village.view")
@news_api.response(200, BYTES, content_type="application/octet-stream")
def announcement_file(announcement_id: uuid.UUID, file_id: uuid.UUID) -> Response:
    """A file of an announcement that the village received."""
    return reading.attachment(announcement_id, file_id)


@news_document_api.route("/shared-documents")
@requires("village.view")
@news_document_api.arguments(NewsDocumentQuery, location="query")
@news_document_api.response(200, schema_of_page(VillageDocumentSchema))
def shared_documents(query: dict[str, Any]) -> Any:
    """What the village's province, kabupaten and kecamatan share; newest first."""
    wanted = DocumentFilter(query.get("category", ""), query.get("search", "").replace("\x00", ""))
    found, after = sharing.village_documents(wanted, after=query.get("after"), limit=query["limit"])
    return page_after(found, str(after) if after else None)


@news_document_api.route("/shared-documents/<uuid:document_id>/file")
@requires("village.view")
@news_document_api.response(200, BYTES, content_type="application/octet-stream")
def shared_document_file(document_id: uuid.UUID) -> Response:
    """The document's file in its newest version; fetching it is counted for the village."""
    return sharing.fetch_document(document_id, acting())


answer_errors(news_api, news_document_api)
