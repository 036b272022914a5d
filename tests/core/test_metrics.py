"""Figures for Prometheus: who may read them, what they say, and that they name no village."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from app import create_app
from app.core.hosting import SigerFlask
from tenants.scope import Tenant
from tests.support.servers import DatabaseUrls, settings_for
from tests.support.visitors import Visitor


def test_this_machine_may_read_the_metrics(province: Visitor) -> None:
    province.get("/health")
    answer = province.get("/metrics")
    assert answer.status_code == 200
    assert answer.content_type.startswith("text/plain")
    assert 'siger_up{part="postgresql"} 1.0' in answer.text
    assert 'siger_up{part="redis"} 1.0' in answer.text
    assert "siger_outbox_waiting" in answer.text
    assert 'siger_queue_jobs{queue="default"}' in answer.text
    assert "siger_db_connection_villages_max" in answer.text


@pytest.mark.parametrize(
    "surroundings",
    [
        {"REMOTE_ADDR": "10.1.2.3"},
        {"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "127.0.0.1"},
        {"REMOTE_ADDR": ""},
    ],
    ids=["another machine", "through a proxy", "nobody knows whence"],
)
def test_others_find_nothing_there(province: Visitor, surroundings: dict[str, str]) -> None:
    assert province.get("/metrics", environ_overrides=surroundings).status_code == 404


def test_prometheus_may_ask_by_any_name(visit: Any) -> None:
    assert "siger_up" in visit("10.1.2.3:8000").get("/metrics").text


def test_with_a_token_only_the_token_counts(app: SigerFlask, urls: DatabaseUrls) -> None:
    other = Visitor(
        create_app(settings_for(urls, 0, "m_", metrics_token="only Prometheus knows")), "localhost"
    )
    assert other.get("/metrics").status_code == 404
    assert other.get("/metrics", headers={"Authorization": "Bearer something else"}).status_code == 404
    known = {"Authorization": "Bearer only Prometheus knows"}
    assert (
        other.get("/metrics", headers=known, environ_overrides={"REMOTE_ADDR": "10.1.2.3"}).status_code == 200
    )


def test_answers_are_timed_by_kind_of_host_and_never_by_village(
    province: Visitor, visit: Any, village: Tenant
) -> None:
    visit(f"{village.slug}.localhost").get("/")
    visit("nobody.localhost").get("/")
    text = province.get("/metrics").text
    assert 'siger_request_seconds_count{audience="public",host="village",status="200"}' in text
    assert 'host="unknown"' in text
    assert village.slug not in text
    assert village.code not in text


def test_workers_of_gunicorn_take_over_the_slots_of_those_they_replace() -> None:
    from types import SimpleNamespace

    from app.core.serving import pre_fork

    server = SimpleNamespace(WORKERS={})
    workers = [SimpleNamespace() for _ in range(4)]
    for pid, worker in enumerate(workers[:3]):
        pre_fork(server, worker)
        server.WORKERS[pid] = worker
    assert [worker.siger_slot for worker in workers[:3]] == [0, 1, 2]
    del server.WORKERS[1]
    pre_fork(server, workers[3])
    assert workers[3].siger_slot == 1


def test_processes_are_added_up(tmp_path: Any) -> None:
    count = "import app.core.metrics as m; m.REQUESTS.labels('village', 'public', '200').observe(0.004)"
    show = (
        "from prometheus_client import CollectorRegistry, generate_latest;"
        "from prometheus_client.multiprocess import MultiProcessCollector;"
        "r = CollectorRegistry(); MultiProcessCollector(r); print(generate_latest(r).decode())"
    )
    for slot in ("0", "1", "1"):
        environment = {"PROMETHEUS_MULTIPROC_DIR": str(tmp_path), "SIGER_WORKER_SLOT": slot, "PATH": ""}
        subprocess.run([sys.executable, "-c", count], env=environment, check=True)
    told = subprocess.run(
        [sys.executable, "-c", show], env=environment, check=True, capture_output=True, text=True
    )
    assert 'siger_request_seconds_count{audience="public",host="village",status="200"} 3.0' in told.stdout
    assert sorted(file.name for file in tmp_path.glob("histogram*")) == ["histogram_0.db", "histogram_1.db"]
