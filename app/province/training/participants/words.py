"""How answers, seats and tasks are said, with the tones of their tags."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import lazy_gettext as _l

from app.province.training.events.words import Said

ANSWERS: Mapping[str, Said] = {
    "none": Said(_l("Belum menjawab"), "neutral"),
    "coming": Said(_l("Mendaftarkan"), "success"),
    "declined": Said(_l("Tidak ikut"), "warning"),
}
ANSWER_FILTERS: Mapping[str, object] = {
    "": _l("Semua jawaban"),
    "none": _l("Belum menjawab"),
    "coming": _l("Mendaftarkan"),
    "declined": _l("Tidak ikut"),
    "unseen": _l("Belum dibuka"),
    "untold": _l("Belum tahu jadwal sekarang"),
    "nobody": _l("Belum disiapkan di Siger"),
}
SEATS: Mapping[str, Said] = {
    "registered": Said(_l("Terdaftar"), "success"),
    "waiting": Said(_l("Daftar tunggu"), "warning"),
    "replaced": Said(_l("Digantikan"), "neutral"),
    "cancelled": Said(_l("Batal"), "neutral"),
}
SEAT_FILTERS: Mapping[str, object] = {
    "": _l("Terdaftar dan menunggu"),
    "registered": _l("Terdaftar"),
    "waiting": _l("Daftar tunggu"),
    "walk_in": _l("Datang langsung"),
    "replaced": _l("Digantikan"),
    "cancelled": _l("Batal"),
}
SEXES: Mapping[str, object] = {"male": _l("Laki-laki"), "female": _l("Perempuan")}
TASKS: Mapping[str, Said] = {
    "open": Said(_l("Berjalan"), "info"),
    "late": Said(_l("Terlambat"), "error"),
    "done": Said(_l("Selesai"), "success"),
    "dropped": Said(_l("Ditiadakan"), "neutral"),
}
TASK_FILTERS: Mapping[str, object] = {
    "": _l("Semua tugas"),
    "open": _l("Berjalan"),
    "late": _l("Terlambat"),
    "done": _l("Selesai"),
    "dropped": _l("Ditiadakan"),
}
WHOM: Mapping[str, object] = {
    "came": _l("Desa yang orangnya hadir"),
    "registered": _l("Desa yang orangnya terdaftar"),
    "invited": _l("Semua desa yang diundang"),
}


def answer_said(answer: str) -> Said:
    """How a village's answer is said."""
    return ANSWERS[answer]


def seat_said(seat: str) -> Said:
    """How a seat's state is said."""
    return SEATS[seat]


def sex_word(sex: str) -> object:
    """A person's sex in words."""
    return SEXES[sex]


def task_said(state: str, *, is_late: bool = False) -> Said:
    """How far a task is."""
    return TASKS["late" if is_late else state]
