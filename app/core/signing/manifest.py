"""The capability: what is sealed of signatures."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.core.capabilities import Capability
from app.core.privacy.sealed import register_sealed
from app.core.signing.models import SigningKey, SigningRun

register_sealed(SigningKey)
register_sealed(SigningRun)

capability = Capability(name="signing", label=_l("Tanda tangan elektronik"), pillar="core")
