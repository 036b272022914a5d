"""The help centre: articles, their pictures, what readers thought of them."""

import datetime as dt
import uuid

from sqlalchemy import (
    CheckConstraint,
    Computed,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Text,
)
from sqlalchemy.dialects.postgresql import ARRAY, TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import PlatformModel
from tenants.ids import uuid7
from tenants.models import now


class GuideArticle(PlatformModel):
    """How something is done, for one kind of reader; shipped with the product or written by the programme."""

    __tablename__ = "guide_article"
    __table_args__ = (
        CheckConstraint("audience IN ('village', 'resident', 'province')", name="audience"),
        CheckConstraint("state IN ('draft', 'published', 'withdrawn')", name="state"),
        Index("ix_guide_article_slug", "slug", unique=True),
        Index("ix_guide_article_pages", "pages", postgresql_using="gin"),
        Index("ix_guide_article_words", "words", postgresql_using="gin"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    slug: Mapped[str] = mapped_column(Text)
    audience: Mapped[str] = mapped_column(Text)
    category: Mapped[str] = mapped_column(Text)
    title: Mapped[str] = mapped_column(Text)
    summary: Mapped[str] = mapped_column(Text, default="")
    body: Mapped[str] = mapped_column(Text)
    pages: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    """Endpoints of the pages that it explains."""
    position: Mapped[int] = mapped_column(Integer, default=100)
    state: Mapped[str] = mapped_column(Text, default="draft")
    shipped_digest: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Of the shipped text that stands here; None once the programme wrote its own."""
    based_on: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Digest of the shipped text that the programme's own was written over: a newer one is offered, never taken."""
    updated_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True), default=now)
    updated_by: Mapped[str] = mapped_column(Text)
    row_version: Mapped[int] = mapped_column(Integer, default=1)
    words: Mapped[str] = mapped_column(
        TSVECTOR,
        Computed(
            "setweight(to_tsvector('simple', title), 'A') || setweight(to_tsvector('simple', summary), 'B')"
            " || setweight(to_tsvector('simple', body), 'C')",
            persisted=True,
        ),
    )


class GuidePicture(PlatformModel):
    """A picture that the programme put into an article of its own."""

    __tablename__ = "guide_picture"
    __table_args__ = (Index("ix_guide_picture_article_id", "article_id"),)

    file_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    article_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("platform.guide_article.id", ondelete="CASCADE"))
    description: Mapped[str] = mapped_column(Text)


class GuideReading(PlatformModel):
    """How often an article was opened on a day, and found useful or not."""

    __tablename__ = "guide_reading"

    article_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("platform.guide_article.id", ondelete="CASCADE"), primary_key=True
    )
    day: Mapped[dt.date] = mapped_column(Date, primary_key=True)
    opened: Mapped[int] = mapped_column(Integer, default=0)
    useful: Mapped[int] = mapped_column(Integer, default=0)
    useless: Mapped[int] = mapped_column(Integer, default=0)


class GuideRemark(PlatformModel):
    """What a reader missed in an article."""

    __tablename__ = "guide_remark"
    __table_args__ = (Index("ix_guide_remark_article_id", "article_id"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    article_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("platform.guide_article.id", ondelete="CASCADE"))
    tenant_id: Mapped[uuid.UUID | None] = mapped_column()
    words: Mapped[str] = mapped_column(Text)
    at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True), default=now)
