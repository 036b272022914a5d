"""Why something could not be signed: a code that may be kept with a document, and a sentence for people."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

WHY = {
    "passphrase": _l("Frasa sandi tidak cocok. Ketikkan sekali lagi; huruf besar dan kecil dibedakan."),
    "expired": _l("Masa berlaku sertifikat sudah habis. Perbarui sertifikat di halaman Kunci tanda tangan."),
    "not_yet_valid": _l("Sertifikat ini belum berlaku. Tunggu sampai tanggal berlakunya, atau pakai kunci lain."),
    "retired": _l("Kunci ini sudah tidak dipakai lagi. Pilih kunci lain di halaman Kunci tanda tangan."),
    "away": _l("Layanan tanda tangan sedang tidak dapat dihubungi. Surat tetap menunggu; coba lagi nanti."),
    "not_registered": _l(
        "Layanan BSrE tidak mengenal NIK penanda tangan ini. Periksa NIK di halaman Kunci tanda tangan, "
        "atau hubungi pengelola sertifikat kabupaten."
    ),
    "service_refused": _l(
        "Layanan BSrE menolak dokumen ini. Surat tetap menunggu; coba lagi, atau hubungi pengelola aplikasi."
    ),
    "service_login": _l(
        "Layanan BSrE menolak akun aplikasi ini. Surat tetap menunggu; hubungi pengelola aplikasi."
    ),
    "too_late": _l(
        "Frasa sandi hanya disimpan lima menit dan sudah dihapus sebelum dipakai. Ketikkan sekali lagi."
    ),
    "interrupted": _l(
        "Penandatanganan terhenti sebelum selesai. Tidak ada yang hilang; ketikkan frasa sandi sekali lagi."
    ),
    "demo_only": _l("Sertifikat percontohan tidak dapat dipakai pada layanan yang sesungguhnya."),
    "other_signer": _l("Surat ini ditandatangani pejabat lain. Pilih kunci milik pejabat itu."),
    "storage": _l("Penyimpanan berkas sedang tidak dapat dihubungi. Surat tetap menunggu; coba lagi nanti."),
    "died": _l("Yang bersangkutan sudah tercatat meninggal. Kembalikan surat ini kepada petugas."),
    "changed": _l("Surat ini berubah sejak Anda melihatnya. Buka kembali, lalu tanda tangani."),
    "document": _l("Surat ini tidak dapat dibuat menjadi PDF. Periksa isinya lewat halaman suratnya."),
}  # fmt: skip
"""Code → sentence that says what happened and what to do next."""


def why(code: str) -> str:
    """The sentence of a code that was kept earlier; an unknown one gets a general sentence."""
    return str(WHY.get(code) or _l("Belum dapat ditandatangani. Coba lagi."))


class NotSigned(RuntimeError):
    """A document was not signed and is as it was; `code` is one of WHY, the message its sentence."""

    code = "service_refused"

    def __init__(self, code: str = "") -> None:
        self.code = code or type(self).code
        super().__init__(why(self.code))


class WrongPassphrase(NotSigned):
    """The passphrase does not open the key."""

    code = "passphrase"


class CertificateExpired(NotSigned):
    """The certificate's time is over (or, with the code `not_yet_valid`, has not begun)."""

    code = "expired"


class KeyUnusable(NotSigned):
    """The key was retired, or may not be used here."""

    code = "retired"


class SigningAway(NotSigned):
    """The national service does not answer."""

    code = "away"


class NotRegistered(NotSigned):
    """The national service does not know the signer."""

    code = "not_registered"


class CertificateRefused(ValueError):
    """An uploaded certificate is not kept; the message is a sentence for the person who sent it."""
