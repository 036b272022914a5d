"""Who looks after residents' accounts and the kiosks."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

PERMISSIONS = {
    "selfservice.accounts": _l("Mengaktifkan, menyetujui, dan membuka akun warga"),
    "selfservice.kiosks": _l("Memasang dan melepas kios balai"),
}
GRANTS = {"secretary": tuple(PERMISSIONS), "operator": ("selfservice.accounts",)}
