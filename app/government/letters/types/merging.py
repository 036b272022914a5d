"""What merge fields stand for: always Indonesian, whatever language the screens are in."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

from babel import Locale
from babel.dates import format_date
from flask_babel import lazy_gettext as _l
from lokal import terbilang
from lokal.rupiah import format_rupiah

from app.core.ui.formats import ZONE_NAME
from app.government.letters.types.fields import PERSON_LABELS, day_of
from app.government.letters.types.kinds import Column, Field, LetterKind
from app.government.letters.types.people import person_of
from tenants.scope import current_tenant

INDONESIAN = Locale("id")
Merged = dict[str, str | list[dict[str, str]]]

HOLDER = {
    "nama": _l("Nama pemegang surat"),
    "nik": _l("NIK"),
    "no_kk": _l("Nomor kartu keluarga"),
    "kepala_keluarga": _l("Nama kepala keluarga"),
    "tempat_lahir": _l("Tempat lahir"),
    "tanggal_lahir": _l("Tanggal lahir"),
    "ttl": _l("Tempat dan tanggal lahir"),
    "umur": _l("Umur pada tanggal surat"),
    "jenis_kelamin": _l("Jenis kelamin"),
    "agama": _l("Agama"),
    "pekerjaan": _l("Pekerjaan"),
    "status_kawin": _l("Status perkawinan"),
    "kewarganegaraan": _l("Kewarganegaraan"),
    "pendidikan": _l("Pendidikan"),
    "golongan_darah": _l("Golongan darah"),
    "hubungan_keluarga": _l("Hubungan dalam keluarga"),
    "nama_ayah": _l("Nama ayah"),
    "nama_ibu": _l("Nama ibu"),
    "alamat": _l("Alamat sampai desa"),
    "alamat_lengkap": _l("Alamat sampai kabupaten"),
    "jalan": _l("Jalan atau nama tempat"),
    "rt": _l("Nomor RT"),
    "rw": _l("Nomor RW"),
    "dusun": _l("Dusun atau sebutan setempat"),
}
"""Merge fields of whom the letter is about."""
VILLAGE = {
    "desa": _l("Nama desa"),
    "sebutan_desa": _l("Sebutan desa, misalnya Pekon"),
    "desa_lengkap": _l("Nama desa dengan sebutannya"),
    "sebutan_kepala": _l("Sebutan kepala desa"),
    "sebutan_sekretaris": _l("Sebutan sekretaris"),
    "sebutan_bpd": _l("Sebutan badan permusyawaratan"),
    "sebutan_dusun": _l("Sebutan dusun"),
    "kode_desa": _l("Kode wilayah"),
    "kecamatan": _l("Kecamatan"),
    "kabupaten": _l("Kabupaten atau kota"),
    "provinsi": _l("Provinsi"),
}
"""Merge fields of the village."""
LETTER = {
    "nomor": _l("Nomor surat"),
    "tanggal_surat": _l("Tanggal surat"),
    "hari_surat": _l("Hari surat"),
    "tahun_surat": _l("Tahun surat"),
    "berlaku_sampai": _l("Berlaku sampai tanggal"),
    "nama_penandatangan": _l("Nama penanda tangan"),
    "jabatan_penandatangan": _l("Jabatan penanda tangan"),
}
"""Merge fields of the letter itself."""
PARTS = {
    "nama": "name", "nik": "nik", "tempat_lahir": "birth_place", "tanggal_lahir": "birth_date", "ttl": "ttl",
    "umur": "age", "jenis_kelamin": "sex", "kewarganegaraan": "nationality", "agama": "religion",
    "pekerjaan": "occupation", "status_kawin": "marital_status", "alamat": "address", "nama_ayah": "father_name",
}  # fmt: skip
"""What follows the name of a person field: `pasangan_nama`, `pasangan_ttl` …"""


def merge_labels(kind: LetterKind) -> dict[str, str]:
    """Every merge field that this kind's body may use, and what it stands for; a table's columns as `tabel.kolom`."""
    labels = {name: str(label) for group in (HOLDER, VILLAGE, LETTER) for name, label in group.items()}
    if kind.about == "none":
        for name in HOLDER:
            del labels[name]
    for field in kind.fields:
        labels.update(field_labels(field))
    return labels


def field_labels(field: Field) -> dict[str, str]:
    """The merge fields that come of one field."""
    label = field.label
    if field.kind in ("person", "resident"):
        found = {f"{field.name}_{part}": f"{label}: {_part_label(part)}" for part in PARTS}
        return {field.name: str(_l("%(label)s: nama", label=label)), **found}
    labels = {field.name: label}
    if field.kind in ("rupiah", "integer"):
        labels[f"{field.name}_terbilang"] = str(_l("%(label)s dengan huruf", label=label))
    elif field.kind == "date":
        labels[f"{field.name}_hari"] = str(_l("%(label)s: nama hari", label=label))
    elif field.kind == "table":
        for column in field.columns:
            labels[f"{field.name}.{column.name}"] = f"{label}: {column.label}"
            if column.kind == "rupiah":
                labels[f"{field.name}.{column.name}_terbilang"] = str(
                    _l("%(label)s dengan huruf", label=f"{label}: {column.label}")
                )
    return labels


def merge_names(kind: LetterKind) -> frozenset[str]:
    """The names of `merge_labels`: what `markup.check` is told."""
    return frozenset(merge_labels(kind))


def merge_values(
    kind: LetterKind, person: Mapping[str, Any], values: Mapping[str, Any], letter: Mapping[str, Any]
) -> Merged:
    """Every merge field of a letter with what stands for it; no query (but for residents not yet looked up).

    Args:
        person: of `person_of`, or the same keys as far as known for somebody who is no resident.
        values: what the kind's schema loaded, after `with_people`.
        letter: `date` (dt.date, required), `number`, `valid_until` (dt.date), `signer_name`, `signer_title`.
    """
    day: dt.date = letter["date"]
    merged: Merged = {**_holder(person, day), **village_words(), **_letter(letter)}
    for field in kind.fields:
        merged.update(_field(field, values.get(field.name), day))
    return merged


def indonesian_date(day: dt.date | None) -> str:
    """A date as letters write it: 22 November 2026; empty for none."""
    return format_date(day, "d MMMM y", locale=INDONESIAN) if day else ""


def in_words(amount: int) -> str:
    """A whole number in words: dua puluh satu."""
    return str(terbilang(amount))


def age_at(day: dt.date, birth_date: dt.date | None) -> int | None:
    """Full years between birth and a day; None when unknown or not yet born."""
    if birth_date is None or birth_date > day:
        return None
    return day.year - birth_date.year - ((day.month, day.day) < (birth_date.month, birth_date.day))


def _holder(person: Mapping[str, Any], day: dt.date) -> dict[str, str]:
    found = _person(person, day)
    tenant = current_tenant()
    address = str(person.get("address") or "")
    district, regency = _district(), _regency()
    whole = f"{address}, Kecamatan {district}, {regency}" if address.endswith(tenant.full_name) else address
    own = {
        "no_kk": "kk", "kepala_keluarga": "head", "pendidikan": "education", "golongan_darah": "blood_type",
        "hubungan_keluarga": "relation", "nama_ibu": "mother_name", "jalan": "street", "rt": "rt", "rw": "rw",
        "dusun": "sub_area",
    }  # fmt: skip
    return {
        **found,
        **{name: _text(person.get(key)) for name, key in own.items()},
        "alamat_lengkap": whole,
    }


def _person(person: Mapping[str, Any], day: dt.date) -> dict[str, str]:
    """The parts of a person as letters write them; empty for what is unknown."""
    born = day_of(person.get("birth_date"))
    age = age_at(day_of(person.get("vital_on")) or day if person.get("vital_status") == 2 else day, born)
    place, date = str(person.get("birth_place") or ""), indonesian_date(born)
    return {
        "nama": _text(person.get("name")),
        "nik": _text(person.get("nik")),
        "tempat_lahir": place,
        "tanggal_lahir": date,
        "ttl": ", ".join(part for part in (place, date) if part),
        "umur": "" if age is None else f"{age} tahun",
        "jenis_kelamin": _text(person.get("sex")),
        "kewarganegaraan": _text(person.get("nationality")),
        "agama": _text(person.get("religion")),
        "pekerjaan": _text(person.get("occupation")),
        "status_kawin": _text(person.get("marital_status")),
        "alamat": _text(person.get("address")),
        "nama_ayah": _text(person.get("father_name")),
    }


def village_words() -> dict[str, str]:
    """The merge fields of the present village; no query."""
    tenant = current_tenant()
    return {
        "desa": tenant.name,
        "sebutan_desa": tenant.term,
        "desa_lengkap": tenant.full_name,
        "sebutan_kepala": tenant.word("head") or f"Kepala {tenant.term}",
        "sebutan_sekretaris": tenant.word("secretary") or f"Sekretaris {tenant.term}",
        "sebutan_bpd": tenant.word("council"),
        "sebutan_dusun": tenant.word("sub_area") or "Dusun",
        "kode_desa": tenant.code,
        "kecamatan": _district(),
        "kabupaten": _regency(),
        "provinsi": "Lampung",
    }


def _letter(letter: Mapping[str, Any]) -> dict[str, str]:
    day: dt.date = letter["date"]
    return {
        "nomor": str(letter.get("number") or ""),
        "tanggal_surat": indonesian_date(day),
        "hari_surat": _weekday(day),
        "tahun_surat": str(day.year),
        "berlaku_sampai": indonesian_date(letter.get("valid_until")),
        "nama_penandatangan": str(letter.get("signer_name") or ""),
        "jabatan_penandatangan": str(letter.get("signer_title") or ""),
    }


def _field(field: Field, value: Any, day: dt.date) -> Merged:
    if field.kind in ("person", "resident"):
        return dict(_person_field(field, value, day))
    if field.kind == "table":
        return {field.name: [_row(field.columns, row) for row in value or []]}
    return dict(_cell(field.name, field.kind, value))


def _person_field(field: Field, value: Any, day: dt.date) -> dict[str, str]:
    if not value:
        return {field.name: "", **{f"{field.name}_{part}": "" for part in PARTS}}
    known = person_of(uuid.UUID(str(value["id"]))) if value.get("id") and not value.get("name") else value
    parts = _person(known, day)
    return {field.name: parts["nama"], **{f"{field.name}_{part}": parts[part] for part in PARTS}}


def _row(columns: tuple[Column, ...], row: Mapping[str, Any]) -> dict[str, str]:
    merged: dict[str, str] = {}
    for column in columns:
        merged.update(_cell(column.name, column.kind, row.get(column.name)))
    return merged


def _cell(name: str, kind: str, value: Any) -> dict[str, str]:
    """One value in words, with what comes beside it (a sum in words, a weekday)."""
    if kind in ("rupiah", "integer"):
        if value is None or value == "":
            return {name: "", f"{name}_terbilang": ""}
        words = in_words(int(value))
        if kind == "rupiah":
            return {name: str(format_rupiah(int(value))), f"{name}_terbilang": f"{words} rupiah"}
        return {name: f"{int(value):,}".replace(",", "."), f"{name}_terbilang": words}
    if kind == "date":
        day = day_of(value)
        return {name: indonesian_date(day), f"{name}_hari": _weekday(day) if day else ""}
    if kind == "time":
        return {name: f"{str(value).replace(':', '.')} {ZONE_NAME}" if value else ""}
    if kind == "yes_no":
        return {name: "ya" if value else ""}
    if kind == "number" and value is not None and value != "":
        whole, _dot, rest = f"{float(value):.4f}".rstrip("0").rstrip(".").partition(".")
        grouped = f"{int(whole):,}".replace(",", ".")
        return {name: f"{grouped},{rest}" if rest else grouped}
    return {name: "" if value is None else str(value)}


def _part_label(part: str) -> str:
    extra = {"ttl": _l("Tempat dan tanggal lahir"), "umur": _l("Umur pada tanggal surat")}
    return str(extra.get(part) or PERSON_LABELS[PARTS[part]]).lower()


def _weekday(day: dt.date) -> str:
    return format_date(day, "EEEE", locale=INDONESIAN)


def _text(value: object) -> str:
    return str(value).strip() if value else ""


def _district() -> str:
    return current_tenant().region_path[0]


def _regency() -> str:
    regency = current_tenant().region_path[1]
    return regency if regency.startswith(("Kabupaten", "Kota")) else f"Kabupaten {regency}"
