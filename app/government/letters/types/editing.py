"""The editor's form as a definition, and what is still wrong with it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from app.core.documents import DocumentFailed
from app.government.letters.markup import MarkupWrong, check
from app.government.letters.types.classification import CODE
from app.government.letters.types.kinds import (
    ABOUT,
    COLUMN_KINDS,
    FIELD_KINDS,
    GROUPS,
    LAYOUTS,
    SIGNERS,
    WHEN,
    BrokenKind,
    LetterKind,
    kind_from,
)
from app.government.letters.types.merging import HOLDER, LETTER, VILLAGE, merge_names
from app.government.letters.types.sampling import sample_pdf

MOST_FIELDS = 40
MOST_REQUIREMENTS = 20
LONGEST_BODY = 30_000
LONGEST_VALIDITY = 3650
"""Days that a letter may hold, at most: ten years."""
LONGEST = {"title": 120, "name": 80, "summary": 200, "classification": 30}
_TEXT_PARTS = (
    "title",
    "name",
    "summary",
    "classification",
    "group",
    "about",
    "signer",
    "layout",
    "validity_days",
)
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong with a type: where (`title`, `fields.2`, `body` …), line and column of the body, a sentence."""

    field: str
    sentence: str
    line: int = 0
    column: int = 0


def definition_from(form: MultiDict[str, str]) -> dict[str, Any]:
    """What the editor's form says, tidied; `faults` tells whether it can be used."""
    definition: dict[str, Any] = {name: _line(form.get(name, "")) for name in _TEXT_PARTS}
    days = definition["validity_days"][:12]
    definition["validity_days"] = int(days) if re.fullmatch(r"[0-9]{1,9}", days) else days or None
    for name in ("online", "frequent", "for_strangers"):
        definition[name] = name in form
    definition["fields"] = [_field(form, f"field.{at}.") for at in _numbers(form, "field", MOST_FIELDS)]
    definition["requirements"] = [
        _requirement(form, f"requirement.{at}.") for at in _numbers(form, "requirement", MOST_REQUIREMENTS)
    ]
    return definition


def body_from(form: MultiDict[str, str]) -> str:
    """The body's text with plain line ends."""
    return form.get("body", "").replace("\r\n", "\n").replace("\r", "\n")[: LONGEST_BODY + 1]


def moved(definition: dict[str, Any], deed: str) -> dict[str, Any]:
    """The definition after a button of its lists: `add.fields`, `remove.fields.2`, `up.fields.2`, `down.fields.2`."""
    what, _dot, rest = deed.partition(".")
    part, _dot, number = rest.partition(".")
    if part not in ("fields", "requirements"):
        return definition
    lines = list(definition[part])
    at = int(number) if re.fullmatch(r"[0-9]{1,4}", number) else -1
    if what == "add" and len(lines) < (MOST_FIELDS if part == "fields" else MOST_REQUIREMENTS):
        lines.append(
            _empty_field() if part == "fields" else {"key": "", "label": "", "help": "", "needed": True}
        )
    elif what == "remove" and 0 <= at < len(lines):
        lines.pop(at)
    elif what == "up" and 0 < at < len(lines):
        lines[at - 1], lines[at] = lines[at], lines[at - 1]
    elif what == "down" and 0 <= at < len(lines) - 1:
        lines[at + 1], lines[at] = lines[at], lines[at + 1]
    return {**definition, part: lines}


def draft_kind(code: str, definition: Mapping[str, Any], body: str) -> LetterKind:
    """A draft as a kind. Raises BrokenKind."""
    return kind_from(definition, code=code, version="desa-0", is_own=True, body=body)


def faults(code: str, definition: Mapping[str, Any], body: str) -> list[Fault]:
    """All that keeps a draft from being used; empty when it may be activated. Sets a sample to be sure."""
    found = [*_frame_faults(definition), *_field_faults(definition), *_requirement_faults(definition)]
    if found:
        return found
    try:
        kind = draft_kind(code, definition, body)
    except BrokenKind:
        return [
            Fault(
                "", str(_("Susunan isian jenis surat ini tidak dapat dipakai. Periksa isian dan kolomnya."))
            )
        ]
    if not body.strip():
        return [Fault("body", str(_("Isi surat masih kosong.")), 1, 1)]
    wrong_text = text_faults(kind)
    if wrong_text:
        return wrong_text
    try:
        sample_pdf(kind)
    except MarkupWrong as wrong:
        return [Fault("body", str(wrong.sentence), wrong.line, wrong.column)]
    except DocumentFailed as failed:
        return [Fault("body", str(failed))]
    return []


def text_faults(kind: LetterKind) -> list[Fault]:
    """What is wrong with a type's text, by line and column."""
    return [
        Fault("body", str(one.sentence), one.line, one.column) for one in check(kind.body, merge_names(kind))
    ]


def name_from(label: str) -> str:
    """A name for a field from what it is called: `Nama sekolah` gives `nama_sekolah`."""
    plain = unicodedata.normalize("NFKD", label).encode("ascii", "ignore").decode().lower()
    name = "_".join(re.findall(r"[a-z0-9]+", plain))[:40].strip("_")
    return name if name[:1].isalpha() else f"isian_{name}".strip("_")


def columns_text(columns: Any) -> str:
    """A table's columns as the editor writes them, one a line: `nama | Nama | line | wajib`."""
    lines = []
    for column in columns or ():
        parts = [column["name"], column["label"], column.get("kind", "line")]
        parts.append("wajib" if column.get("required", True) else "tidak wajib")
        if column.get("choices"):
            parts.append("; ".join(column["choices"]))
        lines.append(" | ".join(parts))
    return "\n".join(lines)


def _frame_faults(definition: Mapping[str, Any]) -> list[Fault]:
    found = []
    for name, sentence in (
        ("title", _("Judul surat wajib diisi.")),
        ("classification", _("Kode klasifikasi wajib diisi.")),
    ):
        if not definition.get(name):
            found.append(Fault(name, str(sentence)))
    for name, most in LONGEST.items():
        if len(str(definition.get(name) or "")) > most:
            found.append(Fault(name, str(_("Terlalu panjang: paling banyak %(most)s huruf.", most=most))))
    code, days = str(definition.get("classification") or ""), definition.get("validity_days")
    if code and not CODE.fullmatch(code):
        sentence = _(
            "Kode klasifikasi terdiri dari angka atau huruf yang dipisah titik, misalnya 474.2. "
            "Lihat daftarnya di Klasifikasi surat."
        )
        found.append(Fault("classification", str(sentence)))
    if days is not None and not (isinstance(days, int) and 1 <= days <= LONGEST_VALIDITY):
        sentence = _(
            "Tulis bilangan bulat dari 1 sampai %(most)s hari, atau kosongkan bila tanpa batas.",
            most=LONGEST_VALIDITY,
        )
        found.append(Fault("validity_days", str(sentence)))
    for name, known in (("group", GROUPS), ("about", ABOUT), ("signer", SIGNERS), ("layout", LAYOUTS)):
        if definition.get(name) not in known:
            found.append(Fault(name, str(_("Pilih salah satu dari daftar."))))
    return found


def _field_faults(definition: Mapping[str, Any]) -> list[Fault]:
    found: list[Fault] = []
    taken: set[str] = {*VILLAGE, *LETTER}
    if definition.get("about") != "none":
        taken |= set(HOLDER)
    for at, field in enumerate(definition.get("fields") or ()):
        where, name = f"fields.{at}", field["name"]
        if not field["label"]:
            found.append(Fault(where, str(_("Isian ini belum diberi nama."))))
        elif not _NAME.fullmatch(name):
            sentence = _(
                "Nama isian “%(name)s” tidak dapat dipakai. Pakai huruf kecil, angka, dan garis bawah.",
                name=name,
            )
            found.append(Fault(where, str(sentence)))
        elif name in taken:
            found.append(
                Fault(where, str(_("Nama isian “%(name)s” sudah dipakai. Pakai nama lain.", name=name)))
            )
        elif field["kind"] not in FIELD_KINDS:
            found.append(Fault(where, str(_("Pilih jenis isian dari daftar."))))
        elif field["kind"] == "choice" and not field["choices"]:
            found.append(Fault(where, str(_("Tulis paling sedikit satu pilihan, satu per baris."))))
        elif field["kind"] == "table":
            found += _column_faults(where, field["columns"])
        taken.add(name)
    return found


def _column_faults(where: str, columns: Any) -> list[Fault]:
    if not columns:
        return [Fault(where, str(_("Tulis paling sedikit satu kolom tabel.")))]
    names: set[str] = set()
    for column in columns:
        if not _NAME.fullmatch(column["name"]) or column["name"] in names:
            sentence = _("Nama kolom “%(name)s” tidak dapat dipakai atau sudah ada.", name=column["name"])
            return [Fault(where, str(sentence))]
        if column["kind"] not in COLUMN_KINDS or (column["kind"] == "choice" and not column["choices"]):
            sentence = _(
                "Kolom “%(name)s”: jenisnya salah satu dari %(kinds)s.",
                name=column["name"],
                kinds=", ".join(COLUMN_KINDS),
            )
            return [Fault(where, str(sentence))]
        names.add(column["name"])
    return []


def _requirement_faults(definition: Mapping[str, Any]) -> list[Fault]:
    found: list[Fault] = []
    keys: set[str] = set()
    for at, one in enumerate(definition.get("requirements") or ()):
        if not one["label"]:
            found.append(Fault(f"requirements.{at}", str(_("Syarat ini belum diberi nama."))))
        elif one["key"] in keys:
            found.append(Fault(f"requirements.{at}", str(_("Syarat ini sudah ada di daftar."))))
        keys.add(one["key"])
    return found


def _field(form: MultiDict[str, str], at: str) -> dict[str, Any]:
    label = _line(form.get(f"{at}label", ""))[:120]
    most = form.get(f"{at}most", "").strip()
    return {
        "name": (_line(form.get(f"{at}name", "")).lower() or name_from(label))[:60],
        "label": label,
        "kind": form.get(f"{at}kind", "line"),
        "required": f"{at}required" in form,
        "help": _line(form.get(f"{at}help", ""))[:300],
        "choices": [_line(line)[:120] for line in form.get(f"{at}choices", "").splitlines() if line.strip()][
            :40
        ],
        "most": int(most) if re.fullmatch(r"[1-9][0-9]{0,8}", most) else None,
        "parts": form.getlist(f"{at}parts"),
        "when": when if (when := form.get(f"{at}when", "")) in WHEN else "",
        "columns": [_column(line) for line in form.get(f"{at}columns", "").splitlines() if line.strip()][:10],
    }


def _column(line: str) -> dict[str, Any]:
    parts = [_line(part)[:120] for part in line.split("|")] + ["", "", "", ""]
    name, label, kind, required, choices = parts[:5]
    if not label:
        name, label = name_from(name), name
    return {
        "name": name.lower(),
        "label": label,
        "kind": kind or "line",
        "required": required.lower() not in ("tidak wajib", "tidak", "opsional"),
        "choices": [choice.strip() for choice in choices.split(";") if choice.strip()],
    }


def _requirement(form: MultiDict[str, str], at: str) -> dict[str, Any]:
    label = _line(form.get(f"{at}label", ""))[:160]
    key = _line(form.get(f"{at}key", ""))
    return {
        "key": key if _NAME.fullmatch(key) else name_from(label),
        "label": label,
        "help": _line(form.get(f"{at}help", ""))[:300],
        "needed": f"{at}needed" in form,
    }


def _empty_field() -> dict[str, Any]:
    return {
        "name": "", "label": "", "kind": "line", "required": True, "help": "", "choices": [], "most": None,
        "parts": [], "columns": [], "when": "",
    }  # fmt: skip


def _numbers(form: MultiDict[str, str], part: str, most: int) -> list[int]:
    pattern = re.compile(rf"{part}\.([0-9]{{1,3}})\.label")
    return sorted({int(found[1]) for name in form if (found := pattern.fullmatch(name))})[:most]


def _line(text: str) -> str:
    return " ".join("".join(sign for sign in text if sign.isprintable() or sign.isspace()).split())
