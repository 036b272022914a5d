"""What the settings' forms show: stored values as they are typed, and the words beside the fields."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from babel.dates import get_day_names
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.core.regions.words import Words
from app.core.village.hours import DAYS, OpeningHours
from app.core.village.models import Official, SubArea, VillageProfile
from app.core.village.schemas import CLOSED_DAYS, DAY_PARTS
from tenants.scope import Tenant, current_tenant

IDENTITY_LABELS = {
    "motto": _l("Semboyan"),
    "about": _l("Tentang"),
    "address": _l("Alamat kantor"),
    "postal_code": _l("Kode pos"),
    "phone": _l("Telepon"),
    "whatsapp": _l("WhatsApp"),
    "email": _l("Surel"),
    "location": _l("Titik kantor di peta"),
}

WORD_LABELS = {
    "term": _l("Sebutan wilayah"),
    "head": _l("Sebutan kepala"),
    "secretary": _l("Sebutan sekretaris"),
    "council": _l("Badan permusyawaratan"),
    "sub_area": _l("Wilayah di bawahnya"),
}

ACCENT_NAMES = {
    "": _l("Marun Siger"),
    "#1f5f8b": _l("Biru laut"),
    "#2f6b3a": _l("Hijau kebun"),
    "#0f6b6b": _l("Hijau telaga"),
    "#5a3d8a": _l("Ungu manggis"),
    "#8a5a00": _l("Kuning kunyit"),
    "#a2431f": _l("Merah bata"),
    "#8b2252": _l("Merah bunga"),
    "#3f4a5a": _l("Kelabu batu"),
}
"""The colours that are offered, by name; empty keeps the maroon of the programme."""

LOOK_LABELS = {
    "logo": _l("Logo"),
    "accent": _l("Warna"),
    "own_accent": _l("Warna sendiri"),
    "letterhead_lines": _l("Baris kop surat"),
    "letterhead": _l("Gambar kop surat"),
    "cover": _l("Gambar sampul"),
}

OFFICIAL_LABELS = {
    "name": _l("Nama lengkap"),
    "title": _l("Jabatan"),
    "position": _l("Kedudukan"),
    "employee_number": _l("Nomor induk (NIP, NIPD, atau NIAP)"),
    "phone": _l("Nomor ponsel"),
    "period_from": _l("Mulai menjabat"),
    "period_until": _l("Akhir masa jabatan"),
    "signs_for_id": _l("Menandatangani atas nama"),
    "is_public": _l("Tampilkan kepada warga"),
    "photo": _l("Foto"),
    "even_if_known": _l("Ini orang lain dengan nama dan jabatan yang sama"),
}

SUB_AREA_LABELS = {
    "kind": _l("Jenis wilayah"),
    "parent_id": _l("Berada di"),
    "name": _l("Nama"),
    "names": _l("Nama wilayah, satu per baris"),
    "head_name": _l("Nama ketua"),
    "head_phone": _l("Nomor ponsel ketua"),
}


@dataclass(frozen=True, slots=True)
class WordPreset:
    """Words that villages somewhere use, for choosing."""

    key: str
    words: Words
    is_usual_here: bool


def identity_form(present: Mapping[str, Any]) -> dict[str, Any]:
    """The identity as its form shows it: the point on one line, as maps copy it."""
    shown = {name: present.get(name) or "" for name in IDENTITY_LABELS}
    if present.get("latitude") is not None and present.get("longitude") is not None:
        shown["location"] = f"{round(present['latitude'], 6)}, {round(present['longitude'], 6)}"
    return shown


def look_form(present: Mapping[str, Any]) -> dict[str, Any]:
    """The look as its form shows it: a colour that is not on the list is one's own."""
    accent = present.get("accent", "")
    offered = accent in ACCENT_NAMES
    return {
        "accent": accent if offered else "own",
        "own_accent": "" if offered else accent,
        "letterhead_lines": "\n".join(present.get("letterhead_lines", ())),
        "has_logo": bool(present.get("logo_file_id")),
        "has_letterhead": bool(present.get("letterhead_file_id")),
    }


def hours_form(kept: Mapping[str, Any]) -> dict[str, str]:
    """Opening hours as their form shows them."""
    hours = OpeningHours.from_json(kept)
    shown: dict[str, str] = {}
    for day, intervals in zip(DAYS, hours.week, strict=True):
        for part in DAY_PARTS:
            shown[f"{day}_{part}"] = ""
        if intervals:
            shown[f"{day}_opens"] = f"{intervals[0][0]:%H.%M}"
            shown[f"{day}_closes"] = f"{intervals[-1][1]:%H.%M}"
        if len(intervals) > 1:
            shown[f"{day}_break_from"] = f"{intervals[0][1]:%H.%M}"
            shown[f"{day}_break_until"] = f"{intervals[1][0]:%H.%M}"
    for number, (date, note) in enumerate(sorted(hours.closed.items())[:CLOSED_DAYS]):
        shown[f"closed_{number}"] = date.isoformat()
        shown[f"closed_note_{number}"] = note
    return shown


def weekdays() -> list[tuple[str, str]]:
    """Key and name of each weekday, Monday first."""
    names = get_day_names("wide", locale=get_locale())
    return [(day, names[number]) for number, day in enumerate(DAYS)]


def week_labels() -> dict[str, str]:
    """What each field of a week of opening hours is called."""
    parts = dict(
        zip(DAY_PARTS, (_("buka"), _("tutup"), _("istirahat dari"), _("istirahat sampai")), strict=True)
    )
    return {f"{day}_{part}": f"{name}, {word}" for day, name in weekdays() for part, word in parts.items()}


def hours_labels() -> dict[str, str]:
    """What each field of the opening hours is called, closed days too."""
    labels = week_labels()
    for number in range(CLOSED_DAYS):
        labels[f"closed_{number}"] = str(_("Hari libur %(number)s", number=number + 1))
        labels[f"closed_note_{number}"] = str(_("Keterangan libur %(number)s", number=number + 1))
    return labels


def word_presets(known: Iterable[Words], usual: Words) -> list[WordPreset]:
    """The presets without repetition, the one of the village's own kabupaten first."""
    distinct = sorted({*known}, key=lambda words: (words != usual, words.term, words.head))
    return [
        WordPreset(f"{words.term}-{words.head}".lower().replace(" ", "-"), words, words == usual)
        for words in distinct
    ]


def official_form(official: Official | None) -> dict[str, Any]:
    """An official as the form shows them; None for a new one."""
    if official is None:
        return {**dict.fromkeys(OFFICIAL_LABELS, ""), "position": "section", "is_public": True}
    return {name: getattr(official, name, None) or "" for name in OFFICIAL_LABELS}


def position_options() -> list[tuple[str, str]]:
    """The offices in the village's own words."""
    tenant = current_tenant()
    return [
        ("head", tenant.word("head")),
        ("secretary", tenant.word("secretary")),
        ("treasurer", _("Bendahara (urusan keuangan)")),
        ("section", _("Kepala seksi atau urusan")),
        ("sub_area", _("Kepala %(area)s", area=tenant.word("sub_area"))),
        ("other", _("Staf dan lainnya")),
    ]


def kind_words(tenant: Tenant) -> dict[str, str]:
    """What the kinds of sub-areas are called in a village."""
    return {"sub_area": tenant.word("sub_area") or "Dusun", "rw": "RW", "rt": "RT"}


def spoken_area(area: SubArea, words: Mapping[str, str]) -> str:
    """An area as people say it, its kind once: `Dusun I` whether that or `I` is its name, `RT 001`."""
    word = words[area.kind]
    return area.name if area.name.casefold().startswith(word.casefold()) else f"{word} {area.name}"


def letterhead_lines(tenant: Tenant, profile: VillageProfile) -> list[str]:
    """The lines of a village's letterhead: its own, or those that follow from the registry and the address."""
    if profile.letterhead_lines:
        return list(profile.letterhead_lines)
    district, regency = tenant.region_path
    lines = [f"Pemerintah {regency}", f"Kecamatan {district}", tenant.full_name]
    contact = ", ".join(part for part in (profile.address, profile.postal_code) if part)
    return [line.upper() for line in lines] + ([contact] if contact else [])
