"""Errors of the parts of training as problems of the API."""

from __future__ import annotations

from typing import Any

from flask import Response

from app.core.api import ApiBlueprint
from app.core.ui.errors import problem
from app.core.ui.sentences import status_sentence
from app.core.village.errors import ChangedMeanwhile, Invalid, Missing
from app.extensions import db
from app.province.training.participants.rules import Refused


def answer_errors(*blueprints: ApiBlueprint) -> None:
    """Let APIs answer with a problem what the services refuse; nothing of the deed is kept."""
    for blueprint in blueprints:
        blueprint.register_error_handler(Invalid, _invalid)
        blueprint.register_error_handler(Missing, _missing)
        blueprint.register_error_handler(ChangedMeanwhile, _changed)
        blueprint.register_error_handler(Refused, _refused)


def raise_refused(outcome: Any) -> None:
    """Raise what a person who was registered alone was refused for. Raises Refused, Invalid."""
    if outcome.refused:
        raise outcome.refused[0][1]


def _invalid(error: Invalid) -> Response:
    db.session.rollback()
    return problem(422, "Unprocessable Content", str(error), errors={"json": {error.field: [str(error)]}})


def _missing(error: LookupError) -> Response:
    db.session.rollback()
    return problem(404, "Not Found", status_sentence(404))


def _changed(error: ChangedMeanwhile) -> Response:
    db.session.rollback()
    return problem(412, "Precondition Failed", status_sentence(412))


def _refused(error: Refused) -> Response:
    db.session.rollback()
    return problem(409, "Conflict", str(error))
