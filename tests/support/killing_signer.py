"""A worker of its own that dies, as by SIGKILL, when the national service was asked to sign a letter."""

from __future__ import annotations

import os
import signal
import sys

from app import create_app
from tenants.bootstrap import DatabaseUrls
from tenants.jobs import run_job
from tests.support import servers


class Deadly:
    """A service that takes the worker with it."""

    def sign(self, pdf: bytes, nik: str, passphrase: str, *, reason: str, place: str) -> bytes:
        """Die."""
        print("asked", flush=True)
        os.kill(os.getpid(), signal.SIGKILL)
        return pdf


if __name__ == "__main__":
    owner, app_url, number, prefix, folder, name, tenant, run_id = sys.argv[1:]
    app = create_app(
        servers.settings_for(DatabaseUrls(owner, app_url), int(number), prefix, siger_data=folder)
    )
    app.extensions["bsre"] = Deadly()
    with app.app_context():
        run_job(name, tenant, {"signing_run": run_id, "is_late": False})
