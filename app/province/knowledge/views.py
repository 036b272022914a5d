"""The help centre for who is signed in, on both kinds of host: parts, search, articles, and the help of every page."""

from __future__ import annotations

import uuid
from typing import Any

import structlog
from flask import (
    Response,
    abort,
    current_app,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.core.actors import Actor, current_actor
from app.core.blueprints import AudienceBlueprint
from app.core.files.services import FileMissing
from app.core.files.storage import StorageAway
from app.core.forms import check
from app.core.permissions import anonymous, signed_in
from app.core.village.errors import Missing
from app.extensions import limiter, login
from app.province.knowledge import files, queries, reading, services
from app.province.knowledge.queries import Guide
from app.province.knowledge.schemas import OpinionForm
from app.province.knowledge.shipped import picture_path
from app.province.knowledge.words import audience_word, category_word
from tenants.scope import current_tenant_or_none

log = structlog.get_logger(__name__)

guides = AudienceBlueprint("guides", __name__, audience="shared", url_prefix="/panduan")

SLUG = "<string(maxlength=80):slug>"
OPINIONS = "60 per hour"
FOR_EVER = "public, max-age=31536000, immutable"
SHELLS = ("village", "province", "shared")


def _person() -> str:
    actor = current_actor()
    return str(actor.account_id) if actor else "nobody"


@guides.app_context_processor
def page_help() -> dict[str, Any]:
    """Where the help of the present page lies: a link, and no question to any database."""
    blueprint = current_app.blueprints.get(request.blueprint or "") if request else None
    is_work = isinstance(blueprint, AudienceBlueprint) and blueprint.audience in SHELLS
    if not is_work or request.blueprint == "guides" or not isinstance(current_actor(), Actor):
        return {}
    return {"help_url": url_for("guides.for_page", dari=request.endpoint)}


@guides.context_processor
def page_words() -> dict[str, Any]:
    """What the pages of guides call."""
    return {"category_word": category_word, "audience_word": audience_word}


@guides.get("")
@anonymous
def index() -> ResponseReturnValue:
    """All articles by their part, or what was searched; strangers are led to the guides for residents."""
    if current_actor() is None:
        return _for_strangers(None)
    text = searched()
    reader = reading.reader()
    rows = queries.found(text, reader) if text else queries.published(reader)
    asked = [] if text else queries.most_asked(reader)
    return render_template(
        "guides/index.html",
        text=text,
        rows=rows,
        parts=parts_of(rows, reader),
        asked=asked,
        may_write=_may_write(),
    )


@guides.get("/halaman")
@signed_in
def for_page() -> ResponseReturnValue:
    """The help of a page by its endpoint (`dari`): its one article at once, else a list of those that come near."""
    endpoint = request.args.get("dari", "").replace("\x00", "")[:120]
    rows, is_about_it = queries.about_page(endpoint, reading.reader())
    if is_about_it and len(rows) == 1:
        return redirect(url_for(".show", slug=rows[0].slug), 303)
    return render_template("guides/page.html", rows=rows, is_about_it=is_about_it)


@guides.get(f"/{SLUG}")
@anonymous
def show(slug: str) -> ResponseReturnValue:
    """One article; strangers are led to it where it is for residents."""
    if current_actor() is None:
        return _for_strangers(slug)
    row = _found(slug)
    services.note_opened(row.id)
    return _shown(row)


@guides.post(f"/{SLUG}/pendapat")
@signed_in
@limiter.limit(OPINIONS, key_func=_person)
def opinion(slug: str) -> ResponseReturnValue:
    """Say whether an article was useful, and what was missed."""
    row = _found(slug)
    checked = check(OpinionForm(), request.form)
    if not checked.is_valid:
        page = _shown(row, checked.typed, checked.errors)
        return make_response(page, 422)
    tenant = current_tenant_or_none()
    services.note_opinion(row.id, tenant_id=tenant.id if tenant else None, **checked.values)
    flash(_("Terima kasih. Penulis panduan membaca tanggapan Anda."), "success")
    return redirect(url_for(".show", slug=slug), 303)


@guides.get("/gambar/<string(maxlength=60):name>.webp")
@anonymous
def picture(name: str) -> ResponseReturnValue:
    """A shipped picture; its address carries a digest, so it may be kept for ever."""
    path = picture_path(name)
    if path is None:
        abort(404)
    return _image(path.read_bytes(), FOR_EVER)


@guides.get("/gambar/<uuid:file_id>")
@anonymous
def own_picture(file_id: uuid.UUID) -> ResponseReturnValue:
    """A picture of the programme's own, for whoever is shown its article."""
    audience = queries.picture_reader(file_id)
    actor = current_actor()
    if audience is None and not (actor and actor.may("guides.write")):
        abort(404)
    if audience != "resident" and actor is None:
        return _sign_in()
    if audience == "province" and current_tenant_or_none() is not None:
        abort(404)
    try:
        return _image(files.picture(file_id), "private, max-age=86400")
    except FileMissing:
        abort(404)
    except StorageAway as away:
        log.error("storage_away", error=str(away))
        abort(503)


def searched() -> str:
    """What was typed into the search."""
    return " ".join(request.args.get("q", "").replace("\x00", "").split())[:100]


def parts_of(rows: list[Guide], reader: str) -> list[tuple[str, str, list[Guide]]]:
    """Articles by their part: its code, its name, its articles; what is for residents stands apart for others."""
    parts: dict[tuple[str, str], list[Guide]] = {}
    for row in rows:
        own = row.audience == reader
        name = category_word(row.category) if own else audience_word(row.audience)
        parts.setdefault((row.category if own else row.audience, name), []).append(row)
    ordered = sorted(parts.items(), key=lambda part: part[1][0].audience != reader)
    return [(code, name, found) for (code, name), found in ordered]


def _found(slug: str) -> Guide:
    try:
        return queries.one(slug.replace("\x00", ""), reading.reader())
    except Missing:
        abort(404)


def _shown(
    row: Guide, typed: dict[str, Any] | None = None, errors: dict[str, list[str]] | None = None
) -> str:
    return render_template(
        "guides/show.html",
        row=row,
        body=reading.drawn(row.body),
        typed=typed or {},
        errors=errors or {},
        may_write=_may_write(),
    )


def _may_write() -> bool:
    actor = current_actor()
    return actor is not None and actor.may("guides.write")


def _for_strangers(slug: str | None) -> ResponseReturnValue:
    if current_tenant_or_none() is None:
        return _sign_in()
    if slug is None:
        return redirect(url_for("resident_guides.index"), 303)
    try:
        queries.one(slug.replace("\x00", ""), "resident")
    except Missing:
        return _sign_in()
    return redirect(url_for("resident_guides.show", slug=slug), 303)


def _sign_in() -> ResponseReturnValue:
    refusal: ResponseReturnValue = login.unauthorized()
    return refusal


def _image(data: bytes, cache: str) -> Response:
    response = make_response(data)
    response.content_type = "image/webp"
    response.headers["Cache-Control"] = cache
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
