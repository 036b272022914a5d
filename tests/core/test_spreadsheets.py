"""Spreadsheets from outside: proper ones are read, hostile ones refused with a sentence, none stops the house."""

from __future__ import annotations

import datetime as dt
import io
import time
import zipfile

import pytest

from app.core.hosting import SigerFlask
from app.core.spreadsheets import SpreadsheetRefused, Table, heading_key, read_table
from tests.support.workbooks import compound, inline, ods, ods_row, raw_xlsx, sheet_xml, xls, xlsx

KNOWN = {"nik", "nama", "no kk", "sex", "alamat", "dusun", "rw", "rt", "tanggallahir"}
HEADER = ["nik", "nama", "no_kk"]
ROW = ["1806201001800001", "SITI AMINAH", "1806200101070001"]


@pytest.fixture(autouse=True)
def _context(app: SigerFlask) -> object:
    with app.test_request_context("/", base_url="http://localhost"):
        yield


def read(data: bytes, name: str = "penduduk.xlsx", **options: object) -> Table:
    return read_table(data, name, known=KNOWN, **options)  # type: ignore[arg-type]


def refused(data: bytes, name: str = "penduduk.xlsx") -> SpreadsheetRefused:
    with pytest.raises(SpreadsheetRefused) as caught:
        read(data, name)
    assert str(caught.value).endswith(".")
    return caught.value


@pytest.mark.parametrize(
    "data",
    [
        xlsx(("Data", [HEADER, ROW])),
        xls([HEADER, ROW]),
        ods(ods_row(HEADER) + ods_row(ROW)),
        ",".join(HEADER).encode() + b"\r\n" + ",".join(ROW).encode(),
        ";".join(HEADER).encode() + b"\n" + ";".join(ROW).encode() + b"\n",
        "\t".join(HEADER).encode("utf-16") + "\n".encode("utf-16-le") + "\t".join(ROW).encode("utf-16-le"),
    ],
    ids=["xlsx", "xls", "ods", "comma", "semicolon", "utf-16"],
)
@pytest.mark.parametrize("name", ["a.xlsx", "a.csv", "a.xls", "tanpa akhiran"])
def test_every_kind_is_read_by_what_it_is_whatever_its_name_says(data: bytes, name: str) -> None:
    table = read(data, name)
    assert table.header == HEADER
    assert table.rows == [[2, ROW]]


def test_dates_numbers_and_texts_arrive_as_what_they_are() -> None:
    table = read(
        xlsx(
            ("A", [["nik", "nama", "tanggallahir", "rt"], ["0012", "O'BRIEN =1+1", dt.date(1980, 1, 10), 3]])
        )
    )
    assert table.rows == [[2, ["0012", "O'BRIEN =1+1", "1980-01-10", 3]]]


def test_text_files_of_windows_keep_their_letters() -> None:
    assert read("nik;nama\n1;José Müller".encode("cp1252"), "a.csv").rows == [[2, ["1", "José Müller"]]]
    assert read("nik;nama\n1;José Müller".encode("utf-8-sig"), "a.csv").header == ["nik", "nama"]
    assert read("nik;nama\n1;José Müller".encode("utf-16-be"), "a.csv").rows == [[2, ["1", "José Müller"]]]


def test_quoted_delimiters_and_line_ends_belong_to_their_cell() -> None:
    table = read(b'nik,nama,alamat\n1,"SITI, S.Pd","JL. RAYA; NO 5\nRT 3"\n', "a.csv")
    assert table.rows[0][1] == ["1", "SITI, S.Pd", "JL. RAYA; NO 5\nRT 3"]


def test_the_sheet_that_looks_like_the_table_is_read_and_another_may_be_chosen() -> None:
    data = xlsx(
        ("Petunjuk", [["Cara mengisi"], ["Isi lembar Data"]]),
        ("Warga", [HEADER, ROW]),
        ("Lain", [["nik"], ["7"]]),
    )
    table = read(data)
    assert table.sheet == "Warga"
    assert [sheet.name for sheet in table.sheets] == ["Petunjuk", "Warga", "Lain"]
    assert read(data, sheet="Lain").rows == [[2, ["7"]]]
    with pytest.raises(SpreadsheetRefused):
        read(data, sheet="Tidak ada")


def test_a_title_above_and_a_row_of_column_numbers_are_no_data() -> None:
    rows = [["DATA PENDUDUK PEKON"], [], ["NIK", "NAMA", "NO. KK"], [1, 2, 3], ROW]
    table = read(xlsx(("A", rows)))
    assert table.header == ["NIK", "NAMA", "NO. KK"]
    assert table.rows == [[5, ROW]]


def test_merged_headings_take_their_lower_words() -> None:
    def merge(book: object, page: object) -> None:
        page.merge_range("A1:A2", "NIK")  # type: ignore[attr-defined]
        page.merge_range("B1:B2", "NAMA")  # type: ignore[attr-defined]
        page.merge_range("C1:E1", "ALAMAT")  # type: ignore[attr-defined]

    rows = [[], [None, None, "DUSUN", "RW", "RT"], ["1", "SITI", "Suka Maju", 1, 2]]
    table = read(xlsx(("A", rows), touch=merge))
    assert table.header == ["NIK", "NAMA", "DUSUN", "RW", "RT"]
    assert table.rows == [[3, ["1", "SITI", "Suka Maju", 1, 2]]]


def test_formulas_give_their_value_and_one_without_a_value_is_reported() -> None:
    def touch(book: object, page: object) -> None:
        page.write_formula("B2", '="SITI"', None, "SITI")  # type: ignore[attr-defined]
        page.write_formula("C2", "=A2", None, "")  # type: ignore[attr-defined]
        page.write_formula("D2", "=1/0", None, "#DIV/0!")  # type: ignore[attr-defined]

    table = read(xlsx(("A", [["nik", "nama", "no_kk", "rt"], ["1"]]), touch=touch))
    assert table.rows == [[2, ["1", "SITI", {"bad": "formula"}, {"bad": "error"}]]]


def test_a_formula_never_counted_in_open_document_is_reported() -> None:
    row = '<table:table-row><table:table-cell table:formula="of:=A1"/></table:table-row>'
    assert read(ods(ods_row(["nik"]) + row + ods_row(["2"]))).rows == [[2, [{"bad": "formula"}]], [3, ["2"]]]


def test_macros_are_not_looked_at() -> None:
    made = io.BytesIO(xlsx(("Data", [HEADER, ROW])))
    with zipfile.ZipFile(made, "a") as archive:
        archive.writestr("xl/vbaProject.bin", b"\xd0\xcf\x11\xe0" + b"Auto_Open" * 100)
    assert read(made.getvalue(), "penduduk.xlsm").rows == [[2, ROW]]


def test_a_zip_bomb_is_refused_before_it_unpacks() -> None:
    bomb = raw_xlsx(sheet_xml(""), {"xl/sharedStrings.xml": b"\0" * (300 * 1024 * 1024)})
    assert len(bomb) < 1024 * 1024
    started = time.monotonic()
    assert refused(bomb).code == "too_large"
    assert time.monotonic() - started < 5


def test_a_zip_bomb_that_lies_about_its_size_is_stopped() -> None:
    bomb = bytearray(raw_xlsx(sheet_xml(""), {"xl/sharedStrings.xml": b" " * (200 * 1024 * 1024)}))
    size = (200 * 1024 * 1024).to_bytes(4, "little")
    assert bomb.count(size) >= 1
    with pytest.raises(SpreadsheetRefused):
        read(bytes(bomb.replace(size, (1000).to_bytes(4, "little"))))


def test_one_cell_at_the_far_corner_is_named_and_refused() -> None:
    last = f'<row r="1048576">{inline("XFD1048576", "x")}</row>'
    rows = f'<row r="1">{inline("A1", "nik")}{inline("B1", "nama")}</row>{last}'
    data = raw_xlsx(sheet_xml(rows))
    assert len(data) < 5 * 1024
    found = refused(data)
    assert found.code == "far_cell"
    assert "XFD1048576" in str(found)


def test_one_cell_far_below_in_the_first_column_is_refused_too() -> None:
    data = raw_xlsx(
        sheet_xml(f'<row r="1">{inline("A1", "nik")}</row><row r="999999">{inline("A999999", "1")}</row>')
    )
    assert refused(data).code == "far_cell"


def test_a_million_empty_rows_cost_nothing() -> None:
    empty = "".join(f'<row r="{n}"><c r="A{n}" s="1"/></row>' for n in range(3, 1_000_000))
    rows = f'<row r="1">{inline("A1", "nik")}</row><row r="2">{inline("A2", "7")}</row>{empty}'
    assert read(raw_xlsx(sheet_xml(rows))).rows == [[2, ["7"]]]


def test_repeated_rows_of_open_document_do_not_fill_the_memory() -> None:
    assert refused(ods(ods_row(["nik"]) + ods_row(["1"], repeated=1_000_000))).code == "far_cell"
    cell = '<table:table-cell table:number-columns-repeated="16384"/>'
    empty = f'<table:table-row table:number-rows-repeated="1048000">{cell}</table:table-row>'
    assert read(ods(ods_row(["nik"]) + ods_row(["1"]) + empty)).rows == [[2, ["1"]]]


def test_entities_that_multiply_do_not() -> None:
    entities = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))
    cell = '<row r="1"><c r="A1" t="inlineStr"><is><t>&a11;</t></is></c></row>'
    kinds = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a0 "ha">{entities}]>'
    text = f"{kinds}<worksheet><sheetData>{cell}</sheetData></worksheet>"
    with pytest.raises(SpreadsheetRefused):
        read(raw_xlsx(text))


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty"),
        (b" \r\n\r\n", "empty"),
        (b"nik,nama\n", "no_rows"),
        (b"%PDF-1.7\n1 0 obj", "not_spreadsheet"),
        (b"\x89PNG\r\n\x1a\n\0\0\0", "not_spreadsheet"),
        (b"<html><body><table><tr><td>nik</td></tr></table></body></html>", "web_page"),
        (b"\0\1\2\3" * 400, "not_spreadsheet"),
        (compound("EncryptedPackage", b"x" * 5000), "password"),
        (compound("WordDocument", b"x" * 5000), "not_spreadsheet"),
        (xlsx(("Data", [HEADER, ROW]))[:-200], "damaged"),
        (xls([HEADER, ROW])[:1500], "damaged"),
        (xlsx(("Data", [])), "empty"),
        (xlsx(("Data", [HEADER])), "no_rows"),
        (ods(ods_row(["x"]), "<manifest:encryption-data/>"), "password"),
        (raw_xlsx("<worksheet><sheetData><row><c r='A1'>"), "damaged"),
    ],
)  # fmt: skip
def test_what_can_not_be_read_is_refused_with_its_reason(data: bytes, code: str) -> None:
    assert refused(data).code == code


def test_a_quote_that_never_closes_is_refused() -> None:
    assert refused(b'nik,nama\n1,"SITI' + b"x,\n" * 60_000, "a.csv").code == "damaged_text"


def test_more_rows_or_columns_than_a_village_has_are_refused() -> None:
    assert refused(b"nik,nama\n" + b"1,A\n" * 60_001, "a.csv").code == "too_many_rows"
    assert (
        refused((",".join(f"k{n}" for n in range(201)) + "\n1\n").encode(), "a.csv").code
        == "too_many_columns"
    )


def test_an_upload_over_five_megabytes_is_not_even_opened() -> None:
    assert refused(b"nik\n" + b"1" * (5 * 1024 * 1024)).code == "upload"


def test_a_child_that_takes_too_long_is_killed() -> None:
    data = xlsx(("Data", [HEADER, *[ROW] * 5000]))
    started = time.monotonic()
    with pytest.raises(SpreadsheetRefused) as caught:
        read(data, seconds=0.05)
    assert caught.value.code == "too_slow"
    assert time.monotonic() - started < 3


def test_headings_are_compared_by_their_words() -> None:
    assert heading_key("No. KK") == heading_key("NO_KK") == heading_key(" no-kk ") == "no kk"
