"""`python -m tests.bench [names …]`: measure, print a table, write JSON. Without names: everything, in order.

python -m tests.bench home --data some/folder     one benchmark, on villages that an earlier run left there
"""

from __future__ import annotations

import argparse
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

from tests.bench import (
    archive,
    boundaries,
    bulk,
    certificates,
    desk,
    django_peer,
    door,
    effect,
    event,
    external,
    home,
    letters,
    memory,
    migrating,
    overview,
    pipeline,
    provisioning,
    recovery,
    residents,
    rollup,
    snapshot,
)
from tests.bench.house import House
from tests.bench.report import Report

BENCHMARKS: dict[str, Callable[[House, Report], None]] = {
    "provisioning": provisioning.all_villages,
    "spare": provisioning.one_more,
    "migrating": migrating.all_villages,
    "peer": django_peer.same_migration,
    "home": home.public_home,
    "overview": overview.overview,
    "boundaries": boundaries.boundaries,
    "effect": effect.effect,
    "external": external.external,
    "rollup": rollup.adding_up,
    "residents": residents.register,
    "import": residents.importing,
    "export": residents.exporting,
    "letters": letters.setting,
    "certificates": certificates.certificates,
    "office": desk.office,
    "door": door.arrivals,
    "event": event.event,
    "pipeline": pipeline.pipeline,
    "bulk": bulk.bulk,
    "snapshot": snapshot.snapshot,
    "archive": archive.archive,
    "memory": memory.direct,
    "pgbouncer": memory.behind_pgbouncer,
    "recovery": recovery.after_kill,
}


def main() -> int:
    """Run what is asked for; 0 when every promise is kept and everything could be measured, else 1."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="name", help=" ".join(BENCHMARKS))
    parser.add_argument(
        "--data", type=Path, help="keep the data in this folder, and go on with what is there"
    )
    asked = parser.parse_args()
    unknown = [name for name in asked.names if name not in BENCHMARKS]
    if unknown:
        parser.error(f"no benchmark is called {unknown[0]}; there are {', '.join(BENCHMARKS)}")
    report = Report()
    about = report.about
    print(
        f"{about['cpu']}, {about['cores']} cores, {about['memory_gib']} GiB, load {about['load_average'][0]}"
    )
    with House(report, asked.data) as house:
        for name in asked.names or BENCHMARKS:
            print(f"\n{name}: {(BENCHMARKS[name].__doc__ or '').splitlines()[0]}", flush=True)
            try:
                BENCHMARKS[name](house, report)
            except Exception as error:
                report.failures[name] = f"{type(error).__name__}: {error}"
                traceback.print_exc()
    report.print_table()
    print(f"written to {report.write()}")
    return 1 if report.failures or any(figure.kept is False for figure in report.figures) else 0


if __name__ == "__main__":
    sys.exit(main())
