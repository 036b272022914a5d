"""The shipped roles of the foundation (domain: roles). Capabilities add their permissions to them."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.core.permissions import declare_permissions, declare_role

VILLAGE_PERMISSIONS = {
    "village.view": _l("Melihat halaman kerja desa"),
    "village.settings": _l("Mengubah identitas, istilah, logo, dan jam buka"),
    "officials.manage": _l("Mengelola perangkat"),
    "sub_areas.manage": _l("Mengelola wilayah di bawah desa"),
    "accounts.manage": _l("Mengelola akun dan peran"),
    "capabilities.manage": _l("Menyalakan dan mematikan fitur"),
    "audit.view": _l("Melihat catatan audit"),
    "jobs.view": _l("Melihat pekerjaan latar belakang"),
    "training.register": _l("Mendaftarkan peserta pelatihan dan menyelesaikan tugas lanjutan"),
    "mentoring.ask": _l("Meminta bantuan pendamping dan menjawabnya"),
    "mentoring.pin": _l("Mengatur PIN kunjungan pendamping"),
}

PROVINCE_PERMISSIONS = {
    "overview.view": _l("Melihat ikhtisar"),
    "indicators.export": _l("Mengunduh angka dan laporan"),
    "indicators.refresh": _l("Menghitung ulang angka desa"),
    "readiness.manage": _l("Mengubah bobot dan sasaran kesiapan"),
    "reports.manage": _l("Menjadwalkan laporan"),
    "open_data.manage": _l("Membuka angka untuk umum"),
    "announcements.send": _l("Mengirim pengumuman dan membagikan dokumen"),
    "external.manage": _l("Mengelola desa dengan sistem lain"),
    "training.view": _l("Melihat pelatihan dan hasilnya"),
    "training.manage": _l("Menyelenggarakan pelatihan"),
    "training.door": _l("Mencatat kehadiran di pintu"),
    "mentoring.view": _l("Melihat pendampingan"),
    "mentoring.work": _l("Menjawab kasus dan mencatat kunjungan"),
    "mentoring.manage": _l("Mengatur pendamping dan membagi kasus"),
    "guides.write": _l("Menulis panduan"),
    "onboarding.view": _l("Melihat pendaftaran desa"),
    "onboarding.decide": _l("Memutuskan pendaftaran desa"),
    "onboarding.rules": _l("Mengatur siapa yang memutuskan pendaftaran"),
    "onboarding.block": _l("Memblokir pendaftar"),
    "onboarding.invite": _l("Mengundang desa"),
    "onboarding.bulk": _l("Menyiapkan banyak desa dari berkas"),
    "villages.view": _l("Melihat daftar desa"),
    "villages.export": _l("Mengunduh daftar desa"),
    "villages.provision": _l("Menyiapkan desa"),
    "villages.suspend": _l("Menangguhkan dan memulihkan desa"),
    "villages.visit": _l("Kunjungan bantuan ke desa"),
    "life.manage": _l("Mengarsipkan, memekarkan, dan menggabungkan desa"),
    "life.delete": _l("Meminta dan menyetujui penghapusan data desa"),
    "region_accounts.manage": _l("Mengelola akun provinsi dan wilayah"),
    "health.view": _l("Melihat kesehatan desa dan salinannya"),
    "copies.manage": _l("Mengambil dan memulihkan salinan desa"),
    "platform_audit.view": _l("Melihat catatan audit platform"),
    "platform_jobs.view": _l("Melihat daftar pekerjaan"),
    "platform_jobs.retry": _l("Mengulang pekerjaan"),
}

ALL_STAFF = ("village.view", "training.register", "mentoring.ask")
EVERYTHING_IN_A_VILLAGE = tuple(VILLAGE_PERMISSIONS)
READS = ("overview.view", "villages.view")
WATCHES = ("training.view", "mentoring.view", "health.view")
DECIDES = ("onboarding.view", "onboarding.decide")
ORGANISES = (*WATCHES, "training.manage", "training.door", "mentoring.work")


def declare_shipped_roles() -> None:
    """Declare permissions and roles; called once when the application is built."""
    declare_permissions("village", VILLAGE_PERMISSIONS)
    declare_permissions("province", PROVINCE_PERMISSIONS)
    declare_role(
        "province_admin", _l("Admin provinsi"), "province", permissions=PROVINCE_PERMISSIONS, level=1
    )
    declare_role(
        "province_analyst",
        _l("Analis provinsi"),
        "province",
        permissions=(*READS, "villages.export", "indicators.export", *WATCHES),
        level=1,
    )
    declare_role(
        "regency_admin", _l("Admin kabupaten/kota"), "province", level=2,
        permissions=(
            *READS, "villages.export", "villages.provision", "region_accounts.manage", "platform_audit.view",
            "platform_jobs.view", "platform_jobs.retry", "indicators.export", "reports.manage", "announcements.send",
            "external.manage", *ORGANISES, "mentoring.manage", *DECIDES, "onboarding.rules",
            "onboarding.invite", "onboarding.bulk",
        ),
    )  # fmt: skip
    declare_role(
        "regency_analyst",
        _l("Analis kabupaten/kota"),
        "province",
        permissions=(*READS, "villages.export", "indicators.export", *WATCHES),
        level=2,
    )
    declare_role(
        "district_officer",
        _l("Petugas kecamatan"),
        "province",
        permissions=(
            *READS,
            "indicators.export",
            "announcements.send",
            *ORGANISES,
            "mentoring.manage",
            *DECIDES,
        ),
        level=3,
    )
    declare_role(
        "mentor",
        _l("Pendamping"),
        "province",
        permissions=(*READS, *WATCHES, "training.door", "mentoring.work"),
        level=3,
    )
    declare_role(
        "village_head",
        _l("Kepala desa"),
        "village",
        permissions=(*ALL_STAFF, "audit.view", "jobs.view", "mentoring.pin"),
    )
    declare_role("secretary", _l("Sekretaris"), "village", permissions=EVERYTHING_IN_A_VILLAGE)
    declare_role(
        "operator", _l("Operator"), "village",
        permissions=(*ALL_STAFF, "officials.manage", "sub_areas.manage", "jobs.view"),
    )  # fmt: skip
    declare_role("treasurer", _l("Bendahara"), "village", permissions=("village.view", "mentoring.ask"))
    declare_role("section_staff", _l("Staf seksi"), "village", permissions=("village.view", "mentoring.ask"))
    declare_role("cadre", _l("Kader"), "village", permissions=("village.view", "mentoring.ask"))
    declare_role("council", _l("BPD/BHP"), "village", permissions=("village.view",))
