"""What other systems send and are answered, and what is typed into the forms about them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l
from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from app.core.forms import Choice, FormSchema, Line
from app.core.indicators.declarations import period_of
from app.province.external.judging import MONTHS_BACK, SKEW, is_due
from app.province.external.services.keys import LIFETIMES
from tenants.models import now

MOST_VALUES = 500
VILLAGE_CODE = r"^\d{2}\.\d{2}\.\d{2}\.\d{4}$"
MONTH = r"^20\d{2}-(0[1-9]|1[0-2])$"
EXAMPLE: dict[str, Any] = {
    "village": "18.06.20.2001",
    "period": "2026-11",
    "values": [
        {"code": "pop.total", "value": 3450},
        {"code": "letters.within_promise_share", "numerator": 41, "denominator": 44},
        {"code": "letters.median_hours", "buckets": [3, 9, 14, 10, 5, 3, *[0] * 11]},
    ],
    "activity": {"last_activity": "2026-11-22T09:30:00+07:00", "staff_active_7d": 4, "staff_active_30d": 6},
}
REFUSED_EXAMPLE: dict[str, Any] = {
    "index": 1,
    "code": "letters.within_promise_share",
    "field": "numerator",
    "reason": "share_above_one",
    "detail": "Pembilang tidak boleh lebih besar daripada penyebut.",
}
ANSWER_EXAMPLE: dict[str, Any] = {
    "delivery": "019aa9d0-5f3c-7c1e-9a3e-0f6a2d9b7c11",
    "village": "18.06.20.2001",
    "period": "2026-11",
    "as_of": "2026-11-22T02:31:07+00:00",
    "accepted": [
        "adoption.last_activity",
        "adoption.staff_active_30d",
        "adoption.staff_active_7d",
        "letters.median_hours",
        "letters.within_promise_share",
        "pop.total",
    ],
    "refused": [],
}


class OneValue(Schema):
    """A figure: by its indicator either `value`, or `numerator` and `denominator`, or `buckets`."""

    code = fields.String(required=True, metadata={"description": "Code of an indicator, such as pop.total."})
    value = fields.Float(metadata={"description": "Counts, money, 0 or 1, days, scores."})
    numerator = fields.Float(metadata={"description": "Of a ratio; the province divides sums by sums."})
    denominator = fields.Float(metadata={"description": "Of a ratio; not 0."})
    buckets = fields.List(
        fields.Integer(),
        metadata={"description": "Of a median: how many cases lie up to each bound, and above the last."},
    )


class Items(fields.List[Any]):
    """A list whose items are judged one by one (`judging`): what is wrong about one does not refuse the others."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **options: Any
    ) -> list[Any]:
        if not isinstance(value, list):
            raise self.make_error("invalid")
        return value


class ActivitySchema(Schema):
    """How the village's own system is used; each is told as the indicator `adoption.…` of the same name."""

    last_activity = fields.AwareDateTime(metadata={"description": "The last deed of its staff."})
    staff_active_7d = fields.Integer(metadata={"description": "Staff who worked with it in 7 days."})
    staff_active_30d = fields.Integer(metadata={"description": "Staff who worked with it in 30 days."})
    records_changed_30d = fields.Integer(metadata={"description": "Records changed in 30 days."})


class Activity(fields.Nested):
    """An object whose parts are judged one by one."""

    def _deserialize(
        self,
        value: Any,
        attr: str | None,
        data: Mapping[str, Any] | None,
        partial: Any = None,
        **options: Any,
    ) -> dict[str, Any]:
        if not isinstance(value, dict) or len(value) > 50:
            raise ValidationError(_l("Harus sebuah objek."))
        return value


class PushSchema(Schema):
    """A village's figures of a month."""

    village = fields.String(
        required=True,
        validate=validate.Regexp(VILLAGE_CODE, error=_l("Tulis kode desanya seperti 18.06.20.2001.")),
        metadata={"description": "Kemendagri code of the village that the key belongs to."},
    )
    period = fields.String(
        required=True,
        validate=validate.Regexp(MONTH, error=_l("Tulis bulannya seperti 2026-11.")),
        metadata={
            "description": f"The month (Lampung's calendar): the present one or one of the {MONTHS_BACK} before."
        },
    )
    as_of = fields.AwareDateTime(
        load_default=None,
        metadata={
            "description": "How things stood when; the moment of receipt if it is left out. Older figures never replace"
            " newer ones."
        },
    )
    values = Items(
        fields.Nested(OneValue),
        load_default=list,
        validate=validate.Length(max=MOST_VALUES),
        metadata={"description": f"At most {MOST_VALUES}."},
    )
    activity = Activity(ActivitySchema, load_default=dict)

    @validates_schema(skip_on_field_errors=True)
    def _months(self, data: Mapping[str, Any], **options: Any) -> None:
        """The month may not be ahead or long gone, nor `as_of` ahead or before it; something must be told."""
        moment = now()
        first = dt.date.fromisoformat(f"{data['period']}-01")
        if not is_due(first, moment):
            ahead = first > period_of(moment).first
            sentence = (
                _l("Bulan ini belum tiba.")
                if ahead
                else _l("Bulan ini terlalu lama: paling lama %(count)s bulan lalu.", count=MONTHS_BACK)
            )
            raise ValidationError(sentence, "period")
        as_of = data.get("as_of")
        if as_of is not None:
            if as_of > moment + SKEW:
                raise ValidationError(_l("Waktu ini belum tiba."), "as_of")
            if as_of.year < 2000 or period_of(as_of).first < first:
                raise ValidationError(_l("Waktu ini sebelum bulan yang dikirim."), "as_of")
        if not data["values"] and not data["activity"]:
            raise ValidationError(_l("Kirim paling sedikit satu angka."), "values")


class PushHeaders(Schema):
    """The header that makes sending again harmless."""

    key = fields.String(
        required=True,
        data_key="Idempotency-Key",
        validate=validate.Regexp(
            r"^[A-Za-z0-9._:-]{8,100}$",
            error=_l("Tulis 8 sampai 100 huruf, angka, atau tanda . _ : - (misalnya sebuah UUID)."),
        ),
        metadata={
            "description": "The program's own name of this delivery, such as a UUID: 8 to 100 letters, digits and"
            " `.` `_` `:` `-`. Sent again with the same body it gives the first answer and writes nothing; with another"
            " body it is refused (409)."
        },
    )


class ProblemOfValue(Schema):
    """Why a value was not taken."""

    index = fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "Its place in `values` (from 0); null for `activity`."},
    )
    code = fields.String(required=True, metadata={"description": "As it was sent."})
    field = fields.String(required=True, metadata={"description": "The field that is wrong."})
    reason = fields.String(
        required=True,
        metadata={
            "description": "A word for programs: unknown_code, not_pushable, wrong_shape, unexpected_field, missing,"
            " not_a_number, not_a_moment, negative, not_whole, does_not_add_up, too_large, share_above_one,"
            " outside_scale, buckets_length, nothing_counted, in_the_future, twice, older."
        },
    )
    detail = fields.String(required=True, metadata={"description": "A sentence for people."})


class AnswerSchema(Schema):
    """What was taken and what was refused. The valid values of a delivery are taken whatever the others are."""

    delivery = fields.UUID(required=True, metadata={"description": "Number of the delivery in our log."})
    village = fields.String(required=True)
    period = fields.String(required=True)
    as_of = fields.String(
        required=True, metadata={"format": "date-time", "description": "The stamp that the figures bear."}
    )
    accepted = fields.List(
        fields.String(), required=True, metadata={"description": "Codes that were taken, sorted."}
    )
    refused = fields.List(fields.Nested(ProblemOfValue), required=True)


class SoftwareForm(FormSchema):
    """What a village's own system is called."""

    software = Line(required=True, shortest=2, longest=60)


class KeyForm(FormSchema):
    """For how long a key is good."""

    days = Choice(required=True, choices=tuple(str(days) for days in LIFETIMES))
