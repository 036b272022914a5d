"""The capability: setting up, going live, the first week."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.core.audit import describe_actions, describe_summaries
from app.core.capabilities import Capability
from app.core.village.cards import show_card
from app.core.village.setup import know_by
from app.government.letters.models import LetterCounter
from app.government.residents.models import Resident
from app.province.onboarding.setup import jobs, live_views, views
from app.province.onboarding.setup.first_week import week_card
from app.province.onboarding.setup.province_views import above
from app.province.onboarding.setup.village_pages import pages

__all__ = ["capability", "jobs", "live_views", "views"]

know_by("residents", lambda: select(Resident.id).exists())
know_by("numbers", lambda: select(LetterCounter.last).exists())
show_card(week_card)

describe_actions("both", {"village.went_live": _l("membuka desa untuk umum")})
describe_actions("village", {"village.week_task_done": _l("menyelesaikan tugas minggu pertama")})
describe_summaries("village.week_task_done", {"poster": _l("poster QR")})

capability = Capability(
    name="setup",
    label=_l("Persiapan desa"),
    pillar="province",
    blueprints=(pages, above),
)
