"""`/peta/<code>.json`: who may see which outlines, and how they travel."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from typing import Any

import brotli  # type: ignore[import-untyped]
import pytest
from sqlalchemy import func, select

from app.core.audit.models import PlatformAuditEntry
from app.core.hosting import SigerFlask
from app.extensions import db
from app.province.maps.services import has_boundaries
from tenants.scope import platform_scope
from tests.province.maps.conftest import Lay
from tests.province.maps.shapes import GISTING, feature, ring, villages
from tests.support.visitors import Visitor

Officer = Callable[..., Visitor]
ADDRESS = "/peta/18.06.json?tingkat=4"


@pytest.fixture
def drawn(lay: Lay) -> None:
    """Villages of two kecamatan of Tanggamus, and one of another kabupaten."""
    others = [feature("18.06.03.2001", ring(0, 2)), feature("18.01.04.2001", ring(9, 9))]
    lay([*villages(), *others])


def codes(document: dict[str, Any]) -> list[str]:
    return [one["properties"]["code"] for one in document["features"]]


@pytest.mark.usefixtures("drawn")
def test_a_region_gets_the_outlines_of_its_own_places(officer: Officer) -> None:
    answer = officer("province_analyst", "18").get(ADDRESS)
    assert answer.status_code == 200
    assert answer.mimetype == "application/geo+json"
    assert codes(answer.json) == ["18.06.03.2001", *(f"{GISTING}.{n}" for n in range(2001, 2005))]
    first = answer.json["features"][1]
    assert first["properties"]["name"] == "Banjar Manis"
    x, y = first["properties"]["cp"]
    assert 104.7 < x < 104.72
    assert -5.4 < y < -5.38
    assert {tuple(one) for one in first["geometry"]["coordinates"][0]} == {tuple(one) for one in ring()}
    whole = officer("province_analyst", "18").get("/peta/18.json?tingkat=4")
    assert "18.01.04.2001" in codes(whole.json)


def test_lines_between_the_parts_of_a_territory_come_with_its_villages(officer: Officer, lay: Lay) -> None:
    """Two kecamatan that share one side of a square: that side and nothing else."""
    lay([*villages(2), feature("18.06.03.2001", ring(2))])
    somebody = officer("regency_admin", "18.06")
    shared = somebody.get(ADDRESS).json["borders"]
    assert shared["type"] == "MultiLineString"
    assert sorted(shared["coordinates"][0]) == [[104.74, -5.4], [104.74, -5.38]]
    assert len(shared["coordinates"]) == 1
    assert "borders" not in somebody.get(f"/peta/{GISTING}.json?tingkat=4").json


@pytest.mark.usefixtures("drawn")
def test_a_region_officer_never_gets_another_regions_outlines(app: SigerFlask, officer: Officer) -> None:
    somebody = officer("district_officer", GISTING)
    assert len(somebody.get(f"/peta/{GISTING}.json?tingkat=4").json["features"]) == 4
    counted = (
        select(func.count())
        .select_from(PlatformAuditEntry)
        .where(PlatformAuditEntry.action == "region.refused")
    )
    with app.app_context(), platform_scope():
        before = db.session.scalar(counted)
    for code in ("18.06", "18", "18.06.01"):
        assert somebody.get(f"/peta/{code}.json?tingkat=4").status_code == 404
    with app.app_context(), platform_scope():
        assert db.session.scalar(counted) == (before or 0) + 3


@pytest.mark.usefixtures("drawn")
@pytest.mark.parametrize(
    "address",
    [
        "/peta/18.06.json", "/peta/18.06.json?tingkat=1", "/peta/18.06.json?tingkat=x", "/peta/18.06.json?tingkat=3",
        "/peta/18.99.json?tingkat=4", "/peta/../8.json?tingkat=4", "/peta/18.06.20.2001.json?tingkat=4",
        "/peta/18%2006.json?tingkat=4",
    ],
)  # fmt: skip
def test_what_is_not_there_is_not_found(officer: Officer, address: str) -> None:
    assert officer("province_admin", "18").get(address).status_code == 404


@pytest.mark.usefixtures("drawn")
def test_nobody_gets_map_data_without_signing_in(province: Visitor) -> None:
    assert province.get(ADDRESS).status_code in (302, 303)


@pytest.mark.usefixtures("drawn")
def test_map_data_travel_compressed_and_are_kept_until_the_next_import(officer: Officer, lay: Lay) -> None:
    somebody = officer("province_admin", "18")
    plain = somebody.get(ADDRESS)
    packed = somebody.get(ADDRESS, headers={"Accept-Encoding": "gzip, br"})
    zipped = somebody.get(ADDRESS, headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "br"
    assert json.loads(brotli.decompress(packed.data)) == plain.json
    assert zipped.headers["Content-Encoding"] == "gzip"
    assert json.loads(gzip.decompress(zipped.data)) == plain.json
    assert "Accept-Encoding" in packed.headers["Vary"]
    stamp = plain.headers["ETag"].strip('"')
    assert plain.headers["Cache-Control"] == "private, no-cache"
    lasting = somebody.get(f"{ADDRESS}&v={stamp}")
    assert lasting.headers["Cache-Control"] == "private, max-age=31536000, immutable"
    again = somebody.get(ADDRESS, headers={"If-None-Match": f'"{stamp}"'})
    assert again.status_code == 304
    assert again.data == b""
    lay(villages(3))
    newer = somebody.get(f"{ADDRESS}&v={stamp}", headers={"If-None-Match": f'"{stamp}"'})
    assert newer.status_code == 200
    assert newer.headers["Cache-Control"] == "private, no-cache"


@pytest.mark.usefixtures("drawn")
def test_map_data_ask_few_queries(officer: Officer, count_queries: Any) -> None:
    somebody = officer("regency_admin", "18.06")
    assert somebody.get(ADDRESS).status_code == 200
    with count_queries(at_most=3):
        somebody.get(ADDRESS)
    with count_queries(at_most=4):
        somebody.get(f"/peta/{GISTING}.json?tingkat=4")


@pytest.mark.usefixtures("drawn")
def test_pages_know_whether_boundaries_were_imported(app: SigerFlask) -> None:
    with app.app_context(), platform_scope():
        assert has_boundaries("18", 4)
        assert has_boundaries(GISTING, 4)
        assert not has_boundaries("18", 2)
        assert not has_boundaries("18.02", 4)
