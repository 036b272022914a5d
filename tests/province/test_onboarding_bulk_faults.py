"""The bulk route when things go wrong: a worker that dies in the middle, two officers in the same moment, the API."""

from __future__ import annotations

import base64
import datetime as dt
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import func, select

from app.core.accounts.api_tokens import make_token
from app.core.accounts.loading import build_actor
from app.core.accounts.models import Membership
from app.core.hosting import SigerFlask
from app.extensions import db
from app.province.onboarding.applications.models import Application
from app.province.onboarding.bulk.executing import prepare
from app.province.onboarding.bulk.models import BulkRow, BulkRun
from tenants.jobs import run_job
from tenants.models import JobItem, PlatformFile, PlatformJobRun, TenantRow, now
from tenants.scope import platform_scope
from tests.province.bulk_files import kept, line, listed, send, start, village_of, workbook
from tests.support import servers
from tests.support.people import make_account
from tests.support.programs import Program
from tests.support.work import settle


@pytest.fixture
def codes(_codes: Iterator[str]) -> Iterator[str]:
    """Codes of villages that no test has used yet."""
    return _codes


def stays_whole(app: SigerFlask, rows: list[TenantRow]) -> None:
    """Each village has one application, one schema and one first person."""
    with app.app_context(), platform_scope():
        for row in rows:
            mine = Application.tenant_id == row.id
            states = db.session.scalars(select(Application.state).where(mine)).all()
            people = db.session.scalar(
                select(func.count()).select_from(Membership).where(Membership.tenant_id == row.id)
            )
            assert (list(states), people) == (["provisioned"], 1)
            assert db.session.get_one(TenantRow, row.id).schema_name is not None


def test_a_worker_that_is_killed_in_the_middle_leaves_villages_that_the_next_finishes(
    app: SigerFlask, codes: Iterator[str], officer: Callable[..., Any], urls: Any
) -> None:
    rows = listed(app, codes, 3)
    office = officer()
    path = send(app, office, workbook(*map(line, rows)))
    start(office, path)
    run, _rows = kept(app, path)
    with app.app_context(), platform_scope():
        ids = sorted(db.session.scalars(select(JobItem.tenant_id).where(JobItem.job_id == run.run_id)))
    settings = app.config["SETTINGS"]
    known = [
        urls.owner_url, urls.app_url, str(servers.worker_number()), settings.tenant_role_prefix,
        str(settings.siger_data),
    ]  # fmt: skip
    died = subprocess.run(
        [
            sys.executable, "-m", "tests.support.killing_bulk", *known, str(run.run_id),
            ",".join(map(str, ids)), str(ids[1]),
        ],
        stdout=subprocess.PIPE,
        check=False,
        timeout=90,
    )  # fmt: skip
    assert died.returncode == -signal.SIGKILL
    assert died.stdout.endswith(b"made\n")
    outcomes = {row.tenant_id: row.outcome for row in kept(app, path)[1]}
    assert [outcomes[one] for one in ids] == ["done", "waiting", "waiting"]
    page = office.get(path).text
    assert "1 dari 3" in page
    settle(app)
    assert [row.outcome for row in kept(app, path)[1]] == ["done"] * 3
    stays_whole(app, rows)
    with app.app_context(), platform_scope():
        assert run.run_id is not None
        whole = db.session.get_one(PlatformJobRun, run.run_id)
        assert (whole.state, whole.done, whole.failed) == ("done", 3, 0)


def test_two_workbooks_in_the_same_moment_prepare_a_village_once(
    app: SigerFlask, codes: Iterator[str], officer: Callable[..., Any]
) -> None:
    (row,) = listed(app, codes)
    paths = [send(app, one, workbook(line(row))) for one in (officer(), officer())]
    keys = []
    for path in paths:
        run, _rows = kept(app, path)
        keys.append(run.id)
    with app.app_context(), platform_scope():
        for key in keys:
            bulk = db.session.get_one(BulkRun, key)
            bulk.started_by = f"Petugas {key}"
            db.session.get_one(BulkRow, (key, 2)).outcome = "waiting"
        db.session.commit()

    def at_once(key: Any) -> None:
        with app.app_context(), platform_scope():
            prepare(key, row.id, office="18", decides_for="18")

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(at_once, keys))
    assert sorted(kept(app, path)[1][0].outcome for path in paths) == ["done", "passed"]
    stays_whole(app, [row])


def test_two_presses_of_the_button_start_one_run(
    app: SigerFlask, codes: Iterator[str], officer: Callable[..., Any]
) -> None:
    (row,) = listed(app, codes)
    first, second = officer(), officer()
    path = send(app, first, workbook(line(row)))
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda one: start(one, path), (first, second)))
    run, _rows = kept(app, path)
    with app.app_context(), platform_scope():
        asked = (
            select(func.count())
            .select_from(PlatformJobRun)
            .where(
                PlatformJobRun.arguments["bulk_id"].astext == str(run.id),
                PlatformJobRun.name == "onboarding.bulk_prepare",
            )
        )
        assert db.session.scalar(asked) == 1
    settle(app)
    stays_whole(app, [row])


def test_another_file_than_the_one_that_was_looked_at_is_not_carried_out(
    app: SigerFlask, codes: Iterator[str], officer: Callable[..., Any]
) -> None:
    (row,) = listed(app, codes)
    office = officer()
    path = send(app, office, workbook(line(row)))
    answer = office.submit(f"{path}/siapkan", {"digest": "0" * 64}, form=path)
    assert answer.status_code == 303
    assert "bukan dari berkas yang Anda lihat" in office.get(path).text
    assert village_of(app, row).schema_name is None


@pytest.fixture
def program(app: SigerFlask) -> Program:
    """A program of the province's."""
    account = make_account(app, role="province_admin", region="18", totp_confirmed_at=now())
    with app.app_context(), platform_scope():
        actor = build_actor(account.id, None)
        assert actor is not None
        token = make_token(actor, name="uji", scopes=("onboarding.bulk", "onboarding.invite"), days=30)
    return Program(app, "localhost", token.text)


def test_programs_send_look_and_start(app: SigerFlask, codes: Iterator[str], program: Program) -> None:
    (row,) = listed(app, codes)
    root = "/api/v1/onboarding/bulk-runs"
    content = base64.b64encode(workbook(line(row))).decode()
    sent = program.send("POST", root, {"file_name": "desa.xlsx", "content": content})
    assert sent.status_code == 202, sent.text
    settle(app)
    seen = program.get(f"{root}/{sent.json['id']}").json
    assert (seen["state"], seen["rows"], seen["ok"]) == ("ready", 1, 1)
    begun = program.send("POST", f"{root}/{seen['id']}/start", {"digest": seen["digest"]})
    assert begun.status_code == 202, begun.text
    settle(app)
    assert program.get(f"{root}/{seen['id']}").json["outcomes"] == {"done": 1}
    again = program.send("POST", f"{root}/{seen['id']}/start", {"digest": seen["digest"]})
    assert again.status_code == 409
    assert any(one["id"] == seen["id"] for one in program.get(f"{root}?limit=5").json["items"])
    for no_base64 in ("###", "é"):
        refused = program.send("POST", root, {"file_name": "desa.xlsx", "content": no_base64})
        assert refused.status_code == 422


def test_programs_invite_villages(app: SigerFlask, codes: Iterator[str], program: Program) -> None:
    one, two = listed(app, codes, 2)
    root = "/api/v1/onboarding/invitations"
    letter = {
        "label": "Lewat\x00 program", "letter_date": "2026-11-23", "signatory_name": "Drs. Ahmad Rifai",
        "signatory_title": "Kepala Dinas",
    }  # fmt: skip
    both = {**letter, "villages": [str(one.id), str(two.id)]}
    made = program.send("POST", root, both)
    assert made.status_code == 202, made.text
    assert (made.json["invited"], made.json["passed"]) == (2, 0)
    settle(app)
    listed_now = program.get(f"{root}?batch={made.json['batch_id']}&limit=1").json
    assert (len(listed_now["items"]), listed_now["items"][0]["status"]) == (1, "sent")
    assert listed_now["next"]
    assert "token" not in str(listed_now)
    assert program.send("POST", root, both).status_code == 409


def test_half_a_year_later_nobody_is_named_in_a_workbook_any_more(
    app: SigerFlask, codes: Iterator[str], officer: Callable[..., Any]
) -> None:
    (one,), office = listed(app, codes), officer()
    path = send(
        app,
        office,
        workbook(line(one), ["bukan kode", "X", "", "", "", "Rudi Hartono", "", "rudi@x.test", ""]),
    )
    run, before = kept(app, path)
    forget(app)
    assert kept(app, path)[1][0].values == before[0].values
    with app.app_context(), platform_scope():
        db.session.get_one(BulkRun, run.id).created_at = now() - dt.timedelta(days=181)
        db.session.commit()
        assert db.session.get(PlatformFile, run.file_id) is not None
    forget(app)
    with app.app_context(), platform_scope():
        assert db.session.get(PlatformFile, run.file_id) is None
    _run, rows = kept(app, path)
    assert [row.verdict for row in rows] == ["ok", "error"]
    assert [row.values["code"] for row in rows] == [one.code, "bukan kode"]
    assert {row.values[name] for row in rows for name in ("contact", "title", "email", "phone")} == {""}
    page = office.get(path)
    assert page.status_code == 200
    assert "Rudi" not in page.text
    assert "Siti Aminah" not in page.text
    forget(app)


@pytest.mark.parametrize(
    "changes", [{"contact": "Anda menang hadiah-anda.com"}, {"contact": "=1+Siti"}, {"title": "Buka bit.ly"}]
)
def test_a_workbook_sends_no_stranger_a_link_in_a_name(
    app: SigerFlask, codes: Iterator[str], officer: Callable[..., Any], changes: dict[str, str]
) -> None:
    path = send(app, officer(), workbook(line(listed(app, codes)[0], **changes)))
    row = kept(app, path)[1][0]
    assert row.verdict == "error"
    assert {finding[0] for finding in row.findings} == set(changes)


def forget(app: SigerFlask) -> None:
    """What happens every night."""
    with app.app_context():
        run_job("onboarding.forget_bulk", None, {})
