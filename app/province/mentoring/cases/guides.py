"""The help centre's articles, as far as a case may name the one that answered it."""

from __future__ import annotations

import uuid

from sqlalchemy import select

from app.extensions import db
from app.province.knowledge import queries, reading
from app.province.knowledge.models import GuideArticle

MOST_SHOWN = 3


def choices() -> list[tuple[str, str]]:
    """Published articles for villages and their residents, by title (one select)."""
    query = select(GuideArticle.id, GuideArticle.title).where(
        GuideArticle.state == "published", GuideArticle.audience.in_(["village", "resident"])
    )
    return [(str(row[0]), row[1]) for row in db.session.execute(query.order_by(GuideArticle.title))]


def known(article_id: uuid.UUID | None) -> uuid.UUID | None:
    """The id where there is such an article, else None."""
    if article_id is None:
        return None
    return db.session.scalar(select(GuideArticle.id).where(GuideArticle.id == article_id))


def title_of(article_id: uuid.UUID | None) -> str:
    """An article's title, empty without one."""
    if article_id is None:
        return ""
    return db.session.scalar(select(GuideArticle.title).where(GuideArticle.id == article_id)) or ""


def for_village(article_id: uuid.UUID | None) -> queries.Guide | None:
    """The article that answered a case, as its village may read it; None without one, or where it was withdrawn."""
    return queries.answering(article_id, "village")


def about(path: str) -> list[queries.Guide]:
    """The articles that explain the page from which a village asks: it may find its answer before it writes."""
    endpoint = reading.endpoint_of(path)
    if endpoint is None:
        return []
    found, is_about_it = queries.about_page(endpoint, "village")
    return found[:MOST_SHOWN] if is_about_it else []
