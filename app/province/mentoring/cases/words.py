"""How cases, their states, topics and lines are said, with the tones of their tags; and how long a priority gives."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

ENDED = ("solved", "closed")
"""States in which nobody waits for anything."""
OPEN = ("open", "in_progress", "waiting")


@dataclass(frozen=True, slots=True)
class Said:
    """Words and tone of a tag."""

    label: object
    tone: str = "neutral"


STATES: Mapping[str, Said] = {
    "open": Said(_l("Baru"), "warning"),
    "in_progress": Said(_l("Dikerjakan"), "info"),
    "waiting": Said(_l("Menunggu desa"), "gold"),
    "solved": Said(_l("Selesai"), "success"),
    "closed": Said(_l("Ditutup"), "neutral"),
}
PRIORITIES: Mapping[str, Said] = {
    "urgent": Said(_l("Mendesak"), "error"),
    "high": Said(_l("Tinggi"), "warning"),
    "normal": Said(_l("Biasa"), "neutral"),
    "low": Said(_l("Rendah"), "neutral"),
}
LEVELS: Mapping[int, Said] = {
    3: Said(_l("Kecamatan")),
    2: Said(_l("Kabupaten/kota"), "warning"),
    1: Said(_l("Provinsi"), "error"),
}
TOPICS: Mapping[str, object] = {
    "setup": _l("Penyiapan desa"),
    "accounts": _l("Akun dan masuk"),
    "residents": _l("Penduduk"),
    "letters": _l("Surat"),
    "services": _l("Layanan mandiri dan pengaduan"),
    "site": _l("Situs desa"),
    "figures": _l("Angka dan kesiapan"),
    "training": _l("Pelatihan dan tugasnya"),
    "adoption": _l("Kebiasaan memakai"),
    "devices": _l("Komputer, ponsel, dan jaringan"),
    "other": _l("Lainnya"),
}
"""What a case is about; what a mentor is good at is told in the same words."""
SKILLS = tuple(topic for topic in TOPICS if topic != "other")
RULES: Mapping[str, object] = {
    "dormant": _l("Tidak dipakai 30 hari"),
    "setup_stuck": _l("Penyiapan terhenti 14 hari"),
    "index_fell": _l("Indeks kesiapan turun 10 poin"),
    "task_overdue": _l("Tugas pelatihan terlambat"),
}
ORIGINS: Mapping[str, object] = {
    "village": _l("Diminta desa"),
    "hand": _l("Dibuka petugas"),
    "rule": _l("Dibuka aturan"),
}
KINDS: Mapping[str, object] = {
    "opened": _l("membuka kasus"),
    "state": _l("mengubah keadaan"),
    "priority": _l("mengubah prioritas"),
    "assigned": _l("menyerahkan kasus"),
    "handed_over": _l("menyerahterimakan kasus"),
    "escalated": _l("menaikkan kasus"),
    "solved": _l("menyatakan selesai"),
    "closed": _l("menutup kasus"),
    "reopened": _l("membuka lagi kasus"),
    "reason_over": _l("alasannya sudah tidak ada"),
    "visited": _l("berkunjung ke desa"),
    "note": _l("catatan petugas"),
    "message": _l("menulis"),
}
"""What the lines of a case are, said after the name of who wrote them."""

RESPOND: Mapping[str, dt.timedelta] = {
    "urgent": dt.timedelta(days=1),
    "high": dt.timedelta(days=2),
    "normal": dt.timedelta(days=3),
    "low": dt.timedelta(days=7),
}
"""Until when somebody of the programme has to answer, after the case was opened."""
SOLVE: Mapping[str, dt.timedelta] = {
    "urgent": dt.timedelta(days=3),
    "high": dt.timedelta(days=7),
    "normal": dt.timedelta(days=14),
    "low": dt.timedelta(days=30),
}
"""Until when it has to be solved."""

_OF_CAPABILITY: Mapping[str, str] = {
    "accounts": "accounts",
    "residents": "residents",
    "letters": "letters",
    "selfservice": "services",
    "complaints": "services",
    "service": "services",
    "site": "site",
    "village": "setup",
    "indicators": "figures",
    "training_participants": "training",
    "training_learning": "training",
}


def state_said(state: str) -> Said:
    """A case's state."""
    return STATES[state]


def priority_said(priority: str) -> Said:
    """A case's priority."""
    return PRIORITIES[priority]


def level_said(level: int) -> Said:
    """Who has to see to a case."""
    return LEVELS[level]


def topic_word(topic: str) -> object:
    """What a case is about; a topic that is known no more is called as the others are."""
    return TOPICS.get(topic, TOPICS["other"])


def kind_word(kind: str) -> object:
    """What a line of a case tells."""
    return KINDS.get(kind, kind)


def origin_word(origin: str, rule: str | None) -> str:
    """Where a case comes from: the rule that opened it, or who did."""
    return str(RULES.get(rule or "", ORIGINS.get(origin, origin)))


def topic_of(capability: str) -> str:
    """The topic of a question that was asked on a page of a capability."""
    return _OF_CAPABILITY.get(capability, "other")


def deadlines(priority: str, opened: dt.datetime) -> tuple[dt.datetime, dt.datetime]:
    """Until when a case of this priority is answered, and until when it is solved."""
    return opened + RESPOND[priority], opened + SOLVE[priority]


def hours_word(hours: float | None) -> str:
    """A length of time as people say it: hours below two days, days above; a dash for none."""
    if hours is None:
        return "–"
    if hours < 1:
        return str(_("kurang dari 1 jam"))
    if hours < 48:
        return str(_("%(count)s jam", count=round(hours)))
    return str(_("%(count)s hari", count=round(hours / 24)))
