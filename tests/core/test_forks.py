"""The object storage's client runs threads of its own, which a fork does not get: who used it must not fork.

Processes that fork are gunicorn's master (its workers) and the worker of background jobs (each job).
"""

from __future__ import annotations

import runpy
from typing import Any

import pytest
from rq import Worker

from app.commands.processes import gunicorn_command
from app.core import serving
from app.core.hosting import SigerFlask
from app.core.jobs_runtime import run_worker


def test_gunicorns_master_forks_before_the_application_is_loaded() -> None:
    words = gunicorn_command("127.0.0.1:8000", 2, 4)
    assert not [word for word in words if "preload" in word]
    settings = runpy.run_path(str(serving.__file__))
    assert not settings.get("preload_app")
    assert "SigerFlask" not in settings


def test_the_worker_of_jobs_has_no_open_storage_when_it_begins_to_fork(
    app: SigerFlask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(app.extensions, "file_storage", raising=False)
    opened: list[bool] = []

    def work(worker: Worker, **options: Any) -> bool:
        opened.append("file_storage" in app.extensions)
        return True

    monkeypatch.setattr(Worker, "work", work)
    with app.app_context():
        run_worker(burst=True)
    assert opened == [False]
