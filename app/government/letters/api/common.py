"""What the parts of the letters' API share: fields, steps, and how services' refusals are answered."""

from __future__ import annotations

from typing import Any

from flask import Response
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from marshmallow import Schema, fields, validate

from app.core.api import ApiBlueprint
from app.core.casework.models import CaseStep
from app.core.documents import DocumentFailed
from app.core.files.storage import StorageAway
from app.core.ui.errors import problem
from app.core.ui.sentences import status_sentence
from app.core.village.errors import ChangedMeanwhile
from app.government.letters.desk.errors import NotNow, OtherText, WrongValues
from app.government.letters.markup import MarkupWrong
from app.government.residents.api.common import handle_refusals

SAFE = r"^[^\x00]*$"
UNREADABLE = _l("Isian ini tidak terbaca.")


class Search(fields.String):
    """Words that are searched for."""

    def __init__(self, *, longest: int = 100, **options: Any) -> None:
        checks = [
            validate.Length(max=longest, error=_l("Terlalu panjang: paling banyak {max} huruf.")),
            validate.Regexp(SAFE, error=UNREADABLE),
        ]
        super().__init__(validate=checks, **options)


class LetterStepSchema(Schema):
    """Something that happened, when, and by whom."""

    id = fields.UUID(required=True)
    kind = fields.String(
        required=True, metadata={"description": "Such as `submitted`, `issued`, `disposition`."}
    )
    at = fields.AwareDateTime(required=True)
    by_kind = fields.String(
        required=True, validate=validate.OneOf(["staff", "resident", "kiosk", "system", "program"])
    )
    by_name = fields.String(required=True)
    note = fields.String(required=True, metadata={"description": "Numbers of people in it are masked."})


class LetterReasonSchema(Schema):
    """Why."""

    reason = fields.String(
        required=True,
        validate=[
            validate.Length(3, 500, error=_l("Tulis {min} sampai {max} huruf.")),
            validate.Regexp(SAFE, error=UNREADABLE),
        ],
        metadata={"description": "The applicant reads it, so it says what is missing or wrong."},
    )


def shown_step(step: CaseStep) -> dict[str, Any]:
    """A step as LetterStepSchema has it."""
    return {
        "id": step.id, "kind": step.kind, "at": step.at, "by_kind": step.by_kind, "by_name": step.by_name,
        "note": step.note,
    }  # fmt: skip


def handle_letters(*blueprints: ApiBlueprint) -> None:
    """Let parts of the API answer what the services of letters raise, each with a sentence."""
    handle_refusals(*blueprints)
    for blueprint in blueprints:
        blueprint.register_error_handler(NotNow, _not_now)
        blueprint.register_error_handler(WrongValues, _wrong_values)
        blueprint.register_error_handler(OtherText, _other_text)
        blueprint.register_error_handler(ChangedMeanwhile, _changed)
        blueprint.register_error_handler(DocumentFailed, _not_set)
        blueprint.register_error_handler(MarkupWrong, _not_set)
        blueprint.register_error_handler(StorageAway, _away)


def _not_now(error: NotNow) -> Response:
    return problem(409, "Conflict", str(error), present={"state": error.state})


def _wrong_values(error: WrongValues) -> Response:
    sentence = status_sentence(422)
    return problem(422, "Unprocessable Content", sentence, errors={"json": error.errors})


def _other_text(error: OtherText) -> Response:
    return problem(409, "Conflict", str(error), present={"id": str(error.letter_id)})


def _changed(error: ChangedMeanwhile) -> Response:
    version = error.present.get("row_version")
    if version is None:
        return problem(
            412, "Precondition Failed", _("Orang lain sudah mengubahnya. Ambil dahulu versi sekarang.")
        )
    sentence = _("Orang lain sudah mengubahnya; versi sekarang %(version)s.", version=version)
    answer = problem(412, "Precondition Failed", sentence)
    answer.headers["ETag"] = f'"{version}"'
    return answer


def _not_set(error: DocumentFailed | MarkupWrong) -> Response:
    return problem(422, "Unprocessable Content", str(error))


def _away(error: StorageAway) -> Response:
    return problem(503, "Service Unavailable", status_sentence(503))
