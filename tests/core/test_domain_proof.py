"""Looking for proofs on the network: the real resolver against a name server of the test, and what is never fetched."""

from __future__ import annotations

import ipaddress
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from types import SimpleNamespace

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest

from app.core.addresses import proof
from app.core.addresses.proof import DnsResolver, HttpFetcher, NoProof, followed, public_address


@pytest.fixture
def nameserver() -> Iterator[SimpleNamespace]:
    """A name server on this machine: answers TXT from `records`, NXDOMAIN for the rest, nothing for `silent`."""
    known = SimpleNamespace(records={}, silent=set(), port=0)
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", 0))
    known.port = server.getsockname()[1]

    def serve() -> None:
        while True:
            try:
                wire, sender = server.recvfrom(4096)
            except OSError:
                return
            if not wire:
                return
            asked = dns.message.from_wire(wire)
            name = asked.question[0].name.to_text(omit_final_dot=True)
            if name in known.silent:
                continue
            answer = dns.message.make_response(asked)
            answer.flags |= dns.flags.RA
            if name in known.records:
                lines = [" ".join(f'"{part}"' for part in text) for text in known.records[name]]
                answer.answer.append(dns.rrset.from_text(f"{name}.", 60, "IN", "TXT", *lines))
            else:
                answer.set_rcode(dns.rcode.NXDOMAIN)
            server.sendto(answer.to_wire(), sender)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield known
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
        last.sendto(b"", ("127.0.0.1", known.port))
    thread.join(5)
    server.close()


def test_the_resolver_reads_records_whole_and_tells_absence_from_silence(nameserver: SimpleNamespace) -> None:
    nameserver.records["_siger.gisting.desa.id"] = [["v=spf1 -all"], ["siger-verif", "ikasi=abc"]]
    nameserver.silent.add("_siger.diam.desa.id")
    ask = DnsResolver(("127.0.0.1",), nameserver.port, 1.5)
    assert sorted(ask.texts("_siger.gisting.desa.id")) == ["siger-verifikasi=abc", "v=spf1 -all"]
    with pytest.raises(NoProof, match="no_record"):
        ask.texts("_siger.tiada.desa.id")
    with pytest.raises(NoProof, match="dns_away"):
        ask.texts("_siger.diam.desa.id")


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.1.2.3", "192.168.1.1", "172.16.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "::1",
     "fe80::1%eth0", "fd00::1", "fec0::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "224.0.0.1", "255.255.255.255",
     "64:ff9b::169.254.169.254", "64:ff9b::10.0.0.1", "64:ff9b:1::10.0.0.1", "2002:a9fe:a9fe::1", "2002:7f00:1::",
     "2001:0:a00:1::f5ff:fffe", "::127.0.0.1", "::10.0.0.1", "ff0e::1"],
)  # fmt: skip
def test_nothing_inside_our_network_is_asked(address: str) -> None:
    with pytest.raises(NoProof, match="inside"):
        public_address([address])
    with pytest.raises(NoProof, match="inside"):
        public_address(["93.184.215.14", address])
    assert public_address(["93.184.215.14"]) == "93.184.215.14"


@pytest.mark.parametrize("address", ["2606:2800:21f:cb07:6820:80da:af6b:8b2c", "64:ff9b::93.184.215.14"])
def test_public_sites_are_asked_over_ipv6_as_well(address: str) -> None:
    assert public_address([address]) == str(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", ["169.254.169.254", "64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::1"])
def test_a_site_that_leads_inside_is_not_connected_to(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    asked: list[object] = []
    monkeypatch.setattr(proof.socket, "getaddrinfo", lambda *a, **k: [(2, 1, 6, "", (address, 80))])
    monkeypatch.setattr(proof.socket, "create_connection", lambda *a, **k: asked.append(a))
    with pytest.raises(NoProof, match="inside"):
        HttpFetcher().text("gisting.desa.id", proof.FILE_PATH)
    assert asked == []


@pytest.mark.parametrize(
    "location",
    ["http://127.0.0.1/", "https://gisting.desa.id:8443/x", "https://jahat.example/", "//jahat.example/", "ftp://gisting.desa.id/",
     "http://gisting.desa.id@jahat.example/", "", "x"],
)  # fmt: skip
def test_redirects_stay_on_the_domain(location: str) -> None:
    with pytest.raises(NoProof, match="no_file"):
        followed(location, "gisting.desa.id", "gisting.desa.id", False)


def test_a_site_may_send_us_to_https_and_to_its_www() -> None:
    assert followed("https://gisting.desa.id/a?b", "gisting.desa.id", "gisting.desa.id", False) == (
        True, "gisting.desa.id", "/a?b"
    )  # fmt: skip
    assert (
        followed("https://www.gisting.desa.id/a", "gisting.desa.id", "gisting.desa.id", False)[1]
        == "www.gisting.desa.id"
    )
    assert followed("/b", "gisting.desa.id", "www.gisting.desa.id", True) == (
        True,
        "www.gisting.desa.id",
        "/b",
    )


class _Site(HttpFetcher):
    """A site that answers as it is told."""

    answers: list[tuple[int, str, bytes]]

    def _ask(self, host: str, path: str, *, secure: bool) -> tuple[int, str, bytes]:
        return self.answers.pop(0)


def test_long_files_and_endless_redirects_prove_nothing() -> None:
    site = _Site()
    object.__setattr__(site, "answers", [(200, "", b"x" * 5000)])
    with pytest.raises(NoProof, match="too_long"):
        site.text("gisting.desa.id", proof.FILE_PATH)
    object.__setattr__(site, "answers", [(301, "/a", b"")] * 9)
    with pytest.raises(NoProof, match="no_file"):
        site.text("gisting.desa.id", proof.FILE_PATH)
    object.__setattr__(site, "answers", [(301, "/a", b""), (200, "", b"abc\n")])
    assert site.text("gisting.desa.id", proof.FILE_PATH) == "abc\n"


def test_a_site_that_sends_a_byte_now_and_then_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    server, over = socket.create_server(("127.0.0.1", 0)), threading.Event()

    def drip() -> None:
        line, _address = server.accept()
        with line, suppress(OSError):
            line.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
            while not over.wait(0.2):
                line.sendall(b"a")

    thread = threading.Thread(target=drip, daemon=True)
    thread.start()

    def connect(_address: object, seconds: float) -> socket.socket:
        line = socket.socket()
        line.settimeout(seconds)
        line.connect(server.getsockname())
        return line

    monkeypatch.setattr(proof.socket, "getaddrinfo", lambda *a, **k: [(2, 1, 6, "", ("93.184.215.14", 80))])
    monkeypatch.setattr(proof.socket, "create_connection", connect)
    monkeypatch.setattr(proof, "PATIENCE", 1.0)
    began = time.monotonic()
    try:
        with pytest.raises(NoProof, match="site_away"):
            HttpFetcher().text("gisting.desa.id", proof.FILE_PATH)
        assert time.monotonic() - began < 4
    finally:
        over.set()
        thread.join(5)
        server.close()
