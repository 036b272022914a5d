"""An event's papers: the organiser's own documents, and the material that participants get.

Files are kept as announcements keep theirs (PDF, images, office documents without macros, by content). Deeds commit.
"""

from __future__ import annotations

import uuid

from flask import Response
from flask_babel import gettext as _
from sqlalchemy import func, select

from app.core.actors import current_actor
from app.core.files.services import discard_file
from app.core.files.storage import StorageAway
from app.core.village.errors import Missing
from app.extensions import db
from app.province.announcements import files
from app.province.announcements.files import CheckedFile
from app.province.training.events.models import TrainingEvent, TrainingFile
from app.province.training.events.services import Refused, locked_event, note

DOCUMENT, MATERIAL = "document", "material"
MOST_PAPERS = 40


def papers_of(event_id: uuid.UUID, purpose: str) -> list[TrainingFile]:
    """An event's papers of one purpose, in the order in which they were added: one select."""
    query = (
        select(TrainingFile)
        .where(TrainingFile.event_id == event_id, TrainingFile.purpose == purpose)
        .order_by(TrainingFile.id)
    )
    return list(db.session.scalars(query))


def add_paper(
    event_id: uuid.UUID, file: CheckedFile, *, title: str, purpose: str = DOCUMENT, office: str
) -> TrainingFile:
    """Add a checked file (`announcements.files.checked`) to an event.

    Raises Missing; Refused when there are too many; StorageAway.
    """
    event = locked_event(event_id, office)
    known = select(func.count()).where(TrainingFile.event_id == event.id, TrainingFile.purpose == purpose)
    if (db.session.scalar(known) or 0) >= MOST_PAPERS:
        db.session.rollback()
        raise Refused(_("Paling banyak %(most)s berkas untuk satu kegiatan.", most=MOST_PAPERS))
    try:
        file_id = files.keep(file)
    except StorageAway:
        db.session.rollback()
        raise
    actor = current_actor()
    row = TrainingFile(
        event_id=event.id, purpose=purpose, title=title, file_id=file_id, file_name=file.name,
        media_type=file.media_type, size=len(file.data), added_by=actor.name if actor else "",
    )  # fmt: skip
    db.session.add(row)
    note(f"training.{purpose}_added", event, {"file": title})
    db.session.commit()
    return row


def remove_paper(event_id: uuid.UUID, paper_id: uuid.UUID, *, office: str, purpose: str = DOCUMENT) -> None:
    """Take a paper away with its file. Raises Missing."""
    event = locked_event(event_id, office)
    row = find_paper(event.id, paper_id, purpose)
    discard_file(row.file_id)
    note(f"training.{purpose}_removed", event, {"file": row.title})
    db.session.delete(row)
    db.session.commit()


def find_paper(event_id: uuid.UUID, paper_id: uuid.UUID, purpose: str = DOCUMENT) -> TrainingFile:
    """A paper of an event. Raises Missing."""
    query = select(TrainingFile).where(
        TrainingFile.id == paper_id, TrainingFile.event_id == event_id, TrainingFile.purpose == purpose
    )
    row = db.session.scalars(query).one_or_none()
    if row is None:
        raise Missing("paper")
    return row


def paper_answer(event: TrainingEvent, paper_id: uuid.UUID) -> Response:
    """A document as a download. Raises Missing, FileMissing, StorageAway."""
    return files.file_answer(find_paper(event.id, paper_id).file_id)
