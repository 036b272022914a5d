"""Asking for a letter on the kiosk: the frequent ones, printed at once or with a queue number."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import structlog
from flask_babel import gettext as _
from sqlalchemy import select

from app.core.audit import record
from app.core.casework.steps import add_step
from app.core.documents import DocumentFailed
from app.core.files.storage import StorageAway
from app.core.ui.formats import ZONE
from app.core.village.errors import Invalid, Missing
from app.core.village.options import choose_options, options_of
from app.extensions import db
from app.government.letters.desk.boxes import letter_file
from app.government.letters.desk.life import SUBJECT, collect
from app.government.letters.desk.services import ask, issue
from app.government.letters.markup import MarkupWrong
from app.government.letters.models import Letter
from app.government.letters.types import LetterKind, letter_type, letter_types
from app.government.residents.writing import today
from app.government.selfservice.accounts.sessions import ResidentActor
from app.government.selfservice.kiosk.devices import Kiosk
from app.government.selfservice.models import PortalAccount

log = structlog.get_logger(__name__)

SIMPLE_FIELDS = frozenset(("line", "text", "date", "time", "integer", "number", "rupiah", "choice", "yes_no"))
MOST_FIELDS = 5
OPTIONS = "selfservice"
PRINTED = ("issued", "collected")
"""A letter may be printed once more: paper jams."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What came of asking: the letter, its queue number (0 where it was issued at once), whether it can be printed."""

    id: uuid.UUID
    title: str
    number: str
    queue: int
    is_issued: bool


def kinds_on_kiosk() -> list[LetterKind]:
    """The letters that the kiosk offers: frequent, about the one who asks, with few and plain fields."""
    return [kind for kind in letter_types() if is_for_kiosk(kind)]


def is_for_kiosk(kind: LetterKind) -> bool:
    """Whether a letter can be asked for while standing: nobody picks people or fills tables there."""
    return (
        kind.frequent
        and kind.online
        and kind.about in ("living", "anyone")
        and len(kind.fields) <= MOST_FIELDS
        and all(field.kind in SIMPLE_FIELDS for field in kind.fields)
    )


def kind_on_kiosk(code: str) -> LetterKind:
    """One of them. Raises Missing."""
    kind = letter_type(code)
    if not is_for_kiosk(kind):
        raise Missing(code)
    return kind


def needs_papers(kind: LetterKind) -> bool:
    """Whether a letter has required papers, which nobody photographs on a kiosk."""
    return any(paper.needed for paper in kind.requirements)


def prints_at_once(kiosk: Kiosk, kind: LetterKind) -> bool:
    """Whether a kiosk issues and prints a letter by itself.

    One with required papers only where the village has said of this type that staff look at them while it is printed.
    """
    if not kiosk.prints or kind.code not in kiosk.at_once:
        return False
    return not needs_papers(kind) or kind.code in kiosk.checked


def ask_on_kiosk(
    kiosk: Kiosk, resident: ResidentActor, code: str, values: Mapping[str, Any], key: uuid.UUID | None
) -> uuid.UUID:
    """Ask for a letter for the one who stands there, and commit; returns its id.

    Where the village lets this kiosk print the type at once, the letter is issued in ink: number and PDF are there, the
    signature follows at the counter. Else, or when that fails, it waits at the desk under a queue number.

    Raises:
        Missing: not offered here. WrongValues: with sentences by field. Invalid: can't be asked for.
    """
    kind = kind_on_kiosk(code)
    at_once = prints_at_once(kiosk, kind)
    if at_once and _printed_today(resident, code, key):
        raise Invalid("", str(_("Anda sudah mencetak surat ini hari ini; hubungi petugas.")))
    letter = ask(
        code,
        resident_id=resident.resident_id,
        values=values,
        origin="kiosk",
        account_id=resident.account_id,
        idempotency_key=key,
        by_kind="kiosk",
        signing="wet" if at_once else None,
    )
    letter_id = letter.id
    if letter.state != "submitted" or letter.details.get("queue"):
        return letter_id
    if at_once and _issued(letter_id):
        return letter_id
    _queue(letter_id, kiosk, kind)
    return letter_id


def asked(letter_id: uuid.UUID, resident: ResidentActor) -> Asked:
    """What came of a letter that this person asked for on a kiosk. Raises Missing."""
    letter = _own(letter_id, resident)
    return Asked(
        letter.id,
        letter.title,
        letter.number or "",
        int(letter.details.get("queue", 0)),
        letter.state in PRINTED,
    )


def print_file(letter_id: uuid.UUID, kiosk: Kiosk, resident: ResidentActor) -> bytes:
    """The PDF of a letter that was issued at once, for the kiosk's printer; noted as handed over. Commits.

    Raises Missing: not this person's, not issued, or a kiosk without a printer. StorageAway.
    """
    letter = _own(letter_id, resident)
    if letter.state not in PRINTED or not kiosk.prints:
        raise Missing("letter")
    data = letter_file(letter_id)
    if letter.state == "issued":
        letter = collect(letter_id, "printed", by_kind="kiosk")
    record("kiosk.printed", object_type="letter", object_id=letter_id, summary=letter.title)
    db.session.commit()
    return data


def _printed_today(resident: ResidentActor, code: str, key: uuid.UUID | None) -> bool:
    """Whether a letter of this type was printed at once for this person today; the same form again is no other one.

    Holds the account's row until the letter is asked for, so that two screens don't print at the same moment.
    """
    db.session.execute(
        select(PortalAccount.id).where(PortalAccount.id == resident.account_id).with_for_update()
    )
    midnight = dt.datetime.combine(today(), dt.time(), ZONE)
    query = select(Letter.id).where(
        Letter.account_id == resident.account_id,
        Letter.type_code == code,
        Letter.origin == "kiosk",
        Letter.created_at >= midnight,
        Letter.state.not_in(("draft", "rejected", "cancelled")),
        Letter.details["queue"].is_(None),
    )
    if key is not None:
        query = query.where(Letter.idempotency_key.is_distinct_from(key))
    return db.session.scalar(query.limit(1)) is not None


def _own(letter_id: uuid.UUID, resident: ResidentActor) -> Letter:
    query = select(Letter).where(Letter.id == letter_id, Letter.account_id == resident.account_id)
    letter: Letter | None = db.session.scalars(query.where(Letter.origin == "kiosk")).one_or_none()
    if letter is None:
        raise Missing("letter")
    return letter


def _issued(letter_id: uuid.UUID) -> bool:
    try:
        issue(letter_id, by_kind="kiosk")
    except (Invalid, Missing, DocumentFailed, MarkupWrong, StorageAway) as error:
        db.session.rollback()
        log.warning("kiosk_could_not_issue", letter_id=str(letter_id), error=type(error).__name__)
        return False
    return True


def _queue(letter_id: uuid.UUID, kiosk: Kiosk, kind: LetterKind) -> None:
    """Give the next queue number of the day, one count for the whole hall."""
    day = today().isoformat()
    choose_options(OPTIONS, {})
    last = options_of(OPTIONS).get("queue", {})
    number = int(last.get("last", 0)) + 1 if last.get("day") == day else 1
    choose_options(OPTIONS, {"queue": {"day": day, "last": number}})
    letter = db.session.get_one(Letter, letter_id, with_for_update=True)
    letter.details = {**letter.details, "queue": number, "kiosk": kiosk.name}
    note = str(_("Nomor antrean %(number)s di %(kiosk)s", number=number, kiosk=kiosk.name))
    add_step(SUBJECT, letter_id, "queued", by_kind="kiosk", note=note)
    db.session.commit()
