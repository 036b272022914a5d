"""Announcements and shared documents, from a region's office to its villages."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext

from app.core.audit import describe_actions, describe_fields
from app.core.capabilities import Capability, MenuEntry
from app.province.announcements import jobs, receipt_views
from app.province.announcements.api import announcement_api, document_api
from app.province.announcements.document_views import documents
from app.province.announcements.views import pages
from app.province.announcements.village_api import news_api, news_document_api
from app.province.announcements.village_views import news
from app.province.announcements.waiting import TASKS, waiting_badge

__all__ = ["capability", "receipt_views"]

jobs.declare_events()

MENU = (
    MenuEntry(
        "province",
        _l("Program"),
        _l("Pengumuman"),
        "announcements.index",
        "megaphone",
        "announcements.send",
        32,
    ),
    MenuEntry(
        "province",
        _l("Program"),
        _l("Dokumen"),
        "shared_documents.index",
        "book-open",
        "announcements.send",
        34,
    ),
    MenuEntry(
        "village", "", _l("Kabar wilayah"), "news.index", "megaphone", "village.view", 15, waiting_badge
    ),
)

describe_actions(
    "province",
    {
        "announcement.drafted": _l("menulis draf pengumuman"),
        "announcement.changed": _l("mengubah draf pengumuman"),
        "announcement.deleted": _l("menghapus draf pengumuman"),
        "announcement.sent": _l("mengirim pengumuman"),
        "announcement.withdrawn": _l("menarik pengumuman"),
        "announcement.reminded": _l("mengingatkan desa akan pengumuman"),
        "shared_document.shared": _l("membagikan dokumen"),
        "shared_document.changed": _l("mengubah keterangan dokumen"),
        "shared_document.replaced": _l("membagikan versi baru dokumen"),
        "shared_document.withdrawn": _l("menarik dokumen"),
        "shared_document.returned": _l("membagikan lagi dokumen"),
    },
)
describe_actions("village", {"announcement.confirmed": _l("mengonfirmasi kabar dari wilayah")})
describe_fields(
    {
        "villages": lazy_pgettext("many villages", "Desa"),
        "readable": _l("Desa yang dapat membaca"),
        "version": _l("Versi"),
    }
)

capability = Capability(
    name="announcements",
    label=_l("Pengumuman"),
    pillar="province",
    blueprints=(pages, documents, news),
    menu=MENU,
    api_blueprints=(announcement_api, document_api, news_api, news_document_api),
    tasks=TASKS,
)
"""What province, kabupaten and kecamatan tell and give their villages."""
