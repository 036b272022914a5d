"""Events of training: when, where, who speaks, for how many, at what cost."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.core.capabilities import Capability

capability = Capability(name="training_events", label=_l("Pelatihan"), pillar="province")
"""Events of training: when, where, who speaks, for how many, at what cost."""
