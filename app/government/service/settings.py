"""What a village says of its working days and its promise about complaints (options `service`)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from app.core import audit
from app.core.forms import Day, FormSchema, Line
from app.core.public_pages import pages_changed
from app.core.village.options import choose_options, options_of
from app.extensions import db
from app.government.service.promise import OPTIONS, days_of

ROWS = 12
SPARE = 3
"""So many empty lines stand below the days that are written."""
KINDS = ("closed", "opened")
USUAL_COMPLAINT_DAYS = 5


@dataclass(frozen=True, slots=True)
class ServiceOptions:
    """Days on which the office is closed or works specially, with reasons; working days until a complaint's answer."""

    closed: Mapping[dt.date, str]
    opened: Mapping[dt.date, str]
    complaint_days: int = USUAL_COMPLAINT_DAYS


def _with_days(schema: type[Schema]) -> type[Schema]:
    for kind in KINDS:
        for number in range(ROWS):
            schema._declared_fields[f"{kind}_{number}"] = Day(load_default=None)
            schema._declared_fields[f"{kind}_note_{number}"] = Line(longest=60)
    return schema


@_with_days
class ServiceSchema(FormSchema):
    """The form of the settings."""

    complaint_days = fields.Integer(
        required=True,
        validate=validate.Range(1, 60, error=_l("Tulis 1 sampai 60 hari kerja.")),
        error_messages={"invalid": _l("Tulis 1 sampai 60 hari kerja.")},
    )

    @validates_schema
    def check_days(self, data: dict[str, Any], **options: Any) -> None:
        """A day is named once, and with a reason."""
        seen: set[dt.date] = set()
        for kind in KINDS:
            for number in range(ROWS):
                day = data.get(f"{kind}_{number}")
                if day is None:
                    continue
                if day in seen:
                    raise ValidationError(str(_("Tanggal ini tertulis dua kali.")), f"{kind}_{number}")
                if not data.get(f"{kind}_note_{number}"):
                    raise ValidationError(str(_("Tulis keterangannya.")), f"{kind}_note_{number}")
                seen.add(day)


def service_options() -> ServiceOptions:
    """What the present village chose: one select."""
    kept = options_of(OPTIONS)
    days = kept.get("complaint_days")
    return ServiceOptions(
        days_of(kept.get("closed_days", ())),
        days_of(kept.get("opened_days", ())),
        days if isinstance(days, int) else USUAL_COMPLAINT_DAYS,
    )


def choose_service(values: Mapping[str, Any]) -> None:
    """Keep what the form says (loaded by `ServiceSchema`); days that are over for a year are forgotten."""
    chosen: dict[str, Any] = {
        "closed_days": _days(values, "closed"),
        "opened_days": _days(values, "opened"),
        "complaint_days": int(values["complaint_days"]),
    }
    before = service_options()
    choose_options(OPTIONS, chosen)
    audit.record(
        "service.days_changed",
        object_type="village",
        details=audit.changes(
            {
                "closed_days": len(before.closed),
                "opened_days": len(before.opened),
                "complaint_days": before.complaint_days,
            },
            {
                "closed_days": len(chosen["closed_days"]),
                "opened_days": len(chosen["opened_days"]),
                "complaint_days": chosen["complaint_days"],
            },
        ),
    )
    pages_changed()
    db.session.commit()


def form_of(options: ServiceOptions) -> dict[str, Any]:
    """The form's fields as they are kept; coming days first."""
    typed: dict[str, Any] = {"complaint_days": options.complaint_days}
    for kind, days in (("closed", options.closed), ("opened", options.opened)):
        for number, (day, reason) in enumerate(sorted(days.items())[-ROWS:]):
            typed[f"{kind}_{number}"], typed[f"{kind}_note_{number}"] = day, reason
    return typed


def rows_of(kind: str, values: Mapping[str, Any]) -> int:
    """How many lines the form has for days of a kind: those that are filled in, and some to spare."""
    filled = [
        number
        for number in range(ROWS)
        if values.get(f"{kind}_{number}") or values.get(f"{kind}_note_{number}")
    ]
    return min(ROWS, max(filled, default=-1) + 1 + SPARE)


def _days(values: Mapping[str, Any], kind: str) -> list[list[str]]:
    named = [
        (values[f"{kind}_{number}"], values.get(f"{kind}_note_{number}", ""))
        for number in range(ROWS)
        if values.get(f"{kind}_{number}") is not None
    ]
    return [[day.isoformat(), note] for day, note in sorted(named)]
