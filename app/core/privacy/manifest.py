"""The capability: jobs and words of sealing personal data."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.core.audit import describe_actions, describe_fields
from app.core.capabilities import Capability
from app.core.privacy import rotation

__all__ = ["capability", "rotation"]

capability = Capability(name="privacy", label=_l("Data pribadi"), pillar="core")

describe_actions(
    "village",
    {
        "privacy.key_changed": _l("mengganti kunci data pribadi"),
        "privacy.objects_resealed": _l("menyegel ulang berkas data pribadi"),
    },
)
describe_actions("province", {"privacy.rotation_requested": _l("meminta penggantian kunci data pribadi")})
describe_fields({"key": _l("Nama kunci")})
