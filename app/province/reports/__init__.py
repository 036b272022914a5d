"""Monthly adoption reports of a region, as PDF and spreadsheet, by mail on a schedule."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.core.audit import describe_actions, describe_fields
from app.core.capabilities import Capability, MenuEntry
from app.province.reports import jobs, schedule_views
from app.province.reports.api import report_api
from app.province.reports.views import blueprint

__all__ = ["capability", "jobs", "schedule_views"]

describe_actions(
    "province",
    {
        "report.requested": _l("meminta laporan dibuat"),
        "report.sent": _l("mengirim laporan lewat surel"),
        "report_schedule.added": _l("membuat jadwal laporan"),
        "report_schedule.changed": _l("mengubah jadwal laporan"),
        "report_schedule.sent_again": _l("mengirim ulang laporan"),
    },
)
describe_fields(
    {
        "day": _l("Tanggal"),
        "recipients": _l("Penerima"),
        "is_active": _l("Dikirim"),
        "region": _l("Wilayah"),
        "month": _l("Bulan"),
        "edition": _l("Edisi"),
        "shape": _l("Bentuk"),
        "letters": _l("Surel"),
    }
)

capability = Capability(
    name="reports",
    label=_l("Laporan"),
    pillar="province",
    blueprints=(blueprint,),
    menu=(MenuEntry("province", "", _l("Laporan"), "reports.index", "file-text", "indicators.export", 26),),
    api_blueprints=(report_api,),
)
