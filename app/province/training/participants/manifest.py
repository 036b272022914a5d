"""The capability: who is invited and takes part, and what villages do afterwards.

It stands apart from the package, whose models every other part of training imports.
"""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.core.capabilities import Capability
from app.province.training.participants.page_views import blueprint as own_pages

capability = Capability(
    name="training_participants",
    label=_l("Peserta pelatihan"),
    pillar="province",
    blueprints=(own_pages,),
)
"""Who is invited and takes part, and what villages do afterwards."""
