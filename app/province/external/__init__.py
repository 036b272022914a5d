"""Villages that run another information system and send their figures."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.core.audit import describe_actions, describe_fields
from app.core.bearers import bearer_kind
from app.core.capabilities import Capability, MenuEntry
from app.core.permissions import declare_permissions
from app.province.external import file_views, jobs
from app.province.external.api import push_api
from app.province.external.services.keys import PREFIX, PUSH, actor_of_key
from app.province.external.views import pages

__all__ = ["capability", "file_views", "jobs"]

declare_permissions("province", {PUSH: _l("Mengirim angka desa dari sistem lain")})
bearer_kind(PREFIX, actor_of_key)

describe_actions(
    "province",
    {
        "external.declared": _l("mencatat sistem lain yang dipakai desa"),
        "external.ended": _l("mengakhiri catatan sistem lain desa"),
        "external.key_made": _l("membuat kunci sistem lain"),
        "external.key_revoked": _l("mencabut kunci sistem lain"),
        "external.refused": _l("mengirim angka desa lain dan ditolak"),
        "external.file_applied": _l("menerapkan berkas angka sistem lain"),
    },
)
describe_fields(
    {
        "software": _l("Sistem yang dipakai"),
        "accepted": _l("Diterima"),
        "refused": _l("Ditolak"),
        "key": _l("Kunci"),
    }
)

capability = Capability(
    name="external",
    label=_l("Sistem lain"),
    pillar="province",
    blueprints=(pages,),
    menu=(
        MenuEntry(
            "province", _l("Platform"), _l("Sistem lain"), "external.index", "network", "external.manage", 70
        ),
    ),
    api_blueprints=(push_api,),
)
