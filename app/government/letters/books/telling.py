"""A case's steps as a timeline tells them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.core.casework.models import CaseStep
from app.government.letters.books.words import INSTRUCTIONS, word

TITLES = {
    "recorded": _l("Surat dicatat"),
    "changed": _l("Catatan diubah"),
    "scanned": _l("Pindaian ditambahkan"),
    "scan_removed": _l("Pindaian dihapus"),
    "disposition": _l("Disposisi diberikan"),
    "report": _l("Disposisi dilaporkan selesai"),
    "replied": _l("Dijawab dengan surat keluar"),
    "finished": _l("Dinyatakan selesai"),
    "cancelled": _l("Dibatalkan"),
}
TONES = {"cancelled": "error", "report": "success", "finished": "success", "replied": "success"}


@dataclass(frozen=True, slots=True)
class Told:
    """A line of the timeline."""

    at: dt.datetime
    title: str
    who: str
    text: str
    tone: str = ""
    url: str = ""


def incoming_timeline(steps: Sequence[CaseStep]) -> list[Told]:
    """What happened to an incoming letter, the last first."""
    return [
        Told(step.at, word(TITLES, step.kind), step.by_name, _text(step), TONES.get(step.kind, ""))
        for step in reversed(steps)
    ]


def _text(step: CaseStep) -> str:
    if step.kind == "disposition":
        to = ", ".join(one["title"] for one in step.details.get("officials", ()))
        told = [word(INSTRUCTIONS, code) for code in step.details.get("instructions", ())]
        return " · ".join(part for part in (str(_("Kepada %(names)s", names=to)), *told, step.note) if part)
    if step.kind == "replied":
        return str(step.details.get("number", ""))
    return step.note


LETTER_TITLES = {
    "submitted": _l("Diajukan"),
    "changed": _l("Isian diubah"),
    "verified": _l("Diperiksa"),
    "sent_back": _l("Dikembalikan untuk diperbaiki"),
    "approved": _l("Disetujui"),
    "issued": _l("Terbit"),
    "collected": _l("Diserahkan"),
    "rejected": _l("Ditolak"),
    "cancelled": _l("Dibatalkan"),
    "entered": _l("Dicatat dalam buku"),
    "sent": _l("Dikirim"),
}


def letter_timeline(steps: Sequence[CaseStep]) -> list[Told]:
    """What happened to an outgoing letter, the last first."""
    return [
        Told(
            step.at,
            word(LETTER_TITLES, step.kind),
            step.by_name,
            _sent(step) if step.kind == "sent" else step.note,
            "error" if step.kind in ("cancelled", "rejected") else "",
        )
        for step in reversed(steps)
    ]


def _sent(step: CaseStep) -> str:
    told = step.details
    parts = [_("Kepada %(names)s", names=told.get("sent_to", ""))]
    if told.get("carried_by"):
        parts.append(_("dibawa oleh %(name)s", name=told["carried_by"]))
    if told.get("received_by"):
        parts.append(_("diterima oleh %(name)s", name=told["received_by"]))
    return ", ".join(str(part) for part in parts)
