"""A letter's fields as the portal's form draws them, with what was typed and the sentences beside them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from app.core.ui import formats
from app.government.letters.types.fields import PERSON_LABELS, SEX_WORDS
from app.government.letters.types.kinds import Column, Field, LetterKind
from app.government.selfservice.requests.family import FamilyMember

SPARE_ROWS = 1
LEAST_ROWS = 2
MOST_ROWS = 60
INPUTS = {
    "line": ("text", None), "text": ("textarea", None), "date": ("date", None), "time": ("time", None),
    "integer": ("text", "numeric"), "number": ("text", "decimal"), "rupiah": ("text", "numeric"),
    "share": ("text", None), "choice": ("select", None), "yes_no": ("checkbox", None),
}  # fmt: skip
"""How each kind is typed: the control and the keyboard of a phone."""


@dataclass(frozen=True, slots=True)
class Control:
    """One control of a form."""

    name: str
    label: str
    type: str
    inputmode: str | None
    required: bool
    value: Any
    error: list[str] | None
    help: str = ""
    prefix: str = ""
    options: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """A field of a letter: `single` has one control, `person` a choice of family and parts, `table` rows of them."""

    shape: str
    name: str
    label: str
    help: str
    error: list[str] | None
    required: bool
    controls: Sequence[Control] = ()
    choice: Control | None = None
    rows: Sequence[Sequence[Control]] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """A field of a letter with what was typed, as the review shows it."""

    label: str
    value: str
    rows: Sequence[str] = ()


def groups_of(
    kind: LetterKind,
    typed: Mapping[str, Any],
    errors: Mapping[str, list[str]],
    family: Sequence[FamilyMember],
    more_rows: str = "",
) -> list[Group]:
    """The form of a letter. `more_rows`: the table that gets further empty rows."""
    return [_group(field, typed.get(field.name), errors, family, more_rows) for field in kind.fields]


def answers_of(kind: LetterKind, values: Mapping[str, Any], family: Sequence[FamilyMember]) -> list[Answer]:
    """What was typed, in words; fields that were left empty are left out."""
    found = []
    for field in kind.fields:
        value = values.get(field.name)
        if field.kind in ("person", "resident"):
            text = _person_words(value, family)
        elif field.kind == "table":
            rows = [_row_words(field.columns, row) for row in value or [] if isinstance(row, Mapping)]
            if rows:
                found.append(Answer(field.label, "", rows))
            continue
        else:
            text = spoken(field.kind, value)
        if text:
            found.append(Answer(field.label, text))
    return found


def spoken(kind: str, value: Any) -> str:
    """A value as people read it."""
    if value is None or value == "":
        return ""
    if kind == "yes_no":
        return str(_("Ya")) if value in (True, "1", "on") else str(_("Tidak"))
    if kind == "rupiah" and isinstance(value, int):
        return formats.rupiah(value)
    if kind == "date":
        try:
            return formats.date(dt.date.fromisoformat(str(value)))
        except ValueError:
            return str(value)
    return shown(kind, value)


def shown(kind: str, value: Any) -> str:
    """A value as it stands in its control."""
    if value is None:
        return ""
    if kind in ("rupiah", "integer") and isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}".replace(",", ".")
    if isinstance(value, float):
        return f"{value:g}".replace(".", ",")
    return str(value)


def _group(
    field: Field,
    value: Any,
    errors: Mapping[str, list[str]],
    family: Sequence[FamilyMember],
    more_rows: str,
) -> Group:
    error = errors.get(field.name)
    if field.kind in ("person", "resident"):
        return _person(field, value if isinstance(value, Mapping) else {}, errors, family)
    if field.kind == "table":
        return _table(field, value if isinstance(value, list) else [], errors, more_rows == field.name)
    one = _control(
        field.name, field.label, field.kind, field.required, value, error, field.choices, field.help
    )
    return Group("single", field.name, field.label, field.help, error, field.required, (one,))


def _control(
    name: str,
    label: str,
    kind: str,
    required: bool,
    value: Any,
    error: list[str] | None,
    choices: Sequence[str] = (),
    help: str = "",
) -> Control:
    control, keyboard = INPUTS[kind]
    options = [("", str(_("Pilih …"))), *((word, word) for word in choices)] if kind == "choice" else ()
    text = value in (True, "1", "on", "true") if kind == "yes_no" else shown(kind, value)
    prefix = "Rp" if kind == "rupiah" else ""
    return Control(name, label, control, keyboard, required, text, error, help, prefix, options)


def _person(
    field: Field, value: Mapping[str, Any], errors: Mapping[str, list[str]], family: Sequence[FamilyMember]
) -> Group:
    chosen = str(value.get("id") or "")
    typed_in = field.kind == "person"
    first = _("Orang lain, saya ketik di bawah") if typed_in else _("Pilih …")
    options = [("", str(first)), *((str(one.id), one.name) for one in family)]
    choice = Control(
        f"{field.name}.id",
        str(_("Ambil dari keluarga saya")) if typed_in else field.label,
        "select",
        None,
        field.required and not typed_in,
        chosen,
        errors.get(field.name) or errors.get(f"{field.name}.id"),
        "" if typed_in else field.help,
        "",
        options,
    )
    parts = []
    if typed_in:
        for part in field.parts:
            name = f"{field.name}.{part}"
            kind = {"birth_date": "date", "sex": "choice"}.get(part, "line")
            control = _control(
                name,
                str(PERSON_LABELS[part]),
                kind,
                False,
                "" if chosen else value.get(part),
                errors.get(name),
                SEX_WORDS if part == "sex" else (),
            )
            parts.append(control)
    wrong = any(control.error for control in parts)
    error = errors.get(field.name) if wrong or choice.error else None
    return Group("person", field.name, field.label, field.help, error, field.required, parts, choice)


def _table(field: Field, rows: list[Any], errors: Mapping[str, list[str]], more: bool) -> Group:
    most = min(field.most or MOST_ROWS, MOST_ROWS)
    spare = 3 if more else SPARE_ROWS if rows else LEAST_ROWS
    kept = [row if isinstance(row, Mapping) else {} for row in rows]
    drawn = [*kept, *({} for _row in range(spare))][:most]
    lines = [
        [
            _control(
                f"{field.name}.{number}.{column.name}",
                column.label,
                column.kind,
                False,
                row.get(column.name),
                errors.get(f"{field.name}.{number}.{column.name}"),
                column.choices,
            )
            for column in field.columns
        ]
        for number, row in enumerate(drawn)
    ]
    return Group(
        "table", field.name, field.label, field.help, errors.get(field.name), field.required, rows=lines
    )


def _person_words(value: Any, family: Sequence[FamilyMember]) -> str:
    if not isinstance(value, Mapping):
        return ""
    known = next((one.name for one in family if str(one.id) == str(value.get("id") or "")), "")
    parts = [
        spoken("date" if part == "birth_date" else "line", value.get(part))
        for part in ("name", "nik", "birth_place", "birth_date", "occupation", "address")
    ]
    return known or ", ".join(part for part in parts if part)


def _row_words(columns: Sequence[Column], row: Mapping[str, Any]) -> str:
    return ", ".join(text for column in columns if (text := spoken(column.kind, row.get(column.name))))
