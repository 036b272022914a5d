"""What the demo's province does with its villages: announcements, guides, reports, others' figures, open data."""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select, update

from app.core.accounts.models import Account, Membership
from app.core.actors import Actor, acting_as
from app.core.documents import render_pdf
from app.core.indicators.declarations import indicator, months_before, period_of
from app.core.indicators.models import IndicatorPublication, IndicatorValue
from app.extensions import db
from app.province.announcements import reading, sharing
from app.province.announcements.audience import Audience
from app.province.announcements.files import CheckedFile
from app.province.announcements.models import Announcement, AnnouncementRecipient, SharedDocument
from app.province.announcements.services import send, withdraw, write_draft
from app.province.external.models import ExternalDelivery
from app.province.external.schemas import PushSchema
from app.province.external.services.keys import KeyActor, actor_of_key, make_key
from app.province.external.services.receiving import receive
from app.province.reports.models import ReportSchedule
from app.province.reports.schedules import add_schedule
from app.province.reports.services import make_report, write
from tenants.models import JobItem, PlatformJobRun, TenantRow, now
from tenants.registry import load_tenant
from tenants.scope import platform_scope, tenant_scope

PUBLIC = {
    "pop.total": 4, "pop.households": 4, "pop.births": 3, "letters.issued": 3, "letters.online_share": 2,
    "letters.median_hours": 2, "service.satisfaction": 2, "adoption.live": 3, "pop.disabled": 2,
}  # fmt: skip
"""Indicators that the demo's province opened to everybody: down to which level."""


@dataclass(frozen=True, slots=True)
class Message:
    """An announcement of the demo; `by` is the mailbox of the officer who wrote it, `read` the share of readers."""

    by: str
    days: int
    title: str
    body: str
    audience: Audience
    read: float = 0.0
    confirm: bool = False
    withdrawn: str = ""
    sent: bool = True


GISTING = "18.06.20"
NEWS_DAYS = 3
"""Announcements older than this were told to everybody long ago."""
MESSAGES = (
    Message(
        "admin", 26, "Pemutakhiran data penduduk sebelum akhir tahun",
        "Mohon setiap desa memeriksa daftar “tanpa NIK” dan “belum lengkap” di menu Penduduk.\n\n"
        "- Lengkapi pendidikan dan pekerjaan\n- Catat kelahiran dan kematian bulan ini\n"
        "- Tutup bulan sesudah laporan dicetak\n\nBila ada kendala, hubungi pendamping desa Anda.",
        Audience(), read=0.8,
    ),
    Message(
        "admin", 9, "Pemeliharaan layanan pada Sabtu malam",
        "Layanan berhenti sebentar pada Sabtu pukul 22.00 sampai 22.30 WIB. Pekerjaan yang sedang diketik di ponsel "
        "tersimpan dan terkirim sesudahnya.",
        Audience(), read=0.6,
    ),
    Message(
        "tanggamus", 5, "Rapat koordinasi Smart Village se-Kabupaten Tanggamus",
        "Kepala pekon dan juru tulis diminta hadir di aula kabupaten pada hari Kamis pukul 09.00 WIB.\n\n"
        "Bawa laporan layanan surat tiga bulan terakhir.",
        Audience(scope="regions", regions=("18.06",)), read=0.7, confirm=True,
    ),
    Message(
        "gisting", 2, "Jadwal kunjungan pendamping ke sembilan pekon",
        "Pendamping datang mulai hari Senin. Siapkan daftar pertanyaan dari petugas layanan.",
        Audience(scope="regions", regions=(GISTING,)), read=0.4, confirm=True,
    ),
    Message(
        "tanggamus", 12, "Undangan pelatihan susulan",
        "Pelatihan susulan bagi pekon yang belum ikut.", Audience(scope="regions", regions=("18.06",)), read=0.2,
        withdrawn="Tanggalnya berubah; undangan baru menyusul.",
    ),
    Message(
        "admin", 0, "Konsep: penilaian kesiapan desa semester ini",
        "Penilaian memakai bobot baru mulai bulan depan. Penjelasan menyusul.", Audience(), sent=False,
    ),
)  # fmt: skip
GUIDES = (
    ("admin", "guide", "Panduan singkat: dari permohonan sampai surat terbit", (
        "Buka Pelayanan surat, pilih permohonan yang paling atas.", "Periksa isian dan berkas pemohon.",
        "Ajukan ke kepala, atau terbitkan untuk tinta basah.", "Serahkan suratnya dan catat penyerahannya.",
    )),
    ("admin", "guide", "Panduan singkat: membuka akun warga di balai desa", (
        "Minta KTP elektronik dan kartu keluarga.", "Buka Akun warga, cari namanya, buat kode.",
        "Warga mengetik kodenya di ponsel dan memilih PIN.",
    )),
    ("admin", "form", "Formulir pendataan penduduk sementara", (
        "Isi nama, asal, tujuan, dan lama tinggal.", "Serahkan kepada petugas registrasi desa.",
    )),
    ("tanggamus", "slides", "Paparan: capaian Smart Village Kabupaten Tanggamus", (
        "Pekon yang memakai bertambah setiap bulan.", "Surat daring terbit dalam hitungan jam.",
        "Langkah berikutnya: pendampingan lapangan.",
    )),
)  # fmt: skip


def seed_province_life(rows: Sequence[TenantRow]) -> int:
    """Let the province speak, share, report and receive; return how many things that were missing it did.

    Runs outside of any scope and commits step by step: a run that was ended goes on where it was.
    """
    with platform_scope():
        officers = officers_by_mailbox()
        told = set(db.session.scalars(select(Announcement.title)))
        shared = set(db.session.scalars(select(SharedDocument.title)))
        sent = db.session.scalar(select(ExternalDelivery.id).limit(1)) is not None
    messages = [one for one in sorted(MESSAGES, key=lambda one: -one.days) if one.title not in told]
    for message in messages:
        _announce(message, officers[message.by])
    guides = [one for one in GUIDES if one[2] not in shared]
    for mailbox, category, title, steps in guides:
        with platform_scope(), acting_as(officers[mailbox]):
            office = officers[mailbox].region_code or ""
            values = {"title": title, "category": category, "description": "Contoh untuk peragaan."}
            sharing.share_document(values, guide(title, steps), office=office)
    if messages:
        _read(rows)
    if not sent:
        _push()
    with platform_scope():
        reports = _open_data(officers["admin"].name) and _report(officers)
    return len(messages) + len(guides) + (not sent) + reports


def officers_by_mailbox() -> dict[str, Actor]:
    """Everybody above the villages who may act for the province, inside a platform scope."""
    query = select(Account, Membership.region_code).join(Membership, Membership.account_id == Account.id)
    return {
        who.email.partition("@")[0]: Actor(who.id, who.name, who.email, region_code=region)
        for who, region in db.session.execute(query.where(Membership.region_code.is_not(None)))
    }


def _announce(message: Message, officer: Actor) -> None:
    office = officer.region_code or ""
    values = {
        "title": message.title, "body": message.body, "needs_confirmation": message.confirm, "shown_until": None,
    }  # fmt: skip
    with platform_scope(), acting_as(officer):
        row = write_draft(values, message.audience, office=office)
        if message.sent:
            send(row.id, office=office, seen=None)
            at = now() - dt.timedelta(days=message.days, hours=3)
            dated = update(Announcement).where(Announcement.id == row.id)
            db.session.execute(dated.values(sent_at=at, created_at=at))
            if message.days > NEWS_DAYS:
                _told_long_ago(row.id, at)
            db.session.commit()
        if message.withdrawn:
            withdraw(row.id, office=office, reason=message.withdrawn)


def _told_long_ago(announcement_id: uuid.UUID, at: dt.datetime) -> None:
    """Let the villages have been told then: nobody is told of old news when the demo starts."""
    told = update(AnnouncementRecipient).where(AnnouncementRecipient.announcement_id == announcement_id)
    db.session.execute(told.values(delivered_at=at))
    run = select(PlatformJobRun.id).where(
        PlatformJobRun.arguments["announcement_id"].astext == str(announcement_id)
    )
    db.session.execute(
        update(JobItem).where(JobItem.job_id.in_(run)).values(state="done", attempts=1, finished_at=at)
    )


def guide(title: str, steps: Sequence[str]) -> CheckedFile:
    """A page of numbered lines as a PDF that says that it is an example."""
    data = {
        "paper": "a4", "landscape": False, "size": 11, "footer": "Contoh untuk peragaan", "letterhead": None,
        "subtitle": "Program Smart Village Lampung", "about": [],
        "columns": [{"width": 1.0, "align": "center"}, {"width": 9.0, "align": "left"}],
        "heading": [[{"text": "No.", "columns": 1, "rows": 1}, {"text": "Langkah", "columns": 1, "rows": 1}]],
        "rows": [[str(number), step] for number, step in enumerate(steps, start=1)],
        "totals": 0, "numbered": False, "empty": "", "notes": [], "signers": [],
    }  # fmt: skip
    pdf = render_pdf("table.typ", data, title=title)
    name = "-".join("".join(c if c.isalnum() else " " for c in title.lower()).split())
    return CheckedFile(f"{name[:60]}.pdf", "application/pdf", pdf)


def _read(rows: Sequence[TenantRow]) -> None:
    """Let the villages' secretaries read some of it, and confirm where it is asked for."""
    with platform_scope():
        query = select(Membership.tenant_id, Account).join(Account, Account.id == Membership.account_id)
        keepers = {
            tenant_id: Actor(who.id, who.name, who.email, tenant_id=tenant_id)
            for tenant_id, who in db.session.execute(query.where(Membership.role == "secretary"))
        }
        shares = {message.title: message.read for message in MESSAGES}
    for number, row in enumerate(rows):
        keeper = keepers.get(row.id)
        if keeper is None:
            continue
        with tenant_scope(load_tenant(row.id)), acting_as(keeper):
            for news in reading.news(keeper.account_id, reading.NewsFilter())[0]:
                if (number * 7 + len(news.title)) % 10 >= 10 * shares.get(news.title, 0) or news.is_withdrawn:
                    continue
                reading.open_news(news.id, keeper)
                if news.needs_confirmation and number % 3:
                    reading.confirm(news.id, keeper)
            db.session.commit()


def _push() -> None:
    """Three villages that run another system send their figures with a key, one of them with mistakes."""
    first = period_of(now()).first
    with platform_scope():
        query = select(TenantRow).where(TenantRow.software.is_not(None)).order_by(TenantRow.code).limit(3)
        villages = list(db.session.scalars(query))
        for number, row in enumerate(villages):
            text = make_key(row.id, days=365, made_by="Ratna Dewi Puspita").text
            for month in (months_before(first, 1), first):
                actor = actor_of_key(text)
                assert isinstance(actor, KeyActor)
                people = _people(row, month)
                values = [
                    {"code": "pop.total", "value": people},
                    {"code": "pop.male", "value": people - people * 49 // 100},
                    {"code": "pop.female", "value": people * 49 // 100},
                    {"code": "pop.households", "value": people // 3},
                    {"code": "letters.issued", "value": 31 + number},
                ]
                if number == 2:
                    values += [{"code": "pop.births", "value": -2}, {"code": "pop.penduduk", "value": people}]
                body = {
                    "village": row.code, "period": f"{month:%Y-%m}", "values": values,
                    "activity": {"last_activity": (now() - dt.timedelta(hours=5)).isoformat(), "staff_active_7d": 3},
                }  # fmt: skip
                sent = PushSchema().load(body)
                receive(actor, f"demo-{row.code}-{month}", hashlib.sha256(repr(body).encode()).digest(), sent)


def _people(row: TenantRow, month: dt.date) -> int:
    """How many people a village has told before, so that what it sends goes on from there."""
    total = select(IndicatorValue.value).where(
        IndicatorValue.tenant_id == row.id, IndicatorValue.code == "pop.total", IndicatorValue.period == month
    )
    return round(db.session.scalar(total) or 2100)


def _open_data(name: str) -> bool:
    if db.session.scalar(select(IndicatorPublication.code).limit(1)) is not None:
        return False
    for code, level in PUBLIC.items():
        db.session.add(IndicatorPublication(code=indicator(code).code, level=level, published_by=name))
    db.session.commit()
    return True


def _report(officers: dict[str, Actor]) -> int:
    """Last month's reports are made at once, so that no work waits when the demo starts; two schedules go on."""
    last = months_before(period_of(now()).first, 1)
    for region, mailbox in (("18.06", "tanggamus"), ("18", "admin")):
        with acting_as(officers[mailbox]):
            if (
                db.session.scalar(select(ReportSchedule.id).where(ReportSchedule.region_code == region))
                is None
            ):
                values = {"day": 5, "recipients": [f"laporan-{mailbox}@siger.test"], "is_active": True}
                add_schedule(region, values, officers[mailbox])
            row, _new = make_report(region, last, asked_by=officers[mailbox].name)
            write(row.id, str(row.run_id))
    return 1
