"""Who reads and answers complaints."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

PERMISSIONS = {
    "complaints.view": _l("Melihat pengaduan"),
    "complaints.answer": _l("Menangani dan menjawab pengaduan"),
}
GRANTS = {
    "village_head": tuple(PERMISSIONS),
    "secretary": tuple(PERMISSIONS),
    "operator": tuple(PERMISSIONS),
    "section_staff": ("complaints.view",),
}
