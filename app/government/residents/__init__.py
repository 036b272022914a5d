"""The population register: residents, households, life events, and what follows from them."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.core.capabilities import Capability
from app.government.residents.permissions import GRANTS, PERMISSIONS
from app.government.residents.rights import BLUEPRINTS as RIGHTS
from app.government.residents.rights import MENU as RIGHTS_MENU
from app.government.residents.sealed import declare_sealed

declare_sealed()

capability = Capability(
    name="residents",
    label=_l("Penduduk"),
    pillar="government",
    blueprints=RIGHTS,
    menu=RIGHTS_MENU,
    permissions=PERMISSIONS,
    grants=GRANTS,
)
