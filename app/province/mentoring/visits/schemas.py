"""What is valid in a plan, a visit, a signature and a PIN: for forms, the phone's drafts and programs."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask_babel import lazy_gettext as _l
from marshmallow import Schema, ValidationError, fields, validate

from app.core.forms import Day, FormSchema, Line, Paragraphs
from app.core.village.schemas import Location

LONGEST_DONE = 4000
LONGEST_STEP = 1000
LABELS: dict[str, object] = {
    "village_id": _l("Desa"),
    "case_id": _l("Kasus"),
    "visited_on": _l("Tanggal kunjungan"),
    "place": _l("Tempat"),
    "location": _l("Titik menurut ponsel"),
    "aim": _l("Tujuan"),
    "done": _l("Yang dikerjakan"),
    "next_step": _l("Langkah berikutnya"),
    "next_on": _l("Paling lambat"),
    "photos": _l("Foto"),
    "reason": _l("Alasan"),
    "name": _l("Nama yang menandatangani"),
    "pin": _l("PIN desa"),
    "again": _l("PIN sekali lagi"),
}


class Id(fields.UUID):
    """An id of a form; empty is None."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> Any:
        if not str(value or "").strip():
            if self.required:
                raise ValidationError(_l("Wajib diisi."))
            return None
        return super()._deserialize(value, attr, data, **options)


class PhoneMoment(fields.Field[dt.datetime | None]):
    """When a phone's clock said that something was written (ISO 8601); what can't be one is None."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> dt.datetime | None:
        try:
            found = dt.datetime.fromisoformat(str(value or "").strip())
        except ValueError:
            return None
        return found if found.tzinfo and 2000 <= found.year <= 2200 else None


class Metres(fields.Field[float | None]):
    """How exact a phone says its place is; what can't be that is None."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> float | None:
        try:
            found = float(value)
        except (TypeError, ValueError):
            return None
        return found if 0 <= found <= 1_000_000 else None


class PlanForm(FormSchema):
    """A visit that is planned."""

    village_id = Id(required=True, allow_none=True)
    case_id = Id(allow_none=True, load_default=None)
    visited_on = Day(required=True)
    place = Line(longest=160)
    aim = Paragraphs(required=True, longest=LONGEST_STEP, shortest=5)


class VisitForm(FormSchema):
    """A visit that took place, as a form or a phone's draft tells it."""

    village_id = Id(required=True, allow_none=True)
    case_id = Id(allow_none=True, load_default=None)
    visited_on = Day(required=True)
    place = Line(required=True, longest=160, shortest=3)
    location = Location()
    accuracy = Metres()
    done = Paragraphs(required=True, longest=LONGEST_DONE, shortest=10)
    next_step = Paragraphs(required=True, longest=LONGEST_STEP, shortest=3)
    next_on = Day(allow_none=True, load_default=None)
    written_at = PhoneMoment()


class SignForm(FormSchema):
    """A village's signature on its mentor's phone."""

    name = Line(required=True, longest=120, shortest=3)
    pin = Line(required=True, longest=12)


class VisitChangeSchema(Schema):
    """A visit written anew; photos are sent with the form on its page."""

    case_id = fields.UUID(load_default=None, allow_none=True)
    visited_on = fields.Date(required=True)
    place = Line(required=True, longest=160, shortest=3)
    latitude = fields.Float(load_default=None, allow_none=True, validate=validate.Range(-90, 90))
    longitude = fields.Float(load_default=None, allow_none=True, validate=validate.Range(-180, 180))
    accuracy = fields.Float(load_default=None, allow_none=True, metadata={"description": "Metres."})
    done = Paragraphs(required=True, longest=LONGEST_DONE, shortest=10)
    next_step = Paragraphs(required=True, longest=LONGEST_STEP, shortest=3)
    next_on = fields.Date(load_default=None, allow_none=True)
    written_at = fields.AwareDateTime(
        load_default=None, allow_none=True, metadata={"description": "By the sender's clock."}
    )


class VisitNewSchema(VisitChangeSchema):
    """A visit as a program tells it; photos are sent with the form on its page."""

    id = fields.UUID(
        required=True,
        metadata={"description": "Drawn by the sender: a visit sent twice under the same id is one."},
    )
    village_id = fields.UUID(required=True)


class PlanNewSchema(Schema):
    """A visit that is planned, as a program tells it."""

    id = fields.UUID(required=True, metadata={"description": "Drawn by the sender, as for visits."})
    village_id = fields.UUID(required=True)
    case_id = fields.UUID(load_default=None, allow_none=True)
    visited_on = fields.Date(required=True)
    place = Line(load_default="", longest=160)
    aim = Paragraphs(required=True, longest=LONGEST_STEP, shortest=5)


def told_point(values: dict[str, Any]) -> tuple[float, float] | None:
    """The place that a phone told: of a form as one field, of a program as two."""
    if values.get("location"):
        latitude, longitude = values["location"]
        return float(latitude), float(longitude)
    if values.get("latitude") is not None and values.get("longitude") is not None:
        return float(values["latitude"]), float(values["longitude"])
    return None
