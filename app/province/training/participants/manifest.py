"""The capability: who is invited and takes part, and what villages do afterwards.

It stands apart from the package, whose models every other part of training imports.
"""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.core.audit import describe_actions, describe_fields
from app.core.capabilities import Capability, MenuEntry
from app.province.training.participants import (
    hooks,
    invitation_views,
    jobs,
    people_views,
    task_views,
)
from app.province.training.participants.api import participant_api
from app.province.training.participants.common_views import pages
from app.province.training.participants.page_views import blueprint as open_pages
from app.province.training.participants.village_api import village_training_api
from app.province.training.participants.village_views import village_training
from app.province.training.participants.waiting import TASKS, waiting_badge
from app.province.training.tabs import EventTab, add_tab

__all__ = ["capability", "invitation_views", "people_views", "task_views"]

jobs.declare_events()
hooks.watch_events()

add_tab(
    EventTab(
        _l("Undangan"),
        "training_participants.invitations",
        "training.view",
        20,
        ("training_participants.new_invitations", "training_participants.invite"),
    )
)
add_tab(
    EventTab(
        _l("Peserta"),
        "training_participants.participants",
        "training.view",
        30,
        (
            "training_participants.new_participant",
            "training_participants.add_participant",
            "training_participants.cancel_participant",
            "training_participants.replace_participant",
            "training_participants.quota_page",
            "training_participants.set_quota",
            "training_participants.swap_quota",
        ),
    )
)
add_tab(
    EventTab(
        _l("Tugas"),
        "training_participants.event_tasks",
        "training.view",
        70,
        ("training_participants.give_task",),
    )
)

describe_actions(
    "province",
    {
        "training_invitation.sent": _l("mengundang desa ke pelatihan"),
        "training_invitation.declined": _l("menjawab bahwa desa tidak ikut pelatihan"),
        "training_participant.registered": _l("mendaftarkan peserta pelatihan"),
        "training_participant.replaced": _l("mengganti peserta pelatihan"),
        "training_participant.cancelled": _l("membatalkan pendaftaran peserta"),
        "training_participant.walked_in": _l("menerima peserta yang datang langsung"),
        "training_participant.moved_up": _l("memberi tempat kepada yang menunggu"),
        "training_quota.changed": _l("mengubah kuota pelatihan"),
        "training_quota.swapped": _l("memindahkan tempat antarwilayah"),
        "training_task.given": _l("memberi tugas sesudah pelatihan"),
        "training_task.done": _l("menyelesaikan tugas sesudah pelatihan"),
        "training_task.dropped": _l("meniadakan tugas sesudah pelatihan"),
        "training_task.reopened": _l("membuka lagi tugas sesudah pelatihan"),
    },
)
describe_actions(
    "village",
    {
        "training.people_registered": _l("mendaftarkan peserta pelatihan"),
        "training.person_replaced": _l("mengganti peserta pelatihan"),
        "training.person_cancelled": _l("membatalkan pendaftaran peserta"),
        "training.invitation_declined": _l("menjawab bahwa desa tidak ikut pelatihan"),
        "training.task_done": _l("menyelesaikan tugas sesudah pelatihan"),
        "training.exported": _l("mengunduh daftar pelatihan"),
    },
)
describe_fields({"seat": _l("Tempat"), "due_on": _l("Paling lambat"), "format": _l("Bentuk berkas")})

capability = Capability(
    name="training_participants",
    label=_l("Peserta pelatihan"),
    pillar="province",
    blueprints=(pages, village_training, open_pages),
    menu=(
        MenuEntry(
            "village",
            "",
            _l("Pelatihan"),
            "village_training.index",
            "graduation-cap",
            "village.view",
            16,
            waiting_badge,
        ),
    ),
    api_blueprints=(participant_api, village_training_api),
    tasks=TASKS,
)
"""Who is invited and takes part, and what villages do afterwards."""
