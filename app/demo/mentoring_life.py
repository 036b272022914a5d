"""Mentors of the demo, what villages asked them, what became of it, and their visits. Invented, every one."""

from __future__ import annotations

import datetime as dt
import random
import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select

from app.core.accounts.models import Account, Membership
from app.extensions import db
from app.province.mentoring.cases.models import Mentor, MentoringCase, MentoringEntry, MentorVillage
from app.province.mentoring.visits.models import MentoringVisit
from tenants.ids import uuid7
from tenants.models import TenantRow, TenantState, now

ASSIGNED_BY = "Dinas PMDT (contoh)"
MENTORS = (
    # mailbox (None: an account without a password), name, office, kecamatan or kabupaten, how many villages, skills
    ("pendamping", "Eka Wulandari", "18.06.20", "18.06.20", 9, ("letters", "residents", "services")),
    ("pendamping.negarabatin", "Sigit Prabowo", "18.08.11", "18.08.11", 15, ("residents", "accounts")),
    (None, "Nadia Safitri", "18.06", "18.06.01", 14, ("letters", "letters")),
    (None, "Rendi Firmansyah", "18.10", "18.10", 22, ("services", "site")),
    (None, "Dian Puspasari", "18.01", "18.01", 26, ("residents", "letters")),
    (None, "Agung Nugroho", "18.02", "18.02", 24, ("residents", "figures")),
    (None, "Mira Handayani", "18.07", "18.07", 20, ("letters", "site")),
    (None, "Fajar Ramadhan", "18.03", "18.03", 18, ("residents",)),
)


@dataclass(frozen=True, slots=True)
class Ask:
    """A case: what was asked, from which page, how it ended, what was written (side, words, hours later)."""

    subject: str
    topic: str
    state: str
    days: float
    said: tuple[tuple[str, str, float], ...]
    priority: str = "normal"
    page: tuple[str, str] | None = None
    solution: str = ""
    level: int = 3


ASKS = (
    Ask("Ekspor XLSX berisi NIK tertutup", "residents", "solved", 11,
        (("village", "Kami perlu NIK lengkap untuk Dukcapil, yang keluar hanya bintang.", 0),
         ("programme", "Itu perlu hak “melihat identitas”. Sekretaris dapat memberikannya di Pengaturan → Akun.", 2.5),
         ("village", "Sudah bisa, terima kasih.", 5)),
        page=("/penduduk", "Penduduk"), solution="Hak residents.view_identity diberikan kepada operator."),
    Ask("Nomor surat lanjut dari buku lama", "letters", "solved", 19,
        (("village", "Surat terakhir tahun ini nomor 117 di buku. Bagaimana agar lanjut ke 118?", 0),
         ("programme", "Isi nomor terakhir di Pengaturan surat; saya tunjukkan saat kunjungan.", 4)),
        page=("/surat", "Surat"), solution="Nomor terakhir diisi 117."),
    Ask("Impor ditolak: NIK 1.80E+15", "residents", "in_progress", 2,
        (("village", "Semua baris ditolak. Berkasnya dari komputer kantor lama.", 0),
         ("programme", "Kolom NIK tersimpan sebagai angka. Ubah menjadi teks, lalu kirim lagi; berkas contoh terlampir "
          "di Panduan.", 3)),
        page=("/penduduk/impor", "Impor penduduk")),
    Ask("Warga lupa PIN dan terkunci", "services", "waiting", 1.2,
        (("village", "Tiga warga terkunci sesudah salah PIN.", 0),
         ("programme", "Petugas layanan dapat membuka dan memberi kode baru. Sudah dicoba?", 1)),
        page=("/akun-warga", "Akun warga")),
    Ask("Kepala pekon berhalangan, surat menumpuk", "letters", "open", 0.4,
        (("village", "Sembilan surat menunggu. Siapa yang dapat menandatangani?", 0),), priority="high",
        page=("/surat/tanda-tangan", "Tanda tangan")),
    Ask("Sinyal hilang setiap sore", "devices", "in_progress", 26,
        (("village", "Dari pukul tiga halaman tidak terbuka.", 0),
         ("programme", "Kami teruskan ke kabupaten untuk penguat sinyal.", 20)), level=2),
    Ask("Foto di halaman muka terbalik", "site", "closed", 40,
        (("village", "Foto dari ponsel miring.", 0), ("programme", "Unggah ulang; kini diputar otomatis.", 6)),
        priority="low", solution="Diunggah ulang."),
    Ask("Pelatihan ulang untuk operator baru", "training", "open", 3.5,
        (("village", "Operator kami berganti bulan ini.", 0),), level=2),
    Ask("Laporan bulan lalu belum ditutup", "figures", "solved", 8,
        (("village", "Jumlah penduduk berbeda satu dengan laporan kecamatan.", 0),
         ("programme", "Ada kelahiran yang dicatat dengan tanggal bulan ini. Ubah tanggal kejadiannya.", 5),
         ("village", "Cocok sekarang.", 9)), solution="Tanggal kelahiran dibetulkan."),
)  # fmt: skip
RULES = (
    ("dormant", "Tidak ada kegiatan selama 30 hari"),
    ("setup_stuck", "Penyiapan berhenti lebih dari 14 hari"),
)
VISITS = (
    ("Mendampingi surat pertama lewat sistem", "Tiga surat terbit; sekretaris mengerjakan sendiri.",
     "Membuka layanan mandiri untuk warga."),
    ("Membersihkan data penduduk", "46 penduduk tanpa NIK dilengkapi dari kartu keluarga.",
     "Sisanya didatangi kepala dusun."),
    ("Melatih operator baru", "Latihan mencatat kelahiran, kematian, dan pindah.", "Menutup bulan bersama."),
)  # fmt: skip


def seed_mentoring() -> int:
    """Make the demo's mentors, cases and visits where there are none, inside a platform scope; commits.

    Returns how many cases were opened.
    """
    if db.session.scalar(select(Mentor.account_id).limit(1)) is not None:
        return 0
    rows = list(db.session.scalars(select(TenantRow).order_by(TenantRow.code)))
    chance = random.Random("mentoring")
    stand: dict[uuid.UUID, tuple[uuid.UUID, str]] = {}
    for mailbox, name, office, place, count, skills in MENTORS:
        account_id = _account(mailbox, name, place)
        phone = f"0812-7{chance.randint(100, 999)}-{chance.randint(1000, 9999)}"
        db.session.add(
            Mentor(account_id=account_id, region_code=office, phone=phone, skills=list(skills), about="")
        )
        db.session.flush()
        here = [row for row in rows if row.code.startswith(f"{place}.") and row.id not in stand]
        here.sort(key=lambda row: (row.live_at is None, row.code))
        for row in here[:count]:
            stand[row.id] = (account_id, name)
            db.session.add(MentorVillage(tenant_id=row.id, mentor_id=account_id, assigned_by=ASSIGNED_BY))
    db.session.flush()
    by_id = {row.id: row for row in rows}
    used = [by_id[tenant_id] for tenant_id in stand if by_id[tenant_id].live_at is not None]
    opened = 0
    for number, row in enumerate(used[:60]):
        asks = (
            [ASKS[number]] if number < len(ASKS) else [chance.choice(ASKS)] if chance.random() < 0.6 else []
        )
        for one in asks:
            _case(row, one, stand[row.id], chance)
            opened += 1
    opened += _by_rule([row for row in rows if row.id not in {one.id for one in used[:60]}], stand, chance)
    _visits(used[:40], stand, chance)
    db.session.commit()
    return opened


def _account(mailbox: str | None, name: str, place: str) -> uuid.UUID:
    if mailbox:
        query = select(Account.id).where(Account.email == f"{mailbox}@siger.test")
        return db.session.scalars(query).one()
    row = Account(email=f"{name.lower().replace(' ', '.')}@siger.test", name=name, password_hash="")
    db.session.add(row)
    db.session.flush()
    db.session.add(Membership(account_id=row.id, region_code=place, role="mentor"))
    return row.id


def _case(row: TenantRow, one: Ask, mentor: tuple[uuid.UUID, str], chance: random.Random) -> None:
    opened = now() - dt.timedelta(days=one.days, hours=chance.randint(0, 5))
    answers = [hours for side, _, hours in one.said if side == "programme"]
    ended = opened + dt.timedelta(hours=max(hours for *_, hours in one.said) + 1)
    is_over = one.state in ("solved", "closed")
    case = MentoringCase(
        tenant_id=row.id, origin="village", subject=one.subject, topic=one.topic, priority=one.priority,
        page_path=one.page[0] if one.page else None, page_title=one.page[1] if one.page else None, state=one.state,
        level=one.level, mentor_id=mentor[0], respond_by=opened + dt.timedelta(hours=24),
        due_at=opened + dt.timedelta(days=7), opened_by=f"Sekretaris {row.name}", opened_at=opened,
        responded_at=opened + dt.timedelta(hours=answers[0]) if answers else None,
        solved_at=ended if is_over else None, closed_at=ended if one.state == "closed" else None,
        solution=one.solution if is_over else "",
        escalated_at=opened + dt.timedelta(days=2) if one.level < 3 else None,
    )  # fmt: skip
    db.session.add(case)
    db.session.flush()
    _entry(case, "opened", "village", case.opened_by, "", opened)
    for side, words, hours in one.said:
        author = mentor[1] if side == "programme" else case.opened_by
        _entry(case, "message", side, author, words, opened + dt.timedelta(hours=hours))
    if one.level < 3:
        _entry(case, "escalated", "rule", "Siger", "", opened + dt.timedelta(days=2), level=one.level)
    if is_over:
        _entry(case, "solved", "programme", mentor[1], one.solution, ended)


def _entry(
    case: MentoringCase, kind: str, side: str, author: str, words: str, at: dt.datetime, **details: Any
) -> None:
    db.session.add(
        MentoringEntry(
            case_id=case.id, at=at, kind=kind, side=side, author_name=author, body=words, details=details
        )
    )


def _by_rule(
    rows: list[TenantRow], stand: dict[uuid.UUID, tuple[uuid.UUID, str]], chance: random.Random
) -> int:
    """The alarms that stand open: dormant villages and such whose set-up is stuck, a part of them with a mentor."""
    states = {"dormant": TenantState.DORMANT, "setup_stuck": TenantState.SET_UP}
    opened = 0
    for rule, words in RULES:
        here = [row for row in rows if row.state == states[rule]][:45]
        for row in here:
            at = now() - dt.timedelta(days=chance.randint(1, 20), hours=chance.randint(0, 20))
            mentor = stand.get(row.id)
            days = (now() - at).days
            case = MentoringCase(
                tenant_id=row.id, origin="rule", rule=rule, subject=words, topic="adoption", priority="high",
                state="in_progress" if mentor and chance.random() < 0.5 else "open",
                level=3 if days < 5 else 2 if days < 12 else 1, mentor_id=mentor[0] if mentor else None,
                respond_by=at + dt.timedelta(days=2), due_at=at + dt.timedelta(days=14), opened_by="Siger",
                opened_at=at, escalated_at=at + dt.timedelta(days=5) if days >= 5 else None,
            )  # fmt: skip
            db.session.add(case)
            db.session.flush()
            _entry(case, "opened", "rule", "Siger", words, at)
            opened += 1
    return opened


def _visits(
    rows: list[TenantRow], stand: dict[uuid.UUID, tuple[uuid.UUID, str]], chance: random.Random
) -> None:
    found = []
    today = now().date()
    for number, row in enumerate(rows):
        for ago in (chance.randint(4, 20), chance.randint(25, 90)):
            aim, done, following = VISITS[(number + ago) % len(VISITS)]
            day = today - dt.timedelta(days=ago)
            at = dt.datetime.combine(day, dt.time(4), dt.UTC)
            is_signed = chance.random() < 0.85
            found.append({
                "id": uuid7(), "tenant_id": row.id, "mentor_id": stand[row.id][0], "mentor_name": stand[row.id][1],
                "visited_on": day, "place": f"Kantor {row.term.lower()}", "aim": aim, "done": done,
                "next_step": following, "next_on": day + dt.timedelta(days=30), "photos": [],
                "state": "signed" if is_signed else "held", "signed_at": at if is_signed else None,
                "signed_by": f"Sekretaris {row.name}" if is_signed else None, "written_at": at, "sent_at": at,
                "signed_way": "pin" if is_signed else None,
            })  # fmt: skip
        if number % 3 == 0:
            day = today + dt.timedelta(days=chance.randint(1, 12))
            found.append({
                "id": uuid7(), "tenant_id": row.id, "mentor_id": stand[row.id][0], "mentor_name": stand[row.id][1],
                "visited_on": day, "place": f"Kantor {row.term.lower()}", "aim": VISITS[number % 3][0], "done": "",
                "next_step": "", "next_on": None, "photos": [], "state": "planned", "signed_at": None,
                "signed_by": None, "signed_way": None, "written_at": None, "sent_at": now(),
            })  # fmt: skip
    if found:
        db.session.execute(insert(MentoringVisit), found)
