"""What imports and exports bring to the house: pages, the menu's line, the words of the audit log."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.core.audit import describe_action, describe_actions, describe_fields
from app.core.capabilities import MenuEntry
from app.government.residents.exports.views import blueprint as exports
from app.government.residents.imports import jobs
from app.government.residents.imports.views import blueprint

PAGES = (blueprint, exports)
MENU = (MenuEntry("village", _l("Penduduk"), _l("Impor"), "imports.index", "upload", "residents.import", 70),)
JOBS = (jobs.read_import, jobs.check_import, jobs.apply_import, jobs.undo_import)


def describe() -> None:
    """Say what the audit log's entries mean."""
    describe_actions(
        "village",
        {
            "residents.import_sent": _l("mengirim berkas impor penduduk"),
            "residents.imported": _l("menerapkan impor penduduk"),
            "residents.import_undone": _l("membatalkan impor penduduk"),
            "residents.import_cancelled": _l("meninggalkan impor penduduk"),
        },
    )
    describe_action("residents.exported", _l("mengekspor data penduduk"), "village")
    describe_fields(
        {
            "bytes": _l("Ukuran berkas (bita)"),
            "applied_new": _l("Penduduk baru"),
            "records": _l("Data yang berubah"),
            "applied_changed": _l("Penduduk diubah"),
            "applied_households": _l("Keluarga dicatat"),
            "applied_areas": _l("Wilayah dibuat"),
            "conflicts": _l("Baris yang sudah diubah orang lain"),
            "happened_on": _l("Tanggal saldo awal"),
            "removed": _l("Penduduk dihapus"),
            "restored": _l("Penduduk dikembalikan"),
            "removed_areas": _l("Wilayah dihapus"),
            "note": _l("Catatan"),
        }
    )
