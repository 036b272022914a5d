"""What applicants are told by letter. A message goes into the open transaction here; a job writes the letter.

`told(application, "approved")` asks for a letter. Its text and its link come from the row when it is sent, so a letter
that no longer holds (a confirmation that was done meanwhile) is not sent at all.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Literal, get_args
from uuid import UUID

from flask_babel import force_locale
from flask_babel import gettext as _

from app.core.links import village_origin
from app.core.mail import Letter, send_later, writes_letter
from app.core.ui.formats import date
from app.extensions import db
from app.province.onboarding.applications import events, links, offices, rows
from app.province.onboarding.applications.models import Application, ApplicationEvent
from tenants.models import TenantRow

What = Literal[
    "resume", "confirm", "submitted", "returned", "approved", "rejected", "outrun", "live", "withdrawn", "reminder",
    "expired",
]  # fmt: skip
KIND = "application_"
SENT = "sent"
"""The note of a dated step of the kind `mail`, once the letter was handed over."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What the letters speak of."""

    application: Application
    row: TenantRow | None
    link: str

    @property
    def village(self) -> str:
        """`Pekon Gisting Atas, Kecamatan Gisting`, or the words for a village that was not chosen yet."""
        if self.row is None:
            return str(_("desa Anda"))
        return f"{self.row.term} {self.row.name}, Kecamatan {self.row.district_name}"

    @property
    def office(self) -> str:
        """The office that decides."""
        return offices.office_name(self.row) if self.row else str(_("Dinas PMD kabupaten Anda"))

    @property
    def decider(self) -> str:
        """The office that has decided."""
        return offices.decided_office(self.application, self.row) if self.row else self.office

    @property
    def host(self) -> str:
        """The address that was chosen, as a link."""
        slug = self.row.slug if self.row and self.application.state in ("provisioned", "live") else None
        return village_origin(slug or self.application.slug or "")


def told(application: Application, what: What) -> None:
    """Ask in the open transaction for a letter to the applicant, and note it. Nothing without an e-mail address.

    Args:
        application: the row, in the session and in the state that the letter tells.
        what: which letter.
    """
    if not application.email:
        return
    event = events.note(application, "mail", what)
    send_later(KIND + what, application.id, occasion=event.id)


# --- the letters ---------------------------------------------------------------------------------------------------

Text = tuple[str, str]
"""Subject and body."""


def _resume(facts: Facts) -> Text | None:
    return _("Lanjutkan pendaftaran %(village)s", village=facts.village), _(
        "Halo %(name)s,\n\nPendaftaran %(village)s di Siger tersimpan. Lanjutkan dari perangkat mana pun lewat tautan "
        "ini:\n%(link)s\n\nSiapa pun yang memegang tautan ini dapat membuka pendaftarannya, jadi jangan diteruskan.\n\n"
        "Abaikan surat ini bila Anda tidak mendaftarkan desa.\n",
        **_names(facts),
    )


def _confirm(facts: Facts) -> Text | None:
    if not rows.waits(facts.application):
        return None
    return _("Pastikan surel Anda: pendaftaran %(village)s", village=facts.village), _(
        "Halo %(name)s,\n\nTinggal satu langkah: pastikan bahwa surel ini milik Anda. Buka tautan ini lalu tekan "
        "tombolnya (berlaku 48 jam, sekali pakai):\n%(confirm)s\n\nSesudah itu pendaftaran %(village)s diteruskan "
        "kepada %(office)s.\n\nAbaikan surat ini bila Anda tidak mendaftarkan desa.\n",
        confirm=links.confirm_url(facts.application),
        **_names(facts),
    )


def _submitted(facts: Facts) -> Text | None:
    return _("Pendaftaran %(village)s sudah diterima", village=facts.village), _(
        "Halo %(name)s,\n\nPendaftaran %(village)s sudah kami terima pada %(day)s dan kini diperiksa oleh "
        "%(office)s.\n\nYang terjadi berikutnya:\n1. Petugas memeriksa isian dan surat tugas Anda.\n2. Bila ada "
        "yang kurang, Anda diberi tahu lewat surel ini.\n3. Bila disetujui, situs "
        "desa langsung disiapkan dan Anda menerima undangan untuk masuk.\n\nLihat keadaannya kapan saja:\n%(link)s\n",
        day=date(facts.application.submitted_at),
        **_names(facts),
    )


def _returned(facts: Facts) -> Text | None:
    if facts.application.state != "returned":
        return None
    return _("Perlu dilengkapi: pendaftaran %(village)s", village=facts.village), _(
        "Halo %(name)s,\n\n%(office)s sudah memeriksa pendaftaran %(village)s dan meminta sesuatu diperbaiki:\n\n"
        "%(comment)s\n\nPerbaiki lalu kirim lagi di sini; isian Anda masih tersimpan:\n%(link)s\n",
        comment=facts.application.comment,
        **_names(facts, facts.decider),
    )


def _approved(facts: Facts) -> Text | None:
    return _("Disetujui: %(village)s di Siger", village=facts.village), _(
        "Halo %(name)s,\n\nPendaftaran %(village)s disetujui oleh %(office)s. Alamat situs desa:\n%(host)s\n\n"
        "Undangan untuk membuat kata sandi dan masuk dikirim dalam surel tersendiri ke alamat ini. Buka tautan di "
        "dalamnya, lalu ikuti langkah penyiapan.\n\nKeadaannya:\n%(link)s\n",
        host=facts.host,
        **_names(facts, facts.decider),
    )


def _rejected(facts: Facts) -> Text | None:
    if facts.application.state != "rejected":
        return None
    return _("Tidak disetujui: pendaftaran %(village)s", village=facts.village), _(
        "Halo %(name)s,\n\n%(office)s tidak menyetujui pendaftaran %(village)s, dengan alasan:\n\n%(comment)s\n\n"
        "%(again)s\n\n%(link)s\n",
        comment=facts.application.comment,
        again=_again(facts.row),
        **_names(facts, facts.decider),
    )


def _again(row: TenantRow | None) -> str:
    """What whoever was refused can do: apply again, or not where the village was prepared another way meanwhile."""
    if rows.may_be_applied_for_again(row):
        return str(
            _("Bila Anda mengira ini keliru, hubungi kantor itu. Desa dapat didaftarkan lagi kapan saja.")
        )
    return str(
        _(
            "Situs desa ini sudah disiapkan, jadi desanya tidak didaftarkan lagi. Bila Anda bekerja di sana, minta "
            "kantor itu mengundang Anda."
        )
    )


def _outrun(facts: Facts) -> Text | None:
    return _("Sudah didaftarkan orang lain: %(village)s", village=facts.village), _(
        "Halo %(name)s,\n\nPendaftaran lain untuk %(village)s sudah lebih dahulu masuk, jadi pendaftaran Anda tidak "
        "diteruskan. Satu desa hanya punya satu pendaftaran pada satu waktu.\n\nTanyakan kepada kepala desa atau "
        "sekretaris siapa yang mendaftar. Bila tidak ada yang tahu, hubungi %(office)s.\n\n%(link)s\n",
        **_names(facts),
    )


def _live(facts: Facts) -> Text | None:
    return _("%(village)s sudah siap dipakai", village=facts.village), _(
        "Halo %(name)s,\n\nPenyiapan %(village)s selesai dan situsnya sudah terbuka untuk warga:\n%(host)s\n\n"
        "Terima kasih sudah mengantarkan desa Anda sampai di sini.\n",
        host=facts.host,
        **_names(facts),
    )


def _withdrawn(facts: Facts) -> Text | None:
    return _("Pendaftaran %(village)s ditarik", village=facts.village), _(
        "Halo %(name)s,\n\nPendaftaran %(village)s sudah ditarik dan tidak diproses lagi. Desa dapat didaftarkan lagi "
        "kapan saja.\n",
        **_names(facts),
    )


def _reminder(facts: Facts) -> Text | None:
    if facts.application.state not in ("draft", "confirming"):
        return None
    return _("Pendaftaran %(village)s belum dikirim", village=facts.village), _(
        "Halo %(name)s,\n\nPendaftaran %(village)s masih tersimpan tetapi belum dikirim. Lanjutkan di "
        "sini:\n%(link)s\n\nBila tidak dilanjutkan, pendaftaran ini ditutup sepuluh hari lagi.\n",
        **_names(facts),
    )


def _expired(facts: Facts) -> Text | None:
    if facts.application.state != "expired":
        return None
    return _("Pendaftaran %(village)s ditutup", village=facts.village), _(
        "Halo %(name)s,\n\nPendaftaran %(village)s tidak disentuh selama 30 hari, jadi kami tutup. Desa dapat "
        "didaftarkan lagi kapan saja dalam beberapa menit.\n",
        **_names(facts),
    )


def _names(facts: Facts, office: str = "") -> dict[str, str]:
    return {
        "name": facts.application.applicant_name or str(_("Bapak/Ibu")),
        "village": facts.village,
        "office": office or facts.office,
        "link": facts.link,
    }


_WRITERS: dict[str, Callable[[Facts], Text | None]] = {
    "resume": _resume, "confirm": _confirm, "submitted": _submitted, "returned": _returned, "approved": _approved,
    "rejected": _rejected, "outrun": _outrun, "live": _live, "withdrawn": _withdrawn, "reminder": _reminder,
    "expired": _expired,
}  # fmt: skip


def _letter(what: str, application_id: UUID, _place: UUID | None, occasion: str) -> Letter | None:
    """Write one letter from the rows; None when it was sent before or tells what is not so any more."""
    application = db.session.get(Application, application_id)
    event = db.session.get(ApplicationEvent, UUID(occasion))
    if application is None or event is None or event.note == SENT or not application.email:
        return None
    row = db.session.get(TenantRow, application.tenant_id) if application.tenant_id else None
    link = links.own_url(links.seal_address(application))
    with force_locale(application.locale):
        written = _WRITERS[what](Facts(application, row, link))
    if written is None:
        return None
    return Letter(
        application.email,
        str(written[0]),
        str(written[1]),
        f"application-{occasion}",
        partial(_mark_sent, event),
    )


def _mark_sent(event: ApplicationEvent) -> None:
    event.note = SENT
    db.session.commit()


for _what in get_args(What):
    writes_letter(KIND + _what)(partial(_letter, _what))
