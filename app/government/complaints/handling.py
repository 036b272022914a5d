"""What the village does with a complaint: takes it on, answers, publishes, closes, or says why it can't."""

from __future__ import annotations

import re
import uuid
from collections.abc import Collection
from typing import Any

from flask_babel import gettext as _

from app.core import audit
from app.core.actors import current_actor
from app.core.casework.steps import add_step
from app.core.notifications import notify
from app.core.notifications.people import members
from app.core.privacy.masking import mask_personal
from app.core.privacy.vault import Vault, open_vault
from app.core.public_pages import pages_changed
from app.core.village.errors import ChangedMeanwhile, Invalid, Missing
from app.extensions import db
from app.government.complaints.models import Complaint
from app.government.complaints.services import SUBJECT
from app.government.complaints.words import OPEN
from tenants.models import now

SHORTEST_NAME = 3


def take_on(complaint_id: uuid.UUID, seen: int | None = None) -> None:
    """Begin to deal with a complaint; one that was answered or closed is opened again.

    Args:
        complaint_id: which.
        seen: the version that the person saw; None: whatever it is now.
    Raises:
        Missing; ChangedMeanwhile.
    """
    row = _locked(complaint_id, seen)
    actor = current_actor()
    row.state, row.handled_by = "in_progress", actor.name if actor else ""
    row.closed_at = None
    _note(row, "in_progress")
    _tell_sender(row, "complaint.in_progress")
    db.session.commit()


def assign(complaint_id: uuid.UUID, account_id: uuid.UUID, seen: int | None = None) -> str:
    """Give a complaint to a colleague and tell them; returns the name. Raises Missing, ChangedMeanwhile, Invalid."""
    person = next((one for one in handlers() if one[0] == account_id), None)
    if person is None:
        raise Invalid("account_id", str(_("Pilih petugas yang boleh menjawab pengaduan.")))
    row = _locked(complaint_id, seen)
    row.handled_by = person[1]
    if row.state == "received":
        row.state = "in_progress"
    _note(row, "assigned", note=person[1], is_public=False)
    notify(
        "complaint.assigned",
        recipient_ids=[account_id],
        values={"judul": row.title},
        subject_kind=SUBJECT,
        subject_id=row.id,
        link=f"/pengaduan-warga/{row.id}",
    )
    db.session.commit()
    return person[1]


def handlers() -> list[tuple[uuid.UUID, str]]:
    """Who may answer complaints here: account and name."""
    return [(one.id, one.name) for one in members() if "complaints.answer" in one.role.permissions]


def answer(
    complaint_id: uuid.UUID,
    text: str,
    *,
    public: bool = False,
    public_title: str = "",
    public_text: str = "",
    seen: int | None = None,
) -> None:
    """Answer a complaint: for the sender alone (sealed), or for everybody together with a text fit for everybody.

    Raises Missing, ChangedMeanwhile, Invalid (a public answer without the text that everybody reads).
    """
    vault = open_vault(for_writing=True)
    row = _locked(complaint_id, seen)
    if public:
        _publish(row, public_title, public_text, text, vault)
    row.state, row.answered_at = "answered", row.answered_at or now()
    actor = current_actor()
    row.handled_by = row.handled_by or (actor.name if actor else "")
    if public:
        _note(row, "answered", note=row.answer)
    else:
        _note(row, "answered_privately", private={"text": text}, vault=vault)
    _tell_sender(row, "complaint.answered")
    db.session.commit()


def publish(complaint_id: uuid.UUID, title: str, text: str, reply: str, seen: int | None = None) -> None:
    """Show a complaint with an answer to everybody, or change what is shown. Raises as `answer` does."""
    vault = open_vault(for_writing=True)
    row = _locked(complaint_id, seen)
    _publish(row, title, text, reply, vault)
    _note(row, "published")
    db.session.commit()


def withdraw(complaint_id: uuid.UUID, seen: int | None = None) -> None:
    """Show a complaint to nobody any more; what was published is forgotten. Raises Missing, ChangedMeanwhile."""
    row = _locked(complaint_id, seen)
    row.is_public, row.public_text, row.answer = False, "", ""
    pages_changed()
    _note(row, "withdrawn", is_public=False)
    db.session.commit()


def close(complaint_id: uuid.UUID, seen: int | None = None) -> None:
    """Say that a complaint is dealt with. Raises Missing, ChangedMeanwhile, Invalid (nobody has answered it)."""
    row = _locked(complaint_id, seen)
    if row.state != "answered":
        raise Invalid("state", str(_("Jawab dahulu pengaduan ini, baru ditutup.")))
    row.state, row.closed_at = "closed", now()
    _note(row, "closed")
    db.session.commit()


def reject(complaint_id: uuid.UUID, reason: str, seen: int | None = None) -> None:
    """Say why a complaint is not dealt with; the sender reads it. Raises Missing, ChangedMeanwhile, Invalid."""
    row = _locked(complaint_id, seen)
    if row.state not in OPEN:
        raise Invalid("state", str(_("Pengaduan ini sudah dijawab atau ditutup.")))
    row.state, row.closed_at = "rejected", now()
    _note(row, "rejected", note=reason)
    _tell_sender(row, "complaint.rejected")
    db.session.commit()


def rate(complaint_id: uuid.UUID, rating: int) -> None:
    """Keep what the sender thinks of the answer (1 to 5); who sends is known to the caller.

    Raises Missing; Invalid (no such value, or not answered yet).
    """
    row = _locked(complaint_id, None)
    if rating not in range(1, 6):
        raise Invalid("rating", str(_("Pilih salah satu dari daftar.")))
    if row.state not in ("answered", "closed"):
        raise Invalid("rating", str(_("Pengaduan ini belum dijawab.")))
    row.rating, row.updated_at, row.row_version = rating, now(), row.row_version + 1
    db.session.commit()


def fit_for_everybody(text: str, names: Collection[str]) -> str:
    """A text without numbers and contacts of people, and without these names: their words become initials."""
    words = {word for name in names for word in name.split() if len(word) >= SHORTEST_NAME}
    for word in sorted(words, key=len, reverse=True):
        text = re.sub(rf"\b{re.escape(word)}\b", f"{word[0]}.", text, flags=re.IGNORECASE)
    return mask_personal(text)


def _publish(row: Complaint, title: str, text: str, reply: str, vault: Vault) -> None:
    if not text.strip():
        raise Invalid("public_text", str(_("Tulis isi yang boleh dibaca semua orang.")))
    if not reply.strip():
        raise Invalid("answer", str(_("Tulis jawaban yang boleh dibaca semua orang.")))
    private = vault.open_json(row.box, f"complaint:{row.id}")
    names = [private["name"]] if private.get("name") else []
    row.title = fit_for_everybody(title.strip() or row.title, names)
    row.public_text = fit_for_everybody(text, names)
    row.answer = fit_for_everybody(reply, names)
    row.is_public = True
    pages_changed()


def _locked(complaint_id: uuid.UUID, seen: int | None) -> Complaint:
    row = db.session.get(Complaint, complaint_id, with_for_update=True)
    if row is None:
        raise Missing("complaint")
    if seen is not None and row.row_version != seen:
        raise ChangedMeanwhile({"row_version": row.row_version})
    return row


def _note(row: Complaint, kind: str, **step: Any) -> None:
    row.updated_at, row.row_version = now(), row.row_version + 1
    add_step(SUBJECT, row.id, kind, **step)
    audit.record(f"complaint.{kind}", object_type=SUBJECT, object_id=row.id, summary=row.title)


def _tell_sender(row: Complaint, event: str) -> None:
    if row.account_id is not None:
        notify(
            event,
            recipient_ids=[row.account_id],
            values={"judul": row.title},
            subject_kind=SUBJECT,
            subject_id=row.id,
            link=f"/layanan/pengaduan/{row.id}",
        )
