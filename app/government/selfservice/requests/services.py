"""What residents do with their requests: hand in, take back, ask again, fetch, and say how it went."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

from flask_babel import gettext as _
from sqlalchemy import select

from app.core import audit
from app.core.casework.steps import add_step
from app.core.privacy.masking import mask_personal
from app.core.privacy.vault import open_vault
from app.core.village.errors import Invalid, Missing
from app.extensions import db
from app.government.letters.desk.boxes import letter_file, open_box, seal_box
from app.government.letters.desk.errors import NotNow, WrongValues
from app.government.letters.desk.life import SUBJECT, cancel, collect, held, label_of, touched
from app.government.letters.desk.services import ask, submit_draft
from app.government.letters.models import Letter
from app.government.selfservice.accounts import ResidentActor
from app.government.selfservice.requests.drafts import copy_photos, draft_of, what_is_missing
from app.government.selfservice.requests.family import FamilyMember
from app.government.selfservice.requests.offers import offered
from tenants.models import now

RATED = ("issued", "collected")
RATING_DAYS = 7
"""For so long a rating may be changed."""
LONGEST_COMMENT = 500


def own_letter(letter_id: uuid.UUID, resident: ResidentActor) -> Letter:
    """A letter that this account asked for. Raises Missing for everything else."""
    letter: Letter | None = db.session.scalar(
        select(Letter).where(Letter.id == letter_id, Letter.account_id == resident.account_id)
    )
    if letter is None:
        raise Missing("letter")
    return letter


def submit(letter_id: uuid.UUID, resident: ResidentActor, family: Sequence[FamilyMember]) -> Letter:
    """Hand in one's own draft. Commits. Handing in twice is handing in once.

    Raises:
        Missing: not one's own. WrongValues: something is still missing, by the form's names. Invalid: has died since.
    """
    letter = own_letter(letter_id, resident)
    if letter.state != "draft":
        return letter
    missing = what_is_missing(draft_of(letter_id, resident), family)
    if missing:
        raise WrongValues(missing)
    try:
        return submit_draft(letter_id, by_kind="resident")
    except NotNow:
        return own_letter(letter_id, resident)


def take_back(letter_id: uuid.UUID, resident: ResidentActor) -> Letter:
    """Cancel one's own request while nobody at the hall has verified it. Commits. Raises Missing, NotNow."""
    letter = own_letter(letter_id, resident)
    if letter.state == "cancelled":
        return letter
    if letter.state != "submitted":
        raise NotNow(
            letter.state, _("Permohonan ini sudah diperiksa petugas, jadi tidak dapat ditarik lagi di sini.")
        )
    return cancel(letter_id, str(_("Ditarik oleh pemohon")), letter.row_version, by_kind="resident")


def ask_again(letter_id: uuid.UUID, resident: ResidentActor, family: Sequence[FamilyMember]) -> Letter:
    """A new draft with what was typed into a request that was refused or taken back, and its photos. Commits.

    Asked twice, it is the same draft. Raises Missing (also where the letter is offered no more), NotNow, StorageAway
    (the draft is there, its photos are not: asking once more brings them).
    """
    letter = own_letter(letter_id, resident)
    if letter.state not in ("rejected", "cancelled"):
        raise NotNow(letter.state, _("Permohonan ini masih berjalan."))
    kind = offered(letter.type_code)
    if letter.resident_id not in {one.id for one in family}:
        raise Missing("resident")
    draft = ask(
        kind.code,
        resident_id=letter.resident_id,
        values=open_box(letter, open_vault())["fields"],
        origin="online",
        submit=False,
        account_id=resident.account_id,
        idempotency_key=uuid.uuid5(letter.id, "again"),
        by_kind="resident",
    )
    copy_photos(letter.id, draft.id, kind)
    return draft


def fetch(letter_id: uuid.UUID, resident: ResidentActor) -> tuple[Letter, bytes]:
    """The signed PDF of one's own letter; the first time is noted as handed over. Commits.

    Raises Missing: not one's own, not issued, or signed in ink, which is fetched at the hall.
    """
    letter = own_letter(letter_id, resident)
    if letter.signing == "wet" or letter.state not in RATED:
        raise Missing("letter file")
    data = letter_file(letter_id)
    if letter.state == "issued":
        letter = collect(letter_id, "downloaded", by_kind="resident")
    return letter, data


def rate(letter_id: uuid.UUID, resident: ResidentActor, rating: int, comment: str) -> Letter:
    """Say how the service was, 1 to 5, with a comment that is kept sealed. Commits. Changeable for seven days.

    Raises:
        Missing: not one's own. NotNow: not issued yet, or rated more than a week ago. Invalid: no such mark.
    """
    if not 1 <= rating <= 5:
        raise Invalid("rating", str(_("Pilih satu sampai lima bintang.")))
    vault = open_vault(for_writing=True)
    own_letter(letter_id, resident)
    letter = held(letter_id, by_kind="resident")
    if letter.state not in RATED:
        raise NotNow(letter.state, _("Nilai dapat diberikan setelah surat terbit."))
    if not may_rate(letter):
        raise NotNow(letter.state, _("Nilai ini sudah tetap; terima kasih."))
    first = letter.rating is None
    parts = open_box(letter, vault)
    parts["rating_comment"] = mask_personal(" ".join(comment.replace("\x00", "").split()))[:LONGEST_COMMENT]
    seal_box(letter, vault, parts)
    letter.rating = rating
    if first:
        letter.details = {**letter.details, "rated_at": now().isoformat()}
        add_step(SUBJECT, letter.id, "rated", by_kind="resident", details={"rating": rating})
    touched(letter)
    audit.record(
        "letter.rated",
        object_type="letter",
        object_id=letter.id,
        summary=label_of(letter),
        details={"rating": rating},
    )
    db.session.commit()
    return letter


def may_rate(letter: Letter) -> bool:
    """Whether its applicant may say, or say otherwise, how the service was."""
    if letter.state not in RATED:
        return False
    rated_at = letter.details.get("rated_at")
    if letter.rating is None or not rated_at:
        return letter.rating is None
    return now() - dt.datetime.fromisoformat(str(rated_at)) <= dt.timedelta(days=RATING_DAYS)
