"""Deeds of the registers: making a file of one, at once or as work to wait for, noted in the audit log."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any, Literal

from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import delete, select

from app.core import audit
from app.core.documents import DIRECT_ROWS
from app.core.files.storage import ObjectMissing
from app.core.privacy.files import delete_sealed, get_sealed, put_sealed
from app.core.privacy.vault import open_vault
from app.core.village.errors import Invalid, Missing
from app.extensions import db
from app.government.residents.books import BOOKS
from app.government.residents.books.choosing import choice_args, choice_from_json, month_words
from app.government.residents.books.files import MEDIA_TYPES, BookFile, Form, file_name, make_file
from app.government.residents.books.layout import Book, Choice, Found, Reading
from app.government.residents.browse.areas import area_book
from app.government.residents.browse.services import SHORTEST_REASON
from app.government.residents.register.services.checking import without_numbers
from app.government.residents.sealed import EXPORTS
from tenants import jobs, outbox
from tenants.models import TenantJobRun, now

JOB = "residents.book_file"
KEPT = dt.timedelta(hours=24)
"""How long a file that a job made can be fetched."""


def export_book(
    book: Book, choice: Choice, form: Form, *, clear: bool, reason: str, account_id: uuid.UUID, asked_by: str
) -> BookFile | uuid.UUID:
    """Make a register's file: the file itself, or the id of the work that makes a long document.

    Args:
        clear: NIK and KK numbers as they are; the caller has checked residents.view_identity.
        reason: why, at least five letters where the book names people (Law 27/2022: a purpose for every use). That
            the caller may export them was checked.
        account_id, asked_by: who may fetch what the work makes, and their name.
    Raises:
        Invalid: no reason. DocumentFailed: it can't be made.
    """
    reason = _told(reason) if book.names_people else ""
    if form == "pdf" and _is_long(book, choice):
        _note(book, choice, form, clear=clear, reason=reason)
        _forget_old_files()
        run = jobs.start_run(
            JOB,
            f"{book.title}, {month_words(choice.month)}",
            asked_by=asked_by,
            book=book.key,
            choice=choice_args(choice),
            clear=clear,
            account_id=str(account_id),
        )
        db.session.commit()
        outbox.deliver_now(run.id)
        return run.id
    made = make_file(book, choice, form, clear=clear)
    _note(book, choice, form, clear=clear, reason=reason, lines=made.lines)
    db.session.commit()
    return made


def read_lines(book: Book, choice: Choice, reading: Reading, reason: str) -> Found:
    """Lines of a register for a program; of people only with a reason, which the audit log keeps. Raises Invalid."""
    if not book.names_people:
        return book.read(choice, reading)
    reason = _told(reason)
    found = book.read(choice, reading)
    _note(book, choice, "json", clear=False, reason=reason, lines=len(found.lines))
    db.session.commit()
    return found


def _told(reason: str) -> str:
    """The reason as the log keeps it. Raises Invalid for none."""
    reason = without_numbers(reason)
    if len(reason) < SHORTEST_REASON:
        raise Invalid("reason", str(_("Tulis alasannya, misalnya: dicetak untuk pemeriksaan kecamatan.")))
    return reason


def _is_long(book: Book, choice: Choice) -> bool:
    if not book.by_part and not book.by_area:
        return False
    vault = open_vault() if book.has_numbers else None
    return book.read(choice, Reading(area_book(), vault, limit=1)).count > DIRECT_ROWS


def _note(
    book: Book,
    choice: Choice,
    form: Form | Literal["json"],
    *,
    clear: bool,
    reason: str,
    lines: int | None = None,
) -> None:
    with force_locale("id"):
        month = month_words(choice.month)
        summary = f"{book.title}, {month}"
    details: dict[str, Any] = {"book": book.model, "month": month, "format": form, "in_clear": clear}
    if lines is not None:
        details["count"] = lines
    if reason:
        details["reason"] = reason
    audit.record(
        "residents.book_exported", object_type="book", object_id=book.key, summary=summary, details=details
    )


@jobs.job(JOB, timeout=300)
def make_book_file(
    book: str, choice: dict[str, str], clear: bool, run_id: str, **_more: Any
) -> dict[str, Any]:
    """Make a register's document and keep it sealed until it was fetched or a day has passed."""
    wanted = choice_from_json(choice)
    made = make_file(BOOKS[book], wanted, "pdf", clear=clear)
    put_sealed(f"{EXPORTS}/{run_id}", made.data, open_vault(for_writing=True))
    return {"lines": made.lines, "bytes": len(made.data)}


def find_run(run_id: uuid.UUID, account_id: uuid.UUID) -> TenantJobRun:
    """The work that this account asked for; raises Missing."""
    run = db.session.get(TenantJobRun, run_id)
    if run is None or run.name != JOB or run.arguments.get("account_id") != str(account_id):
        raise Missing("run")
    return run


def fetch_file(run: TenantJobRun) -> BookFile:
    """What the work made; raises Missing when it is not done, or gone."""
    if run.state != "done" or run.finished_at is None or run.finished_at < now() - KEPT:
        raise Missing("file")
    try:
        data = get_sealed(f"{EXPORTS}/{run.id}", open_vault())
    except ObjectMissing as error:
        raise Missing("file") from error
    book, choice = BOOKS[run.arguments["book"]], choice_from_json(run.arguments["choice"])
    return BookFile(
        data, MEDIA_TYPES["pdf"], file_name(book, choice, "pdf"), int((run.result or {}).get("lines", 0))
    )


def _forget_old_files() -> None:
    """Remove what was made more than a day ago; the caller commits."""
    old = TenantJobRun.created_at < now() - KEPT
    for run_id in db.session.scalars(select(TenantJobRun.id).where(TenantJobRun.name == JOB, old)):
        delete_sealed(f"{EXPORTS}/{run_id}")
    db.session.execute(delete(TenantJobRun).where(TenantJobRun.name == JOB, old))
