"""The capability: villages are invited by letter, each with a link of its own."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.core.audit import describe_actions
from app.core.capabilities import Capability
from app.province.onboarding.invitations import jobs
from app.province.onboarding.invitations.api import invitation_api
from app.province.onboarding.invitations.open_views import blueprint
from app.province.onboarding.invitations.views import pages
from app.province.onboarding.tabs import add_tab

__all__ = ["capability", "jobs"]

add_tab(
    30,
    _l("Undangan"),
    "onboarding_invitations.index",
    "onboarding.invite",
    tuple(
        f"onboarding_invitations.{name}" for name in ("pick", "write", "batch", "show", "contact", "extend")
    ),
)

describe_actions(
    "province",
    {
        "invitation.sent": _l("mengundang desa memakai Siger"),
        "invitation.reissued": _l("membuat tautan undangan baru"),
        "invitation.mailed": _l("mengirim lagi undangan desa"),
        "invitation.revoked": _l("mencabut undangan desa"),
        "invitation.extended": _l("memperpanjang undangan desa"),
        "invitation.contact_changed": _l("mengubah kontak undangan desa"),
    },
)

capability = Capability(
    name="onboarding_invitations",
    label=_l("Undangan desa"),
    pillar="province",
    blueprints=(pages, blueprint),
    api_blueprints=(invitation_api,),
)
