"""What a village's staff read: announcements of the regions above, and the documents that they share."""

from __future__ import annotations

import uuid
from typing import Any

import structlog
from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.core.actors import acting
from app.core.blueprints import AudienceBlueprint
from app.core.files.services import FileMissing
from app.core.files.storage import StorageAway
from app.core.permissions import requires
from app.core.village.errors import Missing
from app.province.announcements import reading, sharing, text, words
from app.province.announcements.reading import NewsFilter
from app.province.announcements.services import Refused, last_day
from app.province.announcements.sharing import CATEGORIES, DocumentFilter
from app.province.announcements.views import cursor, given
from app.province.announcements.waiting import count_before

log = structlog.get_logger(__name__)

news = AudienceBlueprint("news", __name__, audience="village", url_prefix="/kabar")
news.before_app_request(count_before)


@news.context_processor
def page_words() -> dict[str, Any]:
    """What the pages of news call."""
    return {
        "category_word": words.category_word,
        "file_word": words.file_word,
        "shown_text": text.shown_text,
        "short_text": text.short_text,
        "last_day": last_day,
    }


@news.get("")
@requires("village.view")
def index() -> str:
    """The village's announcements, newest first."""
    wanted = NewsFilter.from_args(request.args)
    lines, following = reading.news(acting().account_id, wanted, after=cursor("sesudah"))
    kept: dict[str, Any] = wanted.as_args()
    return render_template(
        "announcements/news.html",
        lines=lines,
        wanted=wanted,
        sections=_sections("news"),
        chips=_chips(wanted),
        is_first=cursor("sesudah") is None,
        first_url=url_for(".index", **kept),
        next_url=url_for(".index", **kept, sesudah=following) if following else None,
    )


@news.get("/<uuid:announcement_id>")
@requires("village.view")
def show(announcement_id: uuid.UUID) -> str:
    """One announcement; opening it marks it as read."""
    try:
        found = reading.open_news(announcement_id, acting())
    except Missing:
        abort(404)
    return render_template(
        "announcements/news_one.html", news=found, is_visitor=acting().support_visit is not None
    )


@news.post("/<uuid:announcement_id>/konfirmasi")
@requires("village.view")
def confirm(announcement_id: uuid.UUID) -> ResponseReturnValue:
    """Say that the village knows."""
    try:
        reading.confirm(announcement_id, acting())
        flash(_("Terima kasih. Pengirim melihat konfirmasi desa."), "success")
    except Refused as refusal:
        flash(str(refusal), "warning")
    except Missing:
        abort(404)
    return redirect(url_for(".show", announcement_id=announcement_id), 303)


@news.get("/<uuid:announcement_id>/berkas/<uuid:file_id>")
@requires("village.view")
def attachment(announcement_id: uuid.UUID, file_id: uuid.UUID) -> ResponseReturnValue:
    """A file of an announcement that the village received."""
    try:
        return reading.attachment(announcement_id, file_id)
    except (Missing, FileMissing):
        abort(404)
    except StorageAway as away:
        log.error("storage_away", error=str(away))
        abort(503)


@news.get("/dokumen")
@requires("village.view")
def documents() -> str:
    """Documents and guides that the regions above share."""
    wanted = DocumentFilter.from_args(request.args)
    lines, following = sharing.village_documents(wanted, after=cursor("sesudah"))
    kept: dict[str, Any] = wanted.as_args()
    return render_template(
        "announcements/news_documents.html",
        lines=lines,
        wanted=wanted,
        sections=_sections("documents"),
        options=[("", _("Semua jenis")), *CATEGORIES.items()],
        is_first=cursor("sesudah") is None,
        first_url=url_for(".documents", **kept),
        next_url=url_for(".documents", **kept, sesudah=following) if following else None,
    )


@news.get("/dokumen/<uuid:document_id>")
@requires("village.view")
def document(document_id: uuid.UUID) -> ResponseReturnValue:
    """A document's file; fetching it is counted for the village."""
    try:
        return sharing.fetch_document(document_id, acting())
    except (Missing, FileMissing):
        abort(404)
    except StorageAway as away:
        log.error("storage_away", error=str(away))
        abort(503)


def _sections(current: str) -> list[dict[str, Any]]:
    return [
        {"label": _("Pengumuman"), "url": url_for(".index"), "current": current == "news"},
        {"label": _("Dokumen dan panduan"), "url": url_for(".documents"), "current": current == "documents"},
    ]


def _chips(wanted: NewsFilter) -> list[dict[str, Any]]:
    named = (
        ("", _("Semua")),
        ("unread", _("Belum Anda baca")),
        ("unconfirmed", _("Perlu konfirmasi")),
        ("past", _("Sudah lewat")),
    )
    return [
        {
            "label": label,
            "url": url_for(".index", **given(("lihat", view), ("q", wanted.search))),
            "current": view == wanted.view,
        }
        for view, label in named
    ]
