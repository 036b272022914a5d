"""A village itself: profile, officials, sub-areas, and the settings pages for them."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.core.audit import describe_actions, describe_summaries
from app.core.capabilities import Capability, MenuEntry
from app.core.village.api import official_api, sub_area_api, village_api
from app.core.village.indicators import INDICATORS
from app.core.village.views import officials_blueprint, sub_areas_blueprint, village_blueprint

_SETTINGS = _l("Pengaturan")

capability = Capability(
    name="village",
    label=_l("Desa"),
    pillar="core",
    deeds=("village", "official", "sub_area", "service"),
    blueprints=(village_blueprint, officials_blueprint, sub_areas_blueprint),
    menu=(
        MenuEntry("village", "", _l("Beranda"), "village.start", "house", "village.view", 1),
        MenuEntry(
            "village", _SETTINGS, _l("Identitas"), "village.identity", "landmark", "village.settings", 10
        ),
        MenuEntry("village", _SETTINGS, _l("Istilah"), "village.words", "languages", "village.settings", 20),
        MenuEntry("village", _SETTINGS, _l("Tampilan"), "village.look", "image", "village.settings", 30),
        MenuEntry("village", _SETTINGS, _l("Jam layanan"), "village.hours", "clock", "village.settings", 40),
        MenuEntry(
            "village", _SETTINGS, _l("Perangkat"), "officials.index", "users-round", "officials.manage", 50
        ),
        MenuEntry(
            "village", _SETTINGS, _l("Wilayah"), "sub_areas.index", "map-pinned", "sub_areas.manage", 60
        ),
        MenuEntry(
            "village", _SETTINGS, _l("Fitur"), "village.capabilities", "layers", "capabilities.manage", 80
        ),
    ),
    indicators=INDICATORS,
    api_blueprints=(village_api, official_api, sub_area_api),
)

describe_actions(
    "village",
    {
        "village.identity_changed": _l("mengubah identitas dan kontak"),
        "village.look_changed": _l("mengubah logo, warna, atau kop surat"),
        "village.hours_changed": _l("mengubah jam layanan"),
        "village.step_done": _l("menandai langkah penyiapan"),
        "village.step_skipped": _l("menunda langkah penyiapan"),
        "official.added": _l("menambahkan perangkat"),
        "official.changed": _l("mengubah data perangkat"),
        "official.moved": _l("mengubah urutan perangkat"),
        "official.removed": _l("menghapus perangkat"),
        "sub_area.added": _l("menambahkan wilayah"),
        "sub_area.changed": _l("mengubah wilayah"),
        "sub_area.removed": _l("menghapus wilayah"),
    },
)
_STEPS = {
    "identity": _l("alamat dan kontak"),
    "words": _l("istilah"),
    "look": _l("logo dan kop surat"),
    "hours": _l("jam layanan"),
    "officials": _l("perangkat"),
    "sub_areas": _l("wilayah"),
    "residents": _l("data penduduk"),
    "numbers": _l("nomor surat"),
    "accounts": _l("rekan kerja"),
    "capabilities": _l("fitur"),
    "live": _l("buka untuk umum"),
}
describe_summaries("village.step_done", _STEPS)
describe_summaries("village.step_skipped", _STEPS)
describe_actions(
    "both",
    {
        "village.words_changed": _l("mengubah istilah"),
        "village.capabilities_changed": _l("menyalakan atau mematikan fitur"),
    },
)
