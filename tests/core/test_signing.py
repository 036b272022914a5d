"""Signatures: keys of a village, PAdES in PDF files, certificates from outside."""

from __future__ import annotations

import asyncio
import io
import re
import uuid
from typing import Any

import pytest
from asn1crypto.pkcs12 import Pfx
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import PrivateFormat, pkcs12
from sqlalchemy import update

from app.core.actors import Actor, acting_as
from app.core.documents import render_pdf
from app.core.hosting import SigerFlask
from app.core.signing import (
    CertificateExpired,
    CertificateRefused,
    KeyUnusable,
    PdfUnreadable,
    WrongPassphrase,
    certificates,
    keys,
    sign_locally,
    signatures_in,
)
from app.core.signing.authority import demo_authority, issue_certificate
from app.core.signing.certificates import MOST_BYTES, Bundle, pack, read_pkcs12, recognised
from app.core.signing.models import SigningKey
from app.core.signing.pades import sign_pdf
from app.core.village.errors import Invalid, Missing
from app.extensions import db
from app.settings import Settings
from tenants.scope import tenant_scope
from tests.support.letters import working
from tests.support.signing import PASSPHRASE, a_day, demo_key, p12, the_head

PEM, DER = serialization.Encoding.PEM, serialization.Encoding.DER


@pytest.fixture(scope="module")
def pdf(app: SigerFlask) -> bytes:
    """A PDF/A-2b of the house."""
    data = {
        "paper": "a4", "landscape": False, "size": 8, "footer": "", "letterhead": None, "subtitle": "", "about": [],
        "columns": [{"width": 10.0, "align": "left"}], "heading": [[{"text": "Nama", "columns": 1, "rows": 1}]],
        "rows": [["Siti"]], "totals": 0, "numbered": False, "empty": "", "notes": [], "signers": [],
    }  # fmt: skip
    with app.test_request_context():
        return render_pdf("table.typ", data, title="Surat")


def signed(app: SigerFlask, village: Any, key: uuid.UUID, data: bytes, passphrase: str = PASSPHRASE) -> bytes:
    """The PDF signed with a key of the village."""
    with working(app, village):
        return sign_locally(data, key, passphrase, reason="Surat 474/001", place="Gisting")


def found_in(app: SigerFlask, village: Any, data: bytes) -> list[Any]:
    """The signatures of a PDF."""
    with app.app_context(), tenant_scope(village):
        return signatures_in(data)


# -- signing ------------------------------------------------------------------------------------------------------


def test_signing_works_in_a_thread_that_runs_an_event_loop(app: SigerFlask, village: Any, pdf: bytes) -> None:
    key = demo_key(app, village)

    async def within_a_loop() -> bytes:
        return signed(app, village, key, pdf)

    (one,) = found_in(app, village, asyncio.run(within_a_loop()))
    assert one.valid


def test_a_signature_says_by_whom_and_covers_the_file(app: SigerFlask, village: Any, pdf: bytes) -> None:
    done = signed(app, village, demo_key(app, village), pdf)
    assert done.startswith(pdf)
    assert b"/ETSI.CAdES.detached" in done
    (one,) = found_in(app, village, done)
    assert (one.holder, one.valid, one.covers_whole, one.is_demo, one.is_certified) == (
        "Suparman", True, True, True, False,
    )  # fmt: skip
    assert one.signed_at is not None
    assert "tidak tersertifikasi" in one.issuer
    assert found_in(app, village, pdf) == []


def test_what_was_pdf_a_stays_it(app: SigerFlask, village: Any, pdf: bytes) -> None:
    from pyhanko.pdf_utils.reader import PdfFileReader

    before, after = (
        PdfFileReader(io.BytesIO(data)) for data in (pdf, signed(app, village, demo_key(app, village), pdf))
    )
    described = after.root["/Metadata"].data
    assert described == before.root["/Metadata"].data
    assert re.search(rb"pdfaid:part>2<", described)
    assert "/Version" not in after.root, "PDF/A-2 is PDF 1.7"
    assert list(after.root["/Extensions"]) == ["/ESIC"]
    assert after.embedded_signatures[0].sig_object["/Reason"] == "Surat 474/001"
    assert after.trailer["/ID"][0] == before.trailer["/ID"][0]
    assert "/Encrypt" not in after.trailer
    (field,) = after.root["/AcroForm"]["/Fields"]
    widget = field.get_object()
    flags = int(widget["/F"])
    assert flags & 4, "PDF/A-2: annotations are printed"
    assert not flags & (1 | 2 | 32), "PDF/A-2: annotations are neither hidden nor invisible nor without view"
    assert [float(number) for number in widget["/Rect"]] == [0, 0, 0, 0]
    assert "/NeedAppearances" not in after.root["/AcroForm"]


@pytest.mark.parametrize("where", ["begin", "content", "signature", "appended"])
def test_whatever_is_changed_is_seen(app: SigerFlask, village: Any, pdf: bytes, where: str) -> None:
    done = signed(app, village, demo_key(app, village), pdf)
    if where == "appended":
        changed = done + b"\n1 0 obj\n<< /Type /Catalog >>\nendobj\n"
    else:
        at = {"begin": 12, "content": len(pdf) // 2, "signature": done.index(b"/Contents <") + 900}[where]
        replaced = b"0" if done[at : at + 1] != b"0" else b"1"
        changed = done[:at] + replaced + done[at + 1 :]
    try:
        found = found_in(app, village, changed)
    except PdfUnreadable:
        return
    assert not any(one.valid and one.covers_whole for one in found)


def test_an_update_after_the_signature_is_no_valid_one(app: SigerFlask, village: Any, pdf: bytes) -> None:
    from pyhanko.pdf_utils.generic import TextStringObject, pdf_name
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

    writer = IncrementalPdfFileWriter(io.BytesIO(signed(app, village, demo_key(app, village), pdf)))
    page = writer.root["/Pages"]["/Kids"][0].get_object()
    page[pdf_name("/Contoh")] = TextStringObject("ditambah")
    writer.update_container(page)
    out = io.BytesIO()
    writer.write(out)
    assert [one.valid for one in found_in(app, village, out.getvalue())] == [False]


def test_who_calls_himself_somebody_is_not_taken_for_him(app: SigerFlask, village: Any, pdf: bytes) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    own = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Suparman")])
    forged = (
        x509.CertificateBuilder().subject_name(own).issuer_name(own).public_key(key.public_key())
        .serial_number(1).not_valid_before(a_day(-1)).not_valid_after(a_day(9)).sign(key, hashes.SHA256())
    )  # fmt: skip
    done = sign_pdf(pdf, Bundle(key, forged), reason="", place="")
    (one,) = found_in(app, village, done)
    assert (one.valid, one.is_demo, one.is_certified) == (True, False, False)


# -- keys ---------------------------------------------------------------------------------------------------------


def test_only_the_passphrase_opens_a_key(app: SigerFlask, village: Any, pdf: bytes) -> None:
    key = demo_key(app, village)
    for wrong in ("salah sekali", "", PASSPHRASE.upper(), PASSPHRASE + " ", "x" * 5000):
        with pytest.raises(WrongPassphrase):
            signed(app, village, key, pdf, wrong)


def test_another_villages_key_does_not_exist_here(
    app: SigerFlask, village: Any, make_village: Any, pdf: bytes
) -> None:
    key = demo_key(app, make_village())
    with pytest.raises(Missing):
        signed(app, village, key, pdf)


def test_a_key_is_over_when_its_certificate_is(app: SigerFlask, village: Any, pdf: bytes) -> None:
    key = demo_key(app, village)
    with working(app, village):
        db.session.execute(update(SigningKey).values(not_after=a_day(-1)))
        db.session.commit()
    with pytest.raises(CertificateExpired):
        signed(app, village, key, pdf)


def test_a_retired_key_is_destroyed_and_what_it_signed_stays(
    app: SigerFlask, village: Any, pdf: bytes
) -> None:
    key = demo_key(app, village)
    done = signed(app, village, key, pdf)
    with working(app, village):
        keys.retire_key(key)
        assert db.session.get_one(SigningKey, key).box is None
    with pytest.raises(KeyUnusable):
        signed(app, village, key, pdf)
    assert found_in(app, village, done)[0].valid


def test_a_new_key_takes_the_place_of_the_old_one(app: SigerFlask, village: Any) -> None:
    first, second = demo_key(app, village), demo_key(app, village)
    with working(app, village):
        assert [key.id for key in keys.signing_keys(active_only=True)] == [second]
        assert db.session.get_one(SigningKey, first).state == "retired"


def test_a_passphrase_is_changed_by_who_knows_the_old_one(app: SigerFlask, village: Any, pdf: bytes) -> None:
    key = demo_key(app, village)
    with working(app, village):
        with pytest.raises(WrongPassphrase):
            keys.change_passphrase(key, "bukan ini", "yang baru sekali")
        with pytest.raises(Invalid):
            keys.change_passphrase(key, PASSPHRASE, "pendek")
        keys.change_passphrase(key, PASSPHRASE, "yang baru sekali")
    with pytest.raises(WrongPassphrase):
        signed(app, village, key, pdf)
    assert signed(app, village, key, pdf, "yang baru sekali")


def test_the_demos_authority_stays_the_same_and_is_never_in_production(
    app: SigerFlask, village: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with app.app_context():
        first = demo_authority().certificate
        app.extensions.pop("demo_authority")
        assert demo_authority().certificate == first
        production = app.config["SETTINGS"].model_copy(update={"environment": "production"})
        monkeypatch.setitem(app.config, "SETTINGS", production)
        with pytest.raises(KeyUnusable):
            demo_authority()


# -- certificates from outside ----------------------------------------------------------------------------------------


def test_an_upload_shows_what_it_says_before_it_is_kept(app: SigerFlask, village: Any, pdf: bytes) -> None:
    head = the_head(app, village)
    data = p12(app)
    with working(app, village):
        seen = keys.look_at_upload(head, data, PASSPHRASE)
        assert (seen.holder, seen.is_certified, seen.names_official) == ("Suparman", False, True)
        assert not keys.signing_keys()
        db.session.rollback()
        key = keys.keep_upload(seen.ticket).id
    assert found_in(app, village, signed(app, village, key, pdf))[0].holder == "Suparman"
    with working(app, village), pytest.raises(Invalid):
        keys.keep_upload(seen.ticket[:-8] + "AAAAAAA=")


def test_a_ticket_of_another_village_is_refused(app: SigerFlask, village: Any, make_village: Any) -> None:
    head = the_head(app, village)
    with working(app, village):
        ticket = keys.look_at_upload(head, p12(app), PASSPHRASE).ticket
    with working(app, make_village()), pytest.raises(Invalid):
        keys.keep_upload(ticket)


def test_a_ticket_is_used_once(app: SigerFlask, village: Any) -> None:
    head = the_head(app, village)
    with working(app, village):
        ticket = keys.look_at_upload(head, p12(app), PASSPHRASE).ticket
        first = keys.keep_upload(ticket).id
    with working(app, village), pytest.raises(Invalid):
        keys.keep_upload(ticket)
    with working(app, village):
        assert [key.id for key in keys.signing_keys()] == [first]


def test_a_ticket_is_of_whoever_uploaded_the_file(app: SigerFlask, village: Any) -> None:
    head = the_head(app, village)
    with working(app, village):
        ticket = keys.look_at_upload(head, p12(app), PASSPHRASE).ticket
    colleague = Actor(account_id=uuid.uuid4(), name="Rekan", email="", role_codes=("secretary",))
    with working(app, village), acting_as(colleague), pytest.raises(Invalid):
        keys.keep_upload(ticket)
    with working(app, village):
        assert not keys.signing_keys()


def _file(key: Any, certificate: Any, passphrase: str = PASSPHRASE) -> bytes:
    lock = serialization.BestAvailableEncryption(passphrase.encode())
    return pkcs12.serialize_key_and_certificates(None, key, certificate, None, lock)


def _certificate(key: Any, *, start: int = -1, end: int = 9, usage: x509.KeyUsage | None = None) -> Any:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Suparman")])
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(7).not_valid_before(a_day(start)).not_valid_after(a_day(end))
    )  # fmt: skip
    if usage is not None:
        made = made.add_extension(usage, critical=True)
    return made.sign(key, hashes.SHA256())


KEY = ec.generate_private_key(ec.SECP256R1())
ONLY_ENCRYPTS = x509.KeyUsage(False, False, True, False, False, False, False, False, False)


def _slow_to_open() -> bytes:
    """A file that asks for two thousand million rounds."""
    pfx = Pfx.load(_file(KEY, _certificate(KEY)))
    pfx["mac_data"]["iterations"] = 2_000_000_000
    return bytes(pfx.dump(force=True))


@pytest.mark.parametrize(
    ("data", "passphrase", "words"),
    [
        (b"", PASSPHRASE, "kosong"),
        (b"x" * (MOST_BYTES + 1), PASSPHRASE, "terlalu besar"),
        (b"bukan sertifikat", PASSPHRASE, "bukan sertifikat PKCS#12"),
        (_file(KEY, _certificate(KEY))[:400], PASSPHRASE, "bukan sertifikat PKCS#12"),
        (_file(KEY, _certificate(KEY)), "keliru sekali", "tidak membuka"),
        (_file(None, _certificate(KEY)), PASSPHRASE, "kunci pribadi"),
        (_file(KEY, _certificate(KEY, start=-9, end=-1)), PASSPHRASE, "sudah habis"),
        (_file(KEY, _certificate(KEY, start=2)), PASSPHRASE, "belum berlaku"),
        (_file(KEY, _certificate(KEY, usage=ONLY_ENCRYPTS)), PASSPHRASE, "tidak dibuat untuk menandatangani"),
    ],
    ids=["empty", "large", "text", "cut", "passphrase", "no-key", "over", "early", "usage"],
)
def test_a_certificate_that_cannot_sign_is_refused_with_a_sentence(
    app: SigerFlask, data: bytes, passphrase: str, words: str
) -> None:
    with app.test_request_context(), pytest.raises(CertificateRefused, match=words):
        read_pkcs12(data, passphrase)


def test_a_weak_key_is_refused(app: SigerFlask) -> None:
    weak = rsa.generate_private_key(65537, 1024)
    with app.test_request_context(), pytest.raises(CertificateRefused, match="terlalu lemah"):
        read_pkcs12(_file(weak, _certificate(weak)), PASSPHRASE)
    strong = rsa.generate_private_key(65537, 2048)
    with app.test_request_context():
        assert read_pkcs12(_file(strong, _certificate(strong)), PASSPHRASE).certificate is not None


def test_a_file_that_takes_too_long_is_given_up(app: SigerFlask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(certificates, "SECONDS", 1.5)
    with app.test_request_context(), pytest.raises(CertificateRefused, match="bukan sertifikat PKCS#12"):
        read_pkcs12(_slow_to_open(), PASSPHRASE)


def test_certified_is_only_what_comes_from_a_recognised_authority(
    app: SigerFlask, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    with app.app_context():
        _key, certificate = issue_certificate("Suparman", "Kepala", "Pekon")
        root = demo_authority().certificate
        assert not recognised(certificate, ())
        listed = tmp_path / "diakui.pem"
        listed.write_bytes(_certificate(KEY).public_bytes(PEM))
        trusting = app.config["SETTINGS"].model_copy(update={"signing_trust": str(listed)})
        monkeypatch.setitem(app.config, "SETTINGS", trusting)
        assert not recognised(certificate, (root,))
        other = tmp_path / "lain.pem"
        other.write_bytes(root.public_bytes(PEM))
        trusting = trusting.model_copy(update={"signing_trust": str(other)})
        monkeypatch.setitem(app.config, "SETTINGS", trusting)
        assert recognised(certificate, ())


def test_a_kept_file_opens_with_its_passphrase_alone() -> None:
    packed = pack(Bundle(KEY, _certificate(KEY)), PASSPHRASE)
    with pytest.raises(ValueError, match="password"):
        pkcs12.load_pkcs12(packed, b"lain")
    assert KEY.private_bytes(DER, PrivateFormat.PKCS8, serialization.NoEncryption()) not in packed


@pytest.mark.parametrize(
    "values", [{"bsre_url": "ftp://bsre"}, {"signing_trust": "/tidak/ada.pem"}], ids=["url", "trust"]
)
def test_settings_do_not_guess(values: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"BSRE_URL|SIGNING_TRUST"):
        Settings(**values)
