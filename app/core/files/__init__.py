"""Files of villages and of the platform, in object storage."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from app.core.capabilities import Capability
from app.core.files.views import blueprint

capability = Capability(name="files", label=_("Berkas"), pillar="core", blueprints=(blueprint,))
