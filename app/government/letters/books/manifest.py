"""What the books bring to the capability: pages, menu, words of the audit log."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.core.audit import describe_actions, describe_fields
from app.core.capabilities import MenuEntry
from app.government.letters.books.archive_views import blueprint as archive
from app.government.letters.books.book_views import blueprint as books
from app.government.letters.books.disposition_views import blueprint as dispositions
from app.government.letters.books.incoming_views import blueprint as incoming
from app.government.letters.books.outgoing_views import blueprint as outgoing

PAGES = (incoming, dispositions, outgoing, books, archive)
GROUP = _l("Surat")
MENU = (
    MenuEntry("village", GROUP, _l("Surat masuk"), "incoming_letters.index", "inbox", "letters.view", 34),
    MenuEntry(
        "village",
        GROUP,
        _l("Buku surat"),
        "outgoing_letters.index",
        "book-open",
        "letters.view",
        35,
        also=("letter_books.agenda", "letter_books.expedition", "letter_archive.index"),
    ),
)


def describe() -> None:
    """Say what the books' entries in the audit log mean (at start)."""
    describe_actions(
        "village",
        {
            "incoming_letter.recorded": _l("mencatat surat masuk"),
            "incoming_letter.changed": _l("mengubah catatan surat masuk"),
            "incoming_letter.cancelled": _l("membatalkan catatan surat masuk"),
            "incoming_letter.scanned": _l("menyimpan pindaian surat masuk"),
            "incoming_letter.scan_viewed": _l("membuka pindaian surat masuk"),
            "incoming_letter.scan_removed": _l("menghapus pindaian surat masuk"),
            "incoming_letter.disposed": _l("memberi disposisi surat masuk"),
            "incoming_letter.reported": _l("melaporkan disposisi selesai"),
            "incoming_letter.finished": _l("menyatakan surat masuk selesai"),
            "incoming_letter.replied": _l("mencatat jawaban surat masuk"),
            "letter.entered": _l("mencatat surat keluar dari luar sistem"),
            "letter.sent": _l("mencatat pengiriman surat"),
            "letters.book_exported": _l("membuat berkas buku surat"),
            "letters.archive_made": _l("menyiapkan arsip surat setahun"),
            "letters.archive_fetched": _l("mengunduh arsip surat"),
            "incoming_letter.sheet_printed": _l("mencetak lembar disposisi"),
        },
    )
    describe_fields({
        "sender": _l("Pengirim"), "letter_date": _l("Tanggal surat"), "received_on": _l("Diterima tanggal"),
        "subject": _l("Perihal"), "urgency": _l("Sifat"), "secrecy": _l("Kerahasiaan"), "due_on": _l("Batas waktu"),
        "attachments": _l("Lampiran"), "classification": _l("Klasifikasi"), "sent_on": _l("Dikirim tanggal"),
        "sent_to": _l("Dikirim kepada"), "carried_by": _l("Dibawa oleh"), "received_by": _l("Diterima oleh"),
        "part": _l("Bagian"),
    })  # fmt: skip
