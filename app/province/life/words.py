"""Deeds about whole villages in the words of the screens."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

KINDS: dict[str, object] = {
    "split": _l("Pemekaran"),
    "merge": _l("Penggabungan"),
    "deletion": _l("Penghapusan data"),
}
STATES: dict[str, tuple[object, str]] = {
    "counting": (_l("Sedang dihitung"), "info"),
    "ready": (_l("Siap diperiksa"), "warning"),
    "running": (_l("Sedang dijalankan"), "info"),
    "waiting": (_l("Menunggu orang kedua"), "warning"),
    "grace": (_l("Masa tunggu"), "error"),
    "done": (_l("Selesai"), "success"),
    "failed": (_l("Tidak jadi"), "error"),
    "cancelled": (_l("Rencana dibatalkan"), "neutral"),
}
"""State of a deed → its word and the tone of its tag."""


def state_said(state: str) -> dict[str, object]:
    """A deed's state as a tag."""
    label, tone = STATES[state]
    return {"label": label, "tone": tone}
