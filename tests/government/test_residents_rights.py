"""A person's rights (Law 27/2022): a copy of one's own data, corrections, and an end to keeping it."""

from __future__ import annotations

import datetime as dt
import io
import json
import re
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import func, select, update

from app.core.audit.models import TenantAuditEntry
from app.core.files.storage import list_objects
from app.core.hosting import SigerFlask
from app.core.privacy.files import get_sealed, object_path, put_sealed, remove_strays
from app.core.privacy.models import VillageState
from app.core.privacy.vault import open_vault
from app.extensions import db
from app.government.residents import codes
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
from tenants.models import now
from tenants.scope import Tenant, tenant_scope
from tests.support.residents import a_family, a_resident
from tests.support.work import settle

Staff = Callable[..., Any]
ASKED = {
    "kind": "access",
    "capacity": "self",
    "asked_by": "SITI AMINAH",
    "contact": "0812-3456-7890",
    "text": "Salinan semua data saya",
}
NIK = "1806204107900011"


@pytest.fixture
def siti(app: SigerFlask, village: Tenant) -> uuid.UUID:
    """A woman of the register, about whom much is known."""
    return a_resident(
        app, village, name="SITI AMINAH", sex=2, birth_date=dt.date(1990, 7, 1), nik=NIK, religion=1,
        phone="0812-9999-8888", email="siti@contoh.test", disability=2, illness=12,
    )  # fmt: skip


def asked(browser: Any, resident_id: uuid.UUID, **values: str) -> str:
    """Write a request down; returns its page's path."""
    answer = browser.submit(f"/penduduk/permintaan/penduduk/{resident_id}", {**ASKED, **values})
    assert answer.status_code == 303, answer.text
    return str(answer.headers["Location"])


def entries(app: SigerFlask, village: Tenant, action: str) -> list[TenantAuditEntry]:
    with app.app_context(), tenant_scope(village):
        return list(db.session.scalars(select(TenantAuditEntry).where(TenantAuditEntry.action == action)))


# -- requests -----------------------------------------------------------------------------------------------------


def test_a_request_is_received_listed_and_answered(
    app: SigerFlask, village: Tenant, staff: Staff, siti: uuid.UUID
) -> None:
    clerk = staff(village, role="operator")
    assert "Tidak ada permintaan yang menunggu" in clerk.get("/penduduk/permintaan").text
    path = asked(clerk, siti)
    listed = clerk.get("/penduduk/permintaan").text
    assert "SITI AMINAH" in listed
    assert "Salinan data" in listed
    page = clerk.get(path).text
    assert "0812-3456-7890" in page
    assert "Salinan semua data saya" in page
    answered = clerk.submit(path, {"outcome": "done", "answer": "Diserahkan kepada yang bersangkutan"})
    assert answered.status_code == 303
    assert "Tidak ada permintaan yang menunggu" in clerk.get("/penduduk/permintaan").text
    closed = clerk.get("/penduduk/permintaan?keadaan=selesai").text
    assert "SITI AMINAH" in closed
    assert "Dipenuhi" in closed
    assert "Diserahkan kepada yang bersangkutan" in clerk.get(path).text
    assert [e.object_id for e in entries(app, village, "data_request.answered")] == [str(siti)]


def test_what_was_said_is_sealed(app: SigerFlask, village: Tenant, staff: Staff, siti: uuid.UUID) -> None:
    asked(staff(village), siti)
    with app.app_context(), tenant_scope(village):
        row = db.session.scalars(select(DataRequest)).one()
        assert row.box is not None
        assert b"SITI" not in row.box
        said = open_vault().open_json(row.box, f"data_request:{row.id}")
        assert said["contact"] == "0812-3456-7890"
    (entry,) = entries(app, village, "data_request.received")
    assert "0812" not in json.dumps(entry.details)


def test_a_request_can_be_answered_once(
    app: SigerFlask, village: Tenant, staff: Staff, siti: uuid.UUID
) -> None:
    one, other = staff(village), staff(village)
    path = asked(one, siti)
    form = {"outcome": "done", "answer": "Sudah"}
    other.get(path)
    assert one.submit(path, form).status_code == 303
    second = other.submit(path, {**form, "answer": "Belum"}, form="/penduduk/permintaan/baru")
    assert second.status_code == 303
    page = other.get(path).text
    assert "sudah dijawab orang lain" in page
    assert "Sudah" in page


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"asked_by": ""}, "Wajib diisi."),
        ({"kind": "delete"}, "Pilih salah satu"),
        ({"kind": "correction", "text": ""}, "Tulis data mana yang salah"),
        ({"text": "x" * 2001}, "Terlalu panjang"),
    ],
)
def test_a_bad_request_comes_back_with_its_sentence(
    village: Tenant, staff: Staff, siti: uuid.UUID, values: dict[str, str], sentence: str
) -> None:
    answer = staff(village).submit(f"/penduduk/permintaan/penduduk/{siti}", {**ASKED, **values})
    assert answer.status_code == 422
    assert sentence in answer.text


def test_whom_it_is_about_is_found_by_name_or_number_and_no_number_stands_in_an_address(
    village: Tenant, staff: Staff, siti: uuid.UUID
) -> None:
    clerk = staff(village)
    for words in ("aminah sit", NIK, "1806 2041 0790 0011"):
        found = clerk.submit("/penduduk/permintaan/baru", {"q": words})
        assert found.status_code == 200
        assert f"/penduduk/permintaan/penduduk/{siti}" in found.text, words
    assert "Tidak ditemukan" in clerk.submit("/penduduk/permintaan/baru", {"q": NIK[:15]}).text


def test_a_late_request_says_so(app: SigerFlask, village: Tenant, staff: Staff, siti: uuid.UUID) -> None:
    clerk = staff(village)
    path = asked(clerk, siti)
    with app.app_context(), tenant_scope(village):
        db.session.execute(update(DataRequest).values(created_at=now() - dt.timedelta(hours=73)))
        db.session.commit()
    assert "Lewat tenggat" in clerk.get("/penduduk/permintaan").text
    assert "Tenggatnya sudah lewat" in clerk.get(path).text


def test_a_correction_leads_to_the_edit_form(village: Tenant, staff: Staff, siti: uuid.UUID) -> None:
    clerk = staff(village)
    path = asked(clerk, siti, kind="correction", text="Tanggal lahir saya 2 Juli 1990")
    page = clerk.get(path).text
    assert f"/penduduk/{siti}/ubah" in page
    assert "Unduh" not in page
    assert clerk.submit(f"{path}/salinan", {"format": "json"}, form=path).status_code == 404


def test_pages_are_for_those_who_handle_requests(
    make_village: Callable[[], Tenant], staff: Staff, app: SigerFlask
) -> None:
    village, elsewhere = make_village(), make_village()
    siti = a_resident(app, village, name="SITI AMINAH")
    path = asked(staff(village), siti)
    for role in ("treasurer", "section_staff", "village_head"):
        person = staff(village, role=role)
        for page in ("/penduduk/permintaan", path, f"/penduduk/permintaan/penduduk/{siti}"):
            assert person.get(page).status_code == 403, (role, page)
        assert person.get("/penduduk/pengaturan").status_code == 403
    assert staff(village, role="operator").get("/penduduk/pengaturan").status_code == 403
    stranger = staff(elsewhere)
    assert stranger.get(path.replace(village.slug, elsewhere.slug)).status_code == 404
    assert stranger.get(f"/penduduk/permintaan/penduduk/{siti}").status_code == 404


def test_the_list_takes_few_queries(
    app: SigerFlask, village: Tenant, staff: Staff, siti: uuid.UUID, count_queries: Any
) -> None:
    clerk = staff(village)
    for _number in range(27):
        asked(clerk, siti)
    clerk.get("/penduduk/permintaan")
    with count_queries(at_most=8):
        first = clerk.get("/penduduk/permintaan")
    following = re.search(r'rel="next" href="([^"]+)"', first.text)
    assert following is not None
    rest = clerk.get(following[1].replace("&amp;", "&")).text
    assert rest.count('<th scope="row">') == 2


# -- the copy -----------------------------------------------------------------------------------------------------


def copy_of(browser: Any, path: str, shape: str) -> Any:
    answer = browser.submit(f"{path}/salinan", {"format": shape}, form=path)
    answer.get_data()
    answer.close()
    return answer


def test_the_copy_holds_everything_in_a_form_for_machines(
    app: SigerFlask, village: Tenant, staff: Staff
) -> None:
    household, (head, *_rest) = a_family(app, village)
    clerk = staff(village)
    with app.app_context(), tenant_scope(village):
        vault = open_vault(for_writing=True)
        db.session.add(
            ResidentDocument(
                resident_id=head, kind="identity_card", title="KTP", media_type="image/jpeg", size=9, sha256=b"x",
                key_id=vault.key_id,
            )
        )  # fmt: skip
        kk = vault.open_json(db.session.get_one(Household, household).box, f"household:{household}")["kk"]
        nik = vault.open_json(db.session.get_one(Resident, head).box, f"resident:{head}")["nik"]
        db.session.commit()
    path = asked(clerk, head)
    answer = copy_of(clerk, path, "json")
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert "attachment" in answer.headers["Content-Disposition"]
    data = json.loads(answer.data)
    assert data["resident"]["nik"]["value"] == nik
    assert data["resident"]["birth_date"]["value"] == "1980-05-17"
    assert data["household"]["kk"]["value"] == kk
    assert [event["kind"] for event in data["events"]] == ["opening"]
    assert data["events"][0]["after"]["nik"] == nik
    assert data["documents"][0]["title"] == "KTP"
    assert data["requests"][0]["asked_by"] == "SITI AMINAH"
    assert "data_request.received" in {look["action"] for look in data["access_log"]}
    fields = {column.key for column in Resident.__mapper__.column_attrs}
    assert {"name", "religion", "occupation", "registered_address", "notes"} <= data[
        "resident"
    ].keys() & fields


def test_the_copy_can_be_read_by_people_too(village: Tenant, staff: Staff, siti: uuid.UUID) -> None:
    clerk = staff(village)
    path = asked(clerk, siti)
    book = CalamineWorkbook.from_filelike(io.BytesIO(copy_of(clerk, path, "xlsx").data))
    cells = {str(row[1]): str(row[2]) for row in book.get_sheet_by_index(0).to_python() if len(row) > 2}
    assert cells["NIK"] == NIK
    assert cells["Agama"] == "Islam"
    assert cells["Disabilitas"] == "Netra/buta"
    assert cells["Surel"] == "siti@contoh.test"
    assert copy_of(clerk, path, "pdf").data.startswith(b"%PDF-")
    assert copy_of(clerk, path, "docx").status_code == 400


def test_making_a_copy_is_noted_with_its_reason_and_the_next_copy_tells_of_it(
    app: SigerFlask, village: Tenant, staff: Staff, siti: uuid.UUID
) -> None:
    clerk = staff(village)
    path = asked(clerk, siti)
    copy_of(clerk, path, "json")
    (entry,) = entries(app, village, "data_request.copy_made")
    assert entry.object_id == str(siti)
    assert entry.actor_name == clerk.name
    assert "Permintaan data pribadi tanggal" in entry.details["reason"]
    looks = json.loads(copy_of(clerk, path, "json").data)["access_log"]
    assert any(look["action"] == "data_request.copy_made" and look["who"] == clerk.name for look in looks)


def test_health_data_is_for_those_who_may_see_it(
    app: SigerFlask, village: Tenant, staff: Staff, siti: uuid.UUID
) -> None:
    secretary, operator = staff(village), staff(village, role="operator")
    path = asked(secretary, siti)
    whole = json.loads(copy_of(secretary, path, "json").data)
    assert whole["resident"]["illness"]["text"] == "TBC"
    assert whole["events"][0]["after"]["illness"] == 12
    part = copy_of(operator, path, "json").data
    assert b"illness" not in part
    assert b"disability" not in part
    assert json.loads(part)["with_health"] is False
    assert "Data kesehatan tidak ikut" in operator.get(path).text


# -- how long data is kept ----------------------------------------------------------------------------------------


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
            "created_at", "updated_at",
        }  # fmt: skip
        assert person.name == ANONYMOUS
        assert list_objects(object_path("documents")) == []
        assert db.session.scalar(select(func.count()).select_from(ResidentDocument)) == 0
        assert set(db.session.scalars(select(LifeEvent.box))) == {None}
        death = db.session.scalars(select(LifeEvent).where(LifeEvent.kind == "death")).one()
        assert death.details == {"cause": 1}
        assert db.session.scalars(select(DataRequest.box)).all() == [None]
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
