"""What asking for letters brings: its pages, the link in the public menu, the words of its audit entries."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.core.audit import describe_actions, describe_fields
from app.core.capabilities import PublicEntry
from app.government.selfservice.requests import jobs
from app.government.selfservice.requests.home import blueprint as home
from app.government.selfservice.requests.kept_views import blueprint as kept
from app.government.selfservice.requests.views import blueprint as letters

PAGES = (home, kept, letters)
PUBLIC = (PublicEntry(_l("Layanan mandiri"), "portal.home", order=20),)
JOBS = (jobs.forget, jobs.forget_all)


def describe() -> None:
    """Say what the entries in the audit log mean (at start)."""
    describe_actions("village", {"letter.rated": _l("menilai layanan surat")})
    describe_fields({"rating": _l("Nilai")})
