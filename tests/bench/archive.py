"""Everything of one large village into one sealed file, and back in another deployment, while other villages go on."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time

import psycopg
from psycopg import sql

from app import create_app
from app.core.privacy.vault import open_vault
from app.core.regions.services import load_regions
from app.extensions import db
from app.province.archives.exporting import write_archive
from app.province.archives.importing import check_target, import_archive
from app.province.archives.reading import open_archive
from app.settings import Settings
from tenants.bootstrap import libpq_url, migrate_platform, prepare_database
from tenants.ids import uuid7
from tenants.scope import Tenant, platform_scope, tenant_scope
from tests.bench import load
from tests.bench.house import BASE_HOST, House, python
from tests.bench.report import ROOT, Report, percentile
from tests.bench.towns import LARGE, USUAL, residents_of, town

LETTERS = 5000
PASSPHRASE = "tujuh kata untuk mengukur saja"
REQUESTS, ROUNDS = 100, 30
PAUSE_SECONDS = 0.1
"""Between ten visitors and the next ten, so that the measuring is not what is measured."""
READY = "ready"


def archive(house: House, report: Report) -> None:
    """A village of 10,000 residents and 5,000 letters (their files apart): out, and into another deployment."""
    tenant, other = town(house, LARGE), town(house, USUAL)
    _fill_book(house, tenant)
    file = house.folder / "village.age"
    elsewhere = _other_deployment(house)
    about = f"{residents_of(house, tenant):,} residents, {LETTERS:,} letters"
    with house.web(PAGE_CACHE="false") as web:
        requests = [load.request_bytes(f"{other.slug}.{BASE_HOST}", "/")] * REQUESTS
        load.run(web.port, requests, 1)
        calm = [one for _ in range(ROUNDS) for one in _some(web.port, requests)]
        quiet = percentile(calm, 0.95)
        for name, environment, limit in (("export", house.environment(), 5), ("import", elsewhere, 15)):
            told, meanwhile = _run(web.port, requests, environment, name, str(file))
            note = f"{about}; {file.stat().st_size / 1e6:.1f} MB sealed; {told['cpu']:.1f} s of CPU in Python"
            report.add("archives", name, told["seconds"], "s", at_most=limit, note=note)
            busy = percentile(meanwhile, 0.95)
            note = f"p95 {busy * 1000:.1f} ms, quiet {quiet * 1000:.1f} ms"
            label = f"another village meanwhile, {name}"
            report.add("archives", label, busy / quiet, "times", at_most=2, note=note)
    file.unlink()


def _run(
    port: int, requests: list[bytes], environment: dict[str, str], *words: str
) -> tuple[dict[str, float], list[float]]:
    """One deed in a worker of its own: its seconds, and those of requests that were sent while it was at it."""
    command = python("-m", "tests.bench.archive", *words)
    with subprocess.Popen(
        command, cwd=ROOT, env={**os.environ, **environment}, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        if process.stdout.readline().strip() != READY:
            raise RuntimeError(f"{words[0]} did not begin")
        seen: list[float] = []
        while process.poll() is None:
            seen += _some(port, requests)
        if process.returncode:
            raise RuntimeError(f"{words[0]} failed")
        told: dict[str, float] = json.loads(process.stdout.readlines()[-1])
    return told, seen


def _some(port: int, requests: list[bytes]) -> list[float]:
    """The seconds of ten visitors, and a pause after them."""
    seconds = load.run(port, requests[:10], 1).seconds
    time.sleep(PAUSE_SECONDS)
    return seconds


def main() -> None:
    """What the process of its own does: `export FILE` or `import FILE`, in the deployment of its environment."""
    deed, file = sys.argv[1:]
    settings = Settings()
    with create_app(settings).app_context():
        find = sql.SQL("SELECT id FROM platform.tenant WHERE code = %s")
        with psycopg.connect(libpq_url(settings.owner_database_url)) as conn:
            row = conn.execute(find, (LARGE,)).fetchone()
        assert row is not None
        print(READY, flush=True)
        began, cpu = time.monotonic(), time.process_time()
        if deed == "export":
            with open(file, "wb") as target:
                write_archive(settings.owner_database_url, row[0], target, PASSPHRASE)
        else:
            with open(file, "rb") as source, open_archive(source, PASSPHRASE) as opened:
                target_village = check_target(settings.owner_database_url, opened.manifest, LARGE)
                prefix = settings.tenant_role_prefix
                import_archive(settings.owner_database_url, opened, target_village, role_prefix=prefix)
        print(json.dumps({"seconds": time.monotonic() - began, "cpu": time.process_time() - cpu}))


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


if __name__ == "__main__":
    main()
