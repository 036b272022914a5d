"""Looking for a proof that a domain is a village's: a TXT record, or a file on the site that it leads to now.

Both are asked of strangers' servers, by a job: answers are short, quick, and from the public network only. A name that
leads to an address inside our network is refused, before anything is sent there.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import threading
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Protocol

import dns.exception
import dns.resolver
from flask import current_app

RECORD = "_siger"
VALUE = "siger-verifikasi="
FILE_PATH = "/.well-known/siger-verifikasi.txt"
SECONDS = 5
PATIENCE = 12.0
"""For one answer altogether: a server that sends a byte now and then keeps no worker."""
LARGEST = 4096
MOST_HOPS = 2
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
UNICAST = ipaddress.IPv6Network("2000::/3")
TUNNELS = (ipaddress.IPv6Network("2001::/32"), ipaddress.IPv6Network("2002::/16"))


class NoProof(Exception):
    """The proof was not found; `args[0]` is a word that `words.FINDINGS` says in a sentence."""


class Resolver(Protocol):
    """Whoever can ask DNS."""

    def texts(self, name: str) -> list[str]:
        """The TXT records of a name. Raises NoProof: `no_record` when there is none, `dns_away` without an answer."""


class Fetcher(Protocol):
    """Whoever can fetch a small file from a site."""

    def text(self, host: str, path: str) -> str:
        """The file. Raises NoProof: `no_file`, `site_away`, `inside`, `too_long`."""


@dataclass(frozen=True, slots=True)
class DnsResolver:
    """Asks the machine's name servers, or those that are given, over UDP and TCP; nothing is cached here."""

    servers: tuple[str, ...] = ()
    port: int = 53
    seconds: float = SECONDS

    def texts(self, name: str) -> list[str]:
        """The TXT records of a name, each in one piece."""
        try:
            asker = dns.resolver.Resolver(configure=not self.servers)
            if self.servers:
                asker.nameservers = list(self.servers)
                asker.port = self.port
            asker.lifetime = self.seconds
            answer = asker.resolve(f"{name}.", "TXT", search=False)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer) as error:
            raise NoProof("no_record") from error
        except (dns.exception.DNSException, OSError) as error:
            raise NoProof("dns_away") from error
        return [b"".join(record.strings).decode("utf-8", "replace") for record in answer]


@dataclass(frozen=True, slots=True)
class HttpFetcher:
    """Fetches by http, then by https where the site sends us there; follows two hops on the same host at most."""

    def text(self, host: str, path: str) -> str:
        """The first 4 KB of a plain answer 200 from the host itself (or its www) at the public network."""
        secure, asked, where = False, host, path
        for _hop in range(MOST_HOPS + 1):
            status, location, body = self._ask(asked, where, secure=secure)
            if status == 200:
                if len(body) > LARGEST:
                    raise NoProof("too_long")
                return body.decode("utf-8", "replace")
            if status not in (301, 302, 303, 307, 308):
                raise NoProof("no_file")
            secure, asked, where = followed(location, host, asked, secure)
        raise NoProof("no_file")

    def _ask(self, host: str, path: str, *, secure: bool) -> tuple[int, str, bytes]:
        try:
            known = socket.getaddrinfo(host, 443 if secure else 80, type=socket.SOCK_STREAM)
            address = public_address([str(entry[4][0]) for entry in known])
            connection = _Pinned(host, address, secure=secure)
            end = threading.Timer(PATIENCE, connection.cut)
            end.start()
            try:
                connection.request("GET", path, headers={"User-Agent": "Siger", "Connection": "close"})
                answer = connection.getresponse()
                said = answer.status, answer.getheader("Location", ""), answer.read(LARGEST + 1)
                if connection.was_cut:
                    raise NoProof("site_away")
                return said
            finally:
                end.cancel()
                connection.close()
        except (OSError, http.client.HTTPException, UnicodeError) as error:
            raise NoProof("site_away") from error


class _Pinned(http.client.HTTPConnection):
    """A connection to an address that was looked at, under the name that was asked for: DNS can't answer twice."""

    def __init__(self, host: str, address: str, *, secure: bool) -> None:
        super().__init__(host, 443 if secure else 80, timeout=SECONDS)
        self._address, self._secure = address, secure
        self._line: socket.socket | None = None
        self.was_cut = False

    def connect(self) -> None:
        """Connect to the address rather than to the name; with TLS the name is checked as usual."""
        self.sock = self._line = socket.create_connection((self._address, self.port), SECONDS)
        if self._secure:
            self.sock = ssl.create_default_context().wrap_socket(self.sock, server_hostname=self.host)
            self._line = self.sock

    def cut(self) -> None:
        """End it, whatever is still on its way; half an answer would look like a whole one."""
        self.was_cut = True
        if self._line is not None:
            with suppress(OSError):
                self._line.shutdown(socket.SHUT_RDWR)


def public_address(addresses: Iterable[str]) -> str:
    """The first of a name's addresses. Raises NoProof (`inside`) when any of them is not on the public network."""
    known = [ipaddress.ip_address(text.partition("%")[0]) for text in addresses]
    if not all(_is_public(address) for address in known):
        raise NoProof("inside")
    if not known:
        raise NoProof("site_away")
    return str(known[0])


def _is_public(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Whether an address lies on the public network; one that wraps an IPv4 address is judged by that, or refused.

    Networks that speak IPv6 alone see every IPv4 site below 64:ff9b::/96 (RFC 6052). Tunnels (Teredo and 6to4) are no
    place for a village's site. Of the rest of IPv6 only 2000::/3 is given out to the public (RFC 4291).
    """
    if isinstance(address, ipaddress.IPv6Address):
        if address in NAT64 or address.ipv4_mapped is not None:
            return _is_public(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
        if address not in UNICAST or any(address in tunnel for tunnel in TUNNELS):
            return False
    return address.is_global and not address.is_multicast


def followed(location: str, host: str, asked: str, secure: bool) -> tuple[bool, str, str]:
    """Where a redirect leads: secure or not, host, path. Raises NoProof (`no_file`) for anywhere else than the domain
    itself or its www, and for other ports."""
    if location.startswith("/") and not location.startswith("//"):
        return secure, asked, location
    scheme, _colon, rest = location.partition("://")
    name, _slash, path = rest.partition("/")
    if scheme not in ("http", "https") or name.lower() not in (host, f"www.{host}"):
        raise NoProof("no_file")
    return scheme == "https", name.lower(), f"/{path}"


@dataclass
class Recording:
    """Tests and demo: knows what it was told, and keeps what it was asked. Both a Resolver and a Fetcher."""

    records: dict[str, list[str]] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    away: bool = False

    def texts(self, name: str) -> list[str]:
        """The records that were put in."""
        self.asked.append(name)
        if self.away:
            raise NoProof("dns_away")
        if name not in self.records:
            raise NoProof("no_record")
        return self.records[name]

    def text(self, host: str, path: str) -> str:
        """The file that was put in."""
        self.asked.append(f"{host}{path}")
        if self.away:
            raise NoProof("site_away")
        if host not in self.files:
            raise NoProof("no_file")
        return self.files[host]


@dataclass(frozen=True, slots=True)
class Found:
    """What a look found: how it was proved (`dns`, `file`), empty when it was not; then `missing` says why not."""

    method: str
    missing: tuple[str, ...] = ()


def look_for(host: str, token: str) -> Found:
    """Look for the proof of a domain: the TXT record first, then the file. Asks the network; raises nothing."""
    missing: list[str] = []
    try:
        if f"{VALUE}{token}" in _stripped(resolver().texts(f"{RECORD}.{host}")):
            return Found("dns")
        missing.append("other_record")
    except NoProof as why:
        missing.append(str(why))
    try:
        if token in _stripped(fetcher().text(host, FILE_PATH).split()):
            return Found("file")
        missing.append("other_file")
    except NoProof as why:
        missing.append(str(why))
    return Found("", tuple(missing))


def resolver() -> Resolver:
    """Who asks DNS in this process: what was put into `app.extensions["domain_resolver"]`, else the real one."""
    chosen: Resolver = current_app.extensions.get("domain_resolver") or DnsResolver()
    return chosen


def fetcher() -> Fetcher:
    """Who fetches files in this process: what was put into `app.extensions["domain_fetcher"]`, else the real one."""
    chosen: Fetcher = current_app.extensions.get("domain_fetcher") or HttpFetcher()
    return chosen


def _stripped(texts: Sequence[str]) -> list[str]:
    return [text.strip().removeprefix("\ufeff").strip('"') for text in texts]
