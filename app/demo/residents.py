"""Residents of the demo's villages: made up, every one, and the same in every demonstration."""

from __future__ import annotations

import datetime as dt
import multiprocessing
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from random import Random

from sqlalchemy import select

from app.core import audit
from app.core.indicators.declarations import months_before, period_of
from app.core.indicators.services import refresh_village, write_values
from app.core.village.models import Official, SubArea, VillageProfile
from app.extensions import db
from app.government.residents.events.services import close_month
from app.government.residents.indicators import month_values
from app.government.residents.synthetic import Area, settle
from app.government.residents.synthetic.chronicle import Chronicle
from app.government.residents.synthetic.history import Historian, extra_share
from app.government.residents.synthetic.loading import has_residents, load
from app.government.residents.writing import today
from tenants.models import now
from tenants.registry import load_tenant
from tenants.scope import current_tenant, platform_scope, tenant_scope

AVERAGE = 3450
SEED = 18
PROCESSES = 2
PEOPLE_WRITTEN = "demo.residents_written"
"""The audit entry of a village whose people the demo made up."""
OPEN_MONTHS = 1
"""How many whole months before the present one are not closed yet."""

LEANING: dict[str, dict[str, float]] = {
    "18.06.20.2001": {"Lampung": 3.0},
    "18.06.20.2003": {"Lampung": 14.0, "Jawa": 0.5},
    "18.06.20.2005": {"Tionghoa": 5.0, "Minangkabau": 3.0, "Batak": 3.0},
    "18.06.20.2006": {"Sunda": 1.5, "Lampung": 0.4},
    "18.08.11.2001": {"Lampung": 9.0},
    "18.08.11.2004": {"Bali": 22.0, "Lampung": 1.5},
    "18.08.11.2007": {"Lampung": 3.0, "Semendo": 3.0},
    "18.08.11.2012": {"Bali": 30.0},
    "18.08.11.2015": {"Lampung": 2.0, "Sunda": 2.0, "Banten": 3.0},
}
"""Villages whose people are not of the province's mix."""


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of one village: how many people live there now, and how many lines its ledger has."""

    name: str
    residents: int
    lines: int


def size_of(code: str, average: int = AVERAGE) -> int:
    """How many people a village of the demo has: about as many as others, the same in every run."""
    return round(average * (0.72 + 0.56 * Random(f"size:{code}").random()))


def settle_village(size: int, seed: int = SEED, *, day: dt.date | None = None) -> Settled | None:
    """Give the present village residents and a past, unless its register holds somebody; None then. Commits.

    Args:
        size: how many people live there at the end, nearly.
        seed: the same seed makes the same village.
        day: today, for a village whose ages are to stay the same.
    """
    tenant, present = current_tenant(), day or today()
    if has_residents():
        db.session.rollback()
        return None
    chronicle = make_chronicle(tenant.code, size, seed, present)
    clerks = db.session.scalars(
        select(Official.name)
        .where(Official.position.in_(("secretary", "section")))
        .order_by(Official.sort_order)
    ).all()
    lines = load(chronicle, clerks)
    audit.record(
        PEOPLE_WRITTEN,
        object_type="demo",
        summary=f"{chronicle.alive}",
        details={"demo": True, "residents": chronicle.alive, "seed": seed},
    )
    db.session.commit()
    last_closed = months_before(present.replace(day=1), OPEN_MONTHS + 1)
    if last_closed >= chronicle.opened_on.replace(day=1):
        close_month(last_closed)
    return Settled(tenant.full_name, chronicle.alive, lines)


def make_chronicle(code: str, size: int, seed: int, present: dt.date) -> Chronicle:
    """Make up the present village's people and past, around its own areas and its place on the map."""
    areas, centre = _areas(), _centre()
    opened_on = opening_day(code, present)
    settlement = settle(
        code,
        round(size * (1 + extra_share(opened_on, present))),
        seed,
        areas,
        present,
        centre=centre,
        leaning=LEANING.get(code),
        home_place=_home_place(),
    )
    return Historian(settlement, opened_on, [area.id for area in areas]).tell()


def opening_day(code: str, present: dt.date) -> dt.date:
    """The day on which a village's ledger was opened: 18 to 24 months ago, a Monday."""
    day = present - dt.timedelta(days=Random(f"opening:{code}").randint(550, 725))
    return day - dt.timedelta(days=day.weekday())


def _areas() -> list[Area]:
    """The smallest areas of the present village: those in which no other lies."""
    rows = db.session.execute(select(SubArea.id, SubArea.parent_id, SubArea.name).order_by(SubArea.id)).all()
    parents = {parent for _, parent, _ in rows}
    return [Area(key, name) for key, _, name in rows if key not in parents]


def _centre() -> tuple[float, float] | None:
    row = db.session.execute(select(VillageProfile.latitude, VillageProfile.longitude)).first()
    return (row[0], row[1]) if row is not None and row[0] is not None and row[1] is not None else None


def _home_place() -> str:
    return {"18.06": "TANGGAMUS", "18.08": "WAY KANAN"}.get(current_tenant().regency_code, "LAMPUNG")


# -- many villages ----------------------------------------------------------------------------------------------------


def settle_and_measure(tenant_id: uuid.UUID, size: int, seed: int = SEED) -> Settled | None:
    """`settle_village` from outside of any scope, with the figures that the province reads of it."""
    tenant = load_tenant(tenant_id)
    with tenant_scope(tenant):
        settled = settle_village(size, seed)
    if settled is not None:
        refresh_village(tenant)
        _past_months(tenant_id)
    return settled


def _past_months(tenant_id: uuid.UUID) -> None:
    """Write the figures that the ledger tells of the months before this one."""
    this_month, found = period_of(now()).first, {}
    with tenant_scope(load_tenant(tenant_id)):
        for first, values in month_values(
            months_before(this_month, 23), months_before(this_month, 1)
        ).items():
            found[first] = values
    with platform_scope():
        for first, values in sorted(found.items()):
            noon = dt.datetime.combine(first, dt.time(12), dt.UTC)
            write_values(tenant_id, period_of(period_of(noon).end - dt.timedelta(seconds=1)), values)
        db.session.commit()


def settle_many(
    sizes: Mapping[uuid.UUID, int],
    seed: int = SEED,
    *,
    processes: int = PROCESSES,
    progress: Callable[[int, Settled | None], None] | None = None,
) -> list[Settled]:
    """Settle several villages, with helper processes where it is worth it; those with residents are left alone.

    Args:
        sizes: tenant's id → how many people.
        progress: told after each village: how many are done, and what became of it.
    """
    found = []
    for done, settled in enumerate(_settled(sizes, seed, processes), start=1):
        if settled is not None:
            found.append(settled)
        if progress is not None:
            progress(done, settled)
    return found


def _settled(sizes: Mapping[uuid.UUID, int], seed: int, processes: int) -> Iterator[Settled | None]:
    empty = {key: size for key, size in sizes.items() if _is_empty(key)}
    yield from (None for key in sizes if key not in empty)
    if sum(empty.values()) < 10_000 or processes == 1:
        yield from (settle_and_measure(key, size, seed) for key, size in empty.items())
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, mp_context=context, initializer=_enter) as pool:
        tasks = [pool.submit(settle_and_measure, key, size, seed) for key, size in empty.items()]
        for task in as_completed(tasks):
            yield task.result()


def _is_empty(tenant_id: uuid.UUID) -> bool:
    with tenant_scope(load_tenant(tenant_id)):
        return not has_residents()


def _enter() -> None:
    """A helper process begins: an application of its own, on the settings of the environment."""
    from app import create_app
    from app.settings import Settings

    create_app(Settings()).app_context().push()


def sizes_for(rows: Sequence[tuple[uuid.UUID, str]], average: int = AVERAGE) -> dict[uuid.UUID, int]:
    """Sizes of villages, given as (id, code)."""
    return {key: size_of(code, average) for key, code in rows}
