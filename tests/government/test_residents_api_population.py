"""Months, figures and registers for programs: what the report says adds up, and a closed month stays as it stood."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest

from app.core.hosting import SigerFlask
from app.government.residents.writing import today
from tenants.scope import Tenant
from tests.core.test_api_village import program_of
from tests.support.programs import Program
from tests.support.residents import a_family, a_resident

MONTHS = "/api/v1/population/months"
REASON = {"X-Reason": "arsip kantor"}


@pytest.fixture
def program(app: SigerFlask, village: Tenant) -> Program:
    return program_of(app, village)


def rows_of(report: dict[str, Any], part: str = "all") -> dict[str, dict[str, Any]]:
    found = next(one for one in report["parts"] if one["name"] == part)
    return {row["name"]: row for row in found["rows"]}


def test_month_adds_up(app: SigerFlask, village: Tenant, program: Program) -> None:
    _household, people = a_family(app, village, happened_on=dt.date(2025, 1, 10))
    birth = {"happened_on": "2025-03-05", "mother_id": str(people[1]), "name": "BAYU", "sex": 1}
    assert program.send("POST", "/api/v1/life-events/births", birth).status_code == 201
    death = {"happened_on": "2025-03-09", "resident_id": str(people[2])}
    assert program.send("POST", "/api/v1/life-events/deaths", death).status_code == 201
    report = program.get(f"{MONTHS}/2025/3").json
    rows = rows_of(report)
    assert [rows[name]["people"] for name in ("start", "births", "deaths", "end")] == [3, 1, -1, 3]
    for part in ("all", "permanent", "newcomer"):
        own = rows_of(report, part)
        for count in ("men_wni", "women_wni", "men_wna", "women_wna", "people"):
            assert (
                own["start"][count]
                + sum(row[count] for name, row in own.items() if name not in ("start", "end"))
                == (own["end"][count])
            )
    assert rows["end"]["households"] == 1


def test_closed_month_stays_as_it_stood(app: SigerFlask, village: Tenant, program: Program) -> None:
    _household, people = a_family(app, village, happened_on=dt.date(2025, 1, 10))
    closed = program.send("POST", f"{MONTHS}/2025/3/close")
    assert (closed.status_code, closed.json["is_closed"]) == (200, True)
    death = {"happened_on": "2025-03-09", "resident_id": str(people[2])}
    late = program.send("POST", "/api/v1/life-events/deaths", death).json
    assert program.get(f"{MONTHS}/2025/3").json == closed.json
    april = program.get(f"{MONTHS}/2025/4").json
    assert april["late_deeds"] == [late["id"]]
    listed = program.get(f"{MONTHS}?first=2025-02&last=2025-05").json
    assert [(row["month"], row["is_closed"], row["people"]) for row in listed] == [
        ("2025-05", False, 2),
        ("2025-04", False, 2),
        ("2025-03", True, 3),
        ("2025-02", True, 3),
    ]
    twice = program.send("POST", f"{MONTHS}/2025/3/close")
    assert twice.status_code == 422
    assert "sudah ditutup" in twice.json["detail"]
    assert program.send("POST", f"{MONTHS}/2025/3/reopen", {"reason": ""}).status_code == 422
    opened = program.send("POST", f"{MONTHS}/2025/3/reopen", {"reason": "salah tutup"})
    assert (opened.status_code, opened.json["is_closed"]) == (200, False)


@pytest.mark.parametrize("path", ["2025/13", "2025/0", "1600/1", "9999/1"])
def test_months_that_have_not_begun_are_nowhere(program: Program, path: str) -> None:
    assert program.get(f"{MONTHS}/{path}").status_code == 404
    assert program.send("POST", f"{MONTHS}/{path}/close").status_code == 404


def test_present_month_is_not_closed(program: Program) -> None:
    answer = program.send("POST", f"{MONTHS}/{today().year}/{today().month}/close")
    assert answer.status_code == 422
    assert "belum berakhir" in answer.json["detail"]


def test_report_is_a_workbook_too(app: SigerFlask, village: Tenant, program: Program) -> None:
    a_family(app, village)
    answer = program.get(f"{MONTHS}/{today().year}/{today().month}/report.xlsx")
    assert answer.status_code == 200
    assert answer.data[:2] == b"PK"
    assert "attachment" in answer.headers["Content-Disposition"]


def test_statistics_count_each_resident_once(app: SigerFlask, village: Tenant, program: Program) -> None:
    a_family(app, village)
    a_resident(app, village, disability=2, religion=3)
    found = program.get("/api/v1/population/statistics").json
    assert (found["people"], found["households"]) == (4, 1)
    for table in found["tables"]:
        assert sum(row["total"] for row in table["rows"]) == 4, table["key"]
    reader = program_of(app, village, "secretary", "residents.view")
    keys = {table["key"] for table in reader.get("/api/v1/population/statistics").json["tables"]}
    assert "disability" in {table["key"] for table in found["tables"]} - keys
    csv = program.get("/api/v1/population/statistics.csv")
    assert csv.status_code == 200
    assert csv.content_type.startswith("text/csv")
    unknown = "sub_area_id=01900000-0000-7000-8000-000000000000"
    assert program.get(f"/api/v1/population/statistics?{unknown}").status_code == 404


def test_five_registers_are_read_line_by_line(app: SigerFlask, village: Tenant, program: Program) -> None:
    a_family(app, village, happened_on=dt.date(2025, 1, 10))
    books = program.get("/api/v1/population-books").json
    assert len(books) == 5
    for book in books:
        path = f"/api/v1/population-books/{book['key']}/lines"
        found = program.get(f"{path}?month=2025-02", headers=REASON).json
        assert found["columns"] == book["columns"]
        assert all(len(line) == len(book["columns"]) for line in found["lines"])
    induk = f"/api/v1/population-books/{books[0]['key']}/lines?month=2025-02"
    whole = program.get(induk, headers=REASON).json
    assert whole["count"] == 3
    assert program.get(f"{induk}&offset=1&limit=1", headers=REASON).json["lines"] == whole["lines"][1:2]
    assert "••••" in str(whole["lines"])
    assert program.get(induk.replace("2025-02", "besok")).status_code == 422
    assert program.get("/api/v1/population-books/lain/lines").status_code == 404


def test_registers_of_people_are_read_with_a_reason_by_those_who_may_export(
    app: SigerFlask, village: Tenant, program: Program
) -> None:
    a_family(app, village, happened_on=dt.date(2025, 1, 10))
    reader = program_of(app, village, "secretary", "residents.view")
    for book in program.get("/api/v1/population-books").json:
        path = f"/api/v1/population-books/{book['key']}/lines?month=2025-02"
        is_sums = book["key"] == "rekapitulasi"
        assert reader.get(path, headers=REASON).status_code == (200 if is_sums else 403)
        bare = program.get(path)
        assert bare.status_code == (200 if is_sums else 403)
        assert is_sums or "Tulis alasannya" in bare.json["detail"]
        assert program.get(path, headers=REASON).status_code == 200
    told = program.get("/api/v1/audit?action=residents.book_exported").json["items"]
    assert len(told) == 4
    assert {entry["details"]["reason"] for entry in told} == {"arsip kantor"}


def test_figures_need_few_queries(
    app: SigerFlask,
    village: Tenant,
    program: Program,
    count_queries: Callable[..., AbstractContextManager[list[str]]],
) -> None:
    a_family(app, village, happened_on=dt.date(2015, 1, 10))
    for path, most in ((MONTHS, 10), (f"{MONTHS}/2016/5", 13), ("/api/v1/population/statistics", 10)):
        program.get(path)
        with count_queries(at_most=most):
            assert program.get(path).status_code == 200


@pytest.mark.parametrize(
    ("scope", "method", "path", "status"),
    [
        ("residents.view", "GET", MONTHS, 200),
        ("residents.view", "POST", f"{MONTHS}/2025/3/close", 403),
        ("residents.close_month", "POST", f"{MONTHS}/2025/3/close", 200),
        ("residents.close_month", "GET", MONTHS, 403),
        ("village.view", "GET", "/api/v1/population/statistics", 403),
        ("village.view", "GET", "/api/v1/population-books", 403),
    ],
)
def test_scope_bounds_what_a_token_may_do(
    app: SigerFlask, village: Tenant, scope: str, method: str, path: str, status: int
) -> None:
    assert program_of(app, village, "secretary", scope).send(method, path).status_code == status
