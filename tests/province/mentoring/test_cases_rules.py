"""What happens by itself: rules, escalation, handing over; loads, exports, the API and the figure."""

from __future__ import annotations

import datetime as dt
import io
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import delete, func, select, update

from app.core.accounts import officers
from app.core.accounts.api_tokens import make_token
from app.core.accounts.loading import build_actor
from app.core.accounts.models import Account, Membership
from app.core.hosting import SigerFlask
from app.core.indicators.declarations import Value
from app.core.indicators.models import IndicatorRollup, IndicatorValue
from app.core.indicators.rollup import refigure
from app.extensions import db
from app.province.mentoring.cases import jobs, mentors, rules
from app.province.mentoring.cases.models import Mentor, MentoringCase, MentorVillage
from app.province.training.participants.models import TrainingTask
from tenants.models import TenantRow, TenantState, now
from tenants.scope import Tenant, platform_scope
from tests.province.mentoring.helping import (
    a_mentor,
    asked,
    case,
    cases_of,
    change,
    deed,
    entries,
    noted,
    opened,
)
from tests.support.figures import month, tell
from tests.support.people import Person, deliver_letters, make_account
from tests.support.programs import Program
from tests.support.visitors import Visitor
from tests.support.work import settle

Staff = Callable[..., Any]
Officer = Callable[..., Visitor]
Villages = Callable[[], Tenant]


def ago(days: float) -> dt.datetime:
    """A moment so many days ago."""
    return now() - dt.timedelta(days=days)


def place(app: SigerFlask, village: Tenant, **values: Any) -> None:
    """Change a village's row of the registry."""
    with app.app_context(), platform_scope():
        db.session.execute(update(TenantRow).where(TenantRow.id == village.id).values(**values))
        db.session.commit()


def look(app: SigerFlask) -> None:
    """The nightly look."""
    with app.app_context(), platform_scope():
        jobs.look()


def raise_late(app: SigerFlask) -> None:
    """The hourly look at late cases."""
    with app.app_context(), platform_scope():
        jobs.raise_late()


def a_task(app: SigerFlask, village: Tenant, days: int) -> uuid.UUID:
    """A task after a training that was due so many days ago."""
    with app.app_context(), platform_scope():
        row = TrainingTask(
            tenant_id=village.id, batch_id=uuid.uuid4(), what="Isi data aset", due_on=ago(days).date(), given_by="Uji"
        )  # fmt: skip
        db.session.add(row)
        db.session.commit()
        return row.id


@pytest.mark.parametrize("rule", ["dormant", "setup_stuck", "index_fell", "task_overdue"])
def test_a_rule_opens_one_case_however_often_it_looks(app: SigerFlask, village: Tenant, rule: str) -> None:
    mentor = a_mentor(app, village)
    if rule == "dormant":
        place(app, village, state=TenantState.DORMANT, state_since=ago(2), last_activity_at=ago(33))
    elif rule == "setup_stuck":
        place(app, village, state=TenantState.PROVISIONED, provisioned_at=ago(15))
    elif rule == "index_fell":
        tell(app, village.code, {"readiness.index": Value(61.0, 61.0, 1.0)}, ago=3)
        tell(app, village.code, {"readiness.index": Value(51.0, 51.0, 1.0)})
    else:
        a_task(app, village, 1)
        a_task(app, village, 3)
    look(app)
    look(app)
    (row,) = [one for one in cases_of(app, village) if one.rule == rule]
    assert (row.origin, row.state, row.mentor_id) == ("rule", "open", mentor.account_id)
    assert [entry.side for entry in entries(app, row.id)] == ["rule"]
    assert any(one.to == mentor.email and "menunggu" in one.subject for one in deliver_letters(app))
    deed(mentor, row.id, "selesai", {"solution": "Sudah ditemani"})
    look(app)
    assert len(cases_of(app, village)) == 1
    change(app, row.id, solved_at=ago(31))
    with app.app_context(), platform_scope():
        rules.look()
    assert [one.state for one in cases_of(app, village) if one.rule == rule] == ["solved", "open"]
    refused = deed(mentor, row.id, "buka-lagi", {"reason": "Yang lama saja"})
    assert "Sudah ada kasus yang lebih baru" in refused.text


def test_a_village_below_the_limits_gets_no_case(app: SigerFlask, village: Tenant) -> None:
    place(app, village, state=TenantState.PROVISIONED, provisioned_at=ago(13.9))
    tell(app, village.code, {"readiness.index": Value(61.0, 61.0, 1.0)}, ago=3)
    tell(app, village.code, {"readiness.index": Value(51.1, 51.1, 1.0)})
    a_task(app, village, -1)
    look(app)
    assert cases_of(app, village) == []
    place(app, village, state=TenantState.SUSPENDED, provisioned_at=ago(40))
    a_task(app, village, 5)
    look(app)
    assert cases_of(app, village) == []


def test_a_reason_that_is_over_ends_what_nobody_touched(app: SigerFlask, make_village: Villages) -> None:
    untouched, begun = make_village(), make_village()
    mentor = a_mentor(app, begun)
    for one in (untouched, begun):
        place(app, one, state=TenantState.DORMANT, last_activity_at=ago(40))
    look(app)
    deed(mentor, cases_of(app, begun)[0].id, "tulis", {"body": "Halo, ada kendala?"})
    for one in (untouched, begun):
        place(app, one, state=TenantState.ACTIVE, last_activity_at=now())
    look(app)
    look(app)
    assert cases_of(app, untouched)[0].state == "solved"
    (row,) = cases_of(app, begun)
    assert row.state == "in_progress"
    assert [entry.kind for entry in entries(app, row.id)].count("reason_over") == 1
    change(app, cases_of(app, untouched)[0].id, solved_at=ago(15))
    look(app)
    assert cases_of(app, untouched)[0].state == "closed"


def test_a_late_case_goes_up_level_by_level_and_all_are_told(
    app: SigerFlask, village: Tenant, staff: Staff, officer: Officer
) -> None:
    district, regency = (
        officer("district_officer", village.district_code),
        officer("regency_admin", village.regency_code),
    )
    mentor = a_mentor(app, village)
    clerk = staff(village)
    key = asked(clerk)
    assert case(app, key).level == 3
    deliver_letters(app)
    raise_late(app)
    assert case(app, key).level == 3
    change(app, key, respond_by=ago(0.1))
    raise_late(app)
    raise_late(app)
    row = case(app, key)
    assert (row.level, row.escalated_at is not None) == (2, True)
    letters = {one.to for one in deliver_letters(app)}
    assert {mentor.email, regency.email} <= letters  # type: ignore[attr-defined]
    assert district.email not in letters  # type: ignore[attr-defined]
    assert "Kabupaten/kota" in regency.get(f"/pendampingan/{key}").text
    settle(app)
    assert "menaikkan kasus" in clerk.get(f"/pendampingan/{key}").text
    change(app, key, escalated_at=ago(3.1))
    raise_late(app)
    assert case(app, key).level == 1
    change(app, key, escalated_at=ago(9))
    raise_late(app)
    assert case(app, key).level == 1
    assert len(noted(app, "mentoring.escalated", key)) == 2
    deed(mentor, key, "ubah", {"state": "waiting"})
    change(app, key, level=3, escalated_at=None, due_at=ago(1))
    raise_late(app)
    assert case(app, key).level == 3


def test_without_a_mentor_the_lowest_office_with_people_has_it(
    app: SigerFlask, village: Tenant, staff: Staff, officer: Officer
) -> None:
    with app.app_context(), platform_scope():
        regions = [village.district_code, village.regency_code]
        db.session.execute(delete(Membership).where(Membership.region_code.in_(regions)))
        db.session.commit()
    assert case(app, asked(staff(village))).level == 1
    officer("regency_admin", village.regency_code)
    assert case(app, asked(staff(village), subject="Yang pertama")).level == 2
    here = officer("district_officer", village.district_code)
    deliver_letters(app)
    key = asked(staff(village), subject="Yang kedua")
    row = case(app, key)
    assert (row.level, row.mentor_id) == (3, None)
    assert here.email in {one.to for one in deliver_letters(app)}  # type: ignore[attr-defined]
    assert '<em class="tag tag-warning">1</em>' in here.get("/desa").text


def test_a_mentor_who_ends_hands_every_open_case_over(
    app: SigerFlask, make_village: Villages, staff: Staff, officer: Officer
) -> None:
    village = make_village()
    manager = officer("district_officer", village.district_code)
    leaving, following = (
        a_mentor(app, village, name="Yang Pergi"),
        a_mentor(app, region=village.district_code),
    )
    clerk = staff(village)
    first, second, over = asked(clerk), asked(clerk, subject="Satu lagi"), asked(clerk, subject="Sudah lewat")
    deed(leaving, over, "selesai", {"solution": "Beres"})
    page = f"/pendampingan/pendamping/{leaving.account_id}/akhiri"
    assert manager.submit(page, {"reason": ""}).status_code == 422
    answer = manager.submit(
        page, {"reason": "Pindah tugas", "successor_id": str(following.account_id)}, follow_redirects=True
    )
    assert "2 kasus terbuka diserahterimakan" in answer.text
    for key in (first, second):
        assert case(app, key).mentor_id == following.account_id
        assert entries(app, key)[-1].kind == "handed_over"
        assert noted(app, "mentoring.handed_over", key)
    assert case(app, over).mentor_id == leaving.account_id
    assert leaving.get(f"/pendampingan/{first}").status_code == 404
    assert following.get(f"/pendampingan/{first}").status_code == 200
    settle(app)
    foot = clerk.get("/beranda").text.split("mentor-foot", 1)[1]
    assert following.name in foot
    assert "Yang Pergi" not in foot
    page = f"/pendampingan/pendamping/{following.account_id}/akhiri"
    manager.submit(page, {"reason": "Tidak ada pengganti"})
    row = case(app, first)
    assert (row.mentor_id, row.level, row.state) == (None, 3, "open")
    with app.app_context(), platform_scope():
        left = select(func.count()).where(MentorVillage.tenant_id == village.id)
        assert db.session.scalar(left) == 0
        assert mentors.mentor_of(village.id) is None
    assert str(first) in manager.get("/pendampingan/daftar?pendamping=kantor").text


@pytest.mark.parametrize("way", ["closed", "other_role", "behind_our_back"])
def test_an_account_that_ends_leaves_no_orphan(
    app: SigerFlask, village: Tenant, staff: Staff, officer: Officer, way: str
) -> None:
    manager = officer("regency_admin", village.regency_code)
    mentor = a_mentor(app, village)
    key = asked(staff(village))
    with app.app_context(), platform_scope():
        if way == "closed":
            officers.deactivate_officer(mentor.account_id, by=None)
        elif way == "other_role":
            officers.change_officer(
                mentor.account_id, role="district_officer", region_code=village.district_code, by=None
            )
        else:
            gone = update(Account).where(Account.id == mentor.account_id).values(is_active=False)
            db.session.execute(gone)
            db.session.commit()
            jobs.release()
    assert case(app, key).mentor_id is None
    assert entries(app, key)[-1].kind == "handed_over"
    with app.app_context(), platform_scope():
        row = db.session.get_one(Mentor, mentor.account_id)
        assert not row.is_active
        assert mentors.villages_of_mentor(mentor.account_id) == []
    assert str(key) in manager.get(f"/pendampingan/daftar?q={village.name}").text
    new = asked(staff(village), subject="Sesudahnya")
    assert case(app, new).mentor_id is None


def test_managers_give_villages_and_cases_to_mentors_of_their_region(
    app: SigerFlask, make_village: Villages, staff: Staff, officer: Officer
) -> None:
    village = make_village()
    manager = officer("district_officer", village.district_code)
    account = make_account(app, role="mentor", region=village.district_code, name="Baru Datang")
    page = f"/pendampingan/pendamping/{account.id}"
    assert "belum bertugas" in manager.get("/pendampingan/pendamping").text
    manager.submit(page, {"phone": "081200001111", "skills": ["letters", "setup"], "about": "Guru"})
    manager.submit(f"{page}/desa", {"villages": [str(village.id)]}, form=page)
    with app.app_context(), platform_scope():
        assert [row.id for row in mentors.villages_of_mentor(account.id)] == [village.id]
        found = mentors.mentor_of(village.id)
        assert found is not None
        assert (found.name, found.phone, found.skills) == (
            "Baru Datang",
            "0812-0000-1111",
            ("setup", "letters"),
        )
    key = asked(staff(village))
    other = a_mentor(app, region=village.district_code, name="Yang Lain")
    deed(manager, key, "serahkan", {"mentor_id": str(other.account_id), "reason": "Lebih dekat"})
    assert case(app, key).mentor_id == other.account_id
    deed(manager, key, "serahkan", {"mentor_id": "", "reason": "Kami saja"})
    assert case(app, key).mentor_id is None
    far = "18.71.01" if not village.code.startswith("18.71") else "18.72.01"
    foreign = make_account(app, role="mentor", region=far)
    sent = {"mentor_id": str(foreign.id)}
    assert (
        manager.submit(f"/pendampingan/{key}/serahkan", sent, form=f"/pendampingan/{key}").status_code == 404
    )
    wrong = manager.submit(f"{page}/desa", {"codes": "18.71.01.1001 bukan-kode"}, form=page)
    assert wrong.status_code == 422
    assert "bukan-kode" in wrong.text
    analyst = officer("regency_analyst", village.regency_code)
    assert analyst.submit(f"{page}/desa", {}, form="/desa").status_code == 403
    assert analyst.get(page).status_code == 200


def test_loads_tell_medians_and_exports_hold_the_same(
    app: SigerFlask, village: Tenant, staff: Staff, officer: Officer
) -> None:
    mentor, clerk = a_mentor(app, village, name="Terukur"), staff(village)
    keys = [asked(clerk, subject=f"Kasus nomor {number}") for number in range(3)]
    opened(mentor, village)
    for key, hours in zip(keys, (2, 4, 9), strict=True):
        change(app, key, opened_at=ago(1), responded_at=ago(1) + dt.timedelta(hours=hours))
    change(app, keys[0], state="solved", solved_at=ago(1) + dt.timedelta(hours=10))
    change(app, keys[1], due_at=ago(0.1))
    manager = officer("district_officer", village.district_code)
    row = manager.get("/pendampingan/pendamping").text.split("Terukur", 1)[1].split("</tr>", 1)[0]
    assert "4 jam" in row
    assert "10 jam" in row
    answer = manager.get("/pendampingan/pendamping/unduh")
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(answer.data)).get_sheet_by_index(0).to_python()
    answer.close()
    (line,) = [line for line in sheet if line[0] == "Terukur"]
    assert line[5:12] == pytest.approx([1.0, 3.0, 1.0, 3.0, 4.0, 1.0, 10.0], abs=0.01)
    answer = manager.get(f"/pendampingan/unduh?q={village.name}")
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(answer.data)).get_sheet_by_index(0).to_python()
    answer.close()
    assert len([line for line in sheet if line[1] == village.code]) == 3
    assert noted(app, "figures.exported", village.district_code)
    answer = clerk.get("/pendampingan/unduh")
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(answer.data)).get_sheet_by_index(0).to_python()
    answer.close()
    assert len([line for line in sheet if str(line[1]).startswith("Kasus nomor")]) == 3
    late = manager.get("/pendampingan/daftar?lihat=terlambat").text
    assert str(keys[1]) in late
    assert str(keys[2]) not in late


def test_the_figure_counts_what_was_open_when_the_month_ended(
    app: SigerFlask, village: Tenant, staff: Staff
) -> None:
    place(app, village, provisioned_at=ago(100))
    clerk = staff(village)
    first, second = asked(clerk), asked(clerk, subject="Kedua")
    change(app, first, opened_at=ago(70), solved_at=now(), state="solved")
    for back in (0, 1, 2):
        tell(app, village.code, {"staff.count": 3}, ago=back)
        with app.app_context(), platform_scope():
            refigure([month(back)], [village.district_code])
            db.session.commit()

    def told(back: int) -> list[float]:
        with app.app_context(), platform_scope():
            query = select(IndicatorValue.value).where(
                IndicatorValue.code == "adoption.mentoring_open",
                IndicatorValue.tenant_id == village.id,
                IndicatorValue.period == month(back),
            )
            return list(db.session.scalars(query))

    assert told(0) == [1.0]
    assert told(1) == [1.0]
    with app.app_context(), platform_scope():
        query = select(IndicatorRollup.value).where(
            IndicatorRollup.code == "adoption.mentoring_open",
            IndicatorRollup.region_code == village.district_code,
            IndicatorRollup.period == month(),
        )
        assert sum(db.session.scalars(query)) >= 1
        db.session.execute(delete(MentoringCase).where(MentoringCase.id == second))
        db.session.commit()
        refigure([month()], [village.district_code])
        db.session.commit()
    assert told(0) == [0.0]


@pytest.fixture
def program(app: SigerFlask) -> Callable[..., Program]:
    """A program of a village, or of an officer or mentor who exists."""

    def make(tenant: Tenant | None, account_id: uuid.UUID, *scopes: str) -> Program:
        with app.app_context(), platform_scope():
            actor = build_actor(account_id, tenant.id if tenant else None)
            assert actor is not None
            token = make_token(actor, name="uji", scopes=scopes, days=30)
        return Program(app, f"{tenant.slug}.localhost" if tenant else "localhost", token.text)

    return make


def test_the_api_on_both_hosts(
    app: SigerFlask, make_village: Villages, staff: Staff, program: Callable[..., Program]
) -> None:
    village, other = make_village(), make_village()
    mentor: Person = a_mentor(app, village)
    clerk = staff(village)
    theirs = program(village, clerk.account_id, "village.view", "mentoring.ask")
    ours = program(None, mentor.account_id, "mentoring.view", "mentoring.work")
    root = "/api/v1/mentoring/cases"
    made = theirs.send(
        "POST", root, {"subject": "Lewat program", "body": "Tolong", "page": "/surat", "stuck": True}
    )
    assert made.status_code == 201, made.json
    path = f"{root}/{made.json['id']}"
    assert made.json["page_path"] == "/surat"
    assert [one["id"] for one in ours.get(root).json["items"]] == [made.json["id"]]
    one = ours.get(path)
    assert (one.json["priority"], one.json["village_code"]) == ("high", village.code)
    assert ours.send("POST", f"{path}/messages", {"body": "Baik"}).status_code == 201
    changed = ours.send("PATCH", path, {"priority": "low"}, headers={"If-Match": one.headers["ETag"]})
    assert changed.status_code == 412
    changed = ours.send(
        "PATCH", path, {"priority": "low"}, headers={"If-Match": ours.get(path).headers["ETag"]}
    )
    assert changed.json["priority"] == "low"
    assert theirs.send("POST", f"{path}/confirm", {}).status_code == 409
    assert ours.send("POST", f"{path}/solution", {"solution": "Selesai"}).status_code == 200
    assert theirs.send("POST", f"{path}/messages", {"body": "Belum"}).json["side"] == "village"
    ours.send("POST", f"{path}/solution", {"solution": "Sekarang selesai"})
    assert theirs.send("POST", f"{path}/confirm", {}).json["state"] == "closed"
    assert theirs.get("/api/v1/mentoring/mentor").json["name"] == mentor.name
    assert theirs.get(path).json["entries"][0]["kind"] == "opened"
    stranger = program(other, staff(other).account_id, "village.view", "mentoring.ask")
    assert stranger.get(path).status_code == 404
    assert stranger.send("POST", f"{path}/messages", {"body": "x"}).status_code == 404
    refused = ours.send("POST", root, {"village_code": other.code, "subject": "Bukan milik", "body": "x"})
    assert refused.status_code == 422
    (line,) = ours.get("/api/v1/mentoring/mentors").json["items"]
    assert line["account_id"] == str(mentor.account_id)
    reader = program(None, mentor.account_id, "mentoring.view")
    assert reader.send("POST", f"{path}/messages", {"body": "x"}).status_code == 403


def test_two_rules_at_once_open_one(app: SigerFlask, village: Tenant) -> None:
    a_task(app, village, 2)
    with app.app_context(), platform_scope():
        facts = {(fact.tenant_id, fact.rule): fact for fact in rules.held() if fact.tenant_id == village.id}
        assert len(rules.open_missing(facts)) == 1
        db.session.commit()
        assert rules.open_missing(facts) == []
        row = db.session.get_one(TenantRow, village.id)
        (fact,) = facts.values()
        assert rules.insert_case(fact, row, None, 1, now()) is None
        db.session.rollback()
