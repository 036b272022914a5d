"""Changing a village's key: all of it or nothing, resumable, and nobody writes with the key that was left behind."""

from __future__ import annotations

import base64
import datetime as dt
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select, update

from app.cli import main
from app.core.files.storage import get_object, put_object
from app.core.hosting import SigerFlask
from app.core.privacy import rotation
from app.core.privacy.files import get_sealed, object_path, put_sealed
from app.core.privacy.keys import UnknownKey
from app.core.privacy.models import VillageState
from app.core.privacy.rotation import keys_in_use, reseal_village
from app.core.privacy.vault import SealBroken, key_of, open_vault
from app.extensions import db
from app.government.residents.models import (
    DataRequest,
    Household,
    ImportRun,
    LifeEvent,
    Resident,
    ResidentDocument,
)
from app.government.residents.writing import Writing
from tenants.models import JobItem
from tenants.scope import Tenant, platform_scope, tenant_scope
from tests.support.work import settle

NIK = "1806014507900001"
KK = "1806010101100007"
SCAN = b"%PDF a scan"


@pytest.fixture(autouse=True)
def two_keys(app: SigerFlask) -> Iterator[None]:
    """The key so far, and one that is to follow."""
    before = app.config["MASTER_KEYS"]
    app.config["MASTER_KEYS"] = {**before, "2027": bytes(range(32)), "2028": bytes(range(1, 33))}
    yield
    app.config["MASTER_KEYS"] = before


def fill(village: Tenant, people: int = 1) -> uuid.UUID:
    """A household with people, a request, a scan and an import; returns the scan's id."""
    with tenant_scope(village):
        writing = Writing(dt.date(2026, 1, 5))
        household = writing.add_household("opening", {"kk": KK, "address": "Jalan Lada 1"})
        for number in range(people):
            nik = str(int(NIK) + number)
            values = {"name": f"SITI {number}", "sex": 2, "nik": nik, "household_id": household.id}
            person = writing.add_resident("opening", values)
        request_id, document_id, import_id = uuid.uuid4(), uuid.uuid4(), uuid.uuid4()
        box = writing.vault.seal_json({"text": "salinan"}, f"data_request:{request_id}")
        db.session.add(DataRequest(id=request_id, resident_id=person.id, kind="access", box=box))
        digest = put_sealed(f"documents/{document_id}", SCAN, writing.vault)
        put_sealed(f"imports/{import_id}/upload", b"an upload", writing.vault)
        put_sealed(f"imports/{import_id}/rows", b"its rows", writing.vault)
        put_sealed("exports/1", b"an export", writing.vault)
        key = writing.vault.key_id
        db.session.add(
            ResidentDocument(
                id=document_id, resident_id=person.id, kind="ktp", media_type="application/pdf", size=len(SCAN),
                sha256=digest, key_id=key,
            )
        )  # fmt: skip
        db.session.add(ImportRun(id=import_id, file_name="a.xlsx", key_id=key))
        writing.finish()
        return document_id


def found_by_nik(nik: str = NIK) -> list[str]:
    """Names of those whom a search by number finds, with the number that their box holds."""
    vault = open_vault()
    rows = db.session.scalars(select(Resident).where(Resident.nik_index == vault.index("nik", nik)))
    return [vault.open_json(row.box, f"resident:{row.id}")["nik"] for row in rows]


def keys() -> dict[str, tuple[int, int]]:
    return {key: (use.records, use.objects) for key, use in keys_in_use().items()}


def test_everything_that_is_sealed_changes_its_key(app: SigerFlask, village: Tenant) -> None:
    with app.app_context():
        document_id = fill(village, people=3)
        with tenant_scope(village):
            assert keys() == {"dev": (1 + 3 + 4 + 1, 4)}
            assert found_by_nik() == [NIK]
            index = db.session.scalar(select(Resident.nik_index).where(Resident.name == "SITI 0"))
        with tenant_scope(village):
            assert reseal_village("2027") == rotation.Resealed(9, 4)
        app.config["MASTER_KEYS"] = {"2027": app.config["MASTER_KEYS"]["2027"]}
        with tenant_scope(village):
            assert keys() == {"2027": (9, 4)}
            assert found_by_nik() == [NIK]
            vault = open_vault()
            assert vault.key_id == "2027"
            assert db.session.scalar(select(Resident.nik_index).where(Resident.name == "SITI 0")) != index
            household = db.session.scalars(select(Household)).one()
            assert household.kk_index == vault.index("kk", KK)
            assert vault.open_json(household.box, f"household:{household.id}") == {"kk": KK}
            event = db.session.scalars(select(LifeEvent).where(LifeEvent.resident_id.is_not(None))).first()
            assert event is not None
            assert vault.open_json(event.box, f"life_event:{event.id}")["after"]["nik"].startswith("18060145")
            request = db.session.scalars(select(DataRequest)).one()
            assert vault.open_json(request.box, f"data_request:{request.id}") == {"text": "salinan"}
            assert get_sealed(f"documents/{document_id}", vault) == SCAN
            assert get_sealed("exports/1", vault) == b"an export"
            assert set(db.session.scalars(select(ResidentDocument.key_id))) == {"2027"}
            assert set(db.session.scalars(select(ImportRun.key_id))) == {"2027"}


def test_a_second_run_finds_nothing_to_do(app: SigerFlask, village: Tenant) -> None:
    with app.app_context():
        fill(village)
        with tenant_scope(village):
            reseal_village("2027")
        with tenant_scope(village):
            assert reseal_village("2027") == rotation.Resealed(0, 0)


def test_a_village_without_residents_has_nothing_to_change(app: SigerFlask, village: Tenant) -> None:
    with app.app_context(), tenant_scope(village):
        assert reseal_village("2027") == rotation.Resealed(0, 0)


@contextmanager
def killed_at(monkeypatch: pytest.MonkeyPatch, owner: object, name: str, call: int) -> Iterator[None]:
    """The process dies when it calls this function for the given time."""
    real, calls = getattr(owner, name), iter(range(1, 1000))

    def dying(*arguments: Any) -> Any:
        if next(calls) == call:
            raise KeyboardInterrupt
        return real(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(owner, name, dying)
        with pytest.raises(KeyboardInterrupt):
            yield


def test_killed_among_the_records_nothing_has_changed_and_the_next_run_finishes(
    app: SigerFlask, village: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rotation, "ROWS", 2)
    with app.app_context():
        fill(village, people=5)
        with killed_at(monkeypatch, rotation, "_write_back", 4), tenant_scope(village):
            reseal_village("2027")
        with tenant_scope(village):
            assert keys() == {"dev": (13, 4)}
            assert found_by_nik() == [NIK]
        with tenant_scope(village):
            assert reseal_village("2027") == rotation.Resealed(13, 4)
        with tenant_scope(village):
            assert keys() == {"2027": (13, 4)}
            assert found_by_nik(str(int(NIK) + 4)) == [str(int(NIK) + 4)]


def test_killed_among_the_objects_all_can_be_read_and_the_next_run_finishes(
    app: SigerFlask, village: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    with app.app_context():
        document_id = fill(village)
        with killed_at(monkeypatch, rotation, "put_object", 3), tenant_scope(village):
            reseal_village("2027")
        with tenant_scope(village):
            assert keys()["2027"][0] == 5
            assert keys()["dev"][1] > 0
            assert get_sealed(f"documents/{document_id}", open_vault()) == SCAN
            assert get_sealed("exports/1", open_vault()) == b"an export"
        with tenant_scope(village):
            reseal_village("2027")
        with tenant_scope(village):
            assert keys() == {"2027": (5, 4)}


def test_who_writes_meanwhile_waits_and_seals_with_the_new_key(
    app: SigerFlask, village: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    under_way, may_go_on = threading.Event(), threading.Event()
    real = rotation._write_back

    def slow(*arguments: Any) -> None:
        real(*arguments)
        under_way.set()
        assert may_go_on.wait(10)

    monkeypatch.setattr(rotation, "_write_back", slow)
    wrote: list[str] = []

    def change() -> None:
        with app.app_context(), tenant_scope(village):
            reseal_village("2027")

    def write() -> None:
        with app.app_context(), tenant_scope(village):
            writing = Writing(dt.date(2026, 2, 1))
            writing.add_resident("opening", {"name": "BUDI", "sex": 1, "nik": "1806010101800003"})
            wrote.append(writing.vault.key_id)
            writing.finish()

    with app.app_context():
        fill(village)
    changing, writer = threading.Thread(target=change), threading.Thread(target=write)
    changing.start()
    assert under_way.wait(10)
    writer.start()
    with app.app_context(), tenant_scope(village):
        assert found_by_nik() == [NIK]
    writer.join(0.5)
    assert writer.is_alive()
    assert not wrote
    may_go_on.set()
    changing.join(20)
    writer.join(20)
    assert wrote == ["2027"]
    with app.app_context(), tenant_scope(village):
        assert keys() == {"2027": (7, 4)}
        assert found_by_nik("1806010101800003") == ["1806010101800003"]


def test_a_clerk_who_saves_meanwhile_waits_and_numbers_are_found_before_and_after(
    app: SigerFlask, village: Tenant, staff: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    under_way, may_go_on = threading.Event(), threading.Event()
    real = rotation._write_back

    def slow(*arguments: Any) -> None:
        real(*arguments)
        under_way.set()
        assert may_go_on.wait(10)

    monkeypatch.setattr(rotation, "_write_back", slow)
    with app.app_context():
        fill(village)
        with tenant_scope(village):
            person_id = db.session.scalars(select(Resident.id)).one()
    clerk, saving = staff(village), staff(village)
    form = {"kind": "access", "capacity": "self", "asked_by": "Siti", "contact": "", "text": ""}
    page = f"/penduduk/permintaan/penduduk/{person_id}"
    saving.get(page)
    answers: list[int] = []

    def change() -> None:
        with app.app_context(), tenant_scope(village):
            reseal_village("2027")

    def save() -> None:
        answers.append(saving.submit(page, form).status_code)

    def finds() -> bool:
        return "SITI 0" in clerk.submit("/penduduk/permintaan/baru", {"q": NIK}).text

    assert finds()
    changing, writer = threading.Thread(target=change), threading.Thread(target=save)
    changing.start()
    assert under_way.wait(10)
    writer.start()
    assert finds()
    writer.join(0.5)
    assert not answers
    may_go_on.set()
    changing.join(20)
    writer.join(20)
    assert answers == [303]
    assert finds()
    with app.app_context(), tenant_scope(village):
        assert keys() == {"2027": (6, 4)}


def test_a_writer_who_was_first_is_waited_for(app: SigerFlask, village: Tenant) -> None:
    with app.app_context():
        fill(village)
        with tenant_scope(village):
            writing = Writing(dt.date(2026, 2, 1))
            writing.add_resident("opening", {"name": "BUDI", "sex": 1, "nik": "1806010101800003"})

            def change() -> None:
                with app.app_context(), tenant_scope(village):
                    reseal_village("2027")

            changing = threading.Thread(target=change)
            changing.start()
            changing.join(0.5)
            assert changing.is_alive()
            writing.finish()
        changing.join(20)
        with tenant_scope(village):
            assert keys() == {"2027": (7, 4)}


def test_old_copies_open_under_the_old_key(app: SigerFlask, village: Tenant) -> None:
    with app.app_context():
        document_id = fill(village)
        with tenant_scope(village):
            path = object_path(f"documents/{document_id}")
            backup = get_object(path)
            row = db.session.scalars(select(Resident)).one()
            box, resident_id = row.box, row.id
            reseal_village("2027")
        with tenant_scope(village):
            put_object(path, backup)
            assert get_sealed(f"documents/{document_id}", open_vault()) == SCAN
            # A row that came back out of an old dump: the next run takes it up.
            db.session.execute(update(Resident).values(box=box))
            db.session.commit()
            assert open_vault().open_json(box, f"resident:{resident_id}")["nik"] == NIK
            assert keys()["dev"][0] == 1
        with tenant_scope(village):
            assert reseal_village("2027") == rotation.Resealed(1, 1)


def test_what_does_not_open_stops_the_village_and_changes_nothing(app: SigerFlask, village: Tenant) -> None:
    with app.app_context():
        fill(village)
        with tenant_scope(village):
            damaged = func.set_byte(Resident.box, func.length(Resident.box) - 1, 0)
            db.session.execute(update(Resident).values(box=damaged))
            db.session.commit()
        with tenant_scope(village), pytest.raises(SealBroken):
            reseal_village("2027")
        with tenant_scope(village), pytest.raises(UnknownKey):
            reseal_village("2029")
        with tenant_scope(village):
            assert keys() == {"dev": (5, 4)}
            assert db.session.scalar(select(VillageState.key_id)) == "dev"


@pytest.fixture
def command(app: SigerFlask, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Runs `siger keys …` on this test's application."""
    monkeypatch.setattr("app.commands.keys.application", app.app_context)
    return lambda *words: CliRunner().invoke(main, ["keys", *words])


def test_commands_change_a_village_and_tell_what_needs_which_key(
    app: SigerFlask, village: Tenant, command: Callable[..., Any]
) -> None:
    with app.app_context():
        fill(village)
    before = command("status", "--village", village.slug)
    assert before.exit_code == 0
    assert "seals and opens" in before.output
    done = command("rotate", "--village", village.code, "--to", "2027")
    assert done.exit_code == 0
    assert "5 records, 4 objects" in done.output
    after = command("status", "--village", village.slug)
    line = next(line for line in after.output.splitlines() if line.startswith("2027"))
    assert line.split()[:4] == ["2027", "1", "5", "4"]
    app.config["MASTER_KEYS"] = {"dev": app.config["MASTER_KEYS"]["dev"]}
    lacking = command("status", "--village", village.slug)
    assert lacking.exit_code == 1
    assert "MASTER_KEYS lacks 2027" in lacking.output
    assert base64.b64encode(bytes(range(32))).decode()[:16] not in lacking.output


def test_commands_refuse_what_is_unclear(village: Tenant, command: Callable[..., Any]) -> None:
    assert command("rotate").exit_code == 2
    assert command("rotate", "--all", "--village", village.code).exit_code == 2
    unknown = command("rotate", "--village", village.code, "--to", "2031")
    assert unknown.exit_code == 1
    assert "does not hold the key '2031'" in unknown.output
    assert command("rotate", "--village", "99").exit_code == 1


def test_all_villages_are_a_job_of_the_worker(
    app: SigerFlask, make_village: Callable[[], Tenant], command: Callable[..., Any]
) -> None:
    villages = [make_village(), make_village()]
    with app.app_context():
        for village in villages:
            fill(village)
    asked = command("rotate", "--all", "--to", "2028")
    assert asked.exit_code == 0
    assert "the worker changes their key to 2028" in asked.output
    settle(app)
    with app.app_context():
        for village in villages:
            with tenant_scope(village):
                assert keys() == {"2028": (5, 4)}
        with platform_scope():
            ids = [village.id for village in villages]
            states = select(JobItem.state).where(JobItem.tenant_id.in_(ids)).distinct()
            assert list(db.session.scalars(states)) == ["done"]
        with tenant_scope(villages[0]):
            row = db.session.scalars(select(Resident)).one()
            assert row.box is not None
            assert key_of(row.box) == "2028"
