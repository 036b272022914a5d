"""Maps follow villages that get other codes, or join another, until newer boundaries are imported."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
import shapely
from sqlalchemy import select

from app.core.hosting import SigerFlask
from app.extensions import db
from app.province.maps.models import RegionBoundary
from tenants.bootstrap import libpq_url
from tenants.models import TenantRow
from tenants.scope import Tenant, platform_scope
from tests.province.maps.conftest import Lay
from tests.province.maps.shapes import SIDE, feature, ring
from tests.province.test_life_merge import planned, run
from tests.province.test_life_renaming import NEW, back, regency, renamed
from tests.support.life import settled
from tests.support.people import Person
from tests.support.servers import DatabaseUrls
from tests.support.work import settle

__all__ = ["back"]

Makes = Callable[[], Tenant]
Officer = Callable[..., Person]
SQUARE = SIDE * SIDE


def outlines(app: SigerFlask) -> dict[str, Any]:
    """The outlines in the database, by code."""
    with app.app_context(), platform_scope():
        rows = db.session.scalars(select(RegionBoundary)).all()
        assert all(row.parent_code == row.code.rpartition(".")[0] for row in rows)
        return {row.code: shapely.from_wkb(row.outline) for row in rows}


def drawn(somebody: Person, territory: str, level: int) -> dict[str, str]:
    """What a map shows: name by code."""
    answer = somebody.get(f"/peta/{territory}.json?tingkat={level}")
    assert answer.status_code == 200
    return {one["properties"]["code"]: one["properties"]["name"] for one in answer.json["features"]}


def squares(outline: Any) -> float:
    """How many squares large an outline is."""
    return float(outline.area / SQUARE)


def side_by_side(lay: Lay, villages: list[Tenant], rest: str) -> str:
    """Villages in a row, their kecamatan and kabupaten over them and one square more; the codes of one kecamatan.

    `rest` is the code of a village that lies in the last square.
    """
    row = [one.code for one in villages] + [rest]
    assert len({code[:8] for code in row}) == 1, "all of one kecamatan"
    district = rest[:8]
    around = [ring(0)[0], ring(len(row) - 1)[1], ring(len(row) - 1)[2], ring(0)[3], ring(0)[0]]
    lay([feature(code, ring(number)) for number, code in enumerate(row)])
    lay([feature(district, around)])
    lay([feature(district[:5], around), feature("18.01" if district[:5] != "18.01" else "18.02", ring(0, 1))])
    return district


@pytest.fixture
def three(make_village: Makes, back: list[Tenant]) -> list[Tenant]:
    """Three villages of one kecamatan, whose codes are put back."""
    of_one: defaultdict[str, list[Tenant]] = defaultdict(list)
    while True:
        made = make_village()
        of_one[made.district_code].append(made)
        if len(of_one[made.district_code]) == 3:
            break
    back += of_one[made.district_code]
    return of_one[made.district_code]


def test_a_new_kabupaten_is_on_the_map_at_once_and_the_old_one_is_smaller(
    app: SigerFlask, three: list[Tenant], officer: Officer, lay: Lay
) -> None:
    moving, staying = three[:2], three[2]
    district = side_by_side(lay, moving, staying.code)
    codes = "\n".join(f"{one.code};{NEW}.01.{2001 + n};Gunung Uji" for n, one in enumerate(moving))
    person = officer()
    sent = {**regency(codes=codes), "expected": "2"}
    assert person.submit("/kabupaten-baru/jalankan", sent, form="/kabupaten-baru").status_code == 303
    assert set(outlines(app)) >= {f"{NEW}.01.2001", f"{NEW}.01.2002"}, "with the change itself"
    settle(app)
    found = outlines(app)
    assert not {one.code for one in moving} & set(found)
    for code, size in ((f"{NEW}.01", 2), (NEW, 2), (district, 1), (district[:5], 1)):
        assert squares(found[code]) == pytest.approx(size, rel=0.01), code
    assert found[NEW].intersection(found[district[:5]]).area == pytest.approx(0)
    assert drawn(person, "18", 2)[NEW] == "Kabupaten Uji Tenggara"
    assert drawn(person, NEW, 3) == {f"{NEW}.01": "Gunung Uji"}
    assert set(drawn(person, f"{NEW}.01", 4)) == {f"{NEW}.01.2001", f"{NEW}.01.2002"}
    assert set(drawn(person, district, 4)) == {staying.code}
    settle(app)
    assert squares(outlines(app)[NEW]) == pytest.approx(2, rel=0.01)


def test_a_village_that_moves_to_another_kecamatan_takes_its_land_along(
    app: SigerFlask, three: list[Tenant], officer: Officer, lay: Lay
) -> None:
    village, staying, last = three
    with app.app_context(), platform_scope():
        other = db.session.scalars(
            select(TenantRow.district_code)
            .where(TenantRow.regency_code == village.code[:5], TenantRow.district_code != village.code[:8])
            .order_by(TenantRow.district_code)
        ).first()
    assert other is not None
    district = side_by_side(lay, [village, staying], last.code)
    wide = [ring(0)[0], ring(2)[1], ring(2)[2], ring(0)[3], ring(0)[0]]
    lay([feature(district, wide), feature(other, ring(0, 1))])
    assert renamed(officer(), village, code=f"{other}.2999", name=village.name).status_code == 303
    settle(app)
    found = outlines(app)
    assert squares(found[district]) == pytest.approx(2, rel=0.01)
    assert squares(found[other]) == pytest.approx(2, rel=0.01)
    assert found[f"{other}.2999"].within(found[other].buffer(0.0001))
    assert squares(found[district[:5]]) == pytest.approx(3, rel=0.01), "its kabupaten is as large as before"


def test_a_new_name_is_on_the_map(app: SigerFlask, three: list[Tenant], officer: Officer, lay: Lay) -> None:
    village = three[0]
    district = side_by_side(lay, three[:2], three[2].code)
    person = officer()
    assert renamed(person, village, name="Sumber Terang Baru").status_code == 303
    settle(app)
    assert drawn(person, district, 4)[village.code] == "Sumber Terang Baru"


def test_villages_that_joined_are_one_on_the_map(
    app: SigerFlask, three: list[Tenant], officer: Officer, lay: Lay
) -> None:
    target, source, last = three
    for village in (target, source):
        settled(app, village, "Dusun I", families=1)
    district = side_by_side(lay, [target, source], last.code)
    admin = officer("province_admin", "18")
    page = planned(app, admin, target, source.code)
    assert run(app, admin, page, source.name) == 303
    settle(app)
    found = outlines(app)
    assert source.code not in found
    assert squares(found[target.code]) == pytest.approx(2, rel=0.01)
    assert set(drawn(admin, district, 4)) == {target.code, last.code}


def test_a_new_code_waits_for_a_redraw_so_that_no_outline_is_lost(
    app: SigerFlask, urls: DatabaseUrls, three: list[Tenant], officer: Officer, lay: Lay
) -> None:
    village = three[0]
    side_by_side(lay, three[:2], three[2].code)
    person, code = officer(), f"{village.district_code}.2998"
    with ThreadPoolExecutor(1) as other, psycopg.connect(libpq_url(urls.owner_url)) as redraw:
        redraw.execute("LOCK TABLE platform.region_map IN EXCLUSIVE MODE")
        said = other.submit(renamed, person, village, code=code)
        with pytest.raises(TimeoutError):
            said.result(timeout=1)
        redraw.rollback()
        assert said.result(timeout=30).status_code == 303
    settle(app)
    assert code in outlines(app)


def test_without_boundaries_nothing_is_asked_for(
    app: SigerFlask, three: list[Tenant], officer: Officer
) -> None:
    person = officer()
    assert renamed(person, three[0], name="Sumber Terang Baru").status_code == 303
    settle(app)
    assert outlines(app) == {}
