"""Adoption states as the province's screens say them, in the order of the funnel."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import lazy_gettext as _

from tenants.models import LIVE_STATES, TenantState


@dataclass(frozen=True, slots=True)
class StateWords:
    """A state's name, what it means in a sentence, and the tone of its tag."""

    label: object
    meaning: object
    tone: str


STATES: dict[str, StateWords] = {
    TenantState.LISTED: StateWords(_("Belum diundang"), _("Terdaftar dari kode wilayah."), "neutral"),
    TenantState.INVITED: StateWords(_("Diundang"), _("Undangan terkirim, belum dijawab."), "info"),
    TenantState.APPLIED: StateWords(_("Mendaftar"), _("Menunggu persetujuan."), "info"),
    TenantState.APPROVED: StateWords(_("Disetujui"), _("Menunggu disiapkan."), "info"),
    TenantState.PROVISIONED: StateWords(
        _("Disiapkan"), _("Situs sudah ada, langkah penyiapan belum selesai."), "warning"
    ),
    TenantState.SET_UP: StateWords(
        _("Siap dipakai"), _("Penyiapan selesai, belum ada kerja tujuh hari ini."), "gold"
    ),
    TenantState.ACTIVE: StateWords(_("Aktif"), _("Perangkat bekerja dalam tujuh hari terakhir."), "success"),
    TenantState.ESTABLISHED: StateWords(
        _("Mapan"), _("Aktif sedikitnya delapan dari dua belas minggu terakhir."), "success"
    ),
    TenantState.DORMANT: StateWords(_("Diam"), _("Tiga puluh hari tanpa kerja."), "error"),
    TenantState.SUSPENDED: StateWords(
        _("Ditangguhkan"), _("Situs ditutup sementara oleh provinsi."), "error"
    ),
    TenantState.ARCHIVED: StateWords(_("Diarsipkan"), _("Tidak lagi memakai Siger."), "neutral"),
}

JOINING = (TenantState.LISTED, TenantState.INVITED, TenantState.APPLIED, TenantState.APPROVED)
"""States of villages that have no schema yet."""

GROUPS: dict[str, object] = {
    "live": _("Memakai"),
    "joining": _("Sedang bergabung"),
    "help": _("Perlu bantuan"),
}
"""Ready-made filters of several states, as the list names them."""

LIVE = frozenset(state.value for state in LIVE_STATES)


def words(state: str) -> StateWords:
    """How a state is said; raises KeyError for a state that does not exist."""
    return STATES[TenantState(state)]
