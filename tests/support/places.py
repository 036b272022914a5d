"""Where tests put their throwaway villages: places that no test tells by their codes."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import psycopg
from sqlalchemy import create_engine, func, select
from sqlalchemy.orm import Session

from app.core.hosting import SigerFlask

KNOWN = (
    "18.01", "18.02", "18.03", "18.04", "18.05.02", "18.05.13", "18.06", "18.07.13", "18.07.14", "18.07.15", "18.07.16",
    "18.09", "18.10", "18.11", "18.12", "18.13",
)  # fmt: skip
"""Where tests tell figures of villages by their codes, and expect to find nothing but those."""

MADE_UP_FROM = 2900
"""Serial numbers of made-up villages begin here: no kecamatan of Lampung has so many."""

NEIGHBOURS = 10
"""So many made-up villages of one kecamatan follow one another, like real ones: tests look for neighbours."""


def throwaway_codes(owner_url: str) -> Iterator[str]:
    """Codes of villages that nobody has used yet, without end: real ones outside `KNOWN`, then made-up ones.

    A process of a long run uses more villages than the quiet kabupaten have; taking those of known places would
    let one test find the villages of another.
    """
    from tenants.bootstrap import libpq_url

    with psycopg.connect(libpq_url(owner_url)) as conn:
        rows = conn.execute(
            "SELECT code FROM platform.tenant WHERE schema_name IS NULL AND kind = 'desa'"
            " AND NOT code LIKE ANY(%s) ORDER BY code DESC",
            ([f"{place}%" for place in KNOWN],),
        ).fetchall()
    real = [str(row[0]) for row in rows]
    yield from real
    kecamatan = {code[:8]: code for code in real}
    for first in itertools.count(MADE_UP_FROM, NEIGHBOURS):
        for district, like in kecamatan.items():
            for serial in range(first, first + NEIGHBOURS):
                yield _made_up(owner_url, like, f"{district}.{serial}")


def list_too(owner_url: str, code: str) -> None:
    """List a village in another database than the one that its code was made up for; real ones stand there already."""
    from tenants.bootstrap import libpq_url

    with psycopg.connect(libpq_url(owner_url)) as conn:
        beside = conn.execute(
            "SELECT code FROM platform.tenant WHERE code LIKE %s ORDER BY code = %s DESC, code LIMIT 1",
            (f"{code[:8]}.%", code),
        ).fetchone()
    assert beside is not None, f"no village of the kecamatan {code[:8]} is listed"
    if beside[0] != code:
        _made_up(owner_url, beside[0], code)


def _made_up(owner_url: str, like: str, code: str) -> str:
    """List a village that does not exist, in the kecamatan and with the words of one that does."""
    from app.core.regions.models import Region
    from tenants.models import Domain, TenantRow

    engine = create_engine(owner_url)
    with Session(engine) as session:
        beside = session.scalars(select(TenantRow).where(TenantRow.code == like)).one()
        name, slug = f"Uji {code[3:]}", f"uji-{code.replace('.', '')}"
        village = TenantRow(
            code=code, name=name, slug=slug, kind=beside.kind, term=beside.term, words=beside.words,
            regency_code=beside.regency_code, regency_name=beside.regency_name,
            district_code=beside.district_code, district_name=beside.district_name,
        )  # fmt: skip
        session.add_all([village, Region(code=code, parent_code=code[:8], name=name, level=4, kind="desa")])
        session.flush()
        session.add(Domain(host=slug, tenant_id=village.id, is_primary=True))
        session.commit()
    engine.dispose()
    return code


def villages_listed(app: SigerFlask, kind: str | None = None, *, standing: bool = False) -> int:
    """How many villages (of a kind) the programme lists now: Lampung's, and the made-up ones of a long run.

    `standing`: without those that were merged into another and are villages no more.
    """
    from app.extensions import db
    from tenants.models import TenantRow
    from tenants.scope import platform_scope

    with app.app_context(), platform_scope():
        query = select(func.count()).select_from(TenantRow)
        if kind:
            query = query.where(TenantRow.kind == kind)
        if standing:
            query = query.where(TenantRow.moved_to.is_(None))
        listed = db.session.scalar(query)
    return int(listed or 0)
