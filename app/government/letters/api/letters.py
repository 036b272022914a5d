"""Outgoing letters: asking for one, and its life up to the hand of whoever asked."""

from __future__ import annotations

import uuid
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from marshmallow import Schema, fields, validate

from app.core.api import ApiBlueprint, KeysetQuery, schema_of_page
from app.core.api.paging import BEHIND, page_of
from app.core.api.versions import IfMatch, etag
from app.core.casework.steps import steps_of
from app.core.permissions import requires
from app.core.village.errors import Invalid, Missing
from app.government.letters.access import opens_letters
from app.government.letters.api.common import (
    SAFE,
    UNREADABLE,
    LetterReasonSchema,
    LetterStepSchema,
    Search,
    handle_letters,
    shown_step,
)
from app.government.letters.books import program_queries as reading
from app.government.letters.books.words import ORIGINS, SIGNINGS
from app.government.letters.desk import services
from app.government.letters.desk.opening import open_final
from app.government.letters.models import STATES, Letter
from app.government.letters.types import letter_type
from app.government.residents.api.common import DeedKey
from app.government.residents.api.files import BINARY, PDF, sent_file

letter_api = ApiBlueprint(
    "letters",
    __name__,
    audience="village",
    description="Letters from request to archive: draft, submitted, verified, approved, issued, collected; or rejected,"
    " or cancelled. What was typed into a letter is sealed and in its file alone.",
)


class LetterSchema(Schema):
    """A letter."""

    id = fields.UUID(required=True)
    type_code = fields.String(required=True)
    title = fields.String(required=True)
    subject = fields.String(required=True)
    classification = fields.String(required=True)
    state = fields.String(required=True, validate=validate.OneOf(list(STATES)))
    origin = fields.String(required=True, validate=validate.OneOf(list(ORIGINS)))
    signing = fields.String(required=True, validate=validate.OneOf(list(SIGNINGS)))
    resident_id = fields.UUID(required=True, allow_none=True)
    holder_name = fields.String(required=True)
    recipient = fields.String(required=True)
    number = fields.String(required=True, metadata={"description": "Empty until it is issued."})
    letter_date = fields.Date(required=True, allow_none=True)
    valid_until = fields.Date(required=True, allow_none=True)
    signer_name = fields.String(required=True)
    signer_title = fields.String(required=True)
    reason = fields.String(required=True, metadata={"description": "Why it was rejected or cancelled."})
    sha256 = fields.String(
        required=True, allow_none=True, metadata={"description": "Of the final file, in hexadecimal."}
    )
    size = fields.Integer(
        required=True, allow_none=True, metadata={"description": "Of the final file, in bytes."}
    )
    created_at = fields.AwareDateTime(required=True)
    submitted_at = fields.AwareDateTime(required=True, allow_none=True)
    due_at = fields.AwareDateTime(
        required=True, allow_none=True, metadata={"description": "Until when the village promised it."}
    )
    issued_at = fields.AwareDateTime(required=True, allow_none=True)
    collected_at = fields.AwareDateTime(required=True, allow_none=True)
    row_version = fields.Integer(required=True)


class LetterQuery(KeysetQuery):
    """Which letters."""

    after = fields.UUID(metadata={"description": BEHIND})
    q = Search(metadata={"description": "Parts of number, name, title or subject; all words must be found."})
    state = fields.String(validate=validate.OneOf(list(STATES), error=_l("Pilih salah satu dari daftar.")))
    type_code = Search(longest=60)
    classification = Search(longest=40, metadata={"description": "Its beginning."})
    origin = fields.String(validate=validate.OneOf(list(ORIGINS), error=_l("Pilih salah satu dari daftar.")))
    signing = fields.String(
        validate=validate.OneOf(list(SIGNINGS), error=_l("Pilih salah satu dari daftar."))
    )
    resident_id = fields.UUID()
    year = fields.Integer(
        validate=validate.Range(1900, 2200, error=_l("Tulis tahun dari {min} sampai {max}.")),
        metadata={"description": "Of the letter's date."},
    )


class LetterNewSchema(Schema):
    """What is asked for."""

    type_code = fields.String(
        required=True,
        validate=[
            validate.Length(1, 60, error=_l("Tulis {min} sampai {max} huruf.")),
            validate.Regexp(SAFE, error=UNREADABLE),
        ],
        metadata={"description": "Of `/letter-types`."},
    )
    resident_id = fields.UUID(
        load_default=None, allow_none=True, metadata={"description": "Whom it is about, of the register."}
    )
    applicant = fields.Dict(
        keys=fields.String(),
        load_default=None,
        allow_none=True,
        metadata={
            "description": "Somebody from elsewhere instead: `name`, `nik`, `birth_place`, `birth_date` …"
        },
    )
    values = fields.Dict(
        keys=fields.String(), load_default=dict, metadata={"description": "The type's own fields, by name."}
    )
    submit = fields.Boolean(
        load_default=True, metadata={"description": "False keeps a draft, which may be incomplete."}
    )


class CollectSchema(Schema):
    """How it came to whoever asked."""

    how = fields.String(
        load_default="collected",
        validate=validate.OneOf(list(services.HOW), error=_l("Pilih salah satu dari daftar.")),
    )
    receiver = fields.String(
        load_default="",
        validate=[
            validate.Length(max=120, error=_l("Terlalu panjang: paling banyak {max} huruf.")),
            validate.Regexp(SAFE, error=UNREADABLE),
        ],
        metadata={"description": "Who took it, by name."},
    )


@letter_api.route("/letters")
@requires("letters.view")
@letter_api.arguments(LetterQuery, location="query")
@letter_api.response(200, schema_of_page(LetterSchema))
def letters(query: dict[str, Any]) -> Any:
    """Letters, the latest first, page by page."""
    limit = query["limit"]
    rows = [shown(letter) for letter in reading.letters_behind(query, limit + 1)]
    return page_of(rows, limit, lambda row: row["id"])


@letter_api.route("/letters", methods=["POST"])
@requires("letters.process")
@letter_api.arguments(DeedKey, location="headers")
@letter_api.arguments(LetterNewSchema)
@letter_api.response(201, LetterSchema)
@letter_api.problems("CONFLICT", "SERVICE_UNAVAILABLE")
def ask(once: dict[str, Any], values: dict[str, Any]) -> Any:
    """Ask for a letter.

    The same `Idempotency-Key` gives the same letter again. What is wrong with which field stands in `errors`. Letters
    for somebody who died or left are refused, but for those about the deceased.
    """
    try:
        letter_type(values["type_code"])
    except Missing:
        sentence = _("Jenis surat ini tidak ada, atau tidak dipakai.")
        raise Invalid("type_code", sentence) from None
    try:
        letter = services.ask(
            values["type_code"],
            resident_id=values["resident_id"],
            applicant=values["applicant"],
            values=values["values"],
            origin="api",
            submit=values["submit"],
            idempotency_key=once["key"],
            by_kind="program",
        )
    except Missing:
        raise Invalid("resident_id", _("Penduduk ini tidak ditemukan.")) from None
    return _answer(letter)


@letter_api.route("/letters/<uuid:letter_id>")
@requires("letters.view")
@letter_api.response(200, LetterSchema)
def letter(letter_id: uuid.UUID) -> Any:
    """One letter."""
    return _answer(reading.find_letter(letter_id))


@letter_api.route("/letters/<uuid:letter_id>/steps")
@requires("letters.view")
@letter_api.response(200, LetterStepSchema(many=True))
def steps(letter_id: uuid.UUID) -> Any:
    """What happened to a letter, the first step first."""
    return [shown_step(step) for step in steps_of(reading.find_letter(letter_id).id)]


@letter_api.route("/letters/<uuid:letter_id>/file")
@requires("letters.view")
@opens_letters
@letter_api.response(200, BINARY, content_type=PDF)
@letter_api.problems("SERVICE_UNAVAILABLE")
def file(letter_id: uuid.UUID) -> Any:
    """The final PDF, byte for byte as it was signed; the audit log notes who took it. 404 until it is issued.

    Needs letters.process, letters.sign or residents.view_identity, too.
    """
    opened = open_final(letter_id)
    return sent_file(opened.data, PDF, opened.name)


@letter_api.route("/letters/<uuid:letter_id>/submit", methods=["POST"])
@requires("letters.process")
@letter_api.arguments(IfMatch, location="headers")
@letter_api.response(200, LetterSchema)
@letter_api.problems("CONFLICT", "PRECONDITION_FAILED")
def submit(seen: dict[str, Any], letter_id: uuid.UUID) -> Any:
    """Hand in a draft; its fields are checked as a whole."""
    return _answer(services.submit_draft(letter_id, seen["version"], by_kind="program"))


@letter_api.route("/letters/<uuid:letter_id>/verify", methods=["POST"])
@requires("letters.process")
@letter_api.arguments(IfMatch, location="headers")
@letter_api.response(200, LetterSchema)
@letter_api.problems("CONFLICT", "PRECONDITION_FAILED")
def verify(seen: dict[str, Any], letter_id: uuid.UUID) -> Any:
    """Hand a submitted letter that was checked to the head for signing."""
    return _answer(services.verify(letter_id, seen["version"]))


@letter_api.route("/letters/<uuid:letter_id>/approve", methods=["POST"])
@requires("letters.sign")
@letter_api.arguments(IfMatch, location="headers")
@letter_api.response(200, LetterSchema)
@letter_api.problems("CONFLICT", "PRECONDITION_FAILED")
def approve(seen: dict[str, Any], letter_id: uuid.UUID) -> Any:
    """The head agrees to a letter that is signed in ink: the office may issue and print it."""
    return _answer(services.approve(letter_id, seen["version"]))


@letter_api.route("/letters/<uuid:letter_id>/reject", methods=["POST"])
@requires("letters.process")
@letter_api.arguments(IfMatch, location="headers")
@letter_api.arguments(LetterReasonSchema)
@letter_api.response(200, LetterSchema)
@letter_api.problems("CONFLICT", "PRECONDITION_FAILED")
def reject(seen: dict[str, Any], values: dict[str, Any], letter_id: uuid.UUID) -> Any:
    """Refuse a request with a reason that the applicant reads."""
    return _answer(services.reject(letter_id, values["reason"], seen["version"]))


@letter_api.route("/letters/<uuid:letter_id>/issue", methods=["POST"])
@requires("letters.process")
@letter_api.arguments(IfMatch, location="headers")
@letter_api.response(200, LetterSchema)
@letter_api.problems("CONFLICT", "PRECONDITION_FAILED", "SERVICE_UNAVAILABLE")
def issue(seen: dict[str, Any], letter_id: uuid.UUID) -> Any:
    """Issue a letter that is signed in ink: its number is drawn without gaps, its PDF set and kept.

    409 when it is issued already, or when it is to be signed electronically and waits for the head.
    """
    return _answer(services.issue(letter_id, seen["version"], by_kind="program"))


@letter_api.route("/letters/<uuid:letter_id>/cancel", methods=["POST"])
@requires("letters.cancel")
@letter_api.arguments(IfMatch, location="headers")
@letter_api.arguments(LetterReasonSchema)
@letter_api.response(200, LetterSchema)
@letter_api.problems("CONFLICT", "PRECONDITION_FAILED")
def cancel(seen: dict[str, Any], values: dict[str, Any], letter_id: uuid.UUID) -> Any:
    """Cancel a letter with a reason; a number that it bears stays with it for good."""
    return _answer(services.cancel(letter_id, values["reason"], seen["version"], by_kind="program"))


@letter_api.route("/letters/<uuid:letter_id>/collect", methods=["POST"])
@requires("letters.process")
@letter_api.arguments(IfMatch, location="headers")
@letter_api.arguments(CollectSchema)
@letter_api.response(200, LetterSchema)
@letter_api.problems("CONFLICT", "PRECONDITION_FAILED")
def collect(seen: dict[str, Any], values: dict[str, Any], letter_id: uuid.UUID) -> Any:
    """Note that an issued letter came to whoever asked for it; done twice, the first one stands."""
    letter = services.collect(
        letter_id, values["how"], receiver=values["receiver"], seen_version=seen["version"], by_kind="program"
    )
    return _answer(letter)


def shown(letter: Letter) -> dict[str, Any]:
    """A letter as LetterSchema has it."""
    told = {name: getattr(letter, name) for name in LetterSchema._declared_fields if name != "sha256"}
    return {**told, "sha256": letter.sha256.hex() if letter.sha256 else None}


def _answer(letter: Letter) -> Any:
    return shown(letter), etag(letter.row_version)


handle_letters(letter_api)
