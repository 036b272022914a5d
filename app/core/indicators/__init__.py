"""Indicators: declared by capabilities, computed inside a village, read by the province."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from app.core.audit import describe_actions
from app.core.capabilities import Capability
from app.core.indicators import jobs, tallies
from app.core.indicators.adoption import ADOPTION

__all__ = ["capability", "jobs"]

capability = Capability(
    name="indicators", label=_("Indikator"), pillar="core", indicators=(*ADOPTION, *tallies.INDICATORS)
)

describe_actions("province", {"figures.refresh_requested": _("meminta angka semua desa dihitung ulang")})
