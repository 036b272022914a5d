"""Telling people what happened: in the application, by e-mail, by WhatsApp.

`declare_event` says what can happen, `notify` that it did.
"""

from __future__ import annotations

from app.core.notifications.events import declare_event
from app.core.notifications.services import notify

__all__ = ["declare_event", "notify"]
