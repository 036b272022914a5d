"""The capability: what events bring to menu, pages, API and audit log."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.core.audit import describe_actions, describe_fields
from app.core.capabilities import Capability, MenuEntry
from app.province.training.events import catalogue_views, event_views, money_views, session_views
from app.province.training.events.api import event_api
from app.province.training.events.api_catalogue import catalogue_api
from app.province.training.events.feed_views import calendars
from app.province.training.events.frame import add_section
from app.province.training.events.views import pages
from app.province.training.tabs import EventTab, add_tab

__all__ = ["capability", "catalogue_views", "event_views", "money_views", "session_views"]

add_tab(
    EventTab(
        _l("Ringkasan"), "training_events.show", "training.view", 10,
        also=("training_events.new_session", "training_events.edit_session", "training_events.add_session",
              "training_events.change_session"),
    )
)  # fmt: skip
add_tab(
    EventTab(
        _l("Biaya dan dokumen"), "training_events.budget", "training.view", 15,
        also=("training_events.add_cost", "training_events.change_cost", "training_events.add_document"),
    )
)  # fmt: skip
add_section(_l("Daftar"), "training_events.index", "training.view", 10)
add_section(_l("Kalender"), "training_events.month", "training.view", 20, ("training_events.make_feed",))
add_section(_l("Bank soal"), "training_learning.bank", "training.view", 50)
add_section(_l("Riwayat orang"), "training_learning.people", "training.view", 60)
add_section(_l("Program"), "training_events.programmes", "training.view", 70)
add_section(_l("Tempat"), "training_events.venues", "training.view", 80)
add_section(_l("Narasumber"), "training_events.speakers", "training.view", 90)

describe_actions(
    "province",
    {
        "training.event_added": _l("menulis draf kegiatan pelatihan"),
        "training.event_changed": _l("mengubah kegiatan pelatihan"),
        "training.event_moved": _l("memindahkan jadwal atau tempat kegiatan pelatihan"),
        "training.event_opened": _l("membuka kegiatan pelatihan"),
        "training.event_done": _l("menandai kegiatan pelatihan selesai"),
        "training.event_reopened": _l("membuka lagi kegiatan pelatihan"),
        "training.event_cancelled": _l("membatalkan kegiatan pelatihan"),
        "training.event_deleted": _l("menghapus draf kegiatan pelatihan"),
        "training.event_copied": _l("mengulangi kegiatan pelatihan"),
        "training.session_added": _l("menambah sesi pelatihan"),
        "training.session_changed": _l("mengubah sesi pelatihan"),
        "training.session_deleted": _l("menghapus sesi pelatihan"),
        "training.cost_added": _l("mencatat biaya pelatihan"),
        "training.cost_changed": _l("mengubah biaya pelatihan"),
        "training.cost_deleted": _l("menghapus biaya pelatihan"),
        "training.document_added": _l("menyimpan dokumen pelatihan"),
        "training.document_removed": _l("menghapus dokumen pelatihan"),
        "training.material_added": _l("menyimpan materi pelatihan"),
        "training.material_removed": _l("menghapus materi pelatihan"),
        "training.programme_added": _l("menambah program pelatihan"),
        "training.programme_changed": _l("mengubah program pelatihan"),
        "training.programme_deleted": _l("menghapus program pelatihan"),
        "training.venue_added": _l("menambah tempat pelatihan"),
        "training.venue_changed": _l("mengubah tempat pelatihan"),
        "training.venue_deleted": _l("menghapus tempat pelatihan"),
        "training.speaker_added": _l("menambah narasumber"),
        "training.speaker_changed": _l("mengubah narasumber"),
        "training.speaker_deleted": _l("menghapus narasumber"),
        "training.feed_made": _l("membuat alamat kalender pelatihan"),
        "training.feed_ended": _l("menghapus alamat kalender pelatihan"),
    },
)
describe_fields(
    {
        "session": _l("Sesi"),
        "speakers": _l("Narasumber"),
        "description": _l("Keterangan"),
        "amount": _l("Jumlah"),
        "file": _l("Berkas"),
        "copied_from": _l("Diulangi dari"),
    }
)

capability = Capability(
    name="training_events",
    label=_l("Pelatihan"),
    pillar="province",
    blueprints=(pages, calendars),
    menu=(
        MenuEntry(
            "province",
            _l("Program"),
            _l("Pelatihan"),
            "training_events.index",
            "graduation-cap",
            "training.view",
            28,
        ),
    ),
    api_blueprints=(event_api, catalogue_api),
)
"""Events of training: when, where, who speaks, for how many, at what cost."""
