"""`python -m tests.bench.nightly`: the nightly copies of all villages, and how other villages' pages fare meanwhile.

Uses the villages that `make bench-province --keep` left in its folder, or loads as many as are asked for. With fewer
than all, the time is scaled and the table says so.

python -m tests.bench.nightly [--villages 60] [--data folder] [--keep]
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import sys
import time
import uuid
from collections.abc import Sequence
from pathlib import Path

from app.core.embedded.system import SHARED_FOLDER
from app.extensions import db
from app.province.copies import jobs
from app.province.copies.models import VillageCopy
from tenants.models import PlatformJobRun
from tenants.scope import platform_scope
from tests.bench.house import House, Web
from tests.bench.province import (
    PATIENCE_SECONDS,
    VILLAGES,
    Background,
    _asking,
    _lists,
    _provisioned,
    _settle_down,
    _stop,
    loaded,
)
from tests.bench.report import Report, percentile
from tests.bench.residents import run_well

NAME = "nightly"
ALL_MINUTES = 15.0
MANY_TIMES = 2.0


def main() -> int:
    """Load what is missing, measure, print and write; 0 when every promise is kept."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.nightly", description=__doc__)
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
            nightly(house, report)
        except Exception as error:
            report.failures[NAME] = f"{type(error).__name__}: {error}"
            raise
        finally:
            report.print_table()
            print(f"written to {report.write()}")
    if not asked.keep:
        shutil.rmtree(folder, ignore_errors=True)
    return 1 if any(figure.kept is False for figure in report.figures) else 0


def nightly(house: House, report: Report) -> None:
    """Copies of all villages that the house has, by two workers, while lists are asked for."""
    _schemas, ids = _provisioned(house)
    _settle_down(house)
    with house.web() as web:
        requests = _lists(house)
        run_well(web, requests, 2)
        quiet = run_well(web, requests * 10, 1)
        with Background(house) as background:
            seconds, meanwhile = _night(house, background, web, ids, requests)
    share, size = len(ids) / VILLAGES, _sizes(house)
    about = f"{len(ids):,} villages by two workers, {size / len(ids) / 2**20:.2f} MB each"
    if share < 1:
        about += f"; scaled from {seconds:.1f} s to {VILLAGES:,} villages"
    report.add(NAME, "all villages", seconds / share / 60, "min", at_most=ALL_MINUTES, note=about)
    calm, busy = (percentile(found, 0.95) * 1000 for found in (quiet.seconds, meanwhile))
    report.add(NAME, "list of 50, p95, quiet", calm, "ms")
    report.add(NAME, "list of 50, p95, meanwhile", busy, "ms", note=f"{len(meanwhile):,} requests")
    report.add(NAME, "meanwhile / quiet", busy / calm, "times", at_most=MANY_TIMES)
    _check(house, report)


def _night(
    house: House, background: Background, web: Web, ids: Sequence[uuid.UUID], requests: Sequence[bytes]
) -> tuple[float, list[float]]:
    with house.application.app_context(), platform_scope():
        started = time.monotonic()
        run = jobs.start_night(ids).id
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


def _sizes(house: House) -> int:
    with house.application.app_context(), platform_scope():
        return int(db.session.scalar(db.select(db.func.coalesce(db.func.sum(VillageCopy.size), 0))) or 0)


def _check(house: House, report: Report) -> None:
    """One copy that chance picks is put into a scratch schema and compared."""
    with house.application.app_context(), platform_scope():
        chosen = jobs.pick()
        if chosen is None:
            raise RuntimeError("no copy was found")
        began = time.monotonic()
        wrong = jobs.check_one(*chosen)
        report.add(
            NAME,
            "check of a random copy",
            time.monotonic() - began,
            "s",
            note=wrong or "rows and digests agree",
        )
    if wrong:
        raise RuntimeError(wrong)


if __name__ == "__main__":
    sys.exit(main())
