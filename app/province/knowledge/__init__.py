"""The help centre: how things are done."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.core.capabilities import Capability

capability = Capability(name="knowledge", label=_l("Panduan"), pillar="province")
"""The help centre: how things are done."""
