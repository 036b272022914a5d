"""Totals above a list: counted once per filter and kept until the register changes.

They are kept in Redis under the filter and the register's version, which every change raises in its own transaction.
Rows and version are read in one statement, so a total is shown with the rows of its version only: it always equals the
list. While Redis is away they are counted each time.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Row, func, select

from app.core.privacy.models import VillageState
from app.core.privacy.vault import STAMP
from app.extensions import cache
from tenants.keys import tenant_key

KEPT_SECONDS = 86_400
TRIES = 3
VERSION = (
    select(func.concat_ws("-", VillageState.register_version, VillageState.settings[STAMP].astext))
    .scalar_subquery()
    .label("register_version")
)
"""The register's version and its stamp as a column: of the same moment as the rows that it stands beside. The stamp
tells versions apart that a restored database counts anew."""


@dataclass(frozen=True, slots=True)
class Totals:
    """How many of what a list shows."""

    all: int = 0
    men: int = 0
    women: int = 0
    households: int = 0


def kept_totals(digest: str, version: str) -> Totals | None:
    """The totals of a filter at a version of the register; None when they are not known or Redis is away."""
    kept = cache.try_ask(lambda client: client.get(_key(digest, version)), None)
    return Totals(**json.loads(kept)) if isinstance(kept, bytes) else None


def keep_totals(digest: str, version: str, totals: Totals) -> None:
    """Keep the totals of a filter at a version of the register."""
    text = json.dumps(asdict(totals))
    cache.try_ask(lambda client: client.set(_key(digest, version), text, ex=KEPT_SECONDS), None)


def rows_with_totals(
    fetch: Callable[[], list[Row[Any]]],
    count: Callable[[], Row[Any]],
    sum_up: Callable[[list[Row[Any]]], Totals] | None,
    digest: str,
    is_whole: Callable[[list[Row[Any]]], bool],
) -> tuple[list[Row[Any]], Totals]:
    """Rows of a page and the totals of the whole list, of one and the same moment.

    Args:
        fetch: reads the rows, each with VERSION. count: counts the list, with VERSION.
        sum_up: the totals out of the rows where these are the whole list, which spares the counting.
        digest: the filter's. is_whole: whether the rows are the whole list.
    """
    for attempt in range(TRIES):
        rows = fetch()
        if sum_up is not None and is_whole(rows):
            return rows, sum_up(rows)
        version = rows[0].register_version if rows else None
        known = kept_totals(digest, version) if version is not None else None
        if known is not None:
            return rows, known
        counted = count()
        totals = Totals(counted.all, counted.men, counted.women, counted.households)
        keep_totals(digest, counted.register_version, totals)
        if version in (None, counted.register_version) or attempt == TRIES - 1:
            return rows, totals
    raise AssertionError("unreachable")


def _key(digest: str, version: str) -> str:
    return tenant_key("residents", "totals", version, digest)
