"""Debian's Caddy with the Caddyfile of deploy/ and its internal authority, in front of a web process: the province and
its villages under one wildcard, a proved domain with a certificate of its own, and nothing for anybody else."""

from __future__ import annotations

import http.client
import os
import shutil
import socket
import ssl
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.core.addresses import domains
from app.core.addresses.proof import Found
from app.core.embedded.supervisor import Supervisor
from app.core.embedded.system import free_port, last_lines
from app.core.hosting import SigerFlask
from tenants.scope import Tenant, platform_scope
from tests.support import servers

ROOT = Path(__file__).resolve().parents[2]
CADDY = ROOT / "deploy" / "caddy"
BASE = "siger.example"
SECONDS = 30


@dataclass(frozen=True)
class Front:
    """Caddy and the web behind it."""

    https: int
    http: int
    trust: ssl.SSLContext

    def certificate_names(self, host: str) -> set[str]:
        """The names on the certificate that is shown for a host; ssl.SSLError where none is."""
        with (
            socket.create_connection(("127.0.0.1", self.https), 10) as plain,
            self.trust.wrap_socket(plain, server_hostname=host) as secure,
        ):
            shown = secure.getpeercert() or {}
        return {str(name) for _kind, name in shown.get("subjectAltName", ())}

    def get(self, host: str, path: str = "/", method: str = "GET") -> http.client.HTTPResponse:
        """A request by TLS to this machine under a host's name."""
        connection = http.client.HTTPSConnection(host, self.https, timeout=20, context=self.trust)
        plain = socket.create_connection(("127.0.0.1", self.https), 20)
        connection.sock = self.trust.wrap_socket(plain, server_hostname=host)
        connection.request(method, path)
        answer = connection.getresponse()
        answer.read()
        connection.close()
        return answer


@pytest.fixture(scope="module")
def front(urls: servers.DatabaseUrls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    """A web process as in production, on the database of this run, with Caddy before it."""
    program = shutil.which("caddy")
    if program is None:
        assert not os.environ.get("SIGER_REQUIRE_CADDY"), (
            "caddy is not installed (Debian: apt-get install caddy)"
        )
        pytest.skip("caddy is not installed (Debian: apt-get install caddy)")
    folder = tmp_path_factory.mktemp("front")
    web, http_port, https_port, admin = free_port(), free_port(), free_port(), free_port()
    number = servers.worker_number()
    house = {
        **os.environ,
        "ENVIRONMENT": "development",
        "DATABASE_URL": urls.app_url,
        "REDIS_URL": f"{os.environ[servers.REDIS].rstrip('/')}/{number}",
        "SECRET_KEY": "a secret that only the tests know, 32+ characters",
        "SIGER_DATA": str(folder / "data"),
        "BASE_HOST": BASE,
        "PUBLIC_SCHEME": "https",
        "PUBLIC_PORT": str(https_port),
        "TRUSTED_PROXIES": "1",
        "TENANT_ROLE_PREFIX": f"w{number}_",
        "RATE_LIMITS": "false",
        "GUNICORN_CMD_ARGS": "--no-control-socket",
        "PYTHONUNBUFFERED": "1",
    }
    proxy = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "XDG_DATA_HOME": str(folder / "caddy"),
        "XDG_CONFIG_HOME": str(folder / "caddy"),
        "BASE_HOST": BASE,
        "ACME_EMAIL": "nobody@siger.example",
        "SIGER_WEB": f"127.0.0.1:{web}",
        "CADDY_ADMIN": f"127.0.0.1:{admin}",
        "HTTP_PORT": str(http_port),
        "HTTPS_PORT": str(https_port),
        "WILDCARD_TLS": "internal",
        "OWN_DOMAINS_TLS": "internal",
    }
    with Supervisor(folder / "log", grace=5) as supervisor:
        siger = str(Path(sys.executable).with_name("siger"))
        command = [siger, "web", "--bind", f"127.0.0.1:{web}", "--workers", "1", "--threads", "4"]
        supervisor.start("web", command, env=house, cwd=ROOT)
        run = [program, "run", "--config", str(CADDY / "Caddyfile"), "--adapter", "caddyfile"]
        supervisor.start("caddy", run, env=proxy, cwd=folder)
        root = folder / "caddy" / "caddy" / "pki" / "authorities" / "local" / "root.crt"
        until = time.monotonic() + SECONDS
        while not root.is_file() or not _answers(web):
            logs = last_lines(folder / "log" / "caddy.log") + last_lines(folder / "log" / "web.log")
            assert time.monotonic() < until, f"web or Caddy does not start:\n{logs}"
            time.sleep(0.1)
        ready = Front(https_port, http_port, ssl.create_default_context(cafile=str(root)))
        while not _is_ready(ready):
            assert time.monotonic() < until, (
                f"Caddy does not serve:\n{last_lines(folder / 'log' / 'caddy.log')}"
            )
            time.sleep(0.2)
        yield ready


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/health")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def _is_ready(front: Front) -> bool:
    try:
        return front.get(BASE, "/health").status == 200
    except OSError:
        return False


@pytest.fixture
def proved(app: SigerFlask, village: Tenant) -> Callable[[], str]:
    """Gives the village a proved domain and returns its name."""

    def prove() -> str:
        host = f"desa{village.code.replace('.', '')}.desa.id"
        with app.app_context(), platform_scope():
            claim = domains.add(village.id, host)
            domains.settle(claim.id, claim.token, Found("dns"))
        return host

    return prove


def test_the_province_and_every_village_stand_under_one_wildcard(front: Front, village: Tenant) -> None:
    assert front.certificate_names(f"{village.slug}.{BASE}") == {f"*.{BASE}"}
    assert front.get(f"{village.slug}.{BASE}").status == 200
    assert front.get(BASE, "/health").status == 200
    # A label that leads nowhere costs no certificate either.
    assert front.certificate_names(f"tidak-ada.{BASE}") == {f"*.{BASE}"}
    assert front.get(f"tidak-ada.{BASE}").status == 404


def test_a_domain_gets_a_certificate_once_it_is_proved_and_nothing_before(
    front: Front, app: SigerFlask, village: Tenant, proved: Callable[[], str]
) -> None:
    host = f"desa{village.code.replace('.', '')}.desa.id"
    with pytest.raises(ssl.SSLError):
        front.certificate_names(host)
    assert proved() == host
    assert front.certificate_names(host) == {host}
    moved = front.get(host, "/a%20b?c=d")
    assert moved.status == 301
    assert moved.headers["Location"] == f"https://{village.slug}.{BASE}:{front.https}/a%20b?c=d"


def test_the_chosen_domain_is_the_address_and_the_label_leads_there(
    front: Front, app: SigerFlask, village: Tenant, proved: Callable[[], str]
) -> None:
    host = proved()
    with app.app_context(), platform_scope():
        domains.choose(village.id, domains.claims_of(village.id)[0].id)
    answer = front.get(host)
    assert answer.status == 200
    assert answer.headers["Strict-Transport-Security"] == "max-age=63072000", "its other hosts are not ours"
    assert "includeSubDomains" in front.get(BASE, "/masuk").headers["Strict-Transport-Security"]
    moved = front.get(f"{village.slug}.{BASE}", "/x?y=1")
    assert (moved.status, moved.headers["Location"]) == (301, f"https://{host}:{front.https}/x?y=1")


@pytest.mark.parametrize("host", ["jahat.example", "x.y.siger.example", f"{BASE}.jahat.example"])
def test_a_stranger_s_name_is_refused_before_anything_is_said(front: Front, host: str) -> None:
    with pytest.raises(ssl.SSLError):
        front.certificate_names(host)


def test_what_is_inside_stays_inside(front: Front) -> None:
    assert front.get(BASE, "/health/host?domain=x.desa.id").status == 404
    assert front.get(BASE, "/metrics").status == 404
