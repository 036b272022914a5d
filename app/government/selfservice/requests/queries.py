"""One's own requests as one sees them: what waits, how far each has come, what to do next."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.core.casework.models import CaseStep
from app.core.casework.steps import steps_of
from app.core.privacy.vault import open_vault
from app.core.ui import formats
from app.extensions import db
from app.government.letters.desk.boxes import open_box
from app.government.letters.models import OPEN_STATES, Letter
from app.government.selfservice.accounts import ResidentActor
from app.government.selfservice.requests.drafts import KEPT_DAYS, papers_of
from app.government.selfservice.requests.services import may_rate, own_letter
from tenants.models import now

MOST_LISTED = 60
TONES = {
    "draft": "neutral", "submitted": "info", "verified": "info", "approved": "info", "issued": "success",
    "collected": "success", "rejected": "error", "cancelled": "neutral",
}  # fmt: skip
WORDS: dict[str, Any] = {
    "draft": _l("Belum dikirim"),
    "submitted": _l("Menunggu diperiksa"),
    "verified": _l("Menunggu tanda tangan"),
    "approved": _l("Sedang ditandatangani"),
    "issued": _l("Sudah jadi"),
    "collected": _l("Selesai"),
    "rejected": _l("Ditolak"),
    "cancelled": _l("Dibatalkan"),
}
"""A request's state in the words of whoever asked."""
IN_INK = {"approved": _l("Disetujui kepala")}
"""The same where ink follows at the hall."""
STEPS: dict[str, Any] = {
    "submitted": _l("Permohonan dikirim"),
    "changed": _l("Permohonan diperbaiki"),
    "verified": _l("Diperiksa petugas"),
    "sent_back": _l("Diperiksa sekali lagi"),
    "approved": _l("Disetujui"),
    "issued": _l("Surat terbit"),
    "collected": _l("Surat diserahkan"),
    "rejected": _l("Permohonan ditolak"),
    "cancelled": _l("Dibatalkan"),
    "rated": _l("Anda menilai layanan ini"),
}
HANDED: dict[str, Any] = {
    "downloaded": _l("Surat diunduh"),
    "collected": _l("Surat diambil di kantor"),
    "delivered": _l("Surat diantar"),
    "sent": _l("Surat dikirim"),
    "printed": _l("Surat dicetak di kios"),
}
WAY = ("submitted", "verified", "approved", "issued")
"""The way of a request that goes well."""


@dataclass(frozen=True, slots=True)
class RequestLine:
    """A request in a list."""

    id: uuid.UUID
    title: str
    holder_name: str
    state: str
    number: str
    moment: dt.datetime
    due_at: dt.datetime | None
    signing: str

    @property
    def word(self) -> str:
        """Its state in words."""
        return word_of(self.state, self.signing)

    @property
    def tone(self) -> str:
        """The tone of its state."""
        return TONES[self.state]

    @property
    def promise(self) -> str:
        """Until when it was promised, while somebody waits; what a draft waits for."""
        if self.state == "draft":
            until = self.moment + dt.timedelta(days=KEPT_DAYS)
            return str(_("Disimpan sampai %(day)s", day=formats.date(until)))
        return promised(self.state, self.due_at)


@dataclass(frozen=True, slots=True)
class Requests:
    """One's own requests: drafts, those on their way, and those that came to their end."""

    drafts: list[RequestLine]
    waiting: list[RequestLine]
    done: list[RequestLine]

    @property
    def ready(self) -> list[RequestLine]:
        """Letters that lie there for whoever asked: issued, not fetched yet."""
        return [line for line in self.done if line.state == "issued"]


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a request: done at a moment by somebody, or still to come (`at` None)."""

    title: str
    at: dt.datetime | None
    who: str = ""
    state: str = "done"


@dataclass(frozen=True, slots=True)
class Request:
    """One request with its way, its photos, and what may be done now."""

    letter: Letter
    steps: list[Step]
    files: list[Any]
    next: str
    comment: str
    is_late: bool
    may_take_back: bool
    may_download: bool
    is_at_hall: bool
    may_ask_again: bool
    may_rate: bool

    @property
    def word(self) -> str:
        """Its state in words."""
        return word_of(self.letter.state, self.letter.signing)

    @property
    def tone(self) -> str:
        """The tone of its state."""
        return TONES[self.letter.state]


def word_of(state: str, signing: str) -> str:
    """A state in the words of whoever asked."""
    return str((signing == "wet" and IN_INK.get(state)) or WORDS[state])


def promised(state: str, due_at: dt.datetime | None) -> str:
    """The village's promise as a sentence, while somebody waits."""
    if state not in OPEN_STATES or due_at is None:
        return ""
    if due_at < now():
        return str(_("Lewat dari janji: seharusnya siap %(day)s", day=formats.date(due_at)))
    return str(_("Siap paling lambat %(day)s", day=formats.moment(due_at)))


def own_requests(resident: ResidentActor) -> Requests:
    """All requests of an account, the newest first: one select, at most sixty."""
    query = (
        select(
            Letter.id, Letter.title, Letter.holder_name, Letter.state, Letter.number, Letter.due_at,
            Letter.created_at, Letter.updated_at, Letter.submitted_at, Letter.signing,
        )
        .where(Letter.account_id == resident.account_id)
        .order_by(Letter.updated_at.desc(), Letter.id.desc())
        .limit(MOST_LISTED)
    )  # fmt: skip
    lines = [_line(row) for row in db.session.execute(query)]
    return Requests(
        [line for line in lines if line.state == "draft"],
        [line for line in lines if line.state in OPEN_STATES],
        [line for line in lines if line.state != "draft" and line.state not in OPEN_STATES],
    )


def own_request(letter_id: uuid.UUID, resident: ResidentActor) -> Request:
    """One request of an account with all that its page shows: four selects. Raises Missing."""
    letter = own_letter(letter_id, resident)
    box = open_box(letter, open_vault())
    at_hall = letter.signing == "wet"
    return Request(
        letter=letter,
        steps=_way(letter, steps_of(letter_id, public_only=True)),
        files=list(papers_of(letter_id).values()),
        next=_next(letter, at_hall),
        comment=str(box.get("rating_comment", "")),
        is_late=letter.state in OPEN_STATES and letter.due_at is not None and letter.due_at < now(),
        may_take_back=letter.state == "submitted",
        may_download=letter.state in ("issued", "collected") and not at_hall,
        is_at_hall=letter.state == "issued" and at_hall,
        may_ask_again=letter.state in ("rejected", "cancelled") and letter.origin in ("online", "kiosk"),
        may_rate=may_rate(letter),
    )


def asked_lately(code: str, resident: ResidentActor) -> uuid.UUID | None:
    """The newest letter of a type that this account asked for within a day and that still goes on or is done."""
    query = select(Letter.id).where(
        Letter.account_id == resident.account_id,
        Letter.type_code == code,
        Letter.submitted_at >= now() - dt.timedelta(days=1),
        Letter.state.not_in(("draft", "rejected", "cancelled")),
    )
    found: uuid.UUID | None = db.session.scalar(query.order_by(Letter.submitted_at.desc()).limit(1))
    return found


def _line(row: Any) -> RequestLine:
    moment = row.updated_at if row.state == "draft" else row.submitted_at or row.created_at
    return RequestLine(
        row.id, row.title, row.holder_name, row.state, row.number, moment, row.due_at, row.signing
    )  # fmt: skip


def _way(letter: Letter, taken: Sequence[CaseStep]) -> list[Step]:
    """The steps that were taken, and those that are still to come while all goes well."""
    steps = []
    for step in taken:
        if step.kind not in STEPS:
            continue
        title = STEPS[step.kind]
        if step.kind == "collected":
            title = HANDED.get(str(step.details.get("how", "")), title)
        bad = step.kind in ("rejected", "cancelled")
        who = str(_("Anda")) if step.by_kind in ("resident", "kiosk") else step.by_name
        steps.append(Step(str(title), step.at, who, "bad" if bad else "done"))
    if letter.state in OPEN_STATES:
        come = WAY[WAY.index(letter.state) + 1 :]
        if letter.state == "verified" and letter.signing == "wet":
            come = ("issued",)
        for number, kind in enumerate(one for one in come if one != "approved" or letter.signing != "wet"):
            steps.append(Step(_to_come(kind), None, state="next" if number == 0 else "later"))
    return steps


def _to_come(kind: str) -> str:
    words = {
        "verified": _("Petugas memeriksa permohonan"),
        "approved": _("Surat ditandatangani"),
        "issued": _("Surat terbit"),
    }
    return str(words[kind])


def _next(letter: Letter, at_hall: bool) -> str:
    """What happens next, or what to do, as a sentence."""
    words = {
        "submitted": _(
            "Petugas memeriksa isian dan foto Anda. Kami kabari bila siap; "
            "surat bertanda tangan tinta diambil di balai."
        )
        if at_hall
        else _(
            "Petugas memeriksa isian dan foto Anda. Kami kabari bila siap; suratnya diunduh di halaman ini."
        ),
        "verified": _("Isian sudah benar. Surat menunggu tanda tangan."),
        "approved": _("Kepala sudah menyetujui. Surat dicetak di balai; kami kabari bila siap diambil.")
        if at_hall
        else _("Surat sedang ditandatangani secara elektronik."),
        "issued": _("Surat siap ditandatangani dan diambil di balai pada jam layanan. Bawa KTP Anda.")
        if at_hall
        else _("Surat sudah ditandatangani. Unduh dan simpan di ponsel Anda, atau cetak."),
        "collected": _("Surat ini sudah Anda terima."),
        "rejected": _("Baca alasannya, perbaiki, lalu ajukan lagi. Isian Anda tidak hilang."),
        "cancelled": _("Permohonan ini tidak diteruskan."),
    }
    return str(words.get(letter.state, ""))
