"""What the API's figures look like, and what may be asked of it."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from app.core.api.paging import BEHIND, KeysetQuery
from app.province.explorer.comparing import MOST, MOST_INDICATORS
from app.province.explorer.measures import MEASURES

ONE = r"[0-9]{2}(\.[0-9]{2}(\.[0-9]{2}(\.[0-9]{4})?)?)?"
INDICATOR = r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)+"
PLACE = validate.Regexp(rf"^{ONE}$")
PLACES = validate.Regexp(rf"^{ONE}(,{ONE}){{0,{MOST - 1}}}$")
CODES = validate.Regexp(rf"^{INDICATOR}(,{INDICATOR}){{0,{MOST_INDICATORS - 1}}}$")
MONTH = validate.Regexp(r"^20[0-9]{2}-(0[1-9]|1[0-2])$")
KIND = validate.OneOf(["desa", "kelurahan"])

_PLACE = "Code of a region or village within the account's region; the region itself if it is left out."
_MONTH = "A month, such as 2026-11; the newest that has a figure if it is left out."
_MEASURE = (
    "per1000: for each 1,000 residents; bagian: share of the villages that told it. "
    "Ignored where it makes no sense."
)


class MeasuredQuery(Schema):
    """How figures are told."""

    kind = fields.String(validate=KIND, metadata={"description": "Only desa or only kelurahan."})
    measure = fields.String(validate=validate.OneOf(MEASURES), metadata={"description": _MEASURE})


class RankingQuery(MeasuredQuery, KeysetQuery):
    """Which places to rank."""

    region = fields.String(validate=PLACE, metadata={"description": _PLACE})
    period = fields.String(validate=MONTH, metadata={"description": _MONTH})
    level = fields.Integer(
        validate=validate.Range(2, 4),
        metadata={
            "description": "2 kabupaten/kota, 3 kecamatan, 4 villages; the level below the region if left out."
        },
    )
    after = fields.String(validate=PLACE, metadata={"description": BEHIND})


class SeriesQuery(MeasuredQuery):
    """Which course."""

    place = fields.String(validate=PLACE, metadata={"description": _PLACE})
    months = fields.Integer(
        load_default=36,
        validate=validate.Range(1, 60),
        metadata={"description": "How many months, up to the present."},
    )


class CompareQuery(Schema):
    """Which places and indicators to compare."""

    places = fields.String(
        required=True,
        validate=PLACES,
        metadata={"description": "Two to eight codes of one level, with commas."},
    )
    codes = fields.String(
        required=True,
        validate=CODES,
        metadata={"description": "Codes of up to twelve indicators, with commas."},
    )
    period = fields.String(validate=MONTH, metadata={"description": _MONTH})
    measure = fields.String(validate=validate.OneOf(MEASURES), metadata={"description": _MEASURE})


class FigureSchema(Schema):
    """A figure of a place: `value` is null where nobody told it (`told` is 0) or where it is hidden."""

    value = fields.Float(
        required=True, allow_none=True, metadata={"description": "By the measure that was asked for."}
    )
    numerator = fields.Float(required=True, allow_none=True, metadata={"description": "Of a ratio."})
    denominator = fields.Float(required=True, allow_none=True, metadata={"description": "Of a ratio."})
    told = fields.Integer(required=True, metadata={"description": "Villages that told it."})
    demo = fields.Integer(required=True, metadata={"description": "How many of them are made up for a demo."})
    hidden = fields.String(
        required=True,
        allow_none=True,
        validate=validate.OneOf(["small", "neighbour"]),
        metadata={
            "description": "Why it is not told: a count below 5, or one that would give such a count away."
        },
    )
    as_of = fields.AwareDateTime(
        required=True, allow_none=True, metadata={"description": "The newest of its stamps."}
    )


class RankedSchema(FigureSchema):
    """A place in order. Equal values share a rank; what is missing or hidden comes last and has none."""

    code = fields.String(required=True)
    name = fields.String(required=True)
    rank = fields.Integer(required=True, allow_none=True)
    villages = fields.Integer(
        required=True, metadata={"description": "How many villages could have told it."}
    )


class PointSchema(FigureSchema):
    """A month of a course."""

    period = fields.Date(required=True, metadata={"description": "First day of the month."})


class SeriesSchema(Schema):
    """An indicator of a place, month by month."""

    code = fields.String(required=True, metadata={"description": "Of the place."})
    name = fields.String(required=True)
    indicator = fields.String(required=True)
    points = fields.List(fields.Nested(PointSchema), required=True)


class ComparedFigureSchema(FigureSchema):
    """A place's figure of an indicator."""

    code = fields.String(required=True, metadata={"description": "Of the place."})
    indicator = fields.String(required=True)


class ComparedPlaceSchema(Schema):
    """A place of a comparison."""

    code = fields.String(required=True)
    name = fields.String(required=True)


class ComparisonSchema(Schema):
    """Places side by side: all indicators in one month, the first one month by month."""

    period = fields.Date(required=True, metadata={"description": "First day of the month of `figures`."})
    places = fields.List(fields.Nested(ComparedPlaceSchema), required=True)
    figures = fields.List(fields.Nested(ComparedFigureSchema), required=True)
    series = fields.List(fields.Nested(SeriesSchema), required=True)


def figure_fields(point: Any) -> dict[str, Any]:
    """A line or point with a figure as the API tells it."""
    figure = point.figure
    hidden = "small" if figure.is_small else "neighbour" if figure.is_hidden else None
    return {
        "value": point.value,
        "numerator": figure.numerator,
        "denominator": figure.denominator,
        "told": figure.told,
        "demo": figure.demo,
        "hidden": hidden,
        "as_of": figure.newest,
    }
