"""A village's public pages."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from app.core.capabilities import Capability

capability = Capability(name="site", label=_("site"), pillar="site")
