"""Who came: checked in at the door, with or without a network."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.core.capabilities import Capability

capability = Capability(name="training_door", label=_l("Kehadiran"), pillar="province")
"""Who came: checked in at the door, with or without a network."""
