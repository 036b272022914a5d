"""Writing articles, on the province's host: the list with what readers made of each, the form, pictures, states."""

from __future__ import annotations

import difflib
import uuid
from typing import Any

import structlog
from flask import Response, abort, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.core.blueprints import AudienceBlueprint
from app.core.files.images import MAX_UPLOAD_BYTES
from app.core.files.storage import StorageAway
from app.core.forms import check
from app.core.permissions import requires
from app.core.village.errors import ChangedMeanwhile, Invalid, Missing
from app.province.knowledge import queries, reading, services
from app.province.knowledge.models import GuideArticle
from app.province.knowledge.schemas import LABELS, ArticleForm
from app.province.knowledge.services import Refused
from app.province.knowledge.shipped import shipped_articles
from app.province.knowledge.words import AUDIENCES, CATEGORIES, STATES, TONES, audience_word, category_word
from app.province.mentoring.cases.words import TOPICS

log = structlog.get_logger(__name__)

editor = AudienceBlueprint("guides_editor", __name__, audience="province", url_prefix="/panduan/kelola")

MOST_CHANGES = 400


@editor.context_processor
def page_words() -> dict[str, Any]:
    """What the editor's pages call."""
    return {
        "category_word": category_word,
        "audience_word": audience_word,
        "states": STATES,
        "tones": TONES,
        "labels": LABELS,
        "audience_options": list(AUDIENCES.items()),
        "category_options": list(CATEGORIES.items()),
        "topic_word": lambda topic: TOPICS.get(topic, topic),
    }


@editor.get("")
@requires("guides.write")
def index() -> str:
    """All articles with what readers made of them, and what villages ask that none answers."""
    audience, state = request.args.get("untuk", ""), request.args.get("keadaan", "")
    text = " ".join(request.args.get("q", "").replace("\x00", "").split())[:100]
    chosen = {
        "audience": audience if audience in AUDIENCES else "",
        "state": state if state in STATES else "",
        "text": text,
    }
    rows = queries.all_articles(**chosen)
    return render_template(
        "guides/editor/index.html",
        rows=rows,
        chosen=chosen,
        tallies=queries.tallies([row.id for row in rows]),
        topics=queries.unanswered_topics(),
        newer={row.id for row in rows if _newer(row)},
    )


@editor.get("/baru")
@requires("guides.write")
def new() -> ResponseReturnValue:
    """An empty form."""
    return _form(None, {"audience": "village", "category": "lain"}, {})


@editor.post("/baru")
@requires("guides.write")
def add() -> ResponseReturnValue:
    """Check and keep a draft; `do=look` shows it first."""
    checked = check(ArticleForm(), request.form)
    if not checked.is_valid or _looks():
        return _form(None, checked.typed, checked.errors, status=200 if checked.is_valid else 422)
    row = services.write(checked.values)
    flash(_("Draf tersimpan. Pembaca belum melihatnya."), "success")
    return redirect(url_for(".show", article_id=row.id), 303)


@editor.get("/<uuid:article_id>")
@requires("guides.write")
def show(article_id: uuid.UUID) -> ResponseReturnValue:
    """An article as readers see it, what they made of it, and what can be done with it."""
    return _shown(_kept(article_id))


@editor.get("/<uuid:article_id>/ubah")
@requires("guides.write")
def edit(article_id: uuid.UUID) -> ResponseReturnValue:
    """The article's form."""
    row = _kept(article_id)
    typed = {name: getattr(row, name) for name in services.READERS_PART}
    return _form(row, {**typed, "pages": "\n".join(map(reading.path_of, row.pages))}, {})


@editor.post("/<uuid:article_id>/ubah")
@requires("guides.write")
def change(article_id: uuid.UUID) -> ResponseReturnValue:
    """Check and keep; `do=look` shows it first."""
    checked = check(ArticleForm(), request.form)
    if not checked.is_valid or _looks():
        return _form(
            _kept(article_id), checked.typed, checked.errors, status=200 if checked.is_valid else 422
        )
    try:
        services.change(article_id, checked.values, seen=_version())
    except ChangedMeanwhile as faster:
        return _form(_kept(article_id), checked.typed, {}, status=409, faster=faster.present["updated_by"])
    except Missing:
        abort(404)
    flash(_("Perubahan tersimpan."), "success")
    return redirect(url_for(".show", article_id=article_id), 303)


@editor.post("/<uuid:article_id>/<any(terbitkan, tarik):deed>")
@requires("guides.write")
def set_state(article_id: uuid.UUID, deed: str) -> ResponseReturnValue:
    """Publish it, or withdraw it."""
    try:
        services.set_state(article_id, "published" if deed == "terbitkan" else "withdrawn", seen=_version())
        flash(_("Panduan terbit.") if deed == "terbitkan" else _("Panduan ditarik dari pembaca."), "success")
    except ChangedMeanwhile:
        flash(_("Panduan ini baru saja diubah orang lain. Periksa dahulu."), "warning")
    except Refused as refusal:
        flash(str(refusal), "warning")
    except Missing:
        abort(404)
    return redirect(url_for(".show", article_id=article_id), 303)


@editor.post("/<uuid:article_id>/teks-bawaan")
@requires("guides.write")
def take_shipped(article_id: uuid.UUID) -> ResponseReturnValue:
    """Go back to the shipped text."""
    try:
        services.take_shipped(article_id, seen=_version())
        flash(_("Teks bawaan dipakai lagi dan mengikuti pembaruannya."), "success")
    except ChangedMeanwhile:
        flash(_("Panduan ini baru saja diubah orang lain. Periksa dahulu."), "warning")
    except Refused as refusal:
        flash(str(refusal), "warning")
    except Missing:
        abort(404)
    return redirect(url_for(".show", article_id=article_id), 303)


@editor.route("/<uuid:article_id>/hapus", methods=["GET", "POST"])
@requires("guides.write")
def remove(article_id: uuid.UUID) -> ResponseReturnValue:
    """Ask, then take a draft away."""
    if request.method == "GET":
        return render_template("guides/editor/remove.html", row=_kept(article_id))
    try:
        services.delete_draft(article_id)
    except Missing:
        abort(404)
    except Refused as refusal:
        flash(str(refusal), "warning")
        return redirect(url_for(".show", article_id=article_id), 303)
    flash(_("Draf dihapus."), "success")
    return redirect(url_for(".index"), 303)


@editor.post("/<uuid:article_id>/gambar")
@requires("guides.write")
def add_picture(article_id: uuid.UUID) -> ResponseReturnValue:
    """Keep a picture for the article; its text names it from then on."""
    upload = request.files.get("picture")
    data = upload.stream.read(MAX_UPLOAD_BYTES + 1) if upload else b""
    description = " ".join(request.form.get("description", "").replace("\x00", "").split())[:200]
    description = description.replace("[", "(").replace("]", ")")
    try:
        services.add_picture(
            article_id, data, file_name=(upload.filename or "") if upload else "", description=description
        )
    except Missing:
        abort(404)
    except Invalid as wrong:
        return _shown(_kept(article_id), {wrong.field: [str(wrong)]}, description, status=422)
    except StorageAway as away:
        log.error("storage_away", error=str(away))
        errors = {"picture": [_("Penyimpanan gambar sedang tidak dapat dihubungi. Coba lagi sebentar lagi.")]}
        return _shown(_kept(article_id), errors, description, status=503)
    flash(_("Gambar tersimpan. Salin barisnya ke dalam isi panduan."), "success")
    return redirect(url_for(".show", article_id=article_id, _anchor="gambar"), 303)


@editor.post("/<uuid:article_id>/gambar/<uuid:file_id>/hapus")
@requires("guides.write")
def remove_picture(article_id: uuid.UUID, file_id: uuid.UUID) -> ResponseReturnValue:
    """Take a picture away."""
    try:
        services.remove_picture(article_id, file_id)
    except Missing:
        abort(404)
    flash(_("Gambar dihapus."), "success")
    return redirect(url_for(".show", article_id=article_id, _anchor="gambar"), 303)


def _kept(article_id: uuid.UUID) -> GuideArticle:
    try:
        return queries.kept(article_id)
    except Missing:
        abort(404)


def _looks() -> bool:
    return request.form.get("do") == "look"


def _version() -> int:
    """The version that a form was drawn with; one that can't be the present one where it is missing."""
    sent = request.form.get("row_version", "")
    return int(sent) if sent.isascii() and sent.isdigit() and len(sent) < 10 else 0


def _newer(row: GuideArticle) -> bool:
    """Whether the product brings a newer text than the one that the programme's own was written over."""
    text = shipped_articles().get(row.slug)
    return text is not None and row.shipped_digest is None and row.based_on != text.digest


def _changes(row: GuideArticle) -> list[tuple[str, str]]:
    """Lines in which the programme's own text differs from the shipped one: `+` shipped, `-` own."""
    text = shipped_articles().get(row.slug)
    if text is None or row.shipped_digest is not None:
        return []
    own, theirs = ([one.title, one.summary, *one.body.splitlines()] for one in (row, text))
    lines = (line for line in difflib.ndiff(own, theirs) if line[:1] in "+-" and line[2:].strip())
    return [(line[0], line[2:]) for line in lines][:MOST_CHANGES]


def _shown(
    row: GuideArticle,
    errors: dict[str, list[str]] | None = None,
    description: str = "",
    *,
    status: int = 200,
) -> Response:
    page = render_template(
        "guides/editor/show.html",
        row=row,
        body=reading.drawn(row.body),
        tally=queries.tallies([row.id])[row.id],
        remarks=queries.remarks_of(row.id),
        pictures=queries.pictures_of(row.id),
        page_paths=[reading.path_of(name) for name in row.pages],
        is_shipped=row.slug in shipped_articles(),
        is_newer=_newer(row),
        changes=_changes(row),
        errors=errors or {},
        description=description,
    )
    return make_response(page, status)


def _form(
    row: GuideArticle | None,
    typed: dict[str, Any],
    errors: dict[str, list[str]],
    *,
    status: int = 200,
    faster: str = "",
) -> Response:
    page = render_template(
        "guides/editor/form.html",
        row=row,
        typed=typed,
        errors=errors,
        faster=faster,
        look=reading.drawn(str(typed.get("body", ""))) if _looks() else None,
        pictures=queries.pictures_of(row.id) if row else [],
    )
    return make_response(page, status)
