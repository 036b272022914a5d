"""Any indicator by place and over time: maps, rankings, comparisons, downloads."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.core.audit import describe_fields, describe_values
from app.core.capabilities import Capability, MenuEntry
from app.province.explorer.api import blueprint as figures_api
from app.province.explorer.views import pages

__all__ = ["capability"]

MENU = (
    MenuEntry("province", "", _l("Indikator"), "explorer.catalogue", "chart-column", "overview.view", 12),
    MenuEntry("province", "", _l("Bandingkan"), "explorer.compare", "scale", "overview.view", 14),
)

describe_fields(
    {
        "bentuk": _l("Bentuk berkas"),
        "isi": _l("Isi berkas"),
        "bulan": _l("Bulan"),
        "tingkat": _l("Tingkat"),
        "ukuran": _l("Ukuran"),
        "tempat": _l("Tempat"),
        "kode": _l("Indikator"),
    }
)
describe_values(
    "isi", {"tempat": _l("Menurut tempat"), "waktu": _l("Dari waktu ke waktu"), "tabel": _l("Tabel")}
)

capability = Capability(
    name="explorer",
    label=_l("Indikator"),
    pillar="province",
    blueprints=(pages,),
    menu=MENU,
    api_blueprints=(figures_api,),
)
