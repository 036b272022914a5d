"""Scans, imports and requests about one's own data for programs: what is sent is checked, what is told is noted."""

from __future__ import annotations

import datetime as dt
import io
import json
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest

from app.core.hosting import SigerFlask
from tenants.scope import Tenant
from tests.core.test_api_village import program_of
from tests.support.images import picture
from tests.support.programs import Program
from tests.support.residents import a_family, a_nik, a_resident
from tests.support.work import settle

REQUEST = {"kind": "access", "capacity": "self", "asked_by": "WARGA SATU", "contact": "0812-1111-2222"}


@pytest.fixture
def program(app: SigerFlask, village: Tenant) -> Program:
    return program_of(app, village)


def upload(
    program: Program, path: str, data: bytes, name: str = "berkas", method: str = "POST", **form: str
) -> Any:
    body = {**form, "file": (io.BytesIO(data), name)}
    return program.send(method, path, data=body, content_type="multipart/form-data")


def actions(program: Program) -> list[str]:
    return [entry["action"] for entry in program.get("/api/v1/audit").json["items"]]


def test_scan_is_kept_told_and_removed(app: SigerFlask, village: Tenant, program: Program) -> None:
    household, people = a_family(app, village)
    for owner in (f"residents/{people[0]}", f"households/{household}"):
        path = f"/api/v1/{owner}/documents"
        added = upload(program, path, picture(), kind="family_card", title="Lembar KK")
        assert added.status_code == 201, added.json
        assert (added.json["media_type"], added.json["kind"]) == ("image/jpeg", "family_card")
        assert program.get(path).json == [added.json]
        one = f"/api/v1/resident-documents/{added.json['id']}"
        seen = program.get(one)
        assert (seen.content_type, seen.data[:2]) == ("image/jpeg", b"\xff\xd8")
        assert seen.headers["Cache-Control"] == "no-store"
        assert program.send("DELETE", one).status_code == 204
        assert program.get(one).status_code == 404
        assert program.get(path).json == []
    assert {"resident_document.added", "resident_document.viewed", "resident_document.removed"} <= set(
        actions(program)
    )


def test_what_is_no_scan_is_refused(app: SigerFlask, village: Tenant, program: Program) -> None:
    path = f"/api/v1/residents/{a_resident(app, village)}/documents"
    assert "file" in upload(program, path, b"MZ program", kind="other").json["errors"]["json"]
    assert upload(program, path, b"", kind="other").status_code == 422
    assert "kind" in upload(program, path, picture(), kind="rahasia").json["errors"]["form"]
    nik = upload(program, path, picture(), kind="other", title=f"KTP {a_nik()}")
    assert "title" in nik.json["errors"]["json"]
    assert program.send("POST", path, data={"kind": "other"}).status_code == 422
    assert program.get(path).json == []


def test_portrait_is_replaced_and_removed(app: SigerFlask, village: Tenant, program: Program) -> None:
    person = a_resident(app, village)
    path = f"/api/v1/residents/{person}/photo"
    assert program.get(path).status_code == 404
    assert upload(program, path, picture(), method="PUT").status_code == 204
    assert program.get(path).content_type == "image/jpeg"
    assert program.get(f"/api/v1/residents/{person}").json["photo_document_id"]
    assert program.send("DELETE", path).status_code == 204
    assert program.get(path).status_code == 404


def test_scans_are_for_those_who_may_see_numbers(app: SigerFlask, village: Tenant) -> None:
    person = a_resident(app, village)
    reader = program_of(app, village, "secretary", "residents.view", "residents.edit")
    assert reader.get(f"/api/v1/residents/{person}/documents").status_code == 403
    assert upload(reader, f"/api/v1/residents/{person}/documents", picture(), kind="other").status_code == 403


def sent(app: SigerFlask, village: Tenant, program: Program, text: str) -> str:
    answer = upload(program, "/api/v1/imports", text.encode(), "warga.csv")
    assert answer.status_code == 202, answer.json
    settle(app)
    return f"/api/v1/imports/{answer.json['id']}"


def test_import_is_sent_mapped_looked_at_applied_and_undone(
    app: SigerFlask, village: Tenant, program: Program
) -> None:
    good, bad = a_nik(), "123"
    path = sent(
        app,
        village,
        program,
        f"nik,nama,sex,tanggallahir,kolom lain\n{good},BUDI SANTOSO,1,1980-05-17,x\n{bad},SALAH NIK,1,1981-01-01,y\n",
    )
    assert program.get(path).json["state"] == "mapping"
    table = program.get(f"{path}/columns").json
    assert [column["target"] for column in table["columns"]][:4] == [
        "nik",
        "nama",
        "sex",
        "tanggallahir",
    ] or {
        "nik",
        "name",
    } <= {column["target"] for column in table["columns"]}
    assert good not in json.dumps(table)
    chosen = {str(column["number"]): column["target"] for column in table["columns"]}
    assert program.send("PUT", f"{path}/columns", {"columns": chosen}).status_code == 202
    settle(app)
    ready = program.get(path).json
    assert (ready["state"], ready["counts"]["new"], ready["counts"]["rejected"]) == ("ready", 1, 1)
    assert [line["name"] for line in program.get(f"{path}/lines").json["lines"]] == ["BUDI SANTOSO"]
    refused = program.get(f"{path}/lines?kind=rejected").json
    assert refused["count"] == 1
    assert "16 angka" in json.dumps(refused)
    assert program.get(f"{path}/rejected.xlsx").data[:2] == b"PK"
    stale = program.send("POST", f"{path}/apply", {"row_version": ready["row_version"] - 1})
    assert stale.status_code == 409
    body = {
        "row_version": ready["row_version"],
        "happened_on": "2025-01-01",
        "accepted_note": "sudah diperiksa",
    }
    assert program.send("POST", f"{path}/apply", body).status_code == 202
    settle(app)
    assert program.get(path).json["state"] == "applied"
    assert [row["name"] for row in program.get("/api/v1/residents").json["items"]] == ["BUDI SANTOSO"]
    assert program.send("POST", f"{path}/undo").status_code == 202
    settle(app)
    assert program.get(path).json["state"] == "undone"
    assert program.get("/api/v1/residents").json["items"] == []
    assert program.send("POST", f"{path}/undo").status_code == 409


def test_a_row_in_doubt_is_accepted_by_whoever_looked_at_it(
    app: SigerFlask, village: Tenant, program: Program
) -> None:
    number = a_nik(dt.date(1980, 5, 17))
    person = a_resident(app, village, name="BUDI SANTOSO", birth_date=dt.date(1980, 5, 17), nik=number)
    path = sent(app, village, program, f"nik,nama,sex,tanggallahir\n{number},HENDRIK WIJAYA,1,1980-05-17\n")
    table = program.get(f"{path}/columns").json
    chosen = {str(column["number"]): column["target"] for column in table["columns"]}
    assert program.send("PUT", f"{path}/columns", {"columns": chosen}).status_code == 202
    settle(app)
    seen = program.get(path).json
    doubts = program.get(f"{path}/lines?kind=doubt").json
    assert [(line["n"], line["accepted"]) for line in doubts["lines"]] == [(2, False)]
    body = {"row_version": seen["row_version"], "rows": [2], "accepted": [2]}
    stale = program.send("PUT", f"{path}/accepted", {**body, "row_version": seen["row_version"] + 5})
    assert stale.status_code == 409
    assert program.send("PUT", f"{path}/accepted", body).status_code == 202
    settle(app)
    ready = program.get(path).json
    assert (ready["counts"]["changed"], ready["counts"].get("doubt_open")) == (1, 0)
    applied = {"row_version": ready["row_version"], "accepted_note": "sesuai akta"}
    assert program.send("POST", f"{path}/apply", applied).status_code == 202
    settle(app)
    assert program.get(f"/api/v1/residents/{person}").json["name"] == "HENDRIK WIJAYA"


def test_what_is_no_workbook_is_refused_with_a_sentence(
    app: SigerFlask, village: Tenant, program: Program
) -> None:
    empty = upload(program, "/api/v1/imports", b"", "kosong.xlsx")
    assert empty.status_code == 422
    assert empty.json["errors"]["files"]["file"][0] == empty.json["detail"]
    answer = upload(program, "/api/v1/imports", b"PK\x03\x04 rusak", "rusak.xlsx")
    assert answer.status_code == 202
    settle(app)
    found = program.get(f"/api/v1/imports/{answer.json['id']}").json
    assert (found["state"], bool(found["error"])) == ("failed", True)
    assert program.send("POST", f"/api/v1/imports/{answer.json['id']}/cancel").json["state"] == "cancelled"
    assert program.get(f"/api/v1/imports/{answer.json['id']}/columns").status_code == 404


def test_imports_need_both_permissions(app: SigerFlask, village: Tenant) -> None:
    assert program_of(app, village, "secretary", "residents.import").get("/api/v1/imports").status_code == 403
    scopes = ("residents.import", "residents.view_identity")
    assert program_of(app, village, "secretary", *scopes).get("/api/v1/imports").json == []


def test_request_is_received_answered_once_and_the_copy_is_noted(
    app: SigerFlask, village: Tenant, program: Program
) -> None:
    nik = a_nik()
    person = a_resident(app, village, nik=nik)
    received = program.send("POST", f"/api/v1/residents/{person}/data-requests", REQUEST)
    assert received.status_code == 201, received.json
    path = f"/api/v1/data-requests/{received.json['id']}"
    assert program.get(path).json == received.json
    assert [row["id"] for row in program.get("/api/v1/data-requests").json["items"]] == [received.json["id"]]
    copy = program.send("POST", f"{path}/copy", {"format": "json"})
    assert copy.json["resident"]["nik"]["value"] == nik
    assert "data_request.copy_made" in actions(program)
    answer = {"outcome": "done", "answer": "Salinan diserahkan."}
    assert program.send("POST", f"{path}/answer", answer).json["state"] == "done"
    assert program.send("POST", f"{path}/answer", answer).status_code == 409
    assert program.send("POST", f"{path}/copy", {"format": "json"}).status_code == 404
    assert program.get("/api/v1/data-requests").json["items"] == []
    assert len(program.get("/api/v1/data-requests?state=closed").json["items"]) == 1


def test_request_without_permission_for_numbers_is_masked(
    app: SigerFlask, village: Tenant, program: Program
) -> None:
    person = a_resident(app, village)
    received = program.send("POST", f"/api/v1/residents/{person}/data-requests", REQUEST).json
    clerk = program_of(app, village, "secretary", "residents.requests")
    path = f"/api/v1/data-requests/{received['id']}"
    assert clerk.get(path).json["contact"].startswith("••")
    assert clerk.send("POST", f"{path}/copy", {"format": "json"}).status_code == 403
    vague = {**REQUEST, "kind": "correction"}
    refused = clerk.send("POST", f"/api/v1/residents/{person}/data-requests", vague)
    assert "text" in refused.json["errors"]["json"]


def test_ids_of_another_village_are_nowhere(
    app: SigerFlask, make_village: Callable[[], Tenant], program: Program
) -> None:
    household, people = a_family(app, make_village())
    unknown = UUID(int=7)
    for path in (
        f"residents/{people[0]}/documents",
        f"households/{household}/documents",
        f"residents/{people[0]}/photo",
        f"resident-documents/{unknown}",
        f"imports/{unknown}",
        f"imports/{unknown}/columns",
        f"imports/{unknown}/lines",
        f"data-requests/{unknown}",
    ):
        assert program.get(f"/api/v1/{path}").status_code == 404, path
    assert (
        upload(program, f"/api/v1/residents/{people[0]}/documents", picture(), kind="other").status_code
        == 404
    )
    assert program.send("POST", f"/api/v1/residents/{people[0]}/data-requests", REQUEST).status_code == 404
    assert program.send("POST", f"/api/v1/imports/{uuid4()}/undo").status_code == 404


def test_export_holds_the_filtered_and_stands_in_the_log(
    app: SigerFlask, village: Tenant, program: Program
) -> None:
    nik = a_nik()
    a_resident(app, village, name="BUDI", nik=nik, sex=1, notes="=1+1")
    a_resident(app, village, name="SITI", sex=2)
    asked = {"sex": 1, "shape": "csv", "reason": "daftar pemilih"}
    made = program.send("POST", "/api/v1/exports", asked)
    assert (made.status_code, made.content_type) == (200, "text/csv; charset=utf-8")
    assert "BUDI" in made.text
    assert nik in made.text
    assert "SITI" not in made.text
    noted = program.get("/api/v1/audit?action=residents.exported").json["items"][0]
    assert (noted["details"]["count"], noted["details"]["reason"]) == (1, "daftar pemilih")
    assert program.send("POST", "/api/v1/exports", {"reason": "arsip"}).data[:2] == b"PK"
    exchange = {"shape": "exchange", "reason": "pindah sistem"}
    assert program.send("POST", "/api/v1/exports", exchange).data[:2] == b"PK"
    assert "reason" in program.send("POST", "/api/v1/exports", {}).json["errors"]["json"]


def test_export_without_permission_for_numbers_is_masked(app: SigerFlask, village: Tenant) -> None:
    nik = a_nik()
    a_resident(app, village, nik=nik, disability=2)
    clerk = program_of(app, village, "secretary", "residents.export")
    made = clerk.send("POST", "/api/v1/exports", {"shape": "csv", "reason": "daftar"})
    assert made.status_code == 200
    assert nik not in made.text
    assert "Netra" not in made.text
    refused = clerk.send("POST", "/api/v1/exports", {"shape": "exchange", "reason": "daftar"})
    assert refused.status_code == 422
    assert clerk.send("POST", "/api/v1/exports", {"disability": 2, "reason": "daftar"}).status_code == 403
    reader = program_of(app, village, "secretary", "residents.view")
    assert reader.send("POST", "/api/v1/exports", {"reason": "daftar"}).status_code == 403
