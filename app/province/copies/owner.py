"""The owner's connection of a worker or of the command line, which alone may read every village's schema."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import psycopg
from flask import current_app
from flask_babel import gettext as _

from app.province.copies.errors import CopyRefused
from app.settings import Settings
from tenants.bootstrap import libpq_url

_shared: ContextVar[psycopg.Connection | None] = ContextVar("siger_copies_owner", default=None)


@contextmanager
def owner() -> Iterator[psycopg.Connection]:
    """A connection as the owner, idle and in autocommit; the shared one inside `shared_owner`.

    Raises CopyRefused when this process has no OWNER_DATABASE_URL, or the database does not answer.
    """
    held = _shared.get()
    if held is not None and not held.closed:
        yield held
        return
    with _connect() as conn:
        yield conn


@contextmanager
def shared_owner() -> Iterator[None]:
    """Keep one connection for everything inside: a slice of the night's work, some dozen villages long.

    A backend remembers each table that it has read, so a connection is not kept for all of them.
    """
    with _connect() as conn:
        reset = _shared.set(conn)
        try:
            yield
        finally:
            _shared.reset(reset)


def _connect() -> psycopg.Connection:
    settings: Settings = current_app.config["SETTINGS"]
    if not settings.owner_database_url:
        raise CopyRefused(
            _(
                "Proses ini tidak memegang OWNER_DATABASE_URL, jadi tidak dapat membuat salinan. "
                "Tidak ada yang berubah. Jalankan lewat pekerja (siger worker)."
            )
        )
    try:
        return psycopg.connect(
            libpq_url(settings.owner_database_url), autocommit=True, prepare_threshold=None
        )
    except psycopg.OperationalError as error:
        raise CopyRefused(
            _("Basis data tidak dapat dijangkau. Tidak ada yang berubah; coba lagi sebentar lagi.")
        ) from error
