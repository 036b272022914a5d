"""The province's API: what a token reads, and that a region ends where it ends."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from app.core.accounts.api_tokens import make_token
from app.core.accounts.loading import build_actor
from app.core.audit import record
from app.core.hosting import SigerFlask
from app.core.indicators.declarations import Value
from app.core.indicators.models import IndicatorValue
from app.extensions import db
from tenants.models import now
from tenants.scope import Tenant, platform_scope
from tests.support.figures import add_up, forget_elsewhere, tell
from tests.support.people import make_account
from tests.support.places import villages_listed
from tests.support.programs import Program

READS = ("villages.view", "overview.view")


@pytest.fixture
def program(app: SigerFlask) -> Callable[..., Program]:
    """`program(role, region, *scopes)`: a program with a token of such an officer."""

    def make(role: str = "province_analyst", region: str = "18", *scopes: str) -> Program:
        account = make_account(app, role=role, region=region, totp_confirmed_at=now())
        with app.app_context(), platform_scope():
            actor = build_actor(account.id, None)
            assert actor is not None
            token = make_token(actor, name="uji", scopes=scopes or READS, days=30)
        return Program(app, "localhost", token.text)

    return make


@pytest.fixture
def figured(app: SigerFlask, village: Tenant) -> Tenant:
    """A village with one figure of a month long ago."""
    with app.app_context(), platform_scope():
        db.session.add(
            IndicatorValue(
                period=dt.date(2020, 5, 1), tenant_id=village.id, code="staff.count", value=7, as_of=now()
            )
        )
        db.session.commit()
    return village


def test_all_villages_of_the_province_are_read_page_by_page(program: Callable[..., Program]) -> None:
    reader = program()
    codes: list[str] = []
    path: str | None = "/api/v1/villages?limit=200&region=18.06"
    while path:
        answer = reader.get(path)
        assert answer.status_code == 200
        codes += [item["code"] for item in answer.json["items"]]
        link = answer.headers.get("Link", "")
        path = link[1 : link.index(">")] if link else None
        assert bool(path) == (answer.json["next"] is not None)
    assert codes == sorted(set(codes))
    assert len(codes) > 200
    assert all(code.startswith("18.06.") for code in codes)


def test_region_of_the_token_is_never_left(program: Callable[..., Program]) -> None:
    everywhere, district = program(), program("district_officer", "18.06.20")
    inside = everywhere.get("/api/v1/villages?region=18.06.20&limit=1").json["items"][0]
    outside = everywhere.get("/api/v1/villages?region=18.01&limit=1").json["items"][0]
    assert district.get(f"/api/v1/villages/{inside['id']}").json == inside
    assert district.get(f"/api/v1/villages/{outside['id']}").status_code == 404
    assert district.get("/api/v1/villages?region=18.01").json["items"] == []
    assert district.get("/api/v1/villages?region=18").json["items"][0]["district_code"] == "18.06.20"
    assert district.get("/api/v1/overview").json["whole"]["code"] == "18.06.20"


def test_filters_narrow_the_list(program: Callable[..., Program]) -> None:
    reader = program()
    kinds = {v["kind"] for v in reader.get("/api/v1/villages?kind=kelurahan&limit=20").json["items"]}
    assert kinds == {"kelurahan"}
    named = reader.get("/api/v1/villages?search=gisting%20atas").json["items"]
    assert [v["code"] for v in named] == ["18.06.20.2006"]
    assert named[0]["origin"].endswith("://gisting-atas.localhost")
    assert {v["state"] for v in reader.get("/api/v1/villages?state=archived").json["items"]} <= {"archived"}


@pytest.mark.parametrize(
    "query", ["state=thriving", "kind=kota", "limit=0", "limit=201", "limit=many", "region=x", "after=1"]
)
def test_nonsense_is_refused_with_the_name_of_the_field(program: Callable[..., Program], query: str) -> None:
    answer = program().get(f"/api/v1/villages?{query}")
    assert answer.status_code == 422
    assert answer.content_type == "application/problem+json"
    assert query.split("=")[0] in answer.json["errors"]["query"]


def test_figures_are_read_by_month(program: Callable[..., Program], figured: Tenant) -> None:
    reader = program()
    found = reader.get("/api/v1/indicator-values?code=staff.count&period=2020-05").json["items"]
    assert {"village_code": figured.code, "value": 7.0} in [
        {"village_code": f["village_code"], "value": f["value"]} for f in found
    ]
    assert reader.get("/api/v1/indicator-values?code=staff.count&period=2019-01").json["items"] == []
    assert reader.get("/api/v1/indicator-values").status_code == 422


def test_indicators_are_explained(program: Callable[..., Program]) -> None:
    found = {i["code"]: i for i in program().get("/api/v1/indicators").json}
    assert {"adoption.live", "adoption.staff_active_7d", "adoption.setup_progress", "staff.count"} <= set(
        found
    )
    assert all(i["label"] and i["label_en"] for i in found.values())


def test_overview_counts_desa_and_kelurahan_apart(app: SigerFlask, program: Callable[..., Program]) -> None:
    found = program().get("/api/v1/overview").json
    assert len(found["parts"]) == 15
    for kind in ("desa", "kelurahan"):
        assert found["whole"][kind]["total"] == sum(part[kind]["total"] for part in found["parts"])
    assert found["whole"]["desa"]["total"] + found["whole"]["kelurahan"]["total"] == villages_listed(
        app, standing=True
    )


def test_regions_lie_below_one_another(program: Callable[..., Program]) -> None:
    reader = program()
    assert len(reader.get("/api/v1/regions").json) == 15
    gisting = reader.get("/api/v1/regions?parent=18.06.20").json
    assert len(gisting) == 9
    assert {region["level"] for region in gisting} == {4}


def test_scope_of_the_token_bounds_what_it_reads(program: Callable[..., Program]) -> None:
    narrow = program("province_analyst", "18", "overview.view")
    assert narrow.get("/api/v1/overview").status_code == 200
    refused = narrow.get("/api/v1/villages")
    assert refused.status_code == 403
    assert refused.content_type == "application/problem+json"


def test_token_of_the_province_is_nobody_at_a_village(
    program: Callable[..., Program], village: Tenant
) -> None:
    reader = program()
    assert reader.get("/api/v1/audit", host=f"{village.slug}.localhost").status_code == 401


def test_log_above_the_villages_ends_at_the_region(
    app: SigerFlask, program: Callable[..., Program], village: Tenant
) -> None:
    with app.app_context(), platform_scope():
        record("village.suspended", tenant_id=village.id, summary="urusan desa ini")
        record("officer.invited", summary="urusan provinsi")
        db.session.commit()

    def seen(role: str, region: str) -> set[str]:
        entries = program(role, region, "platform_audit.view").get("/api/v1/audit?limit=200").json["items"]
        return {entry["summary"] for entry in entries}

    elsewhere = "18.01" if village.regency_code != "18.01" else "18.02"
    assert {"urusan desa ini", "urusan provinsi"} <= seen("province_admin", "18")
    assert "urusan desa ini" in seen("regency_admin", village.regency_code)
    assert "urusan provinsi" not in seen("regency_admin", village.regency_code)
    assert "urusan desa ini" not in seen("regency_admin", elsewhere)


@pytest.fixture(scope="module")
def neighbours(app: SigerFlask) -> str:
    """A kecamatan with two villages that told figures, one of them a small count; returns its code."""
    district = "18.07.16"
    tell(app, f"{district}.2001", {"pop.disabled": 3.0, "staff.count": 7.0}, source="push")
    tell(app, f"{district}.2002", {"pop.disabled": 9.0, "staff.count": 0.0})
    tell(app, f"{district}.2003", {"pop.disabled": 30.0})
    forget_elsewhere(app, "pop.disabled", [district])
    add_up(app)
    return district


def test_figures_say_their_source_and_why_there_is_no_value(
    program: Callable[..., Program], neighbours: str
) -> None:
    reader = program()

    def found(code: str, more: str = "") -> dict[str, Any]:
        path = f"/api/v1/indicator-values?code={code}&region={neighbours}{more}"
        return {item["place_code"]: item for item in reader.get(path).json["items"]}

    staff = found("staff.count")
    first, second = f"{neighbours}.2001", f"{neighbours}.2002"
    assert (staff[first]["value"], staff[first]["source"], staff[first]["reason"]) == (7.0, "push", None)
    assert (staff[second]["value"], staff[second]["source"]) == (0.0, "siger"), "zero is told"
    assert f"{neighbours}.2003" not in staff
    missing = found("staff.count", "&with_missing=true")[f"{neighbours}.2003"]
    assert (missing["value"], missing["reason"], missing["told"]) == (None, "missing", 0)
    traits = found("pop.disabled")
    assert (traits[first]["value"], traits[first]["reason"]) == (None, "small")
    others = {traits[second]["value"]: 9.0, traits[f"{neighbours}.2003"]["value"]: 30.0}
    hidden = [one for one in traits.values() if one["reason"] == "hidden"]
    assert len(hidden) == 1, "one neighbour keeps the small one's secret"
    assert all(said in (None, true) for said, true in others.items()), "the other is told as it is"


def test_figures_of_regions_tell_how_many_told(program: Callable[..., Program], neighbours: str) -> None:
    path = f"/api/v1/indicator-values?code=staff.count&region={neighbours[:5]}&level=3&limit=200"
    items = {item["place_code"]: item for item in program().get(path).json["items"]}
    here = items[neighbours]
    assert (here["value"], here["told"], here["source"], here["village_id"]) == (7.0, 2, None, None)
    assert here["total"] > 2


def test_pages_of_figures_follow_one_another(program: Callable[..., Program], neighbours: str) -> None:
    reader = program()
    path: str | None = (
        f"/api/v1/indicator-values?code=staff.count&region={neighbours}&with_missing=true&limit=3"
    )
    codes: list[str] = []
    while path:
        answer = reader.get(path)
        codes += [item["place_code"] for item in answer.json["items"]]
        link = answer.headers.get("Link", "")
        path = link[1 : link.index(">")] if link else None
    assert codes == sorted(set(codes))
    assert len(codes) == len(reader.get(f"/api/v1/villages?region={neighbours}&limit=200").json["items"])


@pytest.mark.parametrize("path", ["overview", "attention", "indicator-values?code=staff.count"])
def test_another_region_is_not_found(program: Callable[..., Program], path: str) -> None:
    regency = program("regency_analyst", "18.06")
    sign = "&" if "?" in path else "?"
    assert regency.get(f"/api/v1/{path}{sign}region=18.06.20").status_code == 200
    for region in ("18.08", "18", "18.08.11", "18.99"):
        assert regency.get(f"/api/v1/{path}{sign}region={region}").status_code == 404
    assert regency.get(f"/api/v1/{path}{sign}region=x").status_code == 422


def test_overview_of_a_part_and_the_programmes_past(program: Callable[..., Program]) -> None:
    reader = program()
    whole, part = reader.get("/api/v1/overview").json, reader.get("/api/v1/overview?region=18.06").json
    assert [point["desa"] for point in whole["programme"]] == [30, 563, 1792, 2385]
    assert part["whole"]["code"] == "18.06"
    assert part["programme"] == []
    totals = sum(part["whole"]["states"].values()) + part["whole"]["other_systems"]
    assert totals == part["whole"]["desa"]["total"] + part["whole"]["kelurahan"]["total"]


def test_villages_in_need_are_listed_with_reasons(
    app: SigerFlask, program: Callable[..., Program], neighbours: str
) -> None:
    tell(app, f"{neighbours}.2003", {"letters.within_promise_share": Value(0.2, 2.0, 10.0)})
    reader = program()
    found = reader.get(f"/api/v1/attention?region={neighbours}").json["items"]
    assert [item["village_code"] for item in found] == [f"{neighbours}.2003"]
    assert found[0]["reasons"] == [{"reason": "promise", "since": None, "amount": 0.2}]
    assert reader.get(f"/api/v1/attention?region={neighbours}&reason=dormant").json["items"] == []
    assert reader.get("/api/v1/attention?reason=tired").status_code == 422
