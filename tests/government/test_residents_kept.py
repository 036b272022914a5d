"""What was removed, deleted or ended stays so: undoing over it is refused, and old reports keep their areas."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from app.core.privacy.models import VillageState
from app.core.village.models import SubArea
from app.extensions import db
from app.government.residents import codes, ledger
from app.government.residents.checking import differences
from app.government.residents.derive import ANONYMOUS
from app.government.residents.events.deeds import Occasion
from app.government.residents.events.services import (
    leave_village,
    merge_households,
    move_area,
    register_death,
)
from app.government.residents.models import DataRequest, LifeEvent, Resident
from app.government.residents.register import services
from app.government.residents.rights import retention
from app.government.residents.rights.retention import remove_what_is_over
from app.government.residents.writing import today
from tenants.models import now
from tenants.scope import Tenant, tenant_scope
from tests.core.test_api_village import program_of
from tests.support.events import by_name, recorded, resident, submit, told
from tests.support.images import picture
from tests.support.imports import FAMILY, HEADER, carry_out
from tests.support.residents import ACCEPTED, a_family, a_household, a_resident
from tests.support.rights import asked
from tests.support.work import settle
from tests.support.workbooks import xlsx

LONG_AGO = dt.date(2015, 1, 1)
DIED = dt.date(2017, 1, 1)
Staff = Callable[..., Any]


@pytest.fixture
def clerk(village: Tenant, staff: Staff) -> Any:
    """The village's secretary, signed in."""
    return staff(village)


@pytest.fixture(autouse=True)
def _books_agree(app: Flask, village: Tenant) -> Any:
    yield
    with app.app_context(), tenant_scope(village):
        assert list(differences(sealed=True)) == []


def _retain(app: Flask, village: Tenant) -> int:
    """Keep for a year only, and remove what is over."""
    with app.app_context(), tenant_scope(village):
        db.session.execute(update(VillageState).values(settings={retention.SETTING: 1}))
        db.session.commit()
        return remove_what_is_over()


def _die(app: Flask, village: Tenant, person: uuid.UUID, heir: uuid.UUID | None = None) -> None:
    with app.app_context(), tenant_scope(village):
        register_death(person, occasion=Occasion(DIED, note="surat"), new_head_id=heir)


def _undone(clerk: Any, deed: uuid.UUID) -> str:
    answer = clerk.submit(f"/penduduk/peristiwa/{deed}/batal", {})
    assert answer.status_code == 303
    return told(clerk.get(answer.headers["Location"]))


def _area(app: Flask, village: Tenant, name: str) -> uuid.UUID:
    with app.app_context(), tenant_scope(village):
        area = SubArea(kind="sub_area", name=name)
        db.session.add(area)
        db.session.commit()
        return area.id


def _deed(app: Flask, village: Tenant, **about: Any) -> uuid.UUID:
    with app.app_context(), tenant_scope(village):
        return db.session.scalars(select(LifeEvent.deed_id).filter_by(**about).order_by(LifeEvent.id)).first()


# -- retention ----------------------------------------------------------------------------------------------------


def test_what_retention_removed_is_not_undone(app: Flask, village: Tenant, clerk: Any) -> None:
    home = a_household(app, village, happened_on=LONG_AGO)
    head = a_resident(app, village, household_id=home, relation=1, happened_on=LONG_AGO)
    _die(app, village, head)
    assert _retain(app, village) == 1
    deed = _deed(app, village, household_id=home, kind="household_opening")
    assert "lewat masa simpan" in _undone(clerk, deed)
    with app.app_context(), tenant_scope(village):
        assert ledger.households(ledger.totals()) == 0
        wrote = select(LifeEvent).where(LifeEvent.household_id == home, LifeEvent.undone_at.is_not(None))
        assert db.session.scalars(wrote).all() == []
        counted = select(LifeEvent.deed_id).where(LifeEvent.household_id == home, LifeEvent.to_cell == 10)
        deed = db.session.scalars(counted).one()
    assert "lewat masa simpan" in _undone(clerk, deed)


def test_nothing_older_than_a_removed_note_is_undone(app: Flask, village: Tenant, clerk: Any) -> None:
    home = a_household(app, village, happened_on=LONG_AGO)
    head = a_resident(app, village, household_id=home, relation=1, happened_on=LONG_AGO)
    with app.app_context(), tenant_scope(village):
        services.change_household(home, {"address": "Jalan Baru"})
        older = db.session.scalars(
            select(LifeEvent).where(LifeEvent.household_id == home, LifeEvent.resident_id.is_(None))
            .order_by(LifeEvent.id.desc()).limit(1)
        ).one()  # fmt: skip
        deed, line = older.deed_id, older.id
    _die(app, village, head)
    assert _retain(app, village) == 1
    with app.app_context(), tenant_scope(village):
        # The older line as it would be if only the newer ones had been emptied.
        db.session.execute(update(LifeEvent).where(LifeEvent.id == line).values(details={}, from_cell=None))
        db.session.commit()
    assert "lewat masa simpan" in _undone(clerk, deed)


def test_retention_leaves_the_notes_of_the_living_alone(app: Flask, village: Tenant, clerk: Any) -> None:
    _home, (head, wife, child) = a_family(app, village, happened_on=LONG_AGO)
    other = a_household(app, village, happened_on=LONG_AGO)
    with app.app_context(), tenant_scope(village):
        services.change_resident(wife, {"phone": "0812-7777-6666"}, acceptance=ACCEPTED)
    _die(app, village, head, heir=wife)
    with app.app_context(), tenant_scope(village):
        day = Occasion(dt.date(2018, 1, 1), note="surat")
        merge_households([wife, child], other, occasion=day, relations={wife: 1})
    assert _retain(app, village) == 1
    with app.app_context(), tenant_scope(village):
        lines = db.session.scalars(select(LifeEvent).where(LifeEvent.resident_id == wife)).all()
        assert len(lines) > 3
        assert all(line.box is not None and "removed" not in line.details for line in lines)
    assert "Nomor ponsel" in clerk.get(f"/penduduk/{wife}").text


def test_invalid_entries_are_emptied_too_and_open_requests_closed(
    app: Flask, village: Tenant, clerk: Any
) -> None:
    wrong = a_resident(app, village, name="SALAH KETIK", happened_on=LONG_AGO)
    dead = a_resident(app, village, name="MATI LAMA", happened_on=LONG_AGO)
    path = asked(clerk, dead)
    assert "tidak dihitung lagi" in _undone(clerk, _deed(app, village, resident_id=wrong))
    _die(app, village, dead)
    assert _retain(app, village) == 1
    assert resident(app, village, wrong).name == "SALAH KETIK"
    with app.app_context(), tenant_scope(village):
        before = now() - dt.timedelta(days=370)
        db.session.execute(update(Resident).where(Resident.id == wrong).values(updated_at=before))
        db.session.commit()
    assert _retain(app, village) == 1
    assert resident(app, village, wrong).name == ANONYMOUS
    page = clerk.get(path)
    assert "lewat masa simpan" in page.text
    with app.app_context(), tenant_scope(village):
        request = db.session.scalars(select(DataRequest)).one()
        assert (request.state, request.answered_at is not None) == ("refused", True)


def test_of_somebody_removed_nothing_is_shown_added_or_changed(
    app: Flask, village: Tenant, clerk: Any
) -> None:
    person = a_resident(app, village, happened_on=LONG_AGO)
    page = clerk.get(f"/penduduk/{person}").text
    assert "Tambah dokumen" in page
    assert f"/penduduk/{person}/nomor" in page
    _die(app, village, person)
    _retain(app, village)
    page = clerk.get(f"/penduduk/{person}").text
    assert "Tambah dokumen" not in page
    assert f"/penduduk/{person}/nomor" not in page
    home = a_resident(app, village)
    form = f"/penduduk/{home}/ubah"
    assert clerk.submit(f"/penduduk/{person}/nomor", {"reason": "service"}, form=form).status_code == 404
    assert clerk.get(f"/penduduk/{person}/ubah").status_code == 404
    assert (
        clerk.submit(f"/penduduk/{person}/ubah", {"name": "SIAPA", "sex": "1"}, form=form).status_code == 404
    )
    for path in ("dokumen/tambah", "foto/ubah"):
        assert clerk.get(f"/penduduk/{person}/{path}").status_code == 404
        assert clerk.submit(f"/penduduk/{person}/{path}", {"kind": "other"}, form=form).status_code == 404


# -- areas --------------------------------------------------------------------------------------------------------


def test_an_area_that_old_reports_name_stays(app: Flask, village: Tenant, clerk: Any) -> None:
    left, present, unused = (
        _area(app, village, name) for name in ("Dusun Lama", "Dusun Baru", "Dusun Kosong")
    )
    person = a_resident(app, village, sub_area_id=left, happened_on=dt.date(2026, 1, 1))
    with app.app_context(), tenant_scope(village):
        deed = move_area([person], present, occasion=Occasion(dt.date(2026, 3, 1), note="surat"))
    assert clerk.submit(f"/pengaturan/wilayah/{unused}/hapus").status_code == 303
    answer = clerk.submit(f"/pengaturan/wilayah/{left}/hapus")
    page = answer if answer.status_code != 303 else clerk.get(answer.headers["Location"])
    assert "Dusun Lama tercatat di riwayat dan laporan penduduk" in told(page)
    with app.app_context(), tenant_scope(village):
        assert db.session.get(SubArea, left) is not None
    assert "tidak dihitung lagi" in _undone(clerk, deed)
    assert resident(app, village, person).sub_area_id == left


def test_an_undo_that_needs_a_deleted_area_is_refused(app: Flask, village: Tenant, clerk: Any) -> None:
    """Somebody who no longer counts was corrected from one area to another: no line names the first."""
    first, second = _area(app, village, "Dusun I"), _area(app, village, "Dusun II")
    person = a_resident(app, village, happened_on=dt.date(2026, 1, 1))
    with app.app_context(), tenant_scope(village):
        leave_village("missing", [person], occasion=Occasion(dt.date(2026, 2, 1), note="surat"))
        services.change_resident(person, {"sub_area_id": first}, acceptance=ACCEPTED)
        services.change_resident(person, {"sub_area_id": second}, acceptance=ACCEPTED)
        newest = select(LifeEvent.deed_id).order_by(LifeEvent.id.desc()).limit(1)
        deed = db.session.scalars(newest).one()
    assert clerk.submit(f"/pengaturan/wilayah/{first}/hapus").status_code == 303
    assert "Wilayahnya sudah dihapus" in _undone(clerk, deed)
    assert resident(app, village, person).sub_area_id == second


# -- events -------------------------------------------------------------------------------------------------------


def test_born_to_a_mother_whose_household_has_ended(app: Flask, village: Tenant, clerk: Any) -> None:
    home = a_household(app, village, happened_on=dt.date(2026, 1, 1))
    mother = a_resident(
        app, village, sex=2, household_id=home, relation=1, marital_status=2, birth_date=dt.date(1995, 1, 1),
        happened_on=dt.date(2026, 1, 1),
    )  # fmt: skip
    died = today() - dt.timedelta(days=5)
    recorded(submit(clerk, "death", person=mother, happened_on=died))
    born = {"name": "BAYI YATIM", "sex": 1, "happened_on": died - dt.timedelta(days=1)}
    answer = submit(clerk, "birth", person=mother, **born)
    assert answer.status_code == 422
    assert "Keluarga ibunya sudah tidak aktif" in told(answer)
    recorded(submit(clerk, "birth", person=mother, **born, note="lahir sebelum ibunya meninggal"))
    baby = by_name(app, village, "BAYI YATIM")
    assert (baby.household_id, baby.relation, baby.vital_status) == (None, None, codes.ALIVE)


def test_somebody_missing_is_found_dead(app: Flask, village: Tenant, clerk: Any) -> None:
    _home, (head, wife, _child) = a_family(app, village, happened_on=dt.date(2026, 1, 1))
    day = dt.date(2026, 3, 1)
    recorded(submit(clerk, "missing", person=head, happened_on=day, new_head_id=wife))
    with app.app_context(), tenant_scope(village):
        before = ledger.totals()
    assert "jenis=death" in clerk.get(f"/penduduk/{head}").text
    name = resident(app, village, head).name
    search = clerk.get(f"/penduduk/peristiwa/catat?jenis=death&cari={name}").text
    assert str(head) in search
    assert "Hilang" in search
    assert str(head) not in clerk.get(f"/penduduk/peristiwa/catat?jenis=move_out&cari={name}").text
    early = submit(clerk, "death", person=head, happened_on=day - dt.timedelta(days=1))
    assert early.status_code == 422
    deed = recorded(submit(clerk, "death", person=head, happened_on=day + dt.timedelta(days=9)))
    found = resident(app, village, head)
    assert (found.vital_status, found.vital_on) == (codes.DEAD, day + dt.timedelta(days=9))
    with app.app_context(), tenant_scope(village):
        assert ledger.totals() == before
        line = db.session.scalars(select(LifeEvent).where(LifeEvent.deed_id == deed)).one()
        assert (line.from_cell, line.to_cell) == (None, None)
        assert ledger.flows(day).flows.get("deaths") is None
    assert "tidak dihitung lagi" in _undone(clerk, deed)
    found = resident(app, village, head)
    assert (found.vital_status, found.vital_on) == (codes.MISSING, day)


def test_who_moved_away_does_not_die_here(app: Flask, village: Tenant, clerk: Any) -> None:
    person = a_resident(app, village, happened_on=dt.date(2026, 1, 1))
    recorded(
        submit(clerk, "move_out", person=person, members=str(person), target=1, happened_on="2026-03-01")
    )
    assert "jenis=death" not in clerk.get(f"/penduduk/{person}").text
    assert submit(clerk, "death", person=person).status_code == 422


def test_a_new_photo_is_not_undone(app: Flask, village: Tenant, clerk: Any) -> None:
    from app.government.residents.documents import services as documents

    person = a_resident(app, village, happened_on=dt.date(2026, 1, 1))
    with app.app_context(), tenant_scope(village):
        documents.set_photo(person, picture("JPEG"))
        documents.set_photo(person, picture("PNG"))
        newest = select(LifeEvent.deed_id).order_by(LifeEvent.id.desc()).limit(1)
        deed = db.session.scalars(newest).one()
    assert "Foto yang lama sudah dihapus" in _undone(clerk, deed)
    assert clerk.get(f"/penduduk/{person}/foto").status_code == 200


# -- imports ------------------------------------------------------------------------------------------------------


def test_taking_an_import_back_needs_the_right_to_undo(
    app: Flask, village: Tenant, clerk: Any, staff: Staff
) -> None:
    operator = staff(village, role="operator")
    url = carry_out(app, operator, xlsx(("Data", [HEADER, *FAMILY])), happened_on="2026-01-01")
    assert "batalkan" not in operator.get(url).text
    assert operator.get(f"{url}/batalkan").status_code == 403
    assert operator.submit(f"{url}/batalkan", form=url.rpartition("/")[0]).status_code == 403
    program = program_of(
        app, village, "secretary", "residents.view", "residents.view_identity", "residents.import"
    )
    run = url.rpartition("/")[2]
    assert program.send("POST", f"/api/v1/imports/{run}/undo").status_code == 403
    assert clerk.submit(f"{url}/batalkan").status_code == 303
    settle(app)
    with app.app_context(), tenant_scope(village):
        assert db.session.scalars(select(Resident)).all() == []
