"""Life events: the ledger's lines, one deed, undoing. What is recorded stands in `recording`."""

from __future__ import annotations

import uuid
from typing import Any

from app.core.api import ApiBlueprint, page_of
from app.core.permissions import requires
from app.core.village.errors import Missing
from app.government.residents.api.common import handle_refusals, may
from app.government.residents.api.event_schemas import DeedSchema, EventPageSchema, EventQuery
from app.government.residents.events import queries as event_queries
from app.government.residents.events import services
from app.government.residents.models import LifeEvent
from app.government.residents.records import queries
from app.government.residents.register.services.checking import without_health_codes

event_api = ApiBlueprint(
    "life-events",
    __name__,
    audience="village",
    description="Births, deaths, moves and whatever else changes who lives here. Every total is a sum of their lines.",
)

LINE_FIELDS = (
    "id", "deed_id", "kind", "resident_id", "household_id", "happened_on", "reported_on", "month", "is_late",
    "from_cell", "to_cell", "from_area_id", "to_area_id", "details", "reverses_id", "undone_at", "undone_by",
    "recorded_by", "recorded_at",
)  # fmt: skip


@event_api.route("/life-events")
@requires("residents.view")
@event_api.arguments(EventQuery, location="query")
@event_api.response(200, EventPageSchema)
def lines(query: dict[str, Any]) -> Any:
    """Lines of the ledger, newest first; those that were undone too."""
    limit = query.pop("limit")
    rows = queries.event_lines(limit + 1, **query)
    return page_of([shown_line(event, name) for event, name in rows], limit, lambda line: line["id"])


@event_api.route("/life-events/deeds/<uuid:deed_id>")
@requires("residents.view")
@event_api.response(200, DeedSchema)
def deed(deed_id: uuid.UUID) -> dict[str, Any]:
    """One deed with its lines."""
    return shown_deed(deed_id)


@event_api.route("/life-events/deeds/<uuid:deed_id>/undo", methods=["POST"])
@requires("residents.undo")
@event_api.response(200, DeedSchema)
@event_api.problems("UNPROCESSABLE_ENTITY")
def undo(deed_id: uuid.UUID) -> dict[str, Any]:
    """Take a deed back, whole, unless something newer rests on it.

    Lines of an open month no longer count. Those of a closed month are answered by reversals in the first open one.
    """
    services.undo_deed(deed_id)
    return shown_deed(deed_id)


def shown_deed(deed_id: uuid.UUID) -> dict[str, Any]:
    """A deed as the API tells it. Raises Missing."""
    found = event_queries.deed(deed_id)
    if found is None:
        raise Missing("deed")
    return {
        "id": found.id,
        "kind": found.kind,
        "is_undone": found.is_undone or found.is_answered,
        "lines": [shown_line(event, name) for event, name in found.lines],
    }


def shown_line(event: LifeEvent, name: str) -> dict[str, Any]:
    """A line as the API tells it; what is sealed with it stays sealed, and health is for those who may see it."""
    told = {field: getattr(event, field) for field in LINE_FIELDS} | {"resident_name": name}
    if not may("residents.view_health"):
        told["details"] = without_health_codes(event.details)
    return told


handle_refusals(event_api)
