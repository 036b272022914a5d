"""How kinds and states of events, pillars and days are said, with the tones of their tags."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.core.ui.formats import ZONE, date


@dataclass(frozen=True, slots=True)
class Said:
    """Words and tone of a tag."""

    label: object
    tone: str


KINDS: Mapping[str, object] = {
    "bimtek": _l("Bimbingan teknis"),
    "socialisation": _l("Sosialisasi"),
    "cadre_training": _l("Pelatihan kader"),
    "study_visit": _l("Kunjungan belajar"),
}
STATES: Mapping[str, Said] = {
    "draft": Said(_l("Draf"), "neutral"),
    "open": Said(_l("Dibuka"), "info"),
    "done": Said(_l("Selesai"), "success"),
    "cancelled": Said(_l("Dibatalkan"), "error"),
}
PILLARS: Mapping[str, object] = {
    "government": _l("Pemerintahan digital"),
    "economy": _l("Ekonomi desa"),
    "people": _l("Warga cerdas"),
    "adoption": _l("Penerapan Siger"),
}

COSTS: Mapping[str, object] = {
    "meals": _l("Konsumsi"),
    "speakers": _l("Honor narasumber"),
    "travel": _l("Perjalanan"),
    "venue": _l("Tempat dan peralatan"),
    "material": _l("Bahan dan cetakan"),
    "other": _l("Lainnya"),
}


def kind_word(kind: str) -> object:
    """An event's kind in words."""
    return KINDS[kind]


def state_said(state: str) -> Said:
    """How an event's state is said."""
    return STATES[state]


def pillar_word(pillar: str) -> object:
    """A session's pillar in words."""
    return PILLARS[pillar]


def cost_word(category: str) -> object:
    """What a cost is for, in words; one that is not known any more is called as the others are."""
    return COSTS.get(category, COSTS["other"])


def days(first: dt.date, last: dt.date) -> str:
    """The days of an event as people write them: `10–12 Oktober 2024`."""
    if first == last:
        return date(first)
    if first.year != last.year:
        return f"{date(first)} – {date(last)}"
    if first.month != last.month:
        return f"{date(first).rsplit(' ', 1)[0]} – {date(last)}"
    return f"{first.day}–{date(last)}"


def hours(start: dt.datetime, end: dt.datetime) -> str:
    """The hours of a session in the province's time: `08.00–12.00 WIB`."""
    first, last = start.astimezone(ZONE), end.astimezone(ZONE)
    return str(_("%(first)s–%(last)s WIB", first=f"{first:%H.%M}", last=f"{last:%H.%M}"))
