"""Mentors, cases and their threads."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.core.capabilities import Capability

capability = Capability(name="mentoring_cases", label=_l("Pendampingan"), pillar="province")
"""Mentors, cases and their threads."""
