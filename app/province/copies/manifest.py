"""Copies of villages, putting them back, and how every village fares."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.core.audit import describe_actions, describe_fields
from app.core.capabilities import Capability, MenuEntry
from app.core.privacy.files import keep_strays_where
from app.province.copies import figures, jobs, telling
from app.province.copies.api import health_api
from app.province.copies.views import pages

__all__ = ["capability"]

MENU = (
    MenuEntry(
        "province", _l("Platform"), _l("Kesehatan desa"), "copies.overview", "heart-pulse", "health.view", 70
    ),
)

telling.declare_events()
keep_strays_where(jobs.keeps_objects)
figures.declare()

describe_actions(
    "province",
    {
        "copy.asked": _l("meminta salinan desa"),
        "copy.restored_beside": _l("memulihkan salinan untuk dibandingkan"),
        "copy.swap_asked": _l("meminta desa dikembalikan ke salinan"),
        "copy.discarded": _l("membuang pembanding"),
        "copy.removed": _l("menghapus salinan desa"),
        telling.SWAPPED: _l("mengembalikan desa ke salinan"),
    },
)
describe_actions("village", {telling.SWAPPED: _l("mengembalikan desa ke salinan")})
describe_fields({"taken_at": _l("Saat salinan diambil"), "note": _l("Catatan")})

capability = Capability(
    name="copies",
    label=_l("Salinan dan kesehatan desa"),
    pillar="province",
    blueprints=(pages,),
    menu=MENU,
    api_blueprints=(health_api,),
)
