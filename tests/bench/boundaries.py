"""Importing the outlines of 2,640 villages as an operator does, and handing out the map data that pages draw."""

from __future__ import annotations

import json
import math
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

from tests.bench import load
from tests.bench.house import BASE_HOST, House
from tests.bench.report import ROOT, Report, percentile

LAMPUNG = ROOT.parent / "shared" / "data" / "lampung"
LEVELS = {"kabupaten": 2, "kecamatan": 3, "desa": 4}
VILLAGES = 2640
ACROSS = 52
SIDE = 0.045
POINTS = 25
"""Positions along each side of a made-up village: 100 a village, as the province's file has."""
SECONDS = 20.0
BYTES = 150_000
PROVINCE_BYTES = 600_000
REQUESTS = 200
NAME = "boundaries"


def boundaries(house: House, report: Report) -> None:
    """Importing 2,640 village polygons ≤ 20 s; map data of a kabupaten ≤ 150 KB, of a province's villages ≤ 600 KB."""
    house.list_villages()
    if LAMPUNG.is_dir():
        files = {name: LAMPUNG / f"boundaries-{name}.geojson" for name in LEVELS}
    else:
        files = {"desa": made_up(house)}
    for name, path in files.items():
        seconds, said = _import(house, path)
        limit = SECONDS if name == "desa" else None
        report.add(NAME, f"import {name}", seconds, "s", at_most=limit, note=said)
    sizes = "SELECT length(territory_code), level, max(length(body)) FROM platform.region_map GROUP BY 1, 2"
    with house.owner() as conn:
        for length, level, size in sorted(conn.execute(sizes).fetchall()):
            promised = BYTES if length > 2 or level == 2 else PROVINCE_BYTES
            where = {2: "province", 5: "largest kabupaten", 8: "largest kecamatan"}[length]
            report.add(
                NAME, f"map data, {where}, level {level}", size, "bytes", at_most=promised, note="brotli"
            )
        biggest = (
            "SELECT territory_code FROM platform.region_map WHERE length(territory_code) = 5 AND level = 4"
        )
        row = conn.execute(biggest + " ORDER BY length(body) DESC LIMIT 1").fetchone()
    assert row is not None
    _serve(house, report, row[0])


def _import(house: House, path: Path) -> tuple[float, str]:
    """Run the command; the seconds from start to end of the process, and what it used and said."""
    command = [str(Path(sys.executable).with_name("siger")), "regions", "import-boundaries", str(path)]
    started, before = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, **house.environment()},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"the import ended with {done.returncode}: {done.stderr[-500:]}")
    seconds, after = time.monotonic() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    note = f"{used:.1f} s of a processor, largest process {after.ru_maxrss / 1024:.0f} MB"
    return seconds, f"{note}; {done.stdout.strip().splitlines()[-1]}"


def _serve(house: House, report: Report, code: str) -> None:
    cookie = {**house.sign_in_officer(), "Accept-Encoding": "br"}
    request = load.request_bytes(BASE_HOST, f"/peta/{code}.json?tingkat=4", cookie)
    with house.web() as web:
        load.run(web.port, [request] * 20, 1)
        outcome = load.run(web.port, [request] * REQUESTS, 1)
    if set(outcome.statuses) != {200}:
        raise RuntimeError(f"answers were not all 200: {dict(outcome.statuses)}")
    p95, p50 = (percentile(outcome.seconds, share) * 1000 for share in (0.95, 0.5))
    report.add(NAME, f"serving {code}'s villages, p95", p95, "ms", at_most=40, note=f"p50 {p50:.1f} ms")


def made_up(house: House) -> Path:
    """A file of villages on a grid whose borders are wavy lines that neighbours share, where there is no real one."""
    with house.owner() as conn:
        query = "SELECT code FROM platform.region WHERE level = 4 ORDER BY code LIMIT %s"
        codes = [row[0] for row in conn.execute(query, (VILLAGES,))]
    features = []
    for number, code in enumerate(codes):
        column, row = number % ACROSS, number // ACROSS
        south, north = _lying(column, row), _lying(column, row + 1)
        west, east = _standing(column, row), _standing(column + 1, row)
        ring = [*south[:-1], *east[:-1], *north[:0:-1], *west[:0:-1], south[0]]
        geometry = {"type": "Polygon", "coordinates": [ring]}
        features.append({"type": "Feature", "properties": {"code": code}, "geometry": geometry})
    path = house.folder / "boundaries.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    return path


def _lying(column: int, row: int) -> list[list[float]]:
    return [
        _point(column + step / POINTS, row, math.sin(step * 2.1 + row) if step % POINTS else 0, 0)
        for step in range(POINTS + 1)
    ]


def _standing(column: int, row: int) -> list[list[float]]:
    return [
        _point(column, row + step / POINTS, 0, math.sin(step * 1.7 + column) if step % POINTS else 0)
        for step in range(POINTS + 1)
    ]


def _point(column: float, row: float, up: float, aside: float) -> list[float]:
    return [round(103.6 + (column + aside * 0.03) * SIDE, 5), round(-6.1 + (row + up * 0.03) * SIDE, 5)]
