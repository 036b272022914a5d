"""Two deployments with different keys: where an archive is made, and where it is brought to."""

from __future__ import annotations

import base64
import io
import os
import resource
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from app import create_app
from app.core.hosting import SigerFlask
from app.core.regions.services import load_regions
from app.extensions import db
from app.province.archives import age
from app.province.archives.exporting import write_archive
from app.province.archives.importing import Imported, check_target, import_archive
from app.province.archives.layout import Manifest
from app.province.archives.reading import open_archive
from tenants.bootstrap import migrate_platform, prepare_database
from tenants.scope import Tenant, platform_scope
from tests.support import servers
from tests.support.letters import an_issued_letter
from tests.support.places import list_too
from tests.support.residents import a_family

PASSPHRASE = "enam kata yang tidak tertebak"


@dataclass(frozen=True)
class Deployment:
    """An application with its database."""

    app: SigerFlask
    urls: servers.DatabaseUrls

    @property
    def prefix(self) -> str:
        """What roles of villages begin with."""
        return str(self.app.config["SETTINGS"].tenant_role_prefix)

    def export(self, village_id: uuid.UUID, passphrase: str = PASSPHRASE) -> tuple[bytes, Manifest]:
        """An archive of a village, and what it says of itself."""
        made = io.BytesIO()
        with self.app.app_context():
            manifest = write_archive(self.urls.owner_url, village_id, made, passphrase)
        return made.getvalue(), manifest

    def bring(
        self, archive: bytes, code: str, passphrase: str = PASSPHRASE, from_code: str | None = None
    ) -> Imported:
        """An import as the command line does it."""
        with self.app.app_context(), open_archive(io.BytesIO(archive), passphrase) as opened:
            target = check_target(self.urls.owner_url, opened.manifest, code, from_code=from_code)
            return import_archive(self.urls.owner_url, opened, target, role_prefix=self.prefix)


@pytest.fixture(autouse=True)
def _little_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """Passphrases cost half a second in earnest."""
    monkeypatch.setattr(age, "WORK_FACTOR", 10)


@pytest.fixture
def here(app: SigerFlask, urls: servers.DatabaseUrls) -> Deployment:
    """Where archives are made."""
    return Deployment(app, urls)


@pytest.fixture(scope="session")
def there() -> Iterator[Deployment]:
    """Another deployment: its own database, files, SECRET_KEY and master key."""
    number = servers.worker_number()
    urls = prepare_database(os.environ[servers.ADMIN], f"siger_other{number}")
    migrate_platform(urls.owner_url)
    settings = servers.settings_for(
        urls, number, f"o{number}_", secret_key="another secret of another deployment, 32+ characters",
        master_keys=f"elsewhere:{base64.b64encode(bytes(range(32))).decode()}",
        siger_data=servers.own_folder() / "elsewhere",
    )  # fmt: skip
    application = create_app(settings)
    with application.app_context(), platform_scope():
        # Not a copy of the template: every village has another id here.
        load_regions("18")
    yield Deployment(application, urls)
    with application.app_context():
        db.engine.dispose()


@dataclass(frozen=True)
class Lived:
    """A village with people and a letter."""

    village: Tenant
    household: uuid.UUID
    people: list[uuid.UUID]
    letter: uuid.UUID


@pytest.fixture
def listed_there(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Lists a village in the other deployment too, for tests that have one: made-up codes are of one database."""

    def listed(code: str) -> None:
        if "there" in request.fixturenames:
            list_too(request.getfixturevalue("there").urls.owner_url, code)

    return listed


@pytest.fixture
def lived(app: SigerFlask, make_village: Callable[[], Tenant], listed_there: Callable[[str], None]) -> Lived:
    """A throwaway village that has lived a little."""
    village = make_village()
    listed_there(village.code)
    household, people = a_family(app, village)
    return Lived(village, household, people, an_issued_letter(app, village, resident_id=people[0]))


@pytest.fixture
def small_files() -> Callable[[], AbstractContextManager[None]]:
    """Inside `with small_files():`, this process can write no file beyond some kilobytes, as on a full disk."""

    @contextmanager
    def limited() -> Iterator[None]:
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (8192, before[1]))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)

    return limited


@pytest.fixture
def key(tmp_path: Path) -> str:
    """A file with the passphrase."""
    file = tmp_path / "passphrase"
    file.write_text(PASSPHRASE + "\n")
    return str(file)


@pytest.fixture
def code(_codes: Iterator[str], listed_there: Callable[[str], None]) -> str:
    """The code of a village without a schema, in both deployments."""
    found = next(_codes)
    listed_there(found)
    return found
