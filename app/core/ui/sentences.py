"""What an API says when something is wrong: sentences of our own for each status, and for those of the libraries."""

from __future__ import annotations

import re
from typing import Any

from flask_babel import lazy_gettext as _l
from werkzeug.exceptions import HTTPException, default_exceptions

STATUSES: dict[int, object] = {
    400: _l("Permintaan ini tidak dapat dibaca."),
    401: _l("Kirim token API yang masih berlaku (Authorization: Bearer …)."),
    403: _l("Akun ini tidak diberi izin untuk hal ini."),
    404: _l("Tidak ada apa pun di alamat ini."),
    405: _l("Alamat ini tidak menerima cara permintaan ini."),
    406: _l("Bentuk jawaban yang diminta tidak tersedia."),
    409: _l("Ada perubahan lain yang mendahului."),
    412: _l("Orang lain sudah mengubahnya."),
    413: _l("Kiriman ini terlalu besar."),
    414: _l("Alamat permintaan ini terlalu panjang."),
    415: _l("Kirim isinya sebagai application/json."),
    422: _l("Ada isian yang tidak dapat diterima."),
    429: _l("Terlalu banyak permintaan dalam waktu singkat."),
    500: _l("Terjadi gangguan pada sistem kami."),
    503: _l("Layanan sedang tidak tersedia. Coba lagi beberapa menit lagi."),
}

_EXACT: dict[str, object] = {
    "Missing data for required field.": _l("Wajib diisi."),
    "Field may not be null.": _l("Tidak boleh null."),
    "Unknown field.": _l("Isian ini tidak dikenal."),
    "Invalid input type.": _l("Isi kiriman seharusnya objek JSON."),
    "Invalid type.": _l("Seharusnya objek JSON."),
    "Invalid JSON body.": _l("Isi kiriman bukan JSON yang sah."),
    "Invalid value.": _l("Nilai ini tidak sah."),
    "Invalid input.": _l("Nilai ini tidak sah."),
    "Not a valid string.": _l("Seharusnya teks."),
    "Not a valid utf-8 string.": _l("Seharusnya teks."),
    "Not a valid integer.": _l("Seharusnya bilangan bulat."),
    "Not a valid number.": _l("Seharusnya angka."),
    "Number too large.": _l("Angka ini terlalu besar."),
    "Special numeric values (nan or infinity) are not permitted.": _l("Seharusnya angka."),
    "Not a valid boolean.": _l("Seharusnya true atau false."),
    "Not a valid date.": _l("Seharusnya tanggal seperti 2026-11-22."),
    "Not a valid datetime.": _l("Seharusnya tanggal dan jam seperti 2026-11-22T02:14:00Z."),
    "Not a valid aware datetime.": _l("Seharusnya tanggal dan jam seperti 2026-11-22T02:14:00Z."),
    "Not a valid UUID.": _l("Seharusnya UUID."),
    "Not a valid list.": _l("Seharusnya daftar."),
    "Not a valid mapping type.": _l("Seharusnya objek JSON."),
    "Not a valid email address.": _l("Alamat surel ini tidak lengkap. Contoh: balai@desa.id."),
    "String does not match expected pattern.": _l("Bentuk tulisan ini tidak sesuai."),
}

_PATTERNS: tuple[tuple[re.Pattern[str], object], ...] = (
    (
        re.compile(r"Must be greater than or equal to (?P<least>\S+) and less than or equal to (?P<most>\S+)\."),
        _l("Seharusnya dari %(least)s sampai %(most)s."),
    ),
    (re.compile(r"Must be greater than or equal to (?P<least>\S+)\."), _l("Paling sedikit %(least)s.")),
    (re.compile(r"Must be less than or equal to (?P<most>\S+)\."), _l("Paling banyak %(most)s.")),
    (re.compile(r"Must be one of: (?P<choices>.+)\."), _l("Seharusnya salah satu dari: %(choices)s.")),
    (re.compile(r"Shorter than minimum length (?P<least>\d+)\."), _l("Terlalu pendek: paling sedikit %(least)s.")),
    (re.compile(r"Longer than maximum length (?P<most>\d+)\."), _l("Terlalu panjang: paling banyak %(most)s.")),
    (
        re.compile(r"Length must be between (?P<least>\d+) and (?P<most>\d+)\."),
        _l("Panjangnya seharusnya dari %(least)s sampai %(most)s."),
    ),
)  # fmt: skip


def status_sentence(status: int) -> str:
    """What a status means, in the reader's language; empty for one that nothing is said about."""
    return str(STATUSES.get(status, ""))


def sentence_of(error: HTTPException) -> str:
    """What an error says: the view's own sentence, else ours of its status, never the library's."""
    library = default_exceptions.get(error.code or 500)
    said = str(error.description or "")
    is_default = library is not None and said == (library.description or "")
    own = status_sentence(error.code or 500)
    return own if own and (is_default or not said) else said


def in_our_words(sentence: object) -> str:
    """A sentence about a field in the reader's language; one that is ours already stays."""
    said = str(sentence)
    if said in _EXACT:
        return str(_EXACT[said])
    for pattern, words in _PATTERNS:
        found = pattern.fullmatch(said)
        if found:
            return str(words) % found.groupdict()
    return said


def by_field(wrong: dict[Any, Any]) -> dict[str, dict[str, list[str]]]:
    """What is wrong: location, then field (`_schema` for the whole), then sentences; always lists."""
    return {
        str(place): (
            {str(name): _sentences(inner) for name, inner in found.items()}
            if isinstance(found, dict)
            else {"_schema": _sentences(found)}
        )
        for place, found in wrong.items()
    }


def _sentences(found: Any) -> list[str]:
    if isinstance(found, dict):
        return [sentence for inner in found.values() for sentence in _sentences(inner)]
    if isinstance(found, list | tuple):
        return [sentence for inner in found for sentence in _sentences(inner)]
    return [in_our_words(found)]
