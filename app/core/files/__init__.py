"""Files of villages and of the platform, in object storage."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from app.core.capabilities import Capability

capability = Capability(name="files", label=_("files"), pillar="core")
