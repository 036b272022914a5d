"""What the settings' views share: uploads, and the page that shows two clerks' versions side by side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import request

from app.core.files.images import MAX_UPLOAD_BYTES
from app.core.forms import Checked
from app.core.village.services import Upload


@dataclass(frozen=True, slots=True)
class Difference:
    """A field that stands differently from what was typed."""

    label: str
    theirs: object
    yours: object


def upload(name: str) -> Upload | None:
    """A file of the form, or None when none was chosen. One byte too many tells that it is too large."""
    sent = request.files.get(name)
    if sent is None or not sent.filename:
        return None
    return Upload(sent.stream.read(MAX_UPLOAD_BYTES + 1), sent.filename)


def differences(
    labels: Mapping[str, object], present: Mapping[str, Any], typed: Mapping[str, Any]
) -> list[Difference]:
    """What somebody else's saved version and this form say differently, by the form's labels."""
    found = []
    for name, label in labels.items():
        theirs, yours = (str(version.get(name, "") or "") for version in (present, typed))
        if theirs.split() != yours.split():
            found.append(Difference(str(label), theirs, yours))
    return found


def form_context(checked: Checked | None, stored: Mapping[str, Any]) -> dict[str, Any]:
    """Values and errors of a form: what was typed if it came back, else what is stored."""
    if checked is None:
        return {"values": stored, "errors": {}}
    return {"values": {**stored, **checked.typed}, "errors": checked.errors}
