"""The columns of the workbook: their headings, which ones must be there, and the workbook to fill in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import IO, Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import pgettext
from sqlalchemy import select

from app.core.spreadsheets import heading_key
from app.core.tables import Column, Sheet, write_sheets
from app.extensions import db
from app.province.regions import Territory, within
from tenants.models import TenantRow, TenantState

FIELDS: dict[str, tuple[object, int]] = {
    "code": (_l("Kode"), 16),
    "name": (_l("Nama"), 26),
    "district": (_l("Kecamatan"), 22),
    "regency": (_l("Kabupaten/kota"), 28),
    "slug": (_l("Alamat situs"), 26),
    "contact": (_l("Nama kontak"), 28),
    "title": (_l("Jabatan"), 20),
    "email": (_l("Surel"), 30),
    "phone": (_l("Telepon"), 18),
}
"""Column → its heading and width, in the order of the template."""

REQUIRED = ("code", "contact", "email")
KNOWN: dict[str, str] = {
    "kode": "code", "kode wilayah": "code", "kode desa": "code", "code": "code",
    "nama": "name", "nama desa": "name", "desa": "name", "desa kelurahan": "name", "name": "name", "village": "name",
    "kecamatan": "district", "district": "district",
    "kabupaten": "regency", "kabupaten kota": "regency", "kota": "regency", "regency": "regency",
    "regency city": "regency", "regency or city": "regency",
    "alamat situs": "slug", "alamat": "slug", "site address": "slug", "slug": "slug",
    "nama kontak": "contact", "kontak": "contact", "contact name": "contact", "contact": "contact",
    "jabatan": "title", "title": "title", "position": "title", "office": "title",
    "surel": "email", "email": "email", "e mail": "email", "surat elektronik": "email", "alamat surel": "email",
    "telepon": "phone", "telpon": "phone", "nomor telepon": "phone", "nomor hp": "phone", "no hp": "phone",
    "hp": "phone", "phone": "phone", "nomor ponsel": "phone", "ponsel": "phone",
}  # fmt: skip
"""Headings as `heading_key` writes them, in both languages of the template → the column."""

CLOSED = (TenantState.SUSPENDED, TenantState.ARCHIVED)


def columns_of(header: Sequence[str]) -> dict[str, int]:
    """Column → its place in a file with this header; of two with the same meaning the first counts."""
    found: dict[str, int] = {}
    for at, heading in enumerate(header):
        field = KNOWN.get(heading_key(heading))
        if field is not None:
            found.setdefault(field, at)
    return found


def missing_in(found: dict[str, int]) -> list[str]:
    """The headings of columns that must be there and are not."""
    return [str(FIELDS[field][0]) for field in REQUIRED if field not in found]


def template_workbook(here: Territory) -> IO[bytes]:
    """The workbook to fill in: every village of a region that was not prepared yet (one select).

    Inside a platform scope; the caller closes it.
    """
    query = (
        select(
            TenantRow.code, TenantRow.name, TenantRow.district_name, TenantRow.regency_name, TenantRow.slug
        )
        .where(within(here.code), TenantRow.schema_name.is_(None), TenantRow.software.is_(None))
        .where(TenantRow.state.not_in(CLOSED))
        .order_by(TenantRow.code)
    )
    rows = [(*row, "", "", "", "") for row in db.session.execute(query)]
    columns = [Column(str(label), width=width) for label, width in FIELDS.values()]
    help_rows: list[tuple[Any, ...]] = [
        (str(FIELDS["code"][0]), _("Kode wilayah Kemendagri. Jangan diubah.")),
        (str(FIELDS["name"][0]), _("Untuk dikenali saja; yang dipakai nama di daftar desa.")),
        (
            str(FIELDS["slug"][0]),
            _("Boleh diganti atau dikosongkan. Kosong berarti alamat yang sudah tercatat."),
        ),
        (str(FIELDS["contact"][0]), _("Orang yang pertama masuk dan mengatur akun desa. Wajib.")),
        (str(FIELDS["title"][0]), _("Misalnya Sekretaris Desa. Boleh kosong.")),
        (str(FIELDS["email"][0]), _("Undangan masuk dikirim ke sini. Wajib.")),
        (str(FIELDS["phone"][0]), _("Nomor ponsel. Boleh kosong.")),
        (str(_("Baris")), _("Hapus baris desa yang belum akan disiapkan.")),
    ]
    return write_sheets(
        [
            Sheet(pgettext("many villages", "Desa"), columns, rows),
            Sheet(_("Petunjuk"), [Column(_("Kolom"), width=18), Column(_("Isi"), width=70)], help_rows),
        ]
    )
