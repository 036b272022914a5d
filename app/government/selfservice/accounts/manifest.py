"""What residents' accounts bring to the house: pages, menu, and the words of their audit entries."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.core.audit import describe_actions, describe_fields
from app.government.selfservice.accounts.views.access import blueprint as access

PAGES = (access,)


def describe() -> None:
    """Say what the entries in the audit log mean (at start)."""
    describe_actions(
        "village",
        {
            "portal.signed_in": _l("masuk ke layanan mandiri"),
            "portal.sign_in_refused": _l("gagal masuk ke layanan mandiri"),
            "portal.locked": _l("akun layanan mandiri terkunci karena PIN salah"),
            "portal.activated": _l("mengaktifkan akun layanan mandiri"),
            "portal.activation_refused": _l("gagal mengaktifkan akun layanan mandiri"),
            "portal.applied": _l("meminta akun layanan mandiri dengan foto KTP"),
            "portal.signed_out_everywhere": _l("keluar dari semua perangkat"),
        },
    )
    describe_fields({"on_kiosk": _l("Di kios")})
