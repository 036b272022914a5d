"""The capability: many villages prepared out of one workbook."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext

from app.core.audit import describe_actions, describe_fields
from app.core.capabilities import Capability
from app.province.onboarding.bulk import forgetting, jobs
from app.province.onboarding.bulk.api import bulk_api
from app.province.onboarding.bulk.views import pages
from app.province.onboarding.tabs import add_tab

__all__ = ["capability", "forgetting", "jobs"]

add_tab(40, _l("Banyak desa"), "onboarding_bulk.index", "onboarding.bulk", ("onboarding_bulk.show",))

describe_actions(
    "province",
    {
        "bulk.sent": _l("mengirim berkas banyak desa"),
        "bulk.started": _l("menyiapkan desa dari berkas"),
        "bulk.village": _l("menyetujui desa dari berkas"),
    },
)
describe_fields({"file": _l("Berkas"), "villages": lazy_pgettext("many villages", "Desa")})

capability = Capability(
    name="onboarding_bulk",
    label=_l("Banyak desa sekaligus"),
    pillar="province",
    blueprints=(pages,),
    api_blueprints=(bulk_api,),
)
