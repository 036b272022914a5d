"""What is valid in forms about reports, and what the API says of them."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l
from marshmallow import Schema, ValidationError, fields, validate

from app.core.api import KeysetQuery
from app.core.forms import REQUIRED, Email, FormSchema, Line, Paragraphs, Tick

MOST_RECIPIENTS = 20
MONTH = re.compile(r"^20\d{2}-(0[1-9]|1[0-2])$")
REGION = validate.Regexp(r"^\d{2}(\.\d{2}(\.\d{2})?)?$")


def month_of(text: str | None) -> dt.date | None:
    """The first day of a month written as 2026-11; None for anything else."""
    return dt.date.fromisoformat(f"{text}-01") if text and MONTH.match(text) else None


class Recipients(Paragraphs):
    """E-mail addresses, one a line or between commas: each once, at most twenty."""

    def __init__(self, **options: Any) -> None:
        super().__init__(longest=6000, **options)

    def _deserialize(  # type: ignore[override]
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **options: Any
    ) -> list[str]:
        text = super()._deserialize(value, attr, data, **options)
        typed = [part for part in re.split(r"[\s,;]+", text) if part]
        address = Email()
        found: list[str] = []
        for part in typed:
            try:
                clean = address.deserialize(part)
            except ValidationError as error:
                sentence = _l(
                    "“%(address)s” bukan alamat surel yang lengkap. Contoh: camat@tanggamus.go.id.",
                    address=part[:80],
                )
                raise ValidationError(str(sentence)) from error
            if clean and clean not in found:
                found.append(clean)
        if not found:
            raise ValidationError(REQUIRED)
        if len(found) > MOST_RECIPIENTS:
            raise ValidationError(str(_l("Paling banyak %(most)s alamat.", most=MOST_RECIPIENTS)))
        return found


class DayOfMonth(Line):
    """A day that every month has: 1 to 28."""

    def _deserialize(  # type: ignore[override]
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **options: Any
    ) -> int:
        text = super()._deserialize(value, attr, data, **options)
        if not re.fullmatch(r"[0-9]{1,2}", text) or not 1 <= int(text) <= 28:
            raise ValidationError(_l("Pilih tanggal 1 sampai 28."))
        return int(text)


class ScheduleForm(FormSchema):
    """When and to whom."""

    day = DayOfMonth(required=True)
    recipients = Recipients(required=True)
    is_active = Tick()


class ReportQuery(KeysetQuery):
    """Which reports."""

    region = fields.String(
        validate=REGION,
        metadata={"description": "Code of the region or of one above; the account's own if left out."},
    )
    period = fields.String(
        validate=validate.Regexp(MONTH), metadata={"description": "A month, such as 2026-11."}
    )
    after = fields.UUID(metadata={"description": "Go on behind this report: the `next` of the page before."})


class ReportRequest(Schema):
    """A report to make."""

    region = fields.String(
        required=True,
        validate=REGION,
        metadata={"description": "Code of a province, kabupaten/kota or kecamatan."},
    )
    period = fields.String(
        required=True,
        validate=validate.Regexp(MONTH),
        metadata={"description": "A month that has figures, such as 2026-11."},
    )


class FileQuery(Schema):
    """In which form."""

    shape = fields.String(
        load_default="pdf", validate=validate.OneOf(["pdf", "xlsx"]), metadata={"description": "pdf or xlsx."}
    )


class ReportSchema(Schema):
    """A region's report of a month; a new edition is a report of its own and never changes an older one."""

    id = fields.UUID(required=True, attribute="row.id")
    region_code = fields.String(required=True, attribute="row.region_code")
    region_name = fields.String(required=True, attribute="name")
    period = fields.Date(
        required=True, attribute="row.month", metadata={"description": "First day of the month."}
    )
    edition = fields.Integer(required=True, attribute="row.edition")
    state = fields.String(required=True, metadata={"description": "making, ready or failed."})
    error = fields.String(
        required=True, allow_none=True, metadata={"description": "Why it could not be made."}
    )
    asked_by = fields.String(required=True, attribute="row.asked_by")
    created_at = fields.AwareDateTime(required=True, attribute="row.created_at")
    ready_at = fields.AwareDateTime(required=True, allow_none=True, attribute="row.ready_at")
