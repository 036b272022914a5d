"""Boundary files made by hand, and `siger regions import-boundaries` on this process's database."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from sqlalchemy import delete

from app.core.hosting import SigerFlask
from app.extensions import db
from app.province.maps.models import RegionBoundary, RegionMap
from app.province.maps.services import import_boundaries
from tenants.scope import platform_scope
from tests.support.servers import DatabaseUrls
from tests.support.shell import shell

Write = Callable[..., Path]
Import = Callable[..., Result]
Lay = Callable[[list[dict[str, Any]]], None]


@pytest.fixture(autouse=True)
def _no_boundaries(app: SigerFlask) -> Iterator[None]:
    """The database is shared: boundaries begin and end with a test."""
    _forget(app)
    yield
    _forget(app)


def _forget(app: SigerFlask) -> None:
    with app.app_context(), platform_scope():
        db.session.execute(delete(RegionBoundary))
        db.session.execute(delete(RegionMap))
        db.session.commit()


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """`write([feature(…), …], crs=…)`: a GeoJSON file; text is written as it is."""

    def make(features: list[dict[str, Any]] | str, **members: Any) -> Path:
        path = tmp_path / "batas.geojson"
        whole = {"type": "FeatureCollection", "features": features, **members}
        path.write_text(features if isinstance(features, str) else json.dumps(whole), encoding="utf-8")
        return path

    return make


@pytest.fixture
def bring(app: SigerFlask, urls: DatabaseUrls, monkeypatch: pytest.MonkeyPatch) -> Import:
    """`bring(path, "--dry-run")`: the command as an operator runs it."""
    run = shell(app, urls, monkeypatch)
    return lambda path, *options: run("regions", "import-boundaries", str(path), *options)


@pytest.fixture
def lay(app: SigerFlask, write: Write) -> Lay:
    """`lay([feature(…), …])`: boundaries as an import leaves them, for tests of what is made of them."""

    def import_them(features: list[dict[str, Any]]) -> None:
        with app.app_context(), platform_scope():
            import_boundaries(write(features))

    return import_them
