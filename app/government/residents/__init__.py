"""The population register: residents, households, life events, and what follows from them."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.core.audit import describe_action
from app.core.capabilities import Capability
from app.government.residents.indicators import INDICATORS
from app.government.residents.permissions import GRANTS, PERMISSIONS
from app.government.residents.sealed import declare_sealed

declare_sealed()
describe_action("demo.residents_written", _l("mengisi penduduk contoh"), "village")

capability = Capability(
    name="residents",
    label=_l("Penduduk"),
    pillar="government",
    permissions=PERMISSIONS,
    grants=GRANTS,
    indicators=INDICATORS,
)
