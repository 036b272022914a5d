"""Letters for programs: from asking to the file, incoming letters with dispositions, scopes, other villages."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, select

from app.core.hosting import SigerFlask
from app.core.village.queries import today
from app.extensions import db
from app.government.letters.models import Letter
from tenants.scope import Tenant, tenant_scope
from tests.core.test_api_village import program_of
from tests.government.test_letters_books import outgoing
from tests.government.test_letters_incoming import a_letter, officials
from tests.government.test_residents_pages import audited
from tests.support.programs import Program
from tests.support.residents import a_resident

V = "/api/v1"
INCOMING = {"sender": "Kecamatan Gisting", "subject": "Undangan rapat", "number": "005/1/2026"}
DOMICILE = {"sejak": "tahun 2010", "keperluan": "melamar pekerjaan"}


@pytest.fixture
def program(app: SigerFlask, village: Tenant) -> Program:
    return program_of(app, village)


def post(program: Program, path: str, body: Any = None, **headers: str) -> Any:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return program.send("POST", V + path, body, headers=sent)


def asked(app: SigerFlask, village: Tenant, program: Program, **more: Any) -> Any:
    """A letter that was asked for by a program."""
    resident_id = str(a_resident(app, village))
    answer = post(
        program, "/letters", {"type_code": "domisili", "resident_id": resident_id, "values": DOMICILE, **more}
    )
    assert answer.status_code == 201, answer.json
    return answer


def test_types_say_what_they_ask(program: Program) -> None:
    listed = program.get(f"{V}/letter-types").json
    assert len(listed) > 10
    assert "fields" not in listed[0]
    domicile = program.get(f"{V}/letter-types/domisili").json
    assert [field["name"] for field in domicile["fields"]][:1] == ["sejak"]
    assert domicile["about"] == "living"
    assert program.get(f"{V}/letter-types/tidak-ada").status_code == 404
    codes = {one["code"] for one in program.get(f"{V}/letter-classifications").json}
    assert {"005", "470"} <= codes


def test_a_letter_from_asking_to_its_file(app: SigerFlask, village: Tenant, program: Program) -> None:
    answer = asked(app, village, program)
    letter = answer.json
    assert (letter["state"], letter["origin"], letter["number"]) == ("submitted", "api", "")
    path = f"/letters/{letter['id']}"
    assert program.get(f"{V}{path}/file").status_code == 404
    stale = post(program, f"{path}/issue", If_Match='"99"')
    assert stale.status_code == 412
    assert stale.headers["ETag"] == answer.headers["ETag"]
    issued = post(program, f"{path}/issue", If_Match=answer.headers["ETag"])
    assert issued.status_code == 200, issued.json
    assert issued.json["state"] == "issued"
    assert issued.json["number"].startswith("470/001/")
    again = post(program, f"{path}/issue")
    assert again.status_code == 409
    assert "sudah diterbitkan dengan nomor" in again.json["detail"]
    file = program.get(f"{V}{path}/file")
    assert file.content_type == "application/pdf"
    assert hashlib.sha256(file.data).hexdigest() == issued.json["sha256"]
    collected = post(program, f"{path}/collect", {"receiver": "Ibu Ani"})
    assert collected.json["state"] == "collected"
    cancelled = post(program, f"{path}/cancel", {"reason": "Salah tulis nama"})
    assert cancelled.json["number"] == issued.json["number"]
    kinds = [step["kind"] for step in program.get(f"{V}{path}/steps").json]
    assert kinds == ["submitted", "issued", "collected", "cancelled"]
    assert len(audited(app, village, "letter.viewed")) == 1


def test_the_same_key_is_one_letter(app: SigerFlask, village: Tenant, program: Program) -> None:
    body = {"type_code": "domisili", "resident_id": str(a_resident(app, village)), "values": DOMICILE}
    key = str(uuid.uuid4())
    ids = {post(program, "/letters", body, Idempotency_Key=key).json["id"] for _round in range(5)}
    assert len(ids) == 1
    with app.app_context(), tenant_scope(village):
        assert db.session.scalar(select(func.count()).select_from(Letter)) == 1
    ids = {
        post(program, "/incoming-letters", INCOMING, Idempotency_Key=key).json["id"] for _round in range(3)
    }
    assert len(ids) == 1
    assert post(program, "/incoming-letters", INCOMING).json["sequence"] == 2


def test_what_is_wrong_is_said_by_field(app: SigerFlask, village: Tenant, program: Program) -> None:
    resident_id = str(a_resident(app, village))
    for body, field in (
        ({"type_code": "domisili", "resident_id": resident_id, "values": {}}, "sejak"),
        ({"type_code": "tidak-ada"}, "type_code"),
        ({"type_code": "domisili", "resident_id": str(uuid.uuid4()), "values": DOMICILE}, "resident_id"),
        ({"type_code": "domisili", "values": DOMICILE}, "resident"),
        ({"type_code": "kehilangan", "applicant": {"name": ""}, "values": {}}, "pemohon.name"),
        ({"type_code": "domisili", "applicant": {"name": "BUDI"}, "values": DOMICILE}, "applicant"),
        ({"type_code": "domisili", "nomor": "1"}, "nomor"),
    ):
        answer = post(program, "/letters", body)
        assert answer.status_code == 422, body
        assert answer.content_type == "application/problem+json"
        assert field in answer.json["errors"]["json"], answer.json
    dead = str(a_resident(app, village, vital_status=2))
    refused = post(program, "/letters", {"type_code": "domisili", "resident_id": dead, "values": DOMICILE})
    assert refused.status_code == 422
    assert "sudah meninggal" in refused.json["detail"]


def test_drafts_are_handed_in_and_requests_checked_or_rejected(
    app: SigerFlask, village: Tenant, program: Program
) -> None:
    draft = asked(app, village, program, submit=False).json
    assert draft["state"] == "draft"
    assert post(program, f"/letters/{draft['id']}/verify").status_code == 409
    assert post(program, f"/letters/{draft['id']}/submit").json["state"] == "submitted"
    assert post(program, f"/letters/{draft['id']}/verify").json["state"] == "verified"
    other = asked(app, village, program).json
    assert post(program, f"/letters/{other['id']}/reject", {"reason": ""}).status_code == 422
    rejected = post(program, f"/letters/{other['id']}/reject", {"reason": "Foto KTP tidak terbaca"}).json
    assert (rejected["state"], rejected["reason"]) == ("rejected", "Foto KTP tidak terbaca")


def test_only_a_program_that_may_sign_agrees_for_the_head(
    app: SigerFlask, village: Tenant, program: Program
) -> None:
    letter = asked(app, village, program).json
    post(program, f"/letters/{letter['id']}/verify")
    assert post(program, f"/letters/{letter['id']}/approve").status_code == 403
    head = program_of(app, village, "village_head", "letters.view", "letters.sign")
    agreed = post(head, f"/letters/{letter['id']}/approve")
    assert (agreed.status_code, agreed.json["state"]) == (200, "approved")
    assert post(head, f"/letters/{letter['id']}/approve").status_code == 409


def test_lists_are_read_page_by_page(
    app: SigerFlask, village: Tenant, program: Program, count_queries: Any
) -> None:
    outgoing(app, village, 5)
    program.get(f"{V}/letters")
    with count_queries(at_most=8):
        first = program.get(f"{V}/letters?limit=2").json
    found = [row["number"] for row in first["items"]]
    while first["next"]:
        first = program.get(f"{V}/letters?limit=2&after={first['next']}").json
        found += [row["number"] for row in first["items"]]
    assert len(found) == len(set(found)) == 5
    assert len(program.get(f"{V}/letters?q=470/00+warga").json["items"]) == 5
    assert len(program.get(f"{V}/letters?q=470/003").json["items"]) == 1
    assert program.get(f"{V}/letters?year={today().year - 1}").json["items"] == []
    assert program.get(f"{V}/letters?state=nowhere").status_code == 422
    for _round in range(3):
        a_letter(app, village)
    page = program.get(f"{V}/incoming-letters?limit=2").json
    rest = program.get(f"{V}/incoming-letters?limit=2&after={page['next']}").json
    assert [row["sequence"] for row in page["items"] + rest["items"]] == [3, 2, 1]


def test_incoming_letters_and_dispositions(app: SigerFlask, village: Tenant) -> None:
    service, _general = officials(app, village)
    program = program_of(app, village)
    letter = post(program, "/incoming-letters", INCOMING).json
    path = f"/incoming-letters/{letter['id']}"
    changed = program.send("PATCH", V + path, {"urgency": "urgent"}, headers={"If-Match": '"1"'})
    assert changed.json["urgency"] == "urgent"
    assert changed.json["sender"] == INCOMING["sender"]
    assert (
        program.send("PATCH", V + path, {"urgency": "ordinary"}, headers={"If-Match": '"1"'}).status_code
        == 412
    )
    assert post(program, f"{path}/dispositions", {"officials": [str(uuid.uuid4())]}).status_code == 422
    given = post(
        program,
        f"{path}/dispositions",
        {"officials": [str(service)], "instructions": ["answer"], "text": "Segera"},
    )
    assert given.status_code == 201, given.json
    assert given.json["officials"][0]["title"] == "Kepala Seksi Pelayanan"
    done = post(program, f"{path}/dispositions/{given.json['id']}/report", {"note": "Sudah dijawab"})
    assert done.json["state"] == "done"
    told = program.get(f"{V}{path}/dispositions").json
    assert told[0]["report"] == "Sudah dijawab"
    assert [step["kind"] for step in program.get(f"{V}{path}/steps").json][-1] == "report"
    assert program.get(f"{V}{path}/files").json == []
    outgoing(app, village, number="470/77/X", search="470/77/X")
    assert post(program, f"{path}/reply", {"number": "470/77/X"}).json["reply_letter_id"]
    cancelled = post(program, f"{path}/cancel", {"reason": "tercatat dua kali"}).json
    assert cancelled["state"] == "cancelled"


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("GET", "/letters", "letters.view"),
        ("POST", "/letters", "letters.process"),
        ("POST", "/letters/{id}/issue", "letters.process"),
        ("POST", "/letters/{id}/cancel", "letters.cancel"),
        ("POST", "/incoming-letters", "letters.incoming"),
        ("POST", "/incoming-letters/{id}/dispositions", "letters.dispose"),
    ],
)
def test_a_missing_scope_is_refused(
    app: SigerFlask, village: Tenant, method: str, path: str, scope: str
) -> None:
    others = {"letters.view", "letters.process", "letters.cancel", "letters.incoming", "letters.dispose"} - {
        scope
    }
    program = program_of(app, village, "secretary", *others)
    answer = program.send(method, V + path.format(id=uuid.uuid4()), {} if method == "POST" else None)
    assert answer.status_code == 403
    assert answer.content_type == "application/problem+json"


def test_another_villages_letters_are_unknown(
    app: SigerFlask, make_village: Callable[[], Tenant], program: Program
) -> None:
    other = make_village()
    letter_id, incoming_id = outgoing(app, other)[0], a_letter(app, other)
    reason = {"reason": "coba saja"}
    for path in ("", "/steps", "/file"):
        assert program.get(f"{V}/letters/{letter_id}{path}").status_code == 404
    for path, body in (
        ("/verify", None), ("/issue", None), ("/submit", None), ("/reject", reason), ("/cancel", reason),
        ("/collect", {}),
    ):  # fmt: skip
        assert post(program, f"/letters/{letter_id}{path}", body).status_code == 404, path
    for path in ("", "/steps", "/files", "/dispositions", f"/files/{uuid.uuid4()}"):
        assert program.get(f"{V}/incoming-letters/{incoming_id}{path}").status_code == 404
    assert post(program, f"/incoming-letters/{incoming_id}/cancel", reason).status_code == 404
    assert program.get(f"{V}/incoming-letters?after={incoming_id}").status_code == 404


def test_secret_letters_are_told_to_few(app: SigerFlask, village: Tenant) -> None:
    letter_id = a_letter(app, village, secrecy="secret")
    reader = program_of(app, village, "secretary", "letters.view")
    assert reader.get(f"{V}/incoming-letters/{letter_id}").status_code == 404
    assert reader.get(f"{V}/incoming-letters").json["items"] == []
    recorder = program_of(app, village)
    assert recorder.get(f"{V}/incoming-letters/{letter_id}").status_code == 200


def test_bounds_of_the_api_are_told_in_sentences(app: SigerFlask, village: Tenant, program: Program) -> None:
    letter = asked(app, village, program).json
    for answer, sentence in (
        (post(program, f"/letters/{letter['id']}/reject", {"reason": ""}), "Tulis 3 sampai 500 huruf."),
        (program.get(f"{V}/letters?state=hilang"), "Pilih salah satu dari daftar."),
        (program.get(f"{V}/letters?year=1"), "Tulis tahun dari 1900 sampai 2200."),
    ):
        assert answer.status_code == 422
        assert sentence in answer.text, answer.text
