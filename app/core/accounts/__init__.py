"""Accounts: who people are, how they sign in, what they may do."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.core.accounts import housekeeping, stamps
from app.core.accounts.views import BLUEPRINTS
from app.core.audit import describe_actions
from app.core.capabilities import Capability, MenuEntry

__all__ = ["capability", "housekeeping", "stamps"]

capability = Capability(
    name="accounts",
    label=_l("Akun"),
    pillar="core",
    blueprints=BLUEPRINTS,
    menu=(
        MenuEntry(
            "village", _l("Pengaturan"), _l("Akun dan peran"), "village_people.index", "user-cog",
            "accounts.manage", 70,
        ),
        MenuEntry(
            "province", _l("Platform"), _l("Akun petugas"), "officers.index", "user-cog",
            "region_accounts.manage", 80,
        ),
    ),
)  # fmt: skip

describe_actions(
    "both",
    {
        "session.opened": _l("masuk"),
        "session.refused": _l("gagal masuk"),
        "session.crossed": _l("pindah dari tempat kerja lain"),
        "second_factor.enabled": _l("mengaktifkan verifikasi dua langkah"),
        "second_factor.disabled": _l("mematikan verifikasi dua langkah"),
        "second_factor.codes_renewed": _l("mengganti kode cadangan"),
        "second_factor.reset": _l("melepas verifikasi dua langkah"),
        "account.changed": _l("mengubah profil"),
        "password.changed": _l("mengganti kata sandi"),
        "password.reset": _l("membuat kata sandi baru lewat tautan"),
        "api_access.made": _l("membuat token API"),
        "api_access.revoked": _l("mencabut token API"),
        "invitation.accepted": _l("menerima undangan"),
        "member.invited": _l("mengundang"),
        "member.changed": _l("mengubah peran"),
        "member.removed": _l("mengeluarkan"),
        "village_role.made": _l("membuat peran"),
        "village_role.changed": _l("mengubah isi peran"),
        "village_role.deleted": _l("menghapus peran"),
        "visit.started": _l("memulai kunjungan bantuan"),
        "visit.ended": _l("mengakhiri kunjungan bantuan"),
    },
)
describe_actions(
    "province",
    {
        "officer.invited": _l("mengundang petugas"),
        "officer.changed": _l("mengubah peran petugas"),
        "officer.deactivated": _l("menonaktifkan akun petugas"),
        "officer.reactivated": _l("mengaktifkan lagi akun petugas"),
    },
)
