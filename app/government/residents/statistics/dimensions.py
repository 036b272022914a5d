"""By what the population is counted: columns of a resident, their words, and who may see them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.government.residents import codes

BAND_YEARS = 5
LAST_BAND = 15
"""Bands of five years, 0 to 14; the last one holds everybody of 75 and older."""
TOP_OCCUPATIONS = 12


@dataclass(frozen=True, slots=True)
class Dimension:
    """One way to count: `key` is the column, `words` its list. `health` ones need residents.view_health."""

    key: str
    label: object
    words: Mapping[int, object]
    health: bool = False
    public: bool = True
    most: int | None = None
    """Only so many of the largest categories are named; the others are one."""


DIMENSIONS = (
    Dimension("education", _l("Pendidikan pada KK"), codes.EDUCATION),
    Dimension("schooling", _l("Pendidikan yang sedang ditempuh"), codes.SCHOOLING, public=False),
    Dimension("occupation", _l("Pekerjaan"), codes.OCCUPATION, most=TOP_OCCUPATIONS),
    Dimension("religion", _l("Agama"), codes.RELIGION),
    Dimension("marital_status", _l("Status perkawinan"), codes.MARITAL_STATUS),
    Dimension("blood_type", _l("Golongan darah"), codes.BLOOD_TYPE),
    Dimension("disability", _l("Disabilitas"), codes.DISABILITY, health=True, public=False),
    Dimension("insurance", _l("Jaminan kesehatan"), codes.INSURANCE),
    Dimension("residence_status", _l("Status tinggal"), codes.RESIDENCE_STATUS, public=False),
    Dimension("nationality", _l("Kewarganegaraan"), codes.NATIONALITY, public=False),
)


def band_words(band: int | None) -> str:
    """`0–4`, `75+`, or that the birth date is not known."""
    if band is None:
        return str(_("Tidak diketahui"))
    first = band * BAND_YEARS
    return f"{first}+" if band >= LAST_BAND else f"{first}–{first + BAND_YEARS - 1}"
