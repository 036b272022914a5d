"""Letters on paper: PDF/A with the village's head, whatever the values are, in every layout."""

from __future__ import annotations

import dataclasses
import io
import re
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from app.core.documents import Signer, letterhead
from app.core.documents.qr import qr_svg
from app.core.documents.text import printable
from app.core.hosting import SigerFlask
from app.government.letters.markup import parse, resolve
from app.government.letters.setting import LetterContent, preview_letter, set_letter
from tenants.scope import Tenant, tenant_scope
from tests.support.pdf_text import pdf_pages, pdf_text, squeezed

BODY = """Yang bertanda tangan di bawah ini menerangkan bahwa:

: Nama | **{{nama}}**
: Alamat | {{nama}}

| No | Nama |
|--:|---|
{% ulang anggota %}
| {{urutan}} | {{anggota.nama}} |
{% akhir %}

1. {{nama}}

- _{{nama}}_

# {{nama}}
^ {{nama}}
@ Saksi, | {{nama}} | {{nama}}

Demikian surat ini dibuat untuk {{nama}}.
"""
HEAD = {
    "lines": ["Pemerintah Kabupaten Tanggamus", "Kecamatan Gisting"],
    "name": "Pekon Gisting Atas",
    "address": "Jalan Raya Gisting 12",
}
ADDRESS = "https://gisting-atas.siger.test/cek/9f8aQx3ZkP0bT7uVYw2LmA"
HOSTILE = [
    '#read("/etc/passwd")', "#panic()", '#import "@preview/tablex:0.0.9": *', "\\", "\\\\", "$x^2$ $", "]", ")]; #data",
    "*tebal* _miring_ **x**", "{{nik}} {% jika nama %}", "`mentah` <label> @rujukan // /* */", "~ -- --- ... 'kutip'",
    "1. satu", "= Judul", "W" * 200, "NAMA YANG PANJANG SEKALI " * 8, "Ñandú Šťastný ʿAlī",
]  # fmt: skip
UNSEEN = [
    "😀 👨‍👩‍👧",
    "محمد عبد الله",
    "\u202eDLAB\u202c",
    "a\x00b\x07",
    "中文 ꦗꦮ",
    "a\r\nb\u2028c",
    "\ufeff",
    "",
]


def _content(nama: str = "SITI RAHAYU", **changes: Any) -> LetterContent:
    values = {"nama": nama, "anggota": [{"nama": nama}, {"nama": "BUDI"}]}
    usual = LetterContent(
        letterhead=HEAD,
        title="Surat Keterangan",
        number="474/012/2006/XI/2026",
        blocks=resolve(parse(BODY), values),
        place_date="Gisting Atas, 22 November 2026",
        signer=Signer("Kepala Pekon Gisting Atas", "SUTRISNO WIJAYA", "NIP. 197001011990011001"),
        qr=ADDRESS,
        footer="Surat Keterangan",
    )
    return dataclasses.replace(usual, **changes)


def _logo() -> bytes:
    drawn = io.BytesIO()
    Image.new("RGBA", (64, 64), (122, 20, 32, 255)).save(drawn, "PNG")
    return drawn.getvalue()


def test_a_letter_is_pdf_a_with_head_title_number_and_signer(village: Tenant, app: SigerFlask) -> None:
    with app.test_request_context(), tenant_scope(village):
        content = _content(letterhead=letterhead(), logo=_logo())
        pdf = set_letter(content, title="Surat Keterangan – SITI")
        without = set_letter(dataclasses.replace(content, logo=None), title="x")
        name = village.full_name
    assert b"pdfaid:part>2<" in pdf
    assert b"pdfaid:conformance>B<" in pdf
    assert "Surat Keterangan – SITI".encode() in pdf
    assert b"/Lang(id-ID)" in pdf
    assert b"/Subtype/Image" in pdf
    assert b"/Subtype/Image" not in without
    assert b"/URI" not in pdf
    [page] = pdf_pages(pdf)
    lines = [line.strip() for line in page.split("\n")]
    assert name.upper() in lines
    for shown in (
        "SURAT KETERANGAN", "Nomor: 474/012/2006/XI/2026", "SITI RAHAYU", "Gisting Atas, 22 November 2026",
        "Kepala Pekon Gisting Atas,", "SUTRISNO WIJAYA", "NIP. 197001011990011001",
    ):  # fmt: skip
        assert shown in lines, shown
    assert "Halaman" not in page


@pytest.mark.parametrize("value", HOSTILE)
def test_a_value_stands_on_paper_as_it_was_typed(app: SigerFlask, value: str) -> None:
    with app.test_request_context():
        pdf = set_letter(_content(value, title=value, number=value, footer=value), title=value)
    assert b"pdfaid:part>2<" in pdf
    text = pdf_text(pdf)
    assert text.count(squeezed(value)) >= 9
    assert squeezed(value.upper()) in text


@pytest.mark.parametrize("value", UNSEEN)
@pytest.mark.parametrize("layout", ["letter", "official", "decree"])
def test_what_no_font_has_never_keeps_a_letter_from_being_made(
    app: SigerFlask, value: str, layout: Any
) -> None:
    person = Signer(value, value, value, value, value)
    with app.test_request_context():
        pdf = set_letter(
            _content(
                value,
                layout=layout,
                title=value,
                number=value,
                place_date=value,
                signer=person,
                left_signer=person,
                counter_signer=person,
                reference=[(value, value)],
                recipient=[value],
                about=value,
                authority=value,
                copies=[value, value],
                footer=value,
                watermark=value,
                check_note=value,
                letterhead={"lines": [value], "name": value, "address": value},
            ),
            title=value,
        )
    assert b"pdfaid:part>2<" in pdf


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.text(st.characters(min_codepoint=0x20, max_codepoint=0x17F, exclude_characters="\x7f"), max_size=60)
)
def test_any_value_can_be_read_from_the_letter(app: SigerFlask, value: str) -> None:
    shown = squeezed(printable(" ".join(value.split())))
    with app.test_request_context():
        assert shown in pdf_text(set_letter(_content(value), title=value))


def test_a_decree_says_what_it_is_about_and_where_it_was_decided(app: SigerFlask) -> None:
    body = (
        ": Menimbang |\n  a. bahwa perlu;\n  b. bahwa baik;\n: Mengingat |\n  1. Undang-Undang;\n\n"
        "# MEMUTUSKAN:\n: Menetapkan |\n: KESATU | Membentuk tim.\n"
    )
    content = _content(
        layout="decree",
        title="Keputusan Kepala Pekon Gisting Atas",
        about="Pembentukan tim",
        authority="Kepala Pekon Gisting Atas,",
        blocks=resolve(parse(body), {}),
        copies=["Camat Gisting", "Arsip"],
    )
    with app.test_request_context():
        text = pdf_text(set_letter(content, title="x"))
    for shown in (
        "KEPUTUSANKEPALAPEKONGISTINGATAS", "NOMOR474/012/2006/XI/2026", "TENTANGPEMBENTUKANTIM", "a.bahwaperlu;",
        "b.bahwabaik;", "1.Undang-Undang;", "MEMUTUSKAN:", "DitetapkandiGistingAtaspadatanggal22November2026",
        "Tembusan:1.CamatGisting2.Arsip",
    ):  # fmt: skip
        assert shown in text, shown


def test_an_official_letter_has_its_subject_and_addressee(app: SigerFlask) -> None:
    content = _content(
        layout="official",
        reference=[("Sifat", "Penting"), ("Hal", "Undangan")],
        recipient=["Ketua RT 002", "di tempat"],
        paper="a4",
    )
    with app.test_request_context():
        pdf = set_letter(content, title="x")
    text = pdf_text(pdf)
    assert "Nomor:474/012/2006/XI/2026Sifat:PentingHal:Undangan" in text
    assert "Yth.KetuaRT002ditempat" in text
    assert "SURATKETERANGAN" not in text
    assert re.search(rb"/MediaBox\[0 0 595\.2\d* 841\.8\d*\]", pdf)


def test_the_code_stands_where_the_signature_does(app: SigerFlask) -> None:
    note = "Ditandatangani dengan sertifikat desa; tidak tersertifikasi."
    with app.test_request_context():
        wet = pdf_pages(set_letter(_content(), title="x"))[0]
        signed = pdf_pages(set_letter(_content(is_electronic=True, signature_note=note), title="x"))[0]
        none = pdf_pages(set_letter(_content(qr=""), title="x"))[0]
        unsigned = pdf_pages(set_letter(_content(qr="", is_electronic=True), title="x"))[0]
    assert "Pindai untuk memeriksa" in wet
    assert squeezed(note) in squeezed(signed)
    assert squeezed(signed).index(squeezed(note)) < squeezed(signed).index("SUTRISNOWIJAYA")
    assert "Pindai" not in signed + none + unsigned


def test_a_draft_says_so_across_the_page_and_the_final_does_not(app: SigerFlask) -> None:
    with app.test_request_context():
        draft, final = (
            _content(watermark="KONSEP", number="", qr=""),
            _content(),
        )
        assert "KONSEP" in pdf_text(set_letter(draft, title="x"))
        assert "KONSEP" not in pdf_text(set_letter(final, title="x"))
        pages = preview_letter(draft, title="x")
    assert len(pages) == 1
    with Image.open(io.BytesIO(pages[0])) as picture:
        assert picture.height > picture.width > 600


@pytest.mark.parametrize("lines", range(28, 46, 3))
def test_the_signature_never_stands_on_a_page_alone(app: SigerFlask, lines: int) -> None:
    body = "\n\n".join(["Baris ini satu kalimat saja."] * lines) + "\n\nDemikian surat ini dibuat."
    with app.test_request_context():
        pages = pdf_pages(set_letter(_content(blocks=resolve(parse(body), {})), title="x"))
    last = pages[-1]
    assert "SUTRISNO WIJAYA" in last
    assert "Demikian" in last
    assert ("Halaman 1 dari 2" in " ".join(pages[0].split())) == (len(pages) == 2)


def test_a_long_letter_keeps_its_table_heads_and_counts_its_pages(app: SigerFlask) -> None:
    body = "| No | Nama |\n|--:|---|\n{% ulang anggota %}\n| {{urutan}} | {{anggota.nama}} |\n{% akhir %}"
    values = {"anggota": [{"nama": f"WARGA {number}"} for number in range(150)]}
    with app.test_request_context():
        pages = pdf_pages(set_letter(_content(blocks=resolve(parse(body), values)), title="x"))
    assert len(pages) > 3
    assert all("Nama" in page and f"dari {len(pages)}" in " ".join(page.split()) for page in pages)


def test_the_code_is_drawn_once_for_its_address() -> None:
    assert qr_svg(ADDRESS) == qr_svg(ADDRESS) != qr_svg(ADDRESS + "x")
    assert "<svg" in qr_svg(ADDRESS)
    assert 'xmlns="http://www.w3.org/2000/svg"' in qr_svg(ADDRESS)
