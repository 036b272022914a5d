"""Boundaries of regions and what maps are drawn from."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.core.capabilities import Capability

__all__ = ["capability"]

capability = Capability(name="maps", label=_l("Peta"), pillar="province")
