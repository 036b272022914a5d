"""What pages of mentoring on both hosts share: files of forms, ids and cursors as they were typed, words."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable
from typing import Any

from flask import Blueprint, Response, current_app, make_response, render_template, request
from flask_babel import gettext as _
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import RequestEntityTooLarge

from app.core.village.errors import Invalid
from app.province.announcements import files, text
from app.province.announcements.files import CheckedFile
from app.province.announcements.words import file_word
from app.province.mentoring.cases import words
from app.province.mentoring.cases.queries import is_late
from app.province.mentoring.visits.words import visit_said

MOST_DRAINED = 64 * 1024 * 1024


def take_files(blueprint: Blueprint, endpoints: Collection[str]) -> None:
    """Let these forms of a blueprint be larger than others, for whom a session was opened; say what is too large."""

    def allow(endpoint: str | None, values: dict[str, Any] | None) -> None:
        sends = endpoint in endpoints and request.method == "POST"
        if sends and current_app.config["SESSION_COOKIE_NAME"] in request.cookies:
            request.max_content_length = files.MOST_BODY

    def too_large(error: RequestEntityTooLarge) -> Response:
        stream, left = request.environ["wsgi.input"], min(request.content_length or 0, MOST_DRAINED)
        while left > 0 and (chunk := stream.read(min(left, 1 << 20))):
            left -= len(chunk)
        return make_response(render_template("mentoring/too_large.html"), 413)

    blueprint.url_value_preprocessor(allow)
    blueprint.register_error_handler(RequestEntityTooLarge, too_large)


def checked_files(sent: Iterable[FileStorage]) -> tuple[list[CheckedFile], dict[str, list[str]]]:
    """The files of a form that may be kept, and sentences about those that may not."""
    chosen = files.uploads(sent)
    if len(chosen) > files.MOST_FILES:
        return [], {"files": [str(_("Paling banyak %(most)s lampiran.", most=files.MOST_FILES))]}
    kept: list[CheckedFile] = []
    wrong: list[str] = []
    for upload in chosen:
        try:
            kept.append(files.checked(upload, "files"))
        except Invalid as refused:
            wrong.append(str(refused))
    return kept, {"files": wrong} if wrong else {}


def away() -> dict[str, list[str]]:
    """What a form is told while files can't be kept."""
    return {
        "files": [str(_("Penyimpanan berkas sedang tidak dapat dihubungi. Tunggu sebentar, lalu coba lagi."))]
    }


def typed_uuid(typed: str) -> uuid.UUID | None:
    """An id as a form or an address holds it; None where it is none."""
    try:
        return uuid.UUID(typed)
    except ValueError:
        return None


def cursor(name: str) -> uuid.UUID | None:
    """A cursor of the query string; None where there is none that could be one."""
    return typed_uuid(request.args.get(name, ""))


def version() -> int:
    """The version that a form was drawn with; one that can't be the present one where it is missing."""
    sent = request.form.get("row_version", "")
    return int(sent) if sent.isascii() and sent.isdigit() and len(sent) < 10 else 0


def page_words() -> dict[str, Any]:
    """What the templates of mentoring call."""
    return {
        "state_said": words.state_said,
        "priority_said": words.priority_said,
        "level_said": words.level_said,
        "topic_word": words.topic_word,
        "kind_word": words.kind_word,
        "origin_word": words.origin_word,
        "hours_word": words.hours_word,
        "file_word": file_word,
        "shown_text": text.shown_text,
        "is_late": is_late,
        "visit_said": visit_said,
        "most_files": files.MOST_FILES,
    }
