"""Letters by e-mail. A request asks for a letter with `send_later`; a job writes and sends it, never the request.

What goes through the queue is the kind of letter and an id, no address, no text and no link: the letter's kind has a
function here that writes it from the rows when it is sent.
"""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import formatdate
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import SplitResult, unquote, urlsplit
from uuid import UUID

import structlog
from flask import current_app

from tenants.jobs import enqueue, job
from tenants.models import now

log = structlog.get_logger(__name__)

SMTP_TIMEOUT_SECONDS = 20


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes with a letter."""

    file_name: str
    media_type: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Letter:
    """A plain-text letter, with files where it has some.

    `reference` makes its Message-ID, so that one sent twice is seen to be the same; `sent` is called once the letter
    was handed over.
    """

    to: str
    subject: str
    text: str
    reference: str
    sent: Callable[[], None] | None = None
    attachments: tuple[Attachment, ...] = ()


class Mailer(Protocol):
    """Whoever can send a letter."""

    def send(self, letter: Letter) -> None:
        """Send one letter; raises OSError or smtplib.SMTPException when it could not be handed over."""


class ConsoleMailer:
    """Development: the letter is put into a folder as a file to open, and the log says where."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def send(self, letter: Letter) -> None:
        """Write the letter; only its owner may read the folder, since letters hold links that let people in."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self.folder / f"{now():%Y%m%dT%H%M%S%f}-{letter.to.replace('/', '_')}.txt"
        path.write_text(f"To: {letter.to}\nSubject: {letter.subject}\n\n{letter.text}\n")
        for attached in letter.attachments:
            path.with_name(f"{path.stem}-{attached.file_name}").write_bytes(attached.data)
        log.info("letter", to=letter.to, subject=letter.subject, file=str(path))


@dataclass
class RecordingMailer:
    """Tests: letters are kept in a list."""

    letters: list[Letter] = field(default_factory=list)

    def send(self, letter: Letter) -> None:
        """Keep the letter."""
        self.letters.append(letter)


@dataclass(frozen=True, slots=True)
class SmtpMailer:
    """Production: hands letters to the server of SMTP_URL (`smtp://` with STARTTLS, `smtps://` with TLS at once)."""

    url: str
    sender: str

    def send(self, letter: Letter) -> None:
        """Hand one letter over; the whole exchange may take 20 seconds a step."""
        address = urlsplit(self.url)
        with self._connect(address) as server:
            if address.username:
                server.login(unquote(address.username), unquote(address.password or ""))
            server.send_message(as_message(letter, self.sender))

    def _connect(self, address: SplitResult) -> smtplib.SMTP:
        host, context = address.hostname or "localhost", ssl.create_default_context()
        if address.scheme == "smtps":
            return smtplib.SMTP_SSL(host, address.port or 465, timeout=SMTP_TIMEOUT_SECONDS, context=context)
        server = smtplib.SMTP(host, address.port or 587, timeout=SMTP_TIMEOUT_SECONDS)
        server.ehlo()
        if server.has_extn("starttls"):
            server.starttls(context=context)
        elif address.username:
            server.close()
            raise smtplib.SMTPNotSupportedError("the server offers no STARTTLS, so no password is sent to it")
        return server


def as_message(letter: Letter, sender: str) -> EmailMessage:
    """The letter as a message of RFC 5322."""
    message = EmailMessage()
    message["From"] = sender
    message["To"] = letter.to
    message["Subject"] = letter.subject
    message["Date"] = formatdate()
    message["Message-ID"] = f"<{letter.reference}@{current_app.config['BASE_HOST']}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.text)
    for attached in letter.attachments:
        kind, _slash, form = attached.media_type.partition("/")
        message.add_attachment(attached.data, maintype=kind, subtype=form, filename=attached.file_name)
    return message


def mailer() -> Mailer:
    """The mailer of this process: what was put into `app.extensions["mailer"]`, else as the settings say."""
    chosen: Mailer | None = current_app.extensions.get("mailer")
    if chosen is None:
        settings = current_app.config["SETTINGS"]
        if settings.smtp_url:
            chosen = SmtpMailer(settings.smtp_url, settings.mail_from)
        else:
            chosen = ConsoleMailer(settings.siger_data / "letters")
        current_app.extensions["mailer"] = chosen
    return chosen


Writer = Callable[[UUID, UUID | None, str], Letter | None]
_writers: dict[str, Writer] = {}


def writes_letter(kind: str) -> Callable[[Writer], Writer]:
    """Register what writes a kind of letter; None: nothing to send.

    It gets an object's id, the village's (or None), and the occasion that `send_later` was told, the same however
    often the job runs.
    """

    def register(writer: Writer) -> Writer:
        _writers[kind] = writer
        return writer

    return register


def send_later(
    kind: str, object_id: UUID, place: UUID | None = None, *, occasion: UUID | None = None
) -> None:
    """Ask in the open transaction for a letter about an object, from a village or (None) from the province.

    `occasion` tells one asking from the next when there may be several about the same object.
    """
    if kind not in _writers:
        raise KeyError(kind)
    more: dict[str, Any] = {"occasion": str(occasion)} if occasion else {}
    enqueue("mail.send", kind=kind, object_id=str(object_id), place=str(place) if place else "", **more)


@job("mail.send", queue="high", retries=3, timeout=90, place="both")
def send_letter(kind: str, object_id: str, place: str, occasion: str = "") -> None:
    """Write and send one letter. One that was sent already is not written again, so a second run sends nothing."""
    letter = _writers[kind](UUID(object_id), UUID(place) if place else None, occasion)
    if letter is None:
        return
    mailer().send(letter)
    if letter.sent is not None:
        letter.sent()
