"""Which villages wait for their schemas, by the level below a region."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, func, or_, select

from app.core.regions.models import Region
from app.extensions import db
from app.province.regions import DISTRICT, PROVINCE, REGENCY, Territory, level_of, territory, within
from app.province.runs import ShownRun, runs
from app.province.services import PROVISION_MANY, applying, unprepared, without_schema
from tenants.models import TenantRow

SECONDS_EACH = 0.2
RECENT = 5


@dataclass(frozen=True, slots=True)
class WaitingPart:
    """A kabupaten/kota or kecamatan: its villages that run no other software (`total`), and those without a schema.

    Archived villages whose data was deleted take no part.
    """

    code: str
    name: str
    total: int
    waiting: int
    level: int

    @property
    def prepared(self) -> int:
        """Those that have a schema."""
        return self.total - self.waiting


@dataclass(frozen=True, slots=True)
class Waiting:
    """A region's parts with their sums; in none of them are `elsewhere`, villages that run other software, and
    `applied`, those that have applied by themselves and wait for the decision on it.

    A kecamatan has no parts below it.
    """

    parts: list[WaitingPart]
    total: int
    waiting: int
    waiting_desa: int
    elsewhere: int
    applied: int

    @property
    def prepared(self) -> int:
        """Villages that have a schema."""
        return self.total - self.waiting

    @property
    def minutes(self) -> int:
        """How long one worker takes for all that wait, in full minutes; 0 is less than one."""
        return round(self.waiting * SECONDS_EACH / 60)


def exists(code: str) -> bool:
    """Whether a code names a province, kabupaten/kota or kecamatan."""
    query = select(Region.code).where(Region.code == code, Region.level <= DISTRICT)
    return db.session.scalar(query) is not None


def is_whole(region_code: str | None) -> bool:
    """Whether a region is the province itself."""
    return bool(region_code) and level_of(region_code or "") == PROVINCE


def parts(here: Territory) -> Waiting:
    """Count what waits in a region (inside a platform scope, one select)."""
    by_regency = here.level == PROVINCE
    code = TenantRow.regency_code if by_regency else TenantRow.district_code
    name = TenantRow.regency_name if by_regency else TenantRow.district_name
    elsewhere: Any = and_(TenantRow.schema_name.is_(None), TenantRow.software.is_not(None))
    applied: Any = and_(without_schema(), applying())
    without: Any = unprepared()
    taking_part = or_(TenantRow.schema_name.is_not(None), without)
    query = (
        select(
            code,
            name,
            func.count().filter(taking_part),
            func.count().filter(without),
            func.count().filter(without, TenantRow.kind == "desa"),
            func.count().filter(elsewhere),
            func.count().filter(applied),
        )
        .where(within(here.code))
        .group_by(code, name)
        .order_by(code)
    )
    rows = db.session.execute(query).all()
    level = REGENCY if by_regency else DISTRICT
    return Waiting(
        parts=[WaitingPart(r[0], r[1], r[2], r[3], level) for r in rows] if here.level < DISTRICT else [],
        total=sum(r[2] for r in rows),
        waiting=sum(r[3] for r in rows),
        waiting_desa=sum(r[4] for r in rows),
        elsewhere=sum(r[5] for r in rows),
        applied=sum(r[6] for r in rows),
    )


def above(here: Territory, own: str) -> Territory | None:
    """The region above, as far as the account's own region reaches."""
    if here.code == own or "." not in here.code:
        return None
    return territory(here.code.rpartition(".")[0])


def recent_runs(region_code: str | None) -> list[ShownRun]:
    """The last preparations of many villages that the region may see."""
    found, _ = runs(region_code, name=PROVISION_MANY, limit=RECENT)
    return found
