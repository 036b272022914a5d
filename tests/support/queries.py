"""Counting what is asked of the database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, event


class TooManyQueries(AssertionError):
    """More statements were sent than the test allows; the message lists them."""


@contextmanager
def count_queries(engine: Engine, at_most: int) -> Iterator[list[str]]:
    """Fail when the block sends more than `at_most` statements. Entering a scope (set_config) is one of them."""
    seen: list[str] = []

    def note(
        conn: Any, cursor: Any, statement: str, parameters: Any, context: Any, executemany: bool
    ) -> None:
        seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)
    if len(seen) > at_most:
        raise TooManyQueries(f"{len(seen)} queries, {at_most} allowed:\n" + "\n".join(seen))
