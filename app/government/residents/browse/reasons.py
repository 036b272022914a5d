"""Why somebody wants to see numbers unmasked: quick choices and a text. The audit log keeps the words."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

REASONS = {
    "service": _l("Melayani warga yang datang"),
    "letter": _l("Membuat surat"),
    "check": _l("Mencocokkan dengan KTP atau KK"),
    "office": _l("Permintaan dinas yang berwenang"),
    "other": _l("Alasan lain"),
}


def reason_options() -> list[tuple[str, str]]:
    """The quick choices of the form."""
    return [(code, str(label)) for code, label in REASONS.items()]


def told_reason(form: Mapping[str, str]) -> str:
    """The reason that was told: the chosen words, the text, or both; empty when neither says anything."""
    chosen, text = form.get("reason", ""), " ".join(form.get("reason_text", "").split())
    if chosen not in REASONS or chosen == "other":
        return text
    words = str(REASONS[chosen])
    return _("%(reason)s: %(more)s", reason=words, more=text) if text else words
