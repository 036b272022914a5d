"""What actions are called on screens: capabilities describe the codes that they record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext

Place = Literal["village", "province", "both"]


@dataclass(frozen=True, slots=True)
class Action:
    """A code with its words: what follows the person's name in a sentence ("Siti *mengubah data perangkat*: Budi")."""

    code: str
    label: object
    place: Place


_actions: dict[str, Action] = {}


def describe_action(code: str, label: object, place: Place = "both") -> None:
    """Say what `code` means: `label` is a lazy Indonesian phrase that follows the name of who did it.

    `place` says whose log holds such entries, for the choices of the filter.
    """
    _actions[code] = Action(code, label, place)


def describe_actions(place: Place, labels: dict[str, object]) -> None:
    """Describe several codes of one place at once."""
    for code, label in labels.items():
        describe_action(code, label, place)


def action_label(code: str) -> str:
    """The words of a code; a code that nobody describes any more is shown as it is."""
    known = _actions.get(code)
    return str(known.label) if known else _("melakukan “%(code)s”", code=code)


def is_described(code: str) -> bool:
    """Whether some capability describes this code."""
    return code in _actions


def described_actions(place: Literal["village", "province"]) -> list[Action]:
    """The actions that the log of a place may hold, by their words."""
    return sorted(
        (a for a in _actions.values() if a.place in (place, "both")), key=lambda a: str(a.label).casefold()
    )


FIELD_LABELS: dict[str, object] = {
    "about": _l("Tentang"),
    "accent": _l("Warna"),
    "address": _l("Alamat"),
    "after": _l("Sesudah"),
    "again": _l("Diulang"),
    "before": _l("Sebelum"),
    "capabilities": _l("Fitur"),
    "closed": _l("Hari libur"),
    "code": _l("Kode"),
    "council": _l("Sebutan badan permusyawaratan"),
    "count": _l("Jumlah"),
    "days": _l("Hari"),
    "demo": _l("Data contoh"),
    "email": _l("Surel"),
    "employee_number": _l("NIP/NIPD"),
    "expires_at": _l("Berlaku sampai"),
    "file_name": _l("Nama berkas"),
    "filters": _l("Saringan"),
    "fri": _l("Jumat"),
    "head": _l("Sebutan kepala"),
    "head_name": _l("Nama ketua"),
    "head_phone": _l("Telepon ketua"),
    "host": _l("Alamat web"),
    "id": _l("Nomor"),
    "is_active": _l("Aktif"),
    "is_public": _l("Tampil di situs"),
    "kind": _l("Jenis"),
    "latitude": _l("Lintang"),
    "letterhead_file_id": _l("Gambar kop surat"),
    "letterhead_lines": _l("Baris kop surat"),
    "locale": _l("Bahasa"),
    "logo_file_id": _l("Logo"),
    "longitude": _l("Bujur"),
    "minutes": _l("Menit"),
    "modules": _l("Fitur"),
    "mon": _l("Senin"),
    "motto": _l("Semboyan"),
    "name": _l("Nama"),
    "names": _l("Nama"),
    "off": _l("Fitur yang dimatikan"),
    "opening_hours": _l("Jam buka"),
    "parent_id": _l("Bagian dari"),
    "period_from": _l("Mulai menjabat"),
    "period_until": _l("Selesai menjabat"),
    "permissions": _l("Izin"),
    "phone": _l("Telepon"),
    "photo_file_id": _l("Foto"),
    "position": _l("Jabatan"),
    "postal_code": _l("Kode pos"),
    "reason": _l("Alasan"),
    "region": lazy_pgettext("officer", "Wilayah"),
    "region_code": lazy_pgettext("officer", "Wilayah"),
    "role": _l("Peran"),
    "roles": lazy_pgettext("list of roles", "Peran"),
    "sat": _l("Sabtu"),
    "scopes": _l("Izin"),
    "second_factor": _l("Verifikasi dua langkah"),
    "secretary": _l("Sebutan sekretaris"),
    "signs_for_id": _l("Menandatangani untuk"),
    "slug": _l("Alamat web"),
    "sort_order": _l("Urutan"),
    "state": _l("Keadaan"),
    "step": _l("Langkah"),
    "sub_area": _l("Sebutan wilayah bawahan"),
    "sun": _l("Minggu"),
    "support_visit": _l("Kunjungan bantuan"),
    "term": _l("Sebutan"),
    "thu": _l("Kamis"),
    "title": _l("Sebutan jabatan"),
    "total": _l("Jumlah"),
    "tue": _l("Selasa"),
    "until": _l("Berlaku sampai"),
    "up": _l("Naik"),
    "villages": lazy_pgettext("many villages", "Desa"),
    "wed": _l("Rabu"),
    "whatsapp": _l("WhatsApp"),
    "wrong": _l("Sebab"),
}


def describe_fields(labels: dict[str, object]) -> None:
    """Say what names in details mean: `labels` are lazy Indonesian phrases."""
    FIELD_LABELS.update(labels)


def field_label(name: str) -> str:
    """The words of a name in an entry's details; an unknown one is shown as it is."""
    known = FIELD_LABELS.get(name)
    return str(known) if known is not None else name.replace("_", " ")
