"""Links in letters bear a secret: no log of a proxy or of gunicorn, and no error report may hold it."""

from __future__ import annotations

import http.client
import json
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from app.core.embedded.system import free_port
from app.core.observability import report_options, without_secret
from app.demo.command import web_log_arguments
from tests.deploy.test_deploy import DEPLOY

SECRET = "s3cret-of-a-letter"
LINK = f"/undangan?t={SECRET}&bahasa=id"
IN_PATHS = (
    "/daftar/{}/alamat",
    "/daftar/konfirmasi/{}",
    "/undangan/{}",
    "/ikut/{}/sertifikat",
    "/pelatihan/kalender/{}.ics",
)
LONG_SECRET = "s3cret" * 4
APPLICATION = f"""
def app(environ, start_response):
    start_response("302 Found", [("Location", "http://localhost/masuk/lanjut?t={SECRET}")])
    return [b""]
"""


@contextmanager
def _running(words: list[str], port: int, folder: Path, **environment: str) -> Iterator[None]:
    with (folder / "output.log").open("wb") as output:
        process = subprocess.Popen(
            words, cwd=folder, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
            env={**os.environ, "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder), **environment},
        )  # fmt: skip
        try:
            until = time.monotonic() + 15
            while True:
                try:
                    socket.create_connection(("127.0.0.1", port), 1).close()
                    break
                except OSError:
                    assert process.poll() is None, (folder / "output.log").read_text()
                    assert time.monotonic() < until
                    time.sleep(0.05)
            yield
        finally:
            process.terminate()
            process.wait(15)


def _visit(port: int, link: str = LINK) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        referrer = {"Host": "localhost", "Referer": f"http://localhost{link}"}
        connection.request("GET", link, headers=referrer)
        return connection.getresponse().status
    finally:
        connection.close()


@pytest.fixture
def gunicorn(tmp_path: Path) -> Iterator[int]:
    """A small application behind gunicorn that writes the demo's access log; yields its port."""
    (tmp_path / "small.py").write_text(APPLICATION)
    (tmp_path / "log").mkdir()
    port = free_port()
    words = [sys.executable, "-m", "gunicorn", "small:app", "--bind", f"127.0.0.1:{port}"]
    arguments = shlex.join(web_log_arguments(tmp_path))
    with _running(words, port, tmp_path, GUNICORN_CMD_ARGS=arguments):
        yield port


def test_the_demos_access_log_holds_paths_without_queries(gunicorn: int, tmp_path: Path) -> None:
    assert _visit(gunicorn) == 302
    assert {_visit(gunicorn, path.format(LONG_SECRET)) for path in IN_PATHS} == {302}
    log = tmp_path / "log" / "access.log"
    until = time.monotonic() + 5
    while "/pelatihan" not in log.read_text() and time.monotonic() < until:
        time.sleep(0.05)
    assert '"GET /undangan HTTP/1.1" 302' in log.read_text()
    assert '"GET /daftar/REDACTED/alamat HTTP/1.1" 302' in log.read_text()
    assert not re.search(f"{SECRET}|{LONG_SECRET}", log.read_text())


@pytest.mark.parametrize("upstream", ["answers", "is away"])
def test_caddys_logs_hold_no_secret(gunicorn: int, tmp_path: Path, upstream: str) -> None:
    program = shutil.which("caddy")
    if program is None:
        pytest.skip("caddy is not installed (Debian: apt-get install caddy)")
    folder = tmp_path / "caddy"
    folder.mkdir()
    port = free_port()
    text = (DEPLOY / "caddy" / "Caddyfile").read_text()
    for before, after in {
        "https://{$BASE_HOST}, https://*.{$BASE_HOST} {": f"http://localhost:{port} {{\n\tbind 127.0.0.1",
        "tls {$WILDCARD_TLS:/etc/caddy/certificate/fullchain.pem /etc/caddy/certificate/key.pem}": "",
        "https:// {\n\ttls {$OWN_DOMAINS_TLS:} {\n\t\ton_demand\n\t}": f"http://127.0.0.1:{free_port()} {{",
        "health_uri /health": "",
        "email {$ACME_EMAIL}": "",
        "admin {$CADDY_ADMIN:localhost:2019}": "admin off",
    }.items():
        assert before in text
        text = text.replace(before, after)
    (folder / "Caddyfile").write_text(text)
    target = gunicorn if upstream == "answers" else free_port()
    words = [program, "run", "--config", "Caddyfile", "--adapter", "caddyfile"]
    with _running(words, port, folder, SIGER_WEB=f"127.0.0.1:{target}"):
        expected = 302 if upstream == "answers" else 502
        assert _visit(port) == expected
        # Who was found away is not asked again for some seconds: 503.
        assert {_visit(port, path.format(LONG_SECRET)) for path in IN_PATHS} <= {expected, 503}
    log = (folder / "output.log").read_text()
    lines = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    assert {
        "/undangan?t=REDACTED&bahasa=id",
        *(path.replace("{}.ics", "{}").format("REDACTED") for path in IN_PATHS),
    } == {line["request"]["uri"] for line in lines if "request" in line}
    assert not re.search(f"{SECRET}|{LONG_SECRET}", log)


def test_caddy_filters_what_it_logs_in_one_place() -> None:
    text = (DEPLOY / "caddy" / "Caddyfile").read_text()
    assert text.count("request>uri regexp") == 1
    assert text.count("format ") == 1


def test_the_ingress_writes_no_access_log() -> None:
    documents = yaml.safe_load_all((DEPLOY / "kubernetes" / "ingress.yaml").read_text())
    ingress = next(d for d in documents if d["kind"] == "Ingress")
    assert ingress["metadata"]["annotations"]["nginx.ingress.kubernetes.io/enable-access-log"] == "false"


def test_error_reports_hold_no_secret() -> None:
    from sentry_sdk import Client, Scope
    from sentry_sdk.integrations.wsgi import SentryWsgiMiddleware
    from sentry_sdk.transport import Transport
    from werkzeug.test import create_environ, run_wsgi_app

    sent: list[str] = []

    class Kept(Transport):
        def capture_envelope(self, envelope: Any) -> None:
            sent.extend(item.payload.get_bytes().decode() for item in envelope.items)

    def broken(environ: Any, start_response: Any) -> Any:
        raise ValueError("broken")

    scope = Scope.get_global_scope()
    before = scope.client
    scope.set_client(Client(dsn="http://key@127.0.0.1/1", transport=Kept, **report_options()))
    try:
        environ = create_environ(LINK, "http://localhost", headers={"Referer": f"http://localhost{LINK}"})
        with pytest.raises(ValueError, match="broken"):
            run_wsgi_app(SentryWsgiMiddleware(broken), environ)
    finally:
        scope.set_client(before)
    (report,) = sent
    assert json.loads(report)["request"]["url"] == "http://localhost/undangan"
    assert not re.search(rf"t={SECRET}|Referer", report)


@pytest.mark.parametrize("path", IN_PATHS)
def test_what_is_said_of_a_request_holds_no_secret_of_its_path(path: str) -> None:
    told = report_options()["before_send"](
        {"request": {"url": f"http://localhost{path.format(LONG_SECRET)}"}}, None
    )
    assert "REDACTED" in told["request"]["url"]
    assert LONG_SECRET not in told["request"]["url"]
    assert without_secret("/daftar/konfirmasi") == "/daftar/konfirmasi"
    assert without_secret("/undangan") == "/undangan"
