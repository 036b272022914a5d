"""Forms of the desk: whom a letter is for, which letters are offered, what was typed and how it comes back."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy import select
from werkzeug.datastructures import FileStorage, MultiDict

from app.core.forms import Checked
from app.core.village.errors import Missing
from app.extensions import db
from app.government.letters.desk.people import APPLICANT, applicant_field
from app.government.letters.desk.queries import LetterPage, Told, told_fields, told_person
from app.government.letters.desk.requests import Paper
from app.government.letters.options import letter_options
from app.government.letters.types import PERSON_LABELS, LetterKind, person_of
from app.government.residents import codes
from app.government.residents.browse.areas import area_book
from app.government.residents.derive import is_anonymous
from app.government.residents.events.queries import Found, find_by_nik, find_people
from app.government.residents.models import Resident
from tenants.ids import uuid7

MOST_AT_ONCE = 10
"""Letters that are made one after another for one person."""
OTHER = "other"


@dataclass(frozen=True, slots=True)
class Holder:
    """Whom a letter is for: a resident, or somebody from elsewhere who is typed in."""

    resident_id: uuid.UUID | None = None
    name: str = ""
    vital_status: int = codes.ALIVE
    household_id: uuid.UUID | None = None
    is_stranger: bool = False

    @property
    def args(self) -> dict[str, Any]:
        """How addresses name them."""
        return {"luar": "1"} if self.is_stranger else {"penduduk": self.resident_id}


def holder(resident_id: uuid.UUID) -> Holder:
    """A resident as the one whom a letter is for: one select. Raises Missing."""
    query = select(Resident.name, Resident.vital_status, Resident.household_id).where(
        Resident.id == resident_id
    )
    row = db.session.execute(query).one_or_none()
    if row is None or is_anonymous(row.name):
        raise Missing("resident")
    return Holder(resident_id, row.name, row.vital_status, row.household_id)


def holder_of(shown: LetterPage) -> Holder | None:
    """Whom an existing letter is for."""
    if shown.letter.resident_id is not None:
        return holder(shown.letter.resident_id)
    return Holder(name=shown.letter.holder_name) if shown.letter.holder_name else None


def person_lines(found: Holder | None) -> list[Told]:
    """What the register says of the holder, numbers masked."""
    return told_person(person_of(found.resident_id)) if found and found.resident_id else []


def household_people(found: Holder | None) -> list[tuple[str, str]]:
    """The holder's household to choose from in fields that ask for a person: one select."""
    if found is None or found.household_id is None:
        return []
    query = (
        select(Resident.id, Resident.name, Resident.relation)
        .where(Resident.household_id == found.household_id, Resident.id != found.resident_id)
        .order_by(Resident.household_order, Resident.birth_date, Resident.id)
    )
    return [
        (str(row.id), f"{row.name} ({codes.word('relation', row.relation)})" if row.relation else row.name)
        for row in db.session.execute(query)
    ]


def found_people(text: str) -> list[tuple[str, str]]:
    """Residents by name or by 16 digits, to choose from in a field that asks for a person."""
    if not text.strip():
        return []
    digits = nik_digits(text)
    found = find_by_nik(digits, "letter") if digits else find_people(text.replace("\x00", "")[:100], "letter")
    return [
        (str(one.id), f"{one.name} ({one.birth_date:%d-%m-%Y})" if one.birth_date else one.name)
        for one in found
    ]


def people_rows(found: Iterable[Found], wanted: Sequence[str]) -> list[dict[str, Any]]:
    """Rows of the page that asks for whom a letter is."""
    people = list(found)
    areas = area_book() if people else None
    return [
        {
            "url": url_for("letters_new.new", penduduk=one.id, jenis=list(wanted) or None),
            "name": one.name,
            "birth_date": one.birth_date,
            "area": areas.way(one.sub_area_id) if areas else "",
            "nik": one.nik,
            "status": codes.word("vital_status", one.vital_status) if one.vital_status != codes.ALIVE else "",
        }
        for one in people
    ]


def offered(kinds: Iterable[LetterKind], found: Holder, text: str) -> list[tuple[str, list[LetterKind]]]:
    """The letters that can be made for somebody, in groups, the frequent ones first; `text` narrows them down."""
    words = text.lower().split()
    fitting = [
        kind
        for kind in kinds
        if kind.about != "none"
        and (kind.for_strangers or not found.is_stranger)
        and (found.vital_status == codes.ALIVE or kind.about in ("deceased", "anyone"))
        and all(
            word in f"{kind.label} {kind.title} {kind.classification} {kind.summary}".lower()
            for word in words
        )
    ]
    groups: dict[str, list[LetterKind]] = {}
    for kind in sorted(fitting, key=lambda one: not one.frequent):
        label = str(_("Sering diminta")) if kind.frequent else kind.group_label
        groups.setdefault(label, []).append(kind)
    return list(groups.items())


def labels_of(kind: LetterKind, errors: Iterable[str] = ()) -> dict[str, str]:
    """Names of a form's fields with what people call them, for the summary of errors.

    Args:
        errors: the names of the fields that are wrong, of which a table's cells are named with their row.
    """
    labels = {"": ""}
    for field in (*kind.fields, applicant_field()):
        labels[field.name] = field.label
        for part in field.parts:
            labels[f"{field.name}.{part}"] = f"{field.label}, {PERSON_LABELS[part]}"
        columns = {column.name: column.label for column in field.columns}
        for name in errors:
            table, _dot, cell = name.partition(".")
            row, _dot, column = cell.partition(".")
            if table == field.name and row.isascii() and row.isdigit() and column in columns:
                labels[name] = str(
                    _(
                        "%(table)s, baris %(row)s, %(column)s",
                        table=field.label,
                        row=int(row) + 1,
                        column=columns[column],
                    )
                )
    for requirement in kind.requirements:
        labels[f"berkas.{requirement.key}"] = requirement.label
    return labels


def flat_values(kind: LetterKind, nested: Mapping[str, Any]) -> dict[str, Any]:
    """Nested values by the names that a form's fields have: `pasangan.name`, `ahli_waris.0.nama`."""
    flat: dict[str, Any] = {}
    for field in kind.fields:
        value = nested.get(field.name)
        if isinstance(value, Mapping):
            flat |= {f"{field.name}.{part}": text for part, text in value.items()}
            if value.get("id"):
                flat |= {f"{field.name}.{part}": "" for part in field.parts}
                flat[f"{field.name}.chosen"] = value.get("name", "")
        elif isinstance(value, list):
            for at, row in enumerate(value):
                flat |= {f"{field.name}.{at}.{name}": cell for name, cell in row.items()}
            flat[field.name] = len(value)
        else:
            flat[field.name] = value
    return flat


def differences(kind: LetterKind, mine: Mapping[str, Any], theirs: Mapping[str, Any]) -> list[dict[str, str]]:
    """Fields in which two versions of a letter differ, both as a page shows them."""
    left = {told.label: told.value for told in told_fields(kind, theirs)}
    right = {told.label: told.value for told in told_fields(kind, mine)}
    return [
        {"label": field.label, "theirs": left.get(field.label, ""), "mine": right.get(field.label, "")}
        for field in kind.fields
        if left.get(field.label, "") != right.get(field.label, "")
    ]


def only_typed(checked: Checked, form: MultiDict[str, str]) -> dict[str, list[str]]:
    """What is wrong in fields that hold something: an empty field is not wrong yet while a form is filled in."""
    return {name: found for name, found in checked.errors.items() if form.get(name, "").strip()}


def applicant_of(form: MultiDict[str, str]) -> dict[str, str]:
    """An applicant from elsewhere as the form sends them."""
    start = f"{APPLICANT}."
    return {name.removeprefix(start): text for name, text in form.items() if name.startswith(start)}


def papers_of(files: MultiDict[str, FileStorage], kind: LetterKind) -> list[Paper]:
    """The uploads of a form, by requirement; empty file fields are none."""
    keys = {requirement.key for requirement in kind.requirements} | {OTHER}
    return [
        Paper(key, data)
        for key in sorted(keys)
        for upload in files.getlist(f"berkas.{key}")[:5]
        if upload.filename and (data := upload.read())
    ]


def nik_digits(text: str) -> str | None:
    """Sixteen digits, however they are parted; None for anything else."""
    digits = re.sub(r"[\s.-]", "", text)
    return digits if re.fullmatch(r"[0-9]{16}", digits) else None


def codes_in(given: Iterable[str]) -> list[str]:
    """Codes of letter types as an address names them: each once, at most MOST_AT_ONCE."""
    return list(dict.fromkeys(code for code in given if re.fullmatch(r"[a-z0-9_-]{1,60}", code)))[
        :MOST_AT_ONCE
    ]


def form_key(form: MultiDict[str, str]) -> uuid.UUID | None:
    """The key by which a form that is sent twice gives one letter."""
    try:
        return uuid.UUID(form.get("kunci", ""))
    except ValueError:
        return None


def new_key() -> str:
    """A key for a fresh form."""
    return str(uuid7())


def usual_signing() -> str:
    """How the village usually signs."""
    return letter_options().signing


def storage_sentence() -> str:
    """What is said while the storage is away."""
    return str(
        _("Tempat penyimpanan berkas sedang tidak dapat dicapai. Isian Anda masih ada; coba sebentar lagi.")
    )
