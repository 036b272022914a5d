"""Reading which documents there are."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.extensions import db
from app.government.residents.models import ResidentDocument

KINDS = {
    "photo": _l("Foto"),
    "identity_card": _l("KTP/KIA"),
    "family_card": _l("Kartu keluarga"),
    "birth_certificate": _l("Akta kelahiran"),
    "marriage_certificate": _l("Akta atau buku nikah"),
    "divorce_certificate": _l("Akta cerai"),
    "death_certificate": _l("Akta atau surat kematian"),
    "move_letter": _l("Surat pindah"),
    "diploma": _l("Ijazah"),
    "insurance_card": _l("Kartu jaminan kesehatan"),
    "other": _l("Lainnya"),
}
"""What a document can be; `photo` is the resident's portrait."""


@dataclass(frozen=True, slots=True)
class DocumentLine:
    """A document as pages list it. `size` is in bytes."""

    id: uuid.UUID
    kind: str
    title: str
    media_type: str
    size: int
    added_by: str
    created_at: dt.datetime

    @property
    def kind_word(self) -> str:
        """The kind in the reader's language."""
        return str(KINDS.get(self.kind, self.kind))

    @property
    def is_pdf(self) -> bool:
        """Whether it is a PDF, which is downloaded and never shown inside a page."""
        return self.media_type == "application/pdf"


def documents_of(
    *, resident_id: uuid.UUID | None = None, household_id: uuid.UUID | None = None
) -> list[DocumentLine]:
    """The documents of a resident or of a household, newest first, without portraits."""
    owner = ResidentDocument
    about = owner.resident_id == resident_id if resident_id else owner.household_id == household_id
    query = (
        select(
            owner.id, owner.kind, owner.title, owner.media_type, owner.size, owner.added_by, owner.created_at
        )
        .where(about, owner.kind != "photo")
        .order_by(owner.id.desc())
    )
    return [DocumentLine(*row) for row in db.session.execute(query)]
