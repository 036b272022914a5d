"""Made-up values for previews: enough of everything, and nobody's."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from app.government.letters.types.kinds import Column, Field, LetterKind

SAMPLE_DAY = dt.date(2026, 11, 22)
NAMES = ("SITI AMINAH", "BUDI SANTOSO", "RATNA DEWI", "AHMAD FAUZI")


def sample_person(**known: Any) -> dict[str, Any]:
    """Somebody who does not exist, with the keys of `person_of`."""
    return {
        "id": "", "name": "SITI AMINAH", "nik": "1806206512900001", "kk": "1806200302150001", "head": "BUDI SANTOSO",
        "sex": "Perempuan", "birth_place": "Talang Padang", "birth_date": "1990-12-25", "religion": "Islam",
        "occupation": "Petani/pekebun", "marital_status": "Kawin", "nationality": "WNI", "education": "SLTA",
        "blood_type": "O", "relation": "Istri", "father_name": "AHMAD FAUZI", "mother_name": "RATNA DEWI",
        "street": "Jalan Raya Nomor 12", "rt": "001", "rw": "002", "sub_area": "Dusun I",
        "address": "Jalan Raya Nomor 12, RT 001, RW 002, Dusun I", "vital_status": 1, "vital_on": "", **known,
    }  # fmt: skip


def sample_values(kind: LetterKind) -> dict[str, Any]:
    """A value for every field of a kind, as its schema loads them."""
    return {field.name: _value(field, number) for number, field in enumerate(kind.fields)}


def sample_form(kind: LetterKind) -> dict[str, str]:
    """The same as a form sends it."""
    sent: dict[str, str] = {}
    for name, value in sample_values(kind).items():
        if isinstance(value, Mapping):
            sent.update({f"{name}.{part}": str(text) for part, text in value.items() if part != "id"})
        elif isinstance(value, list):
            for at, row in enumerate(value):
                sent.update({f"{name}.{at}.{column}": str(cell) for column, cell in row.items()})
        elif isinstance(value, bool):
            sent.update({name: "1"} if value else {})
        elif isinstance(value, float):
            sent[name] = str(value).replace(".", ",")
        else:
            sent[name] = str(value)
    return sent


def _value(field: Field, number: int) -> Any:
    if field.kind in ("person", "resident"):
        known = sample_person(name=NAMES[(number + 1) % len(NAMES)])
        return {"id": "", **{part: str(known.get(part, "")) for part in field.parts}}
    if field.kind == "table":
        return [{column.name: _cell(column, row) for column in field.columns} for row in range(2)]
    if field.kind == "text":
        return f"{field.label}: contoh isian\nbaris kedua"
    if field.when == "past":
        return (SAMPLE_DAY - dt.timedelta(days=200 - number)).isoformat()
    return _plain(field.kind, field.label, field.choices, number, field.most)


def _cell(column: Column, row: int) -> Any:
    if column.kind == "share":
        return "1/2"
    if column.name == "tanggal_lahir":
        return f"199{row}-12-25"
    if column.name == "nama":
        return NAMES[row]
    return _plain(column.kind, column.label, column.choices, row, None)


def _plain(kind: str, label: str, choices: tuple[str, ...], number: int, most: int | None) -> Any:
    match kind:
        case "date":
            return (SAMPLE_DAY + dt.timedelta(days=number)).isoformat()
        case "time":
            return "08:30"
        case "integer":
            return min(25, most) if most else 25
        case "number":
            return 48.5
        case "rupiah":
            return 1_500_000
        case "choice":
            return choices[0]
        case "yes_no":
            return True
    return f"contoh {label.lower()}"[: most or 200]
