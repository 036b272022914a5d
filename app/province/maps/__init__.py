"""Boundaries of regions and what maps are drawn from."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.core.audit import describe_actions
from app.core.capabilities import Capability
from app.province.maps.views import pages

__all__ = ["capability"]

describe_actions("province", {"boundaries.imported": _l("memuat garis batas wilayah")})

capability = Capability(name="maps", label=_l("Peta"), pillar="province", blueprints=(pages,))
