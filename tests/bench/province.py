"""`make bench-province`: all 2,651 villages with 9.1 million residents, and what the province asks of them.

Loading is resumable: each village is one transaction, so a run that was ended goes on where it was. The data lie in a
folder of their own (some 12 GB) that is removed at the end unless `--keep` is given.

python -m tests.bench.province [--villages 50] [--data folder] [--keep]
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import shutil
import signal
import sys
import threading
import time
import uuid
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

import psycopg
from psycopg import sql
from rq import Worker

from app.core.embedded.system import SHARED_FOLDER
from app.core.indicators import jobs
from app.core.indicators.models import IndicatorValue
from app.core.privacy.keys import current_key_id
from app.core.privacy.vault import Vault
from app.extensions import cache, db
from tenants.bootstrap import libpq_url
from tenants.models import PlatformJobRun
from tenants.provisioning import provision_many, settle_catalogues
from tenants.scope import platform_scope
from tests.bench import load
from tests.bench.furniture import furnish
from tests.bench.house import BASE_HOST, House, Web
from tests.bench.report import Report, percentile
from tests.bench.residents import run_well
from tests.bench.stamping import Loader, Pattern, pattern, stamped, stem_of
from tests.bench.towns import DAY, sign_in_staff

PEOPLE = 9_100_000
VILLAGES = 2651
SHARES = (0.72, 0.82, 0.90, 0.97, 1.03, 1.10, 1.18, 1.28)
"""Sizes of the patterns, as shares of an average village; together they make one on average."""
PROCESSES = 2
WORKERS = 2
LISTS = 20
ALL_SECONDS = 90.0
PATIENCE_SECONDS = 1800.0
START_SECONDS = 120.0
NAME = "province"


@dataclass(frozen=True, slots=True)
class Plot:
    """A village that waits for its people."""

    number: int
    tenant_id: uuid.UUID
    schema: str
    district: str


def main() -> int:
    """Load what is missing, measure, print and write; 0 when every promise is kept."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.province", description=__doc__)
    parser.add_argument("--villages", type=int, default=VILLAGES, help="how many villages (default: all)")
    parser.add_argument(
        "--data", type=Path, help="where the data lie; a second run goes on with what is there"
    )
    parser.add_argument("--keep", action="store_true", help="keep the data afterwards")
    asked = parser.parse_args()
    parent = SHARED_FOLDER if os.geteuid() == 0 else Path("var").absolute()
    folder = asked.data or parent / "bench-province"
    signal.signal(signal.SIGTERM, _stop)
    report = Report()
    with House(report, folder) as house:
        try:
            loaded(house, report, asked.villages)
            measure(house, report)
        except Exception as error:
            report.failures[NAME] = f"{type(error).__name__}: {error}"
            raise
        finally:
            report.print_table()
            print(f"written to {report.write()}")
    if not asked.keep:
        shutil.rmtree(folder, ignore_errors=True)
    return 1 if any(figure.kept is False for figure in report.figures) else 0


def _stop(number: int, frame: FrameType | None) -> None:
    """Leave in order, so that servers and workers end as well; what was loaded stays."""
    raise SystemExit("stopped; the same command goes on from here")


# -- loading ----------------------------------------------------------------------------------------------------------


def loaded(house: House, report: Report, villages: int) -> None:
    """Every one of the first `villages` has its residents after this."""
    provision(house, report, villages)
    plots = waiting(house, villages)
    if not plots:
        report.say("all villages are loaded already")
        return
    report.say(f"loading {len(plots)} villages with {PROCESSES} processes")
    started, people, rows = time.monotonic(), 0, 0
    context = multiprocessing.get_context("spawn")
    start = (house.environment(), superuser_url(house))
    with ProcessPoolExecutor(PROCESSES, mp_context=context, initializer=_begin, initargs=start) as pool:
        for done, task in enumerate(as_completed([pool.submit(_load, plot) for plot in plots]), start=1):
            inhabitants, written = task.result()
            people, rows = people + inhabitants, rows + written
            if done % 100 == 0 or done == len(plots):
                rate = people / (time.monotonic() - started)
                report.say(f"{done} of {len(plots)} villages, {people:,} people, {rate:,.0f} people a second")
    seconds = time.monotonic() - started
    report.add(
        NAME,
        "loading",
        people / seconds,
        "people/s",
        at_least=25_000,
        note=f"{people:,} people, {rows:,} rows",
    )


def provision(house: House, report: Report, villages: int) -> None:
    """The first `villages` by code have a schema and their furniture."""
    from app.core.village.seed import seed_village

    house.list_villages()
    with house.owner() as conn:
        query = "SELECT id, schema_name FROM platform.tenant ORDER BY code LIMIT %s"
        missing = [row[0] for row in conn.execute(query, (villages,)) if row[1] is None]
    if missing:
        report.say(f"provisioning {len(missing)} villages first")
        provision_many(house.urls.owner_url, missing, seed=seed_village)
        settle_catalogues(house.urls.owner_url)
    furnish(house)


def waiting(house: House, villages: int) -> list[Plot]:
    """The villages of the first `villages` in which nobody lives yet."""
    found = []
    with house.owner() as conn:
        query = "SELECT id, code, schema_name FROM platform.tenant ORDER BY code LIMIT %s"
        for number, (key, code, schema) in enumerate(conn.execute(query, (villages,)).fetchall()):
            inhabited = sql.SQL("SELECT EXISTS (SELECT FROM {})").format(sql.Identifier(schema, "resident"))
            row = conn.execute(inhabited).fetchone()
            if row is not None and not row[0]:
                found.append(Plot(number, key, schema, code.replace(".", "")[:6]))
    return found


def superuser_url(house: House) -> str:
    """Where the loader connects: as the superuser, to the house's database."""
    address = libpq_url(house.servers.admin_url)
    name = psycopg.conninfo.conninfo_to_dict(libpq_url(house.urls.owner_url))["dbname"]
    return psycopg.conninfo.make_conninfo(address, dbname=name)


_patterns: list[Pattern] = []
_loader: list[Loader] = []


def _begin(environment: dict[str, str], address: str) -> None:
    """A loading process begins: its keys, its patterns, its connection."""
    from app import create_app
    from app.settings import Settings

    os.environ.update(environment)
    create_app(Settings()).app_context().push()
    average = PEOPLE / VILLAGES
    _patterns.extend(pattern(round(share * average), seed, DAY) for seed, share in enumerate(SHARES))
    _loader.append(Loader(psycopg.connect(address, autocommit=True, prepare_threshold=None)))


def _load(plot: Plot) -> tuple[int, int]:
    """Load one village; how many people live there, and how many rows were written."""
    made, stem, key_id = _patterns[plot.number % len(_patterns)], stem_of(plot.number), current_key_id()
    rows = stamped(made, Vault(plot.tenant_id, key_id), stem, plot.district)
    _loader[0].load(plot.schema, stem, rows, key_id)
    return made.residents, sum(data.count(b"\n") for data in rows)


# -- measuring --------------------------------------------------------------------------------------------------------


def measure(house: House, report: Report) -> None:
    """Sums by hand, figures through workers, and how the villages' own pages fare meanwhile."""
    schemas, ids = _provisioned(house)
    people = _people(house, schemas)
    report.say(f"{len(schemas):,} villages, {people:,} people live there")
    _settle_down(house)
    raw = raw_sums(house, schemas)
    report.add(NAME, "30 sums by hand, all schemas", raw, "s", note="psycopg, two connections, no framework")
    with house.web() as web:
        requests = _lists(house)
        run_well(web, requests, 2)
        quiet = run_well(web, requests * 10, 1)
        with Background(house) as background:
            seconds, meanwhile = refresh(house, background, web, ids, requests)
    note = f"two workers and the scheduler, fan-out over {len(ids):,} villages of {people:,} people"
    share = len(ids) / VILLAGES
    report.add(NAME, "figures of all villages", seconds, "s", at_most=ALL_SECONDS * share, note=note)
    report.add(NAME, "figures / sums by hand", seconds / raw, "times")
    calm, busy = (percentile(found, 0.95) * 1000 for found in (quiet.seconds, meanwhile))
    note = f"p50 {percentile(quiet.seconds, 0.5) * 1000:.1f} ms, {LISTS} villages, one at a time"
    report.add(NAME, "list of 50, p95, quiet", calm, "ms", note=note)
    note = f"p50 {percentile(meanwhile, 0.5) * 1000:.1f} ms, {len(meanwhile)} requests"
    report.add(NAME, "list of 50, p95, meanwhile", busy, "ms", note=note)
    report.add(NAME, "meanwhile / quiet", busy / calm, "times", at_most=3)
    _compare(house, report, people)


class Background:
    """Two workers and the scheduler: ready when the block begins, ended on leaving."""

    def __init__(self, house: House) -> None:
        self._house = house

    def __enter__(self) -> Background:
        self._stack = ExitStack()
        names = ["worker"] * WORKERS + ["scheduler"]
        self._pids = {self._stack.enter_context(self._house.process(name)): name for name in names}
        until = time.monotonic() + START_SECONDS
        while Worker.count(connection=cache.client) < WORKERS:
            self.must_live()
            if time.monotonic() > until:
                self._stack.close()
                raise RuntimeError(f"the workers did not start; their log is in {self._house.folder / 'log'}")
            time.sleep(0.1)
        return self

    def __exit__(self, *error: object) -> None:
        self._stack.close()

    def must_live(self) -> None:
        """Raise RuntimeError when one of them ended by itself."""
        for pid, name in self._pids.items():
            if not Path(f"/proc/{pid}/cmdline").read_bytes():
                raise RuntimeError(f"the {name} ended; its log is in {self._house.folder / 'log'}")


def refresh(
    house: House, background: Background, web: Web, ids: Sequence[uuid.UUID], requests: Sequence[bytes]
) -> tuple[float, list[float]]:
    """Have the figures of all villages computed; the seconds it took, and those of lists asked for meanwhile."""
    with house.application.app_context(), platform_scope():
        started = time.monotonic()
        run = jobs.ask_for(ids).id
        db.session.commit()
    meanwhile: list[float] = []
    with _asking(web, requests, meanwhile):
        while time.monotonic() - started < PATIENCE_SECONDS:
            with house.application.app_context(), platform_scope():
                query = db.select(PlatformJobRun.state, PlatformJobRun.failed).where(PlatformJobRun.id == run)
                state, failed = db.session.execute(query).one()
            if state in ("done", "failed"):
                break
            background.must_live()
            time.sleep(0.25)
        seconds = time.monotonic() - started
    if state != "done":
        raise RuntimeError(f"the run ended as {state}, {failed} villages failed")
    return seconds, meanwhile


@contextmanager
def _asking(web: Web, requests: Sequence[bytes], into: list[float]) -> Iterator[None]:
    """Ask for lists, one after the other, as long as the block lasts."""
    stop, wrong = threading.Event(), []

    def ask() -> None:
        while not stop.is_set():
            try:
                into.extend(run_well(web, requests, 1).seconds)
            except RuntimeError as error:
                wrong.append(error)
                return

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
    if wrong:
        raise wrong[0]


def _lists(house: House) -> list[bytes]:
    """One request for a list in each of some villages, by somebody who works there."""
    from tenants.registry import find_tenant

    found = []
    for village in load.drawn(house.villages(), LISTS):  # type: ignore[arg-type, type-var]
        with house.application.app_context():
            tenant = find_tenant(village.code)  # type: ignore[attr-defined]
        cookie = sign_in_staff(house, tenant)
        found.append(load.request_bytes(f"{tenant.slug}.{BASE_HOST}", "/penduduk", cookie))
    return found


def _provisioned(house: House) -> tuple[list[str], list[uuid.UUID]]:
    with house.owner() as conn:
        query = "SELECT schema_name, id FROM platform.tenant WHERE schema_name IS NOT NULL ORDER BY code"
        rows = conn.execute(query).fetchall()
    return [row[0] for row in rows], [row[1] for row in rows]


def _people(house: House, schemas: Sequence[str]) -> int:
    with psycopg.connect(superuser_url(house), autocommit=True) as conn:
        total = 0
        for schema in schemas:
            statement = sql.SQL("SELECT count(*) FROM {} WHERE vital_status = 1").format(
                sql.Identifier(schema, "resident")
            )
            row = conn.execute(statement).fetchone()
            total += row[0] if row else 0
    return total


def _settle_down(house: House) -> None:
    with psycopg.connect(superuser_url(house), autocommit=True) as conn:
        conn.execute("CHECKPOINT")


REGISTER_SUMS = """
SELECT count(*), count(*) FILTER (WHERE days < 1826), count(*) FILTER (WHERE days BETWEEN 1826 AND 6574),
  count(*) FILTER (WHERE days BETWEEN 6575 AND 21914), count(*) FILTER (WHERE days > 21914),
  count(*) FILTER (WHERE days BETWEEN 5479 AND 23740), count(*) FILTER (WHERE nik_state <> 2),
  count(*) FILTER (WHERE birth_certificate = ''), count(*) FILTER (WHERE disability <> 7),
  count(*) FILTER (WHERE insurance IN (2, 3, 4)), sum(missing_count), count(*) FILTER (WHERE sex = 1),
  count(*) FILTER (WHERE sex = 2), count(*) FILTER (WHERE religion = 1), count(*) FILTER (WHERE marital_status = 2),
  count(*) FILTER (WHERE education = 8), count(*) FILTER (WHERE occupation = 9), count(*) FILTER (WHERE card = 2),
  count(*) FILTER (WHERE nationality = 2), count(*) FILTER (WHERE residence_status <> 1)
FROM (SELECT *, current_date - birth_date AS days FROM resident WHERE vital_status = 1) AS person
"""
LEDGER_SUMS = """
SELECT count(*) FILTER (WHERE to_cell < 8), count(*) FILTER (WHERE from_cell < 8),
  count(*) FILTER (WHERE to_cell = 10), count(*) FILTER (WHERE from_cell = 10),
  count(*) FILTER (WHERE to_cell IN (0, 2, 4, 6)), count(*) FILTER (WHERE from_cell IN (0, 2, 4, 6)),
  count(*) FILTER (WHERE kind = 'birth' AND month = date_trunc('month', now())),
  count(*) FILTER (WHERE kind = 'death' AND month = date_trunc('month', now())),
  count(*) FILTER (WHERE kind = 'move_in' AND month = date_trunc('month', now())),
  count(*) FILTER (WHERE kind = 'move_out' AND month = date_trunc('month', now()))
FROM life_event WHERE undone_at IS NULL
"""


def raw_sums(house: House, schemas: Sequence[str]) -> float:
    """Thirty sums in each schema with nothing around them, over two connections; the seconds."""
    address = superuser_url(house)

    def one(mine: Sequence[str]) -> None:
        with psycopg.connect(address, autocommit=True, prepare_threshold=None) as conn:
            for schema in mine:
                with conn.transaction(), conn.pipeline():
                    conn.execute(sql.SQL("SET LOCAL search_path = {}").format(sql.Identifier(schema)))
                    conn.execute(REGISTER_SUMS)
                    conn.execute(LEDGER_SUMS)

    threads = [threading.Thread(target=one, args=(schemas[n::WORKERS],)) for n in range(WORKERS)]
    started = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.monotonic() - started


def _compare(house: House, report: Report, people: int) -> None:
    """The province's sum is the number of people in the registers."""
    with house.application.app_context(), platform_scope():
        total: Any = db.session.scalar(
            db.select(db.func.sum(IndicatorValue.value)).where(IndicatorValue.code == "pop.total")
        )
    report.add(NAME, "people that the province does not count", abs(people - (total or 0)), "", at_most=0)


if __name__ == "__main__":
    sys.exit(main())
