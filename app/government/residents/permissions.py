"""Who may do what in the register (domain: roles)."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

PERMISSIONS = {
    "residents.view": _l("Melihat data penduduk dan statistik"),
    "residents.view_identity": _l("Melihat NIK, nomor KK, telepon, dan surel secara utuh"),
    "residents.view_health": _l("Melihat disabilitas, penyakit, KB, dan kehamilan"),
    "residents.edit": _l("Menambah dan mengubah penduduk dan keluarga"),
    "residents.events": _l("Mencatat peristiwa penduduk"),
    "residents.undo": _l("Membatalkan peristiwa penduduk"),
    "residents.close_month": _l("Menutup bulan laporan penduduk"),
    "residents.import": _l("Mengimpor data penduduk"),
    "residents.export": _l("Mengekspor data penduduk"),
    "residents.requests": _l("Menangani permintaan data pribadi"),
    "residents.settings": _l("Mengatur penyimpanan data penduduk"),
}

_ALL = tuple(PERMISSIONS)
GRANTS = {
    "village_head": (
        "residents.view", "residents.view_identity", "residents.view_health", "residents.undo", "residents.export",
    ),
    "secretary": _ALL,
    "operator": (
        "residents.view", "residents.view_identity", "residents.edit", "residents.events", "residents.import",
        "residents.export", "residents.requests",
    ),
    "section_staff": ("residents.view",),
    "treasurer": ("residents.view",),
}  # fmt: skip
