"""A split that is killed, finds the storage away, or does not add up: all of it or nothing, and a sentence."""

from __future__ import annotations

import signal
import subprocess
import sys
import uuid
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from sqlalchemy import select

from app.core.files.storage import StorageAway, list_objects
from app.core.hosting import SigerFlask
from app.extensions import db
from app.government.residents.documents.services import add_document
from app.government.residents.models import Resident, ResidentDocument
from app.province.life import carrying, objects
from app.province.life.moving import Moving
from tenants import outbox
from tenants.bootstrap import libpq_url
from tenants.jobs import run_job
from tenants.keys import path_of
from tenants.models import PlatformJobRun, TenantRow
from tenants.scope import Tenant, platform_scope, tenant_scope
from tests.support import servers
from tests.support.copies import copy_now
from tests.support.images import picture
from tests.support.life import GROUNDS, a_free_code, counted, fresh, moved_to, settled, the_deed, told
from tests.support.visitors import Visitor
from tests.support.work import settle


@pytest.fixture
def admin(officer: Callable[..., Visitor]) -> Visitor:
    """A province admin, signed in."""
    return officer("province_admin", "18")


def started(app: SigerFlask, admin: Visitor, village: Tenant, number: int) -> tuple[str, str]:
    """A split that was let run and waits for its worker: its page, and the new village's code. One has a scan."""
    areas = settled(app, village, "Dusun I", "Dusun II", families=1)
    with app.app_context(), tenant_scope(village):
        person = db.session.scalars(select(Resident.id).order_by(Resident.id).limit(1)).one()
        add_document(picture("JPEG"), "identity_card", "KTP", resident_id=person)
    code = a_free_code(app, village)
    form = {
        **GROUNDS, "code": code, "name": f"Tahan Banting {number}", "slug": f"tahan-banting-{number}",
        "acting_name": "Siti Rahma", "acting_title": "Pj. Kepala", "acting_email": f"tahan{number}@contoh.test",
    }  # fmt: skip
    page = moved_to(admin.submit(f"/desa/{village.id}/pemekaran", form))
    settle(app)
    admin.submit(f"{page}/bagian", {"areas": str(areas["Dusun I"])}, form=page)
    assert admin.submit(f"{page}/jalankan", {"typed_name": form["name"]}, form=page).status_code == 303
    return page, code


def run_of(app: SigerFlask, village: Tenant) -> PlatformJobRun:
    """The run that works on the village's deed."""
    with app.app_context(), platform_scope():
        return db.session.get_one(PlatformJobRun, the_deed(app, village).run_id)


def untouched(app: SigerFlask, village: Tenant, code: str, urls: Any) -> None:
    """Nothing of the split is there."""
    assert counted(app, village) == (6, 2)
    assert told(app, village) == []
    with app.app_context(), platform_scope():
        assert db.session.scalar(select(TenantRow.id).where(TenantRow.code == code)) is None
    with psycopg.connect(libpq_url(urls.owner_url)) as conn:
        schema = f"v_{code.replace('.', '')}"
        assert conn.execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", (schema,)).fetchone() is None


@pytest.mark.parametrize("place", ["schema", "people", "objects", "commit"])
def test_a_worker_that_is_killed_leaves_nothing_and_the_next_finishes(
    app: SigerFlask, admin: Visitor, village: Tenant, unique: Callable[[], int], urls: Any, place: str
) -> None:
    page, code = started(app, admin, village, unique())
    settings, deed = app.config["SETTINGS"], the_deed(app, village)
    died = subprocess.run(
        [
            sys.executable, "-m", "tests.support.killing_split", urls.owner_url, urls.app_url,
            str(servers.worker_number()), settings.tenant_role_prefix, str(settings.siger_data), place, str(deed.id),
            str(deed.run_id),
        ],
        stdout=subprocess.PIPE, check=False, timeout=60,
    )  # fmt: skip
    assert died.returncode == -signal.SIGKILL
    assert died.stdout == b"there\n"
    untouched(app, village, code, urls)
    assert the_deed(app, village).state == "running"
    assert "Memindahkan" in admin.get(page).text
    settle(app)
    assert the_deed(app, village).state == "done"
    daughter = fresh(app, code)
    assert counted(app, village) == counted(app, daughter) == (3, 1)
    assert told(app, village) == []
    assert told(app, daughter) == []
    with app.app_context():
        with tenant_scope(daughter):
            scan = db.session.scalars(select(ResidentDocument.id)).one()
        assert (
            len(list_objects(path_of(daughter.id, "sealed", "documents", str(scan)).rpartition("/")[0])) == 1
        )
    settle(app)
    assert counted(app, daughter) == (3, 1)


def test_the_storage_away_is_said_and_the_work_can_be_taken_up_again_or_left(
    app: SigerFlask, admin: Visitor, village: Tenant, unique: Callable[[], int], urls: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    page, code = started(app, admin, village, unique())
    run = run_of(app, village)

    def away(*_: Any, **__: Any) -> None:
        raise StorageAway("No space left on device")

    with monkeypatch.context() as patch, app.app_context():
        patch.setattr(objects, "put_object", away)
        with pytest.raises(StorageAway):
            run_job(run.name, None, {**run.arguments, "run_id": str(run.id)}, str(run.id))
    untouched(app, village, code, urls)
    shown = admin.get(page).text
    assert "semuanya tetap seperti semula" in shown
    assert "Coba lagi" in shown
    assert admin.submit(f"{page}/ulangi", {}, form=page).status_code == 303
    settle(app)
    assert the_deed(app, village).state == "done"
    assert counted(app, village) == (3, 1)


def test_whoever_is_quick_takes_it_up_again_before_the_message_of_the_failed_try_is_gone(
    app: SigerFlask,
    admin: Visitor,
    village: Tenant,
    unique: Callable[[], int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    page, _code = started(app, admin, village, unique())
    run = run_of(app, village)

    def away(*_: Any, **__: Any) -> None:
        raise StorageAway("No space left on device")

    def quick(entry_id: uuid.UUID) -> None:
        monkeypatch.undo()
        assert admin.submit(f"{page}/ulangi", {}, form=page).status_code == 303
        outbox.finished(entry_id)

    monkeypatch.setattr(objects, "put_object", away)
    monkeypatch.setattr(outbox, "finished", quick)
    with app.app_context(), pytest.raises(StorageAway):
        run_job(run.name, None, {**run.arguments, "run_id": str(run.id)}, str(run.id))
    settle(app)
    assert the_deed(app, village).state == "done"
    assert run_of(app, village).state == "done"
    assert counted(app, village) == (3, 1)


def test_a_count_that_does_not_add_up_changes_nothing(
    app: SigerFlask, admin: Visitor, village: Tenant, unique: Callable[[], int], urls: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    page, code = started(app, admin, village, unique())
    deed = the_deed(app, village)
    real, calls = Moving._counted, iter(range(9))

    def loses_one(moving: Moving) -> tuple[int, int, int, int]:
        people, homes, there, there_homes = real(moving)
        return (people, homes, there - next(calls), there_homes)

    monkeypatch.setattr(Moving, "_counted", loses_one)
    settle(app)
    failed = the_deed(app, village)
    assert (failed.state, failed.error[:40]) == ("failed", "Hitungan sesudah pemindahan tidak cocok.")
    assert "Hitungan sesudah pemindahan tidak cocok" in admin.get(page).text
    untouched(app, village, code, urls)
    with app.app_context():
        assert list_objects(path_of(uuid.UUID(deed.plan["new_id"]))) == [], "scans that were copied are swept"


def test_a_copy_taken_while_a_split_is_under_way_is_one_of_before(
    app: SigerFlask,
    admin: Visitor,
    village: Tenant,
    unique: Callable[[], int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    started(app, admin, village, unique())
    taken, split = [], carrying._split

    def copied_meanwhile(*given: Any) -> dict[str, Any]:
        done = split(*given)
        taken.append(copy_now(app, village))
        return done

    monkeypatch.setattr(carrying, "_split", copied_meanwhile)
    settle(app)
    monkeypatch.undo()
    assert the_deed(app, village).state == "done"
    copies = f"/desa/{village.id}/salinan"
    admin.submit(f"{copies}/{taken[0].id}/bandingkan", form=copies)
    settle(app)
    typed = {"typed": village.name, "reason": "ingin seperti dahulu"}
    admin.submit(f"{copies}/pembanding/gantikan", typed, form=f"{copies}/pembanding")
    settle(app)
    assert counted(app, village) == (3, 1)
    assert "pembagian atau penggabungan" in admin.get(copies).text
