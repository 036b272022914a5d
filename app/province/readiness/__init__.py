"""The readiness index: weighed by the province, opened down to its numbers."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.core.audit import describe_actions, describe_fields
from app.core.capabilities import Capability, MenuEntry
from app.province.readiness import editing, jobs
from app.province.readiness.api import readiness_api
from app.province.readiness.indicators import INDICATORS
from app.province.readiness.views import pages

__all__ = ["capability", "editing", "jobs"]

describe_actions(
    "province",
    {
        "readiness.scheme_saved": _l("mengubah ketentuan indeks kesiapan"),
        "readiness.scheme_taken_back": _l("membatalkan rencana ketentuan indeks kesiapan"),
    },
)
describe_fields(
    {
        "weights": _l("Bobot pilar"),
        "scales": _l("Skala indikator"),
        "holds_from": _l("Berlaku mulai"),
        "replaced": _l("Menggantikan"),
        "kelas": _l("Kelas"),
        "bulan": _l("Bulan"),
    }
)

capability = Capability(
    name="readiness",
    label=_l("Kesiapan"),
    pillar="province",
    blueprints=(pages,),
    menu=(MenuEntry("province", "", _l("Kesiapan"), "readiness.index", "gauge", "overview.view", 16),),
    api_blueprints=(readiness_api,),
    indicators=INDICATORS,
)
