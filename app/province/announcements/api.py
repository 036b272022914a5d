"""The province's API of announcements and shared documents, as far as the account's region reaches."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Response, abort
from flask_babel import gettext as _
from marshmallow import Schema, fields, validate

from app.core.actors import current_actor
from app.core.api import ApiBlueprint, KeysetQuery, schema_of_page
from app.core.api.paging import BEHIND, page_after
from app.core.api.versions import IfMatch, etag
from app.core.files.services import FileMissing
from app.core.forms import Line
from app.core.permissions import requires
from app.core.ui.errors import problem
from app.core.ui.sentences import status_sentence
from app.core.village.errors import ChangedMeanwhile, Invalid, Missing
from app.province.announcements import audience as audiences
from app.province.announcements import queries, services, sharing
from app.province.announcements.models import Announcement
from app.province.announcements.queries import RECEIPT_STATES, STATES, ReceiptFilter
from app.province.announcements.records import (
    AnnouncementLineSchema,
    AnnouncementRecordSchema,
    OfficeDocumentSchema,
    ReceiptSchema,
    RemindedSchema,
    SentSchema,
)
from app.province.announcements.refusing import note_foreign
from app.province.announcements.schemas import AnnouncementNewSchema, typed_audience
from app.province.announcements.services import Refused
from app.province.announcements.sharing import CATEGORIES, DocumentFilter
from app.province.regions import seen_territory, territory

announcement_api = ApiBlueprint(
    "announcements",
    __name__,
    audience="province",
    description="What a region's office tells its villages, and who read it.",
)
document_api = ApiBlueprint(
    "shared-documents",
    __name__,
    audience="province",
    description="Documents that offices share with villages.",
)
BYTES = {"type": "string", "format": "binary"}


class AnnouncementQuery(KeysetQuery):
    """Which announcements."""

    state = fields.String(validate=validate.OneOf(STATES))
    after = fields.UUID(metadata={"description": BEHIND})


class ReceiptQuery(KeysetQuery):
    """Which villages of an announcement."""

    state = fields.String(
        validate=validate.OneOf(RECEIPT_STATES),
        metadata={"description": "unread and unconfirmed: of those that could; nobody: no staff here yet."},
    )
    region = fields.String(validate=validate.Regexp(r"^\d{2}(\.\d{2}(\.\d{2})?)?$"))
    after = fields.String(
        validate=validate.Regexp(r"^\d{2}\.\d{2}\.\d{2}\.\d{4}$"), metadata={"description": BEHIND}
    )


class DocumentQuery(KeysetQuery):
    """Which documents."""

    category = fields.String(validate=validate.OneOf(tuple(CATEGORIES)))
    search = fields.String(validate=validate.Length(max=80))
    after = fields.UUID(metadata={"description": BEHIND})


class WithdrawalSchema(Schema):
    """Why an announcement is withdrawn; villages read it."""

    reason = Line(required=True, longest=services.LONGEST_REASON)


@announcement_api.route("/announcements")
@requires("announcements.send")
@announcement_api.arguments(AnnouncementQuery, location="query")
@announcement_api.response(200, schema_of_page(AnnouncementLineSchema))
def announcements(query: dict[str, Any]) -> Any:
    """Own announcements, and those of other offices that reached villages of the account's region; newest first."""
    page = queries.page_of(
        _office(), state=query.get("state", ""), after=query.get("after"), limit=query["limit"]
    )
    items = [{**_record(line.announcement), "tally": line.tally} for line in page.lines]
    return page_after(items, str(page.after) if page.after else None)


@announcement_api.route("/announcements", methods=["POST"])
@requires("announcements.send")
@announcement_api.arguments(AnnouncementNewSchema)
@announcement_api.response(201, AnnouncementRecordSchema)
def add_announcement(values: dict[str, Any]) -> Any:
    """Write a draft; it is sent by an operation of its own. Files are attached on its page."""
    meant = audiences.checked_audience(typed_audience(values["audience"]), _office())
    row = services.write_draft(values, meant, office=_office())
    return row, etag(row.row_version)


@announcement_api.route("/announcements/<uuid:announcement_id>")
@requires("announcements.send")
@announcement_api.response(200, AnnouncementLineSchema)
def announcement(announcement_id: uuid.UUID) -> Any:
    """One announcement with its tally in the account's region."""
    row = _found(announcement_id)
    return {**_record(row), "tally": queries.tally_of(row.id, _office())}, etag(row.row_version)


@announcement_api.route("/announcements/<uuid:announcement_id>", methods=["PUT"])
@requires("announcements.send")
@announcement_api.arguments(IfMatch, location="headers")
@announcement_api.arguments(AnnouncementNewSchema)
@announcement_api.response(200, AnnouncementRecordSchema)
@announcement_api.problems("PRECONDITION_FAILED", "CONFLICT")
def change_announcement(seen: dict[str, Any], values: dict[str, Any], announcement_id: uuid.UUID) -> Any:
    """Write a draft of the own office anew; its files stay."""
    meant = audiences.checked_audience(typed_audience(values["audience"]), _office())
    row = services.change_draft(announcement_id, values, meant, office=_office(), seen=seen["version"])
    return row, etag(row.row_version)


@announcement_api.route("/announcements/<uuid:announcement_id>", methods=["DELETE"])
@requires("announcements.send")
@announcement_api.response(204)
@announcement_api.problems("CONFLICT")
def delete_announcement(announcement_id: uuid.UUID) -> None:
    """Take a draft away."""
    services.delete_draft(announcement_id, office=_office())


@announcement_api.route("/announcements/<uuid:announcement_id>/send", methods=["POST"])
@requires("announcements.send")
@announcement_api.arguments(IfMatch, location="headers")
@announcement_api.response(200, SentSchema)
@announcement_api.problems("PRECONDITION_FAILED", "CONFLICT")
def send_announcement(seen: dict[str, Any], announcement_id: uuid.UUID) -> Any:
    """Send a draft to its villages. Asking twice sends once."""
    sent = services.send(announcement_id, office=_office(), seen=seen["version"])
    return {"sent": sent, "tally": queries.tally_of(announcement_id, _office())}


@announcement_api.route("/announcements/<uuid:announcement_id>/withdraw", methods=["POST"])
@requires("announcements.send")
@announcement_api.arguments(WithdrawalSchema)
@announcement_api.response(200, AnnouncementRecordSchema)
@announcement_api.problems("CONFLICT")
def withdraw_announcement(values: dict[str, Any], announcement_id: uuid.UUID) -> Any:
    """Take back what was sent: villages see that it was withdrawn, and why."""
    services.withdraw(announcement_id, office=_office(), reason=values["reason"])
    return _found(announcement_id)


@announcement_api.route("/announcements/<uuid:announcement_id>/reminders", methods=["POST"])
@requires("announcements.send")
@announcement_api.response(200, RemindedSchema)
@announcement_api.problems("CONFLICT")
def remind_announcement(announcement_id: uuid.UUID) -> Any:
    """Remind the villages that have not read (or not confirmed) it; once a day at most."""
    return {"villages": services.remind(announcement_id, office=_office())}


@announcement_api.route("/announcements/<uuid:announcement_id>/receipts")
@requires("announcements.send")
@announcement_api.arguments(ReceiptQuery, location="query")
@announcement_api.response(200, schema_of_page(ReceiptSchema))
def announcement_receipts(query: dict[str, Any], announcement_id: uuid.UUID) -> Any:
    """The villages of the account's region that it went to, by code, with how far they are."""
    row = _found(announcement_id)
    here = seen_territory(query["region"]) if "region" in query else territory(_office())
    wanted = ReceiptFilter(here, query.get("state", ""))
    lines, after = queries.receipts(row, wanted, after=query.get("after", ""), limit=query["limit"])
    items = [
        {
            "village_id": line.village.id,
            "village_code": line.village.code,
            "village": f"{line.village.term} {line.village.name}",
            "state": line.state,
            "delivered_at": line.recipient.delivered_at,
            "first_read_at": line.recipient.first_read_at,
            "first_read_by": line.recipient.first_read_by,
            "readers": len(line.recipient.reader_ids),
            "confirmed_at": line.recipient.confirmed_at,
            "confirmed_by": line.recipient.confirmed_by,
        }
        for line in lines
    ]
    return page_after(items, after)


@document_api.route("/shared-documents")
@requires("announcements.send")
@document_api.arguments(DocumentQuery, location="query")
@document_api.response(200, schema_of_page(OfficeDocumentSchema))
def shared_documents(query: dict[str, Any]) -> Any:
    """What the own office, those above and those below share; newest first."""
    wanted = DocumentFilter(query.get("category", ""), query.get("search", "").replace("\x00", ""))
    lines, after = sharing.documents_of(_office(), wanted, after=query.get("after"), limit=query["limit"])
    names = OfficeDocumentSchema().fields.keys() - {"opened"}
    items = [
        {**{name: getattr(line.document, name) for name in names}, "opened": line.opened} for line in lines
    ]
    return page_after(items, str(after) if after else None)


@document_api.route("/shared-documents/<uuid:document_id>/file")
@requires("announcements.send")
@document_api.response(200, BYTES, content_type="application/octet-stream")
def shared_document_file(document_id: uuid.UUID) -> Response:
    """The document's file in its newest version."""
    try:
        return sharing.document_answer(document_id, _office())
    except Missing:
        note_foreign(sharing.office_of(document_id), _office())
        raise


def _record(row: Announcement) -> dict[str, Any]:
    names = [field.attribute or name for name, field in AnnouncementRecordSchema().fields.items()]
    told = {name: getattr(row, name) for name in names}
    if row.region_code != _office():
        # Whom else another office wrote to lies outside of the reader's region.
        told["audience"] = {**row.audience, "regions": [], "villages": []}
    return told


def _found(announcement_id: uuid.UUID) -> Announcement:
    try:
        return queries.find(announcement_id, _office())
    except Missing:
        note_foreign(queries.office_of(announcement_id), _office())
        raise


def _office() -> str:
    actor = current_actor()
    if actor is None or actor.region_code is None:
        abort(403, _("Akun ini tidak memegang wilayah."))
    return actor.region_code


def _invalid(error: Invalid) -> Response:
    return problem(422, "Unprocessable Content", str(error), errors={"json": {error.field: [str(error)]}})


def _missing(error: Exception) -> Response:
    return problem(404, "Not Found", status_sentence(404))


def _changed(error: ChangedMeanwhile) -> Response:
    return problem(412, "Precondition Failed", status_sentence(412))


def _refused(error: Refused) -> Response:
    return problem(409, "Conflict", str(error))


def answer_errors(*blueprints: ApiBlueprint) -> None:
    """Let operations answer with a problem what their services refuse."""
    for blueprint in blueprints:
        blueprint.register_error_handler(Invalid, _invalid)
        blueprint.register_error_handler(Missing, _missing)
        blueprint.register_error_handler(FileMissing, _missing)
        blueprint.register_error_handler(ChangedMeanwhile, _changed)
        blueprint.register_error_handler(Refused, _refused)


answer_errors(announcement_api, document_api)
