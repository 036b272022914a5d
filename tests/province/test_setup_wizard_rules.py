"""The set-up's rules: who may do what, two at once, wrong input, going live twice, older schemas."""

from __future__ import annotations

import io
import re
import threading
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from app.core.audit.models import PlatformAuditEntry
from app.core.hosting import SigerFlask
from app.core.village.models import Official, SubArea
from app.extensions import db
from app.province.onboarding.applications.models import Application, ApplicationEvent
from app.province.onboarding.setup import services
from app.province.onboarding.setup.models import VillageSetup
from app.province.onboarding.setup.telling import keep_progress
from tenants import registry
from tenants.models import TenantRow, TenantState, now
from tenants.scope import Tenant, platform_scope, tenant_scope
from tests.province.test_setup_wizard import CONTACT, save, stamp
from tests.support.events import told
from tests.support.people import Person, deliver_letters
from tests.support.work import settle

Staff = Callable[..., Person]
PAGES = (
    "identitas", "perangkat", "wilayah", "penduduk", "nomor-surat", "fitur", "tampilan", "rekan", "buka",
)  # fmt: skip


def test_a_colleague_goes_on_where_another_stopped(village: Tenant, staff: Staff) -> None:
    first, second = staff(village), staff(village)
    save(first, "identitas", CONTACT)
    page = told(second.get("/persiapan"))
    assert "Lanjutkan: Isi" in page
    assert first.name in page
    assert "1 dari 9" not in page
    assert "2 dari 9 langkah selesai" in page  # two work here, so the colleagues are there already


def test_a_step_says_who_may_do_it(village: Tenant, staff: Staff) -> None:
    secretary, operator = staff(village), staff(village, role="operator")
    for path in ("identitas", "nomor-surat", "fitur", "tampilan", "rekan", "buka"):
        page = operator.get(f"/persiapan/{path}")
        assert page.status_code == 200
        assert secretary.name in told(page), path
        assert operator.submit(f"/persiapan/{path}", {}, form="/persiapan/wilayah").status_code == 403
    assert operator.submit("/persiapan/lewati/look", form="/persiapan/wilayah").status_code == 403
    assert "Lanjutkan: Isi" in told(operator.get("/persiapan"))
    assert operator.submit("/persiapan/lewati/tidak-ada", form="/persiapan/wilayah").status_code == 404
    assert operator.submit("/persiapan/lewati/live", form="/persiapan/wilayah").status_code == 404


def test_strangers_and_other_villages_are_refused(
    make_village: Callable[[], Tenant], staff: Staff, visit: Any
) -> None:
    mine, other = make_village(), make_village()
    clerk = staff(mine)
    clerk.host = f"{other.slug}.localhost"
    for page in ("", *(f"/{path}" for path in PAGES)):
        answer = clerk.get(f"/persiapan{page}")
        assert answer.status_code in (302, 303)
        assert "/masuk" in answer.location
    assert visit("localhost").get("/persiapan").status_code == 404


def test_wrong_input_comes_back_with_a_sentence(village: Tenant, staff: Staff) -> None:
    clerk = staff(village)
    answer = save(clerk, "identitas", {"address": "Jalan Balai 1"})
    assert answer.status_code == 422
    assert "Tulis nomor telepon atau WhatsApp" in told(answer)
    answer = save(clerk, "perangkat", {})
    assert answer.status_code == 422
    assert "Isi paling sedikit satu baris" in told(answer)
    answer = save(clerk, "perangkat", {"name-3": "X", "position-3": "raja"})
    assert answer.status_code == 422
    assert 'value="X"' in answer.text
    assert save(clerk, "wilayah", {"names": " \n "}).status_code == 422
    assert (
        save(clerk, "rekan", {"name-0": "Ani", "email-0": "bukan surel", "role-0": "operator"}).status_code
        == 422
    )
    assert (
        save(clerk, "rekan", {"name-0": "Ani", "email-0": "ani@contoh.test", "role-0": "raja"}).status_code
        == 422
    )
    assert save(clerk, "tampilan", {"accent": "merah"}).status_code == 422
    assert save(clerk, "penduduk", {}).status_code == 422
    two_heads = {"name-0": "Suyatno", "position-0": "head", "name-1": "Bambang", "position-1": "head"}
    answer = save(clerk, "perangkat", two_heads)
    assert answer.status_code == 422
    assert "Suyatno masih tercatat" in told(answer)


def test_everything_that_a_contact_lacks_is_said_at_once(village: Tenant, staff: Staff) -> None:
    clerk = staff(village)
    answer = save(clerk, "identitas", {})
    assert answer.status_code == 422
    assert "Tulis nomor telepon atau WhatsApp" in told(answer)
    assert 'href="#f-address"' in answer.text
    wrong = save(clerk, "identitas", {"phone": "12"})
    assert 'href="#f-phone"' in wrong.text
    assert "Tulis nomor telepon atau WhatsApp" not in told(wrong)


@pytest.mark.parametrize("name", ["Bejo \U0001f600", "Bejo <b>x</b>"])
def test_a_name_takes_no_tags_and_no_pictures(village: Tenant, staff: Staff, name: str) -> None:
    answer = save(staff(village), "perangkat", {"name-0": name, "position-0": "head"})
    assert answer.status_code == 422
    assert "tanpa tanda &lt; dan &gt; dan tanpa gambar" in answer.text


def test_a_name_with_titles_and_accents_is_taken(village: Tenant, staff: Staff) -> None:
    name = "Drs. H. Ma’ruf Sa`id-André, S.Pd./M.Si. 2"
    assert save(staff(village), "perangkat", {"name-0": name, "position-0": "head"}).status_code == 303


def test_what_was_put_off_comes_back_last(village: Tenant, staff: Staff) -> None:
    clerk = staff(village)
    answer = clerk.submit("/persiapan/lewati/identity", form="/persiapan/identitas")
    assert answer.location.endswith("/persiapan/perangkat")
    assert "Ditunda" in told(clerk.get("/persiapan"))
    save(clerk, "identitas", CONTACT)
    assert "Ditunda" not in told(clerk.get("/persiapan"))


def test_two_clerks_save_the_same_step_at_once(app: SigerFlask, village: Tenant, staff: Staff) -> None:
    clerks = [staff(village), staff(village)]
    people = {"name-0": "Suyatno", "position-0": "head", "name-1": "Siti", "position-1": "secretary"}
    answers = [
        at_once(clerks, "perangkat", people),
        at_once(clerks, "wilayah", {"names": "Dusun I\nDusun II"}),
    ]
    assert answers == [[303, 303], [303, 303]]
    with app.app_context(), tenant_scope(village):
        assert sorted(db.session.scalars(select(Official.name))) == ["Siti", "Suyatno"]
        assert sorted(db.session.scalars(select(SubArea.name))) == ["Dusun I", "Dusun II"]


def at_once(clerks: list[Person], step: str, data: dict[str, Any]) -> list[int]:
    """Let all send the same form, each opened before, at the same moment; return the answers' statuses."""
    path = f"/persiapan/{step}"
    barrier, found = threading.Barrier(len(clerks)), [0] * len(clerks)
    pages = [clerk.get(path).text for clerk in clerks]

    def send(at: int, clerk: Person) -> None:
        token = re.search(r'name="csrf_token" value="([^"]+)"', pages[at])
        assert token
        barrier.wait()
        found[at] = clerk.post(path, {"csrf_token": token[1], "stamp": stamp(pages[at]), **data}).status_code

    threads = [threading.Thread(target=send, args=pair) for pair in enumerate(clerks)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def test_the_contact_of_two_clerks_is_shown_side_by_side(village: Tenant, staff: Staff) -> None:
    first, second = staff(village), staff(village)
    old = second.get("/persiapan/identitas").text.split('name="stamp" value="', 1)[1].split('"', 1)[0]
    save(first, "identitas", CONTACT)
    answer = second.submit("/persiapan/identitas", {**CONTACT, "address": "Jalan Lain 2", "stamp": old})
    assert answer.status_code == 409
    assert "Jalan Balai 1" in answer.text
    assert "Jalan Lain 2" in answer.text


def test_it_opens_once_with_what_it_needs(
    app: SigerFlask, village: Tenant, staff: Staff, officer: Any
) -> None:
    clerk = staff(village)
    answer = clerk.submit("/persiapan/buka", form="/persiapan/identitas")
    assert answer.status_code == 422
    assert "lengkapi dahulu alamat dan kontak, perangkat" in told(answer)
    save(clerk, "identitas", CONTACT)
    save(clerk, "perangkat", {"name-0": "Suyatno", "position-0": "head"})
    assert re.search(r"<span><a [^>]*>Suyatno</a>, Kepala", clerk.get("/persiapan/perangkat").text)
    officer("district_officer", village.district_code)
    key = an_application(app, village)
    deliver_letters(app)
    assert clerk.submit("/persiapan/buka").status_code == 303
    first = row_of(app, village)
    sent = [letter for letter in deliver_letters(app) if "sudah dibuka untuk umum" in letter.subject]
    assert len(sent) >= 1
    assert clerk.submit("/persiapan/buka", form="/persiapan").status_code == 303
    assert row_of(app, village) == first
    assert not [one for one in deliver_letters(app) if "sudah dibuka untuk umum" in one.subject]
    settle(app)
    with app.app_context(), platform_scope():
        assert db.session.get_one(Application, key).state == "live"
        steps = select(ApplicationEvent.key).where(
            ApplicationEvent.application_id == key, ApplicationEvent.kind == "setup"
        )
        assert sorted(db.session.scalars(steps)) == ["identity", "live", "officials"]
        assert row_of(app, village)[0] in ("set_up", "active")


def row_of(app: SigerFlask, village: Tenant) -> tuple[str, Any]:
    """State and first day of a village."""
    with app.app_context(), platform_scope():
        row = db.session.get_one(TenantRow, village.id)
        return row.state, row.live_at


def an_application(app: SigerFlask, village: Tenant) -> uuid.UUID:
    """An application whose village has its schema already."""
    with app.app_context(), platform_scope():
        row = Application(
            token_digest=uuid.uuid4().bytes, tenant_id=village.id, state="provisioned", email="a@contoh.test"
        )
        db.session.add(row)
        db.session.commit()
        return row.id


def test_each_step_is_noted_once_in_the_application(app: SigerFlask, village: Tenant, staff: Staff) -> None:
    clerk, key = staff(village), an_application(app, village)
    save(clerk, "identitas", CONTACT)
    save(clerk, "identitas", CONTACT)
    save(clerk, "wilayah", {"names": "Dusun I"})
    settle(app)
    with app.app_context(), platform_scope():
        query = select(ApplicationEvent.key, ApplicationEvent.by).where(
            ApplicationEvent.application_id == key, ApplicationEvent.kind == "setup"
        )
        assert sorted(map(tuple, db.session.execute(query))) == [
            ("identity", clerk.name),
            ("sub_areas", clerk.name),
        ]


def test_older_word_never_covers_newer(app: SigerFlask, village: Tenant) -> None:
    moment = now()
    with app.app_context(), platform_scope():
        keep_progress(village.id, {"identity": {"state": "done"}}, moment)
        keep_progress(village.id, {"identity": {"state": "open"}}, moment.replace(year=moment.year - 1))
        db.session.commit()
        assert db.session.get_one(VillageSetup, village.id).steps["identity"]["state"] == "done"


@pytest.mark.parametrize("path", PAGES)
def test_the_pages_ask_little(path: str, village: Tenant, staff: Staff, count_queries: Any) -> None:
    clerk = staff(village)
    clerk.get(f"/persiapan/{path}")
    with count_queries(at_most=30):
        assert clerk.get(f"/persiapan/{path}").status_code == 200


def test_the_day_is_noted_where_an_earlier_try_was_cut_off(
    app: SigerFlask, village: Tenant, staff: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    clerk = staff(village)
    save(clerk, "identitas", CONTACT)
    save(clerk, "perangkat", {"name-0": "Suyatno", "position-0": "head"})
    with monkeypatch.context() as cut:
        cut.setattr(services, "_note_live", lambda by, fresh: None)
        clerk.submit("/persiapan/buka")
    state, live_at = row_of(app, village)
    assert state == "set_up"
    assert clerk.get("/persiapan/minggu-pertama").location.endswith("/persiapan")
    clerk.submit("/persiapan/buka", form="/persiapan/perangkat")
    assert "Minggu pertama" in told(clerk.get("/persiapan/minggu-pertama"))
    assert row_of(app, village) == (state, live_at)


def test_a_file_goes_into_the_residents_import(app: SigerFlask, village: Tenant, staff: Staff) -> None:
    clerk = staff(village)
    answer = save(clerk, "penduduk", {"file": (io.BytesIO(b"NIK;Nama\n"), "penduduk.csv")})
    assert answer.status_code == 303
    assert answer.location.startswith("/penduduk/impor/")
    page = clerk.get("/persiapan/penduduk")
    assert "penduduk.csv sudah dikirim" in told(page)
    assert "Dimulai" in told(clerk.get("/persiapan"))
    assert save(clerk, "penduduk", {"file": (io.BytesIO(b"x"), "rusak.xlsx")}).status_code == 303
    settle(app)
    broken = told(clerk.get("/persiapan/penduduk"))
    assert "rusak.xlsx tidak dapat dibaca" in broken
    assert "menunggu diperiksa" not in broken
    wrong = save(clerk, "penduduk", {"file": (io.BytesIO(b"x"), "penduduk.exe")})
    assert wrong.status_code == 422
    assert save(clerk, "penduduk", {"way": "by_hand"}).location.endswith("/persiapan/nomor-surat")


def test_the_mentor_sees_the_villages_that_begin(
    app: SigerFlask, village: Tenant, staff: Staff, officer: Any
) -> None:
    save(staff(village), "identitas", CONTACT)
    settle(app)
    admin = officer()
    mentor = officer("mentor", village.district_code)
    path = f"/pendampingan/pendamping/{mentor.account_id}"
    admin.submit(path, {"phone": "081200000001", "skills": [], "about": "", "row_version": "0"}, form=path)
    sent = {"villages": [str(village.id)], "codes": village.code}
    admin.submit(f"{path}/desa", sent, form=path)
    page = told(mentor.get(path))
    assert "Sedang disiapkan atau baru dibuka" in page
    assert "1 dari 9 langkah selesai" in page


def test_a_village_that_was_live_before_has_nothing_left_of_the_new_steps(
    app: SigerFlask, village: Tenant, staff: Staff
) -> None:
    with app.app_context(), platform_scope():
        row = db.session.get_one(TenantRow, village.id)
        row.live_at = now()
        registry.change_state(row, TenantState.ACTIVE)
        db.session.commit()
        registry.hosts_changed()
    page = told(staff(village).get("/persiapan"))
    assert "3 dari 9 langkah selesai" in page
    assert "sedang disiapkan" not in told(staff(village).get("/beranda"))


def test_two_who_press_at_once_open_it_once(app: SigerFlask, village: Tenant, staff: Staff) -> None:
    clerks = [staff(village), staff(village)]
    save(clerks[0], "identitas", CONTACT)
    save(clerks[0], "perangkat", {"name-0": "Suyatno", "position-0": "head"})
    assert at_once(clerks, "buka", {}) == [303, 303]
    with app.app_context(), platform_scope():
        query = select(PlatformAuditEntry.action).where(
            PlatformAuditEntry.tenant_id == village.id, PlatformAuditEntry.action == "village.went_live"
        )
        assert len(db.session.scalars(query).all()) == 1
