"""What training brought: who came, what they learned, what changed in their villages."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.core.audit import describe_fields
from app.core.capabilities import Capability, MenuEntry
from app.province.training.results import jobs
from app.province.training.results.api import results_api
from app.province.training.results.indicators import INDICATORS
from app.province.training.results.views import pages
from app.province.training.tabs import EventTab, add_tab

__all__ = ["capability", "jobs"]

add_tab(EventTab(_l("Hasil"), "training_results.event", "training.view", 80))
describe_fields({"masa": _l("Masa"), "jangka": _l("Bulan sesudah pelatihan")})

capability = Capability(
    name="training_results",
    label=_l("Hasil pelatihan"),
    pillar="province",
    blueprints=(pages,),
    menu=(
        MenuEntry(
            "province", _l("Program"), _l("Hasil pelatihan"), "training_results.index", "chart-column",
            "training.view", 29, also=("training_results.effect",),
        ),
    ),
    api_blueprints=(results_api,),
    indicators=INDICATORS,
)  # fmt: skip
