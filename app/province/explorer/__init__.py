"""Any indicator by place and over time: maps, rankings, comparisons, downloads."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.core.capabilities import Capability

__all__ = ["capability"]

capability = Capability(name="explorer", label=_l("Indikator"), pillar="province")
