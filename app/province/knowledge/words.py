"""What the help centre calls its readers, parts and states."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

AUDIENCES = {
    "resident": _l("Warga"),
    "village": _l("Perangkat desa"),
    "province": _l("Provinsi, kabupaten, kecamatan"),
}
CATEGORIES = {
    "mulai": _l("Mulai memakai"),
    "penduduk": _l("Penduduk"),
    "surat": _l("Surat"),
    "layanan": _l("Layanan warga"),
    "pengaturan": _l("Pengaturan dan privasi"),
    "program": _l("Program dan wilayah"),
    "pelatihan": _l("Pelatihan dan pendampingan"),
    "lain": _l("Lainnya"),
}
STATES = {"draft": _l("Draf"), "published": _l("Terbit"), "withdrawn": _l("Ditarik")}
TONES = {"draft": "warning", "published": "success", "withdrawn": "neutral"}

READS = {
    "resident": ("resident",),
    "village": ("village", "resident"),
    "province": ("province", "village", "resident"),
}
"""Which articles a kind of reader is shown: a clerk helps residents, an officer helps villages."""


def category_word(code: str) -> str:
    """A category's name; the code itself for one that is not known."""
    return str(CATEGORIES.get(code, code))


def audience_word(code: str) -> str:
    """For whom an article is."""
    return str(AUDIENCES.get(code, code))
