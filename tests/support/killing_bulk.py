"""A worker of its own that dies, as by SIGKILL, in the middle of a workbook: a schema is made, nobody welcomed yet."""

from __future__ import annotations

import os
import signal
import sys
import uuid

from app import create_app
from app.province.onboarding.bulk import executing
from tenants.bootstrap import DatabaseUrls
from tenants.jobs import run_job
from tests.support import servers

WHOLE = executing.make_schema


def dies_after(turn: str) -> None:
    """Make schemas, and die when that of this village is made."""

    def make(tenant_id: uuid.UUID) -> None:
        WHOLE(tenant_id)
        if str(tenant_id) == turn:
            print("made", flush=True)
            os.kill(os.getpid(), signal.SIGKILL)

    executing.make_schema = make


if __name__ == "__main__":
    owner, app_url, number, prefix, folder, job_id, tenant_ids, turn = sys.argv[1:]
    dies_after(turn)
    app = create_app(
        servers.settings_for(DatabaseUrls(owner, app_url), int(number), prefix, siger_data=folder)
    )
    with app.app_context():
        run_job("tenants.chunk", None, {"job_id": job_id, "tenant_ids": tenant_ids.split(",")})
