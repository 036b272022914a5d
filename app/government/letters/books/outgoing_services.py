"""Deeds on the register of outgoing letters: entering one written elsewhere, noting who carried it."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError

from app.core import audit
from app.core.actors import current_actor
from app.core.casework.files import CaseFileMissing, OpenedCaseFile, keep_file, open_case_file
from app.core.casework.steps import add_step
from app.core.files.scans import ScanRefused
from app.core.files.storage import StorageAway
from app.core.privacy.masking import mask_personal
from app.core.privacy.vault import open_vault
from app.core.village.errors import Invalid, Missing
from app.core.village.queries import today
from app.extensions import db
from app.government.letters.books.counting import draw_agenda
from app.government.letters.books.incoming_services import MOST_SCANS
from app.government.letters.books.outgoing_queries import find_outgoing
from app.government.letters.desk.numbering import is_taken
from app.government.letters.desk.services import SUBJECT, draw_number
from app.government.letters.models import Letter, LetterCounter
from app.government.letters.options import LetterOptions, letter_options, number_of
from tenants.ids import uuid7
from tenants.models import now
from tenants.scope import current_tenant

EXPEDITION = ("sent_on", "sent_to", "carried_by", "received_by")
PAPER = "paper"
PAPER_BOOK = "paper-book"
"""The counter of entries that kept a number of the paper book: it shows that the register has changed."""


def record_paper(
    values: Mapping[str, Any], scans: Iterable[bytes] = (), *, letter_id: uuid.UUID | None = None
) -> Letter:
    """Enter a letter that was written elsewhere into the register, and commit.

    Args:
        values: see PaperLetterSchema. Without `sequence` it gets the next number of its year; with one, that number of
            the paper book, which must lie below the year's first number here (any free one in a year that is over).
        scans: its pages as PDF, JPEG or PNG.
        letter_id: the id that it shall have; one that is known already is that letter, and nothing is done twice.
    Raises:
        Invalid: with the field and a sentence; no number is used up.
    """
    if letter_id is not None and db.session.get(Letter, letter_id) is not None:
        return find_outgoing(letter_id)
    day: dt.date = values.get("letter_date") or today()
    if day > today():
        raise Invalid("letter_date", _("Tanggal surat belum tiba. Periksa tanggalnya."))
    actor, at = current_actor(), now()
    letter = Letter(
        id=letter_id or uuid7(),
        type_code=PAPER,
        title=mask_personal(values["title"]),
        subject=mask_personal(values.get("subject") or ""),
        recipient=mask_personal(values.get("recipient") or ""),
        classification=values.get("classification") or "",
        holder_name=mask_personal(values.get("holder_name") or ""),
        signer_name=values.get("signer_name") or "",
        state="issued",
        origin=PAPER,
        signing="wet",
        letter_date=day,
        recorded_by=actor.name if actor else "",
        issued_at=at,
    )
    _keep(letter, scans)
    options = letter_options()
    try:
        if values.get("sequence"):
            _give(letter, options, day, values["sequence"], values.get("number") or "")
        else:
            letter.type_code = ""
            draw_number(letter, options, day)
            letter.type_code = PAPER
        letter.search = _searched(letter)
        db.session.add(letter)
        add_step(SUBJECT, letter.id, "entered", details={"number": letter.number})
        _tell("letter.entered", letter, {"letter_date": day})
        db.session.commit()
    except Invalid:
        db.session.rollback()
        raise
    except IntegrityError as twice:
        db.session.rollback()
        if letter_id is not None and db.session.get(Letter, letter_id) is not None:
            return find_outgoing(letter_id)
        raise Invalid("sequence", _("Nomor urut ini sudah dipakai surat lain tahun itu.")) from twice
    return letter


def note_expedition(letter_id: uuid.UUID, values: Mapping[str, Any]) -> Letter:
    """Note when and to whom a letter was sent, who carried and who received it, and commit.

    Args:
        values: see ExpeditionSchema.
    Raises:
        Missing. Invalid: the letter is not issued, or was not yet written on that day.
    """
    letter = find_outgoing(letter_id, for_change=True)
    sent_on: dt.date = values.get("sent_on") or today()
    wrong: Invalid | None = None
    if letter.state not in ("issued", "collected"):
        wrong = Invalid("_schema", _("Hanya surat yang sudah terbit yang dikirim."))
    elif sent_on > today():
        wrong = Invalid("sent_on", _("Tanggal kirim belum tiba. Periksa tanggalnya."))
    elif letter.letter_date is not None and sent_on < letter.letter_date:
        wrong = Invalid("sent_on", _("Surat tidak mungkin dikirim sebelum tanggal suratnya."))
    if wrong is not None:
        db.session.rollback()
        raise wrong
    noted = {name: mask_personal(str(values.get(name) or "")) for name in EXPEDITION[1:]}
    noted = {"sent_on": sent_on.isoformat(), **noted}
    letter.details = {**letter.details, **noted}
    letter.row_version += 1
    letter.updated_at = now()
    add_step(SUBJECT, letter.id, "sent", details=noted)
    _tell("letter.sent", letter, noted)
    db.session.commit()
    return letter


def open_page(letter_id: uuid.UUID, file_id: uuid.UUID) -> OpenedCaseFile:
    """A page of a letter that was written elsewhere; the audit log notes who opened it. Commits.

    Raises Missing, StorageAway.
    """
    letter = find_outgoing(letter_id)
    if letter.origin != PAPER:
        raise Missing(str(file_id))
    try:
        opened = open_case_file(file_id, letter.id)
    except CaseFileMissing as gone:
        raise Missing(str(file_id)) from gone
    _tell("letter.paper_viewed", letter, {})
    db.session.commit()
    return opened


def _give(letter: Letter, options: LetterOptions, day: dt.date, sequence: int, number: str) -> None:
    """Let a letter keep its number of the paper book. Raises Invalid."""
    first = options.first_number("", day.year)
    if day.year >= today().year and sequence >= first:
        if first == 1:
            raise Invalid(
                "sequence",
                _(
                    "Tahun ini dinomori dari 1 di sini. Bila buku kertas diteruskan, atur dahulu nomor pertamanya."
                ),
            )
        raise Invalid(
            "sequence",
            _(
                "Nomor buku kertas tahun ini di bawah %(first)s; mulai itu nomor diambil di sini.",
                first=first,
            ),
        )
    taken = select(func.count()).where(
        Letter.year == day.year, Letter.scope == "", Letter.sequence == sequence
    )
    if db.session.scalar(taken):
        raise Invalid("sequence", _("Nomor urut ini sudah dipakai surat lain tahun itu."))
    letter.scope, letter.year, letter.sequence = "", day.year, sequence
    letter.number = number or number_of(
        options.number_pattern,
        sequence=sequence,
        day=day,
        classification=letter.classification,
        village_code=current_tenant().code,
    )
    if is_taken(day.year, letter.number):
        raise Invalid(
            "number" if number else "sequence",
            _("Nomor %(number)s sudah dipakai surat lain tahun itu.", number=letter.number),
        )
    draw_agenda(PAPER_BOOK, day.year)
    counter = insert(LetterCounter).values(scope="", year=day.year, last=sequence)
    db.session.execute(
        counter.on_conflict_do_update(
            index_elements=[LetterCounter.scope, LetterCounter.year],
            set_={"last": func.greatest(LetterCounter.last, sequence)},
        )
    )


def _keep(letter: Letter, scans: Iterable[bytes]) -> None:
    pages = list(scans)
    if not pages:
        return
    if len(pages) > MOST_SCANS:
        raise Invalid("scans", _("Paling banyak %(most)s berkas untuk satu surat.", most=MOST_SCANS))
    vault = open_vault(for_writing=True)
    try:
        for page in pages:
            keep_file(page, SUBJECT, letter.id, "scan", vault=vault)
    except ScanRefused as refused:
        db.session.rollback()
        raise Invalid("scans", str(refused)) from refused
    except StorageAway as away:
        db.session.rollback()
        raise Invalid(
            "scans", _("Tempat penyimpanan berkas sedang tidak dapat dicapai. Coba sebentar lagi.")
        ) from away


def _searched(letter: Letter) -> str:
    parts = (letter.number, letter.holder_name, letter.recipient, letter.title, letter.subject)
    return " ".join(dict.fromkeys(part for part in parts if part))[:600]


def _tell(action: str, letter: Letter, details: dict[str, Any]) -> None:
    summary = " · ".join(part for part in (letter.title, letter.holder_name, letter.number) if part)
    audit.record(action, object_type="letter", object_id=letter.id, summary=summary, details=details)
