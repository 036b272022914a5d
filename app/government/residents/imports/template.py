"""The empty workbook of the exchange format, with a sheet that says what may stand in each column."""

from __future__ import annotations

import io
from typing import IO

import xlsxwriter
from flask_babel import gettext as _

from app.government.residents import codes
from app.government.residents.imports.columns import TARGETS, Target

SHEET = "Data Penduduk"


def template_workbook() -> IO[bytes]:
    """Write it and return the file at its beginning. All columns are text, so that no leading zero is lost."""
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True})
    bold, text = book.add_format({"bold": True, "bottom": 1}), book.add_format({"num_format": "@"})
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    page = book.add_worksheet(SHEET)
    page.set_column(0, len(TARGETS) - 1, 18, text)
    page.write_row(0, 0, [target.heading for target in TARGETS], bold)
    page.freeze_panes(1, 0)
    about = book.add_worksheet(_("Petunjuk"))
    about.set_column(0, 0, 22)
    about.set_column(1, 1, 36)
    about.set_column(2, 2, 90, wrapped)
    about.write_row(0, 0, [_("Kolom"), _("Isi"), _("Yang boleh ditulis")], bold)
    for number, target in enumerate(TARGETS, start=1):
        about.write_string(number, 0, target.heading)
        about.write_string(number, 1, target.words)
        about.write_string(number, 2, _allowed(target), wrapped)
    book.close()
    file.seek(0)
    return file


def _allowed(target: Target) -> str:
    words = codes.LISTS.get(target.field) if target.kind != "area" else None
    if words:
        return "; ".join(f"{code} {word}" for code, word in words.items())
    if target.name in ("nik", "kk", "father_nik", "mother_nik"):
        return str(_("16 angka sebagai teks; kosong bila belum ada"))
    if target.name.endswith(("_on", "birth_date")):
        return str(_("tanggal, misalnya 1980-05-17 atau 17-05-1980"))
    if target.name == "pregnant":
        return str(_("1 ya; 2 tidak"))
    if target.field in ("rw", "rt"):
        return str(_("nomornya saja, misalnya 001"))
    return ""
