"""What the steps and the tasks of the first week are called, without any village's own words, and their addresses."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

STEP_WORDS = {
    "identity": _l("Alamat dan kontak"),
    "officials": _l("Perangkat"),
    "sub_areas": _l("Wilayah"),
    "residents": _l("Data penduduk"),
    "numbers": _l("Nomor surat"),
    "capabilities": _l("Fitur"),
    "look": _l("Tampilan"),
    "accounts": _l("Rekan kerja"),
    "live": _l("Buka untuk umum"),
}
STATE_WORDS = {
    "done": (_l("Selesai"), "success"),
    "skipped": (_l("Ditunda"), "warning"),
    "started": (_l("Dimulai"), "info"),
    "open": (_l("Belum"), "neutral"),
}
WEEK_WORDS = {
    "hours": _l("Jam layanan diisi"),
    "poster": _l("Poster QR dipasang"),
    "head": _l("Kepala diundang"),
    "letter": _l("Surat pertama terbit"),
    "rt": _l("RW dan RT disusun"),
    "portal": _l("Warga memakai layanan mandiri"),
    "event": _l("Peristiwa penduduk dicatat"),
    "complaint": _l("Pengaduan dijawab"),
}
