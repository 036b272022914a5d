"""The shipped roles of the foundation (domain: roles). Capabilities add their permissions to them."""

from __future__ import annotations

from app.core.permissions import declare_permissions, declare_role

VILLAGE_PERMISSIONS = {
    "village.view": "Melihat halaman kerja desa",
    "village.settings": "Mengubah identitas, istilah, logo, dan jam buka",
    "officials.manage": "Mengelola perangkat",
    "sub_areas.manage": "Mengelola wilayah di bawah desa",
    "accounts.manage": "Mengelola akun dan peran",
    "capabilities.manage": "Menyalakan dan mematikan fitur",
    "audit.view": "Melihat catatan audit",
    "jobs.view": "Melihat pekerjaan latar belakang",
}

PROVINCE_PERMISSIONS = {
    "overview.view": "Melihat ikhtisar",
    "villages.view": "Melihat daftar desa",
    "villages.export": "Mengunduh daftar desa",
    "villages.provision": "Menyiapkan desa",
    "villages.suspend": "Menangguhkan dan memulihkan desa",
    "villages.visit": "Kunjungan bantuan ke desa",
    "region_accounts.manage": "Mengelola akun provinsi dan wilayah",
    "platform_audit.view": "Melihat catatan audit platform",
    "platform_jobs.view": "Melihat daftar pekerjaan",
    "platform_jobs.retry": "Mengulang pekerjaan",
}

EVERYTHING_IN_A_VILLAGE = tuple(VILLAGE_PERMISSIONS)
READS = ("overview.view", "villages.view")


def declare_shipped_roles() -> None:
    """Declare permissions and roles; called once when the application is built."""
    declare_permissions("village", VILLAGE_PERMISSIONS)
    declare_permissions("province", PROVINCE_PERMISSIONS)
    declare_role("province_admin", "Admin provinsi", "province", permissions=PROVINCE_PERMISSIONS, level=1)
    declare_role(
        "province_analyst", "Analis provinsi", "province", permissions=(*READS, "villages.export"), level=1
    )
    declare_role(
        "regency_admin", "Admin kabupaten/kota", "province", level=2,
        permissions=(
            *READS, "villages.export", "villages.provision", "region_accounts.manage", "platform_audit.view",
            "platform_jobs.view", "platform_jobs.retry",
        ),
    )  # fmt: skip
    declare_role(
        "regency_analyst",
        "Analis kabupaten/kota",
        "province",
        permissions=(*READS, "villages.export"),
        level=2,
    )
    declare_role("district_officer", "Petugas kecamatan", "province", permissions=READS, level=3)
    declare_role("mentor", "Pendamping", "province", permissions=READS, level=3)
    declare_role(
        "village_head", "Kepala desa", "village", permissions=("village.view", "audit.view", "jobs.view")
    )
    declare_role("secretary", "Sekretaris", "village", permissions=EVERYTHING_IN_A_VILLAGE)
    declare_role(
        "operator", "Operator", "village",
        permissions=("village.view", "officials.manage", "sub_areas.manage", "jobs.view"),
    )  # fmt: skip
    declare_role("treasurer", "Bendahara", "village", permissions=("village.view",))
    declare_role("section_staff", "Staf seksi", "village", permissions=("village.view",))
    declare_role("cadre", "Kader", "village", permissions=("village.view",))
    declare_role("council", "BPD/BHP", "village", permissions=("village.view",))
