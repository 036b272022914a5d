"""Addresses of villages: the settings page, the jobs that look for proofs, and what the audit log calls all this."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.core.addresses import jobs as jobs
from app.core.addresses.views import blueprint, public
from app.core.audit import describe_actions
from app.core.capabilities import Capability, MenuEntry

capability = Capability(
    name="addresses",
    label=_l("Alamat web"),
    pillar="core",
    deeds=("domain",),
    blueprints=(blueprint, public),
    menu=(
        MenuEntry(
            "village", _l("Pengaturan"), _l("Alamat web"), "addresses.index", "globe", "village.settings", 45
        ),
    ),
)

describe_actions(
    "both",
    {
        "village.address_changed": _l("mengubah alamat web desa"),
        "domain.added": _l("menambahkan domain desa"),
        "domain.removed": _l("menghapus domain desa"),
    },
)
describe_actions(
    "province",
    {
        "domain.proved": _l("membuktikan domain desa"),
        "domain.doubted": _l("tidak lagi menemukan bukti domain desa"),
        "domain.expired": _l("mengakhiri penantian bukti domain desa"),
        "domain.lost": _l("melepas domain desa"),
    },
)
