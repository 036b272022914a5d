"""The wildcard's certificate: got by the DNS challenge, renewed in time, handed to Caddy when it changed.

The authority and the DNS server are those that the authors of the protocol test with (Debian: pebble), on this machine.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from app.core.embedded.supervisor import Supervisor
from app.core.embedded.system import free_port, last_lines

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "deploy" / "caddy" / "certificate.sh"
BASE = "siger.example"
SECONDS = 60
TOOLS = ("lego", "pebble", "pebble-challtestsrv")


@dataclass(frozen=True)
class Authority:
    """An authority that issues for whoever answers its DNS challenge.

    url: its directory. trust: a file with the certificate of its own host. records: where the zone's are set.
    resolver: who answers for the zone.
    """

    url: str
    trust: Path
    records: str
    resolver: str


def own_certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate of this machine, signed by itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    moment = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(moment - dt.timedelta(days=1)).not_valid_after(moment + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    certificate, secret = folder / "host.pem", folder / "host.key"
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return certificate, secret


@pytest.fixture
def authority(tmp_path: Path) -> Iterator[Callable[[int], Authority]]:
    """`authority(days)`: one whose certificates hold for so many days."""
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    if missing:
        told = f"not installed: {', '.join(missing)} (Debian: apt-get install lego pebble)"
        assert not os.environ.get("SIGER_REQUIRE_ACME"), told
        pytest.skip(told)
    folder = tmp_path / "authority"
    folder.mkdir()
    certificate, key = own_certificate(folder)
    port, management, dns, records = free_port(), free_port(), free_port(), free_port()
    with Supervisor(folder / "log", grace=5) as supervisor:

        def start(days: int) -> Authority:
            settings = {
                "listenAddress": f"127.0.0.1:{port}", "managementListenAddress": f"127.0.0.1:{management}",
                "certificate": str(certificate), "privateKey": str(key), "httpPort": 5002, "tlsPort": 5001,
                "ocspResponderURL": "", "certificateValidityPeriod": days * 86400,
            }  # fmt: skip
            (folder / "pebble.json").write_text(json.dumps({"pebble": settings}))
            environment = {
                "PATH": os.environ["PATH"],
                "PEBBLE_VA_NOSLEEP": "1",
                "PEBBLE_AUTHZREUSE": "0",
            }
            server = [
                "pebble-challtestsrv",
                "-dns01",
                f"127.0.0.1:{dns}",
                "-management",
                f"127.0.0.1:{records}",
            ]
            quiet = ["-http01", "", "-https01", "", "-tlsalpn01", ""]
            supervisor.start("dns", [*server, *quiet], env=environment, cwd=folder)
            issuer = ["pebble", "-config", str(folder / "pebble.json"), "-dnsserver", f"127.0.0.1:{dns}"]
            supervisor.start("pebble", issuer, env=environment, cwd=folder)
            until = time.monotonic() + SECONDS
            while not (_listens(port) and _listens(records)):
                logs = last_lines(folder / "log" / "pebble.log") + last_lines(folder / "log" / "dns.log")
                assert time.monotonic() < until, f"the authority does not start:\n{logs}"
                time.sleep(0.1)
            return Authority(
                f"https://localhost:{port}/dir",
                certificate,
                f"http://127.0.0.1:{records}",
                f"127.0.0.1:{dns}",
            )

        yield start


class Keeper:
    """Who runs the script daily, with a program that sets the zone's records."""

    def __init__(self, folder: Path, authority: Authority) -> None:
        self.folder = folder
        program = folder / "set-record"
        program.write_text(RECORDS.format(python=sys.executable, address=authority.records))
        program.chmod(0o755)
        self.environment = {
            "PATH": os.environ["PATH"],
            "BASE_HOST": BASE,
            "ACME_EMAIL": "pmd@siger.example",
            "ACME_SERVER": authority.url,
            "DNS_PROVIDER": "exec",
            "EXEC_PATH": str(program),
            "EXEC_POLLING_INTERVAL": "1",
            "EXEC_SEQUENCE_INTERVAL": "1",
            "LEGO_CA_CERTIFICATES": str(authority.trust),
            # The zone has no name servers of its own that could be asked whether the record is there yet.
            "LEGO_OPTIONS": f"--dns.resolvers {authority.resolver} --dns.disable-cp",
            "CERTIFICATE_STATE": str(folder / "state"),
            "CERTIFICATE_FOLDER": str(folder / "certificate"),
            "CADDY_RELOAD": f"tee -a {folder / 'reloads'}",
        }

    def run(self, **changes: str) -> subprocess.CompletedProcess[str]:
        """Run the script."""
        return subprocess.run(
            ["sh", str(SCRIPT)], env=self.environment | changes, input="told\n", capture_output=True, text=True,
            check=False, timeout=SECONDS,
        )  # fmt: skip

    @property
    def reloads(self) -> int:
        """How often Caddy was told."""
        path = self.folder / "reloads"
        return len(path.read_text().splitlines()) if path.exists() else 0

    @property
    def certificate(self) -> x509.Certificate:
        """What Caddy reads; its key fits."""
        held = self.folder / "certificate"
        made = x509.load_pem_x509_certificates((held / "fullchain.pem").read_bytes())[0]
        key = serialization.load_pem_private_key((held / "key.pem").read_bytes(), None)
        form = serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        assert key.public_key().public_bytes(*form) == made.public_key().public_bytes(*form)
        return made


RECORDS = """#!{python}
import json, sys, urllib.request
deed, name, value = sys.argv[1:4]
told = {{"host": name, "value": value}}
path = "/set-txt" if deed == "present" else "/clear-txt"
urllib.request.urlopen("{address}" + path, json.dumps(told).encode()).close()
"""


def _listens(port: int) -> bool:
    with socket.socket() as one:
        one.settimeout(1)
        return one.connect_ex(("127.0.0.1", port)) == 0


def test_the_wildcard_is_got_and_caddy_is_told_once(
    tmp_path: Path, authority: Callable[[int], Authority]
) -> None:
    keeper = Keeper(tmp_path, authority(90))
    first = keeper.run()
    assert first.returncode == 0, first.stderr
    names = keeper.certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert set(names.get_values_for_type(x509.DNSName)) == {BASE, f"*.{BASE}"}
    assert stat.S_IMODE((tmp_path / "certificate" / "key.pem").stat().st_mode) == 0o640
    number = keeper.certificate.serial_number
    again = keeper.run()
    assert again.returncode == 0, again.stderr
    assert (keeper.certificate.serial_number, keeper.reloads) == (number, 1)


def test_it_is_renewed_when_thirty_days_are_left(
    tmp_path: Path, authority: Callable[[int], Authority]
) -> None:
    keeper = Keeper(tmp_path, authority(20))
    assert keeper.run().returncode == 0
    number = keeper.certificate.serial_number
    again = keeper.run()
    assert again.returncode == 0, again.stderr
    assert keeper.certificate.serial_number != number
    assert keeper.reloads == 2


def test_where_the_record_cannot_be_set_what_was_there_stays(
    tmp_path: Path, authority: Callable[[int], Authority]
) -> None:
    keeper = Keeper(tmp_path, authority(20))
    assert keeper.run().returncode == 0
    number = keeper.certificate.serial_number
    failed = keeper.run(EXEC_PATH="/bin/false")
    assert failed.returncode != 0
    assert (keeper.certificate.serial_number, keeper.reloads) == (number, 1)
    unnamed = keeper.run(DNS_PROVIDER="")
    assert unnamed.returncode != 0
    assert "DNS_PROVIDER" in unnamed.stderr
