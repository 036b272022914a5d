"""The population register: residents, households, life events, and what follows from them."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.core.audit import describe_action
from app.core.capabilities import Capability
from app.core.village.services.sub_areas import keep_sub_areas
from app.government.residents.api import API
from app.government.residents.areas import why_kept
from app.government.residents.books import manifest as books
from app.government.residents.browse import manifest as pages
from app.government.residents.events import manifest as event_pages
from app.government.residents.imports import manifest as import_pages
from app.government.residents.indicators import INDICATORS
from app.government.residents.permissions import GRANTS, PERMISSIONS
from app.government.residents.register.audit_words import describe_register
from app.government.residents.register.views import household_forms_blueprint, resident_forms_blueprint
from app.government.residents.rights import BLUEPRINTS as RIGHTS
from app.government.residents.rights import MENU as RIGHTS_MENU
from app.government.residents.sealed import declare_sealed
from app.government.residents.statistics import manifest as statistics

declare_sealed()
keep_sub_areas(why_kept)
describe_action("demo.residents_written", _l("mengisi penduduk contoh"), "village")
books.describe()
pages.describe()
event_pages.describe()
import_pages.describe()
describe_register()

capability = Capability(
    name="residents",
    label=_l("Penduduk"),
    pillar="government",
    deeds=(
        "resident",
        "residents",
        "household",
        "life_event",
        "population_month",
        "resident_document",
        "data_request",
    ),
    blueprints=(
        *pages.PAGES,
        *event_pages.PAGES,
        *books.PAGES,
        *statistics.PAGES,
        *import_pages.PAGES,
        resident_forms_blueprint,
        household_forms_blueprint,
        *RIGHTS,
    ),
    menu=(
        *pages.MENU,
        *event_pages.MENU,
        *books.MENU,
        *statistics.MENU,
        *import_pages.MENU,
        *RIGHTS_MENU,
    ),
    permissions=PERMISSIONS,
    grants=GRANTS,
    public=statistics.PUBLIC,
    indicators=INDICATORS,
    api_blueprints=API,
)
