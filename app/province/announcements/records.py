"""What the APIs answer with: records of announcements, receipts and documents."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from app.province.announcements.queries import STATES
from app.province.announcements.schemas import AudienceSchema
from app.province.announcements.sharing import CATEGORIES

RECEIPT_STATES = ["waiting", "unread", "unconfirmed", "read", "confirmed", "nobody"]


class TallySchema(Schema):
    """How far the villages of the account's region are."""

    total = fields.Integer(required=True)
    readable = fields.Integer(
        required=True, metadata={"description": "Villages with somebody who can read it, or who did."}
    )
    delivered = fields.Integer(required=True, metadata={"description": "Their staff were told."})
    read = fields.Integer(required=True)
    confirmed = fields.Integer(required=True)


class AttachmentSchema(Schema):
    """A file."""

    id = fields.UUID(required=True)
    name = fields.String(required=True)
    size = fields.Integer(required=True, metadata={"description": "Bytes."})
    media_type = fields.String(required=True)


class AnnouncementRecordSchema(Schema):
    """An announcement as an office sees it."""

    id = fields.UUID(required=True)
    region_code = fields.String(required=True, metadata={"description": "The office that writes."})
    state = fields.String(required=True, validate=validate.OneOf(STATES))
    title = fields.String(required=True)
    body = fields.String(required=True)
    audience = fields.Nested(AudienceSchema, required=True)
    needs_confirmation = fields.Boolean(required=True)
    shown_until = fields.AwareDateTime(required=True, allow_none=True)
    author = fields.String(required=True, attribute="author_name")
    created_at = fields.AwareDateTime(required=True)
    sent_at = fields.AwareDateTime(required=True, allow_none=True)
    sent_by = fields.String(required=True, allow_none=True)
    withdrawn_at = fields.AwareDateTime(required=True, allow_none=True)
    reason = fields.String(required=True, allow_none=True, metadata={"description": "Why it was withdrawn."})
    row_version = fields.Integer(
        required=True, metadata={"description": "Send it as If-Match to change or send the draft."}
    )


class AnnouncementLineSchema(AnnouncementRecordSchema):
    """An announcement of the list with its tally."""

    tally = fields.Nested(TallySchema, required=True)


class ReceiptSchema(Schema):
    """A village that an announcement went to."""

    village_id = fields.UUID(required=True)
    village_code = fields.String(required=True)
    village = fields.String(required=True)
    state = fields.String(required=True, validate=validate.OneOf(RECEIPT_STATES))
    delivered_at = fields.AwareDateTime(required=True, allow_none=True)
    first_read_at = fields.AwareDateTime(required=True, allow_none=True)
    first_read_by = fields.String(required=True, allow_none=True)
    readers = fields.Integer(required=True)
    confirmed_at = fields.AwareDateTime(required=True, allow_none=True)
    confirmed_by = fields.String(required=True, allow_none=True)


class SentSchema(Schema):
    """What came of sending."""

    sent = fields.Boolean(
        required=True, metadata={"description": "false: it had been sent before; nothing was sent again."}
    )
    tally = fields.Nested(TallySchema, required=True)


class RemindedSchema(Schema):
    """What came of reminding."""

    villages = fields.Integer(required=True, metadata={"description": "How many villages are reminded."})


class NewsSchema(Schema):
    """An announcement as the village holds it; text and files are empty once it was withdrawn."""

    id = fields.UUID(required=True)
    title = fields.String(required=True)
    body = fields.String(required=True)
    sender = fields.String(required=True, metadata={"description": "The region that wrote it."})
    sent_at = fields.AwareDateTime(required=True)
    needs_confirmation = fields.Boolean(required=True)
    shown_until = fields.AwareDateTime(required=True, allow_none=True)
    is_withdrawn = fields.Boolean(required=True)
    reason = fields.String(required=True, metadata={"description": "Why it was withdrawn; else empty."})
    is_read_by_me = fields.Boolean(required=True, metadata={"description": "By the token's account."})
    first_read_at = fields.AwareDateTime(required=True, allow_none=True)
    first_read_by = fields.String(required=True)
    readers = fields.Integer(required=True)
    confirmed_at = fields.AwareDateTime(required=True, allow_none=True)
    confirmed_by = fields.String(required=True)


class NewsOneSchema(NewsSchema):
    """An announcement with its files."""

    attachments = fields.List(fields.Nested(AttachmentSchema), required=True)


class KnownCategory(fields.String):
    """A document's category as the API promises it: one that is not known any more is among the others."""

    def _serialize(self, value: str | None, attr: str | None, obj: object, **kwargs: object) -> str | None:
        return super()._serialize(value if value in CATEGORIES else "other", attr, obj, **kwargs)


class DocumentSchema(Schema):
    """A shared document."""

    id = fields.UUID(required=True)
    title = fields.String(required=True)
    description = fields.String(required=True)
    category = KnownCategory(required=True, validate=validate.OneOf(tuple(CATEGORIES)))
    file_name = fields.String(required=True)
    media_type = fields.String(required=True)
    size = fields.Integer(required=True, metadata={"description": "Bytes."})
    version = fields.Integer(required=True)
    shared_at = fields.AwareDateTime(required=True)


class OfficeDocumentSchema(DocumentSchema):
    """A shared document as an office sees it."""

    region_code = fields.String(required=True)
    shared_by = fields.String(required=True)
    withdrawn_at = fields.AwareDateTime(required=True, allow_none=True)
    opened = fields.Integer(
        required=True, metadata={"description": "Villages of the account's region that fetched it."}
    )


class VillageDocumentSchema(DocumentSchema):
    """A shared document as a village sees it."""

    sender = fields.String(required=True, metadata={"description": "The region that shares it."})
    fetched_version = fields.Integer(
        required=True, allow_none=True, metadata={"description": "The version the village fetched last."}
    )
