"""Running the worker and the scheduler in the application's context."""

from __future__ import annotations

import signal
from types import FrameType

from tenants import schedule
from tenants.jobs import make_worker
from tenants.provisioning import baseline


def run_worker(burst: bool = False) -> None:
    """Work until told to stop (or, with `burst`, until the queues are empty).

    Each job runs in a fork of this process, so what takes a moment to prepare is prepared here: a person who asks for a
    village waits for its schema alone.
    """
    baseline()
    make_worker().work(burst=burst, with_scheduler=True, logging_level="WARNING")


def run_scheduler() -> None:
    """Deliver the outbox and ask for what is due until SIGTERM or SIGINT."""
    stop = False

    def ask_to_stop(number: int, frame: FrameType | None) -> None:
        nonlocal stop
        stop = True

    signal.signal(signal.SIGTERM, ask_to_stop)
    signal.signal(signal.SIGINT, ask_to_stop)
    schedule.run_forever(lambda: stop)
