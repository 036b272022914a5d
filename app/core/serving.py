"""What gunicorn reads besides its command line (`--config`; run as a file, before the application is imported).

Each worker writes its metrics into files of its own slot, which the worker that replaces it takes over: so their
number stays that of the workers, however often they are replaced.
"""

from __future__ import annotations

import gc
import os
from typing import Any

SLOT = "SIGER_WORKER_SLOT"
limit_request_line = 8190
"""Letters of a request's first line: the most that gunicorn allows, so that long addresses get the product's page."""


def pre_fork(server: Any, worker: Any) -> None:
    """Give the worker that is about to start the lowest slot that no living one holds."""
    taken = {living.siger_slot for living in server.WORKERS.values()}
    worker.siger_slot = next(slot for slot in range(len(taken) + 1) if slot not in taken)


def post_fork(server: Any, worker: Any) -> None:
    """Tell the new process its slot."""
    os.environ[SLOT] = str(worker.siger_slot)


def post_worker_init(worker: Any) -> None:
    """Let the collector of cyclic garbage look past what the application is made of.

    It would go through some hundred thousand objects that live as long as the process in the middle of a page now and
    then, for a quarter of a second. What requests leave behind it finds as before.
    """
    gc.collect()
    gc.freeze()
