"""The markup of letters: what it says, where it is wrong, and that values are never markup."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.government.letters.markup import MarkupWrong, check, names_in, parse, resolve

HOSTILE = [
    '#read("/etc/passwd")', '#import "@preview/x:1.0.0"', "\\", "\\\\", "$", "$x^2$", "]", "[", "*tebal*", "**tebal**",
    "_miring_", "{{nik}}", "{{", "}}", "{% jika nama %}", "{% akhir %}", "| a | b |", ": Nama | x", "# Judul",
    "- butir",
    "1. satu", "`kode`", "@ Pihak | x", "<b>", "// catatan", "/* x", "~", "\u202eDLAB", "😀", "محمد", "W" * 200,
]  # fmt: skip


def _plain(runs: list[dict[str, Any]]) -> str:
    return "".join(run["text"] for run in runs)


def _set(body: str, **values: Any) -> list[dict[str, Any]]:
    tree = parse(body)
    return resolve(json.loads(json.dumps(tree)), values)


def _wrong(body: str) -> MarkupWrong:
    with pytest.raises(MarkupWrong) as caught:
        parse(body)
    return caught.value


def test_paragraphs_end_at_blank_lines_and_keep_their_styles() -> None:
    first, second = _set("Saya **tebal\nsekali** dan _miring_.\n\nKedua\\\nberganti baris.")
    assert [(run["text"], run["bold"], run["italic"]) for run in first["runs"]] == [
        ("Saya ", False, False),
        ("tebal sekali", True, False),
        (" dan ", False, False),
        ("miring", False, True),
        (".", False, False),
    ]
    assert _plain(second["runs"]) == "Kedua\nberganti baris."


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("nama_isian tetap", "nama_isian tetap"),
        ("Tanda tangan: ________", "Tanda tangan: ________"),
        ("2 * 3 = 6 dan 5 % {a}", "2 * 3 = 6 dan 5 % {a}"),
        (r"\*\*bukan tebal\*\*", "**bukan tebal**"),
        (r"\# bukan judul", "# bukan judul"),
        (r"C:\Users", r"C:\Users"),
        ("_tak ditutup", "_tak ditutup"),
        (r"\{\{nama}}", "{{nama}}"),
    ],
)
def test_signs_without_meaning_are_text(text: str, shown: str) -> None:
    [block] = _set(text)
    assert block["kind"] == "paragraph"
    assert _plain(block["runs"]) == shown


def test_lines_with_a_sign_before_them() -> None:
    kinds = [
        (block["kind"], block.get("align"), _plain(block["runs"]))
        for block in _set("# Judul\n^ tengah\n< rata kiri\n> rata kanan\nbiasa")
    ]
    assert kinds == [
        ("heading", None, "Judul"),
        ("paragraph", "center", "tengah"),
        ("paragraph", "left", "rata kiri"),
        ("paragraph", "right", "rata kanan"),
        ("paragraph", "indent", "biasa"),
    ]


def test_label_rows_show_what_is_missing_and_hold_lists() -> None:
    body = ": Nama | **{{nama}}**\n: NIK | {{nik}}\n: Menetapkan |\n: Menimbang |\n  a. satu\n  b. dua\n     lanjut"
    [block] = _set(body, nama="SITI")
    labels = [_plain(row["label"]) for row in block["rows"]]
    assert labels == ["Nama", "NIK", "Menetapkan", "Menimbang"]
    assert [_plain(row["runs"]) for row in block["rows"]] == ["SITI", "-", "", ""]
    [inner] = block["rows"][3]["blocks"]
    assert (inner["style"], [_plain(item) for item in inner["items"]]) == ("a", ["satu", "dua lanjut"])


def test_a_table_grows_by_its_rows_and_keeps_its_head() -> None:
    body = "| No | Nama |\n|--:|:-:|\n{% ulang anggota %}\n| {{urutan}} | {{anggota.nama}} |\n{% akhir %}\n| | Jumlah |"
    [table] = _set(body, anggota=[{"nama": "A | B"}, {"nama": "C"}])
    assert table["head"] == 1
    assert table["align"] == ["right", "center"]
    assert [[_plain(cell) for cell in row] for row in table["rows"]] == [
        ["No", "Nama"],
        ["1", "A | B"],
        ["2", "C"],
        ["", "Jumlah"],
    ]


def test_lists_go_on_over_conditions_and_part_at_blank_lines() -> None:
    body = (
        "1. satu\n{% jika a %}\n2. dua\n{% jika_tidak %}\n2. bukan\n{% akhir %}\n3. tiga\n\n1. lain\n- butir"
    )
    lists = _set(body, a="ya")
    assert [(block["style"], [_plain(item) for item in block["items"]]) for block in lists] == [
        ("1", ["satu", "dua", "tiga"]),
        ("1", ["lain"]),
        ("-", ["butir"]),
    ]


@pytest.mark.parametrize(
    ("values", "shown"),
    [
        ({"jenis": "Baru"}, "baru."),
        ({"jenis": "HILANG "}, "hilang."),
        ({"jenis": "x", "alasan": "y"}, "karena y."),
        ({"jenis": "x", "alasan": " "}, "lain."),
        ({}, "lain."),
    ],
)
def test_conditions_choose_the_first_that_holds(values: dict[str, str], shown: str) -> None:
    inline = (
        '{% jika jenis = "baru" %}baru{% jika_lain jenis = “hilang” %}hilang{% jika_lain alasan %}'
        "karena {{alasan}}{% jika_tidak %}lain{% akhir %}."
    )
    assert _plain(_set(inline, **values)[0]["runs"]) == shown
    lines = inline.replace("{%", "\n{%").replace("%}", "%}\n").removesuffix(".")
    assert _plain(_set(lines, **values)[0]["runs"]) + "." == shown


@pytest.mark.parametrize(
    ("test", "holds"),
    [
        ("tidak kelas", True),
        ('jenis != "baru"', False),
        ("anggota", False),
        ("setuju", False),
        ("jumlah", True),
    ],
)
def test_what_a_condition_may_ask(test: str, holds: bool) -> None:
    found = _set(
        f"{{% jika {test} %}}ya{{% akhir %}}", jenis="baru", kelas="", anggota=[], setuju=False, jumlah=0
    )
    assert bool(found) == holds


def test_repeats_over_plain_texts_and_values_of_other_kinds() -> None:
    items = _set("{% ulang barang %}\n- {{barang}}\n{% akhir %}", barang=["satu", "dua"])
    assert [_plain(item) for item in items[0]["items"]] == ["satu", "dua"]
    assert _set("{% ulang barang %}\n- {{barang}}\n{% akhir %}", barang=[]) == []
    joined = _set("{{a}} / {{b}} / {{c}} / {{d}}", a=["x", "y"], b=[{"n": "1", "m": "2"}], c=True, d=None)
    assert _plain(joined[0]["runs"]) == "x, y / 1, 2 / ya / "


def test_places_to_sign() -> None:
    [block] = _set("@ Pihak I, | {{nama}}\n@ Saksi | B | Ketua RT", nama="SITI")
    assert [[_plain(person[part]) for part in ("title", "name", "note")] for person in block["people"]] == [
        ["Pihak I,", "SITI", ""],
        ["Saksi", "B", "Ketua RT"],
    ]


@pytest.mark.parametrize(
    ("body", "line", "column", "word"),
    [
        ("baik\n\nx {{ a", 3, 3, "belum ditutup"),
        ("a\n  {% jika a %}\nx", 2, 3, "{% akhir %}"),
        ("a {% jika a %} x", 1, 3, "paragraf yang sama"),
        ("a **b", 1, 3, "ditutup"),
        ("{% ulang a %}\n{% ulang b %}\nx\n{% akhir %}\n{% akhir %}", 2, 1, "di dalam {% ulang %}"),
        ("{% jika %}x{% akhir %}", 1, 1, "Syarat"),
        ("a\n{% akhir %}", 2, 1, "terbuka"),
        ("{% jika a %}\n{% jika_tidak %}\n{% jika_tidak %}\n{% akhir %}", 3, 1, "Setelah"),
        ("a {% for x in y %}", 1, 3, "tidak dikenal"),
        ("Nama {{nama lengkap}}", 1, 6, "bukan nama isian"),
        ("{{}}", 1, 1, "belum ditulis"),
        ("| a " * 11, 1, 1, "terlalu lebar"),
        (": Nama {{nama}}", 1, 1, "Baris label"),
        ("@ a | b | c | d", 1, 1, "tanda tangan"),
        ("x\n" + "{% jika a %}\n" * 6 + "x\n" + "{% akhir %}\n" * 6, 6, 1, "tingkat"),
        ("{% jika a %}" * 6 + "x" + "{% akhir %}" * 6, 1, 49, "tingkat"),
        ("x\n\n" * 700, 1201, 1, "bagiannya"),
        ("x" * 40_000, 1, 1, "terlalu panjang"),
        ("| {% jika a | b %} |", 1, 3, "Syarat"),
    ],
)
def test_a_fault_has_a_line_a_column_and_a_reason(body: str, line: int, column: int, word: str) -> None:
    wrong = _wrong(body)
    assert word in wrong.sentence
    assert (wrong.line, wrong.column) == (line, column)
    assert str(wrong).startswith(f"Baris {line}: ")
    assert [(p.line, p.column) for p in check(body, ())] == [(line, column)]


def test_unknown_fields_are_told_with_what_was_meant() -> None:
    body = (
        "{{nma}} {% jika kelaz %}{{xyzzy}}{% akhir %}\n\n{{anggota.nama}}\n\n"
        "{% ulang anggota %}\n{{urutan}}\n{% akhir %}"
    )
    problems = check(body, {"nama", "kelas", "anggota", "anggota.nama"})
    assert [(p.line, p.column) for p in problems] == [(1, 1), (1, 9), (1, 25), (3, 1)]
    assert "mungkin maksud Anda “nama”" in problems[0].sentence
    assert "mungkin maksud Anda “kelas”" in problems[1].sentence
    assert "Pilih dari daftar" in problems[2].sentence
    assert "{% ulang anggota %}" in problems[3].sentence
    assert (
        check(
            "{{nama}}\n{% ulang anggota %}\n- {{anggota.nama}}\n{% akhir %}",
            {"nama", "anggota", "anggota.nama"},
        )
        == []
    )
    assert names_in(parse(body)) == {"nma", "kelaz", "xyzzy", "anggota", "anggota.nama"}


@pytest.mark.parametrize("value", HOSTILE)
def test_a_value_is_text_whatever_it_holds(value: str) -> None:
    body = "{{nama}} dan **{{nama}}**\n: Nama | {{nama}}\n\n| {{nama}} | x |\n\n- {{nama}}\n\n@ {{nama}} | y"
    paragraph, rows, table, bullets, signers = _set(body, nama=value)
    assert _plain(paragraph["runs"]) == f"{value} dan {value}"
    assert _plain(rows["rows"][0]["runs"]) == value
    assert [_plain(cell) for cell in table["rows"][0]] == [value, "x"]
    assert _plain(bullets["items"][0]) == value
    assert _plain(signers["people"][0]["title"]) == value


def test_values_lose_what_steers_a_machine() -> None:
    assert _plain(_set("{{a}}", a="a\x00b\x07c\r\nd\te\x1b[31m")[0]["runs"]) == "abc\nd e[31m"


MARKS = st.sampled_from(
    [
        "{{nama}}", "{{anggota.nama}}", "{{", "}}", "{% jika nama %}", "{% jika_lain a = \"b\" %}", "{% jika_tidak %}",
        "{% akhir %}", "{% ulang anggota %}", "{%", "%}", "**", "_", "\\", "|", "\n", "\n\n", "\n- ", "\n1. ", "\na. ",
        "\n: ", "\n| ", "\n@ ", "\n# ", "\n  ", "|---|", "\r", "\t", "x", " ", "kata",
    ]
)  # fmt: skip
BODIES = st.lists(MARKS | st.text(max_size=5), max_size=40).map("".join)
VALUES = st.dictionaries(
    st.sampled_from(["nama", "a", "anggota", "anggota.nama"]),
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=20)
    | st.lists(st.text(max_size=9), max_size=3)
    | st.lists(st.dictionaries(st.sampled_from(["nama", "nik"]), st.text(max_size=9)), max_size=3),
)


@settings(max_examples=600, deadline=None)
@given(BODIES, VALUES)
def test_any_body_parses_or_says_why_and_any_values_fill_it(body: str, values: dict[str, Any]) -> None:
    tree, wrong = _read(body)
    if wrong is not None:
        lines = body.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        assert 1 <= wrong.line <= len(lines)
        assert 1 <= wrong.column <= len(lines[wrong.line - 1].replace("\t", "  ")) + 1
        assert wrong.sentence
    else:
        assert check(body, names_in(tree) | {"anggota"}) is not None
        json.dumps(resolve(json.loads(json.dumps(tree)), values))


def _read(body: str) -> tuple[list[dict[str, Any]], MarkupWrong | None]:
    try:
        return parse(body), None
    except MarkupWrong as wrong:
        return [], wrong


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60))
def test_any_value_stands_in_the_text_as_it_is(value: str) -> None:
    [block] = _set("x{{nama}}y", nama=value)
    shown = _plain(block["runs"])
    assert shown.startswith("x")
    assert shown.endswith("y")
    kept = [sign for sign in value if sign.isprintable() and sign != " "]
    assert [sign for sign in shown[1:-1] if sign in kept] == kept
    assert shown.count(" ") >= value.count(" "), "what separates words becomes a space as well"


@pytest.mark.parametrize(
    "body",
    [
        *(
            part * 30_000
            for part in ("_a ", "**a** ", "{{a}}", "{% jika a %}x{% akhir %}", "| a ", "\\\n", "- a\n")
        ),
        *(
            part * 30_000
            for part in (": a | b\n", "| a |\n", "@ a | b\n", "{% jika a %}\n", "**_", "\\", "{", " _")
        ),
        ": a | b\n  x\n" + "\n" * 29_900 + "  y",
        "- a\n" + "  x\n" * 7_000,
        "x" + " " * 29_000 + "y",
        "{% jika " + " " * 29_000 + "%}",
        "{% jika a" + " " * 29_000 + "b %}",
    ],
    ids=lambda body: repr(body[:12]),
)
def test_the_longest_body_is_read_at_once(body: str) -> None:
    started = time.process_time()
    tree, _why = _read(body[:29_990])
    resolve(tree, {"a": "b"})
    assert time.process_time() - started < 2
