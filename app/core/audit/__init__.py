"""The append-only audit log and its hash chain."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from app.core.capabilities import Capability

capability = Capability(name="audit", label=_("audit"), pillar="core")
