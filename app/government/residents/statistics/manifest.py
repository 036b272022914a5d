"""What the figures bring to the capability: pages and menu."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.core.capabilities import MenuEntry, PublicEntry
from app.government.residents.statistics.views import blueprint

PAGES = (blueprint,)
MENU = (
    MenuEntry(
        place="village",
        group=_l("Penduduk"),
        label=_l("Statistik"),
        endpoint="residents_statistics.page",
        icon="chart-column",
        permission="residents.view",
        order=27,
    ),
)
PUBLIC = (PublicEntry(label=_l("Statistik"), endpoint="site_statistics.page", order=40),)
