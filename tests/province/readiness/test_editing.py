"""Weighing the index anew: what is refused, what is tried, what is saved, and who was first."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from app.core.audit.models import PlatformAuditEntry
from app.core.hosting import SigerFlask
from app.core.indicators.models import RollupDue
from app.core.indicators.rollup import refigure, roll_up_due
from app.extensions import db
from app.province.readiness.drafts import read_number
from app.province.readiness.models import ReadinessScheme
from app.province.readiness.schemes import SHIPPED
from tenants.models import TenantRow
from tenants.scope import platform_scope
from tests.province.readiness.test_scoring import FULL, forget, told_readiness
from tests.support.figures import month, tell
from tests.support.people import Person

Officer = Callable[..., Person]
VILLAGE = "18.05.02.1008"
FORM = "/kesiapan/ketentuan/ubah"


@pytest.fixture(autouse=True)
def _only_the_shipped_scheme(app: SigerFlask) -> None:
    forget(app, VILLAGE)


def fields(page: str) -> dict[str, Any]:
    """What the form of the page would send as it stands."""
    found: dict[str, Any] = {}
    body = page[page.index('<form method="post" action="/kesiapan/ketentuan/ubah"') :]
    for name in ("code", "pillar", "floor", "target", "per"):
        found[name] = []
    for tag in re.finditer(r"<(?:input|select)[^>]*>", body):
        name = re.search(r'name="([^"]+)"', tag[0])
        if name is None or name[1] in ("add", "deed"):
            continue
        if tag[0].startswith("<select"):
            chosen = re.search(
                r'<option value="([^"]*)" selected', body[tag.start() : body.index("</select>", tag.start())]
            )
            value = chosen[1] if chosen else ""
        else:
            value = (re.search(r'value="([^"]*)"', tag[0]) or ["", ""])[1]
        if isinstance(found.get(name[1]), list):
            found[name[1]].append(value)
        else:
            found[name[1]] = value
    return {**found, "note": "Menyesuaikan dengan rencana kerja tahun ini."}


def opened(somebody: Person) -> dict[str, Any]:
    """The form as it is first shown."""
    return fields(somebody.get(FORM).text)


def send(somebody: Person, form: dict[str, Any], deed: str, **other: Any) -> TestResponse:
    """Send the form."""
    return somebody.post(FORM, {**form, **other, "deed": deed})


def shifted(form: dict[str, Any]) -> dict[str, Any]:
    """The form with all weight on the people."""
    return {**form, "weight_government": "0", "weight_economy": "0", "weight_people": "100"}


def test_the_form_begins_with_what_holds_and_can_be_tried_as_it_is(app: SigerFlask, officer: Officer) -> None:
    tell(app, VILLAGE, FULL)
    admin = officer()
    form = opened(admin)
    assert form["code"] == [scale.code for scale in SHIPPED.scales]
    assert (form["weight_government"], form["month"]) == ("40", f"{month():%Y-%m}")
    assert form["target"][0] == "95", "shares are written in per cent"
    page = send(admin, form, "try")
    assert page.status_code == 200
    assert ">0 desa akan berpindah kelas" in page.text


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"weight_people": "35"}, "Jumlah bobot harus 100%, sekarang 105%."),
        ({"weight_people": "30,06"}, "sekarang 100,06%"),
        ({"weight_people": "-30"}, "Tulis angka dari 0 sampai 100."),
        ({"weight_people": "banyak"}, "Tulis angka dari 0 sampai 100."),
        ({"month": "2020-01"}, "Bulan yang sudah lewat tidak dinilai ulang"),
        ({"month": "2099-01"}, "Terlalu jauh"),
        ({"month": "besok"}, "Pilih bulannya"),
        ({"note": "ya"}, "Tulis alasannya"),
        ({"floor": ("50", "50")}, "Sasaran harus berbeda"),
        ({"floor": ("50", "-3")}, "Tulis angka."),
        ({"floor": ("50", "150")}, "Tulis angka dari 0% sampai 100%."),
        ({"floor": ("50", "96")}, "Makin besar makin baik"),
        ({"floor": ("50", "")}, "Tulis angka."),
        ({"code": ("pop.data_completeness", "pop.nonsens")}, "tidak dikenal"),
        ({"code": ("pop.data_completeness", "pop.growth")}, "tidak dapat dinilai"),
        ({"code": ("pop.data_completeness", "readiness.index")}, "tidak dapat dinilai"),
        ({"code": ("pop.data_completeness", "letters.online_share")}, "sudah ada di atas"),
        ({"per": ("pop.total", "pop.disabled")}, "pembagi ini tidak dikenal"),
        ({"pillar": ("economy", "")}, "Pilar ini belum punya indikator"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_with_a_sentence(
    app: SigerFlask, officer: Officer, change: dict[str, Any], sentence: str
) -> None:
    admin = officer()
    form = opened(admin)
    for name, value in change.items():
        if isinstance(value, tuple):
            at = form[name].index(value[0])
            form[name][at] = value[1]
            if name == "floor":
                form["target"][at] = "50" if value[1] == "50" else form["target"][at]
        else:
            form[name] = value
    for deed in ("try", "save"):
        page = send(admin, form, deed)
        assert page.status_code == 422
        assert sentence in page.text
    with app.app_context(), platform_scope():
        assert db.session.scalar(select(func.count()).select_from(ReadinessScheme)) == 0


def test_trying_says_how_many_villages_change_class_and_keeps_nothing(
    app: SigerFlask, officer: Officer
) -> None:
    tell(app, VILLAGE, FULL)
    with app.app_context(), platform_scope():
        refigure([month()])
        db.session.commit()
    admin = officer()
    page = send(admin, shifted(opened(admin)), "try").text
    changed = re.search(r"<h1>([0-9.]+) desa akan berpindah kelas</h1>", page)
    assert changed is not None
    assert int(changed[1]) >= 1, "57,5 becomes 75,0: Bertumbuh → Siap"
    assert "57,5 → 75,0" in page
    assert "Paling naik" in page
    assert told_readiness(app, VILLAGE)["index"] == 57.5
    with app.app_context(), platform_scope():
        assert db.session.scalar(select(func.count()).where(ReadinessScheme.made_by != "Siger")) == 0


def test_saving_weighs_the_present_month_anew_and_no_earlier_one(app: SigerFlask, officer: Officer) -> None:
    for ago in (0, 1):
        tell(app, VILLAGE, FULL, ago=ago)
    with app.app_context(), platform_scope():
        refigure([month(0), month(1)])
        db.session.commit()
    admin = officer()
    answer = send(admin, shifted(opened(admin)), "save")
    assert answer.status_code == 303
    with app.app_context(), platform_scope():
        due = db.session.scalar(select(func.count()).where(RollupDue.period == month()))
        assert due == db.session.scalar(select(func.count(TenantRow.district_code.distinct())))
        db.session.rollback()
        roll_up_due()
    assert told_readiness(app, VILLAGE)["index"] == 75.0
    assert told_readiness(app, VILLAGE, 1)["index"] == 57.5
    page = admin.get("/kesiapan/ketentuan").text
    assert admin.name in page
    assert "Menyesuaikan dengan rencana kerja tahun ini." in page
    with app.app_context(), platform_scope():
        query = select(PlatformAuditEntry).where(
            PlatformAuditEntry.action == "readiness.scheme_saved",
            PlatformAuditEntry.actor_id == admin.account_id,
        )
        entry = db.session.scalars(query).one()
    assert entry.details["before"]["weights"] == {"government": "0.4", "economy": "0.3", "people": "0.3"}
    assert entry.details["after"]["weights"] == {"government": "0", "economy": "0", "people": "1"}
    assert entry.details["after"]["scales"][0] == "pop.data_completeness (government): 0.5 → 0.95"


def test_who_saves_second_is_told_who_was_first(officer: Officer) -> None:
    first, second = officer(), officer()
    mine, theirs = shifted(opened(first)), opened(second)
    assert send(first, mine, "save").status_code == 303
    answer = send(second, theirs, "save")
    assert answer.status_code == 409
    assert first.name in answer.text
    assert 'value="40"' in answer.text, "what was typed is still there"
    again = fields(answer.text)
    assert send(second, again, "save").status_code == 303


def test_a_planned_scheme_holds_later_and_can_be_taken_back(app: SigerFlask, officer: Officer) -> None:
    admin = officer()
    later = (month().replace(day=28) + dt.timedelta(days=10)).replace(day=1)
    assert send(admin, shifted(opened(admin)), "save", month=f"{later:%Y-%m}").status_code == 303
    page = admin.get("/kesiapan/ketentuan").text
    assert "Rencana" in page
    back = re.search(r"/kesiapan/ketentuan/[0-9a-f-]{36}/batal", page)
    assert back is not None
    assert admin.submit(back[0], form="/kesiapan/ketentuan").status_code == 303
    with app.app_context(), platform_scope():
        kept = list(db.session.scalars(select(ReadinessScheme.made_by)))
    assert kept == ["Siger"]


def test_a_scheme_that_holds_is_not_taken_back(app: SigerFlask, officer: Officer) -> None:
    admin = officer()
    send(admin, shifted(opened(admin)), "save")
    with app.app_context(), platform_scope():
        ident = db.session.scalar(select(ReadinessScheme.id).where(ReadinessScheme.made_by != "Siger"))
    admin.submit(f"/kesiapan/ketentuan/{ident}/batal", form="/kesiapan/ketentuan")
    with app.app_context(), platform_scope():
        assert db.session.scalar(select(func.count()).select_from(ReadinessScheme)) == 2


def test_an_indicator_is_added_and_taken_out(app: SigerFlask, officer: Officer) -> None:
    admin = officer()
    form = opened(admin)
    page = send(admin, form, "add", add="portal.active_30d")
    assert fields(page.text)["code"] == form["code"], "it is there already"
    page = send(admin, form, "add", add="letters.issued")
    more = fields(page.text)
    assert more["code"] == [*form["code"], "letters.issued"]
    more["floor"][-1], more["target"][-1], more["per"][-1] = "0", "0,05", "pop.total"
    more["pillar"][0] = ""
    assert send(admin, more, "save").status_code == 303
    with app.app_context(), platform_scope():
        query = select(ReadinessScheme.scales).where(ReadinessScheme.made_by != "Siger")
        scales = db.session.scalars(query).one()
    added = next(one for one in scales if one["code"] == "letters.issued")
    assert added == {
        "code": "letters.issued",
        "pillar": "government",
        "floor": 0.0,
        "target": 0.05,
        "per": "pop.total",
    }
    assert all(one["code"] != "pop.data_completeness" for one in scales)


@pytest.mark.parametrize("role", ["province_analyst", "regency_admin"])
def test_only_who_manages_readiness_weighs_it(officer: Officer, role: str) -> None:
    somebody = officer(role, "18" if role.startswith("province") else "18.06")
    for path in ("/kesiapan/ketentuan", FORM):
        assert somebody.get(path).status_code == 403
    assert somebody.submit(FORM, {"deed": "save"}, form="/kesiapan").status_code == 403


@pytest.mark.parametrize(
    ("text", "value"),
    [("12,5", 12.5), ("1.200", 1200), ("12.5", 12.5), ("0.500", 0.5), ("40%", 40), (" 7 ", 7), ("1.200,75", 1200.75),
     ("", None), ("-1", None), ("1e9", None), ("nan", None), ("1,2,3", None), ("٣", None)],
)  # fmt: skip
def test_numbers_as_people_write_them(text: str, value: float | None) -> None:
    assert read_number(text) == value
