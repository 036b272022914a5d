"""What complaints bring to the house: pages, menu, API."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from app.core.capabilities import MenuEntry, PublicEntry, Task
from app.government.complaints.api import complaint_api
from app.government.complaints.telling import unanswered
from app.government.complaints.views.open import blueprint as box
from app.government.complaints.views.portal import blueprint as portal
from app.government.complaints.views.staff import blueprint as staff

PAGES = (portal, box, staff)
API = (complaint_api,)
MENU = (
    MenuEntry(
        "village", _l("Warga"), _l("Pengaduan"), "complaints.index", "megaphone", "complaints.view", 45
    ),
)
TASKS = (
    Task(
        "complaints_unanswered",
        unanswered,
        lambda n: str(ngettext("%(num)d pengaduan belum dijawab", "%(num)d pengaduan belum dijawab", n)),
        "complaints.index",
        "complaints.answer",
        "megaphone",
        order=60,
        args={"keadaan": "open"},
    ),
)
PUBLIC = (PublicEntry(_l("Pengaduan"), "site_complaints.page", order=50, is_promise=True),)
