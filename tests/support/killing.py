"""A worker of its own that dies, as by SIGKILL, when an import's rows are written and not yet committed."""

from __future__ import annotations

import os
import signal
import sys
from typing import Any

from app import create_app
from app.government.residents.imports import applying
from app.government.residents.models import LifeEvent
from tenants.bootstrap import DatabaseUrls
from tenants.jobs import run_job
from tests.support import servers

WHOLE = applying.rows.copy_in


def dies_after(model: type[Any], columns: Any, rows: Any) -> int:
    """Write the rows, and die after the first lines of people."""
    waiting = list(rows)
    written = WHOLE(model, columns, waiting)
    if model is LifeEvent and any(row["resident_id"] for row in waiting):
        print("written", flush=True)
        os.kill(os.getpid(), signal.SIGKILL)
    return written


if __name__ == "__main__":
    owner, app_url, number, prefix, folder, name, tenant, import_id, account_id, run_id = sys.argv[1:]
    applying.rows.copy_in = dies_after
    app = create_app(
        servers.settings_for(DatabaseUrls(owner, app_url), int(number), prefix, siger_data=folder)
    )
    with app.app_context():
        run_job(name, tenant, {
            "import_id": import_id, "account_id": account_id, "run_id": run_id, "happened_on": "2026-01-01",
            "make_areas": True, "note": "diperiksa",
        })  # fmt: skip
