"""What letters hold on residents, beyond the register (`residents.rights.holdings`).

A letter that bears a number belongs to the village's archive (Law 43/2009, Art. 40): its line in the register and its
file stay. What it was set from, the papers that came with it and whoever asked for it on a phone do not. A request
that never became a letter is emptied, a draft is removed.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from functools import partial
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, delete, exists, select, update

from app.core.casework.files import remove_files
from app.core.casework.models import CaseFile, CaseStep
from app.core.casework.steps import add_step
from app.core.notifications.models import Notification
from app.core.privacy.vault import Vault
from app.core.regions.slugs import slugify
from app.core.ui.formats import date
from app.extensions import db
from app.government.letters.desk.boxes import FINAL, letter_file
from app.government.letters.desk.life import STATE_WORDS, SUBJECT
from app.government.letters.models import Letter
from app.government.residents.derive import ANONYMOUS
from app.government.residents.models import Resident
from app.government.residents.rights.holdings import Holding, OwnFile, OwnPart, declare_holding
from tenants.models import now

MOST = 1000
"""So many letters stand in a copy, the newest of them."""


def declare() -> None:
    """Say what letters hold on residents (at start)."""
    declare_holding(Holding("letters", _l("Surat"), forget, own, in_use))


def forget(resident_ids: Sequence[uuid.UUID], vault: Vault) -> None:
    """Empty what never became a letter, take the papers and the link to the person off the others."""
    rows = list(
        db.session.scalars(select(Letter).where(Letter.resident_id.in_(resident_ids)).with_for_update())
    )
    with_papers = set(
        db.session.scalars(
            select(CaseFile.subject_id).where(CaseFile.subject_id.in_([row.id for row in rows]))
        )
    )
    for letter in rows:
        if letter.id in with_papers:
            remove_files(letter.id)
        if letter.state == "draft" and letter.sequence is None:
            _remove(letter)
            continue
        if letter.sequence is None:
            _empty(letter)
        elif letter.sha256 is not None:
            letter.box = None
        letter.resident_id = letter.account_id = letter.idempotency_key = None
        letter.row_version, letter.updated_at = letter.row_version + 1, now()
    db.session.flush()


def own(resident_id: uuid.UUID, vault: Vault) -> OwnPart:
    """A person's letters, the newest first, with the files of those that were issued."""
    query = select(Letter).where(Letter.resident_id == resident_id).order_by(Letter.id.desc()).limit(MOST)
    records: list[dict[str, Any]] = []
    files, ids = [], []
    for place, letter in enumerate(db.session.scalars(query), start=1):
        name = None
        if letter.sha256 is not None and letter.state in FINAL:
            name = f"surat/{place:02d}-{slugify(letter.title)}.pdf"
            files.append(OwnFile(name, partial(letter_file, letter.id)))
        state = str(STATE_WORDS.get(letter.state, letter.state))
        parts = [letter.number, date(letter.letter_date) if letter.letter_date else "", state, letter.reason]
        records.append(
            {
                "label": letter.title,
                "text": " · ".join(part for part in parts if part),
                "title": letter.title,
                "number": letter.number,
                "letter_date": letter.letter_date.isoformat() if letter.letter_date else None,
                "state": letter.state,
                "asked_at": (letter.submitted_at or letter.created_at).isoformat(),
                "typed": vault.open_json(letter.box, f"letter:{letter.id}").get("fields", {}),
                "rating": letter.rating,
                "file": name,
            }
        )
        ids.append(letter.id)
    return OwnPart(records, files, ids)


def in_use() -> ColumnElement[bool]:
    """Residents about whom a letter was asked for."""
    return exists().where(Letter.resident_id == Resident.id)


def _remove(letter: Letter) -> None:
    for table in (CaseStep, Notification):
        db.session.execute(delete(table).where(table.subject_id == letter.id))
    db.session.delete(letter)


def _empty(letter: Letter) -> None:
    """What says who asked for what; the kind, the days and the state stay, so that no count changes."""
    if letter.state not in ("rejected", "cancelled"):
        letter.state, letter.closed_at = "cancelled", now()
        add_step(SUBJECT, letter.id, "cancelled", by_kind="system", by_name="")
    letter.box, letter.holder_name, letter.recipient = None, ANONYMOUS, ""
    letter.subject = letter.search = letter.title
    letter.reason, letter.details = str(_("Data orang ini sudah dihapus karena lewat masa simpan.")), {}
    db.session.flush()
    by_the_person = CaseStep.subject_id == letter.id, CaseStep.by_kind.in_(("resident", "kiosk"))
    db.session.execute(update(CaseStep).where(*by_the_person).values(by_name="", by_id=None))
    db.session.execute(
        update(CaseStep).where(CaseStep.subject_id == letter.id).values(note="", box=None, details={})
    )
    db.session.execute(delete(Notification).where(Notification.subject_id == letter.id))
