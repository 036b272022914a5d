"""The articles that the product brings: files in `articles`, each with a head in TOML between two lines of `+++`.

The head says for whom it is, what it explains, and the steps that a browser test follows on the house's own screens:
`walk` is a list of {open, click, fill, choose, tick, attach, see, …}, see `tests/e2e/guide_walks.py`. Digests
are of what readers see, so that steps that change alone make no new version.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

ARTICLES = Path(__file__).with_name("articles")
PICTURES = Path(__file__).with_name("pictures")
FENCE = "+++"


class BrokenArticle(ValueError):
    """A file is no article; the message says which and why."""


@dataclass(frozen=True, slots=True)
class Shipped:
    """A shipped article."""

    slug: str
    audience: str
    category: str
    title: str
    summary: str
    body: str
    pages: tuple[str, ...]
    position: int
    actor: str
    """As whom the steps are followed: a login of the browser tests' house, `resident`, or empty for nobody."""
    walk: tuple[Mapping[str, Any], ...] = field(default=())

    @property
    def digest(self) -> bytes:
        """Of everything that readers see."""
        parts = (
            self.audience, self.category, self.title, self.summary, self.body, *self.pages, str(self.position),
        )  # fmt: skip
        return hashlib.blake2b("\x1f".join(parts).encode(), digest_size=16).digest()


@lru_cache(maxsize=1)
def shipped_articles() -> Mapping[str, Shipped]:
    """All shipped articles by their slug, read once in a process. Raises BrokenArticle."""
    return {path.stem: read_article(path) for path in sorted(ARTICLES.glob("*.md"))}


def read_article(path: Path) -> Shipped:
    """Read one file; its name is the slug. Raises BrokenArticle."""
    start, head, body = [*path.read_text(encoding="utf-8").split(f"{FENCE}\n", 2), "", ""][:3]
    if start or not body.strip():
        raise BrokenArticle(f"{path.name}: the head stands between two lines of {FENCE}")
    try:
        said = tomllib.loads(head)
        return Shipped(
            slug=path.stem,
            audience=said["audience"],
            category=said["category"],
            title=said["title"],
            summary=said["summary"],
            body=body.strip(),
            pages=tuple(said["pages"]),
            position=int(said["position"]),
            actor=said.get("as", ""),
            walk=tuple(said["walk"]),
        )
    except (tomllib.TOMLDecodeError, KeyError, TypeError, ValueError) as error:
        raise BrokenArticle(f"{path.name}: {error}") from error


@lru_cache(maxsize=256)
def picture_tag(name: str) -> str | None:
    """A short digest of a shipped picture, for its address; None where there is none of this name."""
    path = picture_path(name)
    return hashlib.blake2s(path.read_bytes(), digest_size=6).hexdigest() if path else None


def picture_path(name: str) -> Path | None:
    """The file of a shipped picture; None where there is none of this name."""
    if not name.replace("-", "").isalnum() or not name.isascii():
        return None
    path = PICTURES / f"{name}.webp"
    return path if path.is_file() else None
