"""Copies and health in words: kinds of copies, a village's tables, sizes, ages."""

from __future__ import annotations

import datetime as dt

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.core.ui.formats import number
from tenants.models import now

KINDS = {
    "nightly": _l("Malam"),
    "hand": _l("Diambil sendiri"),
    "before_restore": _l("Sebelum pemulihan"),
    "before_deletion": _l("Sebelum penghapusan"),
}

TABLES = {
    "audit_entry": _l("Catatan audit"),
    "audit_seal": _l("Segel catatan audit"),
    "case_file": _l("Berkas permohonan"),
    "case_step": _l("Langkah permohonan"),
    "import_run": _l("Impor data"),
    "incoming_letter": _l("Surat masuk"),
    "job_run": _l("Pekerjaan latar"),
    "kiosk_device": _l("Anjungan mandiri"),
    "letter_classification": _l("Klasifikasi surat"),
    "letter_counter": _l("Penomoran surat"),
    "letter_type": _l("Jenis surat"),
    "notification": _l("Pemberitahuan"),
    "population_month": _l("Bulan kependudukan"),
    "stored_file": _l("Berkas"),
    "sub_area": _l("Wilayah bagian"),
    "village_state": _l("Keadaan kunci dan register"),
    "household": _l("Keluarga"),
    "official": _l("Perangkat"),
    "village_profile": _l("Profil desa"),
    "resident": _l("Penduduk"),
    "signing_key": _l("Kunci tanda tangan"),
    "complaint": _l("Aduan"),
    "data_request": _l("Permintaan data pribadi"),
    "letter": _l("Surat"),
    "life_event": _l("Peristiwa kependudukan"),
    "portal_account": _l("Akun warga"),
    "resident_document": _l("Dokumen penduduk"),
    "signing_run": _l("Penandatanganan"),
    "portal_session": _l("Sesi warga"),
}

_UNITS = ("B", "KB", "MB", "GB", "TB")


def table_name(code: str) -> str:
    """A village's table as people call it."""
    return str(TABLES.get(code, code))


def size(count: int | None) -> str:
    """Bytes as people read them: 1,4 MB (units of 1,024)."""
    if count is None:
        return "–"
    value, unit = float(count), 0
    while value >= 1024 and unit < len(_UNITS) - 1:
        value, unit = value / 1024, unit + 1
    return f"{number(value, 1 if unit and value < 100 else 0)} {_UNITS[unit]}"


def age(moment: dt.datetime | None) -> str:
    """How long ago a copy was taken."""
    if moment is None:
        return str(_("Belum pernah"))
    hours = int((now() - moment).total_seconds() // 3600)
    if hours < 1:
        return str(_("Kurang dari satu jam"))
    if hours < 48:
        return str(_("%(count)s jam", count=number(hours)))
    return str(_("%(count)s hari", count=number(hours // 24)))
