"""Who may do what with letters (domain: roles)."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

PERMISSIONS = {
    "letters.view": _l("Melihat surat dan permohonan"),
    "letters.process": _l("Memeriksa permohonan dan menerbitkan surat"),
    "letters.sign": _l("Menyetujui dan menandatangani surat"),
    "letters.cancel": _l("Membatalkan surat yang sudah terbit"),
    "letters.incoming": _l("Mencatat surat masuk"),
    "letters.dispose": _l("Memberi disposisi surat masuk"),
    "letters.types": _l("Mengatur jenis surat dan klasifikasi"),
    "letters.settings": _l("Mengatur penomoran, layanan, dan tanda tangan"),
    "letters.export": _l("Mengunduh buku surat"),
}

_ALL = tuple(PERMISSIONS)
GRANTS = {
    "village_head": ("letters.view", "letters.sign", "letters.cancel", "letters.dispose", "letters.export"),
    "secretary": tuple(code for code in _ALL if code != "letters.sign"),
    "operator": ("letters.view", "letters.process", "letters.incoming", "letters.export"),
    "section_staff": ("letters.view",),
}
