"""The API of the index: the scheme of a month, the index by place, one village's index opened."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from flask import abort
from flask_babel import gettext as _
from marshmallow import Schema, fields, validate

from app.core.api import ApiBlueprint
from app.core.permissions import requires
from app.province.readiness import openings, queries
from app.province.readiness.classes import class_of
from app.province.readiness.indicators import PILLARS
from app.province.readiness.schemes import Scheme, month_and_scheme
from app.province.regions import own_territory, seen_territory
from app.province.watching import note_view

readiness_api = ApiBlueprint(
    "readiness_values",
    __name__,
    audience="province",
    description="The readiness index: how it is weighed, and what it is by place.",
)

MONTH = validate.Regexp(r"^20\d{2}-(0[1-9]|1[0-2])$")
SCORE = {"description": "From 0 to 100, in tenths; null where there is none."}


class MonthQuery(Schema):
    """Which month."""

    period = fields.String(
        validate=MONTH, metadata={"description": "A month, such as 2026-11; the newest if it is left out."}
    )


class PlaceQuery(MonthQuery):
    """Which place and month."""

    region = fields.String(
        validate=validate.Regexp(r"^\d{2}(\.\d{2}(\.\d{2})?)?$"),
        metadata={"description": "Code of a region; the account's own if it is left out."},
    )


class ScaleSchema(Schema):
    """How an indicator is scored."""

    code = fields.String(required=True)
    pillar = fields.String(required=True, validate=validate.OneOf(PILLARS))
    floor = fields.Float(required=True, metadata={"description": "Scores 0; of a share from 0 to 1."})
    target = fields.Float(
        required=True, metadata={"description": "Scores 100; below the floor: less is better."}
    )
    per = fields.String(
        required=True, allow_none=True, metadata={"description": "Indicator that it is divided by."}
    )


class SchemeSchema(Schema):
    """How the index of a month is weighed."""

    period = fields.Date(
        required=True, metadata={"description": "First day of the month that was asked for."}
    )
    holds_from = fields.Date(required=True)
    weights = fields.Dict(
        keys=fields.String(),
        values=fields.Float(),
        required=True,
        metadata={"description": "Pillar → weight."},
    )
    scales = fields.List(fields.Nested(ScaleSchema), required=True)
    note = fields.String(required=True)
    made_by = fields.String(required=True)
    made_at = fields.AwareDateTime(required=True, allow_none=True)


class PlaceSchema(Schema):
    """The index of a place: the mean of its villages."""

    code = fields.String(required=True)
    name = fields.String(required=True)
    village_id = fields.UUID(required=True, allow_none=True, metadata={"description": "Of a village alone."})
    index = fields.Float(required=True, allow_none=True, metadata=SCORE)
    pillars = fields.Dict(
        keys=fields.String(), values=fields.Float(allow_none=True), required=True,
        metadata={"description": "Pillar → score; empty for a village (see its opening)."},
    )  # fmt: skip
    readiness_class = fields.String(
        required=True,
        data_key="class",
        metadata={"description": "mulai, bertumbuh, siap, teladan, or tanpa: none."},
    )
    classes = fields.Dict(
        keys=fields.String(), values=fields.Integer(), required=True,
        metadata={"description": "Villages by class; empty for a village."},
    )  # fmt: skip


class BoardSchema(Schema):
    """The index of a region and of the places below it."""

    period = fields.Date(required=True)
    whole = fields.Nested(PlaceSchema, required=True)
    parts = fields.List(fields.Nested(PlaceSchema), required=True)


class OpenedSchema(Schema):
    """An indicator of an opened index."""

    code = fields.String(required=True)
    label = fields.String(required=True)
    pillar = fields.String(required=True)
    value = fields.String(required=True, metadata={"description": "As it may be told, such as 71,4% or <5."})
    score = fields.Float(required=True)
    weight = fields.Float(required=True, metadata={"description": "Its part of the whole, from 0 to 1."})
    points = fields.Float(required=True, metadata={"description": "In tenths; together the index."})
    gain = fields.Float(required=True, metadata={"description": "What reaching the target would add."})


class OpeningSchema(Schema):
    """A village's index with all that it is made of."""

    village_id = fields.UUID(required=True)
    village_code = fields.String(required=True)
    period = fields.Date(required=True)
    holds_from = fields.Date(required=True, metadata={"description": "Of the scheme."})
    index = fields.Float(required=True, allow_none=True, metadata=SCORE)
    readiness_class = fields.String(required=True, data_key="class")
    told = fields.Integer(required=True, metadata={"description": "How many scored indicators are there."})
    scored = fields.Integer(required=True, metadata={"description": "How many the scheme scores."})
    indicators = fields.List(fields.Nested(OpenedSchema), required=True)
    missing = fields.List(
        fields.String(), required=True, metadata={"description": "Labels of those not told, or hidden."}
    )


@readiness_api.route("/readiness/scheme")
@requires("overview.view")
@readiness_api.arguments(MonthQuery, location="query")
@readiness_api.response(200, SchemeSchema)
def scheme(query: dict[str, Any]) -> Any:
    """How the index of a month is weighed."""
    month, found = _asked(query)
    scales = [{"per": None, **scale.as_json()} for scale in found.scales]
    return {
        "period": month, "holds_from": found.holds_from, "weights": found.weights, "scales": scales,
        "note": found.note, "made_by": found.made_by, "made_at": found.made_at,
    }  # fmt: skip


@readiness_api.route("/readiness")
@requires("overview.view")
@readiness_api.arguments(PlaceQuery, location="query")
@readiness_api.response(200, BoardSchema)
def readiness(query: dict[str, Any]) -> Any:
    """The index of a region and of the places directly below it, villages below a kecamatan."""
    here = seen_territory(query.get("region"))
    month, _scheme = _asked(query)
    board = queries.board(here, month)
    classes: dict[str, int] = {}
    for (key, _kind), count in board.counts.items():
        classes[key] = classes.get(key, 0) + count
    whole = _place(here.code, here.name, board.figure.value, board.pillars, classes)
    parts = [
        _place(part.code, part.name, part.figure.value, part.pillars, dict(part.counts))
        for part in board.below
    ] or [_place(one.code, one.name, one.index, {}, {}, one.id) for one in board.villages]
    answer = {"period": month, "whole": whole, "parts": parts}
    note_view("region", here.code, f"{_('Kesiapan')} {here.name}")
    return answer


@readiness_api.route("/readiness/villages/<uuid:village_id>")
@requires("overview.view")
@readiness_api.arguments(MonthQuery, location="query")
@readiness_api.response(200, OpeningSchema)
def village(query: dict[str, Any], village_id: uuid.UUID) -> Any:
    """A village's index opened down to its numbers."""
    row = queries.village_of(village_id, own_territory().code)
    if row is None:
        abort(404, _("Tidak ada desa dengan nomor ini di wilayah Anda."))
    month, weighed = _asked(query)
    opening = openings.of_village(row, month, weighed)
    answer = {
        "village_id": row.id, "village_code": row.code, "period": month, "holds_from": weighed.holds_from,
        "index": opening.index, "readiness_class": class_of(opening.index).key, "told": opening.told,
        "scored": opening.whole, "missing": [one.label for one in opening.absent],
        "indicators": [
            {
                "code": one.code, "label": one.label, "pillar": pillar.key, "value": one.value, "score": one.score,
                "weight": round(one.weight, 6), "points": one.points, "gain": one.missed,
            }
            for pillar in opening.pillars
            for one in pillar.rows
        ],
    }  # fmt: skip
    note_view("village", row.id, f"{_('Kesiapan')} {row.term} {row.name}")
    return answer


def _asked(query: dict[str, Any]) -> tuple[dt.date, Scheme]:
    return month_and_scheme(dt.date.fromisoformat(f"{query['period']}-01") if "period" in query else None)


def _place(
    code: str,
    name: str,
    value: float | None,
    pillars: dict[str, Any],
    classes: dict[str, int],
    village_id: uuid.UUID | None = None,
) -> dict[str, Any]:
    index = None if value is None else round(value, 1)
    scores = {key: None if one.value is None else round(one.value, 1) for key, one in pillars.items()}
    return {
        "code": code, "name": name, "village_id": village_id, "index": index, "pillars": scores,
        "readiness_class": class_of(index).key, "classes": classes,
    }  # fmt: skip
