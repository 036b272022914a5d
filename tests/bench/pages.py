"""Pages that an officer opens: how long each takes as the client sees it, and how many statements it sends."""

from __future__ import annotations

from tests.bench import load
from tests.bench.house import BASE_HOST, House, Web
from tests.bench.report import Report, percentile
from tests.support.queries import count_queries

REQUESTS = 200


def time_page(
    web: Web,
    report: Report,
    label: tuple[str, str],
    path: str,
    cookie: dict[str, str],
    *,
    at_most: float,
    requests: int = REQUESTS,
    note: str = "",
) -> None:
    """Ask for a page again and again, one at a time, when it is warm, and report its p95.

    Args:
        label: the benchmark, and the page.
        at_most: promised milliseconds.
        note: what stands before the median.
    """
    request = load.request_bytes(BASE_HOST, path, cookie)
    load.run(web.port, [request] * max(4, requests // 10), 2)
    outcome = load.run(web.port, [request] * requests, 1)
    if set(outcome.statuses) != {200}:
        raise RuntimeError(f"{path}: answers were not all 200: {dict(outcome.statuses)}")
    p95, p50 = (percentile(outcome.seconds, share) * 1000 for share in (0.95, 0.5))
    report.add(
        label[0], f"{label[1]}, p95", p95, "ms", at_most=at_most,
        note=f"{note}p50 {p50:.1f} ms; seen by the client, one at a time",
    )  # fmt: skip


def queries_of(house: House, cookie: dict[str, str], path: str) -> int:
    """Statements that a page sends for a session that Redis knows, as in the middle of somebody's work."""
    from app.extensions import db

    client = house.application.test_client(use_cookies=False)
    client.get(path, base_url=f"https://{BASE_HOST}", headers=cookie)
    with house.application.app_context():
        engine = db.engine
    with count_queries(engine, at_most=1000) as seen:
        answer = client.get(path, base_url=f"https://{BASE_HOST}", headers=cookie)
    if answer.status_code != 200:
        raise RuntimeError(f"{path} answered {answer.status_code}")
    return len(seen)
