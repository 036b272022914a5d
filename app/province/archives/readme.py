"""The first page of an archive: what it is and how to read it without Siger, in both languages."""

from __future__ import annotations

from collections.abc import Mapping

_TEXT = """\
ARSIP {term} {name} ({code})
{line}

Arsip ini memuat seluruh data satu desa dari Siger, pada satu saat yang sama:

  manifest.json   daftar semua berkas dengan ukuran dan SHA-256-nya, jumlah baris tiap tabel
  schema.json     arti tabel dan kolom
  registry.json   nama, kode, sebutan, dan perangkat yang mempunyai akun
  data/           satu CSV per tabel (UTF-8, RFC 4180)
  letters/        surat yang sudah terbit sebagai PDF menurut tahun; daftar di letters/index.csv
  files/          logo, foto, hasil pindaian, dan unggahan
  audit/          salinan kepala rantai catatan audit

Data pribadi di dalamnya TERBUKA. Simpan arsip tetap terenkripsi; buka hanya bila perlu (UU 27/2022).

Membuka tanpa Siger (perangkat lunak bebas, https://age-encryption.org):
  age --decrypt -o desa.zip desa.age
  unzip desa.zip

Memasukkan ke Siger lain:
  siger tenants import desa.age --code {code}

---------------------------------------------------------------------------------------------------------------

ARCHIVE OF {term} {name} ({code})

This archive holds everything of one village from Siger, as of one moment: manifest.json lists all files with size and
SHA-256; schema.json says what tables and columns are; data/ has one CSV a table; letters/ has issued letters as PDF by
year with letters/index.csv; files/ has pictures, scans and uploads; audit/ has copies of the heads of the audit log.

The archive is a ZIP file sealed in the age format with a passphrase (https://age-encryption.org). To open it without
Siger: age --decrypt -o village.zip village.age, then unzip. To bring it into another deployment of Siger:
siger tenants import village.age --code {code}. Personal data stands in it IN CLEAR once it is open.

CSV: nothing between two commas is NULL, "" is an empty text, moments are UTC, bytes are \\x and hexadecimal.
"""


def readme(row: Mapping[str, object]) -> str:
    """The text for a village's registry row."""
    term, name, code = (str(row[key]) for key in ("term", "name", "code"))
    return _TEXT.format(term=term, name=name, code=code, line="=" * len(f"ARSIP {term} {name} ({code})"))
