"""The pages of one large training, as the organiser sees them."""

from __future__ import annotations

from tests.bench.certificates import PEOPLE, an_event
from tests.bench.house import House
from tests.bench.pages import queries_of, time_page
from tests.bench.report import Report

PAGES = {
    "event": "",
    "participants": "/peserta",
    "attendance": "/hadir",
    "certificates": "/sertifikat",
    "quota": "/kuota",
    "results": "/hasil",
}
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
            time_page(
                web, report, ("event", name), path, cookie, at_most=PAGE_MS, note=f"{PEOPLE:,} participants; "
            )
    for name, path in paths.items():
        count = queries_of(house, cookie, path)
        report.add("event", f"{name}, queries", count, "", at_most=QUERIES, note="set_config counted")
