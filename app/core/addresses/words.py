"""What states and findings of domains are called on screens and in letters."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

STATES: dict[str, tuple[object, str]] = {
    "waiting": (_l("Menunggu bukti"), "warning"),
    "proved": (_l("Terbukti"), "success"),
    "doubted": (_l("Bukti hilang"), "error"),
    "expired": (_l("Kedaluwarsa"), "neutral"),
    "lost": (_l("Tidak dipakai lagi"), "neutral"),
}
"""State → its words and tone."""

FINDINGS: dict[str, object] = {
    "no_record": _l("Catatan TXT belum terlihat di DNS. Perubahan DNS dapat memerlukan beberapa jam."),
    "other_record": _l("Ada catatan TXT, tetapi isinya berbeda. Salin lagi isinya dari halaman ini."),
    "dns_away": _l("Server DNS domain ini tidak menjawab."),
    "no_file": _l("Berkas bukti belum ada di situs domain ini."),
    "other_file": _l("Berkas bukti ada, tetapi isinya berbeda. Salin lagi isinya dari halaman ini."),
    "too_long": _l("Berkas bukti terlalu besar; isinya cukup satu baris."),
    "site_away": _l("Situs domain ini tidak menjawab, jadi berkas bukti belum dapat dibaca."),
    "inside": _l("Domain ini mengarah ke jaringan dalam, jadi berkas bukti tidak dibaca."),
    "taken": _l("Desa lain lebih dahulu membuktikan domain ini."),
}
"""Word of a finding → its sentence."""

METHODS: dict[str, object] = {"dns": _l("catatan TXT di DNS"), "file": _l("berkas di situs")}


def said(error: str) -> list[str]:
    """The sentences for what a look met (`DomainClaim.error`)."""
    return [str(FINDINGS[word]) for word in error.split() if word in FINDINGS]
