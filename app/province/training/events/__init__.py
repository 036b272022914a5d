"""Events of training: when, where, who speaks, for how many, at what cost."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.core.capabilities import Capability, MenuEntry
from app.province.training.events.views import pages
from app.province.training.tabs import EventTab, add_tab

MENU = (
    MenuEntry(
        "province",
        _l("Program"),
        _l("Pelatihan"),
        "training_events.index",
        "graduation-cap",
        "training.view",
        28,
    ),
)

add_tab(EventTab(_l("Ringkasan"), "training_events.show", "training.view", 10))

capability = Capability(
    name="training_events", label=_l("Pelatihan"), pillar="province", blueprints=(pages,), menu=MENU
)
"""Events of training: when, where, who speaks, for how many, at what cost."""
