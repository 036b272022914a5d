"""Everything of one large village into one sealed file, and back in another deployment, while other villages go on."""

from __future__ import annotations

import os
import subprocess
import time

from psycopg import sql

from app import create_app
from app.core.privacy.vault import open_vault
from app.core.regions.services import load_regions
from app.extensions import db
from tenants.bootstrap import migrate_platform, prepare_database
from tenants.ids import uuid7
from tenants.scope import Tenant, platform_scope, tenant_scope
from tests.bench import load
from tests.bench.house import BASE_HOST, House, python
from tests.bench.report import ROOT, Report, percentile
from tests.bench.towns import LARGE, USUAL, residents_of, town

LETTERS = 5000
PASSPHRASE = "tujuh kata untuk mengukur saja"
REQUESTS = 400
SIGER = "from app.cli import main; main()"


def archive(house: House, report: Report) -> None:
    """A village of 10,000 residents and 5,000 letters (their files apart): out, and into another deployment."""
    tenant, other = town(house, LARGE), town(house, USUAL)
    _fill_book(house, tenant)
    file, key = house.folder / "village.age", house.folder / "passphrase"
    key.write_text(PASSPHRASE)
    elsewhere = _other_deployment(house)
    about = f"{residents_of(house, tenant):,} residents, {LETTERS:,} letters"
    with house.web() as web:
        requests = [load.request_bytes(f"{other.slug}.{BASE_HOST}", "/")] * REQUESTS
        load.run(web.port, requests[:50], 1)
        quiet = percentile(load.run(web.port, requests, 1).seconds, 0.95)
        for name, environment, words, limit in (
            ("export", house.environment(), ("export", LARGE, str(file), "--reason", "benchmark"), 5),
            ("import", elsewhere, ("import", str(file), "--code", LARGE), 15),
        ):
            file_seconds, meanwhile = _run(
                web.port, requests, environment, *words, "--passphrase-file", str(key)
            )
            size = file.stat().st_size / 1e6
            note = f"{about}; {size:.1f} MB sealed; the whole command, with the start of Python"
            report.add("archives", name, file_seconds, "s", at_most=limit, note=note)
            ratio = percentile(meanwhile, 0.95) / quiet
            note = f"p95 {percentile(meanwhile, 0.95) * 1000:.1f} ms, quiet {quiet * 1000:.1f} ms"
            report.add("archives", f"another village meanwhile, {name}", ratio, "times", at_most=2, note=note)
    file.unlink()


def _run(
    port: int, requests: list[bytes], environment: dict[str, str], *words: str
) -> tuple[float, list[float]]:
    """One command in a process of its own: its seconds, and those of requests that were sent while it ran."""
    began = time.monotonic()
    command = python("-c", SIGER, "tenants", *words)
    with subprocess.Popen(
        command, cwd=ROOT, env={**os.environ, **environment}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as process:
        seen: list[float] = []
        while process.poll() is None:
            seen += load.run(port, requests[:20], 1).seconds
        seconds = time.monotonic() - began
        if process.returncode:
            assert process.stdout is not None
            raise RuntimeError(f"{words[0]} failed:\n{process.stdout.read().decode()[-2000:]}")
    return seconds, seen


def _other_deployment(house: House) -> dict[str, str]:
    """The environment of a second deployment on the same servers: its own database, folder and keys."""
    urls = prepare_database(house.servers.admin_url, "elsewhere")
    migrate_platform(urls.owner_url)
    changes = {
        "DATABASE_URL": urls.app_url, "OWNER_DATABASE_URL": urls.owner_url, "TENANT_ROLE_PREFIX": "e_",
        "SIGER_DATA": str(house.folder / "elsewhere"), "SECRET_KEY": "a secret of another deployment, 32 characters",
        "MASTER_KEYS": "other:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
    }  # fmt: skip
    elsewhere = create_app(house.settings(**changes))
    with elsewhere.app_context():
        with platform_scope():
            load_regions("18")
        db.engine.dispose()
    return house.environment(**changes)


def _fill_book(house: House, tenant: Tenant) -> None:
    """A register of 5,000 issued letters, each with a sealed box of usual size that opens."""
    name = sql.Identifier(tenant.schema)
    with house.application.app_context(), tenant_scope(tenant):
        vault = open_vault(for_writing=True)
        plain = {"fields": {f"isian_{number}": "x" * 30 for number in range(20)}, "words": ["y" * 60] * 10}
        ids = [uuid7() for _ in range(LETTERS)]
        boxes = [vault.seal_json(plain, f"letter:{key}") for key in ids]
        db.session.commit()
    fill = sql.SQL(
        """
        INSERT INTO {0}.letter (id, type_code, title, classification, state, origin, signing, holder_name, scope, year,
          sequence, number, letter_date, issued_at, search, box, token, created_at, updated_at)
        SELECT key, 'sktm', 'Surat Keterangan', '400', 'issued', 'desk', 'wet', 'Budi', 'archives', 2026, n,
          '400/' || n, date '2026-01-01', now(), '400/' || n || ' budi', box, uuid_send(gen_random_uuid()), now(), now()
        FROM unnest(%s::uuid[], %s::bytea[]) WITH ORDINALITY AS given(key, box, n)
        """
    ).format(name)
    with house.owner() as conn:
        conn.execute(sql.SQL("DELETE FROM {}.letter WHERE scope IN ('archives', 'copies')").format(name))
        conn.execute(fill, (ids, boxes))
        conn.execute(sql.SQL("ANALYZE {}.letter").format(name))
