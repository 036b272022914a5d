"""What the API of events reads and answers with."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from app.core.api.paging import BEHIND, KeysetQuery
from app.core.forms import Line, Paragraphs, Phone
from app.province.training.events.lists import VIEWS
from app.province.training.events.models import KINDS, STATES
from app.province.training.events.schemas import (
    LONGEST_REASON,
    LONGEST_TEXT,
    LONGEST_TITLE,
    MOST_RUPIAH,
    MOST_SEATS,
    MOST_SPEAKERS,
    MOST_TOPICS,
)
from app.province.training.events.words import COSTS, PILLARS

REGION = validate.Regexp(r"^\d{2}(\.\d{2}(\.\d{2})?)?$")
SEATS = validate.Range(1, MOST_SEATS)


class EventQuery(KeysetQuery):
    """Which events."""

    view = fields.String(load_default="all", validate=validate.OneOf(VIEWS))
    kind = fields.String(load_default="", validate=validate.OneOf(KINDS))
    region = fields.String(load_default="", validate=REGION)
    programme = fields.UUID(load_default=None)
    search = fields.String(load_default="", validate=validate.Length(max=80))
    after = fields.UUID(load_default=None, metadata={"description": BEHIND})


class NameQuery(KeysetQuery):
    """Which entries, by name."""

    search = fields.String(load_default="", validate=validate.Length(max=80))
    after = fields.UUID(load_default=None, metadata={"description": BEHIND})


class EventNewSchema(Schema):
    """An event as a program writes it: a draft, until it is opened."""

    organiser = fields.String(
        load_default="",
        validate=REGION,
        metadata={"description": "The account's region, or one below it; counts when it is new."},
    )
    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    title = Line(required=True, longest=LONGEST_TITLE, shortest=5)
    description = Paragraphs(longest=LONGEST_TEXT, load_default="")
    programme_id = fields.UUID(load_default=None, allow_none=True)
    venue_id = fields.UUID(load_default=None, allow_none=True)
    starts_on = fields.Date(required=True)
    ends_on = fields.Date(load_default=None, allow_none=True, metadata={"description": "None: one day."})
    registration_until = fields.Date(load_default=None, allow_none=True)
    capacity = fields.Integer(
        load_default=None,
        allow_none=True,
        strict=True,
        validate=SEATS,
        metadata={"description": "None: no limit."},
    )
    per_village = fields.Integer(
        load_default=None, allow_none=True, strict=True, validate=validate.Range(1, 1000)
    )
    budget = fields.Integer(
        load_default=None, allow_none=True, strict=True, validate=validate.Range(0, MOST_RUPIAH),
        metadata={"description": "Rp."},
    )  # fmt: skip
    opened_by = Line(longest=200, load_default="")


class EventRecordSchema(Schema):
    """An event."""

    id = fields.UUID(required=True)
    region_code = fields.String(required=True, metadata={"description": "The organiser's region."})
    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    state = fields.String(required=True, validate=validate.OneOf(STATES))
    title = fields.String(required=True)
    description = fields.String(required=True)
    programme_id = fields.UUID(required=True, allow_none=True)
    venue_id = fields.UUID(required=True, allow_none=True)
    starts_on = fields.Date(required=True)
    ends_on = fields.Date(required=True)
    registration_until = fields.Date(required=True, allow_none=True)
    capacity = fields.Integer(required=True, allow_none=True)
    per_village = fields.Integer(required=True, allow_none=True)
    budget = fields.Integer(required=True, allow_none=True, metadata={"description": "Rp."})
    opened_by = fields.String(required=True)
    reason = fields.String(required=True, allow_none=True, metadata={"description": "Why it was called off."})
    schedule_version = fields.Integer(
        required=True, metadata={"description": "Grows with each move in time or place."}
    )
    row_version = fields.Integer(required=True, metadata={"description": "Send it as If-Match to change it."})


class EventLineSchema(EventRecordSchema):
    """An event of the list with its figures."""

    venue = fields.String(required=True, metadata={"description": "The place's name."})
    registered = fields.Integer(required=True)
    waiting = fields.Integer(required=True)


class SpeakerNameSchema(Schema):
    """Who speaks."""

    id = fields.UUID(required=True)
    name = fields.String(required=True)


class SessionRecordSchema(Schema):
    """A session."""

    id = fields.UUID(required=True)
    title = fields.String(required=True)
    pillar = fields.String(required=True, validate=validate.OneOf(tuple(PILLARS)))
    starts_at = fields.AwareDateTime(required=True)
    ends_at = fields.AwareDateTime(required=True)
    room = fields.String(required=True)
    speakers = fields.List(fields.Nested(SpeakerNameSchema), required=True)


class QuotaRecordSchema(Schema):
    """A region's seats."""

    region_code = fields.String(required=True)
    seats = fields.Integer(required=True)


class ClashSchema(Schema):
    """A session and another one that want the same place or speaker."""

    kind = fields.String(required=True, validate=validate.OneOf(("venue", "speaker")))
    what = fields.String(required=True, metadata={"description": "The place (and room), or the speaker."})
    session_id = fields.UUID(required=True, allow_none=True)
    session = fields.String(required=True, attribute="title")
    office = fields.String(required=True, metadata={"description": "Whose event the other session is of."})
    starts_at = fields.AwareDateTime(required=True)
    ends_at = fields.AwareDateTime(required=True)
    other_event_id = fields.UUID(
        required=True,
        allow_none=True,
        metadata={"description": "null: of an office out of the account's sight."},
    )
    other_event = fields.String(required=True, allow_none=True, attribute="other_title")
    other_session = fields.String(required=True, allow_none=True)


class EventWholeSchema(EventRecordSchema):
    """An event with its sessions, seats and what stands in its way."""

    registered = fields.Integer(required=True)
    waiting = fields.Integer(required=True)
    villages = fields.Integer(required=True, metadata={"description": "That send somebody."})
    spent = fields.Integer(required=True, metadata={"description": "Rp."})
    planned = fields.Integer(required=True, metadata={"description": "Rp, not paid yet."})
    sessions = fields.List(fields.Nested(SessionRecordSchema), required=True)
    quotas = fields.List(fields.Nested(QuotaRecordSchema), required=True)
    clashes = fields.List(fields.Nested(ClashSchema), required=True)


class EventReasonSchema(Schema):
    """Why an event is called off; villages and participants read it."""

    reason = Line(required=True, longest=LONGEST_REASON, shortest=5)


class SessionNewSchema(Schema):
    """A session as a program writes it; its hours are of the province's zone (Asia/Jakarta)."""

    title = Line(required=True, longest=LONGEST_TITLE, shortest=3)
    pillar = fields.String(required=True, validate=validate.OneOf(tuple(PILLARS)))
    day = fields.Date(required=True)
    starts = fields.Time(required=True, format="%H:%M", metadata={"description": "08:00"})
    ends = fields.Time(required=True, format="%H:%M", metadata={"description": "12:00"})
    room = Line(longest=80, load_default="")
    speakers = fields.List(fields.UUID(), load_default=list, validate=validate.Length(max=MOST_SPEAKERS))


class CostNewSchema(Schema):
    """A cost as a program writes it."""

    category = fields.String(required=True, validate=validate.OneOf(tuple(COSTS)))
    description = Line(required=True, longest=200, shortest=3)
    amount = fields.Integer(required=True, strict=True, validate=validate.Range(1, MOST_RUPIAH))
    spent_on = fields.Date(load_default=None, allow_none=True, metadata={"description": "null: planned."})


class CostRecordSchema(Schema):
    """A cost."""

    id = fields.UUID(required=True)
    category = fields.String(required=True)
    description = fields.String(required=True)
    amount = fields.Integer(required=True, metadata={"description": "Rp."})
    spent_on = fields.Date(required=True, allow_none=True)
    recorded_by = fields.String(required=True)


class ProgrammeNewSchema(Schema):
    """A programme as a program writes it."""

    title = Line(required=True, longest=LONGEST_TITLE, shortest=5)
    aim = Paragraphs(longest=LONGEST_TEXT, load_default="")
    year = fields.Integer(required=True, strict=True, validate=validate.Range(2000, 2100))


class ProgrammeRecordSchema(Schema):
    """A programme."""

    id = fields.UUID(required=True)
    region_code = fields.String(required=True)
    title = fields.String(required=True)
    aim = fields.String(required=True)
    year = fields.Integer(required=True)
    row_version = fields.Integer(required=True)


class VenueNewSchema(Schema):
    """A place as a program writes it."""

    name = Line(required=True, longest=120, shortest=3)
    region_code = fields.String(required=True, validate=REGION)
    address = Line(longest=300, load_default="")
    latitude = fields.Float(load_default=None, allow_none=True, validate=validate.Range(-90, 90))
    longitude = fields.Float(load_default=None, allow_none=True, validate=validate.Range(-180, 180))
    capacity = fields.Integer(load_default=None, allow_none=True, strict=True, validate=SEATS)


class VenueRecordSchema(Schema):
    """A place."""

    id = fields.UUID(required=True)
    region_code = fields.String(required=True, metadata={"description": "Where it lies."})
    name = fields.String(required=True)
    address = fields.String(required=True)
    latitude = fields.Float(required=True, allow_none=True)
    longitude = fields.Float(required=True, allow_none=True)
    capacity = fields.Integer(required=True, allow_none=True)
    row_version = fields.Integer(required=True)


class SpeakerNewSchema(Schema):
    """A speaker as a program writes it."""

    name = Line(required=True, longest=120, shortest=3)
    position = Line(longest=120, load_default="")
    organisation = Line(longest=120, load_default="")
    phone = Phone(load_default="")
    topics = fields.List(Line(longest=120), load_default=list, validate=validate.Length(max=MOST_TOPICS))


class SpeakerRecordSchema(Schema):
    """A speaker."""

    id = fields.UUID(required=True)
    region_code = fields.String(required=True, metadata={"description": "The office that keeps this entry."})
    name = fields.String(required=True)
    position = fields.String(required=True)
    organisation = fields.String(required=True)
    phone = fields.String(required=True)
    topics = fields.List(fields.String(), required=True)
    row_version = fields.Integer(required=True)
