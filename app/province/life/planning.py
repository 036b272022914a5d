"""Planning a split or a merge: what is typed, what is counted, what is chosen, and the word that lets it run.

Functions run inside a platform scope and commit. The counting itself reads villages, so a job does it (`carrying`).
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Mapping
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import func, select

from app.core.actors import acting
from app.core.addresses import services as addresses
from app.core.forms import fingerprint
from app.core.regions.models import Region
from app.core.regions.slugs import slugify
from app.core.regions.words import village_kind
from app.core.village.errors import Invalid
from app.extensions import db
from app.government.residents.writing import today
from app.province.life import deeds, renaming
from app.province.life.deeds import LifeRefused
from app.province.life.models import OPEN_STATES, VillageDeed
from app.province.life.renaming import CODE
from app.province.regions import within
from app.province.services import full_name
from tenants import jobs, outbox
from tenants.ids import uuid7
from tenants.models import SERVED_STATES, PlatformJobRun, TenantRow, TenantState

COUNT, CARRY_OUT = "life.count", "life.carry_out"
LONGEST_AGO = dt.timedelta(days=2 * 366)


def plan_split(tenant_id: uuid.UUID, values: Mapping[str, Any]) -> VillageDeed:
    """Begin a split: keep what was typed, and have the sub-areas counted. Commits.

    Args:
        values: what `schemas.SplitForm` reads.
    Raises:
        UnknownTenant. Invalid: a code, an address or a day that can't be. LifeRefused: the village is not in service,
        or something else is under way.
    """
    (row,) = deeds.hold(tenant_id)
    refuse_unless_in_service(row)
    deeds.refuse_if_busy([row])
    effective = _effective(values.get("effective_on"))
    existing = _new_place(row, str(values["code"]))
    name = existing.name if existing is not None else str(values["name"])
    slug = existing.slug if existing is not None else addresses.tidy(values.get("slug") or slugify(name))
    if existing is None:
        _refuse_same_name(str(values["code"]), name)
        addresses.hold(slug)
        wrong = addresses.free(slug)
        if wrong is not None:
            raise Invalid("slug", wrong)
    plan = {
        "new_id": str(existing.id if existing is not None else uuid7()),
        "listed": existing is not None,
        "code": str(values["code"]),
        "name": name,
        "slug": slug,
        "acting_name": values["acting_name"],
        "acting_title": values.get("acting_title") or f"Pj. {row.words.get('head') or 'Kepala Desa'}",
        "acting_email": values["acting_email"],
    }
    deed = deeds.begin("split", row, "counting", plan=plan, **_grounds(values, effective))
    return _count(deed, row)


def plan_merge(target_id: uuid.UUID, values: Mapping[str, Any]) -> VillageDeed:
    """Begin a merge of another village into this one, and have both counted. Commits.

    Args:
        values: what `schemas.MergeForm` reads.
    Raises:
        UnknownTenant. Invalid: no such village, or one of another kabupaten, since a regulation of the kabupaten
        decides on a merge (UU 6/2014, article 14). LifeRefused.
    """
    wanted = str(values["source"]).strip().lower()
    same = (TenantRow.code == wanted) | (TenantRow.slug == addresses.tidy(wanted))
    source_id = db.session.scalar(select(TenantRow.id).where(same, within(acting().region_code)))
    if source_id is None or source_id == target_id:
        raise Invalid(
            "source",
            _("Desa ini tidak ditemukan. Tulis kode wilayah atau alamatnya, bukan desa ini sendiri."),
        )
    target, source = deeds.hold(target_id, source_id)
    if target.regency_code != source.regency_code:
        raise Invalid(
            "source",
            _(
                "Desa ini terletak di %(regency)s. Desa hanya bergabung di dalam satu kabupaten, dengan peraturan"
                " daerahnya.",
                regency=source.regency_name,
            ),
        )
    for row in (target, source):
        refuse_unless_in_service(row)
    deeds.refuse_if_busy([target, source])
    effective = _effective(values.get("effective_on"))
    deed = deeds.begin("merge", target, "counting", other_tenant_id=source.id, **_grounds(values, effective))
    return _count(deed, target)


def choose_areas(deed_id: uuid.UUID, area_ids: Collection[str]) -> None:
    """Say which sub-areas of the top level go to the new village. Commits. Raises LifeRefused, Invalid."""
    deed = deeds.held_deed(deed_id)
    if deed.kind != "split" or deed.state != "ready":
        raise LifeRefused(_("Pembagian wilayah tidak dapat diubah lagi."))
    known = {area["id"]: area for area in deed.plan["areas"]}
    chosen = [key for key in known if key in area_ids]
    if not chosen or set(area_ids) - set(known):
        raise Invalid("areas", _("Pilih paling sedikit satu wilayah dari daftar."))
    if len(chosen) == len(known) and not deed.plan["without_area"]["people"]:
        raise Invalid("areas", _("Sisakan paling sedikit satu wilayah: desa induk tidak boleh kosong."))
    deed.plan = {**deed.plan, "chosen": chosen}
    db.session.commit()


def seen(deed: VillageDeed) -> str:
    """A digest of all that a plan's page shows: who takes part, what was counted, what is chosen. Whoever lets it run
    says with it what they saw."""
    return fingerprint({"kind": deed.kind, "other": deed.other_tenant_id, "plan": deed.plan})


def why_not(deed: VillageDeed) -> str:
    """The sentence why a split that is ready can't be made as it was planned; empty when it can. A few selects."""
    if deed.kind != "split" or deed.state != "ready":
        return ""
    new_id = uuid.UUID(deed.plan["new_id"])
    try:
        if deed.plan["listed"]:
            _refuse_used(db.session.get_one(TenantRow, new_id))
        else:
            renaming.refuse_taken([deed.plan["code"]], {new_id})
            _refuse_same_name(deed.plan["code"], deed.plan["name"])
    except Invalid as wrong:
        return str(wrong)
    return ""


def let_run(
    deed_id: uuid.UUID,
    typed_name: str,
    *,
    plan_seen: str,
    ticked: Collection[str] = (),
    accept_duplicates: bool = False,
) -> PlatformJobRun:
    """Carry a planned split or merge out, once its village's name was typed; returns the run to watch. Commits.

    Args:
        deed_id: the split or the merge.
        typed_name: the name of the village that is made, or that joins.
        plan_seen: what `seen` gave for the plan as it was shown.
        ticked: of a split, the areas that were ticked as it was let run: they must be those that were kept.
        accept_duplicates: whether doubles may be left to the village that stays.

    Raises LifeRefused; Invalid where the name or the areas are others, or where doubles were not accepted.
    """
    deed = deeds.held_deed(deed_id)
    if deed.state != "ready" or (deed.kind == "split" and not deed.plan.get("chosen")):
        raise LifeRefused(_("Perubahan ini belum siap dijalankan, atau sudah berjalan."))
    if plan_seen != seen(deed):
        raise LifeRefused(
            _(
                "Rencana berubah sejak halaman dibuka: pilihan wilayah atau hitungannya kini lain. Belum ada yang "
                "berpindah; periksa lagi, lalu jalankan."
            )
        )
    if refusal := why_not(deed):
        raise LifeRefused(refusal)
    if deed.kind == "split" and set(ticked) != set(deed.plan["chosen"]):
        raise Invalid(
            "areas",
            _(
                "Centang wilayah belum disimpan: hitungan di bawah masih menurut pilihan sebelumnya. Simpan pembagian "
                "dahulu, periksa hitungannya, lalu jalankan."
            ),
        )
    row = db.session.get_one(TenantRow, deed.tenant_id)
    wanted = deed.plan["name"] if deed.kind == "split" else _other(deed).name
    if _plain(typed_name) != _plain(wanted):
        raise Invalid("typed_name", _("Ketik “%(name)s” tepat seperti tertulis.", name=wanted))
    if deed.plan.get("duplicates") and not accept_duplicates:
        raise Invalid("accept_duplicates", _("Putuskan dahulu tentang orang yang tercatat di kedua desa."))
    deed.plan = {**deed.plan, "accepted": accept_duplicates}
    deed.state = "running"
    run = _run(deed, CARRY_OUT, row)
    deeds.note(f"village.{deed.kind}_started", row, deed, {"regulation": deed.regulation})
    db.session.commit()
    outbox.deliver_now(run.id)
    return run


def run_again(deed_id: uuid.UUID) -> None:
    """Ask once more for the work of a deed whose run failed without a decision. Commits. Raises LifeRefused."""
    deed = deeds.held_deed(deed_id)
    run = deeds.run_of(deed)
    if deed.state not in ("counting", "running") or run is None or run.state != "failed":
        raise LifeRefused(_("Tidak ada yang perlu diulang."))
    jobs.ask_again(run)
    db.session.commit()
    outbox.deliver_now(run.id)


@addresses.register_claim
def _claims(slug: str, tenant_id: uuid.UUID | None) -> bool:
    """Whether a split that is not over wants this address for its new village."""
    wanted = VillageDeed.plan["slug"].astext == slug
    query = select(VillageDeed.id).where(
        VillageDeed.kind == "split", VillageDeed.state.in_(OPEN_STATES), wanted
    )
    return db.session.scalar(query.limit(1)) is not None


def refuse_unless_in_service(row: TenantRow) -> None:
    """Raise LifeRefused, with the sentence why, for a village that can't be divided or joined."""
    if row.schema_name is None or row.state not in SERVED_STATES | {TenantState.SUSPENDED}:
        raise LifeRefused(
            _(
                "%(village)s tidak sedang memakai Siger, jadi tidak ada yang dibagi atau digabungkan.",
                village=full_name(row),
            )
        )


def _effective(day: dt.date | None) -> dt.date:
    day = day or today()
    deeds.refuse_future(day)
    if day < today() - LONGEST_AGO:
        raise Invalid("effective_on", _("Tanggal ini lebih dari dua tahun lalu. Periksa tahunnya."))
    return day


def _new_place(row: TenantRow, code: str) -> TenantRow | None:
    """The registry row that bears a new village's code already, unused; None when it is to be made."""
    if not CODE.fullmatch(code):
        raise Invalid("code", _("Tulis kode wilayah lengkap, misalnya 18.06.20.2015."))
    district = db.session.scalar(select(Region.level).where(Region.code == code[:8]))
    if code[:5] != row.regency_code or district != 3:
        raise Invalid("code", _("Kode ini tidak terletak di kecamatan dari kabupaten yang sama."))
    if village_kind(code) != row.kind:
        village = full_name(row)
        said = (
            _("%(code)s kode kelurahan, sedangkan %(village)s berstatus desa.", code=code, village=village)
            if row.kind == "desa"
            else _(
                "%(code)s kode desa, sedangkan %(village)s berstatus kelurahan.", code=code, village=village
            )
        )
        raise Invalid("code", said)
    existing = db.session.scalars(
        select(TenantRow).where(TenantRow.code == code).with_for_update()
    ).one_or_none()
    if existing is None:
        renaming.refuse_taken([code], ())
        return None
    _refuse_used(existing)
    deeds.refuse_if_busy([existing])
    return existing


def _refuse_used(row: TenantRow) -> None:
    """Raise Invalid for a listed village that uses the platform, or other software, already."""
    if row.schema_name is not None or row.software is not None:
        raise Invalid("code", _("Kode ini sudah dipakai %(village)s.", village=full_name(row)))


def _refuse_same_name(code: str, name: str) -> None:
    """Raise Invalid where the kecamatan of a new village's code has one of this name, the mother among them."""
    same = select(TenantRow).where(
        TenantRow.district_code == code[:8],
        func.lower(TenantRow.name) == name.lower(),
        TenantRow.state != TenantState.ARCHIVED,
    )
    found = db.session.scalars(same.limit(1)).first()
    if found is not None:
        raise Invalid(
            "name",
            _("Di kecamatan ini sudah ada %(village)s. Desa baru perlu nama lain.", village=full_name(found)),
        )


def _grounds(values: Mapping[str, Any], effective: dt.date) -> dict[str, Any]:
    return {
        "regulation": values["regulation"],
        "regulation_on": values.get("regulation_on"),
        "effective_on": effective,
        "reason": values["reason"],
    }


def _count(deed: VillageDeed, row: TenantRow) -> VillageDeed:
    run = _run(deed, COUNT, row)
    deeds.note(f"village.{deed.kind}_planned", row, deed, {"regulation": deed.regulation})
    db.session.commit()
    outbox.deliver_now(run.id)
    return deed


def _run(deed: VillageDeed, name: str, row: TenantRow) -> PlatformJobRun:
    run = jobs.start_run(
        name,
        full_name(row),
        total=1,
        asked_by=acting().name,
        deed_id=str(deed.id),
        region_code=row.code,
    )
    assert isinstance(run, PlatformJobRun)
    deed.run_id = run.id
    return run


def _other(deed: VillageDeed) -> TenantRow:
    return db.session.get_one(TenantRow, deed.other_tenant_id)


def _plain(name: str) -> str:
    return " ".join(name.split()).casefold()
