"""Indicators: declared by capabilities, computed inside a village, read by the province."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from app.core.capabilities import Capability

capability = Capability(name="indicators", label=_("indicators"), pillar="core")
