"""A worker of its own that dies, as by SIGKILL, when a village's staff were told and that is not noted yet."""

from __future__ import annotations

import os
import signal
import sys
from typing import Any

from app import create_app
from app.province.announcements import jobs
from tenants.bootstrap import DatabaseUrls
from tenants.fan_out import run_chunk
from tenants.scope import platform_scope
from tests.support import servers

WHOLE = jobs._tell


def tell_and_die(*args: Any) -> None:
    """Tell the staff, and die."""
    WHOLE(*args)
    print("told", flush=True)
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    owner, app_url, number, prefix, folder, run_id, village_id = sys.argv[1:]
    jobs._tell = tell_and_die
    app = create_app(
        servers.settings_for(DatabaseUrls(owner, app_url), int(number), prefix, siger_data=folder)
    )
    with app.app_context(), platform_scope():
        run_chunk(job_id=run_id, tenant_ids=[village_id])
