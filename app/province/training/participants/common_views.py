"""What the pages of invitations, participants, quotas and tasks share."""

from __future__ import annotations

import uuid
from typing import IO, Any

from flask import Response, request, send_file

from app.core.blueprints import AudienceBlueprint
from app.core.files.names import disposition
from app.core.tables import XLSX
from app.province.regions import Territory, frame_name, own_territory, seen_territory
from app.province.training.events.models import TrainingEvent
from app.province.training.participants import rules, words
from app.province.training.participants.schemas import LABELS

pages = AudienceBlueprint("training_participants", __name__, audience="province", url_prefix="/pelatihan")
TYPES = {"xlsx": XLSX, "csv": "text/csv; charset=utf-8"}


@pages.context_processor
def page_words() -> dict[str, Any]:
    """What the pages call."""
    return {
        "labels": LABELS,
        "answer_said": words.answer_said,
        "seat_said": words.seat_said,
        "sex_word": words.sex_word,
        "sexes": list(words.SEXES.items()),
        "task_said": words.task_said,
        "frame_name": frame_name,
        "last_day_to_register": rules.last_day_to_register,
        "may_substitute": rules.may_substitute,
    }


def cursor(name: str = "sesudah") -> uuid.UUID | None:
    """A cursor of the query string; None where there is none that could be one."""
    try:
        return uuid.UUID(request.args.get(name, ""))
    except ValueError:
        return None


def version() -> int:
    """The version that a form was drawn with; one that can't be the present one where it is missing."""
    sent = request.form.get("row_version", "")
    return int(sent) if sent.isascii() and sent.isdigit() and len(sent) < 10 else 0


def here_of(event: TrainingEvent) -> Territory:
    """The region that a page was asked for (`wilayah`); without one the viewer's own."""
    return seen_territory(request.args.get("wilayah"))


def region_arg(here: Territory) -> dict[str, Any]:
    """The query string's part that leads back to a region below the account's."""
    return {"wilayah": here.code} if here.code != own_territory().code else {}


def as_download(file: IO[bytes], name: str, shape: str) -> Response:
    """A spreadsheet or CSV as a download that no cache keeps."""
    response = send_file(
        file, mimetype=TYPES[shape], as_attachment=True, download_name=f"{name}.{shape}", max_age=0
    )
    response.headers["Cache-Control"] = "no-store"
    return response


def as_pdf(data: bytes, name: str) -> Response:
    """A PDF to look at or keep, that no cache keeps."""
    response = Response(data, content_type="application/pdf")
    response.headers["Content-Disposition"] = disposition("inline", f"{name}.pdf")
    response.headers["Cache-Control"] = "private, no-store"
    return response
