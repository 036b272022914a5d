"""What the register's entries in the audit log are called."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.core.audit import describe_actions, describe_fields, describe_values
from app.government.residents.register.labels import HOUSEHOLD_LABELS, RESIDENT_LABELS

ACCEPTED = {
    "implausible_age": _l("umur yang sangat tinggi"),
    "nik_other_birth_date": _l("tanggal lahir di NIK berbeda"),
    "nik_other_sex": _l("jenis kelamin di NIK berbeda"),
    "possible_duplicate": _l("nama dan tanggal lahir sama dengan warga lain"),
    "relation_unknown": _l("hubungan dalam keluarga belum diisi"),
    "sole_member_not_head": _l("anggota tunggal bukan kepala keluarga"),
    "no_head": _l("keluarga tanpa kepala"),
    "husband_is_woman": _l("suami berjenis kelamin perempuan"),
    "wife_is_man": _l("istri berjenis kelamin laki-laki"),
    "spouse_same_sex": _l("suami istri berjenis kelamin sama"),
    "young_mother": _l("ibu yang sangat muda"),
    "young_father": _l("ayah yang sangat muda"),
    "spouse_unmarried": _l("suami atau istri belum kawin"),
    "married_young": _l("kawin pada usia sangat muda"),
    "kk_region": _l("kode wilayah di nomor KK tidak dikenal"),
    "kk_date": _l("tanggal terbit di nomor KK tidak mungkin"),
    "kk_serial": _l("nomor urut di nomor KK 0000"),
    "health_unlikely": _l("data kesehatan yang tidak biasa"),
}
"""Codes of warnings that can be accepted (see `rules`)."""


def describe_register() -> None:
    """Tell the audit log's screens (at start)."""
    describe_actions(
        "village",
        {
            "resident.added": _l("menambahkan penduduk"),
            "resident.changed": _l("mengubah data penduduk"),
            "household.added": _l("menambahkan keluarga"),
            "household.removed": _l("menghapus keluarga tanpa anggota"),
            "household.changed": _l("mengubah data keluarga"),
            "household.identity_viewed": _l("melihat nomor KK secara utuh"),
            "household.member_added": _l("memasukkan anggota keluarga"),
            "household.member_removed": _l("mengeluarkan anggota keluarga"),
            "household.reordered": _l("mengubah urutan anggota keluarga"),
        },
    )
    describe_fields(
        {
            "fields": _l("Isian yang berubah"),
            "accepted": _l("Peringatan yang diterima"),
            "note": _l("Alasan"),
            "members": _l("Anggota yang ikut berubah"),
        }
    )
    describe_values("fields", {**HOUSEHOLD_LABELS, **RESIDENT_LABELS})
    describe_values("accepted", ACCEPTED)
