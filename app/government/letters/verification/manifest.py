"""What verification brings to the village's public pages; the pages themselves stand in `app.site`."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.core.capabilities import PublicEntry

PUBLIC = (PublicEntry(_l("Cek surat"), "letter_checks.form", 60),)
