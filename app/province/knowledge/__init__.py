"""The help centre: how things are done."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.core.audit import describe_actions, describe_fields
from app.core.capabilities import Capability, MenuEntry, PublicEntry
from app.province.knowledge.api import guide_api, village_guide_api
from app.province.knowledge.editor_views import editor
from app.province.knowledge.public_views import opinions, resident_guides
from app.province.knowledge.views import guides

MENU = (
    MenuEntry("village", "", _l("Panduan"), "guides.index", "book-open", "village.view", 98),
    MenuEntry("province", _l("Program"), _l("Panduan"), "guides.index", "book-open", "overview.view", 36),
)

describe_actions(
    "province",
    {
        "guide.loaded": _l("memuat panduan bawaan"),
        "guide.written": _l("menulis draf panduan"),
        "guide.changed": _l("mengubah panduan"),
        "guide.published": _l("menerbitkan panduan"),
        "guide.withdrawn": _l("menarik panduan"),
        "guide.restored": _l("memakai lagi teks bawaan panduan"),
        "guide.deleted": _l("menghapus draf panduan"),
        "guide.picture_added": _l("menambah gambar panduan"),
        "guide.picture_removed": _l("menghapus gambar panduan"),
    },
)
describe_fields({"added": _l("Ditambahkan"), "changed": _l("Diperbarui")})

capability = Capability(
    name="knowledge",
    label=_l("Panduan"),
    pillar="province",
    blueprints=(guides, editor, resident_guides, opinions),
    menu=MENU,
    api_blueprints=(guide_api, village_guide_api),
    public=(PublicEntry(_l("Panduan"), "resident_guides.index", 70),),
)
"""How things are done: articles for residents, villages and officers."""
