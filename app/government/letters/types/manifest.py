"""What letter types, classification and settings bring to the house: blueprints, menu, words of the audit log."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.core.audit import describe_actions, describe_fields
from app.core.capabilities import MenuEntry
from app.government.letters.types.classification_views import blueprint as classification
from app.government.letters.types.settings_views import blueprint as settings
from app.government.letters.types.views import blueprint as types

PAGES = (types, classification, settings)
MENU = (
    MenuEntry("village", _l("Surat"), _l("Jenis surat"), "letter_types.index", "file-text", "letters.types", 36),
    MenuEntry(
        "village", _l("Surat"), _l("Klasifikasi"), "letter_classification.index", "folder", "letters.types", 37
    ),
    MenuEntry(
        "village", _l("Surat"), _l("Pengaturan surat"), "letter_settings.edit", "sliders-horizontal",
        "letters.settings", 39,
    ),
)  # fmt: skip


def describe() -> None:
    """Say what the entries in the audit log mean (at start)."""
    describe_actions(
        "village",
        {
            "letter_type.added": _l("membuat jenis surat"),
            "letter_type.copied": _l("mulai mengubah jenis surat bawaan"),
            "letter_type.drafted": _l("menyimpan konsep jenis surat"),
            "letter_type.activated": _l("mengaktifkan jenis surat"),
            "letter_type.draft_discarded": _l("membuang konsep jenis surat"),
            "letter_type.restored": _l("kembali ke jenis surat bawaan"),
            "letter_type.removed": _l("menghapus jenis surat"),
            "letter_type.switched": _l("mengubah ketersediaan jenis surat"),
            "letter_classification.added": _l("menambah kode klasifikasi"),
            "letter_classification.changed": _l("mengubah kode klasifikasi"),
            "letter_classification.imported": _l("mengambil daftar klasifikasi dari berkas"),
            "letter_options.changed": _l("mengubah pengaturan surat"),
        },
    )
    describe_fields(
        {
            "number_pattern": _l("Pola nomor"),
            "number_scope": _l("Urutan nomor"),
            "first_by_scope": _l("Nomor pertama"),
            "last_agenda": _l("Nomor agenda terakhir surat masuk"),
            "promise_days": _l("Janji layanan (hari kerja)"),
            "promise_by_type": _l("Janji layanan per jenis surat"),
            "signing": _l("Tanda tangan"),
            "paper": _l("Ukuran kertas"),
            "service_note": _l("Keterangan layanan"),
            "online": _l("Dapat diminta daring"),
            "frequent": _l("Sering diminta"),
        }
    )
