"""What the portal's forms send beside the letter's own fields."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from app.core.forms import Choice, FormSchema, Paragraphs


class RatingSchema(FormSchema):
    """How the service was: one to five, with a comment if one wishes."""

    rating = Choice(choices=("1", "2", "3", "4", "5"), required=True)
    comment = Paragraphs(longest=500)


def key_from(form: Mapping[str, str]) -> uuid.UUID | None:
    """The form's own key: sent twice, it is one request."""
    return _uuid(form.get("kunci", ""))


def subject_from(form: Mapping[str, str]) -> uuid.UUID | None:
    """For whom the letter is."""
    return _uuid(form.get("untuk", ""))


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
