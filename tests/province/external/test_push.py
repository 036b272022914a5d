"""Pushing figures: what is taken, what is refused and why, and that nothing is written twice."""

from __future__ import annotations

import datetime as dt
import json
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import func, select, update

from app import create_app
from app.core.audit.models import PlatformAuditEntry
from app.core.hosting import SigerFlask
from app.core.indicators.declarations import period_of
from app.core.indicators.models import IndicatorRollup
from app.extensions import db, limiter
from app.province.external.models import ExternalDelivery, ExternalKey
from tenants.models import TenantRow, now
from tenants.scope import platform_scope
from tests.province.external.conftest import PATH, Outsider
from tests.support import servers
from tests.support.figures import month
from tests.support.programs import Program
from tests.support.work import settle

SATISFACTION = {"code": "service.satisfaction", "numerator": 43, "denominator": 10}


def deliveries(outsider: Outsider) -> int:
    """How many deliveries of a village are kept."""
    with outsider.app.app_context(), platform_scope():
        query = select(func.count()).where(ExternalDelivery.tenant_id == outsider.id)
        return db.session.scalar(query) or 0


def raw(outsider: Outsider, data: bytes | str, **headers: str) -> Any:
    """A body as it is, JSON or not."""
    sent = {
        "Authorization": f"Bearer {outsider.key}",
        "Idempotency-Key": uuid.uuid4().hex,
        "Content-Type": "application/json",
        **headers,
    }
    client = outsider.app.test_client(use_cookies=False)
    return client.post(PATH, base_url="http://localhost", data=data, headers=sent)


def test_figures_stand_beside_the_others_with_their_source(app: SigerFlask, outsider: Outsider) -> None:
    last = (now() - dt.timedelta(hours=3)).isoformat(timespec="seconds")
    answer = outsider.push(
        {"code": "pop.total", "value": 3450},
        SATISFACTION,
        {"code": "complaints.median_days", "buckets": buckets(app, "complaints.median_days")},
        activity={"last_activity": last, "staff_active_7d": 4, "staff_active_30d": 6},
    )
    assert answer.status_code == 200, answer.text
    assert answer.json["accepted"] == [
        "adoption.last_activity", "adoption.staff_active_30d", "adoption.staff_active_7d", "complaints.median_days",
        "pop.total", "service.satisfaction",
    ]  # fmt: skip
    assert answer.json["refused"] == []
    stored = outsider.stored()
    assert stored["pop.total"].value == 3450
    assert stored["service.satisfaction"].value == pytest.approx(4.3)
    assert {row.source for row in stored.values()} == {"push"}
    with app.app_context(), platform_scope():
        row = db.session.get(TenantRow, outsider.id)
        assert row is not None
        assert row.last_activity_at is not None
        assert row.last_activity_at.isoformat(timespec="seconds") == last
        delivery = db.session.get(ExternalDelivery, uuid.UUID(answer.json["delivery"]))
        assert delivery is not None
        assert delivery.accepted == 6
        assert delivery.sent_by.startswith("OpenSID · desa_")
        used = db.session.scalar(select(ExternalKey.last_used_at).where(ExternalKey.tenant_id == outsider.id))
        assert used is not None


def buckets(app: SigerFlask, code: str) -> list[int]:
    """Buckets that fit a histogram."""
    from app.core.indicators.declarations import indicator

    return [2] * (len(indicator(code).edges) + 1)


def test_the_kecamatan_follows_within_the_next_round_of_work(app: SigerFlask, outsider: Outsider) -> None:
    settle(app)
    assert outsider.push({"code": "pop.households", "value": 917}).status_code == 200
    settle(app)
    with app.app_context(), platform_scope():
        query = select(IndicatorRollup.value).where(
            IndicatorRollup.region_code == outsider.code[:8],
            IndicatorRollup.code == "pop.households",
            IndicatorRollup.period == month(),
            IndicatorRollup.kind == "desa",
        )
        assert (db.session.scalar(query) or 0) >= 917


REFUSED: list[tuple[dict[str, Any], str, str]] = [
    ({"code": "pop.unicorns", "value": 1}, "unknown_code", "code"),
    ({"code": "adoption.live", "value": 1}, "not_pushable", "code"),
    ({"code": "adoption.setup_progress", "numerator": 1, "denominator": 2}, "not_pushable", "code"),
    ({"code": "readiness.index", "value": 99}, "not_pushable", "code"),
    ({"code": "readiness.invented", "value": 99}, "not_pushable", "code"),
    ({"code": "pop.total", "value": -1}, "negative", "value"),
    ({"code": "pop.total", "value": 3450.5}, "not_whole", "value"),
    ({"code": "pop.total", "value": "3450"}, "not_a_number", "value"),
    ({"code": "pop.total", "value": True}, "not_a_number", "value"),
    ({"code": "pop.total", "value": None}, "missing", "value"),
    ({"code": "pop.total"}, "missing", "value"),
    ({"code": "pop.total", "value": 1e300}, "too_large", "value"),
    ({"code": "pop.total", "value": 10**40}, "too_large", "value"),
    ({"code": "pop.total", "value": float("nan")}, "not_a_number", "value"),
    ({"code": "pop.total", "value": float("inf")}, "not_a_number", "value"),
    ({"code": "pop.total", "value": 3, "numerator": 3}, "unexpected_field", "numerator"),
    ({"code": "pop.total", "value": 3, "note": "x"}, "unexpected_field", "note"),
    ({"code": "letters.online_share", "value": 0.4}, "unexpected_field", "value"),
    ({"code": "letters.online_share", "numerator": 5}, "missing", "denominator"),
    ({"code": "letters.online_share", "numerator": 5, "denominator": 4}, "share_above_one", "numerator"),
    ({"code": "letters.online_share", "numerator": 0, "denominator": 0}, "nothing_counted", "denominator"),
    ({"code": "letters.online_share", "numerator": 1, "denominator": -4}, "negative", "denominator"),
    ({"code": "letters.online_share", "numerator": 0.5, "denominator": 4}, "not_whole", "numerator"),
    ({"code": "service.satisfaction", "numerator": 60, "denominator": 10}, "outside_scale", "numerator"),
    ({"code": "service.satisfaction", "numerator": 3, "denominator": 10}, "outside_scale", "numerator"),
    ({"code": "letters.median_hours", "value": 3}, "unexpected_field", "value"),
    ({"code": "letters.median_hours", "buckets": [1, 2]}, "buckets_length", "buckets"),
    ({"code": "letters.median_hours", "buckets": "12"}, "buckets_length", "buckets"),
    ({"code": "adoption.last_activity", "value": 4102444800}, "in_the_future", "value"),
    ({"code": "x\x00\ud800" + "y" * 5000, "value": 1}, "unknown_code", "code"),
    ({"value": 1}, "wrong_shape", "code"),
    ({"code": 7, "value": 1}, "wrong_shape", "code"),
]


def test_each_nonsense_is_told_with_its_place_and_the_valid_ones_are_taken(outsider: Outsider) -> None:
    answer = outsider.push({"code": "pop.male", "value": 1700}, *(item for item, _, _ in REFUSED))
    assert answer.status_code == 200, answer.text
    assert answer.json["accepted"] == ["pop.male"]
    told = [(one["index"], one["reason"], one["field"]) for one in answer.json["refused"]]
    assert told == [(at, reason, field) for at, (_, reason, field) in enumerate(REFUSED, start=1)]
    assert all(one["detail"].endswith(".") for one in answer.json["refused"])
    named = [item.get("code") for item, _, _ in REFUSED]
    assert [one["code"] for one in answer.json["refused"]][:29] == named[:29]
    assert len(answer.json["refused"][29]["code"]) <= 100
    assert set(outsider.stored()) == {"pop.male"}


def test_histograms_are_judged_bucket_by_bucket(app: SigerFlask, outsider: Outsider) -> None:
    good = buckets(app, "letters.median_hours")
    reasons = []
    for wrong in ([-1, *good[1:]], [0.5, *good[1:]], [0] * len(good), [None, *good[1:]]):
        answer = outsider.push({"code": "letters.median_hours", "buckets": wrong})
        reasons.append(answer.json["refused"][0]["reason"])
    assert reasons == ["negative", "not_whole", "nothing_counted", "not_a_number"]
    assert outsider.push({"code": "letters.median_hours", "buckets": good}).json["refused"] == []
    assert outsider.stored()["letters.median_hours"].buckets == good


def test_a_code_counts_once(outsider: Outsider) -> None:
    answer = outsider.push(
        {"code": "pop.total", "value": 10},
        {"code": "pop.total", "value": 11},
        {"code": "adoption.staff_active_30d", "value": 3},
        activity={"staff_active_30d": 4},
    )
    assert [(one["index"], one["reason"]) for one in answer.json["refused"]] == [(1, "twice"), (2, "twice")]
    assert outsider.stored()["pop.total"].value == 10
    assert outsider.stored()["adoption.staff_active_30d"].value == 4


def test_parts_that_do_not_add_up_to_the_whole_are_told_and_left_out(outsider: Outsider) -> None:
    answer = outsider.push(
        {"code": "pop.total", "value": 1000},
        {"code": "pop.male", "value": 520},
        {"code": "pop.female", "value": 470},
        {"code": "pop.births", "value": 4},
    )
    assert answer.json["accepted"] == ["pop.births", "pop.total"]
    assert [(one["index"], one["reason"]) for one in answer.json["refused"]] == [
        (1, "does_not_add_up"),
        (2, "does_not_add_up"),
    ]
    assert "990" in answer.json["refused"][0]["detail"]
    whole = [("pop.total", 1000), ("pop.male", 520), ("pop.female", 480)]
    fits = outsider.push(*({"code": code, "value": value} for code, value in whole))
    assert fits.json["refused"] == []
    alone = outsider.push({"code": "pop.total", "value": 900}, {"code": "pop.male", "value": 520})
    assert alone.json["refused"] == [], "who tells some parts only is believed"


def test_activity_makes_sense_or_is_refused(outsider: Outsider) -> None:
    ahead = (now() + dt.timedelta(days=1)).isoformat()
    answer = outsider.push(
        activity={
            "last_activity": ahead, "staff_active_7d": 9, "staff_active_30d": 4, "records_changed_30d": -1,
            "shoe_size": 44, "modules_used": "many",
        }
    )  # fmt: skip
    assert answer.json["accepted"] == ["adoption.staff_active_30d"]
    reasons = {one["field"].removeprefix("activity."): one["reason"] for one in answer.json["refused"]}
    assert reasons["last_activity"] == "in_the_future"
    assert reasons["records_changed_30d"] == "negative"
    assert reasons["shoe_size"] == "unexpected_field"
    assert reasons["staff_active_7d"] == "outside_scale"
    assert reasons["modules_used"] in ("not_a_number", "unknown_code")
    for junk in (
        "yesterday",
        "2026-11-22T09:30:00",
        5,
        [],
        "0001-01-01T00:00:00+14:00",
        "1985-01-01T00:00:00Z",
    ):
        answer = outsider.push(activity={"last_activity": junk})
        assert answer.status_code == 200
        assert answer.json["accepted"] == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"period": "2026-13"}, "period"),
        ({"period": "11-2026"}, "period"),
        ({"period": "2099-01"}, "period"),
        ({"period": "2019-01"}, "period"),
        ({"village": "1808"}, "village"),
        ({"village": None}, "village"),
        ({"values": {}}, "values"),
        ({"values": []}, "values"),
        ({"values": [{"code": "pop.total", "value": 1}] * 501}, "values"),
        ({"activity": []}, "activity"),
        ({"as_of": "2099-01-01T00:00:00Z"}, "as_of"),
        ({"as_of": "0001-01-01T00:00:00+14:00"}, "as_of"),
        ({"as_of": "now"}, "as_of"),
        ({"surprise": 1}, "surprise"),
    ],
)
def test_a_wrong_envelope_takes_nothing(outsider: Outsider, changes: dict[str, Any], field: str) -> None:
    answer = outsider.push(**{"values": [{"code": "pop.total", "value": 1}], **changes})
    assert answer.status_code == 422, answer.text
    assert answer.content_type == "application/problem+json"
    assert field in answer.json["errors"]["json"]
    assert outsider.stored() == {}
    assert deliveries(outsider) == 0


def test_months_are_taken_until_they_are_two_years_old(outsider: Outsider) -> None:
    for ago, status in ((24, 200), (25, 422), (-1, 422)):
        period = f"{month(ago):%Y-%m}"
        assert outsider.push({"code": "pop.total", "value": 5}, period=period).status_code == status
    assert outsider.stored(24)["pop.total"].value == 5


def test_the_same_delivery_again_is_answered_and_not_written(outsider: Outsider) -> None:
    first = outsider.push({"code": "pop.total", "value": 10}, idempotency="kiriman-1")
    outsider.push({"code": "pop.total", "value": 20}, idempotency="kiriman-2")
    again = outsider.push({"code": "pop.total", "value": 10}, idempotency="kiriman-1")
    assert again.status_code == 200
    assert again.json == first.json
    assert again.headers["Idempotent-Replay"] == "true"
    assert "Idempotent-Replay" not in first.headers
    assert outsider.stored()["pop.total"].value == 20
    other = outsider.push({"code": "pop.total", "value": 30}, idempotency="kiriman-1")
    assert other.status_code == 409
    assert outsider.stored()["pop.total"].value == 20
    assert deliveries(outsider) == 2


def test_two_villages_may_name_their_deliveries_alike(make_outsider: Callable[[], Outsider]) -> None:
    one, other = make_outsider(), make_outsider()
    for each in (one, other):
        answer = each.push({"code": "pop.total", "value": 1}, idempotency="kiriman-1")
        assert "Idempotent-Replay" not in answer.headers
        assert answer.status_code == 200


@pytest.mark.parametrize("key", ["", "short", "with space 123", "x" * 101, "né" * 10])
def test_a_delivery_needs_a_name(outsider: Outsider, key: str) -> None:
    body = json.dumps({"village": outsider.code, "period": f"{month():%Y-%m}", "values": []})
    answer = raw(outsider, body, **{"Idempotency-Key": key})
    assert answer.status_code == 422
    assert "Idempotency-Key" in answer.json["errors"]["headers"]


def test_ten_at_once_write_once(outsider: Outsider) -> None:
    answers: list[Any] = []
    start = threading.Barrier(10)

    def send() -> None:
        start.wait()
        answers.append(outsider.push({"code": "pop.total", "value": 77}, idempotency="bersamaan"))

    threads = [threading.Thread(target=send) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answer.status_code for answer in answers] == [200] * 10
    assert len({answer.json["delivery"] for answer in answers}) == 1
    assert sum("Idempotent-Replay" not in answer.headers for answer in answers) == 1
    assert deliveries(outsider) == 1


def test_a_clock_that_is_ahead_holds_up_nothing_that_is_sent_after_it(outsider: Outsider) -> None:
    ahead = (now() + dt.timedelta(minutes=4)).isoformat()
    answer = outsider.push({"code": "pop.total", "value": 10}, as_of=ahead)
    assert dt.datetime.fromisoformat(answer.json["as_of"]) <= now()
    answer = outsider.push({"code": "pop.total", "value": 20})
    assert answer.json["accepted"] == ["pop.total"]
    assert outsider.stored()["pop.total"].value == 20, "what is said to be accepted is written"


def test_what_is_older_never_replaces_what_is_newer(outsider: Outsider) -> None:
    outsider.push({"code": "pop.total", "value": 20})
    start = period_of(now()).start.astimezone(dt.UTC)
    before = max(start, now() - dt.timedelta(minutes=20)).isoformat()
    answer = outsider.push({"code": "pop.total", "value": 10}, {"code": "pop.male", "value": 5}, as_of=before)
    assert answer.json["accepted"] == ["pop.male"]
    assert [(one["index"], one["reason"]) for one in answer.json["refused"]] == [(0, "older")]
    stored = outsider.stored()
    assert stored["pop.total"].value == 20
    assert stored["pop.male"].as_of.isoformat() == before


def test_another_villages_code_is_refused_and_noted(
    app: SigerFlask, make_outsider: Callable[[], Outsider]
) -> None:
    one, other = make_outsider(), make_outsider()
    answer = one.push({"code": "pop.total", "value": 1}, village=other.code)
    assert answer.status_code == 403
    assert one.code in answer.json["detail"]
    assert other.stored() == {}
    one.push({"code": "pop.total", "value": 1}, village=other.code)
    with app.app_context(), platform_scope():
        noted = db.session.scalars(
            select(PlatformAuditEntry).where(
                PlatformAuditEntry.action == "external.refused", PlatformAuditEntry.object_id == other.code
            )
        ).all()
        assert [entry.tenant_id for entry in noted] == [one.id]
        assert one.name in noted[0].actor_name


def test_keys_open_nothing_else_and_no_other_host(outsider: Outsider, village: Any) -> None:
    program = Program(outsider.app, "localhost", outsider.key)
    for path in ("/api/v1/villages", "/api/v1/overview", "/api/v1/indicator-values?code=pop.total"):
        assert program.get(path).status_code == 403
    assert program.get("/api/v1/village", host=f"{village.slug}.localhost").status_code == 401
    page = program.get("/sistem-lain")
    assert page.status_code == 303


def test_no_key_or_a_wrong_one_is_told_so(outsider: Outsider) -> None:
    assert outsider.push({"code": "pop.total", "value": 1}, key="desa_nothing").status_code == 401
    assert outsider.push({"code": "pop.total", "value": 1}, key="desa_" + "x" * 5000).status_code == 401
    client = outsider.app.test_client(use_cookies=False)
    assert client.post(PATH, base_url="http://localhost", json={}).status_code == 401


def test_a_revoked_or_old_key_is_answered_with_a_sentence(
    app: SigerFlask, make_outsider: Callable[[], Outsider]
) -> None:
    for change, word in (({"revoked_at": now()}, "dicabut"), ({"expires_at": now()}, "habis")):
        outsider = make_outsider()
        with app.app_context(), platform_scope():
            db.session.execute(
                update(ExternalKey).where(ExternalKey.tenant_id == outsider.id).values(**change)
            )
            db.session.commit()
        answer = outsider.push({"code": "pop.total", "value": 1})
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"] == "Bearer"
        assert word in answer.json["detail"]


def test_hostile_bodies_are_refused(outsider: Outsider) -> None:
    assert raw(outsider, b"x" * (5 * 1024 * 1024)).status_code == 413
    for junk in (
        b"{",
        b"\xff\xfe\x00",
        b"[" * 60_000,
        b'{"values": 1' + b"0" * 6000 + b"}",
        b"NaN",
        b"[]",
        b"",
    ):
        answer = raw(outsider, junk)
        assert answer.status_code in (400, 422), (junk[:20], answer.status_code)
        assert answer.content_type == "application/problem+json"
    assert raw(outsider, "village=1", **{"Content-Type": "text/plain"}).status_code == 415
    head = f'{{"village": "{outsider.code}", "period": "{month():%Y-%m}", "values": '
    many = ",".join('{"code":"a","value":1}' for _ in range(10_000))
    assert raw(outsider, head + f"[{many}]}}").status_code in (413, 422)
    assert raw(outsider, head + '[{"code": "pop.total", "value": NaN}, null, 7, "x", []]}').status_code == 200
    assert outsider.stored() == {}


@pytest.fixture
def limited(urls: servers.DatabaseUrls) -> Iterator[SigerFlask]:
    """An application that counts, beside the one of the other tests, which does not."""
    number = servers.worker_number()
    application = create_app(servers.settings_for(urls, number, f"w{number}_", rate_limits=True))
    yield application
    with application.app_context():
        limiter.reset()
        db.engine.dispose()
    limiter.enabled = False


def test_deliveries_are_counted_by_key(limited: SigerFlask, make_outsider: Callable[[], Outsider]) -> None:
    one, other = (replace(make_outsider(), app=limited) for _ in range(2))
    answers = [one.push({"code": "pop.total", "value": 1}) for _ in range(125)]
    refused = [answer for answer in answers if answer.status_code == 429]
    assert len(refused) in (5, 65)
    assert 0 < int(refused[0].headers["Retry-After"]) <= 61
    assert other.push({"code": "pop.total", "value": 1}).status_code == 200


def test_a_push_asks_little_of_the_database(
    outsider: Outsider, count_queries: Callable[..., AbstractContextManager[list[str]]]
) -> None:
    values = [
        {"code": code, "value": 9} for code in ("pop.total", "pop.male", "pop.female", "pop.households")
    ]
    last = now().isoformat()
    outsider.push(*values, activity={"last_activity": last})
    with count_queries(at_most=6):
        answer = outsider.push(*values, activity={"last_activity": last, "staff_active_7d": 2})
    assert answer.status_code == 200
