"""The API: rankings, series and comparisons as a program reads them; the region of the token ends where it ends."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.core.accounts.api_tokens import make_token
from app.core.accounts.loading import build_actor
from app.core.hosting import SigerFlask
from tenants.models import now
from tenants.scope import platform_scope
from tests.province.explorer.conftest import HERE
from tests.support.people import make_account
from tests.support.programs import Program


@pytest.fixture
def program(app: SigerFlask, told: list[str]) -> Callable[..., Program]:
    """`program(role, region)`: a program with a token that reads figures."""

    def make(role: str = "province_analyst", region: str = "18") -> Program:
        account = make_account(app, role=role, region=region, totp_confirmed_at=now())
        with app.app_context(), platform_scope():
            actor = build_actor(account.id, None)
            assert actor is not None
            token = make_token(actor, name="uji", scopes=("overview.view",), days=30)
        return Program(app, "localhost", token.text)

    return make


def test_rankings_are_read_page_by_page(program: Callable[..., Program], told: list[str]) -> None:
    reader = program()
    found = reader.get(f"/api/v1/indicators/pop.disabled/ranking?region={HERE}").json
    assert [(row["code"], row["rank"], row["value"], row["hidden"]) for row in found["items"][:3]] == [
        (told[0], 1, 30, None), (told[2], 2, 12, None), (told[4], 3, 0, None)
    ]  # fmt: skip
    by_code = {row["code"]: row for row in found["items"]}
    assert len(by_code) == 8
    small, beside, missing = by_code[told[1]], by_code[told[3]], by_code[told[7]]
    assert (small["value"], small["numerator"], small["hidden"], small["told"]) == (None, None, "small", 1)
    assert (beside["value"], beside["hidden"]) == (None, "neighbour")
    assert (missing["value"], missing["hidden"], missing["told"], missing["as_of"]) == (None, None, 0, None)
    codes: list[str] = []
    path: str | None = f"/api/v1/indicators/pop.total/ranking?region={HERE}&limit=3&measure=per1000"
    while path:
        answer = reader.get(path)
        codes += [row["code"] for row in answer.json["items"]]
        link = answer.headers.get("Link", "")
        path = link[1 : link.index(">")] if link else None
    assert sorted(codes) == sorted(told)
    whole = reader.get("/api/v1/indicators/pop.total/ranking?level=4&kind=kelurahan&limit=200").json
    assert len(whole["items"]) == 200
    assert all(row["code"][9] == "1" for row in whole["items"])


def test_series_keep_their_gaps(program: Callable[..., Program], told: list[str]) -> None:
    found = program().get(f"/api/v1/indicators/pop.total/series?place={told[0]}&months=14").json
    values = [point["value"] for point in found["points"]]
    assert len(values) == 14
    assert values[-2:] == [250, 300]
    assert values[1] == 300
    assert values[2:-2] == [None] * 10
    assert (found["code"], found["indicator"]) == (told[0], "pop.total")


def test_places_side_by_side(program: Callable[..., Program], told: list[str]) -> None:
    found = program().get(f"/api/v1/compare?places={told[0]},{told[1]}&codes=pop.total,pop.disabled").json
    values = {(row["indicator"], row["code"]): (row["value"], row["hidden"]) for row in found["figures"]}
    assert values["pop.total", told[1]] == (100, None)
    assert values["pop.disabled", told[1]] == (None, "small")
    assert [line["code"] for line in found["series"]] == told[:2]
    assert len(found["series"][0]["points"]) == 36


def test_the_region_of_the_token_is_never_left(program: Callable[..., Program], told: list[str]) -> None:
    elsewhere = program("regency_analyst", "18.06")
    for path in (
        f"indicators/pop.total/ranking?region={HERE}",
        f"indicators/pop.total/series?place={told[0]}",
        "indicators/pop.total/series?place=18",
        f"compare?places={told[0]},{told[1]}&codes=pop.total",
    ):
        answer = elsewhere.get(f"/api/v1/{path}")
        assert answer.status_code == 404
        assert answer.content_type == "application/problem+json"
    own = elsewhere.get("/api/v1/indicators/pop.total/ranking?limit=200").json["items"]
    assert {row["code"][:5] for row in own} == {"18.06"}


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("indicators/no.such/ranking", 404),
        ("indicators/pop.total/ranking?period=2099-01", 404),
        ("indicators/pop.total/ranking?region=18.03&level=2", 404),
        ("indicators/pop.total/ranking?after=18.99", 404),
        ("indicators/pop.total/ranking?level=7", 422),
        ("indicators/pop.total/ranking?region=x", 422),
        ("indicators/pop.total/ranking?order=up", 422),
        ("indicators/pop.total/series?months=0", 422),
        ("compare?places=18.01,18.02", 422),
        ("compare?places=18.01&codes=pop.total", 404),
        ("compare?places=18.01,18.01.04&codes=pop.total", 404),
        ("compare?places=18.01,18.02&codes=no.such", 404),
        ("compare?places=" + ",".join(["18.01"] * 50) + "&codes=pop.total", 422),
    ],
)
def test_nonsense_is_refused(program: Callable[..., Program], path: str, status: int) -> None:
    answer = program().get(f"/api/v1/{path}")
    assert answer.status_code == status
    assert answer.content_type == "application/problem+json"
