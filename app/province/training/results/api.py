"""The API of what training brought: a region, one training, villages that never came, the effect."""

from __future__ import annotations

import uuid
from typing import Any

from flask_babel import gettext as _
from marshmallow import Schema, fields, validate
from werkzeug.datastructures import MultiDict

from app.core.api import ApiBlueprint, KeysetQuery, schema_of_page
from app.core.api.paging import BEHIND, page_of
from app.core.permissions import requires
from app.province.regions import own_territory, seen_territory
from app.province.training.events.models import KINDS
from app.province.training.events.services import seen_event
from app.province.training.results import effects, words
from app.province.training.results.effects import HORIZONS
from app.province.training.results.event_view import EventResults
from app.province.training.results.intervals import Estimate
from app.province.training.results.matching import Comparison
from app.province.training.results.never_view import NeverCame, NeverFilter
from app.province.training.results.presenting import RegionResults, ResultsFilter
from app.province.training.results.queries import Sums
from app.province.watching import note_view

results_api = ApiBlueprint(
    "training_results",
    __name__,
    audience="province",
    description="What training brought: who came from where, what they learned, what changed in their villages.",
)

REGION = validate.Regexp(r"^\d{2}(\.\d{2}(\.\d{2})?)?$")
INTERVAL = {"description": "Bound of the 95% interval; null where there are fewer than two cases."}


class RegionQuery(Schema):
    """Which region."""

    region = fields.String(
        validate=REGION, metadata={"description": "Code of a region; the account's own if it is left out."}
    )


class ResultsQuery(RegionQuery):
    """Which region and trainings."""

    year = fields.Integer(
        validate=validate.Range(2000, 2100),
        metadata={"description": "Trainings that ended in this year; all if it is left out."},
    )
    kind = fields.String(validate=validate.OneOf(KINDS))


class NeverQuery(KeysetQuery, RegionQuery):
    """Which villages that never came."""

    kind = fields.String(validate=validate.OneOf(("desa", "kelurahan")))
    after = fields.String(
        validate=validate.Regexp(r"^\d{2}\.\d{2}\.\d{2}\.\d{4}$"), metadata={"description": BEHIND}
    )


class EffectQuery(RegionQuery):
    """Which region, and how long after a training."""

    months = fields.Integer(
        load_default=HORIZONS[0],
        validate=validate.OneOf(HORIZONS),
        metadata={"description": "How many months after the month of a village's first training."},
    )


class EstimateSchema(Schema):
    """A mean with its 95% interval."""

    mean = fields.Float(required=True)
    low = fields.Float(required=True, allow_none=True, metadata=INTERVAL)
    high = fields.Float(required=True, allow_none=True, metadata=INTERVAL)
    count = fields.Integer(required=True)
    is_few = fields.Boolean(
        required=True, metadata={"description": "Too few cases to conclude anything from."}
    )


class TrainedPeopleSchema(Schema):
    """People of some trainings and places."""

    registered = fields.Integer(required=True)
    came = fields.Integer(required=True)
    women = fields.Integer(required=True, metadata={"description": "Of those who came."})
    expected = fields.Integer(
        required=True,
        metadata={"description": "Seats at trainings that are over and whose attendance was noted."},
    )
    absent = fields.Integer(required=True, metadata={"description": "Of those expected: who did not come."})
    paired = fields.Integer(
        required=True, metadata={"description": "Who wrote the test before and the one after."}
    )
    pre_mean = fields.Float(required=True, allow_none=True, metadata={"description": "Of those, in percent."})
    post_mean = fields.Float(
        required=True, allow_none=True, metadata={"description": "Of those, in percent."}
    )
    gain = fields.Nested(EstimateSchema, required=True, allow_none=True)


class PlaceResultSchema(Schema):
    """What the people of a place took along."""

    code = fields.String(required=True, metadata={"description": "Empty for people of offices above."})
    name = fields.String(required=True)
    villages = fields.Integer(required=True)
    villages_that_came = fields.Integer(required=True)
    people = fields.Nested(TrainedPeopleSchema, required=True)


class ResultsSchema(Schema):
    """What trainings brought a region."""

    region = fields.String(required=True)
    trainings = fields.Integer(required=True)
    persons = fields.Integer(required=True, metadata={"description": "Different people who came."})
    people = fields.Nested(TrainedPeopleSchema, required=True)
    cost_each = fields.Float(
        required=True, allow_none=True,
        metadata={"description": "Rp for each who came, of the region's own trainings whose cost is noted."},
    )  # fmt: skip
    never_desa = fields.Integer(
        required=True, metadata={"description": "Desa that never came to any training."}
    )
    never_kelurahan = fields.Integer(required=True)
    places = fields.List(fields.Nested(PlaceResultSchema), required=True)


class NeverSchema(Schema):
    """A village of which nobody ever came."""

    village_id = fields.UUID(required=True)
    code = fields.String(required=True)
    name = fields.String(required=True)
    kind = fields.String(required=True)
    state = fields.String(required=True)
    invitations = fields.Integer(required=True)
    last_invited_at = fields.AwareDateTime(required=True, allow_none=True)
    declined = fields.Integer(required=True)
    absent = fields.Integer(required=True, metadata={"description": "Seats that it took without coming."})


class EventVillageSchema(Schema):
    """What a training brought a village."""

    village_id = fields.UUID(required=True)
    code = fields.String(required=True)
    name = fields.String(required=True)
    answer = fields.String(
        required=True, metadata={"description": "none, coming, declined; empty: not invited."}
    )
    people = fields.Nested(TrainedPeopleSchema, required=True)


class EventResultsSchema(Schema):
    """What one training brought."""

    event_id = fields.UUID(required=True)
    is_whole = fields.Boolean(
        required=True, metadata={"description": "False: people of the account's own region alone."}
    )
    people = fields.Nested(TrainedPeopleSchema, required=True)
    cost_each = fields.Float(required=True, allow_none=True)
    villages = fields.List(fields.Nested(EventVillageSchema), required=True)


class MeasureSchema(Schema):
    """A figure in which trained villages are compared."""

    code = fields.String(required=True)
    caliper = fields.Float(
        required=True, metadata={"description": "How far apart villages may begin to be alike."}
    )
    effect = fields.Nested(EstimateSchema, required=True, allow_none=True)
    earlier = fields.Nested(
        EstimateSchema, required=True, allow_none=True,
        metadata={"description": "The same over as many months before: should be near zero."},
    )  # fmt: skip
    controls = fields.Integer(
        required=True, metadata={"description": "Different villages they were compared with."}
    )
    left_out = fields.Dict(
        keys=fields.String(), values=fields.Integer(), required=True,
        metadata={"description": "Trained villages that are not compared: early, recent, untold, alone."},
    )  # fmt: skip
    says = fields.String(required=True, metadata={"description": "What may be concluded, in a sentence."})


class EffectSchema(Schema):
    """What changed in trained villages against like ones that were not trained. A relation, no proof of a cause."""

    region = fields.String(required=True)
    months = fields.Integer(required=True)
    trained = fields.Integer(
        required=True, metadata={"description": "Villages that ever came to a training."}
    )
    measures = fields.List(fields.Nested(MeasureSchema), required=True)


@results_api.route("/training/results")
@requires("training.view")
@results_api.arguments(ResultsQuery, location="query")
@results_api.response(200, ResultsSchema)
def results(query: dict[str, Any]) -> Any:
    """What trainings brought a region, and from where below it people came."""
    here = seen_territory(query.get("region"))
    wanted = {"masa": str(query.get("year", "semua")), "jenis": query.get("kind", "")}
    view = RegionResults(here, ResultsFilter(MultiDict(wanted)), here.code)
    answer = {
        "region": here.code, "trainings": len(view.found.events), "persons": view.found.persons,
        "people": _people(view.whole), "cost_each": view.spending.each, "never_desa": view.never("desa"),
        "never_kelurahan": view.never("kelurahan"),
        "places": [
            {
                "code": one.code, "name": one.name, "villages": one.villages,
                "villages_that_came": one.came_villages, "people": _people(one.sums),
            }
            for one in view.places
        ],
    }  # fmt: skip
    note_view("region", here.code, f"{_('Hasil pelatihan')} {here.name}")
    return answer


@results_api.route("/training/results/never")
@requires("training.view")
@results_api.arguments(NeverQuery, location="query")
@results_api.response(200, schema_of_page(NeverSchema))
def never(query: dict[str, Any]) -> Any:
    """Villages of which nobody ever came to a training, by code."""
    here, after, limit = seen_territory(query.get("region")), query.get("after", ""), query["limit"]
    view = NeverCame(here, NeverFilter(MultiDict({"jenis": query.get("kind", "")})), here.code)
    behind = [one for one in view.listed if one.village.code > after][: limit + 1]
    rows = [
        {
            "village_id": one.village.id, "code": one.village.code, "name": one.village.name,
            "kind": one.village.kind, "state": one.village.state, "invitations": one.asked.invitations,
            "last_invited_at": one.asked.last, "declined": one.asked.declined, "absent": one.asked.absent,
        }
        for one in behind
    ]  # fmt: skip
    return page_of(rows, limit, lambda row: row["code"])


@results_api.route("/training/effect")
@requires("training.view")
@results_api.arguments(EffectQuery, location="query")
@results_api.response(200, EffectSchema)
def effect(query: dict[str, Any]) -> Any:
    """What changed in a region's trained villages against like ones: same kabupaten, same kind, same starting level."""
    here = seen_territory(query.get("region"))
    found = effects.effects_of(here, query["months"])
    answer = {
        "region": here.code,
        "months": found.horizon,
        "trained": found.trained,
        "measures": [_measure(one.code, one.caliper, compared) for one, compared in found.comparisons],
    }
    note_view("region", here.code, f"{_('Dampak pelatihan')} {here.name}")
    return answer


@results_api.route("/training/events/<uuid:event_id>/results")
@requires("training.view")
@results_api.response(200, EventResultsSchema)
def event_results(event_id: uuid.UUID) -> Any:
    """What one training brought; an office below the organiser's sees those of its own villages."""
    view = EventResults(seen_event(event_id), own_territory(), MultiDict())
    return {
        "event_id": event_id,
        "is_whole": view.is_whole,
        "people": _people(view.whole),
        "cost_each": view.held.cost if view.is_whole else None,
        "villages": [
            {
                "village_id": one.village.id, "code": one.village.code, "name": one.village.name,
                "answer": one.answer, "people": _people(one.sums),
            }
            for one in view.lines()
        ],
    }  # fmt: skip


def _people(sums: Sums) -> dict[str, Any]:
    names = ("registered", "came", "women", "expected", "absent", "paired", "pre_mean", "post_mean")
    return {**{name: getattr(sums, name) for name in names}, "gain": _estimate(sums.gain)}


def _estimate(found: Estimate | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {
        "mean": found.mean, "low": found.low, "high": found.high, "count": found.count, "is_few": found.is_few
    }  # fmt: skip


def _measure(code: str, caliper: float, found: Comparison) -> dict[str, Any]:
    return {
        "code": code, "caliper": caliper, "effect": _estimate(found.effect), "earlier": _estimate(found.earlier),
        "controls": found.controls, "left_out": dict(found.left_out), "says": words.effect_words(code, found),
    }  # fmt: skip
