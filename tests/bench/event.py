"""The pages of one large training, as the organiser sees them."""

from __future__ import annotations

from tests.bench import load
from tests.bench.certificates import PEOPLE, an_event
from tests.bench.house import BASE_HOST, House
from tests.bench.overview import queries_of
from tests.bench.report import Report, percentile

PAGES = {
    "event": "",
    "participants": "/peserta",
    "attendance": "/hadir",
    "certificates": "/sertifikat",
    "quota": "/kuota",
    "results": "/hasil",
}
REQUESTS = 200
PAGE_MS = 60
QUERIES = 8


def event(house: House, report: Report) -> None:
    """The pages of an event with 2,000 participants: p95 ≤ 60 ms, ≤ 8 queries."""
    house.list_villages()
    event_id = an_event(house)
    with house.owner() as conn:
        conn.execute("ANALYZE")
    cookie = house.sign_in_officer()
    paths = {name: f"/pelatihan/{event_id}{rest}" for name, rest in PAGES.items()}
    with house.web() as web:
        for name, path in paths.items():
            request = load.request_bytes(BASE_HOST, path, cookie)
            load.run(web.port, [request] * 20, 2)
            outcome = load.run(web.port, [request] * REQUESTS, 1)
            if set(outcome.statuses) != {200}:
                raise RuntimeError(f"{path}: answers were not all 200: {dict(outcome.statuses)}")
            p95, p50 = (percentile(outcome.seconds, share) * 1000 for share in (0.95, 0.5))
            report.add(
                "event", f"{name}, p95", p95, "ms", at_most=PAGE_MS,
                note=f"{PEOPLE:,} participants; p50 {p50:.1f} ms; seen by the client, one at a time",
            )  # fmt: skip
    for name, path in paths.items():
        count = queries_of(house, cookie, path)
        report.add("event", f"{name}, queries", count, "", at_most=QUERIES, note="set_config counted")
