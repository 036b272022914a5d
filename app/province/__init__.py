"""The province above the villages."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from app.core.capabilities import Capability
from app.province import jobs
from app.province.api import indicator_api, region_api, village_api

__all__ = ["capability", "jobs"]

capability = Capability(
    name="province",
    label=_("Provinsi"),
    pillar="province",
    api_blueprints=(village_api, region_api, indicator_api),
)
