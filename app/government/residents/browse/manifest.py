"""What the lists and pages bring to the house: blueprints, menu, and the words of their audit entries."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.core.audit import describe_actions, describe_fields, describe_values
from app.core.capabilities import MenuEntry
from app.government.residents.browse.household_views import blueprint as households
from app.government.residents.browse.person_views import blueprint as residents
from app.government.residents.documents.queries import KINDS
from app.government.residents.documents.views import blueprint as documents

PAGES = (residents, households, documents)
MENU = (
    MenuEntry(
        "village", _l("Penduduk"), _l("Penduduk"), "residents.index", "users-round", "residents.view", 10
    ),
    MenuEntry("village", _l("Penduduk"), _l("Keluarga"), "households.index", "house", "residents.view", 11),
)


def describe() -> None:
    """Say what the entries in the audit log mean (at start)."""
    describe_actions(
        "village",
        {
            "resident.identity_viewed": _l("melihat NIK dan nomor lain secara utuh"),
            "resident.photo_changed": _l("mengganti foto penduduk"),
            "resident.photo_removed": _l("menghapus foto penduduk"),
            "household.card_viewed": _l("membuka lembar KK"),
            "household.card_printed": _l("mencetak lembar KK ke PDF"),
            "resident_document.added": _l("menyimpan dokumen penduduk"),
            "resident_document.viewed": _l("membuka dokumen penduduk"),
            "resident_document.removed": _l("menghapus dokumen penduduk"),
        },
    )
    describe_fields({"document_kind": _l("Jenis dokumen")})
    describe_values("document_kind", KINDS)
