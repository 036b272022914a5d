"""What the promise of service brings: its settings and its public page."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.core.audit import describe_actions, describe_fields
from app.core.capabilities import MenuEntry, PublicEntry
from app.government.service.views import blueprint

PAGES = (blueprint,)
MENU = (
    MenuEntry(
        "village",
        _l("Pengaturan"),
        _l("Janji layanan"),
        "service.settings",
        "calendar",
        "letters.settings",
        45,
    ),
)
PUBLIC = (PublicEntry(_l("Layanan surat"), "site_service.page", order=25, is_promise=True),)


def describe() -> None:
    """Say what the entries in the audit log mean (at start)."""
    describe_actions("village", {"service.days_changed": _l("mengubah hari kerja dan janji layanan")})
    describe_fields(
        {
            "closed_days": _l("Hari tutup"),
            "opened_days": _l("Hari kerja khusus"),
            "complaint_days": _l("Janji jawab pengaduan"),
        }
    )
