"""The province's API: villages, regions, indicators and the overview, as far as the account's region reaches."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from flask import abort
from flask_babel import gettext as _
from marshmallow import Schema, fields, validate

from app.core.actors import current_actor
from app.core.api import ApiBlueprint, KeysetQuery, page_of, schema_of_page
from app.core.api.paging import BEHIND
from app.core.indicators.declarations import declared
from app.core.links import village_origin
from app.core.permissions import requires
from app.province import attention, records
from app.province import overview as overviews
from app.province.attention import Reason
from app.province.figures import newest_month
from app.province.records import FigureRow, Wanted, WantedFigures
from app.province.regions import seen_territory
from app.province.watching import note_view
from tenants.models import TenantRow, TenantState

village_api = ApiBlueprint(
    "villages",
    __name__,
    audience="province",
    description="Villages (desa and kelurahan) and where they stand.",
)
region_api = ApiBlueprint(
    "regions", __name__, audience="province", description="Administrative regions by Kemendagri code."
)
indicator_api = ApiBlueprint(
    "indicators",
    __name__,
    audience="province",
    description="What villages tell the province: figures, never people.",
)

REGION = validate.Regexp(r"^\d{2}(\.\d{2}(\.\d{2}(\.\d{4})?)?)?$")
TERRITORY = validate.Regexp(r"^\d{2}(\.\d{2}(\.\d{2})?)?$")
VILLAGE_CODE = validate.Regexp(r"^\d{2}\.\d{2}\.\d{2}\.\d{4}$")
MONTH = validate.Regexp(r"^20\d{2}-(0[1-9]|1[0-2])$")
KINDS = validate.OneOf(["desa", "kelurahan"])
STATES = validate.OneOf([state.value for state in TenantState])
REASONS = validate.OneOf([reason.value for reason in Reason])


class VillageQuery(KeysetQuery):
    """Which villages."""

    search = fields.String(
        validate=validate.Length(max=80), metadata={"description": "Part of the name with its own word."}
    )
    region = fields.String(
        validate=REGION, metadata={"description": "Code of a kabupaten/kota, kecamatan or village."}
    )
    state = fields.String(validate=STATES, metadata={"description": "Adoption state."})
    kind = fields.String(validate=KINDS)
    after = fields.String(validate=VILLAGE_CODE, metadata={"description": BEHIND})


class VillageRecordSchema(Schema):
    """One village of the province, whether it uses the platform yet or not."""

    id = fields.UUID(required=True)
    code = fields.String(required=True, metadata={"description": "Kemendagri code, such as 18.06.20.2006."})
    name = fields.String(required=True, metadata={"description": "Name without its word."})
    term = fields.String(
        required=True, metadata={"description": "Its own word: Pekon, Kampung, Tiyuh, Desa …"}
    )
    kind = fields.String(required=True, validate=KINDS, metadata={"description": "What it is by law."})
    slug = fields.String(required=True)
    origin = fields.Function(
        lambda row: village_origin(row.slug),
        required=True,
        metadata={"type": "string", "description": "Address of its site."},
    )
    regency_code = fields.String(required=True)
    regency_name = fields.String(required=True)
    district_code = fields.String(required=True)
    district_name = fields.String(required=True)
    postal_code = fields.String(required=True, allow_none=True)
    state = fields.String(required=True, validate=STATES)
    state_since = fields.AwareDateTime(required=True)
    state_reason = fields.String(required=True, allow_none=True)
    provisioned_at = fields.AwareDateTime(required=True, allow_none=True)
    live_at = fields.AwareDateTime(required=True, allow_none=True)
    last_activity_at = fields.AwareDateTime(required=True, allow_none=True)


class RegionQuery(Schema):
    """Below which region."""

    parent = fields.String(
        load_default="18",
        validate=REGION,
        metadata={"description": "Code of the region above: province, kabupaten/kota or kecamatan."},
    )


class RegionSchema(Schema):
    """A province, kabupaten/kota, kecamatan or village."""

    code = fields.String(required=True)
    parent_code = fields.String(required=True, allow_none=True)
    name = fields.String(required=True)
    level = fields.Integer(
        required=True, metadata={"description": "1 province, 2 kabupaten/kota, 3 kecamatan, 4 village."}
    )
    kind = fields.String(required=True)
    postal_code = fields.String(required=True, allow_none=True)


class IndicatorSchema(Schema):
    """What a figure means."""

    code = fields.String(required=True)
    label = fields.String(required=True, metadata={"description": "Indonesian."})
    label_en = fields.String(required=True, metadata={"description": "English."})
    unit = fields.String(required=True)
    pillar = fields.String(required=True)
    direction = fields.String(
        required=True, metadata={"description": "Which way is better: higher, lower, neutral."}
    )
    period = fields.String(
        required=True, metadata={"description": "snapshot: holds now; flow: counts within a month."}
    )
    rollup = fields.String(
        required=True, metadata={"description": "How villages add up: sum, ratio, max, histogram."}
    )
    sensitive = fields.Boolean(required=True, metadata={"description": "Values below 5 are not told."})


class FigureQuery(KeysetQuery):
    """Which figures."""

    region = fields.String(
        validate=TERRITORY,
        metadata={"description": "Code of a region within the account's; its own if it is left out."},
    )
    level = fields.Integer(
        load_default=4,
        validate=validate.Range(1, 4),
        metadata={"description": "Of which places: 1 province, 2 kabupaten/kota, 3 kecamatan, 4 village."},
    )
    with_missing = fields.Boolean(
        load_default=False, metadata={"description": "Also places that told nothing; their value is null."}
    )

    code = fields.String(
        required=True,
        validate=validate.Length(1, 100),
        metadata={"description": "Code of an indicator, such as adoption.live."},
    )
    period = fields.String(
        validate=MONTH, metadata={"description": "A month, such as 2026-11; the newest if it is left out."}
    )
    after = fields.String(validate=REGION, metadata={"description": BEHIND})


class FigureSchema(Schema):
    """One place's value of one indicator in one month."""

    village_id = fields.UUID(
        required=True,
        allow_none=True,
        attribute="place.village_id",
        metadata={"description": "Of a village."},
    )
    village_code = fields.Function(
        lambda row: row.place.code if row.place.village_id else None,
        required=True,
        metadata={"type": ["string", "null"], "description": "Of a village; the same as `place_code`."},
    )
    place_code = fields.String(required=True, attribute="place.code")
    place_name = fields.String(required=True, attribute="place.name")
    code = fields.String(required=True)
    period = fields.Date(required=True, metadata={"description": "First day of the month."})
    value = fields.Float(
        required=True,
        allow_none=True,
        attribute="figure.value",
        metadata={"description": "null where `reason` says why; ratios from 0 to 1."},
    )
    reason = fields.String(
        required=True,
        allow_none=True,
        validate=validate.OneOf(["missing", "small", "hidden"]),
        metadata={
            "description": "Why there is no value: nobody told it, it counts fewer than five people, "
            "or it would give such a count away."
        },
    )
    numerator = fields.Float(
        required=True, allow_none=True, attribute="figure.numerator", metadata={"description": "Of a ratio."}
    )
    denominator = fields.Float(
        required=True,
        allow_none=True,
        attribute="figure.denominator",
        metadata={"description": "Of a ratio."},
    )
    source = fields.String(
        required=True,
        allow_none=True,
        attribute="figure.source",
        metadata={
            "description": "Of a village's: siger (counted here), push or csv (sent by other software), demo. "
            "null for regions."
        },
    )
    told = fields.Integer(
        required=True, attribute="figure.told", metadata={"description": "Villages that told theirs."}
    )
    total = fields.Integer(
        required=True, attribute="place.villages", metadata={"description": "Villages there are."}
    )
    demo = fields.Integer(
        required=True, attribute="figure.demo", metadata={"description": "Villages whose figure is made up."}
    )
    as_of = fields.AwareDateTime(
        required=True,
        allow_none=True,
        attribute="figure.newest",
        metadata={"description": "When the newest part of it was counted."},
    )


class CountSchema(Schema):
    """Villages of one kind."""

    total = fields.Integer(required=True)
    live = fields.Integer(required=True, metadata={"description": "Set up or further, and not suspended."})


class TerritoryQuery(Schema):
    """Of which region."""

    region = fields.String(
        validate=TERRITORY,
        metadata={"description": "Code of a region within the account's; its own if it is left out."},
    )


class PartSchema(Schema):
    """A region with its villages counted."""

    code = fields.String(required=True)
    name = fields.String(required=True)
    desa = fields.Nested(CountSchema, required=True)
    kelurahan = fields.Nested(CountSchema, required=True)
    states = fields.Dict(
        keys=fields.String(),
        values=fields.Integer(),
        required=True,
        metadata={
            "description": "Villages of both kinds by adoption state, without those that run other software."
        },
    )
    other_systems = fields.Integer(
        required=True, metadata={"description": "Villages of both kinds that run other software."}
    )
    figures = fields.Dict(
        keys=fields.String(),
        values=fields.Float(),
        required=True,
        metadata={"description": "The newest month's figures by code of the indicator; ratios from 0 to 1."},
    )


class MonthSchema(Schema):
    """A point of the curve; null in a month of which nothing was counted."""

    first = fields.Date(required=True, data_key="period", metadata={"description": "First day of the month."})
    desa = fields.Integer(required=True, allow_none=True)
    kelurahan = fields.Integer(required=True, allow_none=True)


class PastYearSchema(Schema):
    """What the programme counted at the end of a year, before this platform did."""

    year = fields.Integer(required=True)
    desa = fields.Integer(required=True)


class OverviewSchema(Schema):
    """Where the villages of a region stand."""

    whole = fields.Nested(PartSchema, required=True, metadata={"description": "The region itself."})
    parts = fields.List(
        fields.Nested(PartSchema), required=True, metadata={"description": "The level below it."}
    )
    curve = fields.List(
        fields.Nested(MonthSchema), required=True, metadata={"description": "Villages live, month by month."}
    )
    programme = fields.List(
        fields.Nested(PastYearSchema),
        required=True,
        metadata={"description": "The programme's own counts of earlier years; of the whole province alone."},
    )
    month = fields.Date(required=True, metadata={"description": "First day of the month of the figures."})
    is_demo = fields.Boolean(required=True, metadata={"description": "Whether any figure is made up."})
    as_of = fields.AwareDateTime(
        required=True, allow_none=True, metadata={"description": "The newest figure's moment."}
    )


class AttentionQuery(KeysetQuery):
    """Which villages that need help."""

    region = fields.String(
        validate=TERRITORY,
        metadata={"description": "Code of a region within the account's; its own if it is left out."},
    )
    reason = fields.String(validate=REASONS)
    after = fields.String(validate=VILLAGE_CODE, metadata={"description": BEHIND})


class ReasonSchema(Schema):
    """Why a village needs help."""

    reason = fields.String(
        required=True,
        validate=REASONS,
        metadata={
            "description": "dormant: 30 days of nothing; stuck: set-up unfinished for 14 days; fallen: the readiness "
            "index lost 10 points in 3 months; failing: figures could not be computed; silent: other software sent "
            "nothing for 35 days; promise: fewer than half of the letters were ready in time."
        },
    )
    since = fields.AwareDateTime(required=True, allow_none=True)
    amount = fields.Float(
        required=True,
        allow_none=True,
        metadata={"description": "Points lost, failing figures, or the share of promises kept (0 to 1)."},
    )


class NeedsHelpSchema(Schema):
    """A village that needs help."""

    village_id = fields.UUID(required=True, attribute="id")
    village_code = fields.String(required=True, attribute="code")
    name = fields.String(required=True)
    kind = fields.String(required=True, validate=KINDS)
    state = fields.String(required=True, validate=STATES)
    software = fields.String(
        required=True, allow_none=True, metadata={"description": "The other software that it runs."}
    )
    reasons = fields.List(fields.Nested(ReasonSchema), required=True)


@village_api.route("/villages")
@requires("villages.view")
@village_api.arguments(VillageQuery, location="query")
@village_api.response(200, schema_of_page(VillageRecordSchema))
def villages(query: dict[str, Any]) -> Any:
    """The villages of the account's region, by code."""
    search = " ".join(query.get("search", "").replace("\x00", "").split())
    wanted = Wanted(search, query.get("region"), query.get("state"), query.get("kind"))
    rows = records.villages(_region(), wanted, query.get("after"), query["limit"] + 1)
    return page_of(rows, query["limit"], lambda row: row.code)


@village_api.route("/villages/<uuid:village_id>")
@requires("villages.view")
@village_api.response(200, VillageRecordSchema)
def village(village_id: uuid.UUID) -> TenantRow:
    """One village of the account's region."""
    row = records.village(_region(), village_id)
    if row is None:
        abort(404, _("Tidak ada desa dengan nomor ini di wilayah Anda."))
    return row


@region_api.route("/regions")
@requires("villages.view")
@region_api.arguments(RegionQuery, location="query")
@region_api.response(200, RegionSchema(many=True))
def regions(query: dict[str, Any]) -> Any:
    """The regions directly below a region, by code."""
    return records.regions(query["parent"])


@indicator_api.route("/indicators")
@requires("overview.view")
@indicator_api.response(200, IndicatorSchema(many=True))
def indicators() -> Any:
    """What is measured: all indicators that this deployment knows."""
    return declared()


@indicator_api.route("/indicator-values")
@requires("overview.view")
@indicator_api.arguments(FigureQuery, location="query")
@indicator_api.response(200, schema_of_page(FigureSchema))
def indicator_values(query: dict[str, Any]) -> Any:
    """One indicator's values in one month, place by place."""
    here = seen_territory(query.get("region"))
    month = dt.date.fromisoformat(f"{query['period']}-01") if "period" in query else None
    wanted = WantedFigures(query["code"].replace("\x00", ""), month, query["level"], query["with_missing"])
    if wanted.level < here.level:
        abort(404, _("Tingkat ini berada di atas wilayah yang diminta."))
    rows: list[FigureRow] = records.figures(here, wanted, query.get("after"), query["limit"] + 1)
    answer = page_of(rows, query["limit"], lambda row: row.place.code)
    note_view("indicator", f"{wanted.code} {here.code}", f"{wanted.code}, {here.name}")
    return answer


@indicator_api.route("/overview")
@requires("overview.view")
@indicator_api.arguments(TerritoryQuery, location="query")
@indicator_api.response(200, OverviewSchema)
def overview(query: dict[str, Any]) -> Any:
    """How many villages of a region stand where, and how that grew."""
    here = seen_territory(query.get("region"))
    found = overviews.overview(here)
    note_view("region", here.code, here.name)
    return {
        "whole": _counted(found.whole),
        "parts": [_counted(part) for part in found.parts],
        "curve": found.curve,
        "programme": found.past,
        "month": found.month,
        "is_demo": found.is_demo,
        "as_of": found.as_of,
    }


@indicator_api.route("/attention")
@requires("overview.view")
@indicator_api.arguments(AttentionQuery, location="query")
@indicator_api.response(200, schema_of_page(NeedsHelpSchema))
def villages_in_need(query: dict[str, Any]) -> Any:
    """The villages of a region that need help, with the reasons, by code."""
    here = seen_territory(query.get("region"))
    wanted = attention.Wanted(Reason(query["reason"]) if "reason" in query else None)
    rows = attention.by_code(
        here.code, newest_month(), wanted, after=query.get("after"), limit=query["limit"] + 1
    )
    answer = page_of(rows, query["limit"], lambda row: row.code)
    note_view("attention", here.code, here.name)
    return answer


def _counted(part: overviews.Part) -> dict[str, Any]:
    states = {state.value: part.count(state.value) for state in TenantState}
    return {
        "code": part.code,
        "name": part.name,
        **{kind: {"total": part.total(kind), "live": part.live(kind)} for kind in overviews.KINDS},
        "states": {state: count for state, count in states.items() if count},
        "other_systems": part.others.total(),
        "figures": {code: figure.value for code, figure in part.figures.items() if figure.value is not None},
    }


def _region() -> str | None:
    actor = current_actor()
    return actor.region_code if actor else None
