"""Deeds on incoming letters: recording, changing, cancelling, scans. Each writes a step and stands in the audit log."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping
from typing import Any

import structlog
from flask_babel import gettext as _

from app.core import audit
from app.core.actors import current_actor
from app.core.casework.files import CaseFileMissing, OpenedCaseFile, keep_file, open_case_file
from app.core.casework.models import CaseFile
from app.core.casework.steps import add_step
from app.core.files.scans import ScanRefused
from app.core.files.storage import StorageAway
from app.core.privacy.files import delete_sealed
from app.core.privacy.masking import mask_personal
from app.core.privacy.vault import open_vault
from app.core.village.errors import ChangedMeanwhile, Invalid, Missing
from app.core.village.queries import today
from app.extensions import db
from app.government.letters.books.counting import draw_agenda
from app.government.letters.books.incoming_queries import OPEN, SCOPE, SUBJECT, find_incoming
from app.government.letters.models import IncomingLetter
from app.government.letters.waiting import told_of_incoming
from tenants.ids import uuid7
from tenants.models import now

log = structlog.get_logger(__name__)

FIELDS = (
    "sender", "number", "letter_date", "received_on", "subject", "classification", "urgency", "secrecy",
    "attachments", "due_on", "notes",
)  # fmt: skip
MASKED = ("sender", "subject", "attachments", "notes", "number")
MOST_SCANS = 20
EARLIEST_YEAR = 1990


def incoming_values(letter: IncomingLetter) -> dict[str, Any]:
    """A letter as a form shows it."""
    return {name: getattr(letter, name) for name in FIELDS}


def record_incoming(
    values: Mapping[str, Any], scans: Iterable[bytes] = (), *, letter_id: uuid.UUID | None = None
) -> IncomingLetter:
    """Record a letter with the next agenda number of the year in which it came in, and commit.

    Args:
        values: see NewIncomingSchema. `first_number` counts where the year has no agenda number yet.
        scans: pages as PDF, JPEG or PNG.
        letter_id: the id that it shall have; one that is known already is that letter, and nothing is done twice.
    Raises:
        Invalid: with the field and a sentence; no number is used up.
    """
    known = db.session.get(IncomingLetter, letter_id) if letter_id else None
    if known is not None:
        return find_incoming(known.id)
    wanted = _settled(dict.fromkeys(FIELDS), values)
    letter = IncomingLetter(id=letter_id or uuid7(), **wanted)
    _keep_scans(letter, scans, 0)
    letter.year = wanted["received_on"].year
    letter.sequence = draw_agenda(SCOPE, letter.year, values.get("first_number") or 1)
    if letter_id and (twin := db.session.get(IncomingLetter, letter_id)) is not None:
        db.session.rollback()
        return find_incoming(twin.id)
    letter.recorded_by = _acting()
    letter.search = searched_text(letter)
    db.session.add(letter)
    add_step(SUBJECT, letter.id, "recorded")
    tell("incoming_letter.recorded", letter, {"after": _loggable(letter)})
    told_of_incoming(letter)
    db.session.commit()
    return letter


def change_incoming(
    letter_id: uuid.UUID, values: Mapping[str, Any], *, expected: int | None
) -> IncomingLetter:
    """Change what stands of a letter, and commit; `expected` is the row version that the person saw.

    Raises:
        Missing. ChangedMeanwhile: somebody else saved first. Invalid: with a sentence (also for a cancelled letter, and
            for another year, since the agenda number belongs to the year).
    """
    letter = find_incoming(letter_id, for_change=True)
    before, logged = incoming_values(letter), _loggable(letter)
    if expected is not None and letter.row_version != expected:
        db.session.rollback()
        raise ChangedMeanwhile(before)
    try:
        if letter.state == "cancelled":
            raise Invalid("_schema", _("Surat ini sudah dibatalkan, jadi tidak diubah lagi."))
        wanted = _settled(before, values)
        if wanted["received_on"].year != letter.year:
            raise Invalid(
                "received_on",
                _("Nomor agenda milik tahun %(year)s. Batalkan surat ini dan catat lagi.", year=letter.year),
            )
    except Invalid:
        db.session.rollback()
        raise
    if wanted != before:
        for name, value in wanted.items():
            setattr(letter, name, value)
        letter.search = searched_text(letter)
        _touch(letter)
        add_step(SUBJECT, letter.id, "changed", details={"fields": _differing(before, wanted)})
        tell("incoming_letter.changed", letter, audit.changes(logged, _loggable(letter)))
    db.session.commit()
    return letter


def cancel_incoming(letter_id: uuid.UUID, reason: str) -> IncomingLetter:
    """Cancel a letter that was recorded by mistake, and commit; it keeps its agenda number. Raises Missing, Invalid."""
    letter = find_incoming(letter_id, for_change=True)
    told = " ".join(reason.split())
    try:
        if letter.state == "cancelled":
            raise Invalid("note", _("Surat ini sudah dibatalkan."))
        if len(told) < 3:
            raise Invalid("note", _("Tulis alasannya, paling sedikit tiga huruf."))
    except Invalid:
        db.session.rollback()
        raise
    letter.state = "cancelled"
    _touch(letter)
    add_step(SUBJECT, letter.id, "cancelled", note=told)
    tell("incoming_letter.cancelled", letter, {"reason": mask_personal(told)})
    db.session.commit()
    return letter


def add_scans(letter_id: uuid.UUID, scans: Iterable[bytes]) -> int:
    """Keep further pages of a letter, and commit; returns how many. Raises Missing, Invalid."""
    letter = find_incoming(letter_id, for_change=True)
    pages = list(scans)
    if not pages:
        db.session.rollback()
        raise Invalid("scans", _("Pilih berkas yang akan disimpan."))
    kept = db.session.query(CaseFile).filter(CaseFile.subject_id == letter.id).count()
    count = _keep_scans(letter, pages, kept)
    add_step(SUBJECT, letter.id, "scanned", details={"count": count})
    tell("incoming_letter.scanned", letter, {"count": count})
    db.session.commit()
    return count


def remove_scan(letter_id: uuid.UUID, file_id: uuid.UUID) -> None:
    """Remove one page, and commit. Raises Missing."""
    letter = find_incoming(letter_id, for_change=True)
    row = db.session.get(CaseFile, file_id)
    if row is None or row.subject_id != letter.id:
        raise Missing(str(file_id))
    db.session.delete(row)
    delete_sealed(f"cases/{row.id}")
    add_step(SUBJECT, letter.id, "scan_removed")
    tell("incoming_letter.scan_removed", letter, {})
    db.session.commit()


def open_scan(letter_id: uuid.UUID, file_id: uuid.UUID) -> OpenedCaseFile:
    """A page of a letter that the acting person may see; the audit log notes who opened it. Commits.

    Raises Missing, StorageAway.
    """
    letter = find_incoming(letter_id)
    try:
        opened = open_case_file(file_id, letter.id)
    except CaseFileMissing as gone:
        raise Missing(str(file_id)) from gone
    tell("incoming_letter.scan_viewed", letter, {})
    db.session.commit()
    return opened


def searched_text(letter: IncomingLetter) -> str:
    """What the register's search looks through."""
    parts = (str(letter.sequence), letter.number, letter.sender, letter.subject, letter.classification)
    return " ".join(part for part in parts if part).lower()


def mark(letter: IncomingLetter) -> str:
    """How a letter is called in logs: its agenda number, which says nothing of what it holds."""
    return f"{letter.sequence}/{letter.year}"


def _settled(stored: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    wanted = {name: values[name] if name in values else stored[name] for name in FIELDS}
    wanted["received_on"] = wanted["received_on"] or stored.get("received_on") or today()
    for name in FIELDS:
        if wanted[name] is None and name not in ("letter_date", "due_on"):
            wanted[name] = {"urgency": "ordinary", "secrecy": "open"}.get(name, "")
    wanted["urgency"], wanted["secrecy"] = wanted["urgency"] or "ordinary", wanted["secrecy"] or "open"
    for name in MASKED:
        wanted[name] = mask_personal(wanted[name])
    received: dt.date = wanted["received_on"]
    if received > today():
        raise Invalid("received_on", _("Tanggal diterima belum tiba. Periksa tanggalnya."))
    if received.year < EARLIEST_YEAR:
        raise Invalid("received_on", _("Tanggal diterima terlalu lama. Periksa tahunnya."))
    if wanted["letter_date"] is not None and wanted["letter_date"] > received:
        raise Invalid("letter_date", _("Tanggal surat tidak mungkin sesudah surat itu diterima."))
    if wanted["due_on"] is not None and wanted["due_on"] < received:
        raise Invalid("due_on", _("Batas waktu tidak mungkin sebelum surat itu diterima."))
    return wanted


def _keep_scans(letter: IncomingLetter, scans: Iterable[bytes], kept: int) -> int:
    pages = list(scans)
    if not pages:
        return 0
    if kept + len(pages) > MOST_SCANS:
        db.session.rollback()
        raise Invalid("scans", _("Paling banyak %(most)s berkas untuk satu surat.", most=MOST_SCANS))
    vault = open_vault(for_writing=True)
    try:
        for page in pages:
            keep_file(page, SUBJECT, letter.id, "scan", vault=vault)
    except ScanRefused as refused:
        db.session.rollback()
        raise Invalid("scans", str(refused)) from refused
    except StorageAway as away:
        log.error("storage_away", error=str(away))
        db.session.rollback()
        raise Invalid(
            "scans", _("Tempat penyimpanan berkas sedang tidak dapat dicapai. Coba sebentar lagi.")
        ) from away
    return len(pages)


def _differing(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    return [name for name in FIELDS if before[name] != after[name]]


def _loggable(letter: IncomingLetter) -> dict[str, Any]:
    """What the log keeps: all fields, of a secret letter none that tells what it is about."""
    values = incoming_values(letter)
    if letter.secrecy == "secret":
        for name in ("sender", "number", "subject", "attachments", "notes"):
            values.pop(name)
    return values


def _touch(letter: IncomingLetter) -> None:
    letter.row_version += 1
    letter.updated_at = now()


def touch_open(letter: IncomingLetter) -> None:
    """A letter is worked on: its version goes up. Raises Invalid where it is over."""
    if letter.state not in OPEN:
        db.session.rollback()
        raise Invalid("_schema", _("Surat ini sudah selesai atau dibatalkan."))
    _touch(letter)


def _acting() -> str:
    actor = current_actor()
    return actor.name if actor else ""


def tell(action: str, letter: IncomingLetter, details: dict[str, Any]) -> None:
    audit.record(
        action, object_type="incoming_letter", object_id=letter.id, summary=mark(letter), details=details
    )
