"""The instruments themselves: what they count is what happened."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.bench import document, load
from tests.bench.report import Figure, percentile


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        status = 404 if self.headers["Host"].startswith("nobody") else 200
        body = b"x" * 100_000
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        if self.path == "/once":
            self.send_header("Connection", "close")
            self.close_connection = True
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words: object) -> None:
        pass


@pytest.fixture
def port() -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_address[1]
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("path", ["/", "/once"], ids=["kept alive", "closed after each answer"])
def test_every_request_is_answered_and_counted_once(port: int, path: str) -> None:
    requests = [load.request_bytes(host, path) for host in ["a.localhost", "nobody.localhost"] * 20]
    outcome = load.run(port, requests, 4)
    assert outcome.statuses == {200: 20, 404: 20}
    assert len(outcome.seconds) == 40
    assert outcome.wire_bytes > 40 * 100_000


def test_hosts_are_drawn_the_same_in_every_run_and_everyone_is_asked() -> None:
    hosts = [f"v{n}.localhost" for n in range(50)]
    assert load.drawn(hosts, 200) == load.drawn(hosts, 200)
    assert set(load.everyone(hosts, 50)) == set(hosts)


def test_a_promise_is_kept_on_its_own_side() -> None:
    assert Figure("b", "time", 0.2, "s", 0.2).kept
    assert not Figure("b", "time", 0.3, "s", 0.2).kept
    assert Figure("b", "rate", 40, "%", 35, "at least").kept
    assert not Figure("b", "rate", 30, "%", 35, "at least").kept
    assert Figure("b", "size", 1, "MB").kept is None
    assert percentile([float(n) for n in range(1, 101)], 0.95) == 96


def test_the_page_of_figures_says_what_is_over_and_what_is_missing() -> None:
    run = {
        "started": "2026-11-22T09:00:00+00:00",
        "machine": {
            "cpu": "a processor", "cores": 2, "memory_gib": 8, "system": "Linux", "python": "3.12",
            "packages": {"flask": "3"}, "load_average": [0.1], "commit": "abc",
        },
        "figures": [
            {"benchmark": "b", "label": "time", "value": 0.3, "unit": "s", "target": 0.2, "sense": "at most",
             "note": "", "kept": False},
        ],
        "failures": {"c": "nothing there"},
    }  # fmt: skip
    text = document.as_markdown(run)
    assert "| b | time | 0.3 s | ≤ 0.2 s | **over** |" in text
    assert "Not measured: c: nothing there" in text
