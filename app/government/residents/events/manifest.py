"""What life events bring to the house: blueprints, menu, and the words of their audit entries."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.core.audit import describe_actions, describe_fields, describe_values
from app.core.capabilities import MenuEntry
from app.government.residents.events.kinds import KINDS
from app.government.residents.events.views import life_events_blueprint, population_report_blueprint

PAGES = (life_events_blueprint, population_report_blueprint)
MENU = (
    MenuEntry(
        "village", _l("Penduduk"), _l("Peristiwa"), "life_events.index", "calendar", "residents.view", 12
    ),
    MenuEntry(
        "village",
        _l("Penduduk"),
        _l("Laporan bulanan"),
        "population_report.index",
        "chart-column",
        "residents.view",
        13,
    ),
)


def describe() -> None:
    """Say what the entries in the audit log mean (at start)."""
    describe_actions(
        "village",
        {
            "life_event.birth": _l("mencatat kelahiran"),
            "life_event.death": _l("mencatat kematian"),
            "life_event.move_out": _l("mencatat kepindahan"),
            "life_event.move_in": _l("mencatat kedatangan"),
            "life_event.missing": _l("mencatat orang hilang"),
            "life_event.left": _l("mencatat kepergian tanpa kabar"),
            "life_event.return": _l("mencatat orang yang kembali"),
            "life_event.move_area": _l("mencatat pindah wilayah"),
            "life_event.split": _l("mencatat pecah keluarga"),
            "life_event.merge": _l("mencatat gabung keluarga"),
            "life_event.dissolve": _l("membubarkan keluarga"),
            "life_event.change_head": _l("mengganti kepala keluarga"),
            "life_event.change_residence": _l("mengubah status tinggal"),
            "life_event.change_nationality": _l("mengubah kewarganegaraan"),
            "life_event.undone": _l("membatalkan peristiwa penduduk"),
            "population_month.closed": _l("menutup bulan laporan penduduk"),
            "population_month.reopened": _l("membuka kembali bulan laporan penduduk"),
        },
    )
    describe_fields(
        {
            "event_kind": _l("Jenis peristiwa"),
            "happened_on": _l("Tanggal peristiwa"),
            "people": _l("Jumlah orang"),
            "accepted": _l("Peringatan yang diterima"),
            "note": _l("Catatan"),
            "months": _l("Jumlah bulan"),
            "residents": _l("Jumlah penduduk"),
            "reason": _l("Alasan"),
        }
    )
    describe_values("event_kind", KINDS)
