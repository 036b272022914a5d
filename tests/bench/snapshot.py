"""Copies of one large village: taken, put beside it and compared, put in its place."""

from __future__ import annotations

import time

from psycopg import sql

from app.core.privacy.vault import open_vault
from app.extensions import db
from app.province.copies.models import HAND
from app.province.copies.owner import owner
from app.province.copies.restoring import restore_beside, swap_in
from app.province.copies.taking import take_copy
from tenants.scope import Tenant, platform_scope, tenant_scope
from tests.bench.house import House
from tests.bench.report import Report, percentile
from tests.bench.towns import LARGE, residents_of, town

LETTERS = 5000
TIMES = 5


def snapshot(house: House, report: Report) -> None:
    """A copy of a village of 10,000 residents and 5,000 letters, and putting it back."""
    tenant = town(house, LARGE)
    _fill_book(house, tenant)
    taken: list[float] = []
    with house.application.app_context(), platform_scope():
        for _ in range(TIMES):
            copy = take_copy(tenant.id, kind=HAND)
            taken.append(copy.seconds)
        rows = sum(int(found[0]) for found in copy.tables.values())
        about = f"{residents_of(house, tenant):,} residents, {LETTERS:,} letters, {rows:,} rows"
        note = f"{about}; {copy.size / 2**20:.1f} MB packed and sealed; slowest of {TIMES}"
        report.add("copies", "snapshot", max(taken), "s", at_most=5, note=note)
        report.add("copies", "snapshot, median", percentile(taken, 0.5), "s")
        began = time.monotonic()
        schema = restore_beside(tenant.id, copy.id)
        seconds = time.monotonic() - began
        report.add(
            "copies", "restore beside", seconds, "s", at_most=15, note="read again, checked and compared"
        )
        began = time.monotonic()
        swap_in(tenant.id, schema, reason="benchmark", made_by="bench")
        report.add(
            "copies", "swap", time.monotonic() - began, "s", note="a copy of the present state before it"
        )
        with owner() as conn:
            conn.execute("CHECKPOINT")


def _fill_book(house: House, tenant: Tenant) -> None:
    """A register of 5,000 issued letters, each with a sealed box of usual size."""
    name = sql.Identifier(tenant.schema)
    with house.application.app_context(), tenant_scope(tenant):
        vault = open_vault(for_writing=True)
        plain = {"fields": {f"isian_{number}": "x" * 30 for number in range(20)}, "words": ["y" * 60] * 10}
        boxes = [vault.seal_json(plain, f"letter:{number}") for number in range(LETTERS)]
        db.session.commit()
    fill = sql.SQL(
        """
        INSERT INTO {0}.letter (id, type_code, title, classification, state, origin, signing, holder_name, scope, year,
          sequence, number, letter_date, issued_at, search, box, token, created_at, updated_at)
        SELECT gen_random_uuid(), 'sktm', 'Surat Keterangan', '400', 'issued', 'desk', 'wet', 'Budi', 'copies', 2026, n,
          'copies/' || n, date '2026-01-01', now(), 'copies/' || n || ' budi', box, uuid_send(gen_random_uuid()),
          now(), now()
        FROM unnest(%s::bytea[]) WITH ORDINALITY AS given(box, n)
        """
    ).format(name)
    with house.owner() as conn:
        conn.execute(sql.SQL("DELETE FROM {}.letter WHERE scope = 'copies'").format(name))
        conn.execute(fill, (boxes,))
        conn.execute(sql.SQL("ANALYZE {}.letter").format(name))
