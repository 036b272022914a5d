"""`siger regions import-boundaries`: what is read, what is refused and why, nothing by half."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import shapely
from sqlalchemy import func, select

from app.core.audit.models import PlatformAuditEntry
from app.core.hosting import SigerFlask
from app.extensions import db
from app.province.maps import reading
from app.province.maps.models import RegionBoundary, RegionMap
from tenants.scope import platform_scope
from tests.province.maps.conftest import Import, Write
from tests.province.maps.shapes import GISTING, feature, ring, villages
from tests.support.places import villages_listed

LAMPUNG = Path(__file__).parents[4] / "shared" / "data" / "lampung"
FIRST = f"{GISTING}.2001"


def kept(app: SigerFlask) -> dict[str, Any]:
    """The outlines in the database, by code."""
    with app.app_context(), platform_scope():
        rows = db.session.scalars(select(RegionBoundary)).all()
        return {row.code: shapely.from_wkb(row.outline) for row in rows}


def test_villages_are_imported_with_the_registers_names(app: SigerFlask, write: Write, bring: Import) -> None:
    said = bring(write(villages()))
    assert said.exit_code == 0, said.output
    assert "4 outlines of villages replaced 0" in said.output
    without = villages_listed(app) - 4
    assert f"without an outline in this file ({without:,})" in said.output
    with app.app_context(), platform_scope():
        row = db.session.get(RegionBoundary, FIRST)
        assert row is not None
        assert (row.parent_code, row.level, row.name) == (GISTING, 4, "Banjar Manis")
        assert (row.west, row.south, row.east, row.north) == pytest.approx((104.7, -5.4, 104.72, -5.38))
        assert "batas.geojson sha256:" in row.source
        maps = db.session.execute(select(RegionMap.territory_code, RegionMap.places)).all()
        assert sorted(tuple(one) for one in maps) == [("18", 4), ("18.06", 4), (GISTING, 4)]


def test_an_import_replaces_its_level_and_leaves_the_others(
    app: SigerFlask, write: Write, bring: Import
) -> None:
    assert bring(write([feature("18.06")])).exit_code == 0
    assert bring(write(villages(4))).exit_code == 0
    again = bring(write(villages(2)))
    assert "2 outlines of villages replaced 4" in again.output
    assert set(kept(app)) == {"18.06", FIRST, f"{GISTING}.2002"}


def test_a_dry_run_writes_nothing(app: SigerFlask, write: Write, bring: Import) -> None:
    said = bring(write(villages()), "--dry-run")
    assert said.exit_code == 0
    assert "4 outlines of villages would replace 0" in said.output
    assert kept(app) == {}


def test_an_import_is_noted_in_the_audit_log(app: SigerFlask, write: Write, bring: Import) -> None:
    bring(write(villages()))
    with app.app_context(), platform_scope():
        newest = select(PlatformAuditEntry).where(PlatformAuditEntry.action == "boundaries.imported")
        entry = db.session.scalars(newest.order_by(PlatformAuditEntry.at.desc()).limit(1)).one()
        assert entry.details["outlines"] == 4
        assert entry.details["level"] == 4


@pytest.mark.parametrize(
    "members",
    [
        {"properties": {"KODE": "1806202001"}},
        {"properties": {"kode": 1806202001}},
        {"properties": None, "id": FIRST},
    ],
)
def test_codes_are_known_in_the_shapes_that_files_have(
    app: SigerFlask, write: Write, bring: Import, members: dict[str, Any]
) -> None:
    assert bring(write([feature("", **members)])).exit_code == 0
    assert set(kept(app)) == {FIRST}


def polygon(*rings: Any) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": list(rings)}


SQUARE = ring()
BOW = [SQUARE[0], SQUARE[2], SQUARE[1], SQUARE[3], SQUARE[0]]


BROKEN: list[tuple[Any, str]] = [
    (None, "must be a Polygon or MultiPolygon, not None"),
    ({"type": "Point", "coordinates": [104.7, -5.4]}, "must be a Polygon or MultiPolygon, not Point"),
    (polygon(), "has no coordinates"),
    ({"type": "MultiPolygon", "coordinates": [[]]}, "has a polygon without rings"),
    ({"type": "MultiPolygon", "coordinates": []}, "has no coordinates"),
    ({"type": "Polygon", "coordinates": "x"}, "has no coordinates"),
    (polygon(SQUARE[:4]), "a ring is not closed: it begins at 104.7 -5.4 and ends at 104.7 -5.38"),
    (polygon(SQUARE[:3]), "a ring has 3 positions"),
    (polygon("ring"), "a ring has 0 positions"),
    (polygon([SQUARE[0], SQUARE[1], SQUARE[0], SQUARE[0]]), "fewer than three different positions"),
    (polygon([[104.7, -5.4], [104.71, -5.4], [104.72, -5.4], [104.7, -5.4]]), "broken"),
    (polygon(BOW), "its ring is broken and cannot be mended without moving it: self-intersection at 104.71 -5.39"),
    (polygon([[y, x] for x, y in SQUARE]), "longitude and latitude are swapped at -5.4 104.7"),
    (polygon([[x + 50, y] for x, y in SQUARE]), "154.7 -5.4 lies outside of Indonesia"),
    (polygon([[x * 5000, y] for x, y in SQUARE]), "are not degrees"),
    (polygon([SQUARE[0], ["104.7", -5.4], *SQUARE[1:]]), "is not a position of two numbers"),
    (polygon([SQUARE[0], [True, False], *SQUARE[1:]]), "is not a position of two numbers"),
    (polygon([SQUARE[0], 104.7, *SQUARE[1:]]), "104.7 is not a position"),
    (polygon([SQUARE[0], [104.7], *SQUARE[1:]]), "is not a position"),
    (polygon([SQUARE[0], [float("nan"), -5.4], *SQUARE[1:]]), "not a finite number"),
    (polygon([SQUARE[0], [10**400, -5.4], *SQUARE[1:]]), "not a finite number"),
]  # fmt: skip


def test_broken_outlines_are_refused_each_with_its_reason(
    app: SigerFlask, write: Write, bring: Import
) -> None:
    """All in one file: what is wrong with one hides nothing of what is wrong with another."""
    codes = [f"18.06.03.{2001 + number}" for number in range(len(BROKEN))]
    features = [feature(code, geometry=geometry) for code, (geometry, _) in zip(codes, BROKEN, strict=True)]
    said = bring(write(features))
    assert said.exit_code == 1, said.output
    lines = said.output.splitlines()
    assert lines[0] == f"refused, nothing was changed ({len(BROKEN)}):"
    for number, (line, (_, sentence)) in enumerate(zip(lines[1:], BROKEN, strict=True), start=1):
        assert line.startswith(f"  feature {number} ({codes[number - 1]}): ")
        assert sentence in line
    assert kept(app) == {}


def test_a_refused_file_leaves_what_was(app: SigerFlask, write: Write, bring: Import) -> None:
    assert bring(write(villages(4))).exit_code == 0
    assert bring(write([*villages(3), feature(f"{GISTING}.2004", BOW)])).exit_code == 1
    assert len(kept(app)) == 4


def test_everything_that_is_wrong_is_told_at_once(write: Write, bring: Import) -> None:
    said = bring(
        write(
            [
                *villages(2),
                feature(FIRST, ring(7)),
                feature(f"{GISTING}.2999"),
                feature("18.06"),
                feature("", properties={"name": "tanpa kode"}),
                {"type": "Sesuatu"},
            ]
        ),
        "--level",
        "4",
    )
    assert said.exit_code == 1
    assert "refused, nothing was changed (5):" in said.output
    assert f"feature 3 ({FIRST}) has the same code as feature 1" in said.output
    assert f"feature 4 ({GISTING}.2999): no region has this code" in said.output
    assert "feature 5 (18.06) is not one of the villages (level 4)" in said.output
    assert "feature 6 has no Kemendagri code" in said.output
    assert "feature 7 is not a GeoJSON feature" in said.output


def test_unknown_codes_are_left_out_where_the_operator_says_so(
    app: SigerFlask, write: Write, bring: Import
) -> None:
    path = write([*villages(2), feature("99.06.20.2001", ring(5))])
    assert bring(path).exit_code == 1
    said = bring(path, "--skip-unknown")
    assert said.exit_code == 0
    assert "left out (1):" in said.output
    assert "feature 3 (99.06.20.2001): no region has this code" in said.output
    assert len(kept(app)) == 2


def test_codes_of_different_levels_are_refused(write: Write, bring: Import) -> None:
    said = bring(write([*villages(1), feature("18.06")]))
    assert said.exit_code == 1
    assert f"the codes are of different levels: feature 2 (18.06), feature 1 ({FIRST})" in said.output
    assert "only outlines of kabupaten/kota (2)" in bring(write([feature("18")])).output


def test_an_outline_under_another_is_refused(write: Write, bring: Import) -> None:
    said = bring(write([feature(FIRST), feature(f"{GISTING}.2002")]))
    assert said.exit_code == 1
    assert "cover it wholly" in said.output


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "the file is not GeoJSON"),
        ("bukan", "the file is not GeoJSON"),
        ("[1, 2]", "its type must be FeatureCollection"),
        ('{"type": "Feature"}', "its type must be FeatureCollection"),
        ('{"type": "FeatureCollection"}', "the file has no features"),
        ('{"type": "FeatureCollection", "features": []}', "the file has no features"),
        ("[" * 200_000, "nested deeper than any GeoJSON"),
    ],
)
def test_what_is_no_geojson_is_refused(write: Write, bring: Import, text: str, sentence: str) -> None:
    said = bring(write(text))
    assert said.exit_code == 1
    assert sentence in said.output


def test_a_file_that_is_no_text_is_refused(tmp_path: Path, bring: Import) -> None:
    path = tmp_path / "batas.zip"
    path.write_bytes(b"PK\x03\x04\xff\xfe\x00")
    assert "not text in UTF-8" in bring(path).output


def test_a_file_that_is_too_large_is_not_read(
    write: Write, bring: Import, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as smaller:
        smaller.setattr(reading, "LARGEST_FILE", 100)
        assert "at most" in bring(write(villages())).output
    monkeypatch.setattr(reading, "MOST_POSITIONS", 12)
    assert "more than 12 positions" in bring(write(villages())).output


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("urn:ogc:def:crs:OGC:1.3:CRS84", 0),
        ("EPSG:4326", 0),
        ("urn:ogc:def:crs:EPSG::4326", 0),
        ("urn:ogc:def:crs:EPSG::32748", 1),
        ("EPSG:3857", 1),
        ("", 1),
    ],
)
def test_only_degrees_of_wgs_84_are_read(write: Write, bring: Import, name: str, code: int) -> None:
    said = bring(write(villages(), crs={"type": "name", "properties": {"name": name}}))
    assert said.exit_code == code, said.output
    assert ("only WGS 84 degrees" in said.output) == bool(code)


def test_a_ring_that_touches_itself_is_rebuilt_and_told(app: SigerFlask, write: Write, bring: Import) -> None:
    west, south = SQUARE[0]
    east, north = SQUARE[2]
    # A spike along the northern side, out and back again: no area, no valid ring.
    spiked = [
        [west, south],
        [east, south],
        [east, north],
        [east, north + 0.01],
        [east, north],
        [west, north],
        [west, south],
    ]
    said = bring(write([feature(FIRST, spiked)]))
    assert said.exit_code == 0, said.output
    assert "rebuilt along their own lines (1):" in said.output
    assert f"feature 1 ({FIRST}): " in said.output
    assert kept(app)[FIRST].equals(shapely.Polygon(SQUARE))


def test_neighbours_share_their_borders_after_simplifying(
    app: SigerFlask, write: Write, bring: Import
) -> None:
    """A wavy border, drawn a little differently by each neighbour, is one line afterwards."""
    waves = [[104.72 + (0.0004 if n % 2 else 0.0), round(-5.4 + n * 0.001, 4)] for n in range(21)]
    moved = [[x + 0.0001 if 0 < n < 20 and n % 3 else x, y] for n, (x, y) in enumerate(waves)]
    left = [[104.7, -5.4], *waves, [104.7, -5.38], [104.7, -5.4]]
    right = [*moved, [104.74, -5.38], [104.74, -5.4], moved[0]]
    assert bring(write([feature(FIRST, left), feature(f"{GISTING}.2002", right)])).exit_code == 0
    one, other = kept(app).values()
    assert shapely.coverage_is_valid([one, other])
    together = shapely.union(one, other)
    assert together.geom_type == "Polygon"
    assert not together.interiors


@pytest.mark.skipif(not LAMPUNG.is_dir(), reason="the province's boundary files are not here")
def test_the_boundaries_of_lampung_are_read_without_gaps(app: SigerFlask, bring: Import) -> None:
    for level, name, count in ((2, "kabupaten", 15), (3, "kecamatan", 229)):
        said = bring(LAMPUNG / f"boundaries-{name}.geojson")
        assert said.exit_code == 0, said.output
        with app.app_context(), platform_scope():
            rows = db.session.scalars(select(RegionBoundary).where(RegionBoundary.level == level)).all()
            assert len(rows) == count
            shapes = [shapely.from_wkb(row.outline) for row in rows]
            size = select(func.max(func.length(RegionMap.body))).where(RegionMap.level == level)
            assert db.session.scalar(size) <= 150_000
        whole = shapely.union_all([shapely.make_valid(shape) for shape in shapes])
        assert sum(len(part.interiors) for part in whole.geoms) == 0


@pytest.mark.skipif(not LAMPUNG.is_dir(), reason="the province's boundary files are not here")
def test_the_villages_of_lampung_fit_their_limits(app: SigerFlask, bring: Import, tmp_path: Path) -> None:
    whole = json.loads((LAMPUNG / "boundaries-desa.geojson").read_text("utf-8"))
    tanggamus = [one for one in whole["features"] if one["id"].startswith("18.06.")]
    path = tmp_path / "tanggamus.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": tanggamus}), encoding="utf-8")
    said = bring(path)
    assert said.exit_code == 0, said.output
    with app.app_context(), platform_scope():
        found = db.session.get(RegionMap, ("18.06", 4))
        assert found is not None
        assert found.places == len(tanggamus)
        assert len(found.body) <= 150_000
