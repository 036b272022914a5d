"""What residents' accounts bring: pages, menu, a section on a resident's page, the words of the audit log."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from app.core.audit import describe_actions, describe_fields
from app.core.badges import kept_badge
from app.core.capabilities import MenuEntry, ResidentSection, Task
from app.core.notifications import declare_event
from app.government.selfservice.accounts import jobs
from app.government.selfservice.accounts.standing import section_of, waiting_accounts
from app.government.selfservice.accounts.views.access import blueprint as access
from app.government.selfservice.accounts.views.data import blueprint as data
from app.government.selfservice.accounts.views.staff import blueprint as staff

__all__ = ["MENU", "PAGES", "SECTIONS", "describe", "jobs"]

PAGES = (access, data, staff)
MENU = (
    MenuEntry(
        "village", _l("Warga"), _l("Akun warga"), "portal_accounts.index", "smartphone", "selfservice.accounts", 45,
        badge=lambda: kept_badge("accounts_waiting", waiting_accounts),
    ),
)  # fmt: skip
TASKS = (
    Task(
        "accounts_waiting",
        waiting_accounts,
        lambda n: str(
            ngettext("%(num)d akun warga menunggu persetujuan", "%(num)d akun warga menunggu persetujuan", n)
        ),
        "portal_accounts.index",
        "selfservice.accounts",
        "smartphone",
        order=70,
        args={"keadaan": "waiting"},
    ),
)
SECTIONS = (
    ResidentSection(
        "akun",
        _l("Akun layanan mandiri"),
        "selfservice/_account_section.html",
        section_of,
        "selfservice.accounts",
    ),
)


def describe() -> None:
    """Say what the entries in the audit log mean (at start)."""
    describe_actions(
        "village",
        {
            "portal.signed_in": _l("masuk ke layanan mandiri"),
            "portal.sign_in_refused": _l("gagal masuk ke layanan mandiri"),
            "portal.locked": _l("akun layanan mandiri terkunci karena PIN salah"),
            "portal.activated": _l("mengaktifkan akun layanan mandiri"),
            "portal.activation_refused": _l("gagal mengaktifkan akun layanan mandiri"),
            "portal.applied": _l("meminta akun layanan mandiri dengan foto KTP"),
            "portal.signed_out_everywhere": _l("keluar dari semua perangkat"),
            "portal.code_given": _l("memberi kode akun layanan mandiri"),
            "portal.approved": _l("menyetujui akun layanan mandiri"),
            "portal.refused": _l("menolak permohonan akun layanan mandiri"),
            "portal.unlocked": _l("membuka kunci akun layanan mandiri"),
            "portal.signed_out": _l("mengeluarkan warga dari semua perangkat"),
            "portal.closed": _l("menutup akun layanan mandiri"),
            "portal.card_enrolled": _l("mendaftarkan kartu warga untuk kios"),
            "portal.card_removed": _l("melepas kartu warga dari akunnya"),
            "portal.contact_changed": _l("mengubah nomor ponsel atau surel di layanan mandiri"),
            "portal.pin_changed": _l("mengganti PIN layanan mandiri"),
            "portal.numbers_shown": _l("melihat nomor lengkap datanya sendiri"),
            "portal.left": _l("akun layanan mandiri ditutup karena warganya tidak lagi tinggal di sini"),
            "portal.photo_viewed": _l("melihat foto KTP pemohon akun"),
        },
    )
    describe_fields({"on_kiosk": _l("Di kios")})
    declare_event(
        "portal.applied",
        _l("Permohonan akun warga"),
        "Permohonan akun dari {nama}",
        "{nama} meminta akun layanan mandiri dengan foto KTP. Cocokkan fotonya, lalu setujui atau tolak.",
        ("in_app",),
        "staff",
        {"nama": "nama warga"},
    )
    declare_event(
        "portal.data_requested",
        _l("Permintaan data pribadi dari layanan mandiri"),
        "Permintaan data dari {nama}",
        "{nama} meminta perbaikan atau salinan data pribadi. Jawab paling lambat 3 × 24 jam.",
        ("in_app",),
        "staff",
        {"nama": "nama warga"},
    )
    declare_event(
        "portal.approved",
        _l("Akun disetujui"),
        "Akun layanan mandiri Anda aktif",
        "Permohonan akun Anda di {desa} disetujui. Masuk dengan NIK dan PIN yang Anda pilih.",
        ("in_app", "email", "whatsapp"),
        "resident",
    )
