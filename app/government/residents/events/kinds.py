"""The kinds of the ledger's lines, in the words of the screens, and what a clerk may choose.

Domain: residents ("Life events"); the lists of a birth and a death are those of the forms F-2.01 and F-2.29 of
Permendagri 109/2019.
"""

from __future__ import annotations

from collections.abc import Iterable

from flask_babel import lazy_gettext as _l

KINDS = {
    "opening": _l("Saldo awal"),
    "birth": _l("Lahir"),
    "death": _l("Meninggal"),
    "move_out": _l("Pindah keluar"),
    "move_in": _l("Datang"),
    "missing": _l("Hilang"),
    "left": _l("Pergi tanpa kabar"),
    "return": _l("Kembali"),
    "move_area": _l("Pindah wilayah"),
    "split": _l("Pecah keluarga"),
    "merge": _l("Gabung keluarga"),
    "dissolve": _l("Keluarga dibubarkan"),
    "change_head": _l("Ganti kepala keluarga"),
    "change_residence": _l("Ubah status tinggal"),
    "change_nationality": _l("Ubah kewarganegaraan"),
    "correction": _l("Perbaikan data"),
    "reversal": _l("Pembatalan"),
    "handed_over": _l("Beralih ke desa lain"),
    "taken_over": _l("Beralih dari desa lain"),
    "household_opening": _l("Saldo awal keluarga"),
    "household_formed": _l("Keluarga terbentuk"),
    "household_moved_in": _l("Keluarga datang"),
    "household_returned": _l("Keluarga kembali"),
    "household_moved_out": _l("Keluarga pindah"),
    "household_closed": _l("Keluarga berakhir"),
    "household_handed_over": _l("Keluarga beralih ke desa lain"),
    "household_taken_over": _l("Keluarga beralih dari desa lain"),
}
"""Every kind of a line of `life_event` → its word."""

RECORDED = (
    "birth", "death", "move_in", "move_out", "missing", "left", "return", "move_area", "split", "merge", "dissolve",
    "change_head", "change_residence", "change_nationality",
)  # fmt: skip
"""What a clerk records, in the order in which it is offered."""

MAIN = (
    *(kind for kind in RECORDED if kind != "change_head"),
    "change_head",
    "handed_over",
    "taken_over",
    "reversal",
    "opening",
    "correction",
)
"""What a deed is called after, the first of its lines' kinds: who died comes before who is head of household now."""

ABOUT = {
    "birth": _l("Bayi lahir dari ibu yang terdaftar di sini."),
    "death": _l("Penduduk meninggal dunia."),
    "move_in": _l("Orang atau keluarga baru datang menetap."),
    "move_out": _l("Seorang penduduk atau sekeluarga pindah ke luar."),
    "missing": _l("Penduduk hilang dan dilaporkan."),
    "left": _l("Penduduk pergi lama tanpa surat pindah."),
    "return": _l("Penduduk yang pindah, hilang, atau pergi kembali lagi."),
    "move_area": _l("Pindah tempat tinggal di dalam wilayah sendiri."),
    "split": _l("Anggota keluarga membentuk KK baru."),
    "merge": _l("Anggota keluarga masuk ke KK lain."),
    "dissolve": _l("Keluarga bubar, anggotanya belum punya KK."),
    "change_head": _l("Kepala keluarga diganti anggota lain."),
    "change_residence": _l("Tetap, tidak tetap, atau pendatang."),
    "change_nationality": _l("Menjadi WNI, WNA, atau berkewarganegaraan ganda."),
}
ICONS = {
    "birth": "sprout", "death": "file-text", "move_in": "log-in", "move_out": "log-out", "missing": "search",
    "left": "door-open", "return": "undo-2", "move_area": "map-pin", "split": "users-round", "merge": "handshake",
    "dissolve": "circle-x", "change_head": "user-cog", "change_residence": "house", "change_nationality": "id-card",
}  # fmt: skip
STATE_CHANGING = frozenset(RECORDED)
"""Kinds before whose day nothing more can be recorded of the same person."""

BIRTH_SITE = {
    1: _l("Rumah sakit atau rumah bersalin"), 2: _l("Puskesmas"), 3: _l("Polindes atau poskesdes"), 4: _l("Rumah"),
    5: _l("Lainnya"),
}  # fmt: skip
BIRTH_HELPER = {1: _l("Dokter"), 2: _l("Bidan atau perawat"), 3: _l("Dukun"), 4: _l("Lainnya")}
DEATH_CAUSE = {
    1: _l("Sakit biasa atau tua"), 2: _l("Wabah penyakit"), 3: _l("Kecelakaan"), 4: _l("Kriminalitas"),
    5: _l("Bunuh diri"), 6: _l("Lainnya"),
}  # fmt: skip
DEATH_DETERMINED_BY = {
    1: _l("Dokter"), 2: _l("Tenaga kesehatan"), 3: _l("Kepolisian"), 4: _l("Lainnya"),
}  # fmt: skip


def main_kind(kinds: Iterable[str]) -> str:
    """What a deed is, from its lines' kinds: the main event, whatever followed from it; empty for none."""
    found = list(kinds)
    return next((kind for kind in MAIN if kind in found), found[0] if found else "")


def kind_word(kind: str) -> str:
    """The word of a kind in the reader's language; the kind itself for an unknown one."""
    return str(KINDS.get(kind, kind))
