"""What training brought: who came, what they learned, what changed in their villages."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.core.capabilities import Capability

capability = Capability(name="training_results", label=_l("Hasil pelatihan"), pillar="province")
"""What training brought: who came, what they learned, what changed in their villages."""
