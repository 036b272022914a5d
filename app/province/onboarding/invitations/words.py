"""How an invitation stands, in words; labels of the form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

STATUSES: Mapping[str, tuple[object, str]] = {
    "preparing": (_l("Surat sedang dibuat"), "neutral"),
    "sent": (_l("Terkirim"), "info"),
    "opened": (_l("Mulai mengisi"), "gold"),
    "used": (_l("Sudah mendaftar"), "success"),
    "expired": (_l("Kedaluwarsa"), "warning"),
    "revoked": (_l("Dicabut"), "error"),
    "joined": (_l("Bergabung lewat jalan lain"), "success"),
}
"""preparing: its letter is not made yet; sent: letter ready, nobody began; opened: somebody fills in the form; used:
the application was sent in; joined: its village came aboard without it."""

BARS: Mapping[str, object] = {
    "invited": _l("Sudah diundang, masih berlaku"),
    "applied": _l("Sedang mendaftar"),
    "live": _l("Sudah memakai Siger"),
    "software": _l("Memakai sistem lain"),
    "closed": _l("Ditangguhkan atau diarsipkan"),
}
"""Why a village is not invited."""

LABELS: dict[str, Any] = {
    "label": _l("Nama gelombang undangan"),
    "letter_number": _l("Nomor surat"),
    "letter_date": _l("Tanggal surat"),
    "signatory_name": _l("Nama penanda tangan"),
    "signatory_title": _l("Jabatan penanda tangan"),
    "signatory_nip": _l("NIP"),
    "paragraph": _l("Paragraf tambahan"),
    "valid_days": _l("Berlaku berapa hari"),
    "contact_name": _l("Nama kontak"),
    "email": _l("Surel"),
    "phone": _l("Nomor ponsel"),
    "days": _l("Tambah berapa hari"),
    "reason": _l("Alasan"),
}
