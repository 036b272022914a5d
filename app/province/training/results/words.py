"""Results in sentences that say no more than the numbers do."""

from __future__ import annotations

from flask_babel import gettext as _

from app.core.ui.formats import number
from app.province.readiness.indicators import INDEX
from app.province.readiness.presenting import change_words
from app.province.training.results import matching
from app.province.training.results.intervals import FEW, Estimate
from app.province.training.results.matching import Comparison


def unit_words(code: str) -> str:
    """What one of a measure is called."""
    return str(_("poin")) if code == INDEX else str(_("orang"))


def interval_words(found: Estimate | None) -> str:
    """The bounds of an interval: `−0,4 sampai +6,0`; a dash where there is none."""
    if found is None or found.low is None or found.high is None:
        return "–"
    return str(
        _(
            "%(low)s sampai %(high)s",
            low=change_words(_tenth(found.low)),
            high=change_words(_tenth(found.high)),
        )
    )


def _tenth(value: float) -> float:
    """To one decimal, and never a zero with a minus."""
    return round(value, 1) + 0.0


def signed(value: float | None) -> str:
    """A difference with its sign, in tenths."""
    return change_words(None if value is None else _tenth(value))


def gain_words(gain: Estimate | None) -> str:
    """What the two tests say together, with what they do not say."""
    if gain is None:
        return str(_("Belum ada peserta yang menjawab tes sebelum dan sesudah pelatihan yang sama."))
    if gain.is_few:
        return str(
            _(
                "Baru %(count)s orang yang menjawab kedua tes, dengan selisih rata-rata %(mean)s poin. Itu terlalu "
                "sedikit (kurang dari %(few)s) untuk ditarik kesimpulan.",
                count=number(gain.count), mean=signed(gain.mean), few=FEW,
            )
        )  # fmt: skip
    said = {"count": number(gain.count), "mean": signed(gain.mean), "interval": interval_words(gain)}
    if not gain.is_clear:
        return str(
            _(
                "%(count)s orang menjawab kedua tes. Selisih rata-ratanya %(mean)s poin, tetapi selang kepercayaan "
                "95%% (%(interval)s) memuat nol: belum dapat dibedakan dari kebetulan.", **said,
            )
        )  # fmt: skip
    return str(
        _(
            "%(count)s orang menjawab kedua tes. Nilai mereka berubah rata-rata %(mean)s poin dari 100 (selang "
            "kepercayaan 95%%: %(interval)s). Yang diukur ialah pengetahuan segera sesudah pelatihan, bukan apa yang "
            "kemudian dikerjakan di desa.", **said,
        )
    )  # fmt: skip


def effect_words(code: str, found: Comparison) -> str:
    """What a comparison says, with what it does not say."""
    effect, unit = found.effect, unit_words(code)
    if effect is None:
        return str(_("Belum ada desa yang dapat dibandingkan."))
    if effect.is_few:
        return str(
            _(
                "Hanya %(count)s desa yang dapat dibandingkan. Itu terlalu sedikit (kurang dari %(few)s): selisih "
                "%(mean)s %(unit)s ini belum berarti apa-apa.",
                count=number(effect.count), few=FEW, mean=signed(effect.mean), unit=unit,
            )
        )  # fmt: skip
    said = {
        "count": number(effect.count), "mean": number(abs(_tenth(effect.mean)), 1), "unit": unit,
        "interval": interval_words(effect), "months": found.horizon,
    }  # fmt: skip
    if not effect.is_clear:
        return str(
            _(
                "Sesudah %(months)s bulan, %(count)s desa yang dilatih berubah hampir sama dengan pembandingnya: "
                "selisih %(mean)s %(unit)s, dan selang kepercayaannya (%(interval)s) memuat nol. Dari angka ini tidak "
                "dapat dikatakan bahwa pelatihan membawa perubahan, dan juga tidak bahwa pelatihan sia-sia.",
                **{**said, "mean": signed(effect.mean)},
            )
        )  # fmt: skip
    if effect.mean > 0:
        return str(
            _(
                "Sesudah %(months)s bulan, %(count)s desa yang dilatih naik %(mean)s %(unit)s lebih banyak daripada "
                "pembandingnya (selang kepercayaan 95%%: %(interval)s). Ini hubungan, belum bukti sebab.", **said,
            )
        )  # fmt: skip
    return str(
        _(
            "Sesudah %(months)s bulan, %(count)s desa yang dilatih tertinggal %(mean)s %(unit)s dari pembandingnya "
            "(selang kepercayaan 95%%: %(interval)s). Bisa jadi yang diundang justru desa yang sedang kesulitan.",
            **said,
        )
    )  # fmt: skip


def earlier_words(code: str, found: Comparison) -> str:
    """Whether trained villages were on another way before they were trained; empty where nothing can be said."""
    earlier = found.earlier
    if earlier is None or earlier.is_few or found.effect is None:
        return ""
    said = {
        "months": found.horizon, "mean": signed(earlier.mean), "unit": unit_words(code),
        "interval": interval_words(earlier),
    }  # fmt: skip
    if earlier.is_clear:
        return str(
            _(
                "Hati-hati: dalam %(months)s bulan sebelum pelatihan pun keduanya sudah berjalan berbeda (%(mean)s "
                "%(unit)s; %(interval)s). Selisih sesudahnya bisa jadi kelanjutan dari itu.", **said,
            )
        )  # fmt: skip
    return str(
        _(
            "Pemeriksaan: dalam %(months)s bulan sebelum pelatihan keduanya berjalan hampir sama (selisih %(mean)s "
            "%(unit)s; %(interval)s).", **said,
        )
    )  # fmt: skip


def left_out_words(found: Comparison) -> list[str]:
    """Which trained villages are not compared, and why."""
    reasons = {
        matching.EARLY: _("dilatih sebelum ada angka untuk dibandingkan"),
        matching.RECENT: _("dilatih kurang dari %(months)s bulan penuh yang lalu", months=found.horizon),
        matching.UNTOLD: _("angkanya sebelum atau sesudah pelatihan tidak ada"),
        matching.ALONE: _("tidak ada desa sejenis yang belum dilatih dan setara di kabupaten yang sama"),
    }
    return [
        str(_("%(count)s desa: %(reason)s", count=number(found.left_out[key]), reason=reason))
        for key, reason in reasons.items()
        if found.left_out.get(key)
    ]
