"""Why a spreadsheet is not taken, each reason with its sentence."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import lazy_gettext as _l


class SpreadsheetRefused(ValueError):
    """The file is not taken; the message is a sentence for the person who sent it, `code` names the reason."""

    def __init__(self, code: str, sentence: object) -> None:
        super().__init__(str(sentence))
        self.code = code


def refusal(code: str, **details: object) -> SpreadsheetRefused:
    """The refusal of this code, with its sentence; `details` are what the sentence names."""
    sentence = str(SENTENCES.get(code, SENTENCES["damaged"]))
    known = {"row": "", "sheet": "", "cell": "", "columns": "", **details}
    return SpreadsheetRefused(code, sentence % known if "%(" in sentence else sentence)


SENTENCES: Mapping[str, object] = {
    "upload": _l(
        "Berkas ini lebih besar dari 5 MB. Pecah menjadi beberapa berkas, misalnya satu dusun satu berkas."
    ),
    "empty": _l("Berkas ini kosong. Pilih berkas yang berisi tabel."),
    "no_rows": _l("Di bawah judul kolom tidak ada satu baris pun. Isi tabelnya dahulu, lalu kirim lagi."),
    "no_sheet": _l("Lembar yang dipilih tidak ada di berkas ini. Pilih lembar lain."),
    "password": _l(
        "Berkas ini dikunci dengan kata sandi. Buka, hapus kata sandinya, simpan, lalu kirim lagi."
    ),
    "damaged": _l(
        "Berkas ini rusak atau terpotong sehingga tidak dapat dibaca. Buka di aplikasi lembar kerja, simpan ulang "
        "sebagai .xlsx, lalu kirim lagi."
    ),
    "damaged_text": _l(
        "Berkas teks ini rusak di sekitar baris %(row)s: ada tanda kutip yang tidak ditutup. Perbaiki, lalu kirim lagi."
    ),
    "not_spreadsheet": _l("Berkas ini bukan tabel. Kirim berkas .xlsx, .xlsm, .xls, .ods, atau .csv."),
    "not_workbook": _l(
        "Berkas ini bernama lembar kerja, tetapi isinya bukan lembar kerja. Kirim berkas yang disimpan dari aplikasi "
        "lembar kerja."
    ),
    "other_name": _l(
        "Nama berkas harus berakhiran .xlsx, .xlsm, .xls, .ods, atau .csv. Bila isinya memang tabel, simpan sebagai "
        "salah satu format itu, lalu kirim lagi."
    ),
    "web_page": _l(
        "Berkas ini sebenarnya halaman web yang diberi nama lembar kerja. Buka di aplikasi lembar kerja, simpan "
        "sebagai .xlsx, lalu kirim lagi."
    ),
    "binary_workbook": _l(
        "Format .xlsb tidak diterima. Buka berkasnya, simpan sebagai .xlsx, lalu kirim lagi."
    ),
    "too_large": _l(
        "Isi berkas ini terlalu besar bila dibuka. Salin tabelnya saja ke berkas baru, lalu kirim berkas baru itu."
    ),
    "too_slow": _l(
        "Berkas ini terlalu rumit untuk dibaca. Salin tabelnya saja ke berkas baru, lalu kirim berkas baru itu."
    ),
    "too_many_cells": _l(
        "Lembar “%(sheet)s” memuat terlalu banyak sel. Salin tabelnya saja ke berkas baru, lalu kirim berkas baru itu."
    ),
    "too_many_rows": _l("Berkas ini memuat lebih dari 60.000 baris. Pecah menjadi beberapa berkas."),
    "too_many_columns": _l(
        "Tabel ini memuat %(columns)s kolom; paling banyak 200. Hapus kolom yang tidak perlu."
    ),
    "far_cell": _l(
        "Lembar “%(sheet)s” berisi sesuatu di sel %(cell)s, jauh di luar tabel. Hapus isi sel itu, atau salin tabelnya "
        "saja ke berkas baru."
    ),
}
