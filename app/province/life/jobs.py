"""Work outside the request: counting, splits and merges, what follows them, and deletions when their day has come."""

from __future__ import annotations

import uuid
from typing import Any

from app.core.links import village_origin
from app.core.public_pages import pages_changed
from app.core.ui.formats import number
from app.extensions import db
from app.province.life import carrying, deletion, forgetting, telling
from app.province.life.models import VillageDeed
from app.province.life.open_work import still_open
from app.province.life.open_work_telling import Ended, tell_open_work
from app.province.life.planning import CARRY_OUT, COUNT
from app.province.maps.following import go_along
from app.province.onboarding.welcome import welcome
from tenants import jobs, registry, schedule
from tenants.models import TenantRow
from tenants.scope import tenant_scope

DELETE, DUE, REMIND = "life.delete", "life.deletions_due", "life.remind"


@jobs.job(COUNT, queue="high", timeout=120, place="platform")
def count(deed_id: str, run_id: str, region_code: str) -> None:
    """Count what a split or a merge is about."""
    carrying.count(uuid.UUID(deed_id))
    jobs.report_progress(run_id, 1)


@jobs.job(CARRY_OUT, queue="high", timeout=1800, place="platform")
def carry_out(deed_id: str, run_id: str, region_code: str) -> dict[str, Any]:
    """Carry a split or a merge out: all of it or nothing."""
    done = carrying.carry_out(uuid.UUID(deed_id))
    jobs.report_progress(run_id, 1)
    return done


@jobs.job(carrying.AFTER, queue="high", timeout=300, place="platform")
def after(deed_id: str) -> None:
    """Tell both villages and residents, invite the acting head, let public pages be drawn anew. Safe to repeat."""
    deed = db.session.get_one(VillageDeed, uuid.UUID(deed_id))
    registry.hosts_changed()
    row = db.session.get_one(TenantRow, deed.tenant_id)
    if deed.kind == "split":
        other = db.session.get_one(TenantRow, uuid.UUID(deed.result["new_id"]))
    else:
        other = db.session.get_one(TenantRow, deed.other_tenant_id)
    if not deed.plan.get("told"):
        _tell(deed, row, other)
        deed.plan = {**deed.plan, "told": True}
        db.session.commit()
    if "open" in deed.result:
        tell_open_work(_ended(deed, row, other))
    for tenant in (registry.as_tenant(row), registry.as_tenant(other)):
        with tenant_scope(tenant):
            pages_changed()
            db.session.commit()
    plan = deed.plan
    if deed.kind == "split" and "acting_email" in plan:
        welcome(
            other.id,
            name=plan["acting_name"],
            email=plan["acting_email"],
            phone="",
            title=plan["acting_title"],
            by=deed.asked_by_name,
        )
    if deed.kind == "merge":
        go_along({row.code: row.code})
    jobs.enqueue("province.make_spares")
    db.session.commit()


def _ended(deed: VillageDeed, row: TenantRow, other: TenantRow) -> Ended:
    source, target = (row, other) if deed.kind == "split" else (other, row)
    return Ended(
        deed_id=deed.id,
        source=registry.as_tenant(source),
        target=registry.as_tenant(target),
        regulation=deed.regulation,
        address=f"{village_origin(target.slug)}/layanan",
        everybody=deed.kind == "merge",
        is_open=target.live_at is not None,
        counts=dict(deed.result["open"]),
    )


def _tell(deed: VillageDeed, row: TenantRow, other: TenantRow) -> None:
    village, neighbour = (f"{one.term} {one.name}" for one in (row, other))
    words = {
        "people": number(deed.result["people"]),
        "homes": number(deed.result["households"]),
        "regulation": deed.regulation,
        "other": neighbour,
        "address": village_origin(other.slug),
        "open": _open_said(deed),
    }
    if deed.kind == "split":
        telling.tell(row, "split", words)
        return
    doubles = deed.result["duplicates"]
    said = (
        f"{number(doubles)} orang yang tercatat di kedua desa memakai catatan {village}." if doubles else ""
    )
    to_check = deed.result.get("numbers_taken", 0), deed.result.get("cleared", 0)
    if any(to_check):
        people, homes = map(number, to_check)
        said += f" {people} orang dan {homes} keluarga masuk tanpa nomor yang sudah dipakai di {village}: periksalah."
    telling.tell(row, "merged_in", {**words, "doubles": said})
    telling.tell(other, "merged_away", {**words, "other": village, "address": village_origin(row.slug)})


def _open_said(deed: VillageDeed) -> str:
    """What the deed ended, as a sentence for both heads; empty where nothing was open."""
    counts = still_open(deed)
    if not any(counts.values()):
        return ""
    return (
        f"Yang belum selesai ditutup: {number(counts['letters'])} surat"
        + (f" dan {number(counts['complaints'])} pengaduan" if deed.kind == "merge" else "")
        + f". {number(counts['accounts'])} akun warga ikut beralih, {number(counts['accounts_ended'])} berakhir. Warga "
        "yang punya akun diberi tahu."
    )


@jobs.job(DUE, queue="bulk", timeout=300, place="platform")
def deletions_due() -> None:
    """Remind of deletions that come near, ask for those whose day has come (each is a job of its own), and forget the
    accounts of villages that were deleted and the acting heads of splits that were over long ago."""
    deletion.remind()
    forgetting.forget_accounts()
    forgetting.forget_acting_heads()
    for deed_id in deletion.due():
        jobs.enqueue(DELETE, deed_id=str(deed_id))
    db.session.commit()


@jobs.job(DELETE, queue="bulk", timeout=3600, place="platform")
def delete(deed_id: str) -> None:
    """Delete one village's data and set the certificate. Safe to repeat: a run that was killed goes on."""
    deletion.carry_out(uuid.UUID(deed_id))


schedule.every("20 19 * * *", DUE)
