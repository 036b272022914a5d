"""From what people and files write to a code: numbers, the lists' Indonesian words, and the usual short forms."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from flask_babel import force_locale

from app.government.residents import codes

_USUAL: dict[str, dict[str, int]] = {
    "sex": {"l": 1, "lk": 1, "pria": 1, "laki laki": 1, "laki": 1, "p": 2, "pr": 2, "wanita": 2},
    "religion": {
        "protestan": 2, "kristen protestan": 2, "katolik": 3, "kristen katolik": 3, "kristen katholik": 3,
        "buddha": 5, "konghucu": 6, "khong hucu": 6, "kepercayaan": 7, "lainnya": 7,
        "kepercayaan terhadap tuhan yme": 7,
    },
    "marital_status": {
        "bk": 1, "b": 1, "k": 2, "kawin tercatat": 2, "kawin belum tercatat": 2, "ch": 3, "cerai hidup tercatat": 3,
        "cerai hidup belum tercatat": 3, "cm": 4,
    },
    "relation": {"kepala keluarga": 1, "kk": 1, "ayah": 7, "ibu": 7, "orangtua": 7, "pembantu rumah tangga": 10},
    "education": {
        "tidak belum sekolah": 1, "belum sekolah": 1, "tidak sekolah": 1, "belum tamat sd sederajat": 2,
        "tamat sd sederajat": 3, "sd": 3, "sltp sederajat": 4, "smp": 4, "slta sederajat": 5, "sma": 5, "smk": 5,
        "diploma i ii": 6, "d1": 6, "d2": 6, "akademi diploma iii sarjana muda": 7, "d3": 7, "diploma iv strata i": 8,
        "d4": 8, "s1": 8, "strata i": 8, "s2": 9, "s3": 10,
    },
    "schooling": {
        f"sedang {word} sederajat": code for word, code in (("tk", 2), ("sd", 4), ("sltp", 6), ("slta", 7))
    },
    "blood_type": {"tidak diketahui": 13},
    "nationality": {"indonesia": 1, "warga negara indonesia": 1, "asing": 2, "warga negara asing": 2},
    "disability": {"cacat fisik": 1, "cacat netra buta": 2, "cacat rungu wicara": 3, "cacat mental jiwa": 4,
                   "cacat fisik dan mental": 5, "cacat lainnya": 6, "tidak ada": 7},
    "card": {"ktp": 2, "ktp elektronik": 2, "e ktp": 2, "belum ktp": 1},
    "vital_status": {"meninggal": 2, "wafat": 2},
    "occupation": {
        "belum tidak bekerja": 1, "tidak bekerja": 1, "belum bekerja": 1, "ibu rumah tangga": 2, "irt": 2, "pelajar": 3,
        "mahasiswa": 3, "pegawai negeri sipil": 5, "pns asn": 5, "asn": 5, "tentara nasional indonesia": 6,
        "kepolisian ri": 7, "petani": 9, "pekebun": 9, "nelayan": 11, "perikanan": 11, "buruh tani": 20,
        "ustadz mubaligh": 45,
    },
}  # fmt: skip
"""Short forms and spellings of registers beside the lists' own words, already bare (see `_bare`)."""


def code_of(column: str, value: Any) -> int | None:
    """The code that a value means in the list of `column`; None for one that the list does not know.

    `value`: a code, digits (a workbook's 1.0 too), the list's Indonesian word in any case and punctuation, or a usual
    short form (L, P, BK, CH, S1 …).
    """
    if isinstance(value, bool):
        return None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    known = codes.LISTS[column]
    if isinstance(value, int):
        return value if value in known else None
    return _code_of_text(column, str(value).strip())


@lru_cache(maxsize=4096)
def _code_of_text(column: str, text: str) -> int | None:
    known = codes.LISTS[column]
    number = re.fullmatch(r"0*([0-9]{1,3})(?:[.,]0+)?", text)
    if number:
        return int(number[1]) if int(number[1]) in known else None
    return _words(column).get(_bare(text)) if len(text) <= 80 else None


@lru_cache(maxsize=64)
def _words(column: str) -> dict[str, int]:
    with force_locale("id"):
        own = {_bare(str(word)): code for code, word in codes.LISTS[column].items()}
    return {**_USUAL.get(column, {}), **own}


def _bare(text: str) -> str:
    """Lower case, with single spaces for everything but letters, digits and the signs of blood types."""
    return " ".join(re.sub(r"[^0-9a-z+\-]+|(?<=[a-z])-(?=[a-z0-9])", " ", text.casefold()).split())
