"""Change of a village's name, code or place. Its id, schema, address, letters and figures stay its own.

Functions run inside a platform scope; `rename` commits. A code is an attribute (the ministry gives villages that move
a new one): schema and role keep the names that they were made with. What was before stays in `village_past`, so the old
code still finds the village.
"""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert

from app.core import audit
from app.core.actors import current_actor
from app.core.indicators import writing
from app.core.indicators.models import IndicatorValue, RollupDue
from app.core.regions.models import Region
from app.core.regions.words import village_kind
from app.core.ui.formats import ZONE
from app.core.village.errors import Invalid
from app.extensions import db
from app.province.life import deeds
from app.province.life.deeds import LifeRefused
from app.province.life.models import OPEN_STATES, VillageDeed
from app.province.life.renaming_models import VillagePast
from app.province.maps import following as maps
from app.province.services import full_name
from tenants import jobs, registry
from tenants.ids import uuid7
from tenants.models import TenantRow, now

CODE = re.compile(r"\d{2}\.\d{2}\.\d{2}\.[12]\d{3}")
TELL = "life.tell_renamed"


@dataclass(frozen=True, slots=True)
class Change:
    """What a village is from now on; `district` and `regency` name the places that the code says."""

    row: TenantRow
    code: str
    name: str
    term: str
    district: str
    regency: str


@dataclass(frozen=True, slots=True)
class Grounds:
    """What a change rests on, and from when on it holds."""

    regulation: str
    reason: str
    regulation_on: dt.date | None = None
    effective_on: dt.date | None = None

    @classmethod
    def from_form(cls, values: Mapping[str, Any]) -> Grounds:
        """As a checked form of `RegulationForm` gives them."""
        names = ("regulation", "reason", "regulation_on", "effective_on")
        return cls(**{name: values.get(name) for name in names})  # type: ignore[arg-type]


class Overtaken(LifeRefused):
    """Somebody else changed the village since the form was opened."""


def rename(tenant_id: uuid.UUID, values: Mapping[str, Any], *, version: int | None = None) -> bool:
    """Give one village another name, word, code or place; False when nothing differs.

    Args:
        tenant_id: the village.
        values: `name`, `term`, `code`, and what `Grounds` reads, all of them checked by `RenameForm`.
        version: the `row_version` that was shown when the change was typed; None where nobody typed it.

    Raises Invalid with the field and its sentence, Overtaken, LifeRefused, UnknownTenant.
    """
    row = deeds.hold(tenant_id)[0]
    deeds.refuse_if_busy([row])
    if version is not None and row.row_version != version:
        said = _(
            "Desa ini diubah orang lain sesudah formulir dibuka: sekarang %(village)s, kode %(code)s. Belum ada yang "
            "Anda ubah; periksa dan isi lagi.",
            village=full_name(row),
            code=row.code,
        )
        raise Overtaken(said)
    deeds.refuse_future(values.get("effective_on"))
    code = str(values["code"])
    if (row.name, row.term, row.code) == (values["name"], values["term"], code):
        return False
    district, regency = places_of(row, code)
    refuse_taken([code], {row.id})
    _refuse_other_kind(code, str(values["term"]))
    change = Change(row, code, str(values["name"]), str(values["term"]), district, regency)
    carry_out([change], Grounds.from_form(values), uuid7())
    db.session.commit()
    registry.hosts_changed()
    return True


def places_of(row: TenantRow, code: str) -> tuple[str, str]:
    """The names of kecamatan and kabupaten that a code says. Raises Invalid for a code that can't be."""
    if not CODE.fullmatch(code):
        raise Invalid("code", _("Kode desa ditulis seperti 18.06.20.2006."))
    if code[:2] != row.code[:2]:
        raise Invalid("code", _("Kode ini di luar provinsi."))
    if code[:8] == row.district_code:
        return row.district_name, row.regency_name
    names = {
        region.code: region.name
        for region in db.session.scalars(select(Region).where(Region.code.in_([code[:5], code[:8]])))
    }
    if len(names) < 2:
        raise Invalid(
            "code",
            _(
                "Kecamatan %(code)s belum ada dalam daftar. Untuk kabupaten atau kecamatan baru pakai "
                "“Pembentukan kabupaten baru”.",
                code=code[:8],
            ),
        )
    return names[code[:8]], names[code[:5]]


def refuse_taken(codes: Collection[str], own: Collection[uuid.UUID]) -> None:
    """Raise Invalid when a code belongs to a village that keeps it, now or in the past, or that is planned."""
    taken = db.session.execute(
        select(TenantRow.code, TenantRow.term, TenantRow.name)
        .where(TenantRow.code.in_(codes), TenantRow.id.not_in(own))
        .limit(1)
    ).one_or_none()
    if taken is not None:
        village = f"{taken.term} {taken.name}"
        raise Invalid("code", _("Kode %(code)s sudah dipakai %(village)s.", code=taken.code, village=village))
    past = db.session.scalar(
        select(VillagePast.code)
        .where(VillagePast.code.in_(codes), VillagePast.tenant_id.not_in(own))
        .limit(1)
    )
    if past is not None:
        raise Invalid(
            "code", _("Kode %(code)s pernah dipakai desa lain, jadi tidak dipakai lagi.", code=past)
        )
    wanted, new_id = VillageDeed.plan["code"].astext, VillageDeed.plan["new_id"].astext
    planned = db.session.scalar(
        select(wanted)
        .where(VillageDeed.kind == "split", VillageDeed.state.in_(OPEN_STATES), wanted.in_(codes))
        .where(new_id.not_in([str(key) for key in own]))
        .limit(1)
    )
    if planned is not None:
        raise Invalid(
            "code",
            _("Kode %(code)s direncanakan untuk desa baru dalam pemekaran yang belum selesai.", code=planned),
        )


def _refuse_other_kind(code: str, term: str) -> None:
    """Raise Invalid where the word before a village's name does not say what its code says."""
    by_code, by_term = village_kind(code), "kelurahan" if term.casefold() == "kelurahan" else "desa"
    if by_code == by_term:
        return
    if by_code == "kelurahan":
        raise Invalid(
            "term",
            _("%(code)s kode kelurahan, jadi sebutannya Kelurahan, bukan %(term)s.", code=code, term=term),
        )
    raise Invalid("term", _("%(code)s kode desa, jadi sebutannya bukan Kelurahan.", code=code))


def carry_out(
    changes: Sequence[Change],
    grounds: Grounds,
    deed_id: uuid.UUID,
    districts: Mapping[str, str] | None = None,
) -> None:
    """Write changes of held villages in the open transaction: registry, regions, maps, their past, figures, word of it.

    Args:
        changes: what each village is from now on.
        grounds: what they rest on.
        deed_id: the same for all of them.
        districts: kecamatan that go over whole, old code → new code.
    """
    day = grounds.effective_on or now().astimezone(ZONE).date()
    actor = current_actor()
    months = _months_of([change.row.id for change in changes])
    before = _districts_of(changes)
    # Codes may pass from one of these villages to another: no two may bear the same in between.
    old = {change.row.id: change.row.code for change in changes}
    for change in changes:
        if change.row.code != change.code:
            change.row.code = f"~{change.row.id}"
    db.session.flush()
    since = _since([change.row.id for change in changes])
    for change in changes:
        row, details = change.row, _details(change, old[change.row.id])
        past = VillagePast(
            tenant_id=row.id, deed_id=deed_id, code=old[row.id], name=row.name, term=row.term, kind=row.kind,
            district_code=row.district_code, district_name=row.district_name, regency_code=row.regency_code,
            regency_name=row.regency_name, used_from=since.get(row.id), used_until=day, reason=grounds.reason,
            regulation=grounds.regulation, regulation_on=grounds.regulation_on,
            changed_by=actor.name if actor else "", id=uuid7(),
        )  # fmt: skip
        db.session.add(past)
        row.code, row.name, row.term, row.kind = (
            change.code,
            change.name,
            change.term,
            village_kind(change.code),
        )
        row.district_code, row.district_name = change.code[:8], change.district
        row.regency_code, row.regency_name = change.code[:5], change.regency
        row.row_version += 1
        audit.record(
            "village.renamed",
            object_type="village",
            object_id=row.id,
            summary=full_name(row),
            details=details | {"regulation": grounds.regulation, "reason": grounds.reason},
            tenant_id=row.id,
        )
        if row.schema_name is not None:
            jobs.enqueue(TELL, tenant_id=row.id, past_id=str(past.id))
    db.session.flush()
    _write_regions(changes, old)
    maps.go_along({old[change.row.id]: change.code for change in changes}, districts)
    _mark(months, before | _districts_of(changes))
    registry.announce_change()


def past_of(tenant_id: uuid.UUID) -> list[VillagePast]:
    """What a village was before, newest first; at most fifty."""
    query = select(VillagePast).where(VillagePast.tenant_id == tenant_id)
    return list(db.session.scalars(query.order_by(VillagePast.created_at.desc()).limit(50)))


def _since(ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, dt.date]:
    query = select(VillagePast.tenant_id, func.max(VillagePast.used_until)).where(
        VillagePast.tenant_id.in_(ids)
    )
    return dict(db.session.execute(query.group_by(VillagePast.tenant_id)).all())


def _details(change: Change, code: str) -> dict[str, Any]:
    row = change.row
    return audit.changes(
        {"code": code, "name": row.name, "term": row.term, "district": row.district_name, "regency": row.regency_name},
        {"code": change.code, "name": change.name, "term": change.term, "district": change.district,
         "regency": change.regency},
    )  # fmt: skip


def _districts_of(changes: Sequence[Change]) -> set[str]:
    return {change.row.district_code for change in changes}


def _months_of(ids: Sequence[uuid.UUID]) -> list[dt.date]:
    query = select(IndicatorValue.period).where(IndicatorValue.tenant_id.in_(ids)).distinct()
    return sorted(db.session.scalars(query))


def _write_regions(changes: Sequence[Change], old: Mapping[uuid.UUID, str]) -> None:
    kept = {change.code for change in changes}
    gone = [code for code in old.values() if code not in kept]
    if gone:
        db.session.execute(delete(Region).where(Region.code.in_(gone)))
    write_regions(
        {
            "code": change.code,
            "parent_code": change.code[:8],
            "name": change.name,
            "level": 4,
            "kind": change.row.kind,
            "postal_code": change.row.postal_code,
        }
        for change in changes
    )


def write_regions(regions: Any) -> None:
    """Write region rows in the open transaction; names of those that are known are brought up to date."""
    rows = list(regions)
    if rows:
        statement = insert(Region)
        values = {name: statement.excluded[name] for name in ("name", "kind", "parent_code")}
        db.session.execute(statement.on_conflict_do_update(index_elements=[Region.code], set_=values), rows)


def _mark(months: Sequence[dt.date], districts: Collection[str]) -> None:
    """Have kecamatan added up again in months: those that villages left and those that they came to."""
    if not months:
        return
    rows = [
        {"district_code": code, "period": month, "asked_at": now()}
        for code in sorted(districts)
        for month in months
    ]
    statement = insert(RollupDue)
    db.session.execute(
        statement.on_conflict_do_update(
            index_elements=[RollupDue.district_code, RollupDue.period],
            set_={"asked_at": statement.excluded.asked_at},
        ),
        rows,
    )
    writing.mark_due([], months[-1:])
