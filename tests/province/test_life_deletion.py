"""A village's data is deleted by two people, thirty days later, and the paper says what it was."""

from __future__ import annotations

import datetime as dt
import secrets
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from sqlalchemy import func, select, update

from app.core.accounts.models import Account, Membership
from app.core.files.storage import list_objects
from app.core.hosting import SigerFlask
from app.core.mail import RecordingMailer
from app.extensions import cache, db
from app.province.life import deletion
from app.province.life.jobs import DELETE, DUE
from app.province.life.models import DeletionCertificate, VillageDeed
from app.province.onboarding.applications.models import Application
from app.province.onboarding.bulk.forgetting import PERSONAL
from app.province.onboarding.bulk.models import BulkRow, BulkRun
from app.province.onboarding.setup.models import VillageSetup
from tenants import jobs, outbox
from tenants.bootstrap import libpq_url
from tenants.fan_out import fan_out, fan_out_progress
from tenants.jobs import enqueue
from tenants.keys import key_of, path_of
from tenants.models import OutboxEntry, TenantRow, TenantSchema, now
from tenants.scope import Tenant, platform_scope, tenant_scope
from tests.support.letters import an_issued_letter
from tests.support.life import moved_to, settled, the_deed
from tests.support.pdf_text import pdf_text, squeezed
from tests.support.pipeline import make_application
from tests.support.servers import DatabaseUrls
from tests.support.visitors import Visitor
from tests.support.work import settle

Officer = Callable[..., Any]
ASKED = {
    "regulation": "Surat Bupati Nomor 100/2026", "reason": "Desa memakai sistem lain dan meminta datanya dihapus.",
    "understood": "1",
}  # fmt: skip


@pytest.fixture
def admin(officer: Officer) -> Visitor:
    """A province admin, signed in."""
    return officer("province_admin", "18")  # type: ignore[no-any-return]


@pytest.fixture
def second(officer: Officer) -> Visitor:
    """Another province admin, signed in."""
    return officer("province_admin", "18")  # type: ignore[no-any-return]


@pytest.fixture
def post(app: SigerFlask) -> Iterator[RecordingMailer]:
    """Letters that go out while jobs run."""
    office = app.extensions["mailer"] = RecordingMailer()
    yield office
    del app.extensions["mailer"]


def asked(admin: Visitor, village: Tenant) -> str:
    """A deletion that one admin asked for: its page."""
    answer = admin.submit(f"/desa/{village.id}/hapus", {**ASKED, "typed_name": village.name})
    assert answer.status_code == 303, answer.text
    return moved_to(answer)


def agreed(admin: Visitor, second: Visitor, village: Tenant) -> str:
    """A deletion in its days of grace: its page."""
    page = asked(admin, village)
    assert second.submit(f"{page}/setujui", {}, form=page).status_code == 303
    return page


def come(app: SigerFlask, village: Tenant, days_left: float = -0.01) -> None:
    """Let time pass until so many days are left, and let the night's work run."""
    with app.app_context(), platform_scope():
        due_at = now() + dt.timedelta(days=days_left)
        db.session.execute(
            update(VillageDeed)
            .where(VillageDeed.tenant_id == village.id, VillageDeed.state == "grace")
            .values(due_at=due_at)
        )
        enqueue(DUE)
        db.session.commit()
    settle(app)


def schema_is_there(urls: DatabaseUrls, schema: str) -> bool:
    """Whether the database still has the schema."""
    with psycopg.connect(libpq_url(urls.owner_url)) as conn:
        return conn.execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", (schema,)).fetchone() is not None


def test_two_people_thirty_days_and_a_certificate(
    app: SigerFlask, admin: Visitor, second: Visitor, village: Tenant, make_village: Callable[[], Tenant],
    staff: Callable[..., Any], visit: Callable[[str], Visitor], urls: DatabaseUrls, post: RecordingMailer,
) -> None:  # fmt: skip
    settled(app, village, "Dusun I", families=1)
    an_issued_letter(app, village)
    neighbour = make_village()
    head = staff(village, "village_head")
    page = agreed(admin, second, village)
    settle(app)
    site = visit(f"{village.slug}.localhost")
    assert site.get("/").status_code == 410, "closed from the agreement on"
    assert "30 hari" in second.get("/penghapusan").text
    assert "Masa tunggu" in admin.get(f"/desa/{village.id}/riwayat-hidup").text
    come(app, village, 20)
    assert schema_is_there(urls, village.schema)
    with app.app_context():
        files = len(list_objects(path_of(village.id)))
        assert files > 0
        cache.client.set(key_of(village.id, "sesuatu"), "1")
    come(app, village)
    assert not schema_is_there(urls, village.schema)
    assert schema_is_there(urls, neighbour.schema)
    with app.app_context(), platform_scope():
        row = db.session.get_one(TenantRow, village.id)
        assert (row.state, row.schema_name, row.role_name) == ("listed", None, None)
        assert db.session.scalar(select(TenantSchema).where(TenantSchema.tenant_id == village.id)) is None
        left = select(func.count()).where(Membership.tenant_id == village.id)
        assert db.session.scalar(left) == 0
        assert list_objects(path_of(village.id)) == []
        assert cache.client.get(key_of(village.id, "sesuatu")) is None
        found = db.session.scalars(
            select(DeletionCertificate).where(DeletionCertificate.tenant_id == village.id)
        ).one()
    assert found.content["tables"]["resident"][0] == 4
    assert found.content["files"] == files
    with psycopg.connect(libpq_url(urls.owner_url)) as conn:
        role = conn.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (village.role,)).fetchone()
        assert role is None
    sheet = second.get(f"{page}/berita-acara")
    assert sheet.mimetype == "application/pdf"
    assert "Peristiwa kependudukan" in second.get(page).text, "tables are named as people call them"
    text = pdf_text(sheet.data)
    assert squeezed("Catatan provinsi sendiri tetap ada") in text, "what stays is said too"
    for said in (found.number_text, village.full_name, ASKED["regulation"], found.content["asked_by"],
                 found.content["agreed_by"], "Peristiwa kependudukan",
                 found.content["tables"]["resident"][1][:20]):  # fmt: skip
        assert squeezed(said) in text, said
    public = visit("localhost").get(f"/cek-penghapusan/{found.token}")
    assert public.status_code == 200
    assert found.number_text in public.text
    assert found.sha256 is not None
    assert found.sha256.hex() in public.text
    assert visit("localhost").get(f"/cek-penghapusan/{'x' * 22}").status_code == 404
    mine = [letter.subject for letter in post.letters if letter.to == head.email]
    assert len(mine) == 3, mine
    assert "sudah dihapus" in mine[-1]
    assert site.get("/").status_code == 404
    assert found.number_text in admin.get("/penghapusan").text


def test_accounts_that_worked_there_alone_are_forgotten_a_day_later(
    app: SigerFlask, admin: Visitor, second: Visitor, village: Tenant, make_village: Callable[[], Tenant],
    staff: Callable[..., Any], post: RecordingMailer,
) -> None:  # fmt: skip
    head, clerk = staff(village, "village_head"), staff(village, "operator")
    with app.app_context(), platform_scope():
        elsewhere = {"tenant_id": make_village().id, "role": "operator"}
        db.session.add(Membership(account_id=clerk.account_id, **elsewhere))
        db.session.commit()
    agreed(admin, second, village)
    come(app, village)
    assert "sudah dihapus" in [one.subject for one in post.letters if one.to == head.email][-1]

    def known() -> set[uuid.UUID]:
        with app.app_context(), platform_scope():
            ids = (head.account_id, clerk.account_id)
            return set(db.session.scalars(select(Account.id).where(Account.id.in_(ids))))

    assert known() == {head.account_id, clerk.account_id}, "the last letter may still be on its way"
    with app.app_context(), platform_scope():
        two_days_ago = now() - dt.timedelta(days=2)
        mine = update(VillageDeed).where(VillageDeed.tenant_id == village.id)
        db.session.execute(mine.values(finished_at=two_days_ago))
        enqueue(DUE)
        db.session.commit()
    settle(app)
    assert known() == {clerk.account_id}
    assert the_deed(app, village).state == "done"


def test_what_the_village_still_had_to_do_ends_quietly(
    app: SigerFlask, admin: Visitor, second: Visitor, village: Tenant, post: RecordingMailer,
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(jobs, "RETRY_PAUSES", (0, 0, 0))
    agreed(admin, second, village)
    settle(app)
    with app.app_context(), tenant_scope(village):
        ids = [enqueue("indicators.refresh", delay_seconds=3600), enqueue("audit.seal", delay_seconds=3600)]
        ids += [outbox.post(kind, {}, delay_seconds=3600) for kind in ("dirty", "audit", "notifications")]
        db.session.commit()
    come(app, village)
    with app.app_context(), platform_scope():
        run = fan_out("indicators.refresh", "Angka", [village.id], of_many=True)
        db.session.execute(update(OutboxEntry).where(OutboxEntry.id.in_(ids)).values(available_at=now()))
        db.session.commit()
        run_id = run.id
    capsys.readouterr()
    settle(app)
    with app.app_context(), platform_scope():
        left = select(OutboxEntry.payload, OutboxEntry.error).where(OutboxEntry.tenant_id == village.id)
        assert db.session.execute(left).all() == []
        assert fan_out_progress(run_id) == {"waiting": 0, "done": 1, "failed": 0}
    said = capsys.readouterr().out
    assert "NotProvisioned" not in said
    assert "job_without_village" in said


def test_the_same_person_never_agrees_and_nobody_without_the_permission(
    app: SigerFlask, admin: Visitor, village: Tenant, officer: Officer
) -> None:
    page = asked(admin, village)
    own = admin.get(page).text
    assert "admin provinsi lain yang menyetujui" in own
    refused = admin.submit(f"{page}/setujui", {}, form=page)
    assert refused.status_code == 303
    assert "tidak dapat menyetujui" in admin.get(page).text
    assert the_deed(app, village).state == "waiting"
    analyst = officer("province_analyst", "18")
    assert analyst.get(page).status_code == 403
    assert analyst.submit(f"{page}/setujui", {}, form="/desa").status_code == 403
    assert admin.get(f"/penghapusan/{uuid.uuid4()}").status_code == 404
    assert admin.submit(f"/penghapusan/{uuid.uuid4()}/setujui", {}, form=page).status_code == 404


def test_called_off_in_the_last_days_everything_is_as_it_was(
    app: SigerFlask, admin: Visitor, second: Visitor, village: Tenant, visit: Callable[[str], Visitor],
    urls: DatabaseUrls,
) -> None:  # fmt: skip
    page = agreed(admin, second, village)
    come(app, village, 0.4)
    assert admin.submit(f"{page}/batalkan", {}, form=page).status_code == 303
    settle(app)
    come(app, village)
    assert the_deed(app, village).state == "cancelled"
    assert schema_is_there(urls, village.schema)
    assert visit(f"{village.slug}.localhost").get("/").status_code == 200
    late = second.submit(f"{page}/batalkan", {}, form=page)
    assert "sudah dibatalkan" in second.get(moved_to(late)).text
    asked(admin, village)


def test_reminders_come_seven_days_and_one_day_before_once_each(
    app: SigerFlask, admin: Visitor, second: Visitor, village: Tenant, post: RecordingMailer
) -> None:
    agreed(admin, second, village)
    settle(app)
    post.letters.clear()
    wanted = f"Data {village.full_name} dihapus dalam"

    def said() -> int:
        return len({letter.subject for letter in post.letters if letter.subject.startswith(wanted)})

    for days, subjects in ((8.5, 0), (6.5, 1), (6.4, 1), (0.9, 2), (0.8, 2)):
        come(app, village, days)
        assert said() == subjects, days
    once = [letter.to for letter in post.letters if letter.subject.startswith(wanted)]
    assert len(once) == 2 * len(set(once))


@pytest.mark.parametrize("place", ["objects", "certificate", "paper"])
def test_a_run_that_died_goes_on_where_it_stopped(
    app: SigerFlask, admin: Visitor, second: Visitor, village: Tenant, monkeypatch: pytest.MonkeyPatch, place: str,
    urls: DatabaseUrls,
) -> None:  # fmt: skip
    an_issued_letter(app, village)
    agreed(admin, second, village)

    def dies(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    where = {
        "objects": (deletion.objects, "remove_all"),
        "certificate": (deletion.certificates, "issue"),
        "paper": (deletion.certificates, "make"),
    }[place]
    deed = the_deed(app, village)
    with app.app_context(), platform_scope():
        db.session.execute(update(VillageDeed).where(VillageDeed.id == deed.id).values(due_at=now()))
        db.session.commit()
        with monkeypatch.context() as patch:
            patch.setattr(*where, dies)
            with pytest.raises(KeyboardInterrupt):
                deletion.carry_out(deed.id)
    assert the_deed(app, village).state == "running"
    assert not schema_is_there(urls, village.schema)
    for _again in range(2):
        with app.app_context(), platform_scope():
            enqueue(DELETE, deed_id=str(deed.id))
            db.session.commit()
        settle(app)
    assert the_deed(app, village).state == "done"
    with app.app_context(), platform_scope():
        mine = select(DeletionCertificate).where(DeletionCertificate.deed_id == deed.id)
        found = db.session.scalars(mine).one()
        assert found.content["files"] > 0
        assert found.content["tables"]["letter"][0] == 1
        assert list_objects(path_of(village.id)) == []


def test_numbers_have_no_gaps(
    app: SigerFlask, admin: Visitor, second: Visitor, make_village: Callable[[], Tenant]
) -> None:
    villages = [make_village() for _ in range(2)]
    for village in villages:
        agreed(admin, second, village)
        come(app, village)
    with app.app_context(), platform_scope():
        numbers = list(
            db.session.scalars(select(DeletionCertificate.number).order_by(DeletionCertificate.number))
        )
    assert numbers == list(range(1, len(numbers) + 1))


def test_who_applied_and_who_was_invited_is_forgotten_with_it(
    app: SigerFlask, admin: Visitor, second: Visitor, village: Tenant, make_village: Callable[[], Tenant]
) -> None:
    with app.app_context(), platform_scope():
        db.session.add(
            Application(
                tenant_id=village.id, token_digest=secrets.token_bytes(32), state="live", applicant_name="Siti Rahma",
                phone="+6281200001234", email="siti@contoh.test", answers={"person": {"name": "Siti Rahma"}},
            )
        )  # fmt: skip
        db.session.add(
            VillageSetup(tenant_id=village.id, steps={"live": {"state": "done", "by": "Siti Rahma"}})
        )
        head = {"acting_name": "Siti Rahma", "acting_email": "siti@contoh.test", "acting_title": "Pj. Kepala"}
        split = {
            "kind": "split",
            "state": "done",
            "finished_at": now(),
            "plan": {"name": village.name, **head},
        }
        db.session.add(VillageDeed(tenant_id=make_village().id, other_tenant_id=village.id, **split))
        bulk = BulkRun(
            file_id=uuid.uuid4(), file_name="desa.xlsx", digest=b"1", region_code="18", created_by="Budi"
        )
        db.session.add(bulk)
        db.session.flush()
        values = {
            "code": village.code,
            "contact": "Siti Rahma",
            "email": "siti@contoh.test",
            "phone": "+6281200001234",
        }
        findings = [["code", "application", {"who": "Siti Rahma"}]]
        db.session.add(
            BulkRow(
                run_id=bulk.id,
                number=2,
                tenant_id=village.id,
                verdict="warning",
                values=values,
                findings=findings,
            )
        )
        db.session.commit()
    agreed(admin, second, village)
    come(app, village)
    with app.app_context(), platform_scope():
        row = db.session.scalars(select(Application).where(Application.tenant_id == village.id)).one()
        assert (row.applicant_name, row.phone, row.email, row.answers) == ("", "", "", {})
        assert db.session.get(VillageSetup, village.id) is None
        named = db.session.scalars(select(BulkRow).where(BulkRow.tenant_id == village.id)).one()
        made = select(VillageDeed.plan).where(VillageDeed.other_tenant_id == village.id)
        assert db.session.scalars(made).one() == {"name": village.name, "acting_title": "Pj. Kepala"}
        assert (named.values, named.findings) == ({"code": village.code, **dict.fromkeys(PERSONAL, "")}, [])


def test_the_board_says_what_became_of_a_village_that_was_live(
    app: SigerFlask, admin: Visitor, second: Visitor, village: Tenant
) -> None:
    application = make_application(app, village.code, "live", slug=village.slug)
    pages = (
        f"/pendaftaran?q={village.code}",
        f"/pendaftaran/daftar?q={village.code}",
        f"/pendaftaran/{application}",
    )

    def said(word: str) -> list[bool]:
        return [word in admin.get(page).text for page in pages]

    assert said("Diarsipkan") == said("Sudah dihapus") == [False] * 3
    agreed(admin, second, village)
    assert said("Diarsipkan") == [True] * 3
    come(app, village)
    assert said("Sudah dihapus") == [True] * 3


def test_a_deleted_village_can_begin_anew(
    app: SigerFlask, admin: Visitor, second: Visitor, village: Tenant, visit: Callable[[str], Visitor]
) -> None:
    agreed(admin, second, village)
    come(app, village)
    assert admin.submit(f"/desa/{village.id}/siapkan", {}).status_code == 303
    settle(app)
    assert visit(f"{village.slug}.localhost").get("/").status_code == 200


def test_the_name_and_the_archive_are_asked_for(admin: Visitor, village: Tenant) -> None:
    path = f"/desa/{village.id}/hapus"
    assert admin.submit(path, {**ASKED, "typed_name": "lain"}).status_code == 422
    assert admin.submit(path, {**ASKED, "typed_name": village.name, "understood": ""}).status_code == 422
    assert admin.submit(path, {"typed_name": village.name}).status_code == 422
