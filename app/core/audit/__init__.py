"""The append-only audit log and its hash chain."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from app.core.audit import heads, sealing
from app.core.audit.recording import changes, record
from app.core.capabilities import Capability

__all__ = ["capability", "changes", "heads", "record", "sealing"]

capability = Capability(name="audit", label=_("Catatan audit"), pillar="core")
