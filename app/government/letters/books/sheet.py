"""The disposition sheet as a document: as it was given, or empty to be filled by hand."""

from __future__ import annotations

import uuid
from pathlib import Path

from flask_babel import force_locale
from flask_babel import gettext as _

from app.core import audit
from app.core.documents import head_signs, letterhead, logo_image, render_pdf
from app.core.ui import formats
from app.core.village.queries import today
from app.extensions import db
from app.government.letters.books.incoming_queries import (
    Disposition,
    disposition_of,
    find_incoming,
    receivers,
)
from app.government.letters.books.incoming_services import mark
from app.government.letters.books.words import INSTRUCTIONS, SECRECIES, URGENCIES, word
from app.government.letters.models import IncomingLetter

TEMPLATE = Path(__file__).with_name("typst") / "disposition.typ"


def disposition_sheet(letter_id: uuid.UUID, disposition_id: uuid.UUID | None) -> tuple[bytes, str]:
    """The sheet and its file name, noted in the audit log.

    Args:
        disposition_id: the disposition that stands on it; None makes an empty sheet with everybody to tick.
    Raises:
        Missing. DocumentFailed.
    """
    given: Disposition | None = None
    if disposition_id is None:
        letter = find_incoming(letter_id)
    else:
        letter, given = disposition_of(letter_id, disposition_id)
    with force_locale("id"):
        pdf = _set(letter, given)
    audit.record(
        "incoming_letter.sheet_printed",
        object_type="incoming_letter",
        object_id=letter.id,
        summary=mark(letter),
    )
    db.session.commit()
    return pdf, f"disposisi-{letter.sequence}-{letter.year}.pdf"


def _set(letter: IncomingLetter, given: Disposition | None) -> bytes:
    if given is None:
        to = [{"ticked": False, "text": official.title} for official in receivers()]
        signed_on = today()
    else:
        to = [{"ticked": True, "text": f"{one['title']} ({one['name']})"} for one in given.officials]
        signed_on = given.at.astimezone(formats.ZONE).date()
    chosen = given.instructions if given else ()
    data = {
        "paper": "a4",
        "letterhead": letterhead(),
        "subtitle": str(_("Nomor agenda %(number)s", number=mark(letter))),
        "facts": [
            {"label": str(label), "value": value or "–"}
            for label, value in (
                (_("Surat dari"), letter.sender),
                (_("Diterima tanggal"), formats.date(letter.received_on)),
                (_("Nomor surat"), letter.number),
                (_("Tanggal surat"), formats.date(letter.letter_date)),
                (_("Sifat"), word(URGENCIES, letter.urgency)),
                (_("Kerahasiaan"), word(SECRECIES, given.secrecy if given else letter.secrecy)),
            )
        ],
        "subject": letter.subject,
        "to": to,
        "instructions": [
            {"ticked": code in chosen, "text": str(label)} for code, label in INSTRUCTIONS.items()
        ],
        "note": given.text if given else "",
        "due": formats.date(given.due_on) if given and given.due_on else "……………………",
        "signer": head_signs(signed_on).as_data(),
        "words": {
            "subject": str(_("Perihal")),
            "to": str(_("Diteruskan kepada")),
            "instructions": str(_("Petunjuk")),
            "note": str(_("Catatan")),
            "due": str(_("Diselesaikan paling lambat:")),
        },
    }
    return render_pdf(TEMPLATE, data, title=str(_("Lembar Disposisi")), images=logo_image())
