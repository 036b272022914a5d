"""Monthly adoption reports of a region, as PDF and spreadsheet."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.core.capabilities import Capability

__all__ = ["capability"]

capability = Capability(name="reports", label=_l("Laporan"), pillar="province")
