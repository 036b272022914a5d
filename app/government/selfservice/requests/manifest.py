"""What asking for letters brings: its pages, and the link from the village's public menu."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.core.capabilities import PublicEntry
from app.government.selfservice.requests.home import blueprint as home

PAGES = (home,)
PUBLIC = (PublicEntry(_l("Layanan mandiri"), "portal.home", order=20),)
