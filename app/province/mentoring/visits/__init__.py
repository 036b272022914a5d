"""Visits of mentors to villages."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.core.capabilities import Capability

capability = Capability(name="mentoring_visits", label=_l("Kunjungan"), pillar="province")
"""Visits of mentors to villages."""
