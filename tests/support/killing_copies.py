"""A worker of its own that dies, as by SIGKILL, in the middle of a deed on copies, before its commit or after it."""

from __future__ import annotations

import os
import signal
import sys
from typing import Any

from app import create_app
from app.province.copies import restoring, taking
from tenants import beside
from tenants.bootstrap import DatabaseUrls
from tenants.jobs import run_job
from tests.support import servers


def dying(function: Any, *, after: bool) -> Any:
    """The function, that dies at its beginning or at its end."""

    def dies(*args: Any, **options: Any) -> None:
        if after:
            function(*args, **options)
        print("there", flush=True)
        os.kill(os.getpid(), signal.SIGKILL)

    return dies


if __name__ == "__main__":
    owner, app_url, number, prefix, folder, name, run_id, village_id, moment, *rest = sys.argv[1:]
    if moment == "storing":
        taking._note_health = dying(taking._note_health, after=False)
    elif moment == "filling":
        beside.compare = dying(beside.compare, after=True)
    elif moment == "swapping":
        beside._post = dying(beside._post, after=True)
    elif moment == "swapped":
        restoring.replace_served = dying(restoring.replace_served, after=True)
    arguments = dict(pair.split("=", 1) for pair in rest)
    app = create_app(
        servers.settings_for(DatabaseUrls(owner, app_url), int(number), prefix, siger_data=folder)
    )
    with app.app_context():
        run_job(
            name,
            None,
            {"village_id": village_id, "region_code": "18", "run_id": run_id, "by": "uji", **arguments},
        )
