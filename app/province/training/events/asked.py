"""What requests for pages of events say, and what the pages answer with."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import IO, Any

from flask import (
    Response,
    abort,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    send_file,
    url_for,
)
from flask.typing import ResponseReturnValue

from app.core.tables import XLSX
from app.core.village.errors import Missing
from app.province.training.events.services import Refused


def version() -> int:
    """The version that a form was drawn with; one that can't be the present one where it is missing."""
    sent = request.form.get("row_version", "")
    return int(sent) if sent.isascii() and sent.isdigit() and len(sent) < 10 else 0


def given(name: str, value: str) -> dict[str, Any]:
    """A query string's argument, or nothing where it is empty."""
    return {name: value} if value else {}


def searched() -> str:
    """What the query string searches for, tidied."""
    return " ".join(request.args.get("q", "").replace("\x00", "").split())[:80]


def page(template: str, status: int = 200, **context: Any) -> Response:
    """A page with a status."""
    return make_response(render_template(template, **context), status)


def workbook(file: IO[bytes], name: str) -> Response:
    """A spreadsheet as a download."""
    response = send_file(file, mimetype=XLSX, as_attachment=True, download_name=f"{name}.xlsx", max_age=0)
    response.headers["Cache-Control"] = "no-store"
    return response


def done(
    deed: Callable[[], object], said: str, event_id: uuid.UUID, endpoint: str = "training_events.show"
) -> ResponseReturnValue:
    """Do a deed on an event, say so (or why not), and go back to one of its pages; what is not there is a 404."""
    try:
        deed()
        flash(said, "success")
    except Refused as refusal:
        flash(str(refusal), "warning")
    except Missing:
        abort(404)
    return redirect(url_for(endpoint, event_id=event_id), 303)
