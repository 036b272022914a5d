"""Taking a complaint: from a resident who is signed in, from somebody who is not, or from nobody in particular.

An anonymous complaint keeps nothing of its sender: no account, no resident, no name, no contact, no entry in the audit
log (which holds accounts and addresses), and a step without anybody's name. Its code is all that leads back to it.
So that it can't be laid beside the times at which people signed in, its ids are random (no uuid7, which holds a time)
and every moment that is kept of its arrival is cut to the full hour. Everybody who answers complaints is told, also a
member of staff who sends one: whoever was left out would be the sender.
"""

from __future__ import annotations

import datetime as dt
import secrets
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app.core import audit
from app.core.casework.files import forget_unkept, keep_file
from app.core.casework.models import CaseStep
from app.core.files.scans import ScanRefused
from app.core.files.storage import StorageAway
from app.core.notifications import notify
from app.core.privacy.masking import mask_personal
from app.core.privacy.vault import Vault, open_vault
from app.core.village.errors import Invalid
from app.core.village.models import SubArea
from app.core.village.options import options_of
from app.extensions import db
from app.government.complaints.models import Complaint
from app.government.complaints.words import CATEGORIES
from app.government.service import promise
from tenants import outbox
from tenants.ids import uuid7
from tenants.models import now

SUBJECT = "complaint"
ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Without what is taken for something else when it is read aloud."""
CODE_LENGTH = 12
MOST_PHOTOS = 4
MOST_PHOTO_BYTES = 8 * 1024 * 1024
PROMISE_DAYS = 5
"""Working days until an answer, unless the village chose otherwise (options `service`, `complaint_days`)."""


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sends: a resident's account, or a name and a contact from the public site. None of it for anonymous ones."""

    account_id: uuid.UUID | None = None
    resident_id: uuid.UUID | None = None
    name: str = ""
    contact: str = ""


@dataclass(frozen=True, slots=True)
class Sent:
    """What came of it: the complaint's id and the code to follow it with (`ABCD-EFGH-JKMN`)."""

    id: uuid.UUID
    code: str


def submit(
    values: Mapping[str, Any],
    photos: Sequence[bytes],
    sender: Sender | None,
    *,
    key: uuid.UUID | None = None,
) -> Sent:
    """Keep a complaint and tell the office; the same key twice gives the first one back.

    Args:
        values: what `ComplaintSchema` loads.
        photos: at most four, JPEG or PNG by their content.
        sender: None for an anonymous one.
        key: chosen by the form, so that what is sent twice is kept once.
    Raises:
        Invalid: a field with a sentence. StorageAway: nothing was kept.
    """
    vault = open_vault(for_writing=True)
    if (known := _known(key)) is not None:
        return known
    area = values.get("sub_area_id")
    if area is not None and db.session.get(SubArea, area) is None:
        raise Invalid("sub_area_id", str(_("Pilih salah satu dari daftar.")))
    if len(photos) > MOST_PHOTOS:
        raise Invalid("photos", str(_("Paling banyak %(most)s foto.", most=MOST_PHOTOS)))
    who, moment, row_id = sender or Sender(), now(), uuid7()
    if sender is None:
        moment, row_id = moment.replace(minute=0, second=0, microsecond=0), uuid.uuid4()
    private = {"title": values["title"], "text": values["text"], "place": values.get("place", "")}
    if sender is not None:
        private |= {"name": who.name, "contact": who.contact}
    point = values.get("point")
    statement = insert(Complaint).values(
        id=row_id,
        code=_new_code(),
        category=values["category"],
        title=mask_personal(values["title"]),
        box=vault.seal_json(private, f"complaint:{row_id}"),
        is_anonymous=sender is None,
        account_id=who.account_id,
        resident_id=who.resident_id,
        sub_area_id=area,
        place=mask_personal(values.get("place") or ""),
        latitude=point[0] if point else None,
        longitude=point[1] if point else None,
        idempotency_key=key,
        received_at=moment,
        due_at=promise.due_at(moment, promise_days()),
        created_at=moment,
        updated_at=moment,
    )
    code = db.session.scalar(statement.on_conflict_do_nothing().returning(Complaint.code))
    if code is None:
        known = _known(key)
        if known is None:
            raise RuntimeError("a new complaint's code was taken")
        return known
    rough = moment if sender is None else None
    _keep_photos(photos, row_id, vault, rough)
    _first_step(row_id, who, rough)
    if sender is not None and who.account_id is not None:
        audit.record("complaint.received", object_type=SUBJECT, object_id=row_id, summary=values["category"])
    else:
        outbox.post("dirty", {})
    notify(
        "complaint.received",
        permission="complaints.answer",
        values={"judul": mask_personal(values["title"]), "jenis": _category(values["category"])},
        subject_kind=SUBJECT,
        subject_id=row_id,
        link=f"/pengaduan-warga/{row_id}",
        vault=vault,
        anonymous_at=rough,
    )
    db.session.commit()
    return Sent(row_id, shown_code(code))


def promise_days() -> int:
    """Working days until a complaint is answered, as the village promises: one select."""
    chosen = options_of(promise.OPTIONS).get("complaint_days")
    return chosen if isinstance(chosen, int) and 0 < chosen <= 60 else PROMISE_DAYS


def shown_code(code: str) -> str:
    """A code in fours, to be read aloud."""
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))


def typed_code(text: str) -> str:
    """A code as it is kept, from what somebody typed; empty when it can't be one."""
    code = "".join(c for c in text.upper() if c.isalnum())
    return code if len(code) == CODE_LENGTH and set(code) <= set(ALPHABET) else ""


def _new_code() -> str:
    return "".join(secrets.choice(ALPHABET) for _number in range(CODE_LENGTH))


def _known(key: uuid.UUID | None) -> Sent | None:
    if key is None:
        return None
    query = select(Complaint.id, Complaint.code).where(Complaint.idempotency_key == key)
    row = db.session.execute(query).one_or_none()
    return Sent(row.id, shown_code(row.code)) if row else None


def _keep_photos(
    photos: Sequence[bytes], complaint_id: uuid.UUID, vault: Vault, rough: dt.datetime | None
) -> None:
    """Keep all photos or, with the complaint, none; of anonymous ones `rough` is all that is kept of the time."""
    kept: list[uuid.UUID] = []
    try:
        for number, data in enumerate(photos, start=1):
            kept.append(_keep_photo(number, data, complaint_id, vault, rough))
    except (Invalid, StorageAway):
        db.session.rollback()
        forget_unkept(kept)
        raise


def _keep_photo(
    number: int, data: bytes, complaint_id: uuid.UUID, vault: Vault, rough: dt.datetime | None
) -> uuid.UUID:
    if data[:5] == b"%PDF-":
        raise Invalid("photos", str(_("Foto ke-%(number)s bukan gambar JPG atau PNG.", number=number)))
    try:
        row = keep_file(
            data, SUBJECT, complaint_id, "photo", vault=vault, most_bytes=MOST_PHOTO_BYTES, added_by="",
            file_id=uuid.uuid4() if rough else None,
        )  # fmt: skip
    except ScanRefused as refused:
        told = _("Foto ke-%(number)s: %(reason)s", number=number, reason=str(refused))
        raise Invalid("photos", str(told)) from refused
    if rough is not None:
        row.created_at = rough
    return row.id


def _first_step(complaint_id: uuid.UUID, who: Sender, rough: dt.datetime | None) -> None:
    """The step of a sender is written here, not by `add_step`: that one names whoever is signed in."""
    db.session.add(
        CaseStep(
            id=uuid7() if rough is None else uuid.uuid4(),
            at=rough or now(),
            subject_kind=SUBJECT,
            subject_id=complaint_id,
            kind="received",
            by_kind="resident",
            by_id=who.account_id,
            by_name="",
        )
    )


def _category(code: str) -> str:
    from flask_babel import force_locale

    with force_locale("id"):
        return str(CATEGORIES[code])
