"""What signing brings to the house: blueprints, menu, and the words of its audit entries."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.core.audit import describe_actions, describe_fields, describe_values
from app.core.badges import kept_badge
from app.core.capabilities import MenuEntry
from app.core.signing.errors import WHY
from app.government.letters.signing import jobs
from app.government.letters.signing.key_views import blueprint as keys
from app.government.letters.signing.queries import waiting_count
from app.government.letters.signing.views import blueprint as queue

__all__ = ["MENU", "PAGES", "describe", "jobs"]

PAGES = (queue, keys)
MENU = (
    MenuEntry(
        "village", _l("Surat"), _l("Tanda tangan"), "letter_signing.index", "signature", "letters.sign", 30,
        badge=lambda: kept_badge("letters_to_sign", waiting_count),
    ),
    MenuEntry(
        "village", _l("Surat"), _l("Kunci tanda tangan"), "signing_keys.index", "key-round", "letters.settings", 38
    ),
)  # fmt: skip


def describe() -> None:
    """Say what the entries in the audit log mean (at start)."""
    describe_actions(
        "village",
        {
            "letter.not_signed": _l("mencatat surat yang belum dapat ditandatangani"),
            "signing_key.refused": _l("mengetik frasa sandi yang tidak cocok"),
        },
    )
    describe_fields({"why": _l("Sebab")})
    describe_values("why", WHY)
