"""The province above the villages."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from app.core.capabilities import Capability
from app.province import jobs

__all__ = ["capability", "jobs"]

capability = Capability(name="province", label=_("Provinsi"), pillar="province")
