"""The national e-signature service (BSrE, Badan Siber dan Sandi Negara): an interface, HTTP, and a recording twin.

The key stays at the service: it gets the PDF, the signer's NIK and passphrase, and gives back the signed PDF. It is
only ever called by the worker, never while somebody waits for a page.
"""

from __future__ import annotations

import base64
import http.client
import json
import secrets
import ssl
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import quote, urlsplit

import structlog
from flask import current_app

from app.core.signing.authority import issue_certificate
from app.core.signing.certificates import Bundle
from app.core.signing.errors import CertificateExpired, NotRegistered, NotSigned, SigningAway, WrongPassphrase

log = structlog.get_logger(__name__)

TIMEOUT_SECONDS = 30
MOST_BYTES = 20 * 1024 * 1024
SIGN_PATH, DOWNLOAD_PATH = "/api/sign/pdf", "/api/sign/download/"
_WORDS: tuple[tuple[tuple[str, ...], type[NotSigned]], ...] = (
    (("passphrase", "frasa"), WrongPassphrase),
    (("expired", "kedaluwarsa", "kadaluarsa", "kadaluwarsa"), CertificateExpired),
    (("terdaftar", "registered", "not found", "tidak ditemukan", "sertifikat aktif"), NotRegistered),
)
"""What the service's sentences speak of; its numbers differ between its versions."""
_CODES: dict[int, type[NotSigned]] = {2031: WrongPassphrase, 2011: NotRegistered, 2021: CertificateExpired}


class SigningService(Protocol):
    """Whoever signs with a key that is not here."""

    def sign(self, pdf: bytes, nik: str, passphrase: str, *, reason: str, place: str) -> bytes:
        """The signed PDF. Raises WrongPassphrase, CertificateExpired, NotRegistered, SigningAway, NotSigned."""


class HttpBsre:
    """The service's own HTTP interface (esign-client): multipart to `/api/sign/pdf`, with basic authentication."""

    def __init__(self, url: str, user: str, password: str, *, timeout: float = TIMEOUT_SECONDS) -> None:
        parts = urlsplit(url)
        self._secure = parts.scheme == "https"
        self._host, self._port = parts.hostname or "", parts.port
        self._root = parts.path.rstrip("/")
        self._login = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
        self._timeout = timeout

    def __repr__(self) -> str:
        return f"HttpBsre({self._host})"

    def sign(self, pdf: bytes, nik: str, passphrase: str, *, reason: str, place: str) -> bytes:
        """See SigningService."""
        fields = {
            "nik": nik, "passphrase": passphrase, "tampilan": "invisible", "jenis_response": "PDF", "reason": reason,
            "location": place,
        }  # fmt: skip
        kind, body = _multipart(fields, pdf)
        status, content = self._ask("POST", SIGN_PATH, body, kind)
        if content.startswith(b"%PDF-"):
            return content
        said = _read(content)
        document_id = said.get("id_dokumen")
        if status == 200 and isinstance(document_id, str) and document_id:
            status, content = self._ask("GET", DOWNLOAD_PATH + quote(document_id, safe=""))
            if content.startswith(b"%PDF-"):
                return content
            said = _read(content)
        raise _refusal(status, said)

    def _ask(self, method: str, path: str, body: bytes | None = None, kind: str = "") -> tuple[int, bytes]:
        headers = {"Authorization": self._login, "Accept": "application/pdf, application/json"}
        if kind:
            headers["Content-Type"] = kind
        connection = self._connection()
        try:
            connection.request(method, self._root + path, body=body, headers=headers)
            answer = connection.getresponse()
            content = answer.read(MOST_BYTES + 1)
        except (OSError, http.client.HTTPException) as error:
            log.warning("bsre_away", reason=type(error).__name__)
            raise SigningAway from error
        finally:
            connection.close()
        if len(content) > MOST_BYTES:
            raise NotSigned("service_refused")
        return answer.status, content

    def _connection(self) -> http.client.HTTPConnection:
        if self._secure:
            return http.client.HTTPSConnection(
                self._host, self._port, timeout=self._timeout, context=ssl.create_default_context()
            )
        return http.client.HTTPConnection(self._host, self._port, timeout=self._timeout)


@dataclass
class RecordingBsre:
    """The twin for tests and the demo: signs with the demo authority and remembers how often, never with what.

    `passphrase`: the only one it takes (None: any). `problem`: what it answers instead of signing.
    """

    passphrase: str | None = None
    problem: type[NotSigned] | None = None
    calls: list[str] = field(default_factory=list)

    def sign(self, pdf: bytes, nik: str, passphrase: str, *, reason: str, place: str) -> bytes:
        """See SigningService; each call is noted by the last four digits of the NIK."""
        self.calls.append(nik[-4:])
        if self.problem is not None:
            raise self.problem
        if self.passphrase is not None and passphrase != self.passphrase:
            raise WrongPassphrase
        from app.core.signing.pades import sign_pdf

        key, certificate = issue_certificate("Layanan tiruan (percontohan)", "", "BSrE tiruan", days=30)
        return sign_pdf(pdf, Bundle(key, certificate), reason=reason, place=place)


def signing_service() -> SigningService | None:
    """The service of this process: what was put into `app.extensions["bsre"]`, else as the settings say.

    None in production without BSRE_URL.
    """
    chosen: SigningService | None = current_app.extensions.get("bsre")
    if chosen is None:
        settings = current_app.config["SETTINGS"]
        if settings.bsre_url:
            chosen = HttpBsre(settings.bsre_url, settings.bsre_user, settings.bsre_password)
        elif settings.environment != "production":
            chosen = RecordingBsre()
        if chosen is not None:
            current_app.extensions["bsre"] = chosen
    return chosen


def _multipart(fields: dict[str, str], pdf: bytes) -> tuple[str, bytes]:
    """The content type and body of the form with the file."""
    boundary = secrets.token_hex(16)
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n'
        f"Content-Type: text/plain; charset=utf-8\r\n\r\n{value}\r\n".encode()
        for name, value in fields.items()
    ]
    head = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="surat.pdf"\r\n'
        "Content-Type: application/pdf\r\n\r\n"
    )
    body = b"".join((*parts, head.encode(), pdf, f"\r\n--{boundary}--\r\n".encode()))
    return f"multipart/form-data; boundary={boundary}", body


def _read(content: bytes) -> dict[str, Any]:
    try:
        said = json.loads(content)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _refusal(status: int, said: dict[str, Any]) -> NotSigned:
    """What an answer without a PDF means. The service's own words may quote what was sent: they are not kept."""
    code = said.get("status_code")
    log.warning("bsre_refused", status=status, code=code if isinstance(code, int) else None)
    if status in (401, 403):
        return NotSigned("service_login")
    if isinstance(code, int) and code in _CODES:
        return _CODES[code]()
    sentence = str(said.get("error") or said.get("message") or "").lower()
    for words, meaning in _WORDS:
        if any(word in sentence for word in words):
            return meaning()
    return SigningAway() if status >= 500 or status == 429 else NotSigned("service_refused")
