"""The monthly population report, closing months, and the figures of who lives here now."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask import abort
from marshmallow import Schema, fields, validate

from app.core.api import ApiBlueprint
from app.core.permissions import requires
from app.government.residents import ledger
from app.government.residents.api.common import Month, handle_refusals, may
from app.government.residents.api.files import BINARY, CSV, XLSX, sent_file
from app.government.residents.browse.areas import area_book
from app.government.residents.events import reporting, services
from app.government.residents.records import queries
from app.government.residents.statistics import services as statistics
from app.government.residents.writing import today
from tenants.scope import current_tenant

population_api = ApiBlueprint(
    "population",
    __name__,
    audience="village",
    description="How many live here: month by month out of the ledger, and what they are today.",
)

LONGEST_REASON = 300
COUNTS = ("men_wni", "women_wni", "men_wna", "women_wna", "men", "women", "people")
"""The numbers of a row of the report, in its order."""


class PeriodQuery(Schema):
    """From which month to which."""

    first = Month(metadata={"description": "The first in which anything counts when it is left out."})
    last = Month(metadata={"description": "The present one when it is left out."})


class MonthRecordSchema(Schema):
    """A month and what stood at its end."""

    month = Month(required=True)
    is_closed = fields.Boolean(
        required=True, metadata={"description": "Nothing is counted into it any more."}
    )
    closed_by = fields.String(required=True)
    closed_at = fields.AwareDateTime(required=True, allow_none=True)
    people = fields.Integer(required=True)
    men = fields.Integer(required=True)
    women = fields.Integer(required=True)
    households = fields.Integer(required=True)


ReportRowSchema = Schema.from_dict(
    {
        "name": fields.String(
            required=True,
            validate=validate.OneOf(list(reporting.ROW_WORDS)),
            metadata={"description": "`start` and all between make `end`."},
        ),
        "label": fields.String(required=True),
        **{name: fields.Integer(required=True) for name in COUNTS},
        "households": fields.Integer(required=True, allow_none=True),
    },
    name="ReportRow",
)


class ReportPartSchema(Schema):
    """Everybody, permanent residents, or newcomers."""

    name = fields.String(required=True, validate=validate.OneOf(list(ledger.PARTS)))
    label = fields.String(required=True)
    rows = fields.List(fields.Nested(ReportRowSchema), required=True)


class ReportAreaSchema(Schema):
    """An area of the top level."""

    label = fields.String(required=True)
    start = fields.Integer(required=True)
    births = fields.Integer(required=True)
    deaths = fields.Integer(required=True)
    arrivals = fields.Integer(required=True)
    departures = fields.Integer(required=True)
    others = fields.Integer(required=True)
    end = fields.Integer(required=True)
    households = fields.Integer(required=True)


class ReportSchema(Schema):
    """A month's report: it always adds up."""

    month = Month(required=True)
    is_closed = fields.Boolean(required=True)
    parts = fields.List(fields.Nested(ReportPartSchema), required=True)
    areas = fields.List(fields.Nested(ReportAreaSchema), required=True)
    late_deeds = fields.List(
        fields.UUID(),
        required=True,
        metadata={
            "description": "Deeds that happened earlier and were reported after their month was closed."
        },
    )


class ReopenSchema(Schema):
    """Why a month is opened again."""

    reason = fields.String(required=True, validate=validate.Length(1, LONGEST_REASON))


class StatisticsQuery(Schema):
    """Of whom."""

    sub_area_id = fields.UUID(
        metadata={"description": "An area with everything below it; the village at first."}
    )


class StatisticsRowSchema(Schema):
    """A line of a table."""

    label = fields.String(required=True)
    men = fields.Integer(required=True)
    women = fields.Integer(required=True)
    total = fields.Integer(required=True)
    households = fields.Integer(required=True, allow_none=True)


class StatisticsTableSchema(Schema):
    """A way to count: each resident stands in one of its lines."""

    key = fields.String(required=True)
    title = fields.String(required=True)
    rows = fields.List(fields.Nested(StatisticsRowSchema), required=True)


class StatisticsSchema(Schema):
    """What the living residents are. Health is counted with residents.view_health alone."""

    people = fields.Integer(required=True)
    men = fields.Integer(required=True)
    women = fields.Integer(required=True)
    households = fields.Integer(required=True)
    sex_ratio = fields.Float(
        required=True, allow_none=True, metadata={"description": "Men per hundred women."}
    )
    per_household = fields.Float(required=True, allow_none=True)
    dependency = fields.Float(
        required=True,
        allow_none=True,
        metadata={"description": "Those under 15 and from 65 on per hundred of those between."},
    )
    tables = fields.List(fields.Nested(StatisticsTableSchema), required=True)


@population_api.route("/population/months")
@requires("residents.view")
@population_api.arguments(PeriodQuery, location="query")
@population_api.response(200, MonthRecordSchema(many=True))
def months(query: dict[str, Any]) -> list[dict[str, Any]]:
    """Months, the newest first, at most 240 of them: which are closed, and how many lived here at the end of each."""
    return [
        {
            "month": found.figures.month,
            "is_closed": found.closing is not None,
            "closed_by": found.closing.closed_by if found.closing else "",
            "closed_at": found.closing.closed_at if found.closing else None,
            "people": ledger.people(found.figures.end),
            "men": ledger.men(found.figures.end),
            "women": ledger.women(found.figures.end),
            "households": ledger.households(found.figures.end),
        }
        for found in queries.months(query.get("first"), query.get("last"))
    ]


@population_api.route("/population/months/<int:year>/<int:month>")
@requires("residents.view")
@population_api.response(200, ReportSchema)
def report(year: int, month: int) -> dict[str, Any]:
    """One month's report: as it stood when the month was closed, else as the ledger gives it now."""
    return _report(_month(year, month))


@population_api.route("/population/months/<int:year>/<int:month>/report.xlsx")
@requires("residents.view")
@population_api.response(200, BINARY, content_type=XLSX)
def report_workbook(year: int, month: int) -> Any:
    """The report as a workbook."""
    day = _month(year, month)
    with reporting.as_workbook(reporting.report_of(day), current_tenant().full_name) as file:
        return sent_file(file.read(), XLSX, f"laporan-penduduk-{day:%Y-%m}.xlsx")


@population_api.route("/population/months/<int:year>/<int:month>/close", methods=["POST"])
@requires("residents.close_month")
@population_api.response(200, ReportSchema)
@population_api.problems("UNPROCESSABLE_ENTITY")
def close(year: int, month: int) -> Any:
    """Close all months up to this one.

    What is reported later counts in the first open month, and is listed there as late.
    """
    services.close_month(_month(year, month))
    return _report(_month(year, month))


@population_api.route("/population/months/<int:year>/<int:month>/reopen", methods=["POST"])
@requires("residents.close_month")
@population_api.arguments(ReopenSchema)
@population_api.response(200, ReportSchema)
def reopen(values: dict[str, Any], year: int, month: int) -> Any:
    """Open the last closed month again; the reason stands in the audit log."""
    services.reopen_month(_month(year, month), values["reason"].replace("\x00", ""))
    return _report(_month(year, month))


@population_api.route("/population/statistics")
@requires("residents.view")
@population_api.arguments(StatisticsQuery, location="query")
@population_api.response(200, StatisticsSchema)
@population_api.problems("NOT_FOUND")
def population_statistics(query: dict[str, Any]) -> dict[str, Any]:
    """Age, sex, education, occupation, religion and more, as numbers: for staff, so small numbers are not hidden."""
    found = _statistics(query)
    names = ("people", "men", "women", "households", "sex_ratio", "per_household", "dependency")
    return {name: getattr(found, name) for name in names} | {"tables": found.all_tables()}


@population_api.route("/population/statistics.csv")
@requires("residents.view")
@population_api.arguments(StatisticsQuery, location="query")
@population_api.response(200, BINARY, content_type=CSV)
@population_api.problems("NOT_FOUND")
def statistics_file(query: dict[str, Any]) -> Any:
    """The same as one table, a line each."""
    data = statistics.as_csv(_statistics(query))
    return sent_file(data, f"{CSV}; charset=utf-8", f"statistik-penduduk-{today():%Y-%m-%d}.csv")


def _report(month: dt.date) -> dict[str, Any]:
    found = reporting.report_of(month)
    return {
        "month": found.month,
        "is_closed": queries.is_closed(found.month),
        "parts": [
            {
                "name": part.name,
                "label": part.label,
                "rows": [
                    {
                        "name": row.name,
                        "label": row.label,
                        **dict(zip(COUNTS, row.counts, strict=True)),
                        "households": row.households,
                    }
                    for row in part.rows
                ],
            }
            for part in found.parts
        ],
        "areas": found.areas,
        "late_deeds": [deed.id for deed in found.late],
    }


def _statistics(query: dict[str, Any]) -> Any:
    areas = area_book()
    area_id = query.get("sub_area_id")
    if area_id is not None and area_id not in areas.names:
        abort(404)
    return statistics.read_statistics(area_id, health=may("residents.view_health"), areas=areas)


def _month(year: int, month: int) -> dt.date:
    """The first day of a month that has begun; anything else is not there."""
    if not (1900 <= year <= 2200 and 1 <= month <= 12) or dt.date(year, month, 1) > today():
        abort(404)
    return dt.date(year, month, 1)


handle_refusals(population_api)
