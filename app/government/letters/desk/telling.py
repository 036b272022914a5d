"""Who is told of the steps of letters: the office of what comes in, the head of what waits, applicants of the rest."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.core.actors import current_actor
from app.core.notifications import declare_event, notify
from app.core.notifications.events import CHANNELS
from app.government.letters.models import Letter

_NAMES = {"surat": "judul surat", "nama": "nama pemohon"}
_REASON = {**_NAMES, "alasan": "alasan yang ditulis petugas"}
_NUMBER = {**_NAMES, "nomor": "nomor surat"}

TO_STAFF = {
    "submitted": "letters.process",
    "verified": "letters.sign",
    "sent_back": "letters.process",
    "approved": "letters.process",
}
"""Which step is told to those of the staff who hold which permission."""
TO_APPLICANT = ("verified", "issued", "rejected", "cancelled")
FROM_AFAR = ("online", "kiosk", "api")
"""Where a request comes from that nobody at the desk has typed."""


def declare_events() -> None:
    """Declare what people are told of letters (at start)."""
    everywhere = CHANNELS
    declare_event(
        "letter.submitted", _l("Permohonan surat masuk"), "Permohonan baru: {surat}",
        "{nama} mengajukan {surat}. Periksa di daftar surat yang menunggu.", ("in_app",), "staff", _NAMES,
    )  # fmt: skip
    declare_event(
        "letter.sent_back", _l("Surat dikembalikan kepala"), "{surat} perlu diperbaiki",
        "{surat} atas nama {nama} dikembalikan: {alasan}", ("in_app",), "staff", _REASON,
    )  # fmt: skip
    declare_event(
        "letter.approved", _l("Surat disetujui kepala"), "{surat} disetujui kepala",
        "{surat} atas nama {nama} sudah disetujui kepala. Terbitkan dan cetak.", ("in_app",), "staff", _NAMES,
    )  # fmt: skip
    declare_event(
        "letter.waits_for_head", _l("Surat menunggu tanda tangan"), "{surat} menunggu tanda tangan",
        "{surat} atas nama {nama} sudah diperiksa dan menunggu tanda tangan Anda.", ("in_app",), "staff", _NAMES,
    )  # fmt: skip
    declare_event(
        "letter.verified", _l("Permohonan surat sudah diperiksa"), "{surat} sudah diperiksa",
        "Permohonan {surat} Anda sudah diperiksa petugas {desa} dan menunggu tanda tangan.", ("in_app",),
        "resident", _NAMES,
    )  # fmt: skip
    declare_event(
        "letter.issued", _l("Surat sudah terbit"), "{surat} sudah terbit",
        "{surat} Anda sudah terbit dengan nomor {nomor}. Unduh di layanan mandiri {desa}.",
        everywhere, "resident", _NUMBER,
    )  # fmt: skip
    declare_event(
        "letter.ready", _l("Surat siap diambil"), "{surat} siap diambil di balai",
        "{surat} Anda, nomor {nomor}, siap diambil di balai {desa} pada jam layanan. Bawa KTP Anda.",
        everywhere, "resident", _NUMBER,
    )  # fmt: skip
    declare_event(
        "letter.rejected", _l("Permohonan surat ditolak"), "Permohonan {surat} tidak dapat dipenuhi",
        "Permohonan {surat} Anda tidak dapat dipenuhi. Alasannya: {alasan}", everywhere, "resident", _REASON,
    )  # fmt: skip
    declare_event(
        "letter.cancelled", _l("Surat dibatalkan"), "{surat} dibatalkan",
        "{surat} Anda dibatalkan. Alasannya: {alasan}", everywhere, "resident", _REASON,
    )  # fmt: skip


def told(letter: Letter, event: str, reason: str = "") -> None:
    """Tell those whom a letter's step concerns, in the open transaction.

    Args:
        letter: as it stands after the step.
        event: the step's kind, as `CaseStep.kind` has it. Steps that concern nobody are no error.
        reason: what the step says, where the letter itself keeps none.
    """
    values = {
        "surat": letter.title,
        "nama": letter.holder_name,
        "nomor": letter.number,
        "alasan": reason or letter.reason,
    }
    permission = TO_STAFF.get(event, "")
    if permission and (event != "submitted" or letter.origin in FROM_AFAR):
        code = "letter.waits_for_head" if event == "verified" else f"letter.{event}"
        notify(
            code, permission=permission, values=values, subject_kind="letter", subject_id=letter.id,
            link=f"/surat/{letter.id}",
        )  # fmt: skip
    if event in TO_APPLICANT and letter.account_id is not None and letter.origin in FROM_AFAR:
        actor = current_actor()
        if event == "cancelled" and actor is not None and actor.account_id == letter.account_id:
            return
        code = "letter.ready" if event == "issued" and letter.signing == "wet" else f"letter.{event}"
        notify(
            code, recipient_ids=[letter.account_id], values=values, subject_kind="letter",
            subject_id=letter.id, link=f"/layanan/surat/{letter.id}",
        )  # fmt: skip
