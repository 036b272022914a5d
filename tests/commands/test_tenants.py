"""`siger tenants …` from the command line, on a real database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import select

from app.core.audit.models import PlatformAuditEntry
from app.core.hosting import SigerFlask
from app.extensions import db
from tenants.models import OutboxEntry
from tenants.registry import find_tenant
from tenants.scope import Tenant, platform_scope
from tests.support.servers import DatabaseUrls
from tests.support.shell import Run, shell
from tests.support.visitors import Visitor


@pytest.fixture
def run(app: SigerFlask, urls: DatabaseUrls, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs `siger` with this process's database, as an operator's shell would."""
    return shell(app, urls, monkeypatch)


@pytest.fixture
def listed(_codes: Iterator[str]) -> str:
    """The code of a village without a schema."""
    return next(_codes)


def test_a_village_is_provisioned_listed_and_served(
    run: Run, listed: str, visit: Callable[[str], Visitor]
) -> None:
    made = run("tenants", "provision", listed)
    assert made.exit_code == 0, made.output
    assert "1 provisioned, 0 failed" in made.output
    again = run("tenants", "provision", listed)
    assert "0 provisioned, 0 failed" in again.output
    line = next(
        x for x in run("tenants", "list", "--state", "provisioned").output.splitlines() if listed in x
    )
    slug = line.split()[2]
    assert visit(f"{slug}.localhost").get("/").status_code == 200


def test_provisioning_from_the_shell_is_in_the_log_and_counted(
    run: Run, listed: str, app: SigerFlask
) -> None:
    assert run("tenants", "provision", listed).exit_code == 0
    assert run("tenants", "provision", listed).exit_code == 0
    with app.app_context():
        village = find_tenant(listed)
        with platform_scope():
            entries = db.session.scalars(
                select(PlatformAuditEntry).where(PlatformAuditEntry.tenant_id == village.id)
            ).all()
            assert [(e.action, e.summary) for e in entries] == [("village.provisioned", village.full_name)]
            asked = select(OutboxEntry.kind).where(OutboxEntry.tenant_id == village.id)
            assert "dirty" in db.session.scalars(asked).all()


def test_suspending_needs_a_reason_and_is_seen_at_once(
    run: Run, village: Tenant, visit: Callable[[str], Visitor]
) -> None:
    host = f"{village.slug}.localhost"
    assert run("tenants", "suspend", village.code).exit_code == 2
    short = run("tenants", "suspend", village.code, "--reason", "…")
    assert short.exit_code == 1
    assert "reason" in short.output
    assert visit(host).get("/").status_code == 200
    assert run("tenants", "suspend", village.code, "--reason", "Pindah kantor sementara").exit_code == 0
    assert visit(host).get("/").status_code == 503
    twice = run("tenants", "suspend", village.slug, "--reason", "Sekali lagi ditangguhkan")
    assert twice.exit_code == 1
    assert run("tenants", "resume", village.slug).exit_code == 0
    assert visit(host).get("/").status_code == 200


def test_an_archived_village_is_closed_until_it_is_opened_again(
    run: Run, village: Tenant, visit: Callable[[str], Visitor]
) -> None:
    host = f"{village.slug}.localhost"
    assert run("tenants", "archive", village.code).exit_code == 2
    assert run("tenants", "archive", village.code, "--reason", "Tidak dipakai lagi").exit_code == 0
    assert visit(host).get("/").status_code == 410
    twice = run("tenants", "archive", village.slug, "--reason", "Sekali lagi diarsipkan")
    assert twice.exit_code == 1
    assert run("tenants", "reopen", village.slug).exit_code == 0
    assert visit(host).get("/").status_code == 200
    assert run("tenants", "reopen", village.slug).exit_code == 1


@pytest.mark.parametrize("command", ["suspend", "resume"])
def test_an_unknown_village_is_named(run: Run, command: str) -> None:
    words: list[Any] = ["tenants", command, "no-such-village"]
    if command == "suspend":
        words += ["--reason", "Salah ketik alamatnya"]
    result = run(*words)
    assert result.exit_code == 1
    assert "no-such-village" in result.output


def test_a_region_without_villages_is_said(run: Run) -> None:
    result = run("tenants", "list", "--region", "99")
    assert result.exit_code == 1
    assert "no village" in result.output


def test_provision_asks_which(run: Run) -> None:
    assert run("tenants", "provision").exit_code == 2


def test_migrate_and_doctor_find_nothing_to_do(run: Run, village: Tenant) -> None:
    migrated = run("tenants", "migrate")
    assert migrated.exit_code == 0
    assert "0 migrated, 0 failed, 0 were behind" in migrated.output
    examined = run("tenants", "doctor")
    assert village.schema not in examined.output


def test_regions_can_be_loaded_again(run: Run) -> None:
    assert "0 villages listed for the first time" in run("db", "load-regions").output
