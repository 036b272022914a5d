"""The capability: archives of villages, on both kinds of hosts."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.core.audit import describe_actions, describe_fields
from app.core.capabilities import Capability, MenuEntry
from app.core.notifications import declare_event
from app.core.permissions import declare_permissions, extend_roles
from app.province.archives import jobs, services, views, village_views

__all__ = ["capability", "jobs"]

declare_permissions("province", {views.MANAGE: _l("Membuat dan mengunduh arsip desa")})
extend_roles(province_admin=[views.MANAGE])

describe_actions(
    "province",
    {
        "village.archive_asked": _l("meminta arsip desa"),
        "village.archive_made": _l("membuat arsip desa"),
        "village.archive_downloaded": _l("mengunduh arsip desa"),
        "village.archive_imported": _l("memasukkan desa dari arsip"),
    },
)
describe_actions(
    "village",
    {"archive.made": _l("membuat arsip desa"), "archive.imported": _l("memasukkan desa dari arsip")},
)
describe_fields(
    {
        "size": _l("Besar (bita)"),
        "product": _l("Versi Siger"),
        "brought_from": _l("Nomor desa di pemasangan asal"),
    }
)

declare_event(
    services.EVENT,
    _l("Arsip desa dibuat"),
    "Arsip {desa} dibuat",
    "Seluruh data {desa} disalin ke satu arsip terenkripsi. Alasan: {alasan}",
    ("in_app", "email"),
    "staff",
    {"alasan": "alasan yang ditulis peminta"},
)

capability = Capability(
    name="archives",
    label=_l("Arsip desa"),
    pillar="province",
    blueprints=(views.pages, village_views.pages),
    menu=(
        MenuEntry(
            "village",
            _l("Pengaturan"),
            _l("Arsip"),
            "village_archives.index",
            "archive",
            village_views.EXPORT,
            95,
        ),
    ),
    permissions={village_views.EXPORT: _l("Mengunduh seluruh data desa sebagai arsip")},
    grants={"village_head": [village_views.EXPORT], "secretary": [village_views.EXPORT]},
)
