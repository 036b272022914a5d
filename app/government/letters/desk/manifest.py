"""What the desk brings to the house: pages, menu, events, and the words of its audit entries."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.core.audit import describe_actions, describe_fields
from app.core.capabilities import MenuEntry, ResidentSection
from app.government.letters.desk import queries
from app.government.letters.desk.batch_views import blueprint as batches
from app.government.letters.desk.new_views import blueprint as making
from app.government.letters.desk.telling import declare_events
from app.government.letters.desk.views import blueprint as desk

PAGES = (desk, making, batches)
MENU = (
    MenuEntry("village", _l("Surat"), _l("Pelayanan surat"), "letters.index", "stamp", "letters.view", 30),
)
RESIDENT_SECTIONS = (
    ResidentSection(
        "surat", _l("Surat"), "letters/desk/_resident.html", queries.letters_of_resident, "letters.view"
    ),
)


def describe() -> None:
    """Say what the entries in the audit log mean, and what people are told of (at start)."""
    declare_events()
    describe_actions(
        "village",
        {
            "letter.submitted": _l("mengajukan permohonan surat"),
            "letter.changed": _l("mengubah isian surat"),
            "letter.verified": _l("memeriksa surat dan mengajukannya ke kepala"),
            "letter.sent_back": _l("mengembalikan surat untuk diperbaiki"),
            "letter.approved": _l("menyetujui surat"),
            "letter.issued": _l("menerbitkan surat"),
            "letter.collected": _l("mencatat penyerahan surat"),
            "letter.rejected": _l("menolak permohonan surat"),
            "letter.cancelled": _l("membatalkan surat"),
            "letter.viewed": _l("membuka berkas surat"),
            "letter.paper_viewed": _l("membuka foto atau pindaian berkas persyaratan"),
            "letters.batch_started": _l("menerbitkan surat sekaligus untuk banyak penduduk"),
            "letters.batch_downloaded": _l("mengunduh surat massal"),
        },
    )
    describe_fields(
        {
            "letter_type": _l("Jenis surat"),
            "number": _l("Nomor surat"),
            "receiver": _l("Penerima"),
            "how": _l("Cara penyerahan"),
        }
    )
