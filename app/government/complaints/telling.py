"""What people are told of complaints, what the head reads of them in the morning, and the words of the audit log."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select

from app.core.audit import describe_actions, describe_summaries
from app.core.notifications.digest import declare_digest_line
from app.core.notifications.events import CHANNELS, declare_event
from app.extensions import db
from app.government.complaints.models import Complaint
from app.government.complaints.words import CATEGORIES, OPEN
from tenants.models import now

_TITLE = {"judul": "judul pengaduan"}


def declare() -> None:
    """Declare events, digest lines and audit words (at start)."""
    declare_event(
        "complaint.received", _l("Pengaduan baru"), "Pengaduan baru: {judul}",
        "Ada pengaduan baru tentang {jenis}: {judul}. Baca dan jawab di daftar pengaduan.", ("in_app", "email"),
        "staff", {**_TITLE, "jenis": "tentang apa pengaduan itu"},
    )  # fmt: skip
    declare_event(
        "complaint.assigned", _l("Pengaduan diserahkan kepada Anda"), "Pengaduan untuk Anda: {judul}",
        "Anda diminta menangani pengaduan {judul}.", ("in_app", "email"), "staff", _TITLE,
    )  # fmt: skip
    declare_event(
        "complaint.in_progress", _l("Pengaduan mulai ditangani"), "Pengaduan Anda ditangani",
        "Pengaduan Anda, {judul}, sedang ditangani petugas {desa}.", ("in_app",), "resident", _TITLE,
    )  # fmt: skip
    declare_event(
        "complaint.answered", _l("Pengaduan dijawab"), "Pengaduan Anda dijawab",
        "{desa} sudah menjawab pengaduan Anda, {judul}. Baca jawabannya di layanan mandiri.", CHANNELS,
        "resident", _TITLE,
    )  # fmt: skip
    declare_event(
        "complaint.rejected", _l("Pengaduan tidak dapat diproses"), "Pengaduan Anda tidak dapat diproses",
        "Pengaduan Anda, {judul}, tidak dapat diproses. Alasannya ada di layanan mandiri {desa}.", CHANNELS,
        "resident", _TITLE,
    )  # fmt: skip
    declare_digest_line("complaints.new", _new, lambda n: f"{n} pengaduan baru belum ditangani", order=40)
    declare_digest_line(
        "complaints.overdue", _overdue, lambda n: f"{n} pengaduan melewati janji jawab", order=45
    )
    describe_actions(
        "village",
        {
            "complaint.received": _l("mengirim pengaduan"),
            "complaint.in_progress": _l("mulai menangani pengaduan"),
            "complaint.assigned": _l("menyerahkan pengaduan kepada petugas"),
            "complaint.answered": _l("menjawab pengaduan untuk umum"),
            "complaint.answered_privately": _l("menjawab pengaduan secara pribadi"),
            "complaint.published": _l("mengumumkan pengaduan"),
            "complaint.withdrawn": _l("menarik pengaduan dari situs"),
            "complaint.closed": _l("menutup pengaduan"),
            "complaint.rejected": _l("menyatakan pengaduan tidak dapat diproses"),
            "complaint.viewed": _l("membuka pengaduan"),
            "complaint.photo_viewed": _l("membuka foto pengaduan"),
            "complaint.exported": _l("mengunduh daftar pengaduan"),
        },
    )
    describe_summaries("complaint.received", CATEGORIES)


def unanswered() -> int:
    """How many complaints have no answer yet: one select."""
    query = select(func.count()).select_from(Complaint).where(Complaint.state.in_(OPEN))
    return int(db.session.scalar(query) or 0)


def _new() -> int:
    query = select(func.count()).select_from(Complaint).where(Complaint.state == "received")
    return int(db.session.scalar(query) or 0)


def _overdue() -> int:
    query = (
        select(func.count()).select_from(Complaint).where(Complaint.state.in_(OPEN), Complaint.due_at < now())
    )
    return int(db.session.scalar(query) or 0)
