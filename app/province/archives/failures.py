"""Why an archive was not made, in sentences: the same on the page of archives and on that of work."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

_WHY = {
    "interrupted": _l("Pekerjaan terputus di tengah jalan. Data desa utuh, tidak ada berkas tertinggal. Minta lagi."),
    "too_late": _l("Pekerjaan tidak sempat dimulai, jadi frasa sandinya dibuang. Data desa utuh. Minta arsip lagi."),
    "disk": _l("Penyimpanan penuh. Data desa utuh; tidak ada berkas yang tertinggal. Beri tahu pengelola Siger."),
    "storage": _l("Penyimpanan berkas tidak menjawab. Data desa utuh. Coba lagi beberapa saat lagi."),
    "sealed": _l("Ada data tersegel yang tidak terbuka. Data desa tidak diubah. Beri tahu pengelola Siger."),
    "database": _l("Basis data tidak menjawab. Data desa utuh. Coba lagi beberapa saat lagi."),
    "unknown": _l("Arsip belum berhasil dibuat. Data desa utuh. Coba lagi, atau beri tahu pengelola Siger."),
}  # fmt: skip


class NotMade(Exception):
    """An archive failed and is not tried again, since its passphrase is gone; the message is the sentence."""


def why_failed(code: str) -> str:
    """The sentence for the `error` of an archive that failed."""
    return str(_WHY.get(code, _WHY["unknown"]))
