"""One village's tables out and in again: the same content, in one snapshot, and nobody else's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
import pytest
from psycopg import sql

from tenants.bootstrap import libpq_url
from tenants.copying import Format, content_digest, copy_in, copy_out, existing_columns, snapshot
from tenants.errors import CopyFailed
from tenants.provisioning import baseline
from tenants.scope import Tenant
from tests.support.servers import DatabaseUrls

NOTE_A_KEY = sql.SQL("INSERT INTO {} (id, key_id) VALUES (1, 'a key')")


@pytest.fixture
def owner(urls: DatabaseUrls) -> Iterator[psycopg.Connection]:
    with psycopg.connect(libpq_url(urls.owner_url), autocommit=True, prepare_threshold=None) as conn:
        yield conn


@contextmanager
def empty_schema(conn: psycopg.Connection, name: str) -> Iterator[str]:
    """A schema with a village's tables and nothing in them, dropped afterwards."""
    with conn.transaction():
        conn.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(name)))
        conn.execute(sql.SQL("SET LOCAL search_path = {}, extensions").format(sql.Identifier(name)))
        for statement in baseline().statements:
            conn.execute(statement)
    try:
        yield name
    finally:
        conn.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(name)))


@pytest.mark.parametrize("format", ["binary", "csv", "text"])
def test_what_left_comes_in_again_with_the_same_digest(
    owner: psycopg.Connection, urls: DatabaseUrls, make_village: Callable[[], Tenant], format: Format
) -> None:
    schema = make_village().schema
    with empty_schema(owner, f"c_copying_{format}") as copy:
        taken: dict[str, tuple[int, str]] = {}
        with psycopg.connect(libpq_url(urls.owner_url), autocommit=True) as reader, owner.transaction():
            for table in copy_out(reader, schema, format=format):
                rows = copy_in(owner, copy, table.name, table.columns, table.chunks, format)
                assert rows == table.rows
                taken[table.name] = (table.rows, table.sha256)
        assert sum(rows for rows, _digest in taken.values()) > 0
        assert content_digest(owner, copy, format=format) == taken


def test_a_digest_does_not_depend_on_where_rows_lie(
    owner: psycopg.Connection, make_village: Callable[[], Tenant]
) -> None:
    schema = make_village().schema
    before = content_digest(owner, schema)
    for name in ("letter_classification", "village_profile"):
        owner.execute(sql.SQL("UPDATE {} SET id = id").format(sql.Identifier(schema, name)))
        owner.execute(sql.SQL("VACUUM FULL {}").format(sql.Identifier(schema, name)))
    owner.execute("SET datestyle = 'SQL, DMY'")
    owner.execute("SET timezone = 'Asia/Jakarta'")
    assert content_digest(owner, schema) == before
    owner.execute(NOTE_A_KEY.format(sql.Identifier(schema, "village_state")))
    after = content_digest(owner, schema)
    assert {name for name in after if after[name] != before[name]} == {"village_state"}


def test_all_tables_are_read_as_of_one_moment(
    owner: psycopg.Connection, urls: DatabaseUrls, make_village: Callable[[], Tenant]
) -> None:
    schema = make_village().schema
    state = sql.Identifier(schema, "village_state")
    with snapshot(owner):
        before = content_digest(owner, schema)
        with psycopg.connect(libpq_url(urls.owner_url), autocommit=True) as other:
            other.execute(NOTE_A_KEY.format(state))
        assert content_digest(owner, schema) == before
    assert content_digest(owner, schema)["village_state"] != before["village_state"]


def test_inside_a_snapshot_nothing_can_be_written(
    owner: psycopg.Connection, make_village: Callable[[], Tenant]
) -> None:
    schema = make_village().schema
    with pytest.raises(psycopg.errors.ReadOnlySqlTransaction), snapshot(owner):
        owner.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(schema, "village_state")))


def test_a_table_that_is_not_read_to_its_end_is_left_behind_properly(
    owner: psycopg.Connection, make_village: Callable[[], Tenant]
) -> None:
    schema = make_village().schema
    names = [table.name for table in copy_out(owner, schema)]
    assert names == list(existing_columns(owner, schema))
    one = next(copy_out(owner, schema))
    assert one.rows == -1
    assert owner.execute("SELECT 1").fetchone() == (1,)


def test_what_is_not_there_is_said(owner: psycopg.Connection, make_village: Callable[[], Tenant]) -> None:
    schema = make_village().schema
    with pytest.raises(CopyFailed, match="no schema"):
        list(copy_out(owner, "c_nobody"))
    with pytest.raises(CopyFailed, match="no table"), owner.transaction():
        copy_in(owner, schema, "pg_authid", ("rolname",), [b""])
    with pytest.raises(CopyFailed, match="no column"), owner.transaction():
        copy_in(owner, schema, "village_state", ("id", "colour"), [b""])
    with pytest.raises(ValueError, match="permitted"):
        content_digest(owner, 'v"; DROP SCHEMA platform; --')


def test_a_table_that_was_cut_off_is_refused(
    owner: psycopg.Connection, make_village: Callable[[], Tenant]
) -> None:
    schema = make_village().schema
    profile = next(copy_out(owner, schema, tables=["village_profile"]))
    whole = b"".join(profile.chunks)
    with (
        empty_schema(owner, "c_copying_changed") as copy,
        pytest.raises(psycopg.Error),
        owner.transaction(),
    ):
        copy_in(owner, copy, "village_profile", profile.columns, [whole[:-4]])
