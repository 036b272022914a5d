"""The officers' side of applications as a capability."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.core.audit import describe_actions, describe_fields, describe_values
from app.core.capabilities import Capability, MenuEntry
from app.province.onboarding.board import jobs, late_letters, office_views, waiting, words
from app.province.onboarding.board.api import application_api
from app.province.onboarding.board.views import pages
from app.province.onboarding.tabs import add_tab

__all__ = ["capability", "jobs", "late_letters", "office_views"]

MENU = (
    MenuEntry(
        "province",
        _l("Program"),
        _l("Pendaftaran"),
        "onboarding.index",
        "clipboard-list",
        "onboarding.view",
        22,
        waiting.badge,
    ),
)

add_tab(10, _l("Pendaftaran"), "onboarding.index", "onboarding.view", ("onboarding.listing",))
add_tab(40, _l("Waktu dan corong"), "onboarding.times", "onboarding.view")
add_tab(50, _l("Ganda"), "onboarding.repeated", "onboarding.view")
add_tab(60, _l("Diblokir"), "onboarding.blocked", "onboarding.block", ("onboarding.add_blocked",))
add_tab(70, _l("Siapa memutuskan"), "onboarding.rules_page", "onboarding.rules")

describe_actions(
    "province",
    {
        "application.approved": _l("menyetujui pendaftaran desa"),
        "application.returned": _l("mengembalikan pendaftaran desa"),
        "application.rejected": _l("menolak pendaftaran desa"),
        "application.retried": _l("mengulang penyiapan desa"),
        "application.rule_changed": _l("mengatur siapa yang memutuskan pendaftaran"),
        "applicant.blocked": _l("memblokir pendaftar"),
        "applicant.unblocked": _l("menghapus blokir pendaftar"),
    },
)
describe_fields({"jalur": _l("Jalur"), "keadaan": _l("Keadaan"), "lihat": _l("Tampilan")})
describe_values("jalur", words.ROUTES)

capability = Capability(
    name="onboarding_board",
    label=_l("Pendaftaran desa"),
    pillar="province",
    blueprints=(pages,),
    menu=MENU,
    api_blueprints=(application_api,),
    deeds=("application", "applicant"),
)
