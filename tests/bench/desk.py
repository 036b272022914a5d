"""Letters as a village's office uses them: from the form to the PDF, many at once, the register, the QR code's page."""

from __future__ import annotations

import re
import time
import uuid
from typing import Any

from psycopg import sql
from sqlalchemy import select

from app.core.actors import Actor, acting_as
from app.extensions import db
from app.government.letters.desk import batch
from app.government.letters.models import Letter
from app.government.letters.verification.tokens import verification_path
from app.government.residents.models import Resident
from tenants.ids import uuid7
from tenants.jobs import run_job
from tenants.scope import Tenant, tenant_scope
from tests.bench import load
from tests.bench.house import BASE_HOST, House, Web
from tests.bench.report import Report, percentile
from tests.bench.residents import run_well
from tests.bench.towns import LARGE, sign_in_staff, town
from tests.support.queries import count_queries

LETTERS, MANY, BOOK, LOOKS = 100, 1000, 50_000, 200
KIND = "sktm"
LISTS = ("/surat/keluar", "/surat/keluar?state=cancelled", "/surat/keluar?classification=400")
SEARCHES = ("/surat/keluar?q=slamet", "/surat/keluar?q=400/12", "/surat/keluar?q=sri")


def office(house: House, report: Report) -> None:
    """Everything that is promised of letters, in a village of 10,000 residents."""
    tenant = town(house, LARGE)
    host, cookie = f"{tenant.slug}.{BASE_HOST}", sign_in_staff(house, tenant)
    with house.web() as web:
        _one_by_one(house, report, web, tenant, cookie)
        _checked(house, report, web, tenant)
    _many(house, report, tenant)
    _fill_book(house, tenant)
    with house.web() as web:
        for label, paths, at_most in (("list of 50", LISTS, 60), ("search", SEARCHES, None)):
            requests = [load.request_bytes(host, path, cookie) for path in paths] * (LOOKS // len(paths))
            run_well(web, requests[: 2 * len(paths)], 2)
            outcome = run_well(web, requests, 1)
            note = f"p50 {percentile(outcome.seconds, 0.5) * 1000:.1f} ms; {BOOK:,} letters; {len(paths)} addresses"
            p95 = percentile(outcome.seconds, 0.95) * 1000
            report.add("letters", f"register, {label}, p95", p95, "ms", at_most=at_most, note=note)
    count = _queries(house, host, "/surat/keluar", cookie)
    report.add("letters", "queries, register", count, "", at_most=8, note="set_config counted")


def _one_by_one(house: House, report: Report, web: Web, tenant: Tenant, cookie: dict[str, str]) -> None:
    """A clerk who makes one letter after another: the form, asking and issuing in one step, the PDF."""
    host, forms, posts, files = f"{tenant.slug}.{BASE_HOST}", [], [], []
    for person in _people(house, tenant, LETTERS + 5):
        path = f"/surat/baru?penduduk={person}&jenis={KIND}"
        started = time.perf_counter()
        page = load.get(web.port, host, path, {**cookie, "Accept-Encoding": "identity"})
        forms.append(time.perf_counter() - started)
        form = {
            "csrf_token": _hidden(page.body, "csrf_token"), "kunci": _hidden(page.body, "kunci"),
            "keperluan": "Pendaftaran beasiswa", "langsung": "1",
        }  # fmt: skip
        told = page.headers.get("set-cookie", "")
        cookies = "; ".join([cookie["Cookie"], *([told.partition(";")[0]] if told else [])])
        own = {"Cookie": cookies, "Origin": f"https://{host}", "Referer": f"https://{host}{path}"}
        started = time.perf_counter()
        answer = load.post(web.port, host, path, form, own)
        posts.append(time.perf_counter() - started)
        if answer.status != 303:
            raise RuntimeError(f"issuing answered {answer.status}")
        started = time.perf_counter()
        file = load.get(web.port, host, f"{answer.headers['location']}/berkas", cookie)
        files.append(time.perf_counter() - started)
        if not file.body.startswith(b"%PDF-"):
            raise RuntimeError(f"the file answered {file.status}")
    whole = [post + file for post, file in zip(posts, files, strict=True)][5:]
    parts = " + ".join(f"{percentile(part[5:], 0.5) * 1000:.0f}" for part in (posts, files))
    note = f"{LETTERS} letters, p50 {percentile(whole, 0.5) * 1000:.0f} ms ({parts}); seen by the client"
    report.add(
        "letters",
        "ask, issue and fetch the PDF, p95",
        percentile(whole, 0.95) * 1000,
        "ms",
        at_most=150,
        note=note,
    )
    report.add("letters", "the form before it, p95", percentile(forms[5:], 0.95) * 1000, "ms")


def _checked(house: House, report: Report, web: Web, tenant: Tenant) -> None:
    """The page that the QR code leads to."""
    host = f"{tenant.slug}.{BASE_HOST}"
    with house.application.test_request_context(), tenant_scope(tenant):
        letter = db.session.scalars(select(Letter).where(Letter.token.is_not(None)).limit(1)).one()
        path = verification_path(letter)
        db.session.rollback()
    asked = load.request_bytes(host, path)
    # As many people as letters: one address may look at so many a minute only.
    requests = [
        asked.replace(
            b"X-Forwarded-For: 127.0.0.1", f"X-Forwarded-For: 10.9.{n // 200}.{n % 200 + 1}".encode()
        )
        for n in range(LOOKS)
    ]
    run_well(web, requests[:10], 2)
    outcome = run_well(web, requests, 1)
    note = f"p50 {percentile(outcome.seconds, 0.5) * 1000:.1f} ms; seen by the client, one at a time"
    p95 = percentile(outcome.seconds, 0.95) * 1000
    report.add("letters", "verification page, p95", p95, "ms", at_most=15, note=note)
    count = _queries(house, host, path, {})
    report.add("letters", "queries, verification page", count, "", at_most=3, note="set_config counted")


def _many(house: House, report: Report, tenant: Tenant) -> None:
    """One letter for each of a thousand residents, as one worker issues them."""
    people = [uuid.UUID(person) for person in _people(house, tenant, MANY)]
    clerk = Actor(uuid7(), "Siti Rohmah", "")
    with house.application.app_context():
        with tenant_scope(tenant), acting_as(clerk):
            started = time.perf_counter()
            run = batch.start_batch(KIND, people, {"keperluan": "Bantuan pangan"}, uuid.uuid4())
            asked = time.perf_counter() - started
        started = time.perf_counter()
        run_job(
            batch.JOB, str(tenant.id), {"run_id": str(run), "key": "x", "account_id": str(clerk.account_id)}
        )
        seconds = time.perf_counter() - started
        with tenant_scope(tenant):
            issued = len(batch.issued_ids(run))
    if issued != MANY:
        raise RuntimeError(f"{issued} letters of {MANY} were issued")
    note = f"{seconds / MANY * 1000:.0f} ms a letter; asking for them took {asked:.1f} s"
    report.add("letters", f"{MANY:,} letters at once", seconds, "s", at_most=60, note=note)


def _fill_book(house: House, tenant: Tenant) -> None:
    """A register of 50,000 letters over the last ten years."""
    name = sql.Identifier(tenant.schema)
    fill = sql.SQL(
        """
        INSERT INTO {0}.letter (id, type_code, title, classification, state, origin, signing, holder_name, scope, year,
          sequence, number, letter_date, issued_at, search, created_at, updated_at)
        SELECT gen_random_uuid(), 'paper', 'Surat Keterangan', (ARRAY['400', '470', '500', '300'])[n % 4 + 1],
          CASE WHEN n % 50 = 0 THEN 'cancelled' ELSE 'issued' END, 'paper', 'wet', p.name, 'bench', 2016 + n / 5000,
          n % 5000 + 1, '400/' || n, day.day, day.day, '400/' || n || ' ' || p.name || ' Surat Keterangan', now(), now()
        FROM generate_series(0, {1} - 1) AS n
        JOIN (SELECT name, row_number() OVER (ORDER BY id) AS at FROM {0}.resident) AS p ON p.at = n % 9000 + 1,
        LATERAL (SELECT date '2016-01-01' + n * 3650 / {1} AS day) AS day
        """
    ).format(name, sql.Literal(BOOK))
    with house.owner() as conn:
        conn.execute(sql.SQL("DELETE FROM {}.letter WHERE scope = 'bench'").format(name))
        conn.execute(fill)
        conn.execute(sql.SQL("ANALYZE {}.letter").format(name))


def _people(house: House, tenant: Tenant, count: int) -> list[str]:
    with house.application.app_context(), tenant_scope(tenant):
        query = select(Resident.id).where(Resident.vital_status == 1, Resident.nik_index.is_not(None))
        return [str(person) for person in db.session.scalars(query.order_by(Resident.id).limit(count))]


def _hidden(page: bytes, name: str) -> str:
    for tag in re.findall(rb"<input [^>]*>", page):
        value = re.search(rb'value="([^"]*)"', tag)
        if f'name="{name}"'.encode() in tag and value is not None:
            return value[1].decode()
    raise RuntimeError(f"the form has no {name}")


def _queries(house: House, host: str, path: str, headers: dict[str, Any]) -> int:
    client = house.application.test_client(use_cookies=False)
    client.get(path, base_url=f"https://{host}", headers=headers)
    with house.application.app_context():
        engine = db.engine
    with count_queries(engine, at_most=1000) as seen:
        answer = client.get(path, base_url=f"https://{host}", headers=headers)
    if answer.status_code != 200:
        raise RuntimeError(f"{path} answered {answer.status_code}")
    return len(seen)
