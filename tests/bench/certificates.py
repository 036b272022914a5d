"""Certificates of a large event: numbered in one request, made by the real job in one worker."""

from __future__ import annotations

import datetime as dt
import time
import uuid

from tests.bench.house import PROVINCE, House
from tests.bench.report import Report
from tests.support.queries import count_queries

PEOPLE = 2000
WAIT_SECONDS = 300.0
SIGNER = ("Drs. Contoh Penanda Tangan", "Kepala Dinas PMDT Provinsi Lampung", "197001011990031001")


def certificates(house: House, report: Report) -> None:
    """2,000 certificates with QR code as PDF/A, numbered without gaps, by one worker: ≤ 60 s."""
    from app.extensions import db
    from app.province.training.learning.certificates import CertificateSigner, Rule, counts_of, issue
    from tenants.models import PlatformJobRun
    from tenants.scope import platform_scope

    house.list_villages()
    event_id = an_event(house)
    with house.process("worker"):
        time.sleep(5)
        started = time.monotonic()
        with house.application.app_context(), platform_scope():
            with count_queries(db.engine, at_most=100) as seen:
                count, run_id = issue(event_id, Rule(), CertificateSigner(*SIGNER), office=PROVINCE)
            numbered = time.monotonic() - started
        report.add(
            "certificates",
            "numbering",
            numbered * 1000,
            "ms",
            note=f"{count:,} in one transaction, {len(seen)} queries",
        )
        if run_id is None or count != PEOPLE:
            raise RuntimeError(f"{count} certificates were numbered")
        state = ""
        while state not in ("done", "failed") and time.monotonic() - started < WAIT_SECONDS:
            time.sleep(0.25)
            with house.application.app_context(), platform_scope():
                state = db.session.get_one(PlatformJobRun, run_id).state
        whole = time.monotonic() - started
    with house.application.app_context(), platform_scope():
        counts = counts_of(event_id)
    if counts.made != PEOPLE:
        raise RuntimeError(f"the run is {state}: {counts}")
    check_numbers(house, event_id)
    note = f"from the button to the last file; {PEOPLE / whole:.0f} a second"
    report.add("certificates", f"{PEOPLE:,} by one worker", whole, "s", at_most=60, note=note)


def check_numbers(house: House, event_id: uuid.UUID) -> None:
    """Every number from 1 on is there once, and every file lies where its row says. Raises RuntimeError."""
    query = "SELECT number, file_id, sha256 FROM platform.training_certificate WHERE event_id = %s ORDER BY number"
    with house.owner() as conn:
        rows = conn.execute(query, (event_id,)).fetchall()
        files = conn.execute("SELECT id, sha256 FROM platform.stored_file").fetchall()
    if [row[0] for row in rows] != list(range(1, PEOPLE + 1)):
        raise RuntimeError("numbers with a gap or a double")
    kept = {row[0]: bytes(row[1]) for row in files}
    if any(kept.get(row[1]) != bytes(row[2]) for row in rows):
        raise RuntimeError("a file that is not its row's")


def an_event(house: House) -> uuid.UUID:
    """An event of the province with two sessions, to which so many people of many villages came."""
    from tenants.ids import uuid7

    event, sessions = uuid7(), [uuid7(), uuid7()]
    at = dt.datetime.now(dt.UTC)
    day = at.date()
    with house.owner() as conn, conn.transaction(), conn.cursor() as cursor:
        villages = cursor.execute("SELECT id, code FROM platform.tenant ORDER BY code").fetchall()
        cursor.execute(
            "INSERT INTO platform.training_event (id, region_code, kind, title, description, starts_on, ends_on, state,"
            " opened_by, schedule_version, created_by, created_at, row_version) VALUES"
            " (%s, %s, 'bimtek', 'Bimtek Smart Village', '', %s, %s, 'open', '', 1, 'bench', %s, 1)",
            (event, PROVINCE, day - dt.timedelta(days=1), day, at),
        )
        for number, session in enumerate(sessions):
            start = at - dt.timedelta(hours=6 - number * 3)
            cursor.execute(
                "INSERT INTO platform.training_session (id, event_id, starts_at, ends_at, title, pillar, room)"
                " VALUES (%s, %s, %s, %s, %s, 'government', '')",
                (session, event, start, start + dt.timedelta(hours=2), f"Pelayanan surat {number + 1}"),
            )
        people = [(uuid7(), uuid7(), villages[number % len(villages)]) for number in range(PEOPLE)]
        with cursor.copy(
            "COPY platform.training_person (id, name, search_name, sex, phone, created_at) FROM STDIN"
        ) as copy:
            for number, (person, _seat, _village) in enumerate(people):
                name = f"Siti Aminah Nomor {number}"
                copy.write_row((person, name, name.lower(), "female", "", at))
        columns = (
            "id, event_id, person_id, tenant_id, district_code, regency_code, position, is_official, seat, is_walk_in,"
            " token, registered_by, registered_at, row_version"
        )
        with cursor.copy(f"COPY platform.training_participant ({columns}) FROM STDIN") as copy:
            for person, seat, (tenant, code) in people:
                copy.write_row(
                    (seat, event, person, tenant, code[:8], code[:5], "Kaur umum", True, "registered", False,
                     uuid.uuid4().hex[:22], "bench", at, 1)
                )  # fmt: skip
        with cursor.copy(
            "COPY platform.training_attendance (session_id, participant_id, at, source, noted_by, noted_at, note)"
            " FROM STDIN"
        ) as copy:
            for _person, seat, _village in people:
                for session in sessions:
                    copy.write_row((session, seat, at, "scan", "bench", at, ""))
    return event
