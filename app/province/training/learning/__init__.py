"""Tests, material, evaluations, certificates."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.core.capabilities import Capability

capability = Capability(name="training_learning", label=_l("Belajar"), pillar="province")
"""Tests, material, evaluations, certificates."""
