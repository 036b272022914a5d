"""django-tenants doing the same: a column and an index in each of 200 schemas with as many tables as a village has."""

from __future__ import annotations

import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg
from sqlalchemy import make_url

from tenants.bootstrap import DatabaseUrls, libpq_url, prepare_database
from tests.bench import migrating
from tests.bench.house import House
from tests.bench.report import ROOT, Report

SCHEMAS = 200
EXECUTORS = ("standard", "multiprocessing")
LOCK = ROOT / "deploy" / "lock" / "bench.txt"
VENV = ROOT / ".venv-bench"
NEEDED = ("asgiref", "django", "django-tenants", "psycopg", "psycopg-binary", "sqlparse", "typing-extensions")
PROJECT = Path(__file__).resolve().parent / "peer"


def same_migration(house: House, report: Report) -> None:
    """django-tenants on 200 schemas in the same run: at least 50 times slower for each schema than the engine."""
    villages = house.ensure_villages()
    interpreter = _interpreter(report)
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder) / "peer"
        shutil.copytree(PROJECT, project)
        urls = _fresh_database(house)
        url = make_url(urls.owner_url)
        environment = {
            **os.environ,
            "PEER_DATABASE": json.dumps(
                {
                    "NAME": url.database,
                    "USER": url.username,
                    "PASSWORD": url.password,
                    "HOST": url.host,
                    "PORT": url.port,
                }
            ),
        }

        def manage(*words: str) -> float:
            started = time.monotonic()
            subprocess.run(
                [str(interpreter), "manage.py", *words], cwd=project, env=environment, check=True, timeout=900,
                stdout=subprocess.DEVNULL,
            )  # fmt: skip
            return time.monotonic() - started

        manage("makemigrations", "customers", "village")
        manage("migrate_schemas", "--shared")
        manage("make_tenants", str(SCHEMAS))
        made = manage("migrate_schemas", "--tenant", "--executor", "multiprocessing")
        report.say(f"{SCHEMAS} schemas filled in {made:.1f} s")
        idle = min(
            manage("migrate_schemas", "--tenant", "--executor", mode)
            for mode in ("standard", "multiprocessing")
        )
        seconds: dict[str, float] = {}
        for number, mode in ((2, "standard"), (3, "multiprocessing")):
            shutil.copy(
                project / "revisions" / f"000{number}_note.txt",
                project / "village" / "migrations" / f"000{number}_note.py",
            )
            seconds[mode] = manage("migrate_schemas", "--tenant", "--executor", mode)
    ours, _ = migrating.measured_rounds(house)
    engine = statistics.median(ours) / len(villages)
    best = min(seconds.values()) / SCHEMAS
    note = ", ".join(f"{mode} {took:.1f} s" for mode, took in seconds.items())
    report.add("peer", f"django-tenants, {SCHEMAS} schemas", best * SCHEMAS, "s", note=note)
    report.add(
        "peer",
        "django-tenants, a schema",
        best * 1000,
        "ms",
        note=f"{idle / SCHEMAS * 1000:.1f} ms to find nothing to do",
    )
    report.add("peer", "engine, a schema", engine * 1000, "ms")
    report.add("peer", "times faster for each schema", best / engine, "times", at_least=50)


def _fresh_database(house: House) -> DatabaseUrls:
    with psycopg.connect(libpq_url(house.servers.admin_url), autocommit=True) as conn:
        conn.execute("DROP DATABASE IF EXISTS siger_peer WITH (FORCE)")
    urls = prepare_database(house.servers.admin_url, "siger_peer")
    with psycopg.connect(
        libpq_url(make_url(house.servers.admin_url).set(database="siger_peer")), autocommit=True
    ) as conn:
        conn.execute("GRANT ALL ON SCHEMA public TO siger_owner")
    return urls


def _interpreter(report: Report) -> Path:
    """A Python with django-tenants in an environment of its own, made from the lock when it is not there."""
    python = VENV / "bin" / "python"
    if python.exists() and _has_peer(python):
        return python
    report.say("installing django-tenants into .venv-bench")
    subprocess.run([sys.executable, "-m", "venv", "--clear", str(VENV)], check=True)
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write(_locked(LOCK.read_text()))
        file.flush()
        subprocess.run(
            [str(python), "-m", "pip", "install", "-qq", "--require-hashes", "--no-deps", "-r", file.name],
            check=True,
        )
    return python


def _has_peer(python: Path) -> bool:
    return (
        subprocess.run(
            [str(python), "-c", "import django_tenants"], capture_output=True, check=False
        ).returncode
        == 0
    )


def _locked(lock: str) -> str:
    """The entries of the lock that the peer needs, each with its hashes."""
    entries = re.split(r"\n(?=[a-z0-9])", lock)
    return "\n".join(entry for entry in entries if re.split(r"[=\[ ]", entry, maxsplit=1)[0] in NEEDED) + "\n"
