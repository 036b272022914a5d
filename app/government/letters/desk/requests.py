"""Asking for a letter: at the desk, from a phone, from a kiosk or by a program, always through here."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app.core.actors import current_actor
from app.core.casework.files import keep_file
from app.core.files.scans import MOST_BYTES, ScanRefused
from app.core.files.storage import StorageAway
from app.core.privacy.vault import Vault, open_vault
from app.core.village.errors import Invalid, Missing
from app.extensions import db
from app.government.letters.desk.boxes import in_clear, open_box, seal_box
from app.government.letters.desk.errors import OtherText, WrongValues
from app.government.letters.desk.life import SUBJECT, held, moved, not_now, search_text, touched
from app.government.letters.desk.people import (
    check_alive,
    check_for_strangers,
    check_household,
    check_not_registered,
    checked_applicant,
)
from app.government.letters.models import OPEN_STATES, Letter
from app.government.letters.options import LetterOptions, letter_options
from app.government.letters.types import LetterKind, letter_type
from app.government.letters.types.fields import check_values
from app.government.letters.types.people import person_of, with_people
from app.government.service.promise import due_at
from tenants.ids import uuid7
from tenants.models import now

ORIGINS = ("desk", "online", "kiosk", "batch", "api")
KNOWS_ITS_TEXT = ("desk", "api")
"""Origins where a key that comes again with another text is refused; phones send again what they kept."""
CHANGEABLE = ("draft", *OPEN_STATES)
"""States in which what was typed may still be changed."""


@dataclass(frozen=True, slots=True)
class Paper:
    """A photo or scan that comes with a request: the requirement's key, and its bytes."""

    key: str
    data: bytes
    title: str = ""


def ask(
    type_code: str,
    *,
    resident_id: uuid.UUID | None = None,
    applicant: Mapping[str, Any] | None = None,
    values: Mapping[str, Any],
    origin: str,
    submit: bool = True,
    account_id: uuid.UUID | None = None,
    idempotency_key: uuid.UUID | None = None,
    by_kind: str = "staff",
    papers: Sequence[Paper] = (),
    seen_papers: Sequence[str] = (),
    signing: str | None = None,
    is_whole: bool = False,
    most_bytes: int = MOST_BYTES,
) -> Letter:
    """Ask for a letter, and commit.

    Args:
        type_code: of an active letter type.
        resident_id: the resident whom it is about. applicant: somebody from elsewhere instead (`name`, `nik`,
            `birth_place`, …: keys of PERSON_PARTS). Neither for letters about nobody.
        values: the letter's own fields, nested as `types.fields.from_form` gives them.
        origin: desk, online, kiosk, batch or api.
        submit: whether it is handed in; a draft may be incomplete and waits for `submit_draft`.
        account_id: the resident's own account that asks.
        idempotency_key: the same key gives the same letter again, and nothing is done twice.
        by_kind: as `CaseStep.by_kind`.
        papers: photos and scans by requirement. seen_papers: requirements whose originals the clerk has seen.
        signing: wet, local or bsre instead of the village's usual way.
        is_whole: whether a draft's fields are checked as if it were handed in (it is shown before it is issued).
        most_bytes: the largest paper that is taken.
    Raises:
        Missing: no such type or resident. WrongValues: with sentences by field (`berkas.<key>` for papers).
        Invalid: the person can't be asked for. OtherText: the key was used with another text. StorageAway: nothing was
        kept.
    """
    asked = _asked(type_code, resident_id, applicant, values) if origin in KNOWS_ITS_TEXT else ""
    if idempotency_key is not None and (known := _known(idempotency_key, account_id, asked)) is not None:
        return known
    kind = letter_type(type_code)
    refused: WrongValues | None = None
    person: dict[str, Any] = {}
    name = ""
    try:
        person, name = _about(kind, resident_id, applicant, account_id)
    except WrongValues as wrong:
        refused = wrong
    vault = open_vault(for_writing=True)
    try:
        fields = _fields(kind, values, account_id, vault, complete=submit or is_whole)
    except WrongValues as wrong:
        if refused is not None:
            refused.errors |= wrong.errors
            raise refused from wrong
        raise
    if refused is not None:
        raise refused
    options = letter_options()
    actor, at = current_actor(), now()
    letter = Letter(
        id=uuid7(),
        type_code=kind.code,
        type_version=kind.version,
        title=kind.title,
        subject=subject_of(kind, fields, name),
        recipient=recipient_of(kind, fields),
        classification=kind.classification,
        state="draft",
        origin=origin,
        resident_id=resident_id,
        account_id=account_id,
        holder_name=in_clear(name),
        signing=signing or options.signing,
        idempotency_key=idempotency_key,
        recorded_by=actor.name if actor else "",
        details={
            **({"seen_papers": sorted(set(seen_papers))} if seen_papers else {}),
            **({"asked": asked} if asked and idempotency_key is not None else {}),
        },
        row_version=0,
        created_at=at,
        updated_at=at,
    )
    if resident_id is not None:
        person = person_of(resident_id, vault)
    seal_box(letter, vault, {"fields": fields, "person": person})
    db.session.add(letter)
    try:
        db.session.flush()
    except IntegrityError:
        db.session.rollback()
        if idempotency_key is not None and (known := _known(idempotency_key, account_id, asked)) is not None:
            return known
        raise
    keep_papers(letter, kind, papers, vault, most_bytes)
    if submit:
        _submitted(letter, by_kind, options.promise_for(kind.code))
    else:
        letter.row_version, letter.search = 1, search_text(letter)
    db.session.commit()
    return letter


def change(
    letter_id: uuid.UUID,
    seen_version: int | None,
    values: Mapping[str, Any],
    *,
    papers: Sequence[Paper] = (),
    seen_papers: Sequence[str] | None = None,
    by_kind: str = "staff",
) -> Letter:
    """Change what was typed into a letter that has no number yet, and commit.

    A letter that was verified, or that the head has agreed to, goes back to be verified again.

    Raises:
        Missing. ChangedMeanwhile: with `present` state, version and fields. NotNow. WrongValues.
    """
    vault = open_vault(for_writing=True)
    letter = held(letter_id, seen_version, by_kind=by_kind)
    if letter.state not in CHANGEABLE or letter.sequence is not None or letter.is_being_signed:
        raise not_now(letter)
    kind = letter_type(letter.type_code, active=False)
    fields = _fields(kind, values, letter.account_id, vault, complete=letter.state != "draft")
    parts = open_box(letter, vault)
    parts["fields"] = fields
    seal_box(letter, vault, parts)
    letter.subject, letter.recipient = (
        subject_of(kind, fields, letter.holder_name),
        recipient_of(kind, fields),
    )
    letter.type_version = kind.version
    if seen_papers is not None:
        letter.details = {**letter.details, "seen_papers": sorted(set(seen_papers))}
    keep_papers(letter, kind, papers, vault, MOST_BYTES)
    if letter.state == "draft":
        touched(letter)
    else:
        letter.verified_at = letter.approved_at = None
        moved(letter, "submitted", step="changed", by_kind=by_kind, tell=False)
    db.session.commit()
    return letter


def submit_draft(letter_id: uuid.UUID, seen_version: int | None = None, *, by_kind: str = "staff") -> Letter:
    """Hand in a draft: its fields are checked as a whole. Commits.

    Raises:
        Missing, ChangedMeanwhile, NotNow. WrongValues: something is still to be filled in.
    """
    vault = open_vault(for_writing=True)
    letter = held(letter_id, seen_version, by_kind=by_kind)
    if letter.state != "draft":
        raise not_now(letter)
    hand_in(letter, vault, letter_options(), by_kind)
    db.session.commit()
    return letter


def hand_in(
    letter: Letter, vault: Vault, options: LetterOptions, by_kind: str, kind: LetterKind | None = None
) -> None:
    """Hand in a draft in the open transaction: fields are checked, people's data is taken anew. Raises as callers."""
    kind = kind or letter_type(letter.type_code)
    parts = open_box(letter, vault)
    parts["fields"] = _fields(kind, parts["fields"], letter.account_id, vault, complete=True)
    if letter.resident_id is not None:
        check_alive(letter.resident_id, kind.about)
        parts["person"] = person_of(letter.resident_id, vault)
    elif kind.about != "none":
        check_for_strangers(kind)
        check_not_registered(parts["person"])
    seal_box(letter, vault, parts)
    _submitted(letter, by_kind, options.promise_for(kind.code))


def subject_of(kind: LetterKind, fields: Mapping[str, Any], name: str) -> str:
    """What a letter is about, in the register's words: whose it is, or for letters about nobody what they say first."""
    if kind.about != "none":
        return in_clear(f"{kind.label} a.n. {name}" if name else kind.label)
    for wanted in ("perihal", "hal", "tentang", "acara", "tugas", "maksud", "keperluan"):
        text = fields.get(wanted)
        if isinstance(text, str) and text.strip():
            return in_clear(text)
    return in_clear(kind.label)


def recipient_of(kind: LetterKind, fields: Mapping[str, Any]) -> str:
    """To whom a letter about nobody goes, where it says so."""
    if kind.about != "none":
        return ""
    for wanted in ("kepada", "penerima", "tujuan"):
        text = fields.get(wanted)
        if isinstance(text, str) and text.strip():
            return in_clear(text)
    return ""


def keep_papers(
    letter: Letter, kind: LetterKind, papers: Sequence[Paper], vault: Vault, most_bytes: int
) -> None:
    """Keep photos and scans of a request, in the open transaction. Raises WrongValues, by `berkas.<key>`."""
    labels = {requirement.key: requirement.label for requirement in kind.requirements}
    for paper in papers:
        try:
            keep_file(
                paper.data,
                SUBJECT,
                letter.id,
                paper.key if paper.key in labels else "other",
                vault=vault,
                title=paper.title or labels.get(paper.key, ""),
                most_bytes=most_bytes,
            )
        except ScanRefused as refused:
            db.session.rollback()
            raise WrongValues({f"berkas.{paper.key}": [str(refused)]}) from refused
        except StorageAway:
            db.session.rollback()
            raise


def _about(
    kind: LetterKind,
    resident_id: uuid.UUID | None,
    applicant: Mapping[str, Any] | None,
    account_id: uuid.UUID | None,
) -> tuple[dict[str, Any], str]:
    """Whom it is about, as far as typed in, and the holder's name. Raises Missing, Invalid, WrongValues."""
    person: dict[str, Any] = {}
    name = ""
    if kind.about == "none":
        if resident_id is not None or applicant:
            raise Invalid(
                "resident", str(_("%(title)s tidak dibuat untuk seorang penduduk.", title=kind.title))
            )
    elif resident_id is not None:
        name = check_alive(resident_id, kind.about)
        if account_id is not None:
            check_household(account_id, {resident_id})
    elif applicant is not None:
        person = checked_applicant(kind, applicant)
        name = str(person["name"])
    else:
        raise Invalid("resident", str(_("Pilih dahulu penduduknya, atau isi data pemohon dari luar.")))
    return person, name


def _fields(
    kind: LetterKind,
    values: Mapping[str, Any],
    account_id: uuid.UUID | None,
    vault: Vault,
    *,
    complete: bool,
) -> dict[str, Any]:
    """The letter's own fields as they are sealed, with the people of the register that they name.

    Raises WrongValues, Invalid; a draft keeps what is wrong as it was typed.
    """
    checked = check_values(kind, {field.name: values.get(field.name) for field in kind.fields})
    if not checked.is_valid and complete:
        raise WrongValues(checked.errors)
    named = {
        uuid.UUID(value["id"])
        for field in kind.fields
        if field.kind in ("person", "resident")
        and (value := checked.values.get(field.name))
        and value.get("id")
    }
    if named and account_id is not None:
        check_household(account_id, named)
    try:
        known = with_people(kind, checked.values, vault)
    except Missing as missing:
        raise Invalid(
            "resident", str(_("Penduduk yang dipilih tidak ditemukan. Pilih sekali lagi."))
        ) from missing
    wrong = {name.partition(".")[0] for name in checked.errors}
    unclear = {name: value for name, value in checked.typed.items() if value and name in wrong}
    return {**unclear, **known}


def _submitted(letter: Letter, by_kind: str, promise_days: int) -> None:
    letter.submitted_at = now()
    letter.due_at = due_at(letter.submitted_at, promise_days)
    moved(letter, "submitted", by_kind=by_kind)


def _asked(
    type_code: str,
    resident_id: uuid.UUID | None,
    applicant: Mapping[str, Any] | None,
    values: Mapping[str, Any],
) -> str:
    """What tells this request from another: a digest under the village's key, of which nothing can be read."""
    said = [type_code, str(resident_id or ""), dict(applicant or {}), dict(values)]
    text = json.dumps(said, sort_keys=True, default=str)
    return open_vault().index("letter_request", text).hex()


def _known(key: uuid.UUID, account_id: uuid.UUID | None, asked: str) -> Letter | None:
    """The letter that was asked for with this key. Raises Missing: somebody else's. OtherText."""
    letter: Letter | None = db.session.scalar(select(Letter).where(Letter.idempotency_key == key))
    if letter is not None and letter.account_id != account_id:
        raise Missing("letter")
    if letter is not None and asked and letter.details.get("asked", asked) != asked:
        raise OtherText(letter.id)
    return letter
