"""Letters: from a request to a signed file, and the books that they stand in."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.core.capabilities import Capability
from app.government.letters import holdings
from app.government.letters.api import API
from app.government.letters.books import manifest as books
from app.government.letters.desk import manifest as desk
from app.government.letters.indicators import INDICATORS
from app.government.letters.permissions import GRANTS, PERMISSIONS
from app.government.letters.sealed import declare_sealed
from app.government.letters.signing import manifest as signing
from app.government.letters.types import manifest as type_pages
from app.government.letters.verification.manifest import PUBLIC
from app.government.letters.waiting import TASKS, declare_waiting

declare_sealed()
books.describe()
desk.describe()
signing.describe()
type_pages.describe()
declare_waiting()
holdings.declare()

capability = Capability(
    name="letters",
    label=_l("Surat"),
    pillar="government",
    deeds=(
        "letter",
        "letters",
        "letter_type",
        "letter_options",
        "letter_classification",
        "incoming_letter",
        "signing_key",
    ),
    blueprints=(*desk.PAGES, *books.PAGES, *signing.PAGES, *type_pages.PAGES),
    menu=(*desk.MENU, *books.MENU, *signing.MENU, *type_pages.MENU),
    indicators=INDICATORS,
    api_blueprints=API,
    permissions=PERMISSIONS,
    grants=GRANTS,
    public=PUBLIC,
    resident_sections=desk.RESIDENT_SECTIONS,
    tasks=TASKS,
)
