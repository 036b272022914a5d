"""The life of a letter, step by step: each one dated, attributed, audited and told (domain: letters)."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.core import audit
from app.core.actors import current_actor
from app.core.casework.steps import add_step
from app.core.privacy.masking import mask_personal
from app.core.privacy.vault import Vault, open_vault
from app.core.village.errors import ChangedMeanwhile, Invalid, Missing
from app.extensions import db
from app.government.letters.desk.boxes import in_clear, open_box
from app.government.letters.desk.errors import NotNow, VisitorMayNot
from app.government.letters.desk.people import check_alive, snapshot
from app.government.letters.desk.telling import told
from app.government.letters.models import OPEN_STATES, Letter
from app.government.letters.types import LetterKind, letter_type
from tenants.models import now

SUBJECT = "letter"
"""How steps and files of a letter name what they belong to."""
STATE_WORDS: dict[str, Any] = {
    "draft": _l("Konsep"),
    "submitted": _l("Diajukan"),
    "verified": _l("Diperiksa, menunggu tanda tangan"),
    "approved": _l("Disetujui kepala"),
    "issued": _l("Terbit"),
    "collected": _l("Sudah diserahkan"),
    "rejected": _l("Ditolak"),
    "cancelled": _l("Dibatalkan"),
}
SHORTEST_REASON = 5
APPLICANTS = ("resident", "kiosk")
"""Who works on a request before it is sent, as `CaseStep.by_kind`."""
HOW = {
    "collected": _l("Diambil di kantor"),
    "delivered": _l("Diantar"),
    "sent": _l("Dikirim"),
    "downloaded": _l("Diunduh"),
    "printed": _l("Dicetak di layar kios"),
}
"""How a letter came to whoever asked for it."""


def held(letter_id: uuid.UUID, seen_version: int | None = None, *, by_kind: str = "staff") -> Letter:
    """A letter, locked until the commit.

    Args:
        seen_version: its `row_version` as the person saw it; None when nothing was seen before.
        by_kind: as `CaseStep.by_kind`; what residents have begun on a phone and not sent is theirs alone.
    Raises:
        Missing: no such letter. ChangedMeanwhile: somebody else changed it since.
    """
    query = select(Letter).where(Letter.id == letter_id).with_for_update()
    letter: Letter | None = db.session.scalar(query.execution_options(populate_existing=True))
    if letter is None or (letter.is_phones_draft and by_kind not in APPLICANTS):
        raise Missing("letter")
    if seen_version is not None and letter.row_version != seen_version:
        present = {"state": letter.state, "row_version": letter.row_version, "number": letter.number}
        present["fields"] = open_box(letter, open_vault())["fields"]
        raise ChangedMeanwhile(present)
    return letter


def moved(
    letter: Letter,
    state: str,
    *,
    step: str | None = None,
    by_kind: str = "staff",
    by_name: str | None = None,
    note: str = "",
    details: dict[str, Any] | None = None,
    tell: bool = True,
) -> dt.datetime:
    """Note in the open transaction that a letter came to a state: step, audit entry, and who is told of it."""
    at = now()
    letter.state = state
    touched(letter, at)
    kind = step or state
    add_step(SUBJECT, letter.id, kind, by_kind=by_kind, by_name=by_name, note=note, details=details)
    audit.record(
        f"letter.{kind}",
        object_type="letter",
        object_id=letter.id,
        summary=label_of(letter),
        details={
            "letter_type": letter.title,
            **(details or {}),
            **({"reason": mask_personal(note)} if note else {}),
        },
    )
    if tell:
        told(letter, kind, note)
    return at


def touched(letter: Letter, at: dt.datetime | None = None) -> None:
    """Raise a letter's version: somebody who saw it before must look again."""
    letter.row_version += 1
    letter.updated_at = at or now()
    letter.search = search_text(letter)


def search_text(letter: Letter) -> str:
    """What the register's search looks through: number, holder, title and subject, without numbers of people."""
    parts = (letter.number, letter.holder_name, letter.title, letter.subject)
    return " ".join(dict.fromkeys(part for part in parts if part))[:600]


def label_of(letter: Letter) -> str:
    """A letter in a few words: its title, whose it is, and its number."""
    return " · ".join(part for part in (letter.title, letter.holder_name, letter.number) if part)


def verify(letter_id: uuid.UUID, seen_version: int | None = None, *, signing: str | None = None) -> Letter:
    """A clerk has checked a letter and hands it to the head for signing; the person's data is taken anew. Commits.

    Args:
        signing: `local` or `bsre`, where it is to be signed otherwise than it was asked with.
    Raises:
        Missing, ChangedMeanwhile. NotNow: it was not just submitted. Invalid: whoever it is about has died.
    """
    vault = open_vault(for_writing=True)
    letter = held(letter_id, seen_version)
    if letter.state != "submitted":
        raise not_now(letter)
    refresh(letter, vault)
    if signing in ("local", "bsre"):
        letter.signing = signing
    letter.verified_at = moved(letter, "verified")
    db.session.commit()
    return letter


def send_back(letter_id: uuid.UUID, reason: str, seen_version: int | None = None) -> Letter:
    """The head hands a letter back to the clerk with a reason, instead of signing it. Commits.

    Raises as `verify`; VisitorMayNot.
    """
    no_visitor()
    reason = told_reason(reason, _("Tulis apa yang perlu diperbaiki."))
    letter = held(letter_id, seen_version)
    if letter.state != "verified":
        raise not_now(letter)
    moved(letter, "submitted", step="sent_back", note=reason)
    letter.verified_at = None
    db.session.commit()
    return letter


def approve(letter_id: uuid.UUID, seen_version: int | None = None) -> Letter:
    """The head agrees to a letter that is signed in ink later: the desk may issue and print it. Commits.

    Raises:
        Missing, ChangedMeanwhile. NotNow: it does not wait for the head.
    """
    letter = held(letter_id, seen_version)
    if letter.state != "verified":
        raise not_now(letter)
    letter.signing = "wet"
    letter.details = {name: value for name, value in letter.details.items() if name != "signing_error"}
    letter.approved_at = moved(letter, "approved")
    db.session.commit()
    return letter


def reject(letter_id: uuid.UUID, reason: str, seen_version: int | None = None) -> Letter:
    """Refuse a request with a reason that the applicant reads. Commits.

    Raises:
        Missing, ChangedMeanwhile. NotNow: nobody waits for it, or it has a number. Invalid: no reason.
    """
    reason = told_reason(reason, _("Tulis alasannya; pemohon akan membacanya."))
    letter = held(letter_id, seen_version)
    if letter.state not in OPEN_STATES or letter.sequence is not None:
        raise not_now(letter)
    letter.reason = in_clear(reason)
    letter.closed_at = moved(letter, "rejected", note=reason)
    db.session.commit()
    return letter


def cancel(
    letter_id: uuid.UUID, reason: str, seen_version: int | None = None, *, by_kind: str = "staff"
) -> Letter:
    """Cancel a letter with a reason. One that has a number keeps it, and its file; nobody else ever gets it. Commits.

    Raises:
        Missing, ChangedMeanwhile. NotNow: it is rejected or cancelled already. Invalid: no reason.
    """
    reason = told_reason(reason, _("Tulis alasan pembatalan."))
    letter = held(letter_id, seen_version, by_kind=by_kind)
    if letter.state in ("rejected", "cancelled"):
        raise not_now(letter)
    letter.reason = in_clear(reason)
    letter.closed_at = moved(letter, "cancelled", by_kind=by_kind, note=reason)
    db.session.commit()
    return letter


def collect(
    letter_id: uuid.UUID,
    how: str = "collected",
    *,
    receiver: str = "",
    seen_version: int | None = None,
    by_kind: str = "staff",
) -> Letter:
    """Note that a letter came to whoever asked for it. Commits; done twice, the first one stands.

    Args:
        how: one of `HOW`. receiver: who took it, by name; numbers are masked.
    Raises:
        Missing, ChangedMeanwhile. NotNow: it is not issued. Invalid: no such way.
    """
    if how not in HOW:
        raise Invalid("how", str(_("Pilih cara penyerahan dari daftar.")))
    letter = held(letter_id, seen_version, by_kind=by_kind)
    if letter.state == "collected":
        db.session.rollback()
        return letter
    if letter.state != "issued":
        raise not_now(letter)
    details = {"how": how, **({"receiver": in_clear(receiver)} if receiver.strip() else {})}
    letter.details = {**letter.details, "collected": details}
    letter.collected_at = moved(letter, "collected", by_kind=by_kind, details=details)
    db.session.commit()
    return letter


def refresh(letter: Letter, vault: Vault, kind: LetterKind | None = None) -> None:
    """Take people's data from the register anew, in the open transaction; what has its number keeps what it says.

    Raises Invalid: whoever it is about has died meanwhile.
    """
    kind = kind or letter_type(letter.type_code, active=False)
    if letter.resident_id is not None:
        check_alive(letter.resident_id, kind.about)
    if letter.sequence is None:
        snapshot(letter, kind, vault)


def not_now(letter: Letter) -> NotNow:
    """Why a letter that stands where it stands can't do what was asked; the transaction is over after it."""
    state, number, title = letter.state, letter.number, letter.title
    db.session.rollback()
    if state in ("issued", "collected") and number:
        return NotNow(state, _("Surat ini sudah diterbitkan dengan nomor %(number)s.", number=number))
    if number and state != "cancelled":
        return NotNow(state, _("Surat ini sudah bernomor %(number)s. Batalkan dengan alasan.", number=number))
    words = {
        "draft": _("%(title)s ini masih konsep dan belum diajukan.", title=title),
        "submitted": _("%(title)s ini belum diperiksa.", title=title),
        "verified": _("%(title)s ini sudah diperiksa dan menunggu tanda tangan.", title=title),
        "approved": _("%(title)s ini sudah disetujui kepala.", title=title),
        "rejected": _("%(title)s ini sudah ditolak.", title=title),
        "cancelled": _("%(title)s ini sudah dibatalkan.", title=title),
    }
    return NotNow(state, words.get(state, _("Surat ini belum terbit.")))


def no_visitor() -> None:
    """Raise VisitorMayNot where a support visitor of the province acts: what is the head's is not theirs."""
    actor = current_actor()
    if actor is not None and actor.support_visit is not None:
        raise VisitorMayNot


def told_reason(reason: str, sentence: str) -> str:
    """A reason as it is kept. Raises Invalid when there is none."""
    reason = " ".join(reason.replace("\x00", "").split())[:500]
    if len(reason) < SHORTEST_REASON:
        raise Invalid("reason", str(sentence))
    return reason
