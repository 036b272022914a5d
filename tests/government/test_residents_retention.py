"""How long the register keeps who died or left (Law 27/2022, Art. 16 and 44), and that no sum changes by it."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, select, update

from app.core.files.storage import list_objects
from app.core.hosting import SigerFlask
from app.core.privacy.files import get_sealed, object_path, put_sealed, remove_strays
from app.core.privacy.models import VillageState
from app.core.privacy.vault import open_vault
from app.extensions import db
from app.government.residents import codes
from app.government.residents.checking import differences
from app.government.residents.derive import ANONYMOUS
from app.government.residents.events.deeds import Occasion
from app.government.residents.events.services import move_out, return_home, undo_deed
from app.government.residents.models import (
    DataRequest,
    Household,
    LifeEvent,
    Resident,
    ResidentDocument,
)
from app.government.residents.register.errors import Refused
from app.government.residents.rights import retention
from app.government.residents.rights.retention import remove_what_is_over
from app.government.residents.writing import Writing
from tenants.scope import Tenant, tenant_scope
from tests.support.residents import a_family, a_resident
from tests.support.rights import a_known_woman, asked, entries
from tests.support.work import settle

Staff = Callable[..., Any]


@pytest.fixture
def siti(app: SigerFlask, village: Tenant) -> uuid.UUID:
    """A woman of the register, about whom much is known."""
    return a_known_woman(app, village)


def leave(app: SigerFlask, village: Tenant, resident_id: uuid.UUID, status: int, day: dt.date) -> None:
    """Somebody dies (2), moves (3) or leaves (6)."""
    kind = {codes.DEAD: "death", codes.MOVED: "move_out", codes.LEFT: "left", codes.MISSING: "missing"}[
        status
    ]
    with app.app_context(), tenant_scope(village):
        writing = Writing(day)
        person = db.session.get_one(Resident, resident_id)
        details = {"place": "RSUD Kota Agung", "cause": 1}
        writing.change_resident(kind, person, {"vital_status": status, "vital_on": day}, details)
        writing.finish()


def years_ago(years: int, days: int = 0) -> dt.date:
    day = dt.datetime.now(dt.UTC).date()
    return day.replace(year=day.year - years, day=min(day.day, 28)) - dt.timedelta(days=days)


def choose(browser: Any, years: int, **more: str) -> Any:
    page = browser.get("/penduduk/pengaturan").text
    version = re.search(r'name="row_version" value="([^"]+)"', page)
    assert version is not None
    return browser.submit("/penduduk/pengaturan", {"years": str(years), "row_version": version[1], **more})


def sums(app: SigerFlask, village: Tenant) -> list[Any]:
    """The ledger's lines as every total adds them up."""
    with app.app_context(), tenant_scope(village):
        columns = (
            LifeEvent.month,
            LifeEvent.from_cell,
            LifeEvent.to_cell,
            LifeEvent.from_area_id,
            LifeEvent.kind,
        )
        rows = db.session.execute(select(*columns, func.count()).group_by(*columns)).all()
        return sorted(map(str, rows))


def test_who_died_or_left_long_ago_is_emptied_and_no_sum_changes(
    app: SigerFlask, village: Tenant, staff: Staff
) -> None:
    long_ago = dt.date(2015, 1, 1)
    people = {
        name: a_resident(app, village, name=name, nik="", happened_on=long_ago)
        for name in ("MATI LAMA", "MATI BARU", "PINDAH LAMA", "PERGI LAMA", "HILANG LAMA", "HIDUP")
    }
    leave(app, village, people["MATI LAMA"], codes.DEAD, years_ago(5, 1))
    leave(app, village, people["MATI BARU"], codes.DEAD, years_ago(4))
    leave(app, village, people["PINDAH LAMA"], codes.MOVED, years_ago(6))
    leave(app, village, people["PERGI LAMA"], codes.LEFT, years_ago(7))
    leave(app, village, people["HILANG LAMA"], codes.MISSING, years_ago(8))
    secretary = staff(village)
    page = secretary.get("/penduduk/pengaturan").text
    assert re.search(r"5 tahun\s*<small>Malam ini data 3 orang dihapus", page)
    assert choose(secretary, 5).status_code == 422
    assert choose(secretary, 5, understood="1").status_code == 303
    before = sums(app, village)
    with app.app_context(), tenant_scope(village):
        assert remove_what_is_over() == 3
    assert sums(app, village) == before
    with app.app_context(), tenant_scope(village):
        names = set(db.session.scalars(select(Resident.name)))
        assert names == {ANONYMOUS, "MATI BARU", "HILANG LAMA", "HIDUP"}
        assert remove_what_is_over() == 0
    (entry,) = entries(app, village, "residents.retention_applied")
    assert (entry.actor_name, entry.details["count"]) == ("", 3)


def test_nothing_that_says_who_it_was_is_left(
    app: SigerFlask, village: Tenant, staff: Staff, siti: uuid.UUID
) -> None:
    asked(staff(village), siti)
    leave(app, village, siti, codes.DEAD, years_ago(3))
    with app.app_context(), tenant_scope(village):
        vault = open_vault(for_writing=True)
        document_id = uuid.uuid4()
        for path in (f"documents/{document_id}/whole", f"documents/{document_id}/small"):
            digest = put_sealed(path, b"a scan", vault)
        db.session.add(
            ResidentDocument(
                id=document_id, resident_id=siti, kind="other", media_type="image/jpeg", size=6, sha256=digest,
                key_id=vault.key_id,
            )
        )  # fmt: skip
        db.session.commit()
    assert choose(staff(village), 2, understood="1").status_code == 303
    with app.app_context(), tenant_scope(village):
        assert remove_what_is_over() == 1
        person = db.session.get_one(Resident, siti)
        kept = {c.key: getattr(person, c.key) for c in Resident.__mapper__.column_attrs}
        known = {name for name, value in kept.items() if value not in (None, "", 0)}
        assert known == {
            "id", "name", "sex", "nationality", "residence_status", "vital_status", "vital_on", "row_version",
            "created_at", "updated_at", "missing_count",
        }  # fmt: skip
        assert person.name == ANONYMOUS
        assert list(differences(sealed=True)) == []
        assert list_objects(object_path("documents")) == []
        assert db.session.scalar(select(func.count()).select_from(ResidentDocument)) == 0
        assert set(db.session.scalars(select(LifeEvent.box))) == {None}
        death = db.session.scalars(select(LifeEvent).where(LifeEvent.kind == "death")).one()
        assert death.details == {"cause": 1, "removed": True}
        request = db.session.scalars(select(DataRequest)).one()
        assert set(open_vault().open_json(request.box, f"data_request:{request.id}")) == {"answer"}
        assert db.session.scalar(select(VillageState.register_version)) > 1
    assert staff(village).get(f"/penduduk/permintaan/penduduk/{siti}").status_code == 404


def test_a_family_that_moved_away_takes_its_card_with_it(
    app: SigerFlask, village: Tenant, staff: Staff
) -> None:
    household, members = a_family(app, village, happened_on=dt.date(2015, 1, 1))
    with app.app_context(), tenant_scope(village):
        writing = Writing(years_ago(3))
        for member in members:
            person = db.session.get_one(Resident, member)
            values = {"vital_status": codes.MOVED, "vital_on": years_ago(3)}
            writing.change_resident("move_out", person, values)
        writing.change_household(
            "household_moved_out", db.session.get_one(Household, household), {"state": "left"}
        )
        writing.finish()
    choose(staff(village), 1, understood="1")
    with app.app_context(), tenant_scope(village):
        assert remove_what_is_over() == 3
        row = db.session.get_one(Household, household)
        assert (row.box, row.kk_index, row.address, row.head_id) == (None, None, "", None)
        assert set(db.session.scalars(select(LifeEvent.box))) == {None}
        assert population_now() == 0


def population_now() -> int:
    """How many people the ledger counts at the end of this month."""
    ins = func.count().filter(LifeEvent.to_cell < 8)
    outs = func.count().filter(LifeEvent.from_cell < 8)
    return int(db.session.scalar(select(ins - outs).where(LifeEvent.undone_at.is_(None))) or 0)


def test_by_default_nothing_is_ever_removed(app: SigerFlask, village: Tenant, siti: uuid.UUID) -> None:
    leave(app, village, siti, codes.DEAD, years_ago(30))
    with app.app_context(), tenant_scope(village):
        assert remove_what_is_over() == 0
        assert db.session.get_one(Resident, siti).name == "SITI AMINAH"


def test_two_who_choose_at_once_do_not_overwrite_each_other(village: Tenant, staff: Staff) -> None:
    one, other = staff(village), staff(village)
    page = other.get("/penduduk/pengaturan").text
    version = re.search(r'name="row_version" value="([^"]+)"', page)
    assert version is not None
    assert choose(one, 5, understood="1").status_code == 303
    form = {"years": "1", "understood": "1", "row_version": version[1]}
    second = other.submit("/penduduk/pengaturan", form)
    assert second.status_code == 409
    assert "Orang lain baru saja mengubah masa simpan" in second.text
    assert choose(other, 4, understood="1").status_code == 422


def test_the_nightly_job_does_it_in_every_village(
    app: SigerFlask, village: Tenant, staff: Staff, siti: uuid.UUID
) -> None:
    from tenants import jobs
    from tenants.scope import platform_scope

    leave(app, village, siti, codes.MOVED, years_ago(2, 5))
    choose(staff(village), 2, understood="1")
    with app.app_context(), platform_scope():
        jobs.enqueue("residents.retain_all")
        db.session.commit()
    settle(app)
    with app.app_context(), tenant_scope(village):
        assert db.session.get_one(Resident, siti).name == ANONYMOUS


def test_objects_that_no_row_knows_are_removed_after_a_day(app: SigerFlask, village: Tenant) -> None:
    with app.app_context(), tenant_scope(village):
        vault = open_vault(for_writing=True)
        put_sealed(f"documents/{uuid.uuid4()}", b"a scan", vault)
        put_sealed("exports/1", b"an export", vault)
        db.session.commit()
        assert remove_strays() == 0
        assert remove_strays(age=dt.timedelta(seconds=-5)) == 1
        assert get_sealed("exports/1", vault) == b"an export"


def test_retention_never_names_the_living(app: SigerFlask, village: Tenant, siti: uuid.UUID) -> None:
    with app.app_context(), tenant_scope(village):
        db.session.execute(update(Resident).values(vital_on=dt.date(1950, 1, 1)))
        db.session.execute(update(VillageState).values(settings={retention.SETTING: 1}))
        db.session.commit()
        assert retention.retention().affected[1] == 0
        assert remove_what_is_over() == 0


def test_what_was_removed_is_not_brought_back_by_undoing_or_returning(
    app: SigerFlask, village: Tenant, staff: Staff
) -> None:
    one, other = (a_resident(app, village, happened_on=dt.date(2015, 1, 1)) for _number in range(2))
    with app.app_context(), tenant_scope(village):
        move_out([one], occasion=Occasion(years_ago(3)), target=4)
        move_out([other], occasion=Occasion(years_ago(3)), target=4)
        deed_id = db.session.scalars(select(LifeEvent.deed_id).where(LifeEvent.kind == "move_out")).first()
        assert deed_id is not None
    choose(staff(village), 1, understood="1")
    before = sums(app, village)
    with app.app_context(), tenant_scope(village):
        assert remove_what_is_over() == 2
        with pytest.raises(Refused, match="lewat masa simpan"):
            undo_deed(deed_id)
        with pytest.raises(Refused, match="lewat masa simpan"):
            return_home([one], occasion=Occasion(years_ago(1)))
    assert sums(app, village) == before
