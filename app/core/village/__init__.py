"""A village itself: profile, officials, sub-areas, and the settings pages for them."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from app.core.capabilities import Capability
from app.core.village.indicators import INDICATORS

capability = Capability(name="village", label=_("village"), pillar="core", indicators=INDICATORS)
