"""Opening a complaint and its photos for staff: who looked at what a sender wrote stands in the audit log."""

from __future__ import annotations

import uuid

from app.core import audit
from app.core.casework.files import CaseFileMissing, OpenedCaseFile, open_case_file
from app.core.village.errors import Missing
from app.extensions import db
from app.government.complaints import queries
from app.government.complaints.models import Complaint
from app.government.complaints.services import SUBJECT


def open_complaint(complaint_id: uuid.UUID) -> queries.Shown:
    """A complaint with steps and photos; the audit log notes who opened one that names its sender. Commits.

    Raises Missing.
    """
    shown = queries.find(complaint_id)
    if shown is None:
        raise Missing("complaint")
    if not shown.row.is_anonymous:
        _note("complaint.viewed", shown.row)
    return shown


def open_photo(complaint_id: uuid.UUID, file_id: uuid.UUID) -> OpenedCaseFile:
    """A photo of a complaint; the audit log notes who opened it. Commits. Raises Missing, StorageAway."""
    row = db.session.get(Complaint, complaint_id)
    if row is None:
        raise Missing("complaint")
    try:
        opened = open_case_file(file_id, complaint_id)
    except CaseFileMissing as gone:
        raise Missing(str(file_id)) from gone
    _note("complaint.photo_viewed", row)
    return opened


def _note(action: str, row: Complaint) -> None:
    audit.record(action, object_type=SUBJECT, object_id=row.id, summary=row.title)
    db.session.commit()
