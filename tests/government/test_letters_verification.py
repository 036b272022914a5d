"""Whether a letter is genuine, for everybody: the page of its QR code, and a file that is compared."""

from __future__ import annotations

import datetime as dt
import re
import secrets
import uuid
from collections.abc import Callable
from typing import Any

import pytest

from app.core.hosting import SigerFlask
from app.extensions import db
from app.government.letters.desk import services as desk
from app.government.letters.models import Letter
from app.government.letters.signing import services as signing
from app.government.letters.verification import verification_path
from app.government.letters.verification.queries import initials_of
from app.government.letters.verification.tokens import token_of, token_text
from tenants.scope import tenant_scope
from tests.support import residents
from tests.support.events import told
from tests.support.letters import a_letter, an_issued_letter, letter_of, pdf_of, working
from tests.support.signing import PASSPHRASE, demo_key
from tests.support.uploads import send_form
from tests.support.visitors import Visitor

Visit = Callable[[str], Visitor]


@pytest.fixture
def anybody(village: Any, visit: Visit) -> Visitor:
    """Somebody with a phone, not signed in."""
    return visit(f"{village.slug}.localhost")


def page_of(app: SigerFlask, village: Any, letter_id: uuid.UUID) -> str:
    """The path in a letter's QR code."""
    return verification_path(letter_of(app, village, letter_id))


def a_signed_letter(app: SigerFlask, village: Any, **asked: Any) -> uuid.UUID:
    """A letter signed by a certificate of the village."""
    key = demo_key(app, village)
    letter = a_letter(app, village, state="verified", **asked)
    with working(app, village):
        run = signing.sign_letters([letter], key, PASSPHRASE)
        assert run.results[str(letter)]["result"] == "issued", run.results
    return letter


def send(browser: Visitor, data: bytes, path: str = "/cek") -> Any:
    """Send a file from the page at `path`, with the form's own fields."""
    asked = re.search(r'name="surat" value="([^"]+)"', browser.get(path).text)
    return send_form(browser, path, {"file": (data, "surat.pdf"), **({"surat": asked[1]} if asked else {})})


def test_the_page_says_what_the_letter_is_and_nothing_of_its_holder_but_initials(
    app: SigerFlask, village: Any, anybody: Visitor
) -> None:
    person = residents.a_resident(app, village, name="SITI AMINAH LESTARI", marital_status=1)
    letter = an_issued_letter(app, village, resident_id=person)
    row = letter_of(app, village, letter)
    answer = anybody.get(page_of(app, village, letter))
    page = told(answer)
    assert answer.status_code == 200
    for words in ("asli dan berlaku", row.number, row.title, "S. A. L.", row.sha256.hex(), "Tinta basah"):
        assert words in page
    for secret in ("SITI", "AMINAH", "Siti", str(letter), str(person)):
        assert secret not in answer.text
    assert "Set-Cookie" not in answer.headers
    assert answer.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "<script" not in answer.text


def test_the_page_takes_three_queries_at_most(
    app: SigerFlask, village: Any, anybody: Visitor, count_queries: Any
) -> None:
    path = page_of(app, village, an_issued_letter(app, village))
    anybody.get(path)
    with count_queries(at_most=3):
        assert anybody.get(path).status_code == 200


def test_a_letter_that_is_over_or_cancelled_says_so(app: SigerFlask, village: Any, anybody: Visitor) -> None:
    cancelled = a_letter(app, village, state="cancelled", reason="Salah nama")
    page = told(anybody.get(page_of(app, village, cancelled)))
    assert "tidak berlaku lagi" in page
    assert "dibatalkan" in page
    assert "Salah nama" not in page
    over = an_issued_letter(app, village)
    with app.app_context(), tenant_scope(village):
        db.session.get_one(Letter, over).valid_until = dt.date(2026, 1, 31)
        db.session.commit()
    assert "31 Januari 2026" in told(anybody.get(page_of(app, village, over)))


def test_unknown_and_foreign_and_unissued_tokens_get_the_same_page(
    app: SigerFlask, village: Any, make_village: Any, anybody: Visitor
) -> None:
    other = make_village()
    foreign = page_of(app, other, an_issued_letter(app, other))
    waiting = a_letter(app, village, state="verified")
    with app.app_context(), tenant_scope(village):
        unissued = verification_path(db.session.get_one(Letter, waiting))
        db.session.commit()
    unknown = f"/cek/{token_text(secrets.token_bytes(16))}"
    answers = [anybody.get(path) for path in (foreign, unissued, unknown, "/cek/" + "A" * 21 + "B")]
    assert {answer.status_code for answer in answers} == {404}
    pages = {re.sub(r"/cek/[\w-]{22}", "", answer.text) for answer in answers}
    assert len(pages) == 1
    assert "tidak mengenal surat" in pages.pop()


def test_a_token_is_random_long_and_has_one_address(app: SigerFlask, village: Any) -> None:
    tokens = {letter_of(app, village, an_issued_letter(app, village)).token for _ in range(3)}
    assert len(tokens) == 3
    for token in tokens:
        assert token is not None
        assert len(token) == 16
        text = token_text(token)
        assert token_of(text) == token
        again = text[:-1] + chr(ord(text[-1]) + 1)
        assert token_of(again) != token
    assert token_of("x" * 21) is None
    assert token_of("../../etc/passwd-00000") is None


def test_the_issued_file_is_genuine_and_its_signer_is_named(
    app: SigerFlask, village: Any, anybody: Visitor
) -> None:
    letter = a_signed_letter(app, village)
    page = told(send(anybody, pdf_of(app, village, letter)))
    assert "asli dan suratnya berlaku" in page
    assert letter_of(app, village, letter).number in page
    assert "Suparman" in page
    assert "Utuh" in page
    assert "belum tersertifikasi" in page


def test_a_changed_file_is_called_changed(app: SigerFlask, village: Any, anybody: Visitor) -> None:
    letter = a_signed_letter(app, village)
    pdf = pdf_of(app, village, letter)
    number = letter_of(app, village, letter).number
    middle = pdf.index(b"stream") + 40
    tampered = pdf[:middle] + bytes([pdf[middle] ^ 1]) + pdf[middle + 1 :]
    assert "berubah setelah ditandatangani" in told(send(anybody, tampered))
    appended = told(send(anybody, pdf + b"\n% catatan\n%%EOF\n"))
    assert "tidak sama dengan yang diterbitkan" in appended
    assert number in appended
    from_its_page = f"/cek?surat={page_of(app, village, letter).rsplit('/', 1)[1]}"
    assert number in told(send(anybody, tampered, from_its_page))


def test_a_cancelled_letters_file_is_genuine_but_not_valid(
    app: SigerFlask, village: Any, anybody: Visitor
) -> None:
    letter = a_signed_letter(app, village)
    pdf = pdf_of(app, village, letter)
    with working(app, village):
        desk.cancel(letter, "Keliru orang")
    assert "asli, tetapi suratnya tidak berlaku lagi" in told(send(anybody, pdf))


def test_another_letters_file_is_told_apart(app: SigerFlask, village: Any, anybody: Visitor) -> None:
    one, two = an_issued_letter(app, village), an_issued_letter(app, village)
    path = f"/cek?surat={page_of(app, village, one).rsplit('/', 1)[1]}"
    page = told(send(anybody, pdf_of(app, village, two), path))
    assert "surat yang lain" in page


def test_another_villages_file_is_unknown_here(
    app: SigerFlask, village: Any, make_village: Any, anybody: Visitor
) -> None:
    other = make_village()
    page = told(send(anybody, pdf_of(app, other, an_issued_letter(app, other))))
    assert "tidak dikenal" in page


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "Pilih dahulu"),
        (b"<html>bukan</html>", "bukan PDF"),
        (b"%PDF-1.7\n" + b"1 0 obj\n" * 50_000, "bukan PDF"),
        (b"%PDF-1.7\n" + b"[" * 200_000, "bukan PDF"),
        (b"%PDF-1.7\n" + b"\0" * (5 * 1024 * 1024 + 1), "lebih besar dari 5 MB"),
    ],
    ids=["empty", "html", "objects", "nesting", "large"],
)
def test_what_is_no_letter_gets_a_sentence(anybody: Visitor, data: bytes, words: str) -> None:
    answer = send(anybody, data)
    assert answer.status_code == 422
    assert words in told(answer)


def test_an_endless_file_is_given_up(app: SigerFlask, village: Any) -> None:
    from app.core.signing import PdfUnreadable, signatures_in

    endless = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\n"
    endless += b"trailer\n<< /Root 1 0 R /Prev 9 >>\nstartxref\n9\n%%EOF"
    with app.app_context(), tenant_scope(village), pytest.raises(PdfUnreadable):
        signatures_in(endless, seconds=4)


def test_nothing_is_kept_of_an_upload(app: SigerFlask, village: Any, anybody: Visitor) -> None:
    from app.core.files.storage import list_objects
    from tenants.keys import tenant_path

    letter = an_issued_letter(app, village)

    def objects() -> list[str]:
        with app.app_context(), tenant_scope(village):
            return list_objects(tenant_path())

    before = objects()
    send(anybody, pdf_of(app, village, letter))
    send(anybody, b"%PDF-1.7\nbukan surat")
    assert objects() == before


def test_initials() -> None:
    assert initials_of("Siti Aminah") == "S. A."
    assert initials_of("  ") == ""
    assert initials_of("R. M. 'Aisyah") == "R. M."
