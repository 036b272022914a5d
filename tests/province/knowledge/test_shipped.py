"""The shipped articles: whole, for pages that exist, and taken in without touching what the programme wrote."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select, update

from app.core.blueprints import AudienceBlueprint
from app.core.hosting import SigerFlask
from app.extensions import db
from app.province.knowledge import markup, services, shipped
from app.province.knowledge.models import GuideArticle
from app.province.knowledge.shipped import BrokenArticle, Shipped, read_article, shipped_articles
from app.province.knowledge.words import AUDIENCES, CATEGORIES
from tenants.scope import platform_scope

# Files, pieces of pages, and pages for programs or for everybody: nobody stands before them at a loss.
WITHOUT_GUIDE = {
    "files",
    "maps",
    "metrics",
    "styleguide",
    "preferences",
    "sign_in",
    "guides",
    "guides_editor",
    "visits",
}


def test_there_are_twenty_five_for_all_three_kinds_of_readers() -> None:
    articles = shipped_articles().values()
    assert len(articles) >= 25
    assert {article.audience for article in articles} == set(AUDIENCES)
    assert {article.category for article in articles} <= set(CATEGORIES)
    for article in articles:
        assert 5 <= len(article.title) <= 120, article.slug
        assert article.summary.endswith("."), article.slug
        assert len(article.summary) <= 240, article.slug
        assert article.walk, article.slug
        assert markup.labels(article.body), article.slug


def test_what_they_name_exists(app: SigerFlask) -> None:
    known = {rule.endpoint for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())}
    for slug, article in shipped_articles().items():
        assert not set(article.pages) - known, slug
        assert not set(markup.targets(article.body, "page")) - known, slug
        assert not set(markup.targets(article.body, "guide")) - set(shipped_articles()), slug
        taken = {step["picture"] for step in article.walk if "picture" in step}
        assert set(markup.pictures(article.body)) == taken, slug


def test_every_part_of_the_house_where_staff_work_has_a_guide(app: SigerFlask) -> None:
    parts = {
        rule.endpoint.rpartition(".")[0]
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and not rule.rule.startswith("/api/")
    }
    of_staff = {
        name
        for name in parts
        if isinstance(blueprint := app.blueprints.get(name), AudienceBlueprint)
        and blueprint.audience in ("village", "province", "shared")
    }
    covered = {page.rpartition(".")[0] for article in shipped_articles().values() for page in article.pages}
    assert not of_staff - covered - WITHOUT_GUIDE


@pytest.mark.parametrize(
    "text",
    ["tanpa kepala", "+++\ntitle = \n+++\nisi", '+++\ntitle = "x"\n+++\nisi', "+++\n+++\n", "+++\nx"],
)
def test_a_broken_file_says_which_it_is(tmp_path: Path, text: str) -> None:
    path = tmp_path / "rusak.md"
    path.write_text(text)
    with pytest.raises(BrokenArticle, match=r"rusak\.md"):
        read_article(path)


def test_loading_twice_changes_nothing(app: SigerFlask) -> None:
    with app.app_context(), platform_scope():
        assert services.load_shipped() == (0, 0, 0)
        rows = list(db.session.scalars(select(GuideArticle)))
    assert len(rows) == len(shipped_articles())
    assert {row.state for row in rows} == {"published"}


def newer(article: Shipped) -> Shipped:
    """The next version of a shipped article."""
    values = {name: getattr(article, name) for name in Shipped.__dataclass_fields__}
    return Shipped(**{**values, "body": article.body + "\n\nKalimat baru."})


def test_a_new_shipped_text_renews_what_is_untouched_and_keeps_what_is_own(
    app: SigerFlask, monkeypatch: pytest.MonkeyPatch
) -> None:
    untouched, own = sorted(shipped_articles())[:2]
    with app.app_context(), platform_scope():
        row = db.session.scalars(select(GuideArticle).where(GuideArticle.slug == own)).one()
        services.change(row.id, {**_values(row), "title": "Judul kami sendiri"}, seen=row.row_version)
        renewed = {slug: newer(article) for slug, article in shipped_articles().items()}
        for module in (services, shipped):
            monkeypatch.setattr(module, "shipped_articles", lambda: renewed)
        added, changed, kept = services.load_shipped()
        assert (added, kept) == (0, 1)
        assert changed == len(renewed) - 1
        rows = {one.slug: one for one in db.session.scalars(select(GuideArticle))}
        assert rows[untouched].body.endswith("Kalimat baru.")
        assert rows[own].title == "Judul kami sendiri"
        assert rows[own].based_on not in (None, renewed[own].digest)
        back = services.take_shipped(rows[own].id, seen=None)
        assert back.body.endswith("Kalimat baru.")
        assert back.shipped_digest == renewed[own].digest


def test_saving_a_shipped_article_unchanged_leaves_it_shipped(app: SigerFlask) -> None:
    with app.app_context(), platform_scope():
        row = db.session.scalars(select(GuideArticle).limit(1)).one()
        before = row.row_version
        after = services.change(row.id, _values(row), seen=before)
        assert after.shipped_digest is not None
        assert after.row_version == before


def test_a_withdrawn_article_stays_withdrawn_when_its_text_is_renewed(app: SigerFlask) -> None:
    with app.app_context(), platform_scope():
        row = db.session.scalars(select(GuideArticle).limit(1)).one()
        services.set_state(row.id, "withdrawn", seen=None)
        db.session.execute(update(GuideArticle).values(shipped_digest=b"alt"))
        db.session.commit()
        services.load_shipped()
        assert db.session.get_one(GuideArticle, row.id, populate_existing=True).state == "withdrawn"


def _values(row: GuideArticle) -> dict[str, object]:
    return {name: getattr(row, name) for name in (*services.READERS_PART, "pages")}
