"""Visits of mentors to villages: planned, recorded on the way, signed by the village."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.core.audit import describe_actions, describe_fields, describe_values
from app.core.capabilities import Capability, MenuEntry
from app.province.mentoring.cases import staffing
from app.province.mentoring.visits import handover, telling, words
from app.province.mentoring.visits.api import village_visit_api, visit_api
from app.province.mentoring.visits.views import pages
from app.province.mentoring.visits.village_views import village_pages
from app.province.mentoring.visits.waiting import TASKS
from app.province.mentoring.visits.write_views import worker_pages

__all__ = ["capability"]

telling.declare_events()
staffing.on_passing_on(handover.pass_on)

MENU = (
    MenuEntry(
        "province",
        _l("Program"),
        _l("Kunjungan"),
        "mentoring_visits.index",
        "map-pin",
        "mentoring.view",
        31,
    ),
)

describe_actions(
    "province",
    {
        "mentoring_visit.planned": _l("merencanakan kunjungan"),
        "mentoring_visit.recorded": _l("mencatat kunjungan"),
        "mentoring_visit.changed": _l("mengubah kunjungan"),
        "mentoring_visit.cancelled": _l("membatalkan kunjungan"),
        "mentoring_visit.passed_on": _l("meneruskan rencana kunjungan kepada pendamping lain"),
        "mentoring_visit.signed": _l("menandatangani kunjungan"),
        "mentoring_pin.wrong": _l("mengetik PIN kunjungan yang salah"),
        "mentoring_pin.locked": _l("mengunci PIN kunjungan dengan lima kali salah"),
    },
)
describe_actions(
    "village",
    {
        "mentoring_visit.signed": _l("menandatangani kunjungan pendamping"),
        "mentoring_visit.exported": _l("mengunduh daftar kunjungan pendamping"),
        "mentoring_pin.set": _l("menetapkan PIN kunjungan"),
    },
)
describe_fields(
    {
        "photos": _l("Foto"),
        "way": _l("Cara menandatangani"),
        "signed_by": _l("Ditandatangani oleh"),
        "tries": _l("Percobaan"),
        "bulan": _l("Bulan"),
    }
)
describe_values("way", words.WAYS)

capability = Capability(
    name="mentoring_visits",
    label=_l("Kunjungan"),
    pillar="province",
    blueprints=(pages, worker_pages, village_pages),
    menu=MENU,
    api_blueprints=(visit_api, village_visit_api),
    tasks=TASKS,
)
