"""Announcements and shared documents, from a region's office to its villages."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.core.capabilities import Capability

__all__ = ["capability"]

capability = Capability(name="announcements", label=_l("Pengumuman"), pillar="province")
