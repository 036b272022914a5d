"""Houses beside the one that the tests of a worker share: for what changes villages that nobody made for it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from app import create_app
from app.core.hosting import SigerFlask
from app.extensions import cache, db
from tests.support import servers


@contextmanager
def another_house(app: SigerFlask, name: str) -> Iterator[SigerFlask]:
    """A new house with its own database, in which no village works yet; afterwards `app` has its cache again.

    Args:
        app: the worker's own.
        name: of the house, letters; a second one of this name would find what the first one left.
    """
    prefix = f"{name}{servers.worker_number()}_"
    urls = servers.make_database(f"siger_{prefix}")
    fresh = create_app(servers.settings_for(urls, servers.house_number(), prefix))
    try:
        yield fresh
    finally:
        cache.configure(app.config["REDIS_URL"])
        with fresh.app_context():
            db.engine.dispose()
