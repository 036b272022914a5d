"""Recording life events: one operation a kind. Each is one deed, done once however often it is sent with its key."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any, TypeVar

from marshmallow import Schema

from app.core.permissions import requires
from app.government.residents.api.common import DeedKey, filled, refuse_hidden
from app.government.residents.api.event_schemas import (
    AwaySchema,
    BirthSchema,
    ChangeHeadSchema,
    DeathSchema,
    DeedSchema,
    DissolveSchema,
    MergeSchema,
    MoveAreaSchema,
    MoveInSchema,
    MoveOutSchema,
    NationalitySchema,
    ResidenceSchema,
    ReturnSchema,
    SplitSchema,
)
from app.government.residents.api.events import event_api, shown_deed
from app.government.residents.events import services
from app.government.residents.events.deeds import Occasion, Repeated, digest

__all__ = ["event_api", "records"]
View = TypeVar("View", bound=Callable[..., Any])
NEWBORN = ("name", "sex", "birth_place", "nik", "birth_certificate", "father_name")


def records(path: str, schema: type[Schema]) -> Callable[[View], View]:
    """Let a function be the operation that records a kind of event: it gets the values and the occasion."""

    def decorate(record: View) -> View:
        def view(once: dict[str, Any], values: dict[str, Any]) -> dict[str, Any]:
            note, said = values.pop("accepted_note"), digest(path, values)
            occasion = Occasion(values.pop("happened_on"), values.pop("reported_on"), note, once["key"], said)
            try:
                return shown_deed(record(values, occasion))
            except Repeated:
                return shown_deed(once["key"])

        view.__name__, view.__doc__ = record.__name__, record.__doc__
        for wrap in (
            event_api.problems("NOT_FOUND"),
            event_api.response(201, DeedSchema),
            event_api.arguments(schema),
            event_api.arguments(DeedKey, location="headers"),
            requires("residents.events"),
            event_api.route(f"/life-events/{path}", methods=["POST"]),
        ):
            view = wrap(view)
        return record

    return decorate


@records("births", BirthSchema)
def record_birth(values: dict[str, Any], occasion: Occasion) -> uuid.UUID:
    """Record a birth.

    The child joins the mother's household; area, religion and nationality follow from the parents.
    """
    newborn = {name: values.pop(name) for name in NEWBORN if name in values}
    refuse_hidden(filled(newborn))
    return services.register_birth(values.pop("mother_id"), newborn, occasion=occasion, **values)


@records("deaths", DeathSchema)
def record_death(values: dict[str, Any], occasion: Occasion) -> uuid.UUID:
    """Record a death.

    A head's death names the new head, unless nobody is left.
    """
    return services.register_death(values.pop("resident_id"), occasion=occasion, **values)


@records("arrivals", MoveInSchema)
def record_arrival(values: dict[str, Any], occasion: Occasion) -> uuid.UUID:
    """Record that people came to live here."""
    written = [*values["people"], values["household"] or {}]
    refuse_hidden([name for one in written for name in filled(one)])
    return services.move_in(values.pop("people"), occasion=occasion, **values)


@records("departures", MoveOutSchema)
def record_departure(values: dict[str, Any], occasion: Occasion) -> uuid.UUID:
    """Record that members of one household moved away."""
    return services.move_out(values.pop("resident_ids"), occasion=occasion, **values)


@records("missing", AwaySchema)
def record_missing(values: dict[str, Any], occasion: Occasion) -> uuid.UUID:
    """Record that people are missing."""
    return _away("missing", values, occasion)


@records("left", AwaySchema)
def record_left(values: dict[str, Any], occasion: Occasion) -> uuid.UUID:
    """Record that people left for long without a letter of moving."""
    return _away("left", values, occasion)


@records("returns", ReturnSchema)
def record_return(values: dict[str, Any], occasion: Occasion) -> uuid.UUID:
    """Record that people who were away live here again."""
    refuse_hidden(filled(values["household"] or {}))
    return services.return_home(
        values.pop("resident_ids"), occasion=occasion, **{**values, "relations": _relations(values)}
    )


@records("area-moves", MoveAreaSchema)
def record_area_move(values: dict[str, Any], occasion: Occasion) -> uuid.UUID:
    """Record a move within the village."""
    return services.move_area(
        values.pop("resident_ids"), values.pop("sub_area_id"), occasion=occasion, **values
    )


@records("splits", SplitSchema)
def record_split(values: dict[str, Any], occasion: Occasion) -> uuid.UUID:
    """Record that members of a household form one of their own."""
    refuse_hidden(filled({"kk": values.get("kk")}))
    return services.split_household(
        values.pop("resident_ids"), occasion=occasion, **{**values, "relations": _relations(values)}
    )


@records("merges", MergeSchema)
def record_merge(values: dict[str, Any], occasion: Occasion) -> uuid.UUID:
    """Record that members of a household join another one."""
    return services.merge_households(
        values.pop("resident_ids"),
        values.pop("target_id"),
        occasion=occasion,
        **{**values, "relations": _relations(values)},
    )


@records("dissolutions", DissolveSchema)
def record_dissolution(values: dict[str, Any], occasion: Occasion) -> uuid.UUID:
    """Record that a household ended."""
    return services.dissolve_household(values.pop("household_id"), occasion=occasion, **values)


@records("head-changes", ChangeHeadSchema)
def record_head_change(values: dict[str, Any], occasion: Occasion) -> uuid.UUID:
    """Record that a household has another head."""
    return services.change_head(
        values["household_id"], values["head_id"], occasion=occasion, relations=_relations(values)
    )


@records("residence-changes", ResidenceSchema)
def record_residence_change(values: dict[str, Any], occasion: Occasion) -> uuid.UUID:
    """Record that people live here permanently, for a time, or as newcomers."""
    return services.change_residence(values["resident_ids"], values["residence_status"], occasion=occasion)


@records("nationality-changes", NationalitySchema)
def record_nationality_change(values: dict[str, Any], occasion: Occasion) -> uuid.UUID:
    """Record a change of nationality."""
    return services.change_nationality(
        values["resident_id"], values["nationality"], occasion=occasion, decree=values["decree"]
    )


def _away(kind: Any, values: dict[str, Any], occasion: Occasion) -> uuid.UUID:
    details = {"remark": values["remark"]}
    return services.leave_village(
        kind, values["resident_ids"], occasion=occasion, details=details, new_head_id=values["new_head_id"]
    )


def _relations(values: dict[str, Any]) -> dict[uuid.UUID, int]:
    return {member["resident_id"]: member["relation"] for member in values["relations"]}
