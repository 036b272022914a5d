"""What an indicator is, in words: its pillar, direction, span, how villages add up, how it was counted before."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import gettext as _

from app.core.indicators.declarations import Indicator
from app.core.indicators.models import IndicatorVersion
from app.core.ui.formats import current_locale_code, number
from app.province import wording
from app.province.explorer.changes import month_name

PILLARS = ("government", "economy", "people", "adoption")


def pillar_name(pillar: str) -> str:
    """What a pillar is called."""
    return {
        "government": str(_("Pemerintahan")),
        "economy": str(_("Ekonomi")),
        "people": str(_("Masyarakat")),
        "adoption": str(_("Pemanfaatan")),
    }[pillar]


def direction_words(one: Indicator) -> str:
    """Which way is better, in a sentence."""
    return {
        "higher": str(_("Makin tinggi makin baik.")),
        "lower": str(_("Makin rendah makin baik.")),
        "neutral": str(_("Tidak ada arah yang lebih baik; urutannya hanya menurut besarnya.")),
    }[one.direction]


def span_words(one: Indicator) -> str:
    """Whether it holds now or counts a month."""
    if one.period == "flow":
        return str(_("Dihitung selama satu bulan."))
    return str(_("Keadaan pada saat dihitung."))


def rollup_words(one: Indicator) -> str:
    """How villages add up to a region."""
    return {
        "sum": str(_("Angka wilayah ialah jumlah angka desanya.")),
        "ratio": str(_("Angka wilayah ialah perbandingan dari jumlah-jumlahnya, bukan rata-rata persennya.")),
        "max": str(_("Angka wilayah ialah yang terbesar dari desanya.")),
        "histogram": str(_("Angka wilayah ialah nilai tengah dari semua kejadian di desanya.")),
    }[one.rollup]


def definition_pairs(one: Indicator) -> list[dict[str, str]]:
    """What is counted and how, as pairs."""
    pairs = [
        (_("Yang dihitung"), wording.definition(one) or wording.label(one)),
        (_("Satuan"), wording.unit_words(one)),
        (_("Kapan"), span_words(one)),
        (_("Di wilayah"), rollup_words(one)),
        (_("Arah"), direction_words(one)),
        (_("Kode"), one.code),
        (_("Versi definisi"), number(one.version)),
    ]
    if one.sensitive:
        kept = _("Jumlah di bawah 5 tidak disebut, begitu pula angka yang dapat membocorkannya.")
        pairs.append((_("Perlindungan"), kept))
    return [{"label": str(label), "value": str(value)} for label, value in pairs]


def version_pairs(versions: Sequence[IndicatorVersion]) -> list[dict[str, str]]:
    """The definitions over time, newest first."""
    language = "definition_en" if current_locale_code() == "en" else "definition"
    pairs = []
    for one in reversed(versions):
        since = _("Versi %(version)s, sejak %(month)s", version=one.version, month=month_name(one.holds_from))
        told = one.definition.get(language) or one.definition.get("definition") or "–"
        pairs.append({"label": str(since), "value": str(told)})
    return pairs
