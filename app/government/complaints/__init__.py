"""Complaints: what residents report, what the village answers."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.core.capabilities import Capability
from app.core.privacy.sealed import register_sealed
from app.government.complaints import holdings, telling
from app.government.complaints.indicators import INDICATORS
from app.government.complaints.manifest import API, MENU, PAGES, PUBLIC, TASKS
from app.government.complaints.models import Complaint
from app.government.complaints.permissions import GRANTS, PERMISSIONS

register_sealed(Complaint)
telling.declare()
holdings.declare()

capability = Capability(
    name="complaints",
    label=_l("Pengaduan"),
    pillar="government",
    deeds=("complaint", "complaints"),
    optional=True,
    description=_l("Warga melaporkan masalah; desa menjawab, terbuka atau pribadi."),
    blueprints=PAGES,
    menu=MENU,
    api_blueprints=API,
    indicators=INDICATORS,
    permissions=PERMISSIONS,
    grants=GRANTS,
    public=PUBLIC,
    tasks=TASKS,
)
