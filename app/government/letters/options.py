"""What a village chose for its letters: how numbers are written, what it promises, how it signs."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.core.village.options import options_of

CAPABILITY = "letters"
DEFAULT_PATTERN = "{classification}/{sequence:03}/{village_code_tail}/{roman_month}/{year}"
"""Domain: letters, e.g. `474/012/2006/XI/2026`."""
DEFAULT_TYPE_PATTERN = "{classification}/{sequence:03}/{type_code}/{village_code_tail}/{roman_month}/{year}"
"""Where each type is counted by itself: many types share a classification, so the type is part of the number."""
NO_TYPE = "umum"
"""What stands for the type in the number of a letter that was written elsewhere."""
RESERVED_CODES = frozenset(("incoming", "paper", "paper_book", "paper-book", NO_TYPE))
"""Names of counters, and of letters without a type: no letter type is called so."""
PLACEHOLDERS = {
    "classification": _l("kode klasifikasi"),
    "sequence": _l("nomor urut; {sequence:03} menulis 012"),
    "village_code_tail": _l("empat angka terakhir kode wilayah"),
    "village_code": _l("kode wilayah lengkap"),
    "roman_month": _l("bulan dengan angka Romawi"),
    "month": _l("bulan dengan angka; {month:02} menulis 03"),
    "year": _l("tahun"),
    "year_short": _l("dua angka terakhir tahun"),
    "type_code": _l("kode jenis surat"),
}
"""What a number pattern may hold."""
WITH_WIDTH = ("sequence", "month")
SCOPES = ("village", "type")
SIGNINGS = ("wet", "local", "bsre")
PAPERS = ("F4", "A4")
LONGEST_PATTERN = 100
ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII")
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_INSIDE = re.compile(r"([a-z_]+)(?::0?([1-9]))?")


@dataclass(frozen=True, slots=True)
class LetterOptions:
    """A village's choices.

    `number_scope`: `village` counts all letters together, `type` each type by itself. `first_numbers`: the first number
    of a year (the paper book goes on), by `scope/year` where scope is empty or a type's code. `promise_days`: working
    days from asking to issuing, `promise_by_type` where a type departs. `signing`: `wet`, `local` or `bsre`.
    """

    number_pattern: str = DEFAULT_PATTERN
    number_scope: str = "village"
    first_by_scope: Mapping[str, int] = field(default_factory=dict)
    promise_days: int = 1
    promise_by_type: Mapping[str, int] = field(default_factory=dict)
    signing: str = "wet"
    paper: str = "F4"
    service_note: str = ""

    @property
    def first_numbers(self) -> dict[int, int]:
        """The first numbers of years, of the count of the whole village."""
        return {int(key[1:]): first for key, first in self.first_by_scope.items() if key.startswith("/")}

    def first_number(self, scope: str, year: int) -> int:
        """The first number of a year, of the count of the village (scope empty) or of a type."""
        return self.first_by_scope.get(f"{scope}/{year}", 1)

    def promise_for(self, type_code: str) -> int:
        """Working days that the village promises for a type."""
        return self.promise_by_type.get(type_code, self.promise_days)


def letter_options() -> LetterOptions:
    """The choices of the present village: one small query."""
    return options_from(options_of(CAPABILITY))


def options_from(chosen: Mapping[str, Any]) -> LetterOptions:
    """Stored choices with defaults for what was never chosen, or can't be used any more."""
    usual = LetterOptions()
    pattern, scope = str(chosen.get("number_pattern") or ""), _known(chosen.get("number_scope"), SCOPES)
    fitting = usual.number_pattern if scope == "village" else DEFAULT_TYPE_PATTERN
    return LetterOptions(
        number_pattern=pattern if pattern and not pattern_fault(pattern, scope) else fitting,
        number_scope=scope,
        first_by_scope=_whole_numbers(chosen.get("first_by_scope")),
        promise_days=_whole_numbers({"": chosen.get("promise_days")}).get("", usual.promise_days),
        promise_by_type=_whole_numbers(chosen.get("promise_by_type")),
        signing=_known(chosen.get("signing"), SIGNINGS),
        paper=_known(chosen.get("paper"), PAPERS),
        service_note=str(chosen.get("service_note") or ""),
    )


def pattern_fault(pattern: str, scope: str = "village") -> str:
    """A sentence for what is wrong with a number pattern; empty when nothing is.

    Args:
        scope: of SCOPES, how letters are counted: numbers of different counts must be told apart.
    """
    if len(pattern) > LONGEST_PATTERN:
        return str(_("Pola nomor terlalu panjang: paling banyak %(most)s huruf.", most=LONGEST_PATTERN))
    if not pattern.isprintable():
        return str(_("Pola nomor memuat tanda yang tidak terlihat. Hapus, lalu ketik ulang polanya."))
    names = []
    for found in _PLACEHOLDER.finditer(pattern):
        inside = _INSIDE.fullmatch(found[1])
        if inside is None or inside[1] not in PLACEHOLDERS:
            return str(
                _(
                    "Pola nomor memuat %(part)s yang tidak dikenal. Pakai salah satu yang tertulis di bawah isian ini.",
                    part=found[0],
                )
            )
        if inside[2] and inside[1] not in WITH_WIDTH:
            return str(_("%(part)s tidak dapat diberi banyak angka.", part=found[0]))
        names.append(inside[1])
    if re.search(r"[{}]", _PLACEHOLDER.sub("", pattern)):
        return str(_("Ada kurung kurawal yang tidak berpasangan di pola nomor."))
    if "sequence" not in names:
        return str(_("Pola nomor harus memuat {sequence}: tanpa nomor urut, dua surat akan bernomor sama."))
    if "year" not in names and "year_short" not in names:
        return str(
            _(
                "Pola nomor harus memuat {year} atau {year_short}: nomor urut mulai dari awal setiap tahun, "
                "jadi tanpa tahun dua surat akan bernomor sama."
            )
        )
    if scope == "type" and "type_code" not in names:
        return str(
            _(
                "Setiap jenis surat dinomori sendiri, jadi pola nomor harus memuat {type_code}: "
                "tanpa kode jenis, dua surat akan bernomor sama."
            )
        )
    return ""


def number_of(
    pattern: str,
    *,
    sequence: int,
    day: dt.date,
    classification: str = "",
    village_code: str = "",
    type_code: str = "",
) -> str:
    """A letter's number, e.g. `474/012/2006/XI/2026`.

    Args:
        pattern: one without `pattern_fault`. sequence: from 1. day: the letter's date.
        village_code: 18.06.20.2006; its last group is the tail.
    """
    parts: dict[str, str | int] = {
        "classification": classification,
        "sequence": sequence,
        "village_code_tail": village_code.rpartition(".")[2],
        "village_code": village_code,
        "roman_month": ROMAN[day.month - 1],
        "month": day.month,
        "year": str(day.year),
        "year_short": f"{day.year % 100:02d}",
        "type_code": type_code or NO_TYPE,
    }

    def written(found: re.Match[str]) -> str:
        inside = _INSIDE.fullmatch(found[1])
        assert inside is not None
        value = parts[inside[1]]
        return f"{value:0{inside[2] or 1}d}" if isinstance(value, int) else value

    return _PLACEHOLDER.sub(written, pattern)


def _known(value: object, choices: tuple[str, ...]) -> str:
    return str(value) if value in choices else choices[0]


def _whole_numbers(values: object) -> dict[str, int]:
    if not isinstance(values, Mapping):
        return {}
    return {str(key): value for key, value in values.items() if isinstance(value, int) and value > 0}
