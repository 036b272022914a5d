"""How states of announcements and receipts are said, with the tones of their tags."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask_babel import lazy_gettext as _l

from app.province import states
from app.province.announcements.audience import STATES
from app.province.announcements.sharing import CATEGORIES


@dataclass(frozen=True, slots=True)
class Said:
    """Words and tone of a tag."""

    label: object
    tone: str


ANNOUNCEMENTS: Mapping[str, Said] = {
    "draft": Said(_l("Draf"), "neutral"),
    "sent": Said(_l("Terkirim"), "success"),
    "withdrawn": Said(_l("Ditarik"), "error"),
}
RECEIPTS: Mapping[str, Said] = {
    "waiting": Said(_l("Sedang diantar"), "info"),
    "unread": Said(_l("Belum dibaca"), "warning"),
    "unconfirmed": Said(_l("Dibaca, belum konfirmasi"), "gold"),
    "read": Said(_l("Sudah dibaca"), "success"),
    "confirmed": Said(_l("Sudah konfirmasi"), "success"),
    "nobody": Said(_l("Belum disiapkan di Siger"), "neutral"),
}
FILTERS: Mapping[str, object] = {
    "": _l("Semua keadaan"),
    "unread": _l("Belum dibaca"),
    "unconfirmed": _l("Belum konfirmasi"),
    "read": _l("Sudah dibaca"),
    "confirmed": _l("Sudah konfirmasi"),
    "waiting": _l("Sedang diantar"),
    "nobody": _l("Belum disiapkan di Siger"),
}
_TYPES: Mapping[str, str] = {
    "application/pdf": "PDF",
    "image/jpeg": "JPG",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "Word",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "Excel",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": "PowerPoint",
    "application/vnd.oasis.opendocument.text": "ODT",
    "application/vnd.oasis.opendocument.spreadsheet": "ODS",
    "application/vnd.oasis.opendocument.presentation": "ODP",
}


def announcement_said(state: str) -> Said:
    """How an announcement's state is said."""
    return ANNOUNCEMENTS[state]


def receipt_said(state: str) -> Said:
    """How far a village is, in words."""
    return RECEIPTS[state]


def category_word(category: str) -> object:
    """A document's category in words; one that is not known any more is called as the others are."""
    return CATEGORIES.get(category, CATEGORIES["other"])


def file_word(media_type: str, size: int) -> str:
    """What a file is and how large: `PDF, 1,2 MB`."""
    kind = _TYPES.get(media_type, "")
    shown = f"{max(1, round(size / 1024))} KB" if size < 1024 * 1024 else f"{size / 1024 / 1024:.1f} MB"
    return ", ".join(part for part in (kind, shown.replace(".", ",")) if part)


def state_options() -> list[tuple[str, object]]:
    """Adoption states as choices."""
    return [(state, states.words(state).label) for state in STATES]
