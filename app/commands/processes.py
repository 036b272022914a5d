"""The processes of a running house: web, worker, scheduler."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import click

from app.commands.running import application, data_folder

HOOKS = Path(__file__).resolve().parent.parent / "core" / "serving.py"
METRICS_FOLDER = "PROMETHEUS_MULTIPROC_DIR"


@click.command("web")
@click.option("--bind", default="127.0.0.1:8000", show_default=True)
@click.option("--workers", default=2, show_default=True, type=click.IntRange(1, 64))
@click.option("--threads", default=4, show_default=True, type=click.IntRange(1, 64))
def web_command(bind: str, workers: int, threads: int) -> None:
    """Serve the web with gunicorn (needs DATABASE_URL and REDIS_URL)."""
    command = gunicorn_command(bind, workers, threads)
    _make_room_for_metrics(bind)
    os.execv(command[0], command)


def gunicorn_command(bind: str, workers: int, threads: int, application: str = "wsgi:app") -> list[str]:
    """The command line that serves `application` at `bind` (host:port) as the house is served in production."""
    return [
        sys.executable, "-m", "gunicorn", application, "--bind", bind, "--workers", str(workers), "--threads",
        str(threads), "--worker-class", "gthread", "--max-requests", "20000", "--max-requests-jitter", "2000",
        "--timeout", "60", "--graceful-timeout", "20", "--keep-alive", "15", "--config", str(HOOKS),
    ]  # fmt: skip


def _make_room_for_metrics(bind: str) -> None:
    """Name an empty folder in which the workers keep their figures for Prometheus, unless one is named already."""
    if METRICS_FOLDER in os.environ:
        return
    folder = data_folder() / f"metrics-{bind.rpartition(':')[2]}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, mode=0o700)
    os.environ[METRICS_FOLDER] = str(folder)


@click.command("worker")
@click.option("--burst", is_flag=True, help="Stop when the queues are empty.")
def worker_command(burst: bool) -> None:
    """Run jobs from the queues."""
    from app.core.jobs_runtime import run_worker

    with application():
        run_worker(burst=burst)


@click.command("scheduler")
def scheduler_command() -> None:
    """Deliver the outbox and start what is due (nightly figures, sealing, sweeping)."""
    from app.core.jobs_runtime import run_scheduler

    with application():
        run_scheduler()
