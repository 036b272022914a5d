"""Files are what they are, not what they are called; nothing with macros, scripts or locks is kept."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest

from app.core.hosting import SigerFlask
from app.core.village.errors import Invalid
from app.province.announcements.files import MOST_BODY, Upload, checked
from tests.province.announcements.writing import PDF
from tests.support.images import picture
from tests.support.workbooks import xlsx

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def archive(**parts: bytes) -> bytes:
    """A zip of parts; `__` stands for `/` and `_DOT_` for a dot."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as zipped:
        for name, data in parts.items():
            zipped.writestr(name.replace("__", "/").replace("_DOT_", "."), data)
    return file.getvalue()


def docx(**more: bytes) -> bytes:
    """The outline of a Word document."""
    types = more.pop("types", b"<Types/>")
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as zipped:
        zipped.writestr("[Content_Types].xml", types)
        zipped.writestr("word/document.xml", b"<w:document/>")
        for name, data in more.items():
            zipped.writestr(name.replace("__", "/").replace("_DOT_", "."), data)
    return file.getvalue()


@pytest.mark.parametrize(
    ("name", "data", "kept_name", "media_type"),
    [
        ("surat.pdf", PDF, "surat.pdf", "application/pdf"),
        ("surat.exe", PDF, "surat.pdf", "application/pdf"),
        ("C:\\dok\\panduan.docx", docx(), "panduan.docx", WORD),
        ("panduan", docx(), "panduan.docx", WORD),
        ("undangan\r\n\x00rapat.pdf", PDF, "undanganrapat.pdf", "application/pdf"),
        ("foto.PNG", picture(), "foto.jpg", "image/jpeg"),
        ("isian.odt", archive(mimetype=b"application/vnd.oasis.opendocument.text"), "isian.odt",
         "application/vnd.oasis.opendocument.text"),
    ],
)  # fmt: skip
def test_a_file_is_known_by_its_content(
    app: SigerFlask, name: str, data: bytes, kept_name: str, media_type: str
) -> None:
    with app.test_request_context("/"):
        found = checked(Upload(name, data), "files")
    assert (found.name, found.media_type) == (kept_name, media_type)


def test_a_workbook_is_kept(app: SigerFlask) -> None:
    with app.test_request_context("/"):
        assert checked(Upload("daftar.xlsx", xlsx(("A", [[1]]))), "files").name == "daftar.xlsx"


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "kosong"),
        (b"MZ\x90\x00program", "Hanya PDF"),
        (b"<html><script>alert(1)</script></html>", "Hanya PDF"),
        (archive(a_DOT_txt=b"x"), "Hanya PDF"),
        (b"PK\x03\x04broken", "rusak"),
        (docx(word__vbaProject_DOT_bin=b"x"), "makro"),
        (docx(types=b'<Types><Override ContentType="application/vnd.ms-word.document.macroEnabled.main+xml"/>'),
         "makro"),
        (PDF.replace(b"<< >>", b"<< /JavaScript (app.alert(1)) >>", 1), "skrip"),
        (b"%PDF-1.7\n" + b"x" * (5 * 1024 * 1024), "lebih besar dari 5 MB"),
    ],
)  # fmt: skip
def test_what_may_not_be_kept_is_refused_with_a_sentence(app: SigerFlask, data: bytes, sentence: str) -> None:
    with app.test_request_context("/"), pytest.raises(Invalid, match=sentence) as refused:
        checked(Upload("berkas.pdf", data), "files")
    assert "berkas.pdf" in str(refused.value)


def test_an_archive_that_swells_is_refused(app: SigerFlask) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as zipped:
        zipped.writestr("word/document.xml", b"")
        with zipped.open("word/big.xml", "w") as part:
            for _time in range(201):
                part.write(b"\0" * 1024 * 1024)
    with app.test_request_context("/"), pytest.raises(Invalid, match="terlalu besar bila dibuka"):
        checked(Upload("x.docx", file.getvalue()), "files")


def test_a_body_that_is_too_large_is_answered_with_a_page(app: SigerFlask, officer: Any) -> None:
    writer = officer()
    page = writer.client.post(
        "/pengumuman/baru",
        base_url="http://localhost",
        data=b"x" * (MOST_BODY + 1),
        content_type="multipart/form-data; boundary=abc",
    )
    assert page.status_code == 413
