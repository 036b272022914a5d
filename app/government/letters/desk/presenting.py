"""How letters are told on pages: tones, the steps so far, and the one deed that comes next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.core.documents.text import unprintable
from app.core.signing.errors import why
from app.government.letters.desk.issuing import ISSUABLE
from app.government.letters.desk.life import HOW, STATE_WORDS
from app.government.letters.desk.queries import LetterPage
from app.government.letters.models import Letter

TONES = {
    "draft": "neutral",
    "submitted": "info",
    "verified": "gold",
    "approved": "gold",
    "issued": "success",
    "collected": "success",
    "rejected": "error",
    "cancelled": "error",
}
ORIGIN_WORDS: dict[str, Any] = {
    "desk": _l("Loket"),
    "online": _l("Layanan mandiri"),
    "kiosk": _l("Kios"),
    "batch": _l("Surat massal"),
    "api": _l("Aplikasi lain"),
    "paper": _l("Dicatat dari buku"),
}
STEP_WORDS: dict[str, Any] = {
    **STATE_WORDS,
    "changed": _l("Isian diubah"),
    "sent_back": _l("Dikembalikan untuk diperbaiki"),
    "verified": _l("Diperiksa petugas"),
    "approved": _l("Disetujui kepala"),
    "rated": _l("Dinilai pemohon"),
}
STEP_TONES = {"issued": "success", "collected": "success", "rejected": "error", "cancelled": "error"}


@dataclass(frozen=True, slots=True)
class Deed:
    """What comes next with a letter: the endpoint that does it, and how its button is called."""

    endpoint: str
    label: str
    fields: dict[str, str]
    icon: str


def not_printable(values: Any) -> str:
    """A sentence that warns of signs in what was typed that a letter shows as □; empty when all can be set."""
    signs = unprintable(values)
    if not signs:
        return ""
    return str(
        _(
            "Tanda ini tidak dapat dicetak dan menjadi kotak kosong di surat: %(signs)s. Ganti dengan huruf biasa.",
            signs=" ".join(signs[:8]),
        )
    )


def next_deed(letter: Letter, actor: Any) -> Deed | None:
    """The one primary action of a letter's page for who looks at it; None when there is nothing to do."""
    if not actor.may("letters.process") or letter.state not in ISSUABLE or letter.is_being_signed:
        return None
    if letter.signing == "wet":
        return Deed("letters.issue", str(_("Terbitkan")), {}, "stamp")
    if letter.state == "verified":
        return None
    return Deed("letters.hand_on", str(_("Ajukan ke kepala")), {}, "signature")


def not_signed_because(letter: Letter) -> str:
    """Why a letter that waits for the head was not signed the last time, as a sentence; empty when nobody tried."""
    code = letter.details.get("signing_error") if letter.state == "verified" else ""
    return why(str(code)) if code else ""


def events_of(shown: LetterPage) -> list[dict[str, Any]]:
    """The steps of a letter for the timeline, the newest first."""
    return [
        {
            "at": step.at,
            "title": str(STEP_WORDS.get(step.kind, step.kind)),
            "who": step.by_name,
            "text": _text("" if shown.is_closed else step.note, step.details),
            "tone": STEP_TONES.get(step.kind),
        }
        for step in reversed(shown.steps)
    ]


def _text(note: str, details: dict[str, Any]) -> str:
    parts = [note] if note else []
    if details.get("number"):
        parts.append(str(_("Nomor %(number)s", number=details["number"])))
    if details.get("how") in HOW:
        parts.append(str(HOW[details["how"]]))
    if details.get("receiver"):
        parts.append(str(_("Penerima: %(name)s", name=details["receiver"])))
    return " · ".join(parts)
