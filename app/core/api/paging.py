"""Lists are read along a key, never by page numbers: the answer to one page says where the next one begins."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from flask import request, url_for
from marshmallow import Schema, fields, validate

MAX_PAGE = 200

BEHIND = "Go on behind this row: the `next` of the page before."


class KeysetQuery(Schema):
    """How much of a list; lists add `after`, the key of the last row seen."""

    limit = fields.Integer(
        load_default=50,
        validate=validate.Range(1, MAX_PAGE),
        metadata={"description": "How many rows at most."},
    )


def schema_of_page(item: type[Schema]) -> Schema:
    """The schema of one page of a list of `item`."""
    page = Schema.from_dict(
        {
            "items": fields.List(fields.Nested(item), required=True),
            "next": fields.String(
                required=True,
                allow_none=True,
                metadata={"description": "What `after` must be for the next page; null on the last."},
            ),
        },
        name=f"{item.__name__.removesuffix('Schema')}Page",
    )
    return page()


def page_of(rows: Sequence[Any], limit: int, key: Callable[[Any], object]) -> Any:
    """A page out of up to `limit` + 1 rows, with the key and the Link header of the next one."""
    shown = list(rows[:limit])
    if len(rows) <= limit:
        return {"items": shown, "next": None}
    return page_after(shown, str(key(shown[-1])))


def page_after(items: Sequence[Any], after: str | None) -> Any:
    """A page whose next one begins behind `after`, with the Link header; `after` is None on the last page."""
    if after is None:
        return {"items": items, "next": None}
    assert request.endpoint is not None
    arguments: dict[str, Any] = {
        **request.args.to_dict(flat=False),
        **(request.view_args or {}),
        "after": after,
    }
    return {"items": items, "next": after}, {
        "Link": f'<{url_for(request.endpoint, **arguments)}>; rel="next"'
    }
