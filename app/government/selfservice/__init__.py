"""Self-service (layanan mandiri): residents ask from their own phone, or at the kiosk in the hall."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.core.capabilities import Capability
from app.core.privacy.sealed import register_sealed
from app.government.selfservice import holdings
from app.government.selfservice.accounts import manifest as account_pages
from app.government.selfservice.indicators import INDICATORS
from app.government.selfservice.kiosk import manifest as kiosk_pages
from app.government.selfservice.models import PortalAccount
from app.government.selfservice.notices import manifest as notices
from app.government.selfservice.permissions import GRANTS, PERMISSIONS
from app.government.selfservice.requests import manifest as requests

register_sealed(PortalAccount, indexes={"card_index": ("card", "card_tag")})
account_pages.describe()
kiosk_pages.describe()
notices.declare()
requests.describe()
holdings.declare()

capability = Capability(
    name="selfservice",
    label=_l("Layanan mandiri"),
    pillar="government",
    deeds=("portal", "kiosk"),
    optional=True,
    description=_l("Warga mengurus surat dan melihat datanya sendiri dari ponsel atau kios di balai."),
    indicators=INDICATORS,
    blueprints=(*account_pages.PAGES, *kiosk_pages.PAGES, *notices.PAGES, *requests.PAGES),
    menu=(*account_pages.MENU, *kiosk_pages.MENU),
    resident_sections=account_pages.SECTIONS,
    permissions=PERMISSIONS,
    grants=GRANTS,
    public=requests.PUBLIC,
    tasks=account_pages.TASKS,
)
