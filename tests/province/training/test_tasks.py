"""Tasks after an event: given to villages, done with a note, seen by mentor and organiser, reminded of."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import update

from app.core.hosting import SigerFlask
from app.extensions import db
from app.province.mentoring.cases.models import Mentor, MentorVillage
from app.province.training.participants import jobs, tasks
from app.province.training.participants.models import TrainingTask
from tenants.models import now
from tenants.scope import Tenant, platform_scope
from tests.province.training.people_at_events import invited, tasks_of, today, told
from tests.support.people import make_account, signed_in
from tests.support.training import a_session, an_event, attend, participants_of
from tests.support.work import settle

WHAT = "Terbitkan <b>surat</b> pertama lewat Siger"


@pytest.fixture
def neighbour(make_village: Callable[[], Tenant]) -> Tenant:
    """Another village."""
    return make_village()


def give(office: Any, event_id: uuid.UUID, **values: Any) -> Any:
    """Send the form of giving a task."""
    said = {"what": WHAT, "details": "Satu surat.", "due_on": (today() + dt.timedelta(days=10)).isoformat(),
            "whom": "came", **values}  # fmt: skip
    return office.submit(f"/pelatihan/{event_id}/tugas", said)


def came(app: SigerFlask, *villages: Tenant) -> uuid.UUID:
    """An event of the province that is over, to which villages came."""
    key = an_event(app, "18", days_from_now=-5, state="done")
    session = a_session(app, key, starts_in_hours=-120)
    invited(app, key, *villages)
    for village in villages:
        attend(app, session, participants_of(app, key, village.code))
    return key


def due(app: SigerFlask, village: Tenant, **values: Any) -> None:
    """Change a village's tasks."""
    with app.app_context(), platform_scope():
        db.session.execute(update(TrainingTask).where(TrainingTask.tenant_id == village.id).values(**values))
        db.session.commit()


def test_a_task_goes_to_villages_that_came_and_is_done_with_a_note(
    app: SigerFlask,
    village: Tenant,
    neighbour: Tenant,
    officer: Callable[..., Any],
    staff: Callable[..., Any],
) -> None:
    clerk = staff(village)
    key = came(app, village)
    invited(app, key, neighbour)
    office = officer()
    assert give(office, key).status_code == 303
    settle(app)
    assert told(app, village, "training.task_given") == 1
    assert not tasks_of(app, neighbour)
    (task,) = tasks_of(app, village)
    page = clerk.get("/pelatihan/tugas").text
    assert WHAT not in page
    assert "&lt;b&gt;surat&lt;/b&gt;" in page
    done = clerk.submit(
        f"/pelatihan/tugas/{task.id}/selesai", {"note": "Surat 470/1 terbit"}, form="/pelatihan/tugas"
    )
    assert done.status_code == 303
    (task,) = tasks_of(app, village)
    assert (task.state, task.done_by, task.done_note) == ("done", clerk.name, "Surat 470/1 terbit")
    listed = office.get(f"/pelatihan/{key}/tugas").text
    assert "Surat 470/1 terbit" in listed
    assert WHAT not in listed
    assert office.get(f"/pelatihan/{key}/tugas/unduh.csv", buffered=True).text.count("Surat 470/1") == 1


def test_a_village_does_only_its_own_tasks(
    app: SigerFlask,
    village: Tenant,
    neighbour: Tenant,
    officer: Callable[..., Any],
    staff: Callable[..., Any],
) -> None:
    give(officer(), came(app, village, neighbour))
    (foreign,) = tasks_of(app, neighbour)
    clerk = staff(village)
    answer = clerk.submit(f"/pelatihan/tugas/{foreign.id}/selesai", {"note": "x"}, form="/pelatihan/tugas")
    assert answer.status_code == 404
    assert tasks_of(app, neighbour)[0].state == "open"


def test_a_task_is_dropped_and_opened_again(
    app: SigerFlask, village: Tenant, officer: Callable[..., Any]
) -> None:
    key, office = came(app, village), officer()
    give(office, key)
    (task,) = tasks_of(app, village)
    page = f"/pelatihan/{key}/tugas"
    office.submit(f"{page}/{task.id}/tiadakan", {"row_version": "1"}, form=page)
    assert tasks_of(app, village)[0].state == "dropped"
    office.submit(f"{page}/{task.id}/buka", {"row_version": "1"}, form=page)
    assert tasks_of(app, village)[0].state == "dropped"
    office.submit(f"{page}/{task.id}/buka", {"row_version": "2"}, form=page)
    assert tasks_of(app, village)[0].state == "open"


def test_its_mentor_sees_a_villages_tasks_and_no_others(
    app: SigerFlask, village: Tenant, neighbour: Tenant, officer: Callable[..., Any]
) -> None:
    give(officer(), came(app, village, neighbour))
    account = make_account(app, role="mentor", region=village.district_code)
    with app.app_context(), platform_scope():
        db.session.add(Mentor(account_id=account.id, region_code=village.district_code))
        db.session.flush()
        db.session.add(MentorVillage(tenant_id=village.id, mentor_id=account.id, assigned_by="Uji"))
        db.session.commit()
    page = signed_in(app, account, None).get("/pelatihan/tugas").text
    assert f"{village.term} {village.name}" in page
    assert f"{neighbour.term} {neighbour.name}" not in page
    book = officer().get("/pelatihan/tugas/unduh.csv", buffered=True).text
    assert village.code in book
    assert neighbour.code in book


def test_reminders_before_and_after_the_day_and_then_weekly(
    app: SigerFlask, village: Tenant, officer: Callable[..., Any], staff: Callable[..., Any]
) -> None:
    staff(village)
    give(officer(), came(app, village))
    settle(app)

    def remind() -> int:
        with app.app_context(), platform_scope():
            jobs.remind_tasks()
        settle(app)
        return told(app, village, "training.task_reminded")

    assert remind() == 0
    due(app, village, due_on=today() + dt.timedelta(days=2))
    assert remind() == 1
    assert remind() == 1
    yesterday = now() - dt.timedelta(days=2)
    due(app, village, due_on=today() - dt.timedelta(days=1), reminded_at=yesterday - dt.timedelta(days=1))
    _forget_messages(app, village)
    assert remind() == 1
    due(app, village, due_on=today() - dt.timedelta(days=9), reminded_at=now() - dt.timedelta(days=3))
    _forget_messages(app, village)
    assert remind() == 0
    due(app, village, reminded_at=now() - dt.timedelta(days=8))
    assert remind() == 1
    due(app, village, state="done", reminded_at=None)
    _forget_messages(app, village)
    assert remind() == 0


def test_a_late_task_is_seen_as_late(
    app: SigerFlask, village: Tenant, officer: Callable[..., Any], staff: Callable[..., Any]
) -> None:
    key, office = came(app, village), officer()
    give(office, key)
    due(app, village, due_on=today() - dt.timedelta(days=1))
    assert "Terlambat" in staff(village).get("/pelatihan/tugas").text
    assert "1 desa terlambat" in office.get(f"/pelatihan/{key}/tugas").text
    with app.app_context(), platform_scope():
        (line,) = tasks.of_village(village.id, "late")
        assert line.is_late


@pytest.mark.parametrize(
    "wrong", [{"what": "x"}, {"due_on": "2020-01-01"}, {"due_on": ""}, {"whom": "nobody"}]
)
def test_a_task_that_makes_no_sense_is_refused(
    app: SigerFlask, village: Tenant, officer: Callable[..., Any], wrong: dict[str, str]
) -> None:
    assert give(officer(), came(app, village), **wrong).status_code == 422
    assert not tasks_of(app, village)


def _forget_messages(app: SigerFlask, village: Tenant) -> None:
    from sqlalchemy import delete

    from app.core.notifications.models import Notification
    from tenants.scope import tenant_scope

    with app.app_context(), tenant_scope(village):
        db.session.execute(delete(Notification))
        db.session.commit()
