"""Reading the help centre. Every function runs in the platform's scope, or enters it for a short time.

Searching takes whole and begun words of any order first, titles above summaries above bodies; where nothing is found,
titles that are spelt nearly so.
"""

from __future__ import annotations

import datetime as dt
import difflib
import re
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, func, or_, select
from sqlalchemy.orm import load_only

from app.core.accounts.scoping import platform_rows
from app.core.village.errors import Missing
from app.extensions import db
from app.province.knowledge.models import GuideArticle, GuidePicture, GuideReading, GuideRemark
from app.province.knowledge.words import CATEGORIES, READS
from app.province.mentoring.cases.models import MentoringCase
from tenants.models import TenantRow

MOST_FOUND = 50
MOST_WORDS = 8
MOST_ASKED = 8
NEARLY = 0.55
WORD = re.compile(r"\w+")
Article = GuideArticle
COLUMNS = (
    Article.id, Article.slug, Article.audience, Article.category, Article.title, Article.summary, Article.pages,
    Article.updated_at,
)  # fmt: skip
IN_LISTS = load_only(
    Article.id, Article.slug, Article.audience, Article.category, Article.title, Article.summary, Article.position,
    Article.state, Article.updated_at, Article.shipped_digest, Article.based_on, Article.row_version,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Guide:
    """A published article as readers are shown it; lists leave the body out."""

    id: uuid.UUID
    slug: str
    audience: str
    category: str
    title: str
    summary: str
    pages: tuple[str, ...]
    updated_at: dt.datetime
    body: str = ""


@dataclass(frozen=True, slots=True)
class Tally:
    """What readers made of an article: how often it was opened and found useful, and how many remarks there are."""

    opened: int = 0
    useful: int = 0
    useless: int = 0
    remarks: int = 0

    @property
    def useful_share(self) -> float | None:
        """The share of those who answered that found it useful; None before anybody did."""
        answers = self.useful + self.useless
        return self.useful / answers if answers else None


@dataclass(frozen=True, slots=True)
class Asked:
    """An article that answered cases of mentoring, and how many."""

    slug: str
    title: str
    audience: str
    cases: int


@dataclass(frozen=True, slots=True)
class Remark:
    """What somebody missed; `place` names the village, empty for a reader of the public page."""

    words: str
    at: object
    place: str


def published(reader: str) -> list[Guide]:
    """All published articles that a kind of reader is shown, by category and position: one select."""
    query = select(*COLUMNS).where(*_shown_to(reader)).order_by(Article.position, Article.title)
    with platform_rows():
        rows = [_guide(row) for row in db.session.execute(query)]
    order = list(CATEGORIES)
    return sorted(rows, key=lambda row: order.index(row.category) if row.category in order else len(order))


def one(slug: str, reader: str) -> Guide:
    """A published article that this kind of reader is shown, with its body. Raises Missing."""
    query = select(*COLUMNS, Article.body).where(Article.slug == slug, *_shown_to(reader))
    with platform_rows():
        row = db.session.execute(query).one_or_none()
    if row is None:
        raise Missing("article")
    return _guide(row)


def about_page(endpoint: str, reader: str) -> tuple[list[Guide], bool]:
    """The articles that explain a page, and whether they are about this page itself.

    Where none is, those about other pages of the same part of the house (its blueprint).
    """
    part = endpoint.rpartition(".")[0]
    condition: ColumnElement[bool] = Article.pages.contains([endpoint])
    if part:
        # The names of all pages in one line, each behind a space: one begins with the part's name.
        joined = func.concat(" ", func.array_to_string(Article.pages, " "))
        condition = or_(condition, joined.contains(f" {part}.", autoescape=True))
    query = select(*COLUMNS).where(condition, *_shown_to(reader)).order_by(Article.position, Article.title)
    with platform_rows():
        rows = [_guide(row) for row in db.session.execute(query)]
    own = [row for row in rows if endpoint in row.pages]
    return (own, True) if own else (rows, False)


def answering(article_id: uuid.UUID | None, reader: str) -> Guide | None:
    """The published article that answered a case, for this kind of reader; None without one (at most one select)."""
    if article_id is None:
        return None
    query = select(*COLUMNS).where(Article.id == article_id, *_shown_to(reader))
    with platform_rows():
        row = db.session.execute(query).one_or_none()
    return _guide(row) if row else None


def found(text: str, reader: str) -> list[Guide]:
    """Articles in which all words occur or begin, the best first; else those whose title is spelt nearly so."""
    words = [word.lower() for word in WORD.findall(text)][:MOST_WORDS]
    if not words:
        return []
    wanted = func.to_tsquery("simple", " & ".join(f"{word}:*" for word in words))
    query = (
        select(*COLUMNS)
        .where(Article.words.op("@@")(wanted), *_shown_to(reader))
        .order_by(func.ts_rank(Article.words, wanted).desc(), Article.position, Article.title)
        .limit(MOST_FOUND)
    )
    everything = select(*COLUMNS).where(*_shown_to(reader))
    with platform_rows():
        rows = [_guide(row) for row in db.session.execute(query)]
        return rows or _nearly(words, [_guide(row) for row in db.session.execute(everything)])


def most_asked(reader: str) -> list[Asked]:
    """What villages asked for help with most often in mentoring, by the articles that answered them."""
    cases = func.count()
    query = (
        select(Article.slug, Article.title, Article.audience, cases)
        .join(MentoringCase, MentoringCase.article_id == Article.id)
        .where(*_shown_to(reader))
        .group_by(Article.id)
        .order_by(cases.desc(), Article.title)
        .limit(MOST_ASKED)
    )
    with platform_rows():
        return [Asked(*row) for row in db.session.execute(query)]


def unanswered_topics() -> list[tuple[str, int]]:
    """Topics of cases that no article answered, the most frequent first: what should be written next."""
    cases = func.count()
    query = (
        select(MentoringCase.topic, cases)
        .where(MentoringCase.article_id.is_(None))
        .group_by(MentoringCase.topic)
        .order_by(cases.desc(), MentoringCase.topic)
        .limit(MOST_ASKED)
    )
    with platform_rows():
        return [(topic, count) for topic, count in db.session.execute(query)]


def picture_reader(file_id: uuid.UUID) -> str | None:
    """For whom the published article is that shows this picture; None where none does."""
    query = (
        select(Article.audience)
        .join(GuidePicture, GuidePicture.article_id == Article.id)
        .where(GuidePicture.file_id == file_id, Article.state == "published")
    )
    with platform_rows():
        return db.session.scalar(query)


# --- for who writes (on the province's host) -----------------------------------------------------------------------


def kept(article_id: uuid.UUID) -> Article:
    """An article in any state. Raises Missing."""
    row = db.session.get(Article, article_id, populate_existing=True)
    if row is None:
        raise Missing("article")
    return row


def all_articles(*, audience: str = "", state: str = "", text: str = "") -> list[Article]:
    """All articles for the editor, by audience, category and position."""
    query: Select[tuple[Article]] = select(Article).options(IN_LISTS)
    if audience:
        query = query.where(Article.audience == audience)
    if state:
        query = query.where(Article.state == state)
    if text:
        query = query.where(Article.title.icontains(text, autoescape=True))
    return list(
        db.session.scalars(
            query.order_by(Article.audience, Article.category, Article.position, Article.title)
        )
    )


def tallies(ids: Collection[uuid.UUID]) -> dict[uuid.UUID, Tally]:
    """What readers made of these articles: two selects."""
    counts = (
        select(
            GuideReading.article_id,
            func.sum(GuideReading.opened),
            func.sum(GuideReading.useful),
            func.sum(GuideReading.useless),
        )
        .where(GuideReading.article_id.in_(ids))
        .group_by(GuideReading.article_id)
    )
    said = (
        select(GuideRemark.article_id, func.count())
        .where(GuideRemark.article_id.in_(ids))
        .group_by(GuideRemark.article_id)
    )
    remarks = {row[0]: row[1] for row in db.session.execute(said)}
    read = {row[0]: [int(number) for number in row[1:]] for row in db.session.execute(counts)}
    found = {}
    for key in ids:
        opened, useful, useless = read.get(key, [0, 0, 0])
        found[key] = Tally(opened, useful, useless, remarks.get(key, 0))
    return found


def remarks_of(article_id: uuid.UUID, most: int = 50) -> list[Remark]:
    """What readers missed in an article, newest first."""
    query = (
        select(GuideRemark.words, GuideRemark.at, TenantRow.term, TenantRow.name)
        .outerjoin(TenantRow, TenantRow.id == GuideRemark.tenant_id)
        .where(GuideRemark.article_id == article_id)
        .order_by(GuideRemark.id.desc())
        .limit(most)
    )
    return [
        Remark(words, at, f"{term} {name}" if name else "")
        for words, at, term, name in db.session.execute(query)
    ]


def pictures_of(article_id: uuid.UUID) -> list[GuidePicture]:
    """The article's own pictures."""
    query = select(GuidePicture).where(GuidePicture.article_id == article_id).order_by(GuidePicture.file_id)
    return list(db.session.scalars(query))


def _shown_to(reader: str) -> tuple[ColumnElement[bool], ...]:
    return Article.state == "published", Article.audience.in_(READS[reader])


def _guide(row: Row[*tuple[Any, ...]]) -> Guide:
    values = dict(row._mapping)
    return Guide(**{**values, "pages": tuple(values["pages"])})


def _nearly(words: Sequence[str], rows: Sequence[Guide]) -> list[Guide]:
    def nearness(row: Guide) -> float:
        known = [word.lower() for word in WORD.findall(f"{row.title} {row.summary}")]
        best = [
            max((difflib.SequenceMatcher(None, word, one).ratio() for one in known), default=0.0)
            for word in words
        ]
        return min(best)

    ranked = sorted(((nearness(row), row) for row in rows), key=lambda pair: -pair[0])
    return [row for near, row in ranked if near >= NEARLY][:10]
