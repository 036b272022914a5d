"""An archive of a village is brought into another deployment and is, in content, what it was."""

from __future__ import annotations

import datetime as dt
import io
import zipfile

import pytest
from sqlalchemy import delete, func, select

from app.core.accounts.models import Membership, VillageRole
from app.core.audit.sealing import seal_chain
from app.core.audit.verification import verify_chain
from app.core.files.storage import get_object
from app.core.notifications import declare_event, notify
from app.core.notifications.models import Notification
from app.core.notifications.sending import send_waiting
from app.core.notifications.whatsapp import RecordingGateway
from app.core.privacy.vault import open_vault
from app.demo import archives_life
from app.extensions import db
from app.government.letters.models import Letter
from app.government.letters.verification.tokens import token_text
from app.government.residents.checking import differences
from app.government.residents.models import Resident
from app.government.selfservice.accounts.boxes import write_box
from app.government.selfservice.models import PortalAccount
from app.province.archives import layout, services
from app.province.archives.age import AgeReader
from app.province.archives.models import VillageArchive
from app.province.archives.reading import open_archive
from tenants.registry import find_tenant
from tenants.scope import platform_scope, tenant_scope
from tests.province.archives.conftest import PASSPHRASE, Deployment, Lived
from tests.support.imports import FAMILY, HEADER, send
from tests.support.letters import pdf_of
from tests.support.people import staff_member
from tests.support.selfservice import an_account
from tests.support.visitors import Visitor
from tests.support.workbooks import xlsx


def nik_of(deployment: Deployment, code: str, resident_id: object) -> str:
    with deployment.app.app_context(), tenant_scope(find_tenant(code)):
        row = db.session.get_one(Resident, resident_id)
        nik: str = open_vault().open_json(row.box, f"resident:{row.id}")["nik"]
        found = db.session.scalar(
            select(Resident.id).where(Resident.nik_index == open_vault().index("nik", nik))
        )
        assert found == resident_id
        return nik


def test_a_village_is_the_same_in_another_deployment(
    here: Deployment, there: Deployment, lived: Lived
) -> None:
    code = lived.village.code
    with here.app.app_context(), tenant_scope(lived.village):
        seal_chain(grace=-dt.timedelta(seconds=5))
    archive, manifest = here.export(lived.village.id)
    done = there.bring(archive, code)

    with there.app.app_context():
        moved = find_tenant(code)
    assert moved.id != lived.village.id
    _again, second = there.export(moved.id)
    digests = {one.name: manifest.entries[one.path].sha256 for one in manifest.tables}
    assert {one.name: second.entries[one.path].sha256 for one in second.tables} == digests
    assert {e.object: e.sha256 for e in second.objects} == {e.object: e.sha256 for e in manifest.objects}
    assert done.manifest.rows == manifest.rows > 10

    assert nik_of(there, code, lived.people[0]) == nik_of(here, code, lived.people[0])
    assert pdf_of(there.app, moved, lived.letter) == pdf_of(here.app, lived.village, lived.letter)
    clerk = staff_member(there.app, moved)
    assert nik_of(there, code, lived.people[0])[:4] in clerk.get(f"/penduduk/{lived.people[0]}").text
    with there.app.app_context(), tenant_scope(moved):
        token = token_text(db.session.get_one(Letter, lived.letter).token)
        assert not list(differences(sealed=True))
    assert Visitor(there.app, f"{moved.slug}.localhost").get(f"/cek/{token}").status_code == 200
    with there.app.app_context(), tenant_scope(moved):
        report = verify_chain()
    assert report.sound, report.findings
    assert report.sealed > 0
    assert second.audit_origin == manifest.audit_origin == str(lived.village.id)


def test_an_archive_is_a_zip_that_people_can_read(here: Deployment, lived: Lived) -> None:
    archive, manifest = here.export(lived.village.id)
    with zipfile.ZipFile(io.BufferedReader(AgeReader(io.BytesIO(archive), PASSPHRASE))) as packed:
        names = packed.namelist()
        residents = packed.read("data/resident.csv").decode()
        index = packed.read("letters/index.csv").decode().splitlines()
        assert lived.village.code in packed.read("README.txt").decode()
    letters = [name for name in names if name.startswith("letters/") and name.endswith(".pdf")]
    assert len(letters) == 1
    assert index[1].endswith(letters[0])
    assert nik_of(here, lived.village.code, lived.people[0]) in residents
    assert "nik_index" not in residents
    assert set(manifest.entries) | {"manifest.json"} == set(names)


def test_a_village_that_took_in_a_workbook_is_brought_over_with_it(
    here: Deployment, there: Deployment, lived: Lived
) -> None:
    preview = send(here.app, staff_member(here.app, lived.village), xlsx(("penduduk", [HEADER, *FAMILY])))
    assert preview.startswith("/penduduk/impor/")
    archive, manifest = here.export(lived.village.id)
    assert any("/imports/" in one.object and "." in one.object for one in manifest.objects)
    there.bring(archive, lived.village.code)
    with there.app.app_context():
        moved = find_tenant(lived.village.code)
    _again, second = there.export(moved.id)
    assert {e.object: e.sha256 for e in second.objects} == {e.object: e.sha256 for e in manifest.objects}


def test_no_archive_is_made_that_no_import_would_take(
    here: Deployment, lived: Lived, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(layout, "is_object", lambda name: not name.startswith("sealed/letters/"))
    with pytest.raises(layout.ArchiveRefused, match="sealed/letters/"):
        here.export(lived.village.id)


def test_the_villages_own_roles_come_along_and_nobody_holds_them(
    here: Deployment, there: Deployment, lived: Lived
) -> None:
    with here.app.app_context(), platform_scope():
        may = ["archives.export", "letters.view", "something.unknown"]
        db.session.add(VillageRole(tenant_id=lived.village.id, name="Juru arsip", permissions=may))
        db.session.commit()
    there.bring(here.export(lived.village.id)[0], lived.village.code)
    with there.app.app_context():
        moved = find_tenant(lived.village.code)
        with platform_scope():
            (role,) = db.session.scalars(select(VillageRole).where(VillageRole.tenant_id == moved.id))
            assert (role.name, role.permissions) == ("Juru arsip", ["archives.export", "letters.view"])
            held = select(func.count()).where(Membership.tenant_id == moved.id)
            assert db.session.scalar(held) == 0


def test_the_demo_shows_an_archive_that_opens(here: Deployment, lived: Lived) -> None:
    with here.app.app_context(), platform_scope():
        db.session.execute(delete(VillageArchive))
        db.session.commit()
        assert archives_life.seed_archives() == 2
        assert archives_life.seed_archives() == 0
        ready = db.session.scalars(select(VillageArchive).where(VillageArchive.state == "ready")).one()
        sealed = get_object(services.object_path(ready.id))
    with open_archive(io.BytesIO(sealed), archives_life.PASSPHRASE) as opened:
        assert opened.manifest.rows == ready.rows


def test_what_waits_in_an_archive_is_not_sent_by_the_deployment_that_it_is_brought_to(
    here: Deployment, there: Deployment, lived: Lived, monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway = RecordingGateway()
    monkeypatch.setitem(there.app.extensions, "whatsapp", gateway)
    declare_event(
        "test.archived", "Kejadian uji", "Kabar {nomor}", "Ada kabar {nomor}.", ("whatsapp",), "resident",
        {"nomor": "nomor"},
    )  # fmt: skip
    account_id = an_account(here.app, lived.village, lived.people[0])

    def tell(number: str) -> None:
        notify("test.archived", recipient_ids=[account_id], values={"nomor": number})
        db.session.commit()

    with here.app.app_context(), tenant_scope(lived.village):
        account = db.session.get_one(PortalAccount, account_id)
        write_box(account, {"phone": "0812-0000-1234"}, open_vault(for_writing=True))
        tell("lama")
    there.bring(here.export(lived.village.id)[0], lived.village.code)
    with there.app.app_context():
        moved = find_tenant(lived.village.code)
        with tenant_scope(moved):
            tell("baru")
            send_waiting()
        with tenant_scope(moved):
            query = select(Notification.state, Notification.error).order_by(Notification.created_at)
            (old, why), (new, _nothing) = db.session.execute(query)
    assert (old, new) == ("skipped", "sent")
    assert "arsip" in why
    assert ["Ada kabar baru." in message.text for message in gateway.messages] == [True]
