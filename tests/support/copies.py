"""What tests of copies share: contents of a village, digests, rows of copies, the work done in this process."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from flask import Flask
from psycopg import sql
from sqlalchemy import select

from app.core.privacy.vault import open_vault
from app.core.village.models import VillageProfile
from app.extensions import db
from app.province.copies.models import HAND, VillageCopy
from app.province.copies.taking import take_copy
from tenants.bootstrap import libpq_url
from tenants.copying import content_digest
from tenants.models import SideSchema
from tenants.scope import Tenant, platform_scope, tenant_scope
from tests.support.servers import DatabaseUrls


@contextmanager
def owner_of(urls: DatabaseUrls) -> Iterator[psycopg.Connection]:
    """A connection as the owner, autocommit."""
    with psycopg.connect(libpq_url(urls.owner_url), autocommit=True, prepare_threshold=None) as conn:
        yield conn


def digests(urls: DatabaseUrls, village: Tenant) -> dict[str, tuple[int, str]]:
    """What a village holds."""
    with owner_of(urls) as conn:
        return content_digest(conn, village.schema)


def schemas(urls: DatabaseUrls) -> set[str]:
    """The schemas beside villages that stand in the database."""
    with owner_of(urls) as conn:
        query = "SELECT nspname FROM pg_namespace WHERE nspname ~ '^(c|old)_[0-9a-f]{20}$'"
        return {row[0] for row in conn.execute(query)}


def rename(app: Flask, village: Tenant, motto: str) -> None:
    """Change something in a village: its profile's address."""
    with app.app_context(), tenant_scope(village):
        open_vault(for_writing=True)
        profile = db.session.scalars(select(VillageProfile)).one()
        profile.address = motto
        db.session.commit()


def address_of(app: Flask, village: Tenant) -> str:
    """What `rename` wrote."""
    with app.app_context(), tenant_scope(village):
        return str(db.session.scalars(select(VillageProfile)).one().address)


def copy_now(app: Flask, village: Tenant, kind: str = HAND) -> VillageCopy:
    """Take a copy in this process."""
    with app.app_context(), platform_scope():
        return take_copy(village.id, kind=kind)


def copies_of(app: Flask, village: Tenant) -> list[VillageCopy]:
    """A village's copies, oldest first."""
    with app.app_context(), platform_scope():
        query = select(VillageCopy).where(VillageCopy.tenant_id == village.id)
        return list(db.session.scalars(query.order_by(VillageCopy.taken_at)))


def beside(app: Flask, village: Tenant, kind: str | None = None) -> list[SideSchema]:
    """The schemas beside a village, as the registry has them."""
    with app.app_context(), platform_scope():
        query = select(SideSchema).where(SideSchema.tenant_id == village.id)
        if kind is not None:
            query = query.where(SideSchema.kind == kind)
        return list(db.session.scalars(query))


def count_rows(urls: DatabaseUrls, schema: str, table: str) -> int:
    """How many rows a table holds."""
    with owner_of(urls) as conn:
        row = conn.execute(
            sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(schema, table))
        ).fetchone()
        return int(row[0]) if row else 0


def unknown_id() -> uuid.UUID:
    """An id that nothing has."""
    return uuid.uuid4()
