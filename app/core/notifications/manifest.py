"""The capability: what is sealed of notifications, the bell, the settings of sentences, and the jobs."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.core.audit import describe_actions, describe_fields, describe_values
from app.core.capabilities import Capability, MenuEntry
from app.core.notifications import digest, sending
from app.core.notifications.models import Notification
from app.core.notifications.views import blueprint, unread_badge
from app.core.notifications.wording import CHANNEL_WORDS
from app.core.privacy.sealed import register_sealed

__all__ = ["capability", "digest", "sending"]

register_sealed(Notification)
digest.declare_digest()

capability = Capability(
    name="notifications",
    label=_l("Pemberitahuan"),
    pillar="core",
    blueprints=(blueprint,),
    menu=(
        MenuEntry(
            "village", "", _l("Pemberitahuan"), "notifications.index", "bell", "village.view", 2, unread_badge
        ),
        MenuEntry(
            "village",
            _l("Pengaturan"),
            _l("Pemberitahuan"),
            "notifications.settings",
            "bell",
            "village.settings",
            70,
        ),
    ),
)

describe_actions("village", {"notifications.words_changed": _l("mengubah kalimat pemberitahuan")})
describe_fields({"channel": _l("Lewat"), "own": _l("Kalimat desa sendiri")})
describe_values("channel", CHANNEL_WORDS)
