"""Opening a letter for the acting person: its final file, and how it will look before it is issued."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.core import audit
from app.core.casework.files import CaseFileMissing, OpenedCaseFile, open_case_file
from app.core.regions.slugs import slugify
from app.core.village.errors import Missing
from app.extensions import db
from app.government.letters.desk.boxes import letter_file
from app.government.letters.desk.content import make_ready, preview_pages, surroundings
from app.government.letters.desk.life import label_of
from app.government.letters.desk.queries import letter_row
from app.government.letters.models import Letter
from app.government.letters.options import letter_options
from app.government.letters.types import LetterKind
from app.government.residents.writing import today


@dataclass(frozen=True, slots=True)
class OpenedLetter:
    """A letter's final file; `name` says what it is, not whose."""

    data: bytes
    name: str


def open_final(letter_id: uuid.UUID) -> OpenedLetter:
    """The final PDF of a letter; the audit log notes who opened it. Commits. Raises Missing, StorageAway."""
    letter = db.session.get(Letter, letter_id)
    if letter is None:
        raise Missing("letter")
    data = letter_file(letter_id)
    audit.record("letter.viewed", object_type="letter", object_id=letter.id, summary=label_of(letter))
    name = f"{slugify(letter.title)}-{slugify(letter.number.replace('/', '-'))}.pdf"
    db.session.commit()
    return OpenedLetter(data, name)


def open_paper(letter_id: uuid.UUID, file_id: uuid.UUID) -> OpenedCaseFile:
    """A photo or scan that came with a request; the audit log notes who opened it. Commits.

    Raises Missing, StorageAway.
    """
    letter = letter_row(letter_id)
    try:
        opened = open_case_file(file_id, letter_id)
    except CaseFileMissing as gone:
        raise Missing(str(file_id)) from gone
    audit.record("letter.paper_viewed", object_type="letter", object_id=letter.id, summary=label_of(letter))
    db.session.commit()
    return opened


def preview(letter: Letter, parts: Mapping[str, Any], kind: LetterKind) -> list[bytes]:
    """The pages of a letter as it would be issued today, as PNG. Raises DocumentFailed, MarkupWrong."""
    around = surroundings(letter.letter_date or today(), letter_options())
    return preview_pages(make_ready(letter, parts, around, kind=kind))
