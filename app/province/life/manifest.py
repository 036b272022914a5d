"""What a village's life brings to the house: pages, jobs, words for the audit log, letters."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.core.audit import describe_actions, describe_fields
from app.core.capabilities import Capability, MenuEntry
from app.province import services
from app.province.life import jobs, telling
from app.province.life import numbers_jobs as numbers_jobs
from app.province.life import renaming_jobs as renaming_jobs
from app.province.life.deletion_views import check_pages
from app.province.life.renaming_views import pages as renaming_pages
from app.province.life.views import DELETE, MANAGE, pages

__all__ = ["capability", "jobs"]

MENU = (
    MenuEntry("province", _l("Platform"), _l("Penghapusan"), "life.deletions", "trash-2", DELETE, 88),
    MenuEntry("province", _l("Platform"), _l("Kabupaten baru"), "renaming.regency", "map-pinned", MANAGE, 87),
)

services.on_state_change.append(telling.state_changed)

WORDS = {
    "village.renamed": _l("mengubah nama, kode, atau wilayah desa"),
    "region.split_off": _l("membentuk kabupaten baru"),
    "village.archived": _l("mengarsipkan desa"),
    "village.reopened": _l("mengaktifkan kembali desa"),
    "village.split_planned": _l("merencanakan pemekaran desa"),
    "village.split_started": _l("menjalankan pemekaran desa"),
    "village.split_cancelled": _l("membatalkan pemekaran desa"),
    "village.split": _l("memekarkan desa"),
    "village.split_off": _l("membentuk desa dari pemekaran"),
    "village.merge_planned": _l("merencanakan penggabungan desa"),
    "village.merge_started": _l("menjalankan penggabungan desa"),
    "village.merge_cancelled": _l("membatalkan penggabungan desa"),
    "village.merged": _l("menerima penduduk desa yang bergabung"),
    "village.merged_away": _l("menggabungkan desa ke desa lain"),
    "village.deletion_asked": _l("meminta penghapusan data desa"),
    "village.deletion_agreed": _l("menyetujui penghapusan data desa"),
    "village.deletion_cancelled": _l("membatalkan penghapusan data desa"),
    "village.deleted": _l("menghapus data desa"),
    "village.deletion_done": _l("menerbitkan berita acara penghapusan"),
}
describe_actions("province", WORDS)
describe_actions(
    "village",
    {
        name: WORDS[name]
        for name in (
            "village.renamed",
            "village.split",
            "village.split_off",
            "village.merged",
            "village.merged_away",
        )
    },
)
describe_fields(
    {
        "deed": _l("Perubahan"),
        "regulation": _l("Peraturan"),
        "due": _l("Tanggal penghapusan"),
        "doubles": _l("Tercatat di dua desa"),
        "numbers_taken": _l("NIK milik dua orang"),
        "cards_taken": _l("Nomor KK milik dua keluarga"),
        "other": _l("Desa lain"),
        "households": _l("Keluarga"),
    }
)

capability = Capability(
    name="life",
    label=_l("Riwayat hidup desa"),
    pillar="province",
    blueprints=(pages, check_pages, renaming_pages),
    menu=MENU,
)
