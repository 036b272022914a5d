"""The population register as its clerks use it: list, search, statistics, import, and what the province reads."""

from __future__ import annotations

import json
import os
import re
import statistics
import subprocess
import time
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from psycopg import sql

from app.core.indicators.declarations import period_of
from app.core.indicators.services import compute, refresh_village
from app.government.residents.indicators import INDICATORS
from tenants.models import now
from tenants.scope import tenant_scope
from tests.bench import load
from tests.bench.house import BASE_HOST, ROOT, House, Web, python
from tests.bench.importing import workbook
from tests.bench.report import Report, percentile
from tests.bench.towns import EMPTY, LARGE, USUAL, residents_of, sign_in_staff, town
from tests.support.queries import count_queries

REQUESTS = 200
TYPED = (
    "s",
    "sl",
    "sla",
    "slam",
    "slamet",
    "sri",
    "sri w",
    "ahmad",
    "nur",
    "putri",
    "hidayat",
    "yan",
    "ani",
    "wijaya",
)
LISTS = (
    "/penduduk", "/penduduk?sort=-age", "/penduduk?sort=area", "/penduduk?age_from=60", "/penduduk?religion=1",
    "/penduduk?occupation=9", "/penduduk?sex=2&marital_status=2", "/penduduk?incomplete=1", "/penduduk?without_nik=1",
)  # fmt: skip


def register(house: House, report: Report) -> None:
    """Lists, search and statistics of 10,000 residents, as somebody who is signed in gets them."""
    tenant = town(house, LARGE)
    host, cookie = f"{tenant.slug}.{BASE_HOST}", sign_in_staff(house, tenant)
    about = f"{residents_of(house, tenant):,} residents"
    with house.web() as web:
        _time(report, web, host, cookie, "list of 50, p95", LISTS, 60, about)
        _time(report, web, host, cookie, "list of 200, p95", ["/penduduk?size=200"], None, about)
        _search(report, web, host, cookie)
        _time(report, web, host, cookie, "statistics, p95", ["/penduduk/statistik"], 80, about)
    for label, path in (("list of 50", "/penduduk"), ("list of 200", "/penduduk?size=200")):
        count, rows = _queries(house, host, cookie, path)
        report.add(
            "residents", f"queries, {label}", count, "", at_most=8, note=f"{rows} rows; set_config counted"
        )
    figures(house, report)


def figures(house: House, report: Report) -> None:
    """The figures of one village of 3,450: all that the population declares, and a whole refresh."""
    tenant = town(house, USUAL)
    with house.application.app_context():
        with tenant_scope(tenant):
            compute(list(INDICATORS), period_of(now()))
        seconds, whole = [], []
        for _ in range(20):
            with tenant_scope(tenant):
                compute([], period_of(now()))
                started = time.perf_counter()
                compute(list(INDICATORS), period_of(now()))
                seconds.append(time.perf_counter() - started)
            started = time.perf_counter()
            refresh_village(tenant)
            whole.append(time.perf_counter() - started)
    note = f"{len(INDICATORS)} figures of {residents_of(house, tenant):,} residents; p95 of 20"
    report.add(
        "residents",
        "indicators of one village",
        percentile(seconds, 0.95) * 1000,
        "ms",
        at_most=60,
        note=note,
    )
    median = statistics.median(whole) * 1000
    report.add(
        "residents", "refresh of one village", median, "ms", note="median; every figure, read and written"
    )


def importing(house: House, report: Report) -> None:
    """A workbook of 10,000 rows, read, checked and applied as the worker does it, in a process of its own."""
    tenant = town(house, EMPTY)
    with house.owner() as conn:
        tables = sql.SQL(", ").join(
            sql.Identifier(tenant.schema, name) for name in ("household", "resident", "import_run")
        )
        conn.execute(sql.SQL("TRUNCATE {} CASCADE").format(tables))
    file = house.folder / "import.xlsx"
    file.write_bytes(workbook(tenant.code))
    told = _child(house, "tests.bench.importing", tenant.code, str(file))
    counted = f"{told['rows']:,} rows, {told['new']:,} new; {told['cpu']:.1f} s of CPU in Python"
    note = f"{counted}; reading {told['megabytes']:.1f} MB took {told['read']:.1f} s before"
    seconds = told["check"] + told["apply"]
    report.add("residents", "import, checked and applied", seconds, "s", at_most=8, note=note)
    peak = f"check {told['check']:.1f} s, apply {told['apply']:.1f} s; reading {told['child_mb']:.0f} MB"
    report.add("residents", "import, memory of the worker", told["own_mb"], "MB", at_most=250, note=peak)


def exporting(house: House, report: Report) -> None:
    """Files of 10,000 residents with their numbers in clear, from the form that is sent to the last byte."""
    tenant = town(house, LARGE)
    host, cookie = f"{tenant.slug}.{BASE_HOST}", sign_in_staff(house, tenant)
    people = residents_of(house, tenant)
    with house.web() as web:
        headers, token = _form(web, host, cookie, "/penduduk/ekspor")
        for shape, label in (
            ("xlsx", "list as XLSX"),
            ("csv", "list as CSV"),
            ("exchange", "exchange format"),
        ):
            form = {"csrf_token": token, "shape": shape, "reason": "pengukuran kecepatan"}
            seconds, size = [], 0
            for _ in range(3):
                started = time.perf_counter()
                answer = load.post(web.port, host, "/penduduk/ekspor", form, headers)
                seconds.append(time.perf_counter() - started)
                size = len(answer.body)
                if answer.status != 200 or "attachment" not in answer.headers.get("content-disposition", ""):
                    raise RuntimeError(f"the export as {shape} answered {answer.status}")
            note = f"{people:,} residents, {size / 1e6:.1f} MB; median of 3"
            report.add("residents", f"export, {label}", statistics.median(seconds), "s", at_most=3, note=note)


def _child(house: House, module: str, *words: str) -> dict[str, Any]:
    done = subprocess.run(
        python("-m", module, *words), cwd=ROOT, env={**os.environ, **house.environment()}, capture_output=True,
        text=True, check=False, timeout=600,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"{module} failed:\n{done.stderr[-2000:]}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def _time(
    report: Report,
    web: Web,
    host: str,
    cookie: dict[str, str],
    label: str,
    paths: Sequence[str],
    at_most: float | None,
    about: str,
) -> None:
    requests = [load.request_bytes(host, path, cookie) for path in paths] * (REQUESTS // len(paths))
    outcome = run_well(web, requests[: 2 * len(paths)], 2)
    outcome = run_well(web, requests, 1)
    p95, p50 = (percentile(outcome.seconds, share) * 1000 for share in (0.95, 0.5))
    kilobytes = outcome.wire_bytes / len(requests) / 1000
    note = f"p50 {p50:.1f} ms; {about}; {len(paths)} addresses; {kilobytes:.1f} KB; seen by the client, one at a time"
    report.add("residents", label, p95, "ms", at_most=at_most, note=note)


def run_well(web: Web, requests: Sequence[bytes], connections: int) -> load.Outcome:
    """Send requests; raises RuntimeError unless every answer is 200."""
    outcome = load.run(web.port, requests, connections)
    if set(outcome.statuses) != {200}:
        raise RuntimeError(f"answers were not all 200: {dict(outcome.statuses)}")
    return outcome


def _search(report: Report, web: Web, host: str, cookie: dict[str, str]) -> None:
    """What is being typed, letter by letter, as the page's script sends it."""
    headers, token = _form(web, host, cookie, "/penduduk")
    headers = {**headers, "HX-Request": "true"}
    requests = [
        posted(host, "/penduduk/cari", {"csrf_token": token, "q": text}, headers) for text in TYPED
    ] * (REQUESTS // len(TYPED))
    run_well(web, requests[: 2 * len(TYPED)], 2)
    outcome = run_well(web, requests, 1)
    p95, p50 = (percentile(outcome.seconds, share) * 1000 for share in (0.95, 0.5))
    note = f"p50 {p50:.1f} ms; {len(TYPED)} searches, from one letter to a whole name; results alone"
    report.add("residents", "typed search, p95", p95, "ms", at_most=30, note=note)


def posted(host: str, path: str, form: dict[str, str], headers: dict[str, str]) -> bytes:
    """A form as the proxy in front would pass it on, for a kept connection."""
    body = urlencode(form).encode()
    own = {
        "Content-Type": "application/x-www-form-urlencoded",
        "Content-Length": str(len(body)),
        **headers,
    }
    return load.request_bytes(host, path, own).replace(b"GET ", b"POST ", 1) + body


def _form(web: Web, host: str, cookie: dict[str, str], path: str) -> tuple[dict[str, str], str]:
    """The headers and the token with which a page's form is sent."""
    page = load.get(web.port, host, path, {**cookie, "Accept-Encoding": "identity"})
    token = re.search(rb'name="csrf_token"[^>]*value="([^"]+)"', page.body)
    if token is None:
        raise RuntimeError(f"{path} has no form ({page.status})")
    told = page.headers.get("set-cookie", "")
    cookies = [cookie["Cookie"], *([told.partition(";")[0]] if told else [])]
    own = {"Origin": f"https://{host}", "Referer": f"https://{host}{path}", "Cookie": "; ".join(cookies)}
    return own, token[1].decode()


def _queries(house: House, host: str, cookie: dict[str, str], path: str) -> tuple[int, int]:
    """Statements that a page sends for somebody whose session Redis knows, and the rows that it shows."""
    from app.extensions import db

    client = house.application.test_client(use_cookies=False)
    client.get(path, base_url=f"https://{host}", headers=cookie)
    with house.application.app_context():
        engine = db.engine
    with count_queries(engine, at_most=1000) as seen:
        answer = client.get(path, base_url=f"https://{host}", headers=cookie)
    if answer.status_code != 200:
        raise RuntimeError(f"{path} answered {answer.status_code}")
    return len(seen), len(set(re.findall(r'href="/penduduk/([0-9a-f-]{36})"', answer.text)))
