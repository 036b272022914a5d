"""A person's rights (Law 27/2022): a copy of one's own data, and corrections."""

from __future__ import annotations

import datetime as dt
import io
import json
import re
import uuid
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import select, update

from app.core.hosting import SigerFlask
from app.core.privacy.vault import open_vault
from app.core.village.models import SubArea
from app.extensions import db
from app.government.residents.documents.services import add_document, set_photo
from app.government.residents.models import (
    DataRequest,
    Household,
    Resident,
    ResidentDocument,
)
from app.government.residents.register.services import change_household
from tenants.models import now
from tenants.scope import Tenant, tenant_scope
from tests.support.images import picture
from tests.support.residents import a_family, a_resident
from tests.support.rights import ASKED, NIK, a_known_woman, asked, entries

Staff = Callable[..., Any]


@pytest.fixture
def siti(app: SigerFlask, village: Tenant) -> uuid.UUID:
    """A woman of the register, about whom much is known."""
    return a_known_woman(app, village)


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


def test_one_archive_holds_the_lists_and_the_papers_themselves(
    app: SigerFlask, village: Tenant, staff: Staff
) -> None:
    household, (head, wife, _child) = a_family(app, village)
    with app.app_context(), tenant_scope(village):
        area = SubArea(kind="sub_area", name="Dusun Sejahtera")
        db.session.add(area)
        db.session.commit()
        change_household(household, {"sub_area_id": area.id}, pass_on=True)
        add_document(picture("JPEG"), "identity_card", "KTP", resident_id=head)
        family_card = add_document(picture("PNG"), "family_card", "", household_id=household).id
        add_document(picture("JPEG"), "diploma", "Bukan miliknya", resident_id=wife)
        set_photo(head, picture("JPEG"))
        gone = ResidentDocument(
            resident_id=head, kind="other", title="Hilang", media_type="image/jpeg", size=9, sha256=b"x",
            key_id=open_vault(for_writing=True).key_id,
        )  # fmt: skip
        db.session.add(gone)
        db.session.commit()
    clerk = staff(village)
    clerk.get(f"/penduduk/dokumen/{family_card}")
    path = asked(clerk, head)
    assert "Unduh semuanya (ZIP)" in clerk.get(path).text
    archive = zipfile.ZipFile(io.BytesIO(copy_of(clerk, path, "zip").data))
    data = json.loads(archive.read("data-pribadi.json"))
    assert archive.read("data-pribadi.pdf").startswith(b"%PDF-")
    papers = {paper["kind"]: paper for paper in data["documents"]}
    assert set(papers) == {"identity_card", "family_card", "photo", "other"}
    assert papers["other"]["file"] is None
    assert papers["family_card"]["of"] == "household"
    for kind in ("identity_card", "family_card", "photo"):
        assert archive.read(papers[kind]["file"]).startswith(b"\xff\xd8")
    assert len(archive.namelist()) == 6
    assert "resident_document.viewed" in {look["action"] for look in data["access_log"]}
    assert any("Dusun Sejahtera" in str(event["after"]) for event in data["events"])
    (moved,) = [event for event in data["household_events"] if "sub_area_id" in event["after"]]
    assert "Dusun Sejahtera" in moved["after"]["sub_area_id"]
    assert str(area.id) not in json.dumps([data["events"], data["household_events"]])
    (entry,) = entries(app, village, "data_request.copy_made")
    assert entry.details["file_format"] == "zip"
