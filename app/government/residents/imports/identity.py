"""Whether a row really means the person whom its number names, and what an import says of those who move.

A wrong digit in a NIK leads to somebody else. Names are compared as people write them: case, points, titles, old
spelling, abbreviations and a slip of one letter are no difference.
"""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Any

from flask_babel import gettext as _

from app.core.ui.formats import date as spoken_date
from app.government.residents import codes
from app.government.residents.imports.known import KnownPerson, Register
from app.government.residents.register.rules import Finding

if TYPE_CHECKING:
    from app.government.residents.imports.planning import Line

IDENTITY = frozenset({"other_name", "other_birth_date", "other_sex"})
"""Codes of warnings that are accepted for each row by itself."""
_TITLES = frozenset((
    "alm", "almarhum", "almarhumah", "amd", "amk", "ba", "bin", "binti", "bsc", "dr", "dra", "drg", "drs",
    "h", "hajah", "haji", "hj", "ir", "kh", "mag", "mh", "mkes", "mm", "mp", "mpd", "msc", "msi", "mt",
    "ny", "prof", "r", "ra", "raden", "rr", "sag", "sap", "se", "sei", "sh", "shi", "sip", "skep", "skm",
    "skom", "sos", "sp", "spd", "spdi", "spt", "ssi", "ssos", "sth", "tn", "ust", "ustad", "ustadz",
))  # fmt: skip
_SHORT = {
    **dict.fromkeys(("m", "md", "mhd", "moh", "moch", "mochamad", "mochammad", "mohamad", "mohammad", "mohammed",
                     "mohd", "muh", "muhamad", "muhamat", "muhammad"), "muhamad"),
    **dict.fromkeys(("abd", "abdul"), "abdul"),
    **dict.fromkeys(("akh", "ach", "achmad", "akhmad", "ahmad"), "ahmad"),
    **dict.fromkeys(("st", "siti"), "siti"),
}  # fmt: skip
_SPELLING = (("oe", "u"), ("dj", "j"), ("tj", "c"), ("sj", "sy"), ("ph", "f"), ("v", "f"), ("y", "i"))
_DOUBLE = re.compile(r"(.)\1+")
_LIKENESS = 0.8
_SHORTEST_LIKE = 5


def names_differ(one: str, other: str) -> bool:
    """Whether two names are clearly not one person's."""
    if one == other:
        return False
    first, second = _words(one), _words(other)
    if not first or not second:
        return first != second
    glued = "".join(first), "".join(second)
    if glued[0] == glued[1] or _one_letter_apart(*glued):
        return False
    few, many = sorted((first, second), key=len)
    left = list(many)
    for word in few:
        found = next((other for other in left if _same_word(word, other)), None)
        if found is None:
            return True
        left.remove(found)
    return False


def _words(name: str) -> list[str]:
    """The words of a name that tell people apart, each in one spelling."""
    before_titles = re.sub(r"[,;].*$", "", name.casefold())
    words = re.sub(r"[^a-z ]+", "", re.sub(r"[.\-/]", " ", before_titles)).split()
    kept = [word for word in words if word not in _TITLES] or words
    return [_spelt(_SHORT.get(word, word)) for word in kept]


def _spelt(word: str) -> str:
    for old, new in _SPELLING:
        word = word.replace(old, new)
    return _DOUBLE.sub(r"\1", word)


def _same_word(one: str, other: str) -> bool:
    short, long = sorted((one, other), key=len)
    if len(short) <= 3 and long.startswith(short):
        return True
    if _one_letter_apart(one, other):
        return True
    return len(short) >= _SHORTEST_LIKE and SequenceMatcher(None, one, other).ratio() >= _LIKENESS


def _one_letter_apart(one: str, other: str) -> bool:
    """Whether one letter was changed, left out, added or swapped with its neighbour; words of two letters are not."""
    if one == other:
        return True
    short, long = sorted((one, other), key=len)
    if len(long) - len(short) > 1 or len(short) < 3:
        return False
    start = 0
    while start < len(short) and short[start] == long[start]:
        start += 1
    if len(short) < len(long):
        return short[start:] == long[start + 1 :]
    rest, other_rest = short[start:], long[start:]
    return rest[1:] == other_rest[1:] or (rest[:2] == other_rest[1::-1] and rest[2:] == other_rest[2:])


def compare_identity(line: Line, person: KnownPerson) -> None:
    """Note what makes it doubtful that the row means this person: an error, or warnings for the row by itself."""
    name, born = line.changes.get("name"), line.changes.get("birth_date")
    other_name = name is not None and names_differ(*name)
    other_birth = born is not None and born[0] is not None
    if other_name and other_birth:
        line.errors.append(("nik", _(
            "NIK ini milik %(name)s yang lahir %(date)s; periksa NIK atau namanya.",
            name=person.row.name, date=spoken_date(born[0]))))  # type: ignore[index]  # fmt: skip
        return
    if other_name:
        line.doubts.append(_warning("name", "other_name", _(
            "Di buku penduduk NIK ini milik %(name)s. Pastikan orangnya sama.", name=person.row.name)))  # fmt: skip
    if other_birth:
        line.doubts.append(_warning("birth_date", "other_birth_date", _(
            "Di buku penduduk tanggal lahirnya %(date)s. Pastikan orangnya sama.",
            date=spoken_date(born[0]))))  # type: ignore[index]  # fmt: skip
    if "sex" in line.changes:
        line.doubts.append(_warning("sex", "other_sex", _(
            "Di buku penduduk jenis kelaminnya %(sex)s. Pastikan orangnya sama.",
            sex=codes.word("sex", person.row.sex).lower())))  # fmt: skip


def compare_place(line: Line, person: KnownPerson, register: Register) -> None:
    """Warn of somebody who moves to another household or area: that is better recorded as what happened."""
    if "household_id" in line.changes and person.row.household_id is not None:
        line.doubts.append(_warning("household_id", "moved_household", _(
            "Pindah keluarga lewat impor tercatat sebagai koreksi; sebaiknya dicatat sebagai peristiwa.")))  # fmt: skip
        return
    area = person.row.sub_area_id
    if (
        "sub_area_id" in line.changes
        and area is not None
        and not register.areas.is_within(line.area[0], area)
    ):
        line.doubts.append(_warning("sub_area_id", "moved_area", _(
            "Pindah wilayah lewat impor tercatat sebagai koreksi; sebaiknya dicatat sebagai peristiwa.")))  # fmt: skip


def doubt_key(line: Line) -> str:
    """What a person accepts who ticks a row: this resident as they stand, and these doubts; empty without doubts."""
    found = sorted(doubt.code for doubt in line.doubts if doubt.code in IDENTITY)
    if not found or line.person is None:
        return ""
    return f"{line.person.id}:{line.person.row.row_version}:{','.join(found)}"


def _warning(field: str, code: str, sentence: Any) -> Finding:
    return Finding("warning", field, code, str(sentence))
