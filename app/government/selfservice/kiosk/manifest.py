"""What the kiosk brings to the house: pages, menu, the words of its audit entries."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.core.audit import describe_actions, describe_fields
from app.core.capabilities import MenuEntry
from app.government.selfservice.kiosk.screen_views import blueprint as screens
from app.government.selfservice.kiosk.staff_views import blueprint as staff

PAGES = (screens, staff)
MENU = (MenuEntry("village", _l("Warga"), _l("Kios"), "kiosks.index", "monitor", "selfservice.kiosks", 47),)


def describe() -> None:
    """Say what the entries in the audit log mean (at start)."""
    describe_actions(
        "village",
        {
            "kiosk.added": _l("menambah kios"),
            "kiosk.changed": _l("mengubah kios"),
            "kiosk.code_given": _l("membuat kode baru untuk kios"),
            "kiosk.paired": _l("memasang layar kios"),
            "kiosk.removed": _l("melepas kios"),
            "kiosk.printed": _l("mencetak surat di kios"),
        },
    )
    describe_fields({"prints": _l("Dengan pencetak"), "at_once": _l("Surat yang langsung dicetak")})
