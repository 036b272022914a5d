"""pyHanko's synchronous calls start an event loop of their own, which a thread that already runs one refuses."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import TypeVar

Result = TypeVar("Result")


def in_own_loop(work: Callable[[], Result]) -> Result:
    """Do work that starts an event loop, whatever runs in the caller's thread.

    A thread of its own, for as long as the work takes, with the caller's context. What the work raises is raised.
    """
    context = copy_context()
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="signing") as pool:
        return pool.submit(context.run, work).result()
