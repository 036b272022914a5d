"""A village's public pages."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from app.core.capabilities import Capability
from app.core.hosting import keep_open
from app.site.complaints import blueprint as complaints
from app.site.letter_checks import blueprint as letter_checks
from app.site.service import blueprint as service
from app.site.statistics import blueprint as statistics
from app.site.views import blueprint

keep_open("/cek")

capability = Capability(
    name="site",
    label=_("Situs publik"),
    pillar="site",
    blueprints=(blueprint, statistics, letter_checks, service, complaints),
)
