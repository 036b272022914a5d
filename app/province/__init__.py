"""The province above the villages: overview, villages, preparing many, work in the background."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext

from app.core.audit import describe_actions, describe_fields, describe_values
from app.core.capabilities import Capability, MenuEntry
from app.province import jobs, people_views, presenting, states, watching, work_views
from app.province.api import indicator_api, region_api, village_api
from app.province.readiness.classes import CLASSES, UNTOLD
from app.province.views import pages

__all__ = ["capability", "jobs", "people_views", "work_views"]

MENU = (
    MenuEntry("province", "", _l("Ikhtisar"), "province.index", "layout-dashboard", "overview.view", 10),
    MenuEntry(
        "province",
        "",
        lazy_pgettext("many villages", "Desa"),
        "province.village_list",
        "map-pinned",
        "villages.view",
        20,
    ),
    MenuEntry(
        "province", "", _l("Perlu bantuan"), "province.attention_list", "life-buoy", "overview.view", 18
    ),
    MenuEntry(
        "province",
        _l("Program"),
        _l("Penyiapan"),
        "province.preparation",
        "circle-play",
        "villages.provision",
        30,
    ),
    MenuEntry(
        "province", _l("Platform"), _l("Pekerjaan"), "province.run_list", "layers", "platform_jobs.view", 80
    ),
)

describe_actions(
    "province",
    {
        "demo.history_written": _l("mengisi riwayat contoh"),
        "village.suspended": _l("menangguhkan desa"),
        "village.resumed": _l("memulihkan desa"),
        "village.provision_requested": _l("meminta penyiapan desa"),
        "village.provisioned": _l("menyiapkan desa"),
        "village.state_changed": _l("mencatat perubahan keadaan desa"),
        "region.provision_requested": _l("meminta penyiapan wilayah"),
        "villages.exported": _l("mengunduh daftar desa"),
        "job.retried": _l("mengulang pekerjaan"),
        "region.refused": _l("meminta wilayah lain dan ditolak"),
        watching.VIEWED: _l("melihat angka"),
        watching.EXPORTED: _l("mengunduh angka"),
    },
)
describe_values("state", {code: said.label for code, said in states.STATES.items()})
describe_values("keadaan", {code: said.label for code, said in states.STATES.items()} | states.GROUPS)
describe_values(
    "urut",
    {
        "code": _l("Urut kode wilayah"),
        "activity": _l("Terakhir dipakai dulu"),
        "since": _l("Keadaan terbaru dulu"),
    },
)
describe_values("sistem", {"lain": _l("Sistem lain"), "siger": _l("Siger")})
describe_values("kesiapan", {one.key: one.label for one in (*CLASSES, UNTOLD)})
describe_values("alasan", {reason.value: label for reason, label in presenting.REASON_LABELS.items()})
describe_values("jenis", {"desa": _l("Desa"), "kelurahan": _l("Kelurahan")})
describe_fields(
    {code: states.words(code).label for code in states.JOINING}
    | {
        "q": _l("Cari"),
        "rows": _l("Baris"),
        "kab": _l("Kabupaten/kota"),
        "kec": _l("Kecamatan"),
        "keadaan": _l("Keadaan"),
        "jenis": _l("Jenis"),
        "urut": _l("Urutan"),
        "sistem": _l("Sistem"),
        "kesiapan": _l("Kelas kesiapan"),
        "alasan": _l("Alasan"),
    }
)

capability = Capability(
    name="province",
    label=_l("Provinsi"),
    pillar="province",
    blueprints=(pages,),
    menu=MENU,
    api_blueprints=(village_api, region_api, indicator_api),
)
