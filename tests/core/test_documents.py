"""Documents: whatever the values are, they are shown and never run; what can't be made says so."""

from __future__ import annotations

import io
import re
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from app.core.documents import DocumentFailed, PdfColumn, head_signs, rendering, table_pdf
from app.core.documents.headings import heading_rows
from app.core.documents.press import Press, SettingWrong
from app.core.documents.rendering import LIBRARY, render_pdf, render_pictures
from app.core.documents.text import COVERED, UNKNOWN, printable, printable_data
from app.core.hosting import SigerFlask
from tenants.scope import Tenant, tenant_scope

HOSTILE = [
    '#import "@preview/tablex:0.0.9": *',
    '#read("/etc/passwd")',
    "#panic()",
    '")]; #sys.inputs \\ $x^2$ *b* _i_ `raw` @ref <label> // komentar /* */',
    "\\u{202e}\\",
    "W" * 5000,
    "http://contoh.test/" + "a" * 300,
    "😀 👨‍👩‍👧 中文 ꦗꦮ",
    "محمد عبد الله",
    "\u202eDLAB\u202c\u0000\x07\ufeff\ud800".encode("utf-8", "ignore").decode(),
    "a\r\nb\tc\u2028d",
    "Ñandú Šťastný Ḥusain ʿAlī",
    "",
]


def _data(**values: Any) -> dict[str, Any]:
    return {
        "paper": "a4", "landscape": False, "size": 8, "footer": "", "letterhead": None, "subtitle": "", "about": [],
        "columns": [{"width": 10.0, "align": "left"}], "heading": [[{"text": "Nama", "columns": 1, "rows": 1}]],
        "rows": [], "totals": 0,
        "numbered": False, "empty": "Tidak ada data.", "notes": [], "signers": [], **values,
    }  # fmt: skip


def _pages(pdf: bytes) -> int:
    found = re.search(rb"/Type\s*/Pages\b[^>]*?/Count\s+(\d+)", pdf) or re.search(rb"/Count\s+(\d+)", pdf)
    assert found
    return int(found[1])


@pytest.mark.parametrize("text", HOSTILE)
def test_no_value_breaks_or_runs(app: SigerFlask, text: str) -> None:
    with app.test_request_context():
        pdf = render_pdf(
            "table.typ", _data(rows=[[text]], subtitle=text, notes=[text], footer=text), title=text
        )
    assert pdf.startswith(b"%PDF-")
    assert b"pdfaid:part>2<" in pdf


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text(max_size=40), min_size=1, max_size=20))
def test_any_text_at_all_can_be_set(app: SigerFlask, texts: list[str]) -> None:
    with app.test_request_context():
        assert render_pdf("table.typ", _data(rows=[[text] for text in texts]), title="Uji").startswith(
            b"%PDF-"
        )


def test_every_sign_that_we_call_covered_is(app: SigerFlask) -> None:
    signs = "".join(chr(code) for first, last in COVERED for code in range(first, last + 1))
    signs = "".join(sign for sign in signs if printable(sign) == sign)
    lines = [[" ".join(signs[at : at + 40])] for at in range(0, len(signs), 40)]
    with app.test_request_context():
        assert render_pdf("table.typ", _data(rows=lines), title="Huruf").startswith(b"%PDF-")


def test_what_can_not_be_shown_is_seen_to_be_missing() -> None:
    assert printable("Siti 😀") == f"Siti {UNKNOWN}"
    assert printable("A\u202eB\x00C") == "ABC"
    assert printable("e\u0301") == "é"
    assert printable("1806200101900001") == "1806200101900001"
    assert printable_data({"a": [1, None, True, ("x\x00",)]}) == {"a": [1, None, True, ["x"]]}


def test_a_template_lies_in_the_house(app: SigerFlask, tmp_path: Path) -> None:
    strange = tmp_path / "strange.typ"
    strange.write_text("x")
    with app.test_request_context(), pytest.raises(ValueError, match="no template of ours"):
        render_pdf(strange, {}, title="x")
    with app.test_request_context(), pytest.raises(ValueError, match="no template of ours"):
        render_pdf("../../../../etc/passwd", {}, title="x")


def test_a_template_reads_nothing_outside_the_library() -> None:
    press = Press(LIBRARY)
    try:
        for source in (
            '#read("/../../../settings.py")',
            '#read("/../rendering.py")',
            '#import "@preview/cetz:0.3.0"',
            '#read("/etc/passwd")',
            '#image("/proc/self/environ")',
        ):
            asked = {
                "source": source,
                "data": {},
                "title": "x",
                "tagged": False,
                "standard": "a-2b",
                "png": 0,
            }
            with pytest.raises(SettingWrong):
                press.ask(asked, 20)
    finally:
        press.close()


def test_a_fault_is_a_sentence_and_the_log_holds_no_value(
    app: SigerFlask, capsys: pytest.CaptureFixture[str]
) -> None:
    with app.test_request_context(), pytest.raises(DocumentFailed, match="Data Anda aman"):
        render_pdf("table.typ", {"letterhead": "1806200101900001"}, title="x")
    logged = capsys.readouterr()
    assert "1806200101900001" not in logged.out + logged.err


def test_a_document_that_takes_too_long_is_ended(app: SigerFlask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rendering, "SECONDS", 0.3)
    started = time.monotonic()
    with app.test_request_context(), pytest.raises(DocumentFailed, match="terlalu besar"):
        render_pdf("table.typ", _data(rows=[["x"]] * 60000), title="x")
    assert time.monotonic() - started < 5


def test_a_long_table_repeats_its_heading_and_stays_small(village: Tenant, app: SigerFlask) -> None:
    columns = [PdfColumn("No", 4, "right"), PdfColumn("Nama", 20), PdfColumn("L", 5, "right", "Jumlah")]
    columns.append(PdfColumn("P", 5, "right", "Jumlah"))
    rows = [(number, f"PENDUDUK {number}", number % 7, None) for number in range(1, 1501)]
    with app.test_request_context(), tenant_scope(village):
        short = table_pdf("Daftar", columns, rows[:40], signers=[head_signs_of(village)], totals=1)
        started = time.monotonic()
        long = table_pdf("Daftar", columns, rows, numbered=True)
        pictures = render_pictures("table.typ", _data(rows=[["x"]] * 200), title="Daftar")
    assert time.monotonic() - started < 8
    assert _pages(short) == 2
    assert 20 < _pages(long) < 60
    assert len(long) < 600_000
    assert len(pictures) > 1
    assert pictures[0].startswith(b"\x89PNG")


def test_a_heading_of_several_levels_covers_every_column() -> None:
    rows = heading_rows(
        [("No",), ("Awal", "WNA", "L"), ("Awal", "WNA", "P"), ("Awal", "KK"), ("Akhir", "KK")]
    )
    assert [[(c.text, c.columns, c.rows) for c in row] for row in rows] == [
        [("No", 1, 3), ("Awal", 3, 1), ("Akhir", 1, 1)],
        [("WNA", 2, 1), ("KK", 1, 2), ("KK", 1, 2)],
        [("L", 1, 1), ("P", 1, 1)],
    ]


def head_signs_of(village: Tenant) -> Any:
    """Who signs there today."""
    from app.core.village.queries import today

    signer = head_signs(today())
    assert village.name in signer.place_date
    return signer


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_picture_stands_in_the_document_whatever_its_kind(app: SigerFlask, kind: str) -> None:
    drawn = io.BytesIO()
    Image.new("RGB", (40, 30), (180, 20, 30)).save(drawn, kind)
    head = {"lines": [], "name": "Desa", "address": ""}
    with app.test_request_context():
        pdf = render_pdf("table.typ", _data(letterhead=head), title="x", images={"logo": drawn.getvalue()})
        [page] = render_pictures(
            "table.typ", _data(letterhead=head), title="x", images={"logo": drawn.getvalue()}
        )
    assert b"/Subtype/Image" in pdf
    with Image.open(io.BytesIO(page)) as picture:
        colours = picture.convert("RGB").getcolors(1 << 20) or []
    assert any(count > 500 and abs(red - 180) < 6 and green < 30 for count, (red, green, _blue) in colours)


def test_a_picture_that_is_none_is_a_sentence(app: SigerFlask) -> None:
    with app.test_request_context(), pytest.raises(DocumentFailed, match="Data Anda aman"):
        render_pdf("table.typ", _data(), title="x", images={"logo": b"not a picture"})
