"""How the officers' pages say states, routes and steps of applications."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.province.onboarding.applications.models import ApplicationEvent
from app.province.onboarding.applications.offices import OFFICE
from app.province.onboarding.applications.steps import KEYS as WIZARD
from app.province.onboarding.applications.steps import step
from app.province.onboarding.setup.words import STEP_WORDS as SETUP
from app.province.regions import DISTRICT, PROVINCE, REGENCY, frame_name


@dataclass(frozen=True, slots=True)
class Said:
    """A word for people, with the tone of its tag."""

    label: object
    tone: str


STATES: dict[str, Said] = {
    "draft": Said(_l("Belum dikirim"), "neutral"),
    "confirming": Said(_l("Menunggu surel dipastikan"), "neutral"),
    "submitted": Said(_l("Baru diajukan"), "warning"),
    "returned": Said(_l("Dikembalikan"), "info"),
    "approved": Said(_l("Disetujui, disiapkan"), "info"),
    "provisioned": Said(_l("Mengisi penyiapan"), "gold"),
    "live": Said(_l("Sudah tayang"), "success"),
    "rejected": Said(_l("Ditolak"), "error"),
    "withdrawn": Said(_l("Ditarik"), "neutral"),
    "outrun": Said(_l("Didahului pendaftaran lain"), "neutral"),
    "expired": Said(_l("Tidak dilanjutkan"), "neutral"),
}
BOARD = ("submitted", "returned", "approved", "provisioned", "live")
"""The board's columns."""
UNSENT = ("draft", "confirming")
OVER = ("rejected", "withdrawn", "outrun", "expired")

SINCE: dict[str, Said] = {
    "suspended": Said(_l("Ditangguhkan"), "warning"),
    "archived": Said(_l("Diarsipkan"), "neutral"),
    "deleted": Said(_l("Sudah dihapus"), "neutral"),
}
"""What became of villages since they were live."""

ROUTES: dict[str, object] = {
    "self": _l("Mendaftar sendiri"),
    "invitation": _l("Undangan"),
    "bulk": _l("Penyiapan massal"),
}

LEVELS: dict[int, object] = {
    PROVINCE: _l("Provinsi saja"),
    REGENCY: _l("Kabupaten/kota"),
    DISTRICT: _l("Kecamatan"),
}
"""The lowest office that decides on a kabupaten's applications; those above it may always."""

MAILS: dict[str, object] = {
    "resume": _l("Surel: tautan untuk melanjutkan"),
    "confirm": _l("Surel: minta surel dipastikan"),
    "submitted": _l("Surel: pendaftaran diterima"),
    "returned": _l("Surel: perlu dilengkapi"),
    "approved": _l("Surel: disetujui"),
    "rejected": _l("Surel: tidak disetujui"),
    "outrun": _l("Surel: didahului pendaftaran lain"),
    "live": _l("Surel: siap dipakai"),
    "withdrawn": _l("Surel: ditarik"),
    "reminder": _l("Surel: diingatkan"),
    "expired": _l("Surel: ditutup"),
    "office": _l("Surel: kantor diberi tahu"),
    "late": _l("Surel: kantor diingatkan, terlambat"),
}
NOTES: dict[str, object] = {
    "letter": _l("Surat tugas diunggah"),
    "letter_removed": _l("Surat tugas dihapus"),
    "retry": _l("Penyiapan diulang"),
    "blocked": _l("Ditolak karena pendaftar diblokir"),
    "email_confirmed": _l("Surel dipastikan"),
    "address_taken": _l("Alamat situs keburu dipakai"),
    OFFICE: _l("Kantor yang memutuskan"),
}
BLOCKED_BY: dict[str, object] = {"email": _l("menurut surel"), "phone": _l("menurut nomor ponsel")}
"""What of somebody is blocked, as the dated step of a refused attempt keeps it."""


def state_said(state: str) -> Said:
    """How a state is said."""
    return STATES[state]


def since_said(since: str) -> Said:
    """How it is said what became of a village since it was live."""
    return SINCE[since]


def route_word(route: str) -> object:
    """How a route is said."""
    return ROUTES[route]


def step_word(key: str) -> str:
    """A step of the wizard as its page calls it; any other key as it is."""
    return str(step(key).label) if key in WIZARD else key


def setup_word(key: str) -> str:
    """A step of a village's set-up as its page calls it; any other key as it is."""
    return str(SETUP[key]) if key in SETUP else key


def event_title(event: ApplicationEvent) -> str:
    """What a dated step says in the history of an application."""
    if event.kind == "state":
        return str(STATES[event.key].label) if event.key in STATES else event.key
    if event.kind == "setup":
        return str(_("Penyiapan: “%(step)s” selesai", step=setup_word(event.key)))
    if event.kind == "step":
        return str(_("Langkah “%(step)s” disimpan", step=step_word(event.key)))
    known = MAILS if event.kind == "mail" else NOTES
    return str(known.get(event.key) or _("Catatan"))


def event_text(event: ApplicationEvent) -> str:
    """What stands under a dated step: a comment, the address that was taken, what is blocked, the office's region."""
    if event.kind == "note" and event.key == OFFICE:
        return frame_name(event.note) if event.note else ""
    if event.kind == "note" and event.key == "blocked":
        return str(BLOCKED_BY.get(event.note, ""))
    return event.note if event.kind in ("state", "note") else ""
