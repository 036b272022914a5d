"""A kabupaten is split off: a kecamatan that goes over whole takes all that its office works with along."""

from __future__ import annotations

import re
import secrets
import uuid
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import delete, func, select, update

from app.core.hosting import SigerFlask
from app.core.regions.models import Region
from app.extensions import PlatformModel, db
from app.province.announcements.models import Announcement, SharedDocument
from app.province.life import renaming_belongings as belongings
from app.province.life.renaming_models import VillagePast
from app.province.reports.models import ReportSchedule
from app.province.training.events.models import TrainingEvent, TrainingQuota, TrainingVenue
from app.province.training.participants.models import TrainingParticipant
from tenants.models import PlatformJobRun, TenantRow
from tenants.scope import Tenant, platform_scope
from tests.support.people import Person
from tests.support.training import an_event, participants_of

Makes = Callable[[], Tenant]
Officer = Callable[..., Person]
GROUNDS = {"regulation": "Perda Nomor 4 Tahun 2026", "reason": "Usul musyawarah desa tahun lalu"}
HOME, NEW = "18.96", "18.95"
BEFORE, AFTER = f"{HOME}.01", f"{NEW}.01"


@pytest.fixture
def whole(app: SigerFlask, make_village: Makes) -> Iterator[Tenant]:
    """The only village of a kecamatan, so that a list of one line holds all of it."""
    village = make_village()
    with app.app_context(), platform_scope():
        _place(village, f"{BEFORE}.2001", "Uji Lama", "Kabupaten Uji Lama")
        db.session.merge(
            Region(code=HOME, parent_code="18", name="Kabupaten Uji Lama", level=2, kind="kabupaten")
        )
        db.session.merge(Region(code=BEFORE, parent_code=HOME, name="Uji Lama", level=3, kind="kecamatan"))
        db.session.commit()
    yield village
    with app.app_context(), platform_scope():
        db.session.execute(delete(VillagePast).where(VillagePast.tenant_id == village.id))
        _place(village, village.code, *village.region_path)
        for model in (TrainingEvent, TrainingVenue, Announcement, SharedDocument, ReportSchedule):
            ours = model.region_code.startswith(NEW) | model.region_code.startswith(HOME)
            db.session.execute(delete(model).where(ours))
        db.session.execute(delete(Region).where(Region.code.startswith(NEW) | Region.code.startswith(HOME)))
        db.session.commit()


def _place(village: Tenant, code: str, district: str, regency: str) -> None:
    db.session.execute(
        update(TenantRow).where(TenantRow.id == village.id)
        .values(code=code, kind=village.kind, term=village.term, name=village.name, district_code=code[:8],
                regency_code=code[:5], district_name=district, regency_name=regency)
    )  # fmt: skip


def regency(**values: str) -> dict[str, str]:
    return {"regency_code": NEW, "regency_name": "Kabupaten Uji Selatan", **GROUNDS, **values}


def split_off(person: Person, codes: str, count: int = 1) -> None:
    sent = {**regency(codes=codes), "expected": str(count)}
    answer = person.submit("/kabupaten-baru/jalankan", sent, form="/kabupaten-baru")
    assert answer.status_code == 303, answer.text


def kept(app: SigerFlask, *rows: object) -> None:
    with app.app_context(), platform_scope():
        db.session.add_all(rows)
        db.session.commit()


def test_a_whole_kecamatan_keeps_its_trainings_places_and_announcements(
    app: SigerFlask, whole: Tenant, officer: Officer
) -> None:
    word = secrets.token_hex(4)
    event = an_event(app, BEFORE, title=f"Bimtek {word}")
    said = uuid.uuid4()
    kept(
        app,
        Announcement(id=said, region_code=BEFORE, author_name="Camat", title=f"Rapat {word}", body="Isi"),
        SharedDocument(region_code=BEFORE, title=f"Panduan {word}", category="guide", file_id=uuid.uuid4(),
                       file_name="a.pdf", media_type="application/pdf", size=1, shared_by="Camat"),
        ReportSchedule(region_code=BEFORE, day=5, recipients=["a@contoh.id"], made_by="Camat"),
    )  # fmt: skip
    camat, codes = officer("district_officer", region=BEFORE), f"{BEFORE}.2001;{AFTER}.2001;Uji Baru"
    assert camat.get(f"/pelatihan/{event}").status_code == 200
    shown = officer().submit("/kabupaten-baru", regency(codes=codes)).text
    assert "1 kecamatan pindah utuh" in shown
    for told in ("Pelatihan 1", "Tempat pelatihan 1", "Pengumuman 1", "Dokumen 1", "Jadwal laporan 1"):
        assert told in shown, told
    split_off(officer(), codes)
    assert camat.get(f"/pelatihan/{event}").status_code == 200
    assert camat.get(f"/pelatihan/{event}/ubah").status_code == 200
    assert camat.get(f"/pengumuman/{said}/ubah").status_code == 200
    assert f"Panduan {word}" in camat.get("/dokumen").text
    with app.app_context(), platform_scope():
        for model in (TrainingEvent, TrainingVenue, Announcement, SharedDocument, ReportSchedule):
            left = select(func.count()).where(model.region_code == BEFORE)
            assert db.session.scalar(left) == 0, model
            assert db.session.scalar(select(func.count()).where(model.region_code == AFTER)) == 1, model


def test_quotas_fit_the_people_of_a_kecamatan_that_went_over(
    app: SigerFlask, whole: Tenant, officer: Officer
) -> None:
    event = an_event(app, "18", capacity=40)
    participants_of(app, event, f"{BEFORE}.2001", 2)
    kept(
        app,
        TrainingQuota(event_id=event, region_code=HOME, seats=30),
        TrainingQuota(event_id=event, region_code=BEFORE, seats=10),
    )
    split_off(officer(), f"{BEFORE}.2001;{AFTER}.2001")
    with app.app_context(), platform_scope():
        quotas = select(TrainingQuota.region_code, TrainingQuota.seats).where(TrainingQuota.event_id == event)
        assert dict(db.session.execute(quotas).all()) == {HOME: 20, AFTER: 10}
        people = select(TrainingParticipant.regency_code, TrainingParticipant.district_code)
        found = db.session.execute(people.where(TrainingParticipant.event_id == event)).all()
        assert set(found) == {(NEW, AFTER)}
    page, asked = f"/pelatihan/{event}/kuota", {"region": AFTER, "seats": "1"}
    refused = officer().submit(page, asked)
    assert refused.status_code == 422
    assert "2 orang" in refused.text


def test_an_officer_s_calendar_and_work_under_way_go_along(
    app: SigerFlask, whole: Tenant, officer: Officer
) -> None:
    camat, word = officer("district_officer", region=BEFORE), secrets.token_hex(4)
    an_event(app, BEFORE, title=f"Bimtek {word}")
    page = camat.submit("/pelatihan/kalender/alamat", form="/pelatihan/kalender").text
    found = re.search(r"/pelatihan/kalender/[\w-]{43}\.ics", page)
    assert found is not None
    run = PlatformJobRun(
        name="uji", label=f"Surat {word}", arguments={"region_code": BEFORE, "batch_id": "x"}
    )
    kept(app, run)
    split_off(officer(), f"{BEFORE}.2001;{AFTER}.2001")
    calendar = camat.get(found[0])
    assert calendar.status_code == 200
    assert f"Bimtek {word}" in calendar.text
    with app.app_context(), platform_scope():
        query = select(PlatformJobRun.arguments).where(PlatformJobRun.label == f"Surat {word}")
        assert db.session.scalar(query) == {"region_code": AFTER, "batch_id": "x"}


def test_what_was_aimed_at_the_kecamatan_reaches_it_and_the_kabupaten_keeps_its_own(
    app: SigerFlask, whole: Tenant, officer: Officer
) -> None:
    said, event = uuid.uuid4(), an_event(app, HOME)
    kept(
        app,
        Announcement(id=said, region_code="18", author_name="Dinas", title="Rapat kerja", body="Isi",
                     audience={"scope": "regions", "regions": [BEFORE, "18.06"]}),
    )  # fmt: skip
    split_off(officer(), f"{BEFORE}.2001;{AFTER}.2001")
    with app.app_context(), platform_scope():
        draft = db.session.get_one(Announcement, said)
        assert draft.audience["regions"] == [AFTER, "18.06"]
        assert db.session.get_one(TrainingEvent, event).region_code == HOME


def test_a_village_that_leaves_its_kecamatan_takes_nothing_of_it_along(
    app: SigerFlask, whole: Tenant, make_village: Makes, officer: Officer
) -> None:
    other, event = make_village(), an_event(app, BEFORE)
    with app.app_context(), platform_scope():
        _place(other, f"{BEFORE}.2002", "Uji Lama", "Kabupaten Uji Lama")
        db.session.commit()
    shown = officer().submit("/kabupaten-baru", regency(codes=f"{BEFORE}.2001;{AFTER}.2001")).text
    assert "pindah utuh" not in shown
    split_off(officer(), f"{BEFORE}.2001;{AFTER}.2001")
    with app.app_context(), platform_scope():
        assert db.session.get_one(TrainingEvent, event).region_code == BEFORE
        _place(other, other.code, *other.region_path)
        db.session.commit()


def test_a_new_kabupaten_is_not_named_like_one_that_is_there(
    app: SigerFlask, whole: Tenant, officer: Officer
) -> None:
    codes = f"{BEFORE}.2001;{AFTER}.2001"
    typed = regency(codes=codes, regency_name="Kabupaten uji lama")
    shown = officer().submit("/kabupaten-baru", typed)
    assert shown.status_code == 422
    assert f"Nama Kabupaten Uji Lama sudah dipakai kabupaten berkode {HOME}." in shown.text
    sent = {**typed, "expected": "1"}
    assert officer().submit("/kabupaten-baru/jalankan", sent, form="/kabupaten-baru").status_code == 422


def test_one_new_kecamatan_has_one_name(whole: Tenant, village: Tenant, officer: Officer) -> None:
    codes = f"{BEFORE}.2001;{AFTER}.2001;Gisting\n{village.code};{AFTER}.2002;Gunung Alip"
    shown = officer().submit("/kabupaten-baru", regency(codes=codes))
    assert shown.status_code == 422
    assert f"Baris 2: kecamatan {AFTER} bernama Gisting di atasnya, di sini Gunung Alip." in shown.text


def test_a_list_makes_no_desa_a_kelurahan(whole: Tenant, officer: Officer) -> None:
    kind, code = ("desa", f"{AFTER}.1001") if whole.kind == "desa" else ("kelurahan", f"{AFTER}.2001")
    shown = officer().submit("/kabupaten-baru", regency(codes=f"\n{BEFORE}.2001;{code}"))
    assert shown.status_code == 422
    assert f"Baris 2: {code} kode" in shown.text
    assert f"berstatus {kind}." in shown.text


STAYS = {
    "platform.approval_rule": "of a kabupaten; copied",
    "platform.indicator_rollup": "added up anew",
    "platform.membership": "moved with the officers",
    "platform.mentor": "moved with the officers",
    "platform.report": "a record of its time",
    "platform.training_certificate": "a record of its time",
    "platform.training_certificate_numbers": "a record of its time",
    "platform.training_quota": "moved with its seats",
}
"""Tables with an office's code that `KINDS` and `BESIDES` do not name, and why."""


def test_every_table_with_an_office_s_code_is_thought_of() -> None:
    columns = [*(kind.column for kind in belongings.KINDS), *belongings.BESIDES]
    named = {str(column.class_.__table__) for column in columns if column.key == "region_code"}
    tables = PlatformModel.metadata.tables
    borne = {name for name, table in tables.items() if "region_code" in table.columns}
    assert borne == named | set(STAYS)
