"""A village's public front page behind gunicorn, beside an empty Flask route on the same gunicorn in the same run."""

from __future__ import annotations

import re
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.bench import load
from tests.bench.house import BASE_HOST, House, Web
from tests.bench.report import Report, percentile
from tests.support.queries import count_queries

ROUNDS = 3
REQUESTS = 6000
BUSY, CALM = 8, 2
ASSET = re.compile(
    r"""<(?:link[^>]+rel="(?:stylesheet|icon|preload)"[^>]*href|img[^>]+src|use[^>]+href)="([^"#]+)"""
)


@dataclass
class Series:
    """Several runs against one server."""

    rates: list[float] = field(default_factory=list)
    calm: list[float] = field(default_factory=list)
    busy: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    client_share: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Requests a second, the median of the rounds."""
        return statistics.median(self.rates)

    def note(self) -> str:
        """What stands beside the rate."""
        return (
            f"{statistics.median(self.cpu) * 1000:.2f} ms of server CPU a request, "
            f"client took {statistics.median(self.client_share):.0%} of a core"
        )


def public_home(house: House, report: Report) -> None:
    """A front page at random: p95 ≤ 30 ms, ≥ 35 % of an empty route's rate (12 % uncached), ≤ 4 queries, ≤ 60 KB."""
    hosts = [village.host for village in house.ensure_villages()]
    empty, warm, cold = Series(), Series(), Series()
    with (
        house.web("tests.bench.empty_app:app") as plain,
        house.web() as cached,
        house.web(PAGE_CACHE="false") as uncached,
    ):
        wire, html = _wire_bytes(cached, hosts[0])
        _fill_cache(cached, hosts, report)
        for number in range(ROUNDS):
            _round(empty, plain, [BASE_HOST], number)
            _round(warm, cached, hosts, number)
            _round(cold, uncached, hosts, number)
    name = "home"
    report.add(name, "empty Flask route", empty.rate, "req/s", note=empty.note())
    report.add(name, "page cache warm", warm.rate, "req/s", note=warm.note())
    report.add(name, "page cache warm / empty", 100 * warm.rate / empty.rate, "%", at_least=35)
    report.add(name, "without page cache", cold.rate, "req/s", note=cold.note())
    report.add(name, "without page cache / empty", 100 * cold.rate / empty.rate, "%", at_least=12)
    for series, label in ((warm, "warm"), (cold, "uncached")):
        calm = f"p50 {percentile(series.calm, 0.5) * 1000:.1f} ms; seen by the client, {CALM} in flight"
        report.add(name, f"p95 {label}", percentile(series.calm, 0.95) * 1000, "ms", at_most=30, note=calm)
        busy = f"p50 {percentile(series.busy, 0.5) * 1000:.1f} ms; {BUSY} in flight, all cores taken"
        report.add(name, f"p95 {label}, saturated", percentile(series.busy, 0.95) * 1000, "ms", note=busy)
    report.add(
        name, "queries without cache", _queries(house, hosts[0]), "", at_most=4, note="set_config counted"
    )
    report.add(
        name,
        "on the wire, with assets",
        wire / 1000,
        "KB",
        at_most=60,
        note="first visit, brotli, headers counted",
    )
    report.add(name, "scripts in the page", html.count("<script"), "", at_most=0)


def _fill_cache(web: Web, hosts: Sequence[str], report: Report) -> None:
    first = load.run(web.port, [load.request_bytes(host, "/") for host in hosts], CALM)
    _all_well(first)
    report.say(f"each of {len(hosts)} pages drawn once: {first.rate:.0f} req/s")


def _round(series: Series, web: Web, hosts: Sequence[str], seed: int) -> None:
    requests = [load.request_bytes(host, "/") for host in load.drawn(hosts, REQUESTS, seed)]
    _all_well(load.run(web.port, requests[:500], BUSY))
    before = web.cpu_seconds()
    busy = load.run(web.port, requests, BUSY)
    series.cpu.append((web.cpu_seconds() - before) / len(requests))
    calm = load.run(web.port, requests[: REQUESTS // 4], CALM)
    for outcome in (busy, calm):
        _all_well(outcome)
    series.rates.append(busy.rate)
    series.busy += busy.seconds
    series.calm += calm.seconds
    series.client_share.append(busy.client_cpu / busy.elapsed)


def _all_well(outcome: load.Outcome) -> None:
    if set(outcome.statuses) != {200}:
        raise RuntimeError(f"answers were not all 200: {dict(outcome.statuses)}")


def _wire_bytes(web: Web, host: str) -> tuple[int, str]:
    """Bytes of a first visit, the page and everything that it names, as compressed as they come; and its HTML."""
    page = load.get(web.port, host, "/")
    html = load.get(web.port, host, "/", {"Accept-Encoding": "identity"}).body.decode()
    total = page.wire_bytes
    for path in dict.fromkeys(ASSET.findall(html)):
        asset = load.get(web.port, host, path)
        if asset.status != 200:
            raise RuntimeError(f"{path} answered {asset.status}")
        total += asset.wire_bytes
    return total, html


def _queries(house: House, host: str) -> int:
    """Statements that one uncached page sends, once the process knows the host."""
    from app.extensions import db

    client = house.application.test_client()
    client.get("/", base_url=f"https://{host}")
    with house.application.app_context():
        engine = db.engine
    with count_queries(engine, at_most=1000) as seen:
        client.get("/", base_url=f"https://{host}")
    return len(seen)
