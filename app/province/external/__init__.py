"""Villages that run another information system and send their figures."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.core.capabilities import Capability

__all__ = ["capability"]

capability = Capability(name="external", label=_l("Sistem lain"), pillar="province")
