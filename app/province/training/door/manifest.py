"""What attendance brings to the house."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.core.audit import describe_actions, describe_fields
from app.core.capabilities import Capability, MenuEntry
from app.province.training.door.api import attendance_api
from app.province.training.door.event_views import attendance
from app.province.training.door.open_views import blueprint as open_pages
from app.province.training.door.own_code import own_section
from app.province.training.door.views import pages
from app.province.training.participants.page import add_section
from app.province.training.tabs import EventTab, add_tab

MENU = (
    MenuEntry(
        "province", _l("Program"), _l("Pintu hadir"), "training_door.index", "door-open", "training.door", 29
    ),
)

describe_actions(
    "province",
    {
        "training_attendance.noted": _l("mencatat kehadiran"),
        "training_attendance.taken_back": _l("menghapus catatan kehadiran"),
        "training_participant.admitted": _l("memberi tempat di pintu"),
    },
)
describe_fields({"people": _l("Orang")})

add_tab(
    EventTab(
        _l("Kehadiran"), "training_attendance.event", "training.view", 40, ("training_attendance.sheet",)
    )
)
add_section(10, "door/_own_section.html", own_section)

capability = Capability(
    name="training_door",
    label=_l("Kehadiran"),
    pillar="province",
    blueprints=(pages, attendance, open_pages),
    menu=MENU,
    api_blueprints=(attendance_api,),
)
