"""The readiness index: weighed by the province, opened down to its numbers."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.core.capabilities import Capability
from app.province.readiness import jobs
from app.province.readiness.indicators import INDICATORS

__all__ = ["capability", "jobs"]

capability = Capability(name="readiness", label=_l("Kesiapan"), pillar="province", indicators=INDICATORS)
