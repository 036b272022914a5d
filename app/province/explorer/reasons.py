"""Why a place has no rank: hidden, not told, not yet on the platform."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.province import states, wording
from app.province.explorer.ranking import Line
from app.province.figures import VILLAGE


def reason_apart(line: Line) -> str:
    """Why this place has no rank, in a sentence."""
    figure, place = line.figure, line.place
    if figure.is_hidden:
        return wording.hidden_reason(figure)
    if not figure.is_missing:
        return str(_("Jumlah penduduknya belum ada, jadi tidak dapat dibagi."))
    if place.level != VILLAGE:
        return str(_("Belum ada desa yang menyampaikan angka ini."))
    if place.software:
        return str(_("%(name)s belum mengirim angka ini.", name=place.software))
    if place.state not in states.LIVE:
        return str(
            _("Belum memakai Siger: %(state)s.", state=str(states.words(place.state or "").label).lower())
        )
    return str(_("Memakai Siger, tetapi belum ada angka untuk bulan ini."))


def count_groups(lines: Iterable[Line]) -> list[tuple[str, int]]:
    """The same in a few words, with how many places it is true of, the most frequent first.

    The words are looked up once for each reason: a province has thousands of places.
    """
    counts = Counter(_group(line) for line in lines)
    return [(str(_GROUPS[group]), count) for group, count in counts.most_common()]


_GROUPS = {
    "hidden": _l("disembunyikan"),
    "no_population": _l("tanpa jumlah penduduk"),
    "no_figure": _l("tanpa angka"),
    "not_sent": _l("sistem lain belum mengirim"),
    "not_live": _l("belum memakai Siger"),
    "not_yet": _l("belum ada angkanya"),
}


def _group(line: Line) -> str:
    figure, place = line.figure, line.place
    if figure.is_hidden:
        return "hidden"
    if not figure.is_missing:
        return "no_population"
    if place.level != VILLAGE:
        return "no_figure"
    if place.software:
        return "not_sent"
    return "not_yet" if place.state in states.LIVE else "not_live"
