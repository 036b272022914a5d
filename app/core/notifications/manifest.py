"""The capability: what is sealed of notifications."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.core.capabilities import Capability
from app.core.notifications.models import Notification
from app.core.privacy.sealed import register_sealed

register_sealed(Notification)

capability = Capability(name="notifications", label=_l("Pemberitahuan"), pillar="core")
