"""Open data: only what the province opened, only as deep; small counts hidden, missing told apart."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select, update

from app import create_app
from app.core.audit.models import PlatformAuditEntry
from app.core.hosting import SigerFlask
from app.core.indicators.declarations import indicator
from app.core.indicators.models import IndicatorPublication
from app.extensions import cache, db, limiter
from app.province.open_data import publications
from tenants.models import TenantRow
from tenants.scope import platform_scope
from tests.support import servers
from tests.support.figures import add_up, month, tell
from tests.support.places import villages_listed
from tests.support.visitors import Visitor

Officer = Callable[..., Visitor]
REGENCY = "18.11"
BIG, SMALL, NEXT = "18.11.01.2001", "18.11.02.2001", "18.11.03.2001"


@pytest.fixture(scope="module", autouse=True)
def _figures(app: SigerFlask) -> None:
    for code, without in ((BIG, 40.0), (SMALL, 2.0), (NEXT, 17.0)):
        for ago in (1, 2):
            told = {"pop.total": 1000.0 + ago, "pop.without_nik": without}
            tell(app, code, told, ago=ago, source="demo" if code == NEXT else "siger")
    add_up(app, [1, 2])


def _open(app: SigerFlask, code: str, level: int | None) -> None:
    """Have an indicator open down to a level, or closed, whatever it was."""
    with app.app_context(), platform_scope():
        db.session.execute(delete(IndicatorPublication).where(IndicatorPublication.code == code))
        if level is not None:
            db.session.add(IndicatorPublication(code=code, level=level, published_by="uji"))
        db.session.commit()


def lines(answer: Any) -> dict[str, dict[str, str]]:
    """The lines of a CSV answer by the code of the place."""
    assert answer.status_code == 200, answer.text
    return {line["kode_wilayah"]: line for line in csv.DictReader(io.StringIO(answer.text))}


def when() -> str:
    """The last month, as addresses name it."""
    return f"bulan={month(1):%Y-%m}"


def test_what_is_not_open_is_not_there(app: SigerFlask, province: Visitor) -> None:
    _open(app, "pop.total", None)
    assert province.get("/data/pop.total.csv").status_code == 404
    assert province.get("/data/tidak.ada.json").status_code == 404
    assert "pop.total" not in province.get("/data").text
    _open(app, "pop.total", 2)
    assert 'href="/data/pop.total.csv"' in province.get("/data").text
    assert province.get(f"/data/pop.total.csv?{when()}&tingkat=3").status_code == 400
    assert province.get(f"/data/pop.total.csv?{when()}&tingkat=4").status_code == 400


def test_figures_are_those_of_the_level_with_their_source_and_what_is_made_up(
    app: SigerFlask, province: Visitor
) -> None:
    _open(app, "pop.total", 4)
    found = lines(province.get(f"/data/pop.total.csv?{when()}&tingkat=2"))
    assert len(found) == 15
    line = found[REGENCY]
    assert (line["nilai"], line["satuan"], line["desa_melapor"]) == ("3003", "orang", "3")
    assert (line["data_contoh"], line["sumber"]) == ("sebagian", "jumlah desa")
    assert line["bulan"] == f"{month(1):%Y-%m}"
    villages = lines(province.get(f"/data/pop.total.csv?{when()}"))
    assert len(villages) == villages_listed(app)
    assert (villages[NEXT]["sumber"], villages[NEXT]["data_contoh"]) == ("contoh", "ya")
    assert (villages[BIG]["nilai"], villages[BIG]["sumber"], villages[BIG]["data_contoh"]) == (
        "1001",
        "Siger",
        "tidak",
    )
    other = villages["18.11.01.2002"]
    assert (other["nilai"], other["keterangan"], other["desa_melapor"]) == ("", "belum dilaporkan", "0")
    found = province.get(f"/data/pop.total.json?{when()}&tingkat=2").json
    assert found["meta"]["license"].startswith("https://creativecommons.org/licenses/by/4.0")
    assert found["meta"]["demo"] is True
    place = next(line for line in found["data"] if line["code"] == REGENCY)
    assert (place["value"], place["demo"]) == (3003, "sebagian")
    span = f"dari={month(2):%Y-%m}&sampai={month(1):%Y-%m}"
    both = province.get(f"/data/pop.total.json?{span}&tingkat=1").json
    assert [line["period"] for line in both["data"]] == [f"{month(2):%Y-%m}", f"{month(1):%Y-%m}"]


def test_small_counts_and_what_would_give_them_away_are_hidden(app: SigerFlask, province: Visitor) -> None:
    _open(app, "pop.without_nik", 3)
    found = lines(province.get(f"/data/pop.without_nik.csv?{when()}"))
    small = found["18.11.02"]
    assert small["nilai"] in ("<5", "")
    assert small["keterangan"] in ("kurang dari 5", "disembunyikan")
    here = [line for code, line in found.items() if code.startswith(f"{REGENCY}.")]
    hidden = [line for line in here if line["keterangan"] in ("kurang dari 5", "disembunyikan")]
    assert len(hidden) >= 2, "one alone could be reckoned from the kabupaten's sum"
    shown = sum(float(line["nilai"]) for line in here if line["nilai"].replace(".", "").isdigit())
    whole = lines(province.get(f"/data/pop.without_nik.csv?{when()}&tingkat=2"))[REGENCY]
    assert float(whole["nilai"]) - shown >= 5
    answer = province.get(f"/data/pop.without_nik.json?{when()}").json["data"]
    line = next(line for line in answer if line["code"] == "18.11.02")
    assert line["value"] is None
    assert line["numerator"] is None
    assert line["reason"]


def test_sensitive_ones_are_never_told_of_single_villages(
    app: SigerFlask, officer: Officer, province: Visitor
) -> None:
    _open(app, "pop.without_nik", None)
    admin = officer("province_admin", "18")
    page = "/data/kelola/pop.without_nik"
    answer = admin.submit(page, {"tingkat": "4", "sebelum": ""})
    assert answer.status_code == 422
    assert "tidak dapat dibuka per desa" in answer.text
    assert province.get("/data/pop.without_nik.csv").status_code == 404
    _open(app, "pop.without_nik", 4)
    assert province.get(f"/data/pop.without_nik.csv?{when()}&tingkat=4").status_code == 400, (
        "declared sensitive later"
    )
    assert len(lines(province.get(f"/data/pop.without_nik.csv?{when()}"))) == 229


def test_opening_shows_first_what_becomes_public_and_is_noted(
    app: SigerFlask, officer: Officer, province: Visitor
) -> None:
    _open(app, "pop.households", None)
    admin = officer("province_admin", "18")
    page = "/data/kelola/pop.households"
    shown = admin.get(f"{page}?tingkat=2").text
    assert re.search(r"baris setiap bulan</dt>\s*<dd>15</dd>", shown)
    assert "Kabupaten" in shown
    answer = admin.submit(page, {"tingkat": "2", "sebelum": ""}, form=f"{page}?tingkat=2")
    assert answer.status_code == 303
    assert 'id="pop.households"' in province.get("/data").text
    assert admin.submit(page, {"tingkat": "0", "sebelum": ""}).status_code == 409, "an old form"
    assert admin.submit(page, {"tingkat": "0", "sebelum": "2"}).status_code == 303
    assert province.get("/data/pop.households.csv").status_code == 404
    with app.app_context(), platform_scope():
        query = select(PlatformAuditEntry.action).where(PlatformAuditEntry.object_id == "pop.households")
        assert list(db.session.scalars(query.order_by(PlatformAuditEntry.id))) == [
            "open_data.opened",
            "open_data.closed",
        ]
    for wrong in ("5", "", "x", "-1"):
        assert admin.submit(page, {"tingkat": wrong}).status_code == 422
    assert admin.get("/data/kelola/tidak.ada").status_code == 404


def test_only_the_provinces_own_people_open_data(officer: Officer, province: Visitor) -> None:
    for role, region in (
        ("regency_admin", "18.06"),
        ("province_analyst", "18"),
        ("district_officer", "18.06.20"),
    ):
        assert officer(role, region).get("/data/kelola").status_code == 403
    assert province.get("/data/kelola").status_code == 303
    assert officer("province_admin", "18").get("/data/kelola").status_code == 200


def test_a_catalogue_for_machines(app: SigerFlask, province: Visitor) -> None:
    _open(app, "pop.total", 2)
    answer = province.get("/data/katalog.json")
    assert answer.mimetype == "application/ld+json"
    found = answer.get_json(force=True)
    assert found["@type"] == "dcat:Catalog"
    dataset = next(one for one in found["dcat:dataset"] if one["dct:identifier"] == "pop.total")
    assert dataset["dct:temporal"]["dcat:endDate"]["@value"] >= f"{month(1):%Y-%m}"
    addresses = [one["dcat:downloadURL"]["@id"] for one in dataset["dcat:distribution"]]
    for address in addresses:
        assert province.get("/" + address.split("/", 3)[3]).status_code == 200


def test_answers_may_be_kept_asked_for_again_and_read_by_other_sites(
    app: SigerFlask, province: Visitor
) -> None:
    _open(app, "pop.total", 2)
    for path in (
        "/data",
        "/data/katalog.json",
        f"/data/pop.total.csv?{when()}",
        f"/data/pop.total.json?{when()}",
    ):
        first = province.get(path)
        assert first.headers["Cache-Control"] == "public, max-age=300"
        assert "Set-Cookie" not in first.headers
        again = province.get(path, headers={"If-None-Match": first.headers["ETag"]})
        assert (again.status_code, again.data) == (304, b""), path
    file = province.get(f"/data/pop.total.csv?{when()}")
    assert file.headers["Access-Control-Allow-Origin"] == "*"
    assert "by/4.0" in file.headers["Link"]
    assert file.headers["X-Data-Contoh"] == "ya"
    tag = file.headers["ETag"]
    tell(app, BIG, {"pop.total": 1777.0}, ago=1)
    add_up(app, [1])
    assert province.get(f"/data/pop.total.csv?{when()}").headers["ETag"] != tag
    tell(app, BIG, {"pop.total": 1001.0}, ago=1)
    add_up(app, [1])


def test_the_page_is_small_and_speaks_both_languages(app: SigerFlask, province: Visitor) -> None:
    from app.core.indicators.declarations import declared

    with app.app_context(), platform_scope():
        for one in declared():
            db.session.merge(IndicatorPublication(code=one.code, level=2, published_by="uji"))
        db.session.commit()
    answer = province.get("/data", headers={"Accept-Encoding": "br"})
    assert len(answer.data) < 25_000, "compressed, besides the styles that all public pages share"
    assert 'lang="en"' in province.get("/data?bahasa=en").text
    province.client.set_cookie("siger_lang", "en", domain="localhost")
    assert 'lang="id"' in province.get("/data").text, "a page that is cached sees no cookie"
    with app.app_context(), platform_scope():
        db.session.execute(delete(IndicatorPublication))
        db.session.commit()
    assert "Belum ada angka yang dibuka" in province.get("/data").text


def test_names_never_become_formulas(app: SigerFlask, province: Visitor) -> None:
    _open(app, "pop.total", 4)
    with app.app_context(), platform_scope():
        name, term = db.session.execute(
            select(TenantRow.name, TenantRow.term).where(TenantRow.code == BIG)
        ).one()
        db.session.execute(update(TenantRow).where(TenantRow.code == BIG).values(term='=HYPERLINK("x")'))
        db.session.commit()
    try:
        assert (
            lines(province.get(f"/data/pop.total.csv?{when()}"))[BIG]["wilayah"]
            == f'\'=HYPERLINK("x") {name}'
        )
    finally:
        with app.app_context(), platform_scope():
            db.session.execute(update(TenantRow).where(TenantRow.code == BIG).values(term=term))
            db.session.commit()


@pytest.fixture
def limited(urls: servers.DatabaseUrls, app: SigerFlask) -> Iterator[SigerFlask]:
    """An application that counts, beside the one of the other tests, which does not."""
    number = servers.worker_number()
    application = create_app(servers.settings_for(urls, number, f"w{number}_", rate_limits=True))
    limiter.reset()
    yield application
    limiter.reset()
    limiter.enabled = False
    cache.configure(app.config["REDIS_URL"])
    with application.app_context():
        db.engine.dispose()


def test_too_many_questions_are_put_off(limited: SigerFlask) -> None:
    visitor = Visitor(limited, "localhost")
    assert visitor.get("/data/katalog.json").status_code == 200
    answers = (visitor.get("/data/katalog.json") for _ in range(130))
    refused = next(answer for answer in answers if answer.status_code == 429)
    assert 0 < int(refused.headers["Retry-After"]) <= 61


ODD = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        [
            "2026-13",
            "2026-00",
            "0000-01",
            "9999-12",
            "2026-1",
            "1",
            "0",
            "5",
            "-1",
            "4",
            "2026-01",
            "٤",
            "1e3",
        ]
    ),
)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(code=st.one_of(st.just("pop.total"), st.text(min_size=1, max_size=90)), query=st.dictionaries(
    st.sampled_from(["bulan", "dari", "sampai", "tingkat", "x"]), ODD, max_size=4
), shape=st.sampled_from(["csv", "json"]))  # fmt: skip
def test_whatever_is_asked_is_answered(app: SigerFlask, code: str, query: dict[str, str], shape: str) -> None:
    if code == "pop.total":
        _open(app, "pop.total", 2)
    try:
        path = quote(code.encode("utf-8", "surrogatepass"), safe="")
        given_ = {name: text.encode("utf-8", "replace").decode() for name, text in query.items()}
    except UnicodeError:
        return
    answer = Visitor(app, "localhost").get(f"/data/{path}.{shape}", query_string=given_)
    assert answer.status_code in (200, 303, 308, 400, 404), (code, query)


def test_levels_are_refused_by_the_service_too(app: SigerFlask) -> None:
    with app.test_request_context(), platform_scope(), pytest.raises(publications.PublicationRefused):
        publications.set_level(indicator("pop.disabled"), 4, before=None, by="uji")


def test_a_month_that_has_not_come_is_refused(app: SigerFlask, province: Visitor) -> None:
    _open(app, "pop.total", 2)
    for query in ("bulan=2099-01", "dari=2024-01&sampai=2099-01"):
        assert province.get(f"/data/pop.total.csv?{query}").status_code == 400
