"""The capability: villages that want to come aboard, as whoever applies for them sees it.

It stands apart from the package, whose models every other part of onboarding imports.
"""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.core.audit import describe_actions, describe_fields
from app.core.capabilities import Capability
from app.province.onboarding.applications import jobs, open_views, views
from app.province.onboarding.applications.common_views import pages

__all__ = ["capability", "jobs", "open_views", "views"]

describe_actions(
    "province",
    {
        "application.submitted": _l("mengirim pendaftaran desa"),
        "application.sent_again": _l("mengirim lagi pendaftaran desa yang diperbaiki"),
        "application.withdrawn": _l("menarik pendaftaran desa"),
        "application.outrun": _l("mendaftarkan desa yang sudah didaftarkan lebih dahulu"),
        "application.expired": _l("menutup pendaftaran desa yang tidak dilanjutkan"),
        "application.refused_blocked": _l("mencoba mendaftarkan desa padahal diblokir"),
    },
)
describe_fields({"applicant": _l("Pemohon")})

capability = Capability(
    name="apply",
    label=_l("Pendaftaran desa"),
    pillar="province",
    blueprints=(pages,),
)
