"""How an application stands, as its applicant is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l


@dataclass(frozen=True, slots=True)
class StateWords:
    """A state's name, what it means for the applicant in a sentence, and the tone of its message."""

    label: Any
    meaning: Any
    tone: str


STATE_WORDS: dict[str, StateWords] = {
    "draft": StateWords(
        _l("Belum dikirim"), _l("Isian Anda tersimpan. Lanjutkan kapan saja, di perangkat mana pun."), "info"
    ),
    "confirming": StateWords(
        _l("Menunggu surel dipastikan"),
        _l("Kami mengirim surel kepada Anda. Buka tautan di dalamnya lalu tekan tombolnya."),
        "warning",
    ),
    "submitted": StateWords(
        _l("Sedang diperiksa"), _l("Tidak ada yang perlu Anda lakukan. Hasilnya dikirim lewat surel."), "info"
    ),
    "returned": StateWords(
        _l("Perlu dilengkapi"), _l("Kantor meminta sesuatu diperbaiki. Perbaiki, lalu kirim lagi."), "warning"
    ),
    "approved": StateWords(
        _l("Disetujui"),
        _l("Situs desa sedang disiapkan. Undangan untuk masuk dikirim lewat surel."),
        "success",
    ),
    "provisioned": StateWords(
        _l("Situs sudah ada"),
        _l("Buka undangan di surel Anda untuk membuat kata sandi, masuk, lalu ikuti langkah penyiapan."),
        "success",
    ),
    "live": StateWords(_l("Sudah dipakai"), _l("Situs desa sudah terbuka untuk warga."), "success"),
    "rejected": StateWords(
        _l("Tidak disetujui"),
        _l("Alasannya tertulis di bawah. Desa dapat didaftarkan lagi kapan saja."),
        "error",
    ),
    "withdrawn": StateWords(
        _l("Ditarik"), _l("Pendaftaran ini Anda tarik. Desa dapat didaftarkan lagi kapan saja."), "info"
    ),
    "outrun": StateWords(
        _l("Desa ini sudah didaftarkan"),
        _l(
            "Pendaftaran lain untuk desa ini lebih dahulu masuk, jadi pendaftaran Anda tidak diteruskan. Tanyakan "
            "kepada kepala desa atau sekretaris siapa yang mendaftar."
        ),
        "warning",
    ),
    "expired": StateWords(
        _l("Ditutup"),
        _l("Tidak disentuh selama 30 hari. Desa dapat didaftarkan lagi dalam beberapa menit."),
        "info",
    ),
}
