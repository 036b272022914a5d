"""What the province opened to everybody."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.core.capabilities import Capability

__all__ = ["capability"]

capability = Capability(name="open_data", label=_l("Data terbuka"), pillar="province")
