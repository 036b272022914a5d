"""A worker of its own that dies, as by SIGKILL, in the middle of a batch: a number is drawn and not yet committed."""

from __future__ import annotations

import os
import signal
import sys
from typing import Any

from app import create_app
from app.government.letters.desk import batch
from tenants.bootstrap import DatabaseUrls
from tenants.jobs import run_job
from tests.support import servers

WHOLE = batch.store_final


def dies_at(turn: int) -> Any:
    """Store what is issued, and die while the letter of this turn is stored."""
    done = 0

    def store(*args: Any, **options: Any) -> None:
        nonlocal done
        done += 1
        WHOLE(*args, **options)
        if done == turn:
            print("stored", flush=True)
            os.kill(os.getpid(), signal.SIGKILL)

    return store


if __name__ == "__main__":
    owner, app_url, number, prefix, folder, tenant, run_id, key = sys.argv[1:]
    batch.store_final = dies_at(4)
    app = create_app(
        servers.settings_for(DatabaseUrls(owner, app_url), int(number), prefix, siger_data=folder)
    )
    with app.app_context():
        run_job(batch.JOB, tenant, {"run_id": run_id, "key": key, "account_id": ""})
