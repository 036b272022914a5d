"""Letters: from a request to a signed file, and the books that they stand in."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.core.capabilities import Capability
from app.government.letters.indicators import INDICATORS
from app.government.letters.permissions import GRANTS, PERMISSIONS
from app.government.letters.sealed import declare_sealed

declare_sealed()

capability = Capability(
    name="letters",
    label=_l("Surat"),
    pillar="government",
    indicators=INDICATORS,
    permissions=PERMISSIONS,
    grants=GRANTS,
)
