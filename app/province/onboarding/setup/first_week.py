"""The first week after going live: what to do next and why, by day, told from what there really is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, Select, func, select

from app.core.accounts.models import Membership
from app.core.actors import Actor
from app.core.capabilities import capability_of, is_switched_on
from app.core.privacy.models import VillageState
from app.core.ui.formats import ZONE
from app.core.village.cards import StartCard
from app.core.village.models import SubArea, VillageProfile
from app.core.village.options import options_of
from app.core.village.setup import OPTIONS as MARKS
from app.core.village.setup import Office, read_marks
from app.extensions import db
from app.government.complaints.models import Complaint
from app.government.letters.models import Letter
from app.government.residents.models import LifeEvent
from app.government.selfservice.models import PortalAccount
from tenants.models import now
from tenants.scope import current_tenant, platform_scope

SHOWN_DAYS = 14
"""For so long after going live the start page shows the card."""
OPTIONS = "first_week"
BY_HAND = ("poster",)
"""Tasks that no table tells of: somebody says that they are done."""
EVENTS = ("birth", "death", "move_in", "move_out", "missing", "return")


@dataclass(frozen=True, slots=True)
class WeekTask:
    """A task: what to do, why, until which day, where, and whether it is done."""

    key: str
    label: object
    why: object
    action: object
    until: dt.date
    endpoint: str
    permission: str
    is_done: bool

    @property
    def is_by_hand(self) -> bool:
        """Whether somebody has to say that it is done."""
        return self.key in BY_HAND

    @property
    def is_late(self) -> bool:
        """Whether its day is over and it is not done."""
        return not self.is_done and self.until < now().astimezone(ZONE).date()


@dataclass(frozen=True, slots=True)
class Week:
    """The first week of the present village."""

    live_at: dt.datetime
    tasks: list[WeekTask]

    @property
    def done(self) -> int:
        """How many tasks are done."""
        return sum(task.is_done for task in self.tasks)

    @property
    def following(self) -> WeekTask | None:
        """The first task that is not done."""
        return next((task for task in self.tasks if not task.is_done), None)


def first_week(live_at: dt.datetime) -> Week:
    """The tasks of the present village with what is done: one select here, one of the platform's (who works there)."""
    done = what_is_done()
    tenant = current_tenant()
    begun = live_at.astimezone(ZONE).date()
    texts: list[tuple[str, object, object, object, int, str, str]] = [
        ("hours", _l("Umumkan jam layanan"),
         _l("Warga tidak datang sia-sia; halaman depan memberi tahu kantor sedang buka atau tutup."),
         _l("Isi jam layanan"), 1, "village.hours", "village.settings"),
        ("poster", _l("Cetak poster QR dan tempel di kantor"),
         _l("Warga yang menunggu memindai kode itu dan langsung sampai di halaman depan."),
         _l("Unduh poster"), 1, "setup.poster", "village.view"),
        ("head", _l("Undang %(head)s untuk menyetujui surat", head=tenant.word("head") or "kepala"),
         _l("Surat yang sudah diperiksa menunggu persetujuannya; ia memakai akunnya sendiri."),
         _l("Undang"), 2, "setup.accounts", "accounts.manage"),
        ("letter", _l("Terbitkan surat pertama"),
         _l("Satu surat sungguhan menunjukkan bahwa nomor, kop, dan penanda tangan sudah benar."),
         _l("Buat surat"), 2, "letters.index", "letters.view"),
        ("rt", _l("Lengkapi RW dan RT"),
         _l("Alamat di surat dan rekap penduduk menjadi lengkap."),
         _l("Susun wilayah"), 3, "sub_areas.index", "sub_areas.manage"),
        ("portal", _l("Bantu satu warga mendaftar layanan mandiri"),
         _l("Sesudah satu orang berhasil, ia mengajarkannya kepada tetangganya."),
         _l("Buka daftar warga"), 4, "portal_accounts.index", "selfservice.accounts"),
        ("event", _l("Catat satu peristiwa penduduk"),
         _l("Kelahiran, kematian, atau pindah yang dicatat hari itu juga membuat data tetap benar."),
         _l("Catat peristiwa"), 5, "life_events.index", "residents.view"),
        ("complaint", _l("Jawab satu pengaduan"),
         _l("Warga yang dijawab akan melapor lagi; yang didiamkan tidak kembali."),
         _l("Buka pengaduan"), 7, "complaints.index", "complaints.view"),
    ]  # fmt: skip
    tasks = [
        WeekTask(key, label, why, action, begun + dt.timedelta(days=day), endpoint, permission, done[key])
        for key, label, why, action, day, endpoint, permission in texts
        if _is_used(endpoint)
    ]
    return Week(live_at, tasks)


def what_is_done() -> dict[str, bool]:
    """Which tasks are done in the present village, by key."""
    by_hand = select(VillageState.settings[f"options.{OPTIONS}"]).limit(1).scalar_subquery()
    row = db.session.execute(
        select(
            VillageProfile.steps_done.contains(["hours"]).label("hours"),
            _is_there(select(Letter.id).where(Letter.issued_at.is_not(None), Letter.origin != "paper")).label("letter"),
            _is_there(select(SubArea.id).where(SubArea.kind == "rt")).label("rt"),
            _is_there(select(PortalAccount.id).where(PortalAccount.activated_at.is_not(None))).label("portal"),
            _is_there(
                select(LifeEvent.id).where(LifeEvent.kind.in_(EVENTS), LifeEvent.import_id.is_(None),
                                           LifeEvent.undone_at.is_(None))
            ).label("event"),
            _is_there(select(Complaint.id).where(Complaint.answered_at.is_not(None))).label("complaint"),
            by_hand.label("by_hand"),
        ).limit(1)
    ).one()  # fmt: skip
    ticked: Mapping[str, object] = row.by_hand if isinstance(row.by_hand, Mapping) else {}
    told = {key: bool(getattr(row, key)) for key in ("hours", "letter", "rt", "portal", "event", "complaint")}
    return {**told, **{key: bool(ticked.get(key)) for key in BY_HAND}, "head": _has_head()}


def week_card(actor: Actor, office: Office) -> StartCard | None:
    """The card of the start page while the first days last and something is left."""
    since = office.live_since
    if since is None or now() - since > dt.timedelta(days=SHOWN_DAYS):
        return None
    week = first_week(since)
    return StartCard("setup/_week_card.html", week) if week.following is not None else None


def live_since() -> dt.datetime | None:
    """When the present village opened by the last step of its set-up; None where it did so before there was one."""
    mark = read_marks(options_of(MARKS)).get("live")
    return mark.at if mark is not None else None


def _is_there(query: Select[Any]) -> ColumnElement[bool]:
    return query.exists()


def _is_used(endpoint: str) -> bool:
    """Whether the village uses the capability that a task's page belongs to."""
    capability = capability_of(endpoint.partition(".")[0])
    return capability is None or is_switched_on(capability, current_tenant().modules)


def _has_head() -> bool:
    """Whether the head has an account here, invited or at work (one select of the platform's)."""
    tenant_id = current_tenant().id
    query = select(func.count()).where(Membership.tenant_id == tenant_id, Membership.role == "village_head")
    with platform_scope():
        return bool(db.session.scalar(query))
