"""What a kind of letter is: its fields, what the applicant brings, its text, and how long it holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask_babel import lazy_gettext as _l

if TYPE_CHECKING:
    from marshmallow import Schema

FIELD_KINDS = {
    "line": _l("Satu baris"),
    "text": _l("Beberapa baris"),
    "date": _l("Tanggal"),
    "time": _l("Jam"),
    "integer": _l("Bilangan bulat"),
    "number": _l("Bilangan dengan koma"),
    "rupiah": _l("Jumlah uang (rupiah)"),
    "choice": _l("Pilihan"),
    "yes_no": _l("Ya atau tidak"),
    "person": _l("Orang (diketik atau dari data penduduk)"),
    "resident": _l("Penduduk (dari data penduduk)"),
    "table": _l("Tabel"),
}
"""Kinds of fields and their names for who makes a type."""
COLUMN_KINDS = {
    **{kind: FIELD_KINDS[kind] for kind in ("line", "date", "integer", "number", "rupiah", "choice")},
    "share": _l("Bagian (1/2, 1/8; jumlahnya harus 1)"),
}
"""Kinds of a table's columns."""
GROUPS = {
    "umum": _l("Pengantar dan keterangan umum"),
    "kependudukan": _l("Kependudukan"),
    "keluarga": _l("Perkawinan dan keluarga"),
    "usaha": _l("Usaha dan penghasilan"),
    "tanah": _l("Tanah dan harta"),
    "pemerintahan": _l("Pemerintahan"),
    "desa": _l("Buatan sendiri"),
}
"""Under which headings letters are listed."""
ABOUT = {
    "living": _l("Penduduk yang masih hidup"),
    "deceased": _l("Penduduk yang sudah meninggal"),
    "anyone": _l("Penduduk, hidup atau sudah meninggal"),
    "none": _l("Bukan tentang seorang penduduk"),
}
"""Whom a letter is about. Only `deceased` and `anyone` may be issued for somebody who died."""
SIGNERS = {
    "head": _l("Kepala"),
    "secretary": _l("Sekretaris"),
    "none": _l("Hanya yang bersangkutan, bukan pejabat"),
}
"""Who signs, in general words; the village has its own."""
LAYOUTS = {
    "letter": _l("Surat keterangan (judul di tengah)"),
    "official": _l("Surat dinas (nomor, lampiran, dan hal di kiri)"),
    "decree": _l("Keputusan (judul, nomor, dan tentang di tengah)"),
}
"""How a letter is set."""
WHEN = {
    "": _l("Tanggal apa saja"),
    "past": _l("Sudah terjadi: hari ini atau sebelumnya"),
    "soon": _l("Sekitar sekarang: paling lama dua tahun lagi"),
}
"""Which dates a field takes; what is far from them is a slip of the pen."""
PERSON_PARTS = (
    "name", "nik", "birth_place", "birth_date", "sex", "nationality", "religion", "occupation", "marital_status",
    "address", "father_name",
)  # fmt: skip
"""What may be asked of a person who is typed in."""
USUAL_PARTS = ("name", "nik", "birth_place", "birth_date", "nationality", "religion", "occupation", "address")


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table field."""

    name: str
    label: str
    kind: str = "line"
    required: bool = True
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Field:
    """What is asked for one letter beyond what the register knows.

    `name` is also the merge field. `most`: letters for text, the largest value for numbers, rows for a table; None is
    the kind's own bound. `choices` are the words themselves. `parts` are those of PERSON_PARTS asked of a person.
    `when` is a key of WHEN: which dates are taken.
    """

    name: str
    label: str
    kind: str = "line"
    required: bool = True
    help: str = ""
    choices: tuple[str, ...] = ()
    most: int | None = None
    columns: tuple[Column, ...] = ()
    parts: tuple[str, ...] = USUAL_PARTS
    when: str = ""


@dataclass(frozen=True, slots=True)
class Requirement:
    """A paper that the applicant brings, or photographs."""

    key: str
    label: str
    help: str = ""
    needed: bool = True


@dataclass(frozen=True, slots=True)
class LetterKind:
    """A kind of letter as it is offered now.

    `version` is "1" for a shipped one, "desa-3" for a village's own. `validity_days` None: without end. `signer` is a
    key of SIGNERS, `about` of ABOUT, `group` of GROUPS, `layout` of LAYOUTS. `online`:
    residents may ask for it themselves; `frequent`: the kiosk offers it. `for_strangers`: its text stays true of
    somebody who is not of the village, so that it may be made for them.
    """

    code: str
    title: str
    classification: str
    version: str
    is_own: bool
    group: str
    about: str
    fields: tuple[Field, ...]
    requirements: tuple[Requirement, ...]
    body: str
    validity_days: int | None = None
    signer: str = "head"
    online: bool = False
    frequent: bool = False
    for_strangers: bool = False
    layout: str = "letter"
    name: str = ""
    summary: str = ""
    is_active: bool = True

    @property
    def label(self) -> str:
        """What it is called in lists: its own short name, else the title."""
        return self.name or self.title

    @property
    def group_label(self) -> str:
        """The heading under which it is listed."""
        return str(GROUPS.get(self.group, self.group))

    def schema(self) -> Schema:
        """A schema for the letter's fields; what it loads is plain data (dates as 2026-11-22), fit to be sealed."""
        from app.government.letters.types.fields import schema_of

        return schema_of(self.fields)

    def field(self, name: str) -> Field | None:
        """The field of this name."""
        return next((one for one in self.fields if one.name == name), None)


class BrokenKind(ValueError):
    """A definition can't be read; the message says what is wrong with it."""


def kind_from(
    definition: Mapping[str, Any], *, code: str, version: str, is_own: bool, body: str, is_active: bool = True
) -> LetterKind:
    """A kind from its definition (a shipped file, or a village's row). Raises BrokenKind."""
    try:
        kind = LetterKind(
            code=code,
            title=str(definition["title"]).strip(),
            classification=str(definition["classification"]).strip(),
            version=version,
            is_own=is_own,
            group=str(definition.get("group") or "desa"),
            about=_one_of(definition.get("about", "living"), ABOUT),
            fields=tuple(_field(one) for one in definition.get("fields", ())),
            requirements=tuple(_requirement(one) for one in definition.get("requirements", ())),
            body=body,
            validity_days=int(definition["validity_days"]) if definition.get("validity_days") else None,
            signer=_one_of(definition.get("signer", "head"), SIGNERS),
            online=bool(definition.get("online", False)),
            frequent=bool(definition.get("frequent", False)),
            for_strangers=bool(definition.get("for_strangers", False)),
            layout=_one_of(definition.get("layout", "letter"), LAYOUTS),
            name=str(definition.get("name") or "").strip(),
            summary=str(definition.get("summary") or "").strip(),
            is_active=is_active,
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BrokenKind(f"{code}: {error}") from error
    if not kind.title:
        raise BrokenKind(f"{code}: without a title")
    names = [field.name for field in kind.fields]
    if len(set(names)) != len(names):
        raise BrokenKind(f"{code}: two fields of one name")
    return kind


def definition_of(kind: LetterKind) -> dict[str, Any]:
    """The definition from which `kind_from` makes the same kind (without its body): what a village's row keeps."""
    return {
        "title": kind.title, "name": kind.name, "classification": kind.classification, "group": kind.group,
        "about": kind.about, "validity_days": kind.validity_days, "signer": kind.signer, "online": kind.online,
        "frequent": kind.frequent, "for_strangers": kind.for_strangers, "layout": kind.layout,
        "summary": kind.summary,
        "fields": [
            {
                "name": field.name, "label": field.label, "kind": field.kind, "required": field.required,
                "help": field.help, "choices": list(field.choices), "most": field.most, "parts": list(field.parts),
                "when": field.when,
                "columns": [
                    {
                        "name": column.name, "label": column.label, "kind": column.kind,
                        "required": column.required, "choices": list(column.choices),
                    }
                    for column in field.columns
                ],
            }
            for field in kind.fields
        ],
        "requirements": [
            {"key": one.key, "label": one.label, "help": one.help, "needed": one.needed}
            for one in kind.requirements
        ],
    }  # fmt: skip


def _field(data: Mapping[str, Any]) -> Field:
    kind = _one_of(data.get("kind", "line"), FIELD_KINDS)
    columns = tuple(
        Column(
            str(one["name"]),
            str(one["label"]),
            _one_of(one.get("kind", "line"), COLUMN_KINDS),
            bool(one.get("required", True)),
            tuple(str(choice) for choice in one.get("choices", ())),
        )
        for one in data.get("columns", ())
    )
    if kind == "table" and not columns:
        raise ValueError(f"{data['name']}: a table without columns")
    choices = tuple(str(choice) for choice in data.get("choices", ()))
    if kind == "choice" and not choices:
        raise ValueError(f"{data['name']}: a choice without words")
    parts = tuple(_one_of(part, PERSON_PARTS) for part in data.get("parts") or USUAL_PARTS)
    most = data.get("most")
    return Field(
        str(data["name"]),
        str(data["label"]),
        kind,
        bool(data.get("required", True)),
        str(data.get("help") or ""),
        choices,
        int(most) if most else None,
        columns,
        parts,
        _one_of(data.get("when") or "", WHEN),
    )


def _requirement(data: Mapping[str, Any]) -> Requirement:
    return Requirement(
        str(data["key"]), str(data["label"]), str(data.get("help") or ""), bool(data.get("needed", True))
    )


def _one_of(value: Any, known: Any) -> str:
    if value not in known:
        raise ValueError(f"{value!r} is none of {', '.join(map(str, known))}")
    return str(value)
