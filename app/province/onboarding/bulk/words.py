"""What the dry run finds, as sentences; how states, verdicts and outcomes are said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.province.onboarding.bulk.columns import FIELDS

ERRORS: Mapping[str, object] = {
    "no_code": _l("Kode wilayah kosong."),
    "bad_code": _l("“%(typed)s” bukan kode wilayah desa. Contoh: 18.06.20.2006."),
    "unknown": _l("Tidak ada desa dengan kode %(typed)s. Periksa kodenya di daftar desa."),
    "outside": _l("Desa ini di luar wilayah Anda."),
    "repeated": _l("Desa yang sama sudah ada di baris %(row)s. Hapus salah satu."),
    "prepared": _l("Desa ini sudah disiapkan; tidak disiapkan dua kali."),
    "closed": _l("Desa ini ditangguhkan atau diarsipkan. Pulihkan dahulu."),
    "software": _l("Desa ini memakai sistem lain (%(name)s). Akhiri catatan itu dahulu."),
    "empty": _l("Nama kontak dan surel belum diisi, jadi desa ini tidak disiapkan."),
    "required": _l("Belum diisi."),
    "wrong": "%(sentence)s",
    "formula": _l("Sel ini berisi rumus tanpa hasil. Tulis isinya langsung."),
    "blocked": _l("%(what)s ini diblokir: %(reason)s"),
    "slug_shape": "%(sentence)s",
    "slug_taken": _l("Alamat “%(slug)s” sudah dipakai desa lain. Pilih alamat lain."),
    "slug_reserved": _l("Alamat “%(slug)s” disimpan untuk keperluan lain. Pilih alamat lain."),
    "slug_wished": _l("Alamat “%(slug)s” sedang diminta dalam pendaftaran desa lain."),
    "slug_repeated": _l("Alamat “%(slug)s” dipakai juga di baris %(row)s."),
    "under_way": _l("Desa ini sudah disetujui dan sedang disiapkan."),
    "not_yours": _l("Desa ini sudah mendaftar sendiri (%(who)s). Pendaftarannya diputuskan oleh %(office)s."),
    "given_back": _l(
        "Desa ini sudah mendaftar sendiri (%(who)s) dan pendaftarannya dikembalikan untuk diperbaiki. Tunggu sampai "
        "dikirim lagi."
    ),
    "applicant_blocked": _l(
        "Desa ini sudah mendaftar sendiri, dan pendaftarnya (%(who)s) diblokir: %(reason)s. Putuskan pendaftarannya "
        "dulu."
    ),
    "other_contact": _l(
        "Desa ini sudah mendaftar sendiri. Yang mendaftar %(who)s, bukan kontak di baris ini. Putuskan pendaftarannya "
        "dulu."
    ),
    "applied_since": _l(
        "Desa ini mendaftar sendiri (%(who)s) sesudah berkas diperiksa. Putuskan pendaftarannya dulu."
    ),
}
WARNINGS: Mapping[str, object] = {
    "name": _l("Nama di daftar desa: %(name)s. Yang dipakai nama di daftar."),
    "district": _l("Di daftar desa, kecamatannya %(name)s."),
    "regency": _l("Di daftar desa, kabupatennya %(name)s."),
    "shared_email": _l("Surel ini dipakai %(count)s desa: orang yang sama mengatur semuanya."),
    "application": _l(
        "Desa ini sudah mendaftar sendiri. Pendaftaran itulah yang disetujui, dengan alamat yang dimintanya, dan yang "
        "diundang masuk adalah pendaftarnya: %(who)s."
    ),
    "invited": _l("Desa ini memegang undangan yang masih berlaku; undangannya berakhir."),
}

STATES: Mapping[str, tuple[object, str]] = {
    "reading": (_l("Sedang diperiksa"), "info"),
    "refused": (_l("Tidak terbaca"), "error"),
    "ready": (_l("Sudah diperiksa"), "gold"),
    "started": (_l("Disiapkan"), "success"),
}
VERDICTS: Mapping[str, tuple[object, str]] = {
    "ok": (_l("Siap"), "success"),
    "warning": (_l("Siap, ada catatan"), "warning"),
    "error": (_l("Ditolak"), "error"),
}
OUTCOMES: Mapping[str, tuple[object, str]] = {
    "waiting": (_l("Menunggu giliran"), "neutral"),
    "done": (_l("Disiapkan"), "success"),
    "passed": (_l("Dilewati"), "warning"),
    "failed": (_l("Gagal"), "error"),
}


def sentence_of(finding: Sequence[Any]) -> str:
    """A finding as a sentence with its column: "Surel: Belum diisi."."""
    column, code, named = finding
    said = str(ERRORS.get(code) or WARNINGS[code])
    text = said % named if "%(" in said else said
    if code == "blocked":
        text = str(_("%(what)s ini diblokir: %(reason)s", **named))
    return f"{FIELDS[column][0]}: {text}" if column in FIELDS else text


def said_of(findings: Sequence[Sequence[Any]]) -> str:
    """All findings of a row, one after another."""
    return " ".join(sentence_of(one) for one in findings)
