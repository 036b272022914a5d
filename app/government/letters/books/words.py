"""Words for what the books hold in codes: states, urgency, secrecy, usual instructions."""

from __future__ import annotations

from collections.abc import Mapping

from babel.dates import get_month_names
from flask_babel import get_locale
from flask_babel import lazy_gettext as _l

INCOMING_STATES: Mapping[str, object] = {
    "received": _l("Menunggu disposisi"),
    "disposed": _l("Didisposisikan"),
    "done": _l("Selesai"),
    "cancelled": _l("Dibatalkan"),
}
INCOMING_TONES = {"received": "warning", "disposed": "info", "done": "success", "cancelled": "neutral"}
URGENCIES: Mapping[str, object] = {
    "ordinary": _l("Biasa"),
    "urgent": _l("Segera"),
    "very_urgent": _l("Sangat segera"),
}
SECRECIES: Mapping[str, object] = {
    "open": _l("Terbuka"),
    "limited": _l("Terbatas"),
    "secret": _l("Rahasia"),
}
INSTRUCTIONS: Mapping[str, object] = {
    "handle": _l("Untuk ditindaklanjuti"),
    "know": _l("Untuk diketahui"),
    "attend": _l("Hadiri atau wakili saya"),
    "answer": _l("Siapkan jawaban"),
    "advise": _l("Beri saran"),
    "coordinate": _l("Koordinasikan dengan pihak terkait"),
    "announce": _l("Umumkan kepada warga"),
    "file": _l("Simpan sebagai arsip"),
}
"""What heads usually write on a disposition sheet, by code."""

LETTER_TONES = {
    "draft": "neutral",
    "submitted": "warning",
    "verified": "warning",
    "approved": "info",
    "issued": "success",
    "collected": "success",
    "rejected": "error",
    "cancelled": "error",
}
SIGNINGS: Mapping[str, object] = {
    "wet": _l("Tinta"),
    "local": _l("Sertifikat sendiri"),
    "bsre": _l("BSrE"),
}
ORIGINS: Mapping[str, object] = {
    "desk": _l("Meja layanan"),
    "online": _l("Layanan mandiri"),
    "kiosk": _l("Anjungan"),
    "batch": _l("Sekaligus banyak"),
    "api": _l("Program lain"),
    "paper": _l("Ditulis di luar sistem"),
}


def options(words: Mapping[str, object], everything: object | None = None) -> list[tuple[str, str]]:
    """Codes with their words as choices; `everything` is what the empty choice is called."""
    listed = [(code, str(word)) for code, word in words.items()]
    return listed if everything is None else [("", str(everything)), *listed]


def word(words: Mapping[str, object], code: str) -> str:
    """A code's word, or the code itself where it is unknown."""
    return str(words.get(code, code))


def month_options(everything: object) -> list[tuple[str, str]]:
    """The months of the year as choices."""
    names = get_month_names("wide", locale=get_locale() or "id")
    return [("", str(everything)), *((str(number), str(names[number])) for number in range(1, 13))]


def month_name(month: int) -> str:
    """A month's name in the reader's language."""
    return str(get_month_names("wide", locale=get_locale() or "id")[month])
