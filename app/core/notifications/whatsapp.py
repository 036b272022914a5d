"""Messages by WhatsApp, through a gateway that the operator chose.

The gateway takes POST of JSON `{"to": "+62812…", "text": "…", "reference": "…"}` with a bearer token. The same
reference (also in `Idempotency-Key`) names the same message, so one that is sent again after a lost answer need not
arrive twice.
"""

from __future__ import annotations

import http.client
import json
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from typing import Protocol

import structlog
from flask import current_app
from lokal.phone import parse_phone

log = structlog.get_logger(__name__)

TIMEOUT_SECONDS = 10
LONGEST_TEXT = 1000


class GatewayAway(RuntimeError):
    """The gateway did not answer, or asks to come again later."""


class MessageRefused(RuntimeError):
    """The gateway does not take this message, and would not later."""


@dataclass(frozen=True, slots=True)
class Message:
    """A message to a phone; `reference` is the same however often it is sent."""

    to: str
    text: str
    reference: str


class Gateway(Protocol):
    """Whoever can send a message by WhatsApp."""

    def send(self, message: Message) -> None:
        """Send one message; raises GatewayAway, MessageRefused."""


@dataclass
class RecordingGateway:
    """Tests and development: messages are kept in a list; the log tells of them without number and text."""

    messages: list[Message] = field(default_factory=list)
    away: bool = False
    """Set it, and the gateway does not answer."""

    def send(self, message: Message) -> None:
        """Keep the message; raises GatewayAway when it was told to."""
        if self.away:
            raise GatewayAway("no answer")
        self.messages.append(message)
        log.info("whatsapp_recorded", reference=message.reference)


@dataclass(frozen=True, slots=True)
class HttpGateway:
    """The gateway at WHATSAPP_URL; each exchange may take ten seconds. Redirects are not followed: the token stays."""

    url: str
    token: str

    def send(self, message: Message) -> None:
        """Hand one message over; raises GatewayAway, MessageRefused."""
        body = {"to": message.to, "text": message.text, "reference": message.reference}
        request = urllib.request.Request(
            self.url,
            data=json.dumps(body, ensure_ascii=False).encode(),
            method="POST",
            headers={
                "Authorization": f"Bearer {self.token}",
                "Content-Type": "application/json; charset=utf-8",
                "Accept": "application/json",
                "Idempotency-Key": message.reference,
            },
        )
        try:
            with _opener().open(request, timeout=TIMEOUT_SECONDS) as answer:
                answer.read(4096)
        except urllib.error.HTTPError as error:
            error.close()
            if 400 <= error.code < 500 and error.code not in (401, 403, 408, 425, 429):
                raise MessageRefused(f"HTTP {error.code}") from None
            raise GatewayAway(f"HTTP {error.code}") from None
        except (OSError, http.client.HTTPException) as error:
            raise GatewayAway(type(error).__name__) from None


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: object, **kwargs: object) -> None:
        """Follow nothing: the answer 3xx becomes an HTTPError."""


def _opener() -> urllib.request.OpenerDirector:
    return urllib.request.build_opener(_NoRedirects())


def international(number: str) -> str:
    """A mobile number as +62812…; empty when it is none that WhatsApp could know."""
    found = parse_phone(number) if number else None
    return str(found.e164) if found is not None and found.valid and found.whatsapp else ""


def gateway() -> Gateway:
    """The gateway of this process: what was put into `app.extensions["whatsapp"]`, else as the settings say.

    Without WHATSAPP_URL it is the recording one: nothing leaves the machine.
    """
    chosen: Gateway | None = current_app.extensions.get("whatsapp")
    if chosen is None:
        settings = current_app.config["SETTINGS"]
        if settings.whatsapp_url:
            chosen = HttpGateway(settings.whatsapp_url, settings.whatsapp_token)
        else:
            chosen = RecordingGateway()
        current_app.extensions["whatsapp"] = chosen
    return chosen
