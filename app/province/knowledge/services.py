"""Writing articles, taking in shipped ones, and noting what readers made of them. Every function commits.

An article that stands as it was shipped follows new shipped texts; once the programme writes its own, that is kept and
a newer shipped text is offered beside it.
"""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from app.core import audit
from app.core.accounts.scoping import platform_rows
from app.core.actors import current_actor
from app.core.files.images import ImageRefused
from app.core.files.services import discard_file, store_image
from app.core.privacy.masking import mask_personal
from app.core.ui.formats import ZONE
from app.core.village.errors import ChangedMeanwhile, Invalid, Missing
from app.extensions import db
from app.province.knowledge.models import GuideArticle, GuidePicture, GuideReading, GuideRemark
from app.province.knowledge.shipped import Shipped, shipped_articles
from tenants.ids import uuid7
from tenants.models import now

PURPOSE = "guide"
MOST_PICTURES = 20
PICTURE_PX = 1200
SHIPPED_BY = "Siger"
READERS_PART = ("audience", "category", "title", "summary", "body", "position")
Article = GuideArticle


class Refused(Exception):
    """What was asked can't be done as things stand; the message is a sentence for the person who asked."""


def load_shipped() -> tuple[int, int, int]:
    """Take in the shipped articles, in a platform scope: new ones are published, untouched ones follow the new text.

    Doing it twice changes nothing; who loads at the same time waits. Returns how many were added, how many changed, and
    how many have a text of the programme that is kept.
    """
    db.session.execute(select(func.pg_advisory_xact_lock(func.hashtext("guides:shipped"))))
    known = {row.slug: row for row in db.session.scalars(select(Article))}
    added = changed = kept = 0
    for slug, text in shipped_articles().items():
        row = known.get(slug)
        if row is None:
            row = Article(id=uuid7(), slug=slug, state="published", row_version=1)
            _take(row, text)
            db.session.add(row)
            added += 1
        elif row.shipped_digest is None:
            kept += 1
        elif row.shipped_digest != text.digest:
            _take(row, text)
            row.row_version += 1
            changed += 1
    if added or changed:
        audit.record("guide.loaded", object_type="guide", details={"added": added, "changed": changed})
    db.session.commit()
    return added, changed, kept


def write(values: Mapping[str, Any]) -> GuideArticle:
    """Keep a new draft.

    Args:
        values: audience, category, title, summary, body, pages, position; checked by `schemas.ArticleForm`.
    """
    row = Article(id=uuid7(), slug=_free_slug(values["title"]), state="draft", pages=[])
    _fill(row, values)
    db.session.add(row)
    _note("guide.written", row)
    db.session.commit()
    return row


def change(article_id: uuid.UUID, values: Mapping[str, Any], *, seen: int | None) -> GuideArticle:
    """Write an article anew; a shipped one becomes the programme's own from now on.

    Args:
        seen: the version that the person saw; None changes it in any case.
    Raises:
        Missing; ChangedMeanwhile.
    """
    row = _held(article_id, seen)
    if _is_as_it_stands(row, values):
        db.session.rollback()
        return row
    if row.shipped_digest is not None:
        row.based_on, row.shipped_digest = row.shipped_digest, None
    _fill(row, values)
    row.row_version += 1
    _note("guide.changed", row)
    db.session.commit()
    return row


def set_state(article_id: uuid.UUID, state: str, *, seen: int | None) -> GuideArticle:
    """Publish an article, or withdraw it. Raises Missing; ChangedMeanwhile; Refused for an empty one."""
    row = _held(article_id, seen)
    if state == "published" and not row.body.strip():
        db.session.rollback()
        raise Refused(_("Panduan tanpa isi tidak dapat diterbitkan."))
    if row.state != state:
        row.state = state
        row.row_version += 1
        row.updated_at, row.updated_by = now(), _who()
        _note(f"guide.{state}", row)
    db.session.commit()
    return row


def take_shipped(article_id: uuid.UUID, *, seen: int | None) -> GuideArticle:
    """Go back to the shipped text, which follows new versions again. Raises Missing; ChangedMeanwhile; Refused."""
    row = _held(article_id, seen)
    text = shipped_articles().get(row.slug)
    if text is None:
        db.session.rollback()
        raise Refused(_("Panduan ini tidak mempunyai teks bawaan."))
    _take(row, text)
    row.row_version += 1
    _note("guide.restored", row)
    db.session.commit()
    return row


def delete_draft(article_id: uuid.UUID) -> None:
    """Take away a draft with its pictures. Raises Missing; Refused for what was ever published or shipped."""
    row = _held(article_id, None)
    if row.state != "draft" or row.slug in shipped_articles():
        db.session.rollback()
        raise Refused(_("Hanya draf yang dapat dihapus. Panduan yang sudah terbit dapat ditarik."))
    for file_id in db.session.scalars(select(GuidePicture.file_id).where(GuidePicture.article_id == row.id)):
        discard_file(file_id)
    _note("guide.deleted", row)
    db.session.delete(row)
    db.session.commit()


def add_picture(article_id: uuid.UUID, data: bytes, *, file_name: str, description: str) -> GuidePicture:
    """Keep a picture for an article: decoded and written anew, at most 1200 pixels wide, without what cameras add.

    Raises Missing; Invalid for a file that is no picture or without a description; StorageAway.
    """
    row = _held(article_id, None)
    if not description:
        raise Invalid("description", _("Tulis apa yang terlihat di gambar; pembaca layar membacakannya."))
    count = select(func.count()).where(GuidePicture.article_id == row.id)
    if (db.session.scalar(count) or 0) >= MOST_PICTURES:
        raise Invalid("picture", _("Paling banyak %(most)s gambar dalam satu panduan.", most=MOST_PICTURES))
    try:
        stored = store_image(data, file_name=file_name, purpose=PURPOSE, max_px=PICTURE_PX, is_public=False)
    except ImageRefused as refused:
        raise Invalid("picture", str(refused)) from refused
    picture = GuidePicture(file_id=stored.id, article_id=row.id, description=description)
    db.session.add(picture)
    _note("guide.picture_added", row)
    db.session.commit()
    return picture


def remove_picture(article_id: uuid.UUID, file_id: uuid.UUID) -> None:
    """Take a picture away; where the text names it, nothing is drawn any more. Raises Missing."""
    row = _held(article_id, None)
    picture = db.session.get(GuidePicture, file_id)
    if picture is None or picture.article_id != row.id:
        raise Missing("picture")
    db.session.delete(picture)
    discard_file(file_id)
    _note("guide.picture_removed", row)
    db.session.commit()


def note_opened(article_id: uuid.UUID) -> None:
    """Count that somebody who is signed in opened an article today."""
    _count(article_id, opened=1)


def note_opinion(
    article_id: uuid.UUID, *, useful: bool, words: str = "", tenant_id: uuid.UUID | None = None
) -> None:
    """Count whether an article was useful, and keep what the reader missed, without the reader's name.

    Args:
        words: a remark, or empty; numbers of people (NIK, card, telephone) are masked before it is kept.
        tenant_id: the village of the host on which it was said.
    """
    _count(article_id, useful=int(useful), useless=int(not useful), words=words, tenant_id=tenant_id)


def _count(
    article_id: uuid.UUID,
    *,
    opened: int = 0,
    useful: int = 0,
    useless: int = 0,
    words: str = "",
    tenant_id: uuid.UUID | None = None,
) -> None:
    counts = {"opened": opened, "useful": useful, "useless": useless}
    today = dt.datetime.now(ZONE).date()
    statement = insert(GuideReading).values(article_id=article_id, day=today, **counts)
    added = {name: getattr(GuideReading, name) + getattr(statement.excluded, name) for name in counts}
    with platform_rows():
        db.session.execute(statement.on_conflict_do_update(index_elements=["article_id", "day"], set_=added))
        if words:
            db.session.add(
                GuideRemark(article_id=article_id, tenant_id=tenant_id, words=mask_personal(words))
            )
        db.session.commit()


def _held(article_id: uuid.UUID, seen: int | None) -> GuideArticle:
    row = db.session.get(Article, article_id, populate_existing=True, with_for_update=True)
    if row is None:
        db.session.rollback()
        raise Missing("article")
    if seen is not None and seen != row.row_version:
        present = {"row_version": row.row_version, "updated_by": row.updated_by}
        db.session.rollback()
        raise ChangedMeanwhile(present)
    return row


def _take(row: GuideArticle, text: Shipped) -> None:
    for name in READERS_PART:
        setattr(row, name, getattr(text, name))
    row.pages = list(text.pages)
    row.shipped_digest, row.based_on = text.digest, None
    row.updated_at, row.updated_by = now(), SHIPPED_BY


def _fill(row: GuideArticle, values: Mapping[str, Any]) -> None:
    for name in READERS_PART:
        setattr(row, name, values[name])
    row.pages = list(values["pages"])
    row.updated_at, row.updated_by = now(), _who()


def _is_as_it_stands(row: GuideArticle, values: Mapping[str, Any]) -> bool:
    return list(row.pages) == list(values["pages"]) and all(
        getattr(row, name) == values[name] for name in READERS_PART
    )


def _free_slug(title: str) -> str:
    """An address out of a title that no article has yet."""
    stem = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:60].strip("-") or "panduan"
    taken = set(
        db.session.scalars(select(Article.slug).where(Article.slug.startswith(stem, autoescape=True)))
    )
    taken |= {"warga", "kelola", "halaman", "gambar", "cari"} | set(shipped_articles())
    return next(slug for slug in (stem, *(f"{stem}-{n}" for n in range(2, 10_000))) if slug not in taken)


def _who() -> str:
    actor = current_actor()
    return actor.name if actor else SHIPPED_BY


def _note(action: str, row: GuideArticle) -> None:
    audit.record(action, object_type="guide", object_id=row.id, summary=row.title)
