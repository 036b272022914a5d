"""From an empty PostgreSQL cluster to a database that the platform can live in. Every step may be run again."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from pathlib import Path

import psycopg
from alembic import command
from alembic.config import Config
from psycopg import sql
from sqlalchemy import create_engine, make_url
from sqlalchemy.engine import URL

from tenants.database import PlatformModel
from tenants.grants import platform_grants
from tenants.scope import EXTENSIONS_SCHEMA, PLATFORM_ROLE, VILLAGE_GROUP_ROLE

OWNER_ROLE = "siger_owner"
APP_ROLE = "siger_app"
MIGRATIONS = Path(__file__).resolve().parent.parent / "migrations"
EXTENSIONS = ("pg_trgm",)
LOCK_TIMEOUT_MS = 5000


@dataclass(frozen=True, slots=True)
class DatabaseUrls:
    """Addresses of one database: as the owner (migrations, provisioning) and as the application."""

    owner_url: str
    app_url: str


def libpq_url(url: str | URL) -> str:
    """Turn an SQLAlchemy address into one that psycopg takes."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


@dataclass(frozen=True, slots=True)
class Passwords:
    """Of the two roles that sign in."""

    owner: str
    app: str


def derived_passwords(admin_url: str) -> Passwords:
    """Passwords that follow from the superuser's own, for embedded servers: stable, and written down nowhere.

    Raises ValueError when the superuser has none: everybody could compute them.
    """
    secret = (make_url(admin_url).password or "").encode()
    if len(secret) < 16:
        raise ValueError("the superuser's password must have 16 characters or more to derive others from it")

    def derive(role: str) -> str:
        return hmac.new(secret, role.encode(), hashlib.sha256).hexdigest()

    return Passwords(derive(OWNER_ROLE), derive(APP_ROLE))


def random_passwords() -> Passwords:
    """New passwords of 256 bits, for a real server."""
    return Passwords(secrets.token_urlsafe(32), secrets.token_urlsafe(32))


def prepare_database(
    admin_url: str, database: str = "siger", template: str | None = None, passwords: Passwords | None = None
) -> DatabaseUrls:
    """Create the roles and the database if they are missing and return the addresses to use.

    `admin_url` signs in as a superuser. The roles get `passwords`, or such as are derived from the superuser's.
    `template` names a database to copy (tests).
    """
    url = make_url(admin_url)
    passwords = passwords or derived_passwords(admin_url)
    with psycopg.connect(libpq_url(url), autocommit=True) as conn:
        # Roles belong to the whole cluster: two preparations at once would trip over each other's rows.
        conn.execute("SELECT pg_advisory_lock(hashtext('siger.prepare_database'))")
        _create_roles(conn, {OWNER_ROLE: passwords.owner, APP_ROLE: passwords.app})
        if not conn.execute("SELECT 1 FROM pg_database WHERE datname = %s", (database,)).fetchone():
            conn.execute(
                sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {} ENCODING 'UTF8'").format(
                    sql.Identifier(database),
                    sql.Identifier(OWNER_ROLE),
                    sql.Identifier(template or "template0"),
                )
            )
        conn.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(sql.Identifier(database)))
        conn.execute(
            sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(
                sql.Identifier(database), sql.Identifier(APP_ROLE)
            )
        )
    with psycopg.connect(libpq_url(url.set(database=database)), autocommit=True) as conn:
        conn.execute("REVOKE ALL ON SCHEMA public FROM PUBLIC")
        conn.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(sql.Identifier(EXTENSIONS_SCHEMA)))
        for extension in EXTENSIONS:
            conn.execute(
                sql.SQL("CREATE EXTENSION IF NOT EXISTS {} SCHEMA {}").format(
                    sql.Identifier(extension), sql.Identifier(EXTENSIONS_SCHEMA)
                )
            )
        conn.execute(
            sql.SQL("GRANT USAGE ON SCHEMA {} TO {} WITH GRANT OPTION").format(
                sql.Identifier(EXTENSIONS_SCHEMA), sql.Identifier(OWNER_ROLE)
            )
        )
    at = url.set(database=database)

    def address(role: str, password: str) -> str:
        return at.set(username=role, password=password).render_as_string(hide_password=False)

    return DatabaseUrls(address(OWNER_ROLE, passwords.owner), address(APP_ROLE, passwords.app))


def _create_roles(conn: psycopg.Connection, logins: dict[str, str]) -> None:
    existing = {row[0] for row in conn.execute("SELECT rolname FROM pg_roles WHERE rolname LIKE 'siger_%'")}
    if OWNER_ROLE not in existing:
        conn.execute(sql.SQL("CREATE ROLE {} LOGIN CREATEROLE").format(sql.Identifier(OWNER_ROLE)))
    if APP_ROLE not in existing:
        conn.execute(sql.SQL("CREATE ROLE {} LOGIN NOINHERIT").format(sql.Identifier(APP_ROLE)))
    for role, secret in logins.items():
        conn.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(role), sql.Literal(secret)))
    # The default path of the application holds no table at all: forgetting the scope is an error.
    conn.execute(sql.SQL("ALTER ROLE {} SET search_path TO pg_catalog").format(sql.Identifier(APP_ROLE)))
    for role in (PLATFORM_ROLE, VILLAGE_GROUP_ROLE):
        if role not in existing:
            conn.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(sql.Identifier(role)))
        conn.execute(
            sql.SQL("GRANT {} TO {} WITH ADMIN OPTION").format(
                sql.Identifier(role), sql.Identifier(OWNER_ROLE)
            )
        )
    # Catalogues want a VACUUM, and the disk a CHECKPOINT, after thousands of schemas were made at once.
    conn.execute(sql.SQL("GRANT pg_maintain, pg_checkpoint TO {}").format(sql.Identifier(OWNER_ROLE)))
    conn.execute(
        sql.SQL("GRANT {} TO {} WITH INHERIT FALSE, SET TRUE").format(
            sql.Identifier(PLATFORM_ROLE), sql.Identifier(APP_ROLE)
        )
    )


def alembic_config(history: str) -> Config:
    """The Alembic configuration of the history `platform` or `tenant`."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS / history))
    config.set_main_option("path_separator", "os")
    return config


def migrate_platform(owner_url: str) -> None:
    """Bring the schema `platform` to the newest revision and its grants to what the models say.

    Waits five seconds at most for a lock, so that a long reader is not queued behind for everybody.
    """
    engine = create_engine(owner_url, connect_args={"prepare_threshold": None})
    try:
        with engine.begin() as connection:
            connection.exec_driver_sql("CREATE SCHEMA IF NOT EXISTS platform")
            connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT_MS}ms'")
            config = alembic_config("platform")
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            driver = connection.connection.driver_connection
            assert driver is not None
            with driver.pipeline():
                for statement in platform_grants(PlatformModel.metadata):
                    driver.execute(statement)
    finally:
        engine.dispose()
