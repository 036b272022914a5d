"""A letter type's fields as a marshmallow schema, and forms as the nested data that it loads.

What the schema loads is plain data that can be sealed as JSON: dates `2026-11-22`, times `08:30`, sums whole rupiah,
persons `{"id": …, "name": …}`, tables lists of rows. In a form, the parts of a person are `pasangan.name`, the cells of
a table `ahli_waris.0.nama`; a table's empty rows are dropped.
"""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Mapping
from fractions import Fraction
from functools import lru_cache
from typing import Any

from flask_babel import lazy_gettext as _l
from marshmallow import Schema, ValidationError, fields
from werkzeug.datastructures import MultiDict

from app.core.forms import REQUIRED, Checked, Choice, Clock, Day, FormSchema, Line, Paragraphs
from app.core.ui.formats import ZONE
from app.government.letters.types.kinds import Column, Field, LetterKind

LONGEST_LINE = 200
LONGEST_CELL = 500
"""A line of a table: a reason of a decree is a sentence."""
LONGEST_TEXT = 2000
LARGEST = 999_999_999
LARGEST_SUM = 999_999_999_999_999
MOST_ROWS = 60
SOON, LONG_AGO = dt.timedelta(days=731), dt.timedelta(days=5 * 366)
"""How far from today a date may be that is to be around now."""
BORN = "tanggal_lahir"
"""A column of this name holds birthdays: none is still to come."""
PERSON_LABELS = {
    "name": _l("Nama"),
    "nik": _l("NIK"),
    "birth_place": _l("Tempat lahir"),
    "birth_date": _l("Tanggal lahir"),
    "sex": _l("Jenis kelamin"),
    "nationality": _l("Kewarganegaraan"),
    "religion": _l("Agama"),
    "occupation": _l("Pekerjaan"),
    "marital_status": _l("Status perkawinan"),
    "address": _l("Alamat"),
    "father_name": _l("Nama ayah (bin/binti)"),
}
"""What the parts of a person are called in forms."""
SEX_WORDS = ("Laki-laki", "Perempuan")
_SUM = re.compile(r"(?:Rp\.?)?\s*([0-9]{1,3}(?:[. ][0-9]{3})+|[0-9]+)(?:,(?:-|0{1,2}))?", re.IGNORECASE)
_NUMBER = re.compile(r"([0-9]{1,9}|[0-9]{1,3}(?:\.[0-9]{3})+)(?:,([0-9]{1,4}))?")


class DayText(Day):
    """A date, as text 2026-11-22; empty text where there is none. `when`: a key of WHEN."""

    def __init__(self, *, when: str = "", **options: Any) -> None:
        super().__init__(**options)
        self.when = when

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> Any:
        day = super()._deserialize(value, attr, data, **options)
        if day is None and self.required:
            raise ValidationError(str(REQUIRED))
        if day is not None:
            _check_when(day, self.when)
        return day.isoformat() if day else ""


def _check_when(day: dt.date, when: str) -> None:
    """Refuse dates that can only be a slip. Raises ValidationError."""
    today = dt.datetime.now(ZONE).date()
    if when == "past" and day > today:
        raise ValidationError(str(_l("Tanggal ini belum terjadi. Periksa tanggal dan tahunnya.")))
    if when == "soon" and day > today + SOON:
        raise ValidationError(
            str(_l("Tanggal ini terlalu jauh: paling lama dua tahun lagi. Periksa tahunnya."))
        )
    if when == "soon" and day < today - LONG_AGO:
        raise ValidationError(
            str(_l("Tanggal ini terlalu lama: paling awal lima tahun yang lalu. Periksa tahunnya."))
        )


class ClockText(Clock):
    """A time of day, as text 08:30; empty text where there is none."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> Any:
        time = super()._deserialize(value, attr, data, **options)
        if time is None and self.required:
            raise ValidationError(str(REQUIRED))
        return time.strftime("%H:%M") if time else ""


class Whole(fields.Field[int | None]):
    """A whole number from 0; thousands may be parted by dots. Empty is None."""

    def __init__(self, *, most: int = LARGEST, **options: Any) -> None:
        super().__init__(**options)
        self.most = most

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> int | None:
        text = "" if value is None else str(value).strip()
        if not text:
            if self.required:
                raise ValidationError(str(REQUIRED))
            return None
        number = self.read(text)
        if number is None:
            raise ValidationError(str(self.sentence))
        if number > self.most:
            raise ValidationError(
                str(_l("Terlalu besar: paling banyak %(most)s.", most=f"{self.most:,}".replace(",", ".")))
            )
        return number

    sentence = _l("Tulis bilangan bulat, misalnya 3.")

    def read(self, text: str) -> int | None:
        """The number that the text says, or None."""
        if not re.fullmatch(r"[0-9]{1,15}|[0-9]{1,3}(\.[0-9]{3}){1,4}", text):
            return None
        return int(text.replace(".", ""))


class Rupiah(Whole):
    """A sum of whole rupiah: 1500000, 1.500.000, Rp1.500.000,-. Empty is None."""

    sentence = _l("Tulis jumlah rupiah, misalnya 1.500.000.")

    def read(self, text: str) -> int | None:
        """The sum that the text says, or None."""
        found = _SUM.fullmatch(text)
        return int(re.sub(r"[. ]", "", found[1])) if found and len(found[1]) <= 20 else None


class Decimals(fields.Field[float | None]):
    """A number with up to four decimals, written with a comma: 48,5. Empty is None."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> float | None:
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= LARGEST:
            return float(value)
        text = "" if value is None else str(value).strip()
        if not text:
            if self.required:
                raise ValidationError(str(REQUIRED))
            return None
        found = _NUMBER.fullmatch(text)
        if found is None and re.fullmatch(r"[0-9]{1,9}\.[0-9]{1,4}", text):
            return float(text)
        if found is None:
            raise ValidationError(str(_l("Tulis bilangan, misalnya 48,5.")))
        return float(f"{found[1].replace('.', '')}.{found[2] or 0}")


class Share(fields.Field[str]):
    """A share of a whole: 1/8, 0,125 or 12,5%; kept as a fraction (1/8). Empty is empty text."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> str:
        text = "" if value is None else re.sub(r"\s", "", str(value)).replace(",", ".")
        if not text:
            if self.required:
                raise ValidationError(str(REQUIRED))
            return ""
        if not re.fullmatch(r"[0-9]{1,4}/[0-9]{1,4}|[01](\.[0-9]{1,6})?|[0-9]{1,3}(\.[0-9]{1,4})?%", text):
            raise ValidationError(str(_l("Tulis bagian sebagai pecahan, misalnya 1/8.")))
        try:
            share = Fraction(text[:-1]) / 100 if text.endswith("%") else Fraction(text)
        except ZeroDivisionError:
            share = Fraction(0)
        if not 0 < share <= 1:
            raise ValidationError(str(_l("Bagian harus lebih dari 0 dan paling banyak 1.")))
        return str(share)


class YesNo(fields.Field[bool]):
    """Yes or no; what is not sent is no."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> bool:
        return str(value).strip().lower() in ("1", "true", "on", "yes", "ya")


class Nik(Line):
    """Sixteen digits of a NIK, or empty."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> str:
        text = re.sub(r"[ .-]", "", super()._deserialize(value, attr, data, **options))
        if text and not re.fullmatch(r"[0-9]{16}", text):
            raise ValidationError(str(_l("NIK terdiri dari 16 angka.")))
        return text


class Person(fields.Field[dict[str, str] | None]):
    """Somebody who is typed in (`parts`), or a resident by id (`{"id": …}`); an empty one is None."""

    def __init__(self, *, parts: tuple[str, ...], only_residents: bool = False, **options: Any) -> None:
        super().__init__(**options)
        self.parts, self.only_residents = parts, only_residents

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> dict[str, str] | None:
        given = {"id": value} if isinstance(value, str | uuid.UUID) else value
        if given is not None and not isinstance(given, Mapping):
            raise ValidationError(str(_l("Isian ini tidak terbaca.")))
        given = {str(key): part for key, part in (given or {}).items() if part not in (None, "")}
        if given.get("id"):
            try:
                return {"id": str(uuid.UUID(str(given["id"])))}
            except ValueError:
                raise ValidationError(str(_l("Pilih penduduk dari daftar."))) from None
        if self.only_residents:
            if self.required:
                raise ValidationError(str(_l("Pilih penduduk dari daftar.")))
            return None
        if not any(str(part).strip() for part in given.values()):
            if self.required:
                raise ValidationError({"name": [str(REQUIRED)]})
            return None
        loaded: dict[str, str] = _person_schema(self.parts).load(given)
        return {"id": "", **loaded}


class Rows(fields.Field[list[dict[str, Any]]]):
    """The rows of a table."""

    def __init__(self, *, columns: tuple[Column, ...], most: int, **options: Any) -> None:
        super().__init__(**options)
        self.columns, self.most = columns, most

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> list[dict[str, Any]]:
        if value in (None, ""):
            value = []
        if not isinstance(value, list) or not all(isinstance(row, Mapping) for row in value):
            raise ValidationError(str(_l("Isian ini tidak terbaca.")))
        rows = [
            (at, row) for at, row in enumerate(value) if any(str(cell or "").strip() for cell in row.values())
        ]
        if not rows and self.required:
            raise ValidationError(str(_l("Isi paling sedikit satu baris.")))
        if len(rows) > self.most:
            raise ValidationError(str(_l("Terlalu banyak: paling banyak %(most)s baris.", most=self.most)))
        schema, loaded, wrong = _row_schema(self.columns), [], {}
        for at, row in rows:
            try:
                loaded.append(schema.load({column.name: row.get(column.name, "") for column in self.columns}))
            except ValidationError as error:
                wrong[str(at)] = error.normalized_messages()  # type: ignore[no-untyped-call]
        if wrong:
            raise ValidationError(wrong)
        for column in self.columns:
            if column.kind == "share":
                _check_shares([row[column.name] for row in loaded])
        return loaded


def _check_shares(shares: list[str]) -> None:
    """Where shares are given, everyone has one and they make a whole. Raises ValidationError."""
    given = [share for share in shares if share]
    if not given:
        return
    if len(given) < len(shares):
        raise ValidationError(str(_l("Isi bagian setiap orang, atau kosongkan semuanya.")))
    total = sum((Fraction(share) for share in given), Fraction(0))
    if total != 1:
        raise ValidationError(
            str(_l("Jumlah semua bagian harus 1 (seluruh warisan), sekarang %(total)s.", total=str(total)))
        )


@lru_cache(maxsize=512)
def _schema_class(asked: tuple[Field, ...]) -> type[Schema]:
    return FormSchema.from_dict({field.name: _made(field) for field in asked})


def schema_of(asked: tuple[Field, ...]) -> Schema:
    """The schema of a letter's fields."""
    return _schema_class(asked)()


@lru_cache(maxsize=64)
def _person_class(parts: tuple[str, ...]) -> type[Schema]:
    made: dict[str, Any] = {part: Line(longest=LONGEST_LINE, load_default="") for part in parts}
    made["name"] = Line(longest=LONGEST_LINE, required=True)
    if "nik" in parts:
        made["nik"] = Nik(longest=30, load_default="")
    if "birth_date" in parts:
        made["birth_date"] = DayText(load_default="", when="past")
    if "sex" in parts:
        made["sex"] = Choice(choices=SEX_WORDS, load_default="")
    return FormSchema.from_dict(made)


def _person_schema(parts: tuple[str, ...]) -> Schema:
    return _person_class(parts)()


@lru_cache(maxsize=256)
def _row_class(columns: tuple[Column, ...]) -> type[Schema]:
    return FormSchema.from_dict(
        {
            column.name: Share(required=column.required)
            if column.kind == "share"
            else _made(_as_field(column))
            for column in columns
        }
    )


def _as_field(column: Column) -> Field:
    most = LONGEST_CELL if column.kind == "line" else None
    return Field(
        column.name,
        column.label,
        column.kind,
        column.required,
        choices=column.choices,
        most=most,
        when="past" if column.kind == "date" and column.name == BORN else "",
    )


def _row_schema(columns: tuple[Column, ...]) -> Schema:
    return _row_class(columns)()


def _made(field: Field) -> fields.Field[Any]:
    common: dict[str, Any] = {
        "required": field.required,
        "error_messages": {"required": REQUIRED, "null": REQUIRED},
    }
    if not field.required:
        common = {"allow_none": True, "load_default": "" if field.kind in _TEXTS else None}
    match field.kind:
        case "text":
            return Paragraphs(longest=field.most or LONGEST_TEXT, **common)
        case "date":
            return DayText(when=field.when, **common)
        case "time":
            return ClockText(**common)
        case "integer":
            return Whole(most=field.most or LARGEST, **common)
        case "number":
            return Decimals(**common)
        case "rupiah":
            return Rupiah(most=field.most or LARGEST_SUM, **common)
        case "choice":
            return Choice(choices=field.choices, **common)
        case "yes_no":
            return YesNo(load_default=False)
        case "person" | "resident":
            return Person(parts=field.parts, only_residents=field.kind == "resident", **common)
        case "table":
            return Rows(columns=field.columns, most=min(field.most or MOST_ROWS, MOST_ROWS), **common)
        case _:
            return Line(longest=field.most or LONGEST_LINE, **common)


_TEXTS = ("line", "text", "date", "time", "choice")


def from_form(asked: tuple[Field, ...], form: MultiDict[str, str]) -> dict[str, Any]:
    """What a form sent, nested as the schema wants it: persons as mappings, tables as lists of rows."""
    typed: dict[str, Any] = {}
    for field in asked:
        if field.kind in ("person", "resident"):
            parts = ("id", *field.parts) if field.kind == "person" else ("id",)
            typed[field.name] = {part: form.get(f"{field.name}.{part}", "") for part in parts}
            if field.name in form:
                typed[field.name]["id"] = form[field.name]
        elif field.kind == "table":
            typed[field.name] = _rows_of(field, form)
        else:
            typed[field.name] = form.get(field.name, "")
    return typed


def _rows_of(field: Field, form: MultiDict[str, str]) -> list[dict[str, str]]:
    most = min(field.most or MOST_ROWS, MOST_ROWS) + 1
    pattern = re.compile(rf"{re.escape(field.name)}\.([0-9]{{1,3}})\.")
    numbers = sorted({int(found[1]) for name in form if (found := pattern.match(name))})[:most]
    return [
        {column.name: form.get(f"{field.name}.{number}.{column.name}", "") for column in field.columns}
        for number in numbers
    ]


def check_values(kind: LetterKind, typed: Mapping[str, Any]) -> Checked:
    """Check nested data (`from_form`, or JSON of the API). Errors bear the form's names: `ahli_waris.0.nama`."""
    try:
        return Checked(dict(typed), dict(kind.schema().load(dict(typed))))
    except ValidationError as error:
        wrong: dict[str, Any] = error.normalized_messages()  # type: ignore[no-untyped-call]
        return Checked(dict(typed), dict(error.valid_data or {}), dict(_flat(wrong)))


def check_form(kind: LetterKind, form: MultiDict[str, str]) -> Checked:
    """Check a form that asks for a letter."""
    return check_values(kind, from_form(kind.fields, form))


def _flat(messages: Mapping[Any, Any], above: str = "") -> list[tuple[str, list[str]]]:
    found: list[tuple[str, list[str]]] = []
    for key, inner in messages.items():
        name = above if key == "_schema" and above else f"{above}.{key}" if above else str(key)
        if isinstance(inner, Mapping):
            found += _flat(inner, name)
        else:
            found.append((name, [str(one) for one in (inner if isinstance(inner, list) else [inner])]))
    return found


def day_of(text: object) -> dt.date | None:
    """The date that a loaded value says."""
    try:
        return dt.date.fromisoformat(str(text)) if text else None
    except ValueError:
        return None
