"""Dispositions: the head says who does what until when; the official reports; an outgoing letter answers."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from app.core.casework.steps import add_step, steps_of
from app.core.village.errors import Invalid, Missing
from app.core.village.models import Official
from app.extensions import db
from app.government.letters.books.incoming_queries import (
    SUBJECT,
    Disposition,
    dispositions_of,
    find_incoming,
    find_reply,
)
from app.government.letters.books.incoming_services import tell, touch_open
from app.government.letters.models import IncomingLetter
from app.government.letters.waiting import told_of_disposition


def dispose(letter_id: uuid.UUID, values: Mapping[str, Any]) -> Disposition:
    """Give a letter to officials with instructions, and commit.

    Args:
        values: see DispositionSchema. A due date becomes the letter's own.
    Raises:
        Missing. Invalid: with the field and a sentence.
    """
    letter = find_incoming(letter_id, for_change=True)
    touch_open(letter)
    wanted = set(values["officials"])
    query = select(Official).where(Official.id.in_(wanted)).order_by(Official.sort_order, Official.name)
    officials = list(db.session.scalars(query))
    due, instructions, told = values.get("due_on"), values.get("instructions") or [], values.get("text") or ""
    try:
        if not officials or len(officials) != len(wanted):
            raise Invalid("officials", _("Pilih perangkat dari daftar."))
        if not any(instructions) and not told:
            raise Invalid("instructions", _("Pilih petunjuk, atau tulis sendiri."))
        if due is not None and due < letter.received_on:
            raise Invalid("due_on", _("Batas waktu tidak mungkin sebelum surat itu diterima."))
    except Invalid:
        db.session.rollback()
        raise
    secrecy = values.get("secrecy") or "open"
    step = add_step(
        SUBJECT, letter.id, "disposition", note=told,
        details={
            "officials": [{"id": str(o.id), "name": o.name, "title": o.title} for o in officials],
            "instructions": [code for code in instructions if code],
            "due_on": due.isoformat() if due else "",
            "secrecy": secrecy,
        },
    )  # fmt: skip
    letter.state = "disposed"
    if due is not None:
        letter.due_on = due
    db.session.flush()
    names = [official.name for official in officials]
    tell("incoming_letter.disposed", letter, {"to": names, "due_on": due})
    told_of_disposition(letter, names)
    db.session.commit()
    return dispositions_of([step])[0]


def report_done(letter_id: uuid.UUID, disposition_id: uuid.UUID, note: str) -> IncomingLetter:
    """Note what was done on a disposition, and commit; when all are reported the letter is done.

    Raises:
        Missing. Invalid: it was reported already, or the note is too short.
    """
    letter = find_incoming(letter_id, for_change=True)
    steps = steps_of(letter.id)
    everything = dispositions_of(steps, everything=True)
    asked = next((one for one in dispositions_of(steps) if one.id == disposition_id), None)
    if asked is None:
        db.session.rollback()
        raise Missing(str(disposition_id))
    if asked.report is not None:
        db.session.rollback()
        raise Invalid("note", _("Disposisi ini sudah dilaporkan oleh %(name)s.", name=asked.reported_by))
    touch_open(letter)
    if len(note.strip()) < 3:
        db.session.rollback()
        raise Invalid("note", _("Tulis apa yang sudah dikerjakan."))
    add_step(
        SUBJECT, letter.id, "report", note=note.strip(),
        details={"disposition": str(disposition_id), "secrecy": asked.secrecy},
    )  # fmt: skip
    if all(one.report is not None for one in everything if one.id != disposition_id):
        letter.state = "done"
    tell("incoming_letter.reported", letter, {"done": letter.state == "done"})
    db.session.commit()
    return letter


def finish(letter_id: uuid.UUID, note: str) -> IncomingLetter:
    """Close a letter that needs nothing more, such as one to be filed only, and commit. Raises Missing, Invalid."""
    letter = find_incoming(letter_id, for_change=True)
    touch_open(letter)
    letter.state = "done"
    add_step(SUBJECT, letter.id, "finished", note=note)
    tell("incoming_letter.finished", letter, {})
    db.session.commit()
    return letter


def link_reply(letter_id: uuid.UUID, number: str) -> IncomingLetter:
    """Note which outgoing letter answers this one, and commit.

    Raises:
        Missing. Invalid: no outgoing letter bears this number, or the letter was cancelled.
    """
    letter = find_incoming(letter_id, for_change=True)
    reply = find_reply(number.strip())
    if reply is None or letter.state == "cancelled":
        db.session.rollback()
        if reply is None:
            raise Invalid("number", _("Tidak ada surat keluar yang terbit dengan nomor ini."))
        raise Invalid("number", _("Surat ini sudah dibatalkan."))
    letter.reply_letter_id = reply.id
    letter.row_version += 1
    add_step(SUBJECT, letter.id, "replied", details={"number": reply.number})
    tell("incoming_letter.replied", letter, {"number": reply.number})
    db.session.commit()
    return letter
