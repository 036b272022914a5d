"""Letters signed by the national service: by the worker, with a passphrase for five minutes and one use."""

from __future__ import annotations

import hashlib
import itertools
import json
import logging
import signal
import subprocess
import sys
import threading
import uuid
from collections.abc import Iterator
from email.parser import BytesParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from sqlalchemy import select, update

from app.core.hosting import SigerFlask
from app.core.signing import (
    CertificateExpired,
    HttpBsre,
    NotRegistered,
    NotSigned,
    RecordingBsre,
    SigningAway,
    WrongPassphrase,
)
from app.core.signing.models import SigningRun
from app.core.signing.runs import KEPT_FOR
from app.extensions import cache, db
from app.government.letters.signing import services
from app.settings import Settings
from tenants.jobs import run_job
from tenants.models import now
from tenants.scope import tenant_scope
from tests.government.test_letters_signing import QUEUE, chosen
from tests.support.dumps import finds, keys_of, objects_in, rows_of
from tests.support.events import told
from tests.support.letters import a_letter, letter_of, pdf_of, working
from tests.support.servers import own_folder
from tests.support.signing import bsre_key, demo_key
from tests.support.work import settle

SPOKEN = "durian-runtuh-di-senja-7741"
NIK = "1806201705800011"


@pytest.fixture
def twin(app: SigerFlask) -> Iterator[RecordingBsre]:
    """The service of this process, which records."""
    service = RecordingBsre(passphrase=SPOKEN)
    app.extensions["bsre"] = service
    yield service
    app.extensions.pop("bsre")


def ask_for(app: SigerFlask, village: Any, *letters: uuid.UUID, passphrase: str = SPOKEN) -> uuid.UUID:
    """Ask for letters to be signed by the service, without working anything off; returns the run."""
    key = bsre_key(app, village)
    with working(app, village):
        return services.sign_letters(letters, key, passphrase).id


def work(app: SigerFlask, village: Any, run_id: uuid.UUID, *, is_late: bool = False) -> None:
    """What the worker does with a run."""
    with app.app_context():
        run_job(services.JOB, str(village.id), {"signing_run": str(run_id), "is_late": is_late})


def run_of(app: SigerFlask, village: Any, run_id: uuid.UUID) -> SigningRun:
    """The run as it stands now, detached."""
    with app.app_context(), tenant_scope(village):
        run = db.session.scalars(select(SigningRun).where(SigningRun.id == run_id)).one()
        db.session.expunge(run)
        return run


def test_the_worker_signs_what_the_head_asked_for(
    app: SigerFlask, village: Any, staff: Any, twin: RecordingBsre
) -> None:
    head = staff(village, role="village_head")
    key = bsre_key(app, village)
    letters = [a_letter(app, village, state="verified") for _ in range(2)]
    answer = head.submit(QUEUE, {"letter": chosen(app, village, *letters), "key": key, "passphrase": SPOKEN})
    assert answer.status_code == 303, told(answer)
    assert [letter_of(app, village, one).state for one in letters] == ["approved"] * 2
    assert twin.calls == [], "nothing goes over a network while somebody waits"
    assert "sedang ditandatangani oleh layanan BSrE" in told(head.get(answer.headers["Location"]))
    settle(app)
    assert "2 surat sudah ditandatangani" in told(head.get(answer.headers["Location"]))
    assert twin.calls == [NIK[-4:]] * 2
    numbers = set()
    for one in letters:
        row = letter_of(app, village, one)
        assert (row.state, row.signing) == ("issued", "bsre")
        assert row.sha256 == hashlib.sha256(pdf_of(app, village, one)).digest()
        assert "signing_run" not in row.details
        numbers.add(row.number)
    assert len(numbers) == 2


@pytest.mark.parametrize(
    ("problem", "words", "calls"),
    [
        (WrongPassphrase, "Frasa sandi tidak cocok", 1),
        (SigningAway, "tidak dapat dihubungi", 1),
        (CertificateExpired, "sudah habis", 1),
        (NotRegistered, "tidak mengenal NIK", 1),
        (NotSigned, "menolak dokumen", 2),
    ],
)
def test_letters_wait_when_the_service_does_not_sign(
    app: SigerFlask, village: Any, staff: Any, twin: RecordingBsre, problem: Any, words: str, calls: int
) -> None:
    head = staff(village, role="village_head")
    letters = [a_letter(app, village, state="verified") for _ in range(2)]
    twin.problem = problem
    run_id = ask_for(app, village, *letters)
    work(app, village, run_id)
    assert len(twin.calls) == calls, "a wrong passphrase is not tried again and again"
    page = told(head.get(f"{QUEUE}/hasil/{run_id}"))
    assert "tidak ada yang hilang" in page
    assert words in page
    rows = [letter_of(app, village, one) for one in letters]
    assert {row.state for row in rows} == {"verified"}
    first = next(row for row in rows if row.number)
    assert words in told(head.get(QUEUE))
    twin.problem = None
    work(app, village, ask_for(app, village, *letters))
    after = letter_of(app, village, first.id)
    assert (after.state, after.number) == ("issued", first.number), "the number stays with the letter"
    assert "signing_error" not in after.details


def test_a_letter_that_waited_for_the_service_is_signed_here_with_its_number(
    app: SigerFlask, village: Any, twin: RecordingBsre
) -> None:
    from tests.support.signing import PASSPHRASE

    letter = a_letter(app, village, state="verified")
    twin.problem = SigningAway
    work(app, village, ask_for(app, village, letter))
    number = letter_of(app, village, letter).number
    key = demo_key(app, village)
    with working(app, village):
        assert services.sign_letters([letter], key, PASSPHRASE).results[str(letter)]["result"] == "issued"
    assert letter_of(app, village, letter).number == number


def test_a_passphrase_is_used_once(app: SigerFlask, village: Any, twin: RecordingBsre) -> None:
    letter = a_letter(app, village, state="verified")
    run_id = ask_for(app, village, letter)
    assert run_of(app, village, run_id).box is not None
    work(app, village, run_id)
    assert run_of(app, village, run_id).box is None
    work(app, village, run_id)
    work(app, village, run_id, is_late=True)
    assert len(twin.calls) == 1
    assert run_of(app, village, run_id).state == "done"


def test_a_passphrase_is_over_after_five_minutes(
    app: SigerFlask, village: Any, staff: Any, twin: RecordingBsre
) -> None:
    letter = a_letter(app, village, state="verified")
    run_id = ask_for(app, village, letter)
    run = run_of(app, village, run_id)
    assert run.expires_at - run.created_at <= KEPT_FOR
    with app.app_context(), tenant_scope(village):
        db.session.execute(update(SigningRun).values(expires_at=now()))
        db.session.commit()
    work(app, village, run_id, is_late=True)
    over = run_of(app, village, run_id)
    assert (over.state, over.box, twin.calls) == ("expired", None, [])
    assert letter_of(app, village, letter).state == "verified"
    page = told(staff(village, role="village_head").get(QUEUE))
    assert "Ketikkan sekali lagi" in page


def test_a_run_that_somebody_is_at_is_left_alone(app: SigerFlask, village: Any, twin: RecordingBsre) -> None:
    letter = a_letter(app, village, state="verified")
    run_id = ask_for(app, village, letter)
    with app.app_context(), tenant_scope(village):
        db.session.execute(update(SigningRun).values(state="running", taken_at=now(), box=None))
        db.session.commit()
    work(app, village, run_id, is_late=True)
    assert run_of(app, village, run_id).state == "running"
    assert letter_of(app, village, letter).state == "approved"


def test_a_worker_that_dies_takes_the_passphrase_with_it_and_nothing_is_lost(
    app: SigerFlask, village: Any, urls: Any, twin: RecordingBsre
) -> None:
    letter = a_letter(app, village, state="verified")
    run_id = ask_for(app, village, letter)
    settings = app.config["SETTINGS"]
    number = settings.redis_url.rsplit("/", 1)[1]
    died = subprocess.run(
        [
            sys.executable, "-m", "tests.support.killing_signer", urls.owner_url, urls.app_url, number,
            settings.tenant_role_prefix, str(settings.siger_data), services.JOB, str(village.id), str(run_id),
        ],
        stdout=subprocess.PIPE, check=False, timeout=60,
    )  # fmt: skip
    assert died.returncode == -signal.SIGKILL
    assert died.stdout == b"asked\n"
    run, row = run_of(app, village, run_id), letter_of(app, village, letter)
    assert (run.state, run.box, row.state) == ("running", None, "approved")
    kept = row.number
    assert kept
    work(app, village, run_id)
    assert twin.calls == [], "the passphrase is gone; nothing is sent twice"
    row = letter_of(app, village, letter)
    assert (row.state, row.details["signing_error"], row.number) == ("verified", "interrupted", kept)
    work(app, village, ask_for(app, village, letter))
    assert letter_of(app, village, letter).number == kept


def test_no_passphrase_lies_anywhere(
    app: SigerFlask, village: Any, staff: Any, urls: Any, twin: RecordingBsre,
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    caplog.set_level(logging.DEBUG)
    head = staff(village, role="village_head")
    here = demo_key(app, village, SPOKEN)
    there = bsre_key(app, village)
    letters = [a_letter(app, village, state="verified") for _ in range(3)]
    for key, one in ((here, letters[0]), (there, letters[1])):
        head.submit(QUEUE, {"letter": chosen(app, village, one), "key": key, "passphrase": SPOKEN})
    head.submit(QUEUE, {"letter": chosen(app, village, letters[2]), "key": here, "passphrase": SPOKEN + "x"})
    schemas = [village.schema, "platform"]
    secrets = {"passphrase": SPOKEN, "NIK": NIK}

    def surfaces() -> Iterator[Any]:
        return itertools.chain(
            rows_of(urls.owner_url, schemas), objects_in(own_folder()), keys_of(cache.client)
        )

    assert finds(surfaces(), secrets) == [], "while the run waits"
    settle(app)
    twin.problem = SigningAway
    settle(app)
    assert finds(surfaces(), secrets) == []
    out, err = capfd.readouterr()
    assert SPOKEN not in out + err + caplog.text
    assert NIK not in out + err + caplog.text
    assert SPOKEN not in repr(run_of(app, village, ask_for(app, village, letters[2])))


# -- the service's own interface --------------------------------------------------------------------------------------


class Service(ThreadingHTTPServer):
    """A service on this machine: `answer` is (status, kind, body), `asked` what came."""

    answer: tuple[int, str, bytes] = (200, "application/pdf", b"%PDF-1.7 signed")
    then: tuple[int, str, bytes] = (404, "application/json", b"{}")
    asked: list[tuple[str, str, dict[str, bytes]]]


class Handler(BaseHTTPRequestHandler):
    """Answers as told."""

    server: Service

    def do_POST(self) -> None:
        """A file to sign."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        head = f"Content-Type: {self.headers['Content-Type']}\r\n\r\n".encode()
        parts = {
            str(part.get_param("name", header="content-disposition")): part.get_payload(decode=True)
            for part in BytesParser().parsebytes(head + body).get_payload()
        }
        self.server.asked.append((self.path, str(self.headers["Authorization"]), parts))
        self._say(self.server.answer)

    def do_GET(self) -> None:
        """A signed file to fetch."""
        self.server.asked.append((self.path, str(self.headers["Authorization"]), {}))
        self._say(self.server.then)

    def _say(self, answer: tuple[int, str, bytes]) -> None:
        status, kind, body = answer
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: Any) -> None:
        """Say nothing."""


@pytest.fixture
def service() -> Iterator[Service]:
    """A service on this machine."""
    server = Service(("127.0.0.1", 0), Handler)
    server.asked = []
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def client_of(service: Service, **options: Any) -> HttpBsre:
    """A client of it."""
    return HttpBsre(f"http://127.0.0.1:{service.server_port}/esign/", "desa", "s3rahasia", **options)


def test_the_service_gets_file_nik_and_passphrase(service: Service) -> None:
    done = client_of(service).sign(b"%PDF-1.7 asli", NIK, SPOKEN, reason="SKTM 474/001", place="Gisting")
    assert done == b"%PDF-1.7 signed"
    ((path, login, parts),) = service.asked
    assert path == "/esign/api/sign/pdf"
    assert login == "Basic ZGVzYTpzM3JhaGFzaWE="
    assert (parts["nik"], parts["passphrase"], parts["file"]) == (
        NIK.encode(),
        SPOKEN.encode(),
        b"%PDF-1.7 asli",
    )
    assert parts["tampilan"] == b"invisible"
    assert parts["reason"] == b"SKTM 474/001"


def test_a_file_that_must_be_fetched_is_fetched(service: Service) -> None:
    service.answer = (200, "application/json", json.dumps({"id_dokumen": "a/b"}).encode())
    service.then = (200, "application/pdf", b"%PDF-1.7 fetched")
    assert client_of(service).sign(b"%PDF-", NIK, SPOKEN, reason="", place="") == b"%PDF-1.7 fetched"
    assert service.asked[1][0] == "/esign/api/sign/download/a%2Fb"


@pytest.mark.parametrize(
    ("status", "said", "meaning", "code"),
    [
        (400, {"status_code": 2031, "error": "Passphrase anda salah"}, WrongPassphrase, "passphrase"),
        (400, {"error": "passphrase salah"}, WrongPassphrase, "passphrase"),
        (400, {"status_code": 2011, "error": "User belum terdaftar"}, NotRegistered, "not_registered"),
        (400, {"error": "NIK tidak ditemukan"}, NotRegistered, "not_registered"),
        (400, {"error": "Sertifikat sudah kedaluwarsa"}, CertificateExpired, "expired"),
        (401, {"error": "Unauthorized"}, NotSigned, "service_login"),
        (500, {"error": "Internal Server Error"}, SigningAway, "away"),
        (503, "bukan json", SigningAway, "away"),
        (200, ["aneh"], NotSigned, "service_refused"),
        (400, {"error": "PDF rusak"}, NotSigned, "service_refused"),
    ],
)
def test_what_the_service_refuses_is_understood(
    service: Service, status: int, said: Any, meaning: Any, code: str
) -> None:
    service.answer = (status, "application/json", json.dumps(said).encode())
    with pytest.raises(meaning) as refusal:
        client_of(service).sign(b"%PDF-", NIK, SPOKEN, reason="", place="")
    assert refusal.value.code == code
    assert SPOKEN not in str(refusal.value) + repr(refusal.value)


def test_a_service_that_is_not_there_is_away() -> None:
    with pytest.raises(SigningAway):
        HttpBsre("http://127.0.0.1:9", "a", "b", timeout=0.5).sign(b"%PDF-", NIK, SPOKEN, reason="", place="")


def test_production_talks_to_the_service_through_tls_only() -> None:
    given = {
        "environment": "production", "database_url": "postgresql://x", "redis_url": "redis://x",
        "secret_key": "x" * 40, "smtp_url": "smtp://x", "public_scheme": "https",
        "master_keys": "k1:" + "A" * 43 + "=",
    }  # fmt: skip
    with pytest.raises(ValueError, match="BSRE_URL"):
        Settings(**given, bsre_url="http://esign")
    assert Settings(**given, bsre_url="https://esign").bsre_url == "https://esign"
