"""A worker of its own that dies, as by SIGKILL, in the middle of a split: at a place that is named."""

from __future__ import annotations

import os
import signal
import sys
from typing import Any

from app import create_app
from app.province.life import carrying, moving, objects
from tenants.bootstrap import DatabaseUrls
from tenants.jobs import run_job
from tests.support import servers


def dies(*_: Any, **__: Any) -> Any:
    """Say where it is, and die."""
    print("there", flush=True)
    os.kill(os.getpid(), signal.SIGKILL)


PLACES: dict[str, tuple[Any, str]] = {
    "schema": (carrying, "hold_register"),
    "people": (moving.Moving, "_move_documents"),
    "objects": (objects, "copy_documents"),
    "commit": (carrying, "post_job"),
}
"""Where it dies: the schema was made; people were written in both villages; scans; all of it, but for the commit."""


if __name__ == "__main__":
    owner, app_url, number, prefix, folder, place, deed_id, run_id = sys.argv[1:]
    setattr(*PLACES[place], dies)
    app = create_app(
        servers.settings_for(DatabaseUrls(owner, app_url), int(number), prefix, siger_data=folder)
    )
    with app.app_context():
        arguments = {"deed_id": deed_id, "run_id": run_id, "region_code": "18"}
        run_job("life.carry_out", None, arguments)
