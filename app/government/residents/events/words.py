"""A deed and its months in words, as confirmations and lists say them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from babel.dates import format_date
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _

from app.core.ui.formats import date as spoken_date
from app.government.residents import codes
from app.government.residents.events import kinds

MOST_NAMES = 3


def spoken_month(month: dt.date) -> str:
    """A month in words: `November 2026`."""
    return format_date(month, "MMMM y", locale=get_locale() or "id")


def spoken_names(names: Sequence[str], count: int | None = None) -> str:
    """Up to three names and how many others: `SITI AMINAH, BUDI, dan 2 orang lain`."""
    total = len(names) if count is None else count
    shown = list(names[:MOST_NAMES])
    rest = total - len(shown)
    if rest > 0:
        others = ngettext("%(count)s orang lain", "%(count)s orang lain", rest, count=rest)
        return str(_("%(names)s, dan %(others)s", names=", ".join(shown), others=others) if shown else others)
    if len(shown) < 2:
        return "".join(shown)
    return str(_("%(names)s dan %(last)s", names=", ".join(shown[:-1]), last=shown[-1]))


def sentence(kind: str, names: str, happened_on: dt.date) -> str:
    """What was recorded, in one sentence."""
    said: dict[str, Any] = {"names": names, "date": spoken_date(happened_on)}
    known = {
        "opening": _("%(names)s dimasukkan sebagai saldo awal pada %(date)s.", **said),
        "birth": _("%(names)s lahir pada %(date)s.", **said),
        "death": _("%(names)s meninggal pada %(date)s.", **said),
        "move_out": _("%(names)s pindah keluar pada %(date)s.", **said),
        "move_in": _("%(names)s datang pada %(date)s.", **said),
        "handed_over": _("%(names)s beralih ke desa lain pada %(date)s.", **said),
        "taken_over": _("%(names)s beralih dari desa lain pada %(date)s.", **said),
        "missing": _("%(names)s tercatat hilang sejak %(date)s.", **said),
        "left": _("%(names)s tercatat pergi tanpa kabar sejak %(date)s.", **said),
        "return": _("%(names)s kembali pada %(date)s.", **said),
        "move_area": _("%(names)s pindah tempat tinggal di dalam wilayah pada %(date)s.", **said),
        "split": _("%(names)s membentuk keluarga baru pada %(date)s.", **said),
        "merge": _("%(names)s masuk ke keluarga lain pada %(date)s.", **said),
        "dissolve": _("Keluarga %(names)s dibubarkan pada %(date)s.", **said),
        "change_head": _("%(names)s menjadi kepala keluarga pada %(date)s.", **said),
        "change_residence": _("Status tinggal %(names)s berubah pada %(date)s.", **said),
        "change_nationality": _("Kewarganegaraan %(names)s berubah pada %(date)s.", **said),
        "correction": _("Data %(names)s diperbaiki pada %(date)s.", **said),
        "reversal": _("Peristiwa tentang %(names)s pada %(date)s dibatalkan.", **said),
    }
    return str(known.get(kind, f"{kinds.kind_word(kind)}: {names}"))


def detail_lines(
    details: Mapping[str, Any], private: Mapping[str, Any] | None = None
) -> list[tuple[str, str]]:
    """(label, value) of what a line keeps besides the days; `private` where its reader may see it."""
    found: list[tuple[str, Any]] = [
        (_("Tempat kelahiran"), _word(kinds.BIRTH_SITE, details.get("site"))),
        (_("Penolong kelahiran"), _word(kinds.BIRTH_HELPER, details.get("helper"))),
        (_("Tempat meninggal"), details.get("place")),
        (_("Yang menerangkan"), _word(kinds.DEATH_DETERMINED_BY, details.get("determined_by"))),
        (_("Sebab kematian"), _word(kinds.DEATH_CAUSE, (private or {}).get("cause"))),
        (_("Pindah ke"), _word(codes.MOVE_TARGET, details.get("target"))),
        (_("Alamat tujuan"), details.get("destination")),
        (_("Asal"), details.get("origin")),
        (_("Maksud kedatangan"), details.get("purpose")),
        (_("Alasan"), details.get("reason")),
        (_("Nomor keputusan"), details.get("decree")),
        (_("Keterangan"), details.get("remark")),
        (
            _("Peristiwa yang dibatalkan"),
            kinds.kind_word(details["reversed"]) if details.get("reversed") else "",
        ),
        (_("Catatan"), details.get("note")),
    ]
    return [(label, str(value)) for label, value in found if value not in (None, "")]


def _word(known: Mapping[int, object], code: int | None) -> str:
    return str(known[code]) if code is not None and code in known else ""
