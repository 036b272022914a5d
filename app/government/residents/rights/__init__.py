"""What residents may ask about their own data, and how long data is kept (UU PDP, Law 27/2022)."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.core.audit import describe_actions, describe_fields
from app.core.audit.wording import describe_values
from app.core.capabilities import MenuEntry
from app.government.residents.rights import jobs
from app.government.residents.rights.schemas import KINDS, STATES
from app.government.residents.rights.views import data_requests, data_retention

__all__ = ["BLUEPRINTS", "MENU", "jobs"]

BLUEPRINTS = (data_requests, data_retention)
_GROUP = _l("Penduduk")
MENU = (
    MenuEntry(
        "village", _GROUP, _l("Permintaan data"), "data_requests.index", "inbox", "residents.requests", 80
    ),
    MenuEntry(
        "village", _GROUP, _l("Masa simpan"), "data_retention.settings", "archive", "residents.settings", 90
    ),
)

describe_actions(
    "village",
    {
        "data_request.received": _l("mencatat permintaan data pribadi"),
        "data_request.answered": _l("menjawab permintaan data pribadi"),
        "data_request.copy_made": _l("membuat salinan data pribadi"),
        "residents.retention_changed": _l("mengubah masa simpan data penduduk"),
        "residents.retention_applied": _l("menghapus data penduduk yang lewat masa simpan"),
    },
)
describe_fields(
    {
        "request_kind": _l("Yang diminta"),
        "outcome": _l("Hasil"),
        "file_format": _l("Bentuk berkas"),
        "with_health": _l("Dengan data kesehatan"),
        "years": _l("Tahun"),
    }
)
describe_values("request_kind", KINDS)
describe_values("outcome", STATES)
