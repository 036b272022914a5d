"""Lint the SQL of both migration histories with squawk: every revision must be able to run at noon.

Revisions are rendered to SQL as they run: in one transaction, with a lock_timeout in front.
"""

from __future__ import annotations

import io
import subprocess
import sys
import tempfile
from pathlib import Path

from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from sqlalchemy.dialects import postgresql

from tenants.bootstrap import alembic_config

# Not for this house: a revision runs in one transaction for each village, whose tables are small, so an index is not
# made CONCURRENTLY (which no transaction allows) and statements need no IF NOT EXISTS. Keys are UUIDs: integers only
# count and order, small ones are codes of the national lists.
EXCLUDED = (
    "require-concurrent-index-creation",
    "prefer-robust-stmts",
    "prefer-bigint-over-int",
    "prefer-bigint-over-smallint",
)


def main() -> int:
    """Render, lint, and return squawk's exit code."""
    squawk = Path(sys.executable).with_name("squawk")
    with tempfile.TemporaryDirectory() as folder:
        files = [
            _write(Path(folder) / f"{history}-{revision}.sql", statements)
            for history in ("platform", "tenant")
            for revision, statements in _rendered(history)
        ]
        done = subprocess.run(
            [
                *(str(squawk), "--assume-in-transaction", "--pg-version", "18.0"),
                *(f"--exclude={rule}" for rule in EXCLUDED),
                *map(str, files),
            ],
            check=False,
        )
    print(f"{len(files)} revisions looked at")
    return done.returncode


def _rendered(history: str) -> list[tuple[str, str]]:
    """Return each revision of a history with its SQL, oldest first."""
    found = []
    for step in reversed(list(ScriptDirectory.from_config(alembic_config(history)).walk_revisions())):
        buffer = io.StringIO()
        context = MigrationContext.configure(
            dialect=postgresql.dialect(),
            opts={"as_sql": True, "literal_binds": True, "output_buffer": buffer},
        )
        with Operations.context(context):
            step.module.upgrade()
        found.append((step.revision, buffer.getvalue()))
    return found


def _write(path: Path, statements: str) -> Path:
    path.write_text(f"SET LOCAL lock_timeout = '2s';\nSET LOCAL statement_timeout = '60s';\n{statements}")
    return path


if __name__ == "__main__":
    sys.exit(main())
