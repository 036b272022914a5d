"""What training brought, over all villages of the province: two years of figures, half of the villages trained."""

from __future__ import annotations

import datetime as dt
import time
import uuid

import psycopg

from app.core.indicators.adoption import STAFF_ACTIVE_30D
from app.core.indicators.declarations import months_before, period_of
from app.province.readiness.indicators import INDEX
from tenants.models import now
from tests.bench.house import PROVINCE, House
from tests.bench.pages import time_page
from tests.bench.report import Report

MONTHS = 24
EVENTS = 120
REQUESTS = 40
PAGE_SECONDS = 1.0
PAGES = {
    "effect report": "/pelatihan/dampak",
    "effect report, twelve months": "/pelatihan/dampak?jangka=12",
    "results": "/pelatihan/hasil?masa=semua",
    "villages that never came": "/pelatihan/hasil/18/belum-pernah",
}
COLUMNS = "period, tenant_id, code, value, numerator, denominator, as_of, source"
COPY = f"COPY platform.indicator_value ({COLUMNS}) FROM STDIN"


def effect(house: House, report: Report) -> None:
    """The effect of training over 2,651 villages and 24 months: the page ≤ 1 s."""
    house.list_villages()
    house.application  # noqa: B018 - all models are imported with it
    with house.owner() as conn:
        villages = conn.execute(
            "SELECT id, code, regency_code, district_code FROM platform.tenant ORDER BY code"
        ).fetchall()
        row = conn.execute("SELECT count(*) FROM platform.training_participant").fetchone()
        people = row[0] if row else 0
        if not people:
            _tell(conn, [row[0] for row in villages])
            people = _train(conn, villages)
        conn.execute("VACUUM (ANALYZE) platform.indicator_value")
        conn.execute("ANALYZE")
    report.say(f"{len(villages):,} villages, {people:,} participants of {EVENTS} trainings")
    _in_process(house, report)
    cookie = house.sign_in_officer()
    with house.web() as web:
        for name, path in PAGES.items():
            time_page(
                web, report, ("effect", name), path, cookie, at_most=PAGE_SECONDS * 1000, requests=REQUESTS
            )


def _in_process(house: House, report: Report) -> None:
    """How long the comparison takes by itself, and writing training's figures of a month."""
    from app.province.regions import Territory
    from app.province.training.results.effects import effects_of
    from app.province.training.results.rollup import write_month
    from tenants.scope import platform_scope

    seconds = []
    with house.application.app_context():
        for _round in range(6):
            with platform_scope():
                started = time.monotonic()
                found = effects_of(Territory(PROVINCE, "Lampung"), 3)
                seconds.append(time.monotonic() - started)
        compared = found.comparisons[0][1]
        report.add(
            "effect", "comparison alone", sorted(seconds)[-2] * 1000, "ms", at_most=PAGE_SECONDS * 1000,
            note=f"{len(compared.compared)} trained villages against {compared.controls}, two measures",
        )  # fmt: skip
        with platform_scope():
            started = time.monotonic()
            changed = write_month(months_before(period_of(now()).first, 2))
            taken = time.monotonic() - started
        report.add("effect", "training's figures of a month", taken, "s", note=f"{len(changed):,} villages")


def _tell(conn: psycopg.Connection, ids: list[uuid.UUID]) -> None:
    """Two figures of every village and month; those of every third village rise slower."""
    moment, present = now().isoformat(), period_of(now()).first
    with conn.transaction(), conn.cursor() as cursor, cursor.copy(COPY) as copy:
        for ago in range(MONTHS, 0, -1):
            month = months_before(present, ago)
            for number, ident in enumerate(ids):
                risen = (MONTHS - ago) / (2 + number % 3)
                staff, index = int(number % 6 + risen / 6), round(20 + number % 50 + risen, 1)
                copy.write(
                    f"{month}\t{ident}\t{STAFF_ACTIVE_30D}\t{staff}\t\\N\t\\N\t{moment}\tsiger\n"
                    f"{month}\t{ident}\t{INDEX}\t{index}\t{index}\t1\t{moment}\tsiger\n"
                )


def _train(conn: psycopg.Connection, villages: list[tuple[uuid.UUID, str, str, str]]) -> int:
    """Every second village sends three people to the training of its month, and some to a later one; two come."""
    today = now().date()
    events = [
        (uuid.uuid4(), uuid.uuid4(), today - dt.timedelta(days=20 + 690 * number // EVENTS))
        for number in range(EVENTS)
    ]
    with conn.transaction(), conn.cursor() as cursor:
        for number, (event, session, day) in enumerate(events):
            region = villages[number * 19 % len(villages)][2]
            cursor.execute(
                "INSERT INTO platform.training_event (id, region_code, kind, title, description, starts_on, ends_on,"
                " state, opened_by, schedule_version, created_by, created_at, row_version)"
                " VALUES (%s, %s, 'bimtek', %s, '', %s, %s, 'done', '', 1, 'Bench', now(), 1)",
                (event, region, f"Bimtek {number}", day, day),
            )
            cursor.execute(
                "INSERT INTO platform.training_session (id, event_id, starts_at, ends_at, title, pillar, room)"
                " VALUES (%s, %s, %s, %s, 'Sesi', 'government', '')",
                (
                    session,
                    event,
                    dt.datetime.combine(day, dt.time(1), dt.UTC),
                    dt.datetime.combine(day, dt.time(5), dt.UTC),
                ),
            )
        count = 0
        for number, (ident, _code, regency, district) in enumerate(villages):
            if number % 2:
                continue
            for event, session, _day in {events[number % EVENTS], events[number * 7 % EVENTS]}:
                for seat in range(3):
                    person, participant = uuid.uuid4(), uuid.uuid4()
                    cursor.execute(
                        "INSERT INTO platform.training_person (id, name, search_name, sex, phone, created_at)"
                        " VALUES (%s, 'Peserta', 'peserta', %s, '', now())",
                        (person, "female" if seat else "male"),
                    )
                    cursor.execute(
                        "INSERT INTO platform.training_participant (id, event_id, person_id, tenant_id, district_code,"
                        " regency_code, position, is_official, seat, is_walk_in, token, registered_by, registered_at,"
                        " row_version)"
                        " VALUES (%s, %s, %s, %s, %s, %s, '', true, 'registered', false, %s, 'Bench', now(), 1)",
                        (participant, event, person, ident, district, regency, participant.hex),
                    )
                    if seat:
                        cursor.execute(
                            "INSERT INTO platform.training_attendance (session_id, participant_id, at, source,"
                            " noted_by, noted_at, note) VALUES (%s, %s, now(), 'scan', 'Bench', now(), '')",
                            (session, participant),
                        )
                    count += 1
    return count
