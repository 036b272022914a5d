"""What the registers bring to the capability: pages, menu, words of the audit log."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.core.audit import describe_actions, describe_fields
from app.core.capabilities import MenuEntry
from app.government.residents.books.views import blueprint

PAGES = (blueprint,)
MENU = (
    MenuEntry(
        place="village",
        group=_l("Penduduk"),
        label=_l("Buku penduduk"),
        endpoint="residents_books.index",
        icon="book-open",
        permission="residents.view",
        order=26,
    ),
)


def describe() -> None:
    """Say what the registers' entries in the audit log mean (at start)."""
    describe_actions("village", {"residents.book_exported": _l("membuat berkas buku penduduk")})
    describe_fields({
        "book": _l("Buku"), "month": _l("Bulan"), "format": _l("Bentuk berkas"), "in_clear": _l("NIK ditulis utuh"),
    })  # fmt: skip
