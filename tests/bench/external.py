"""What other information systems push: a month of every village, one request each, through one process."""

from __future__ import annotations

import time
import uuid
from typing import Any

from app.province.external.judging import pushable
from app.province.external.presenting import example_of
from app.province.external.services.keys import PREFIX, SHOWN
from tests.bench.house import BASE_HOST, House
from tests.bench.report import Report, percentile
from tests.support.queries import count_queries

FIGURES = 80
PATH = "/api/v1/external/values"
SOFTWARE = "Sistem ukur"


def external(house: House, report: Report) -> None:
    """Pushing a month of 2,651 villages, all indicators each, one request after the other: ≤ 30 s."""
    house.list_villages()
    keys = issue_keys(house)
    client = house.application.test_client(use_cookies=False)
    bodies = [(key, body_of(house, code)) for code, key in keys]
    push(client, *bodies[0])
    seconds: list[float] = []
    started = time.monotonic()
    for key, body in bodies:
        before = time.monotonic()
        push(client, key, body)
        seconds.append(time.monotonic() - before)
    whole = time.monotonic() - started
    p95, p50 = (percentile(seconds, share) * 1000 for share in (0.95, 0.5))
    told = len(bodies[0][1]["values"])
    note = f"{len(bodies):,} villages × {told} figures; p50 {p50:.1f} ms, p95 {p95:.1f} ms a push"
    report.add("external", "pushing all villages", whole, "s", at_most=30, note=note)
    with house.application.app_context():
        from app.extensions import db

        engine = db.engine
    with count_queries(engine, at_most=1000) as seen:
        push(client, *bodies[-1])
    report.add("external", "queries a push", len(seen), "", at_most=8, note="set_config counted")


def issue_keys(house: House) -> list[tuple[str, str]]:
    """Every village runs other software and has a key after this: (code, key) by code."""
    from app.core.accounts.secrets import digest, new_token

    found: list[tuple[str, str]] = []
    with house.owner() as conn, conn.transaction(), conn.cursor() as cursor:
        cursor.execute("DELETE FROM platform.external_delivery")
        cursor.execute("DELETE FROM platform.external_key")
        cursor.execute("UPDATE platform.tenant SET software = %s", (SOFTWARE,))
        villages = cursor.execute("SELECT id, code FROM platform.tenant ORDER BY code").fetchall()
        columns = "id, tenant_id, digest, shown, software, made_by, made_at, expires_at"
        with cursor.copy(f"COPY platform.external_key ({columns}) FROM STDIN") as copy:
            for ident, code in villages:
                key = PREFIX + new_token()
                copy.write_row(
                    (
                        uuid.uuid4(),
                        ident,
                        digest(key),
                        key[:SHOWN],
                        SOFTWARE,
                        "bench",
                        "2026-01-01",
                        "2100-01-01",
                    )
                )
                found.append((code, key))
    return found


def body_of(house: House, code: str) -> dict[str, Any]:
    """A month of a village: every indicator that may be pushed, up to eighty, and its activity."""
    from app.core.indicators.declarations import period_of
    from tenants.models import now

    moment = now()
    with house.application.test_request_context():
        known = [one for one in pushable().values() if not one.code.startswith("adoption.")]
        values = [example_of(one) for one in known[:FIGURES]]
    return {
        "village": code,
        "period": f"{period_of(moment).first:%Y-%m}",
        "values": values,
        "activity": {"last_activity": moment.isoformat(), "staff_active_7d": 3, "staff_active_30d": 5},
    }


def push(client: Any, key: str, body: dict[str, Any]) -> None:
    """One delivery; anything but all of it taken is an error."""
    headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": uuid.uuid4().hex}
    answer = client.post(PATH, base_url=f"https://{BASE_HOST}", json=body, headers=headers)
    if answer.status_code != 200 or answer.json["refused"]:
        raise RuntimeError(f"a push answered {answer.status_code}: {answer.text[:300]}")
