"""The append-only audit log and its hash chain."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from app.core.audit import heads, sealing
from app.core.audit.actions import describe_action, describe_actions, describe_fields
from app.core.audit.api import province_api, village_api
from app.core.audit.recording import changes, record
from app.core.audit.views import MENU, platform_log, village_log
from app.core.audit.wording import describe_summaries, describe_values
from app.core.capabilities import Capability

__all__ = [
    "capability",
    "changes",
    "describe_action",
    "describe_actions",
    "describe_fields",
    "describe_summaries",
    "describe_values",
    "heads",
    "record",
    "sealing",
]

capability = Capability(
    name="audit",
    label=_("Catatan audit"),
    pillar="core",
    blueprints=(village_log, platform_log),
    menu=MENU,
    api_blueprints=(village_api, province_api),
)
