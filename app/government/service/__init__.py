"""The promise of service: working days, measured times, and the page that says both."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.core.capabilities import Capability
from app.government.service.manifest import MENU, PAGES, PUBLIC, describe

describe()

capability = Capability(
    name="service",
    label=_l("Janji layanan"),
    pillar="government",
    blueprints=PAGES,
    menu=MENU,
    public=PUBLIC,
)
