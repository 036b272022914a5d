"""Why a place has no rank: hidden, not told, not yet on the platform."""

from __future__ import annotations

from flask_babel import gettext as _

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


def reason_group(line: Line) -> str:
    """The same in a few words, for counting."""
    figure, place = line.figure, line.place
    if figure.is_hidden:
        return str(_("disembunyikan"))
    if not figure.is_missing:
        return str(_("tanpa jumlah penduduk"))
    if place.level != VILLAGE:
        return str(_("tanpa angka"))
    if place.software:
        return str(_("sistem lain belum mengirim"))
    if place.state not in states.LIVE:
        return str(_("belum memakai Siger"))
    return str(_("belum ada angkanya"))
