"""A person's record across events and villages, the same for programs, each region its own; and the API of learning."""

from __future__ import annotations

import io
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import select, update

from app.core.accounts.api_tokens import make_token
from app.core.accounts.loading import build_actor
from app.core.audit.models import PlatformAuditEntry
from app.core.hosting import SigerFlask
from app.extensions import db
from app.province.training.learning import paper
from app.province.training.learning.certificates import Rule
from app.province.training.participants.models import TrainingParticipant, TrainingPerson
from tenants.models import now
from tenants.scope import Tenant, platform_scope
from tests.province.training.learning_events import certificates_kept, issued
from tests.province.training.test_materials import a_material, invite
from tests.province.training.test_tests import exam_of
from tests.support.people import make_account
from tests.support.programs import Program
from tests.support.training import a_session, an_event, attend, participants_of
from tests.support.visitors import Visitor
from tests.support.work import settle

Officer = Callable[..., Visitor]
Programs = Callable[..., Program]
ROOT = "/api/v1/training"


@pytest.fixture
def program(app: SigerFlask) -> Programs:
    """`program(tenant)` of a village, `program(None, role, region)` of an office."""

    def make(tenant: Tenant | None, role: str = "secretary", region: str = "18") -> Program:
        scopes = ("village.view",) if tenant else ("training.view", "training.manage")
        place: dict[str, Any] = {"tenant": tenant} if tenant else {"region": region}
        account = make_account(app, role=role, totp_confirmed_at=now(), **place)
        with app.app_context(), platform_scope():
            actor = build_actor(account.id, tenant.id if tenant else None)
            assert actor is not None
            token = make_token(actor, name="uji", scopes=scopes, days=30)
        return Program(app, f"{tenant.slug}.localhost" if tenant else "localhost", token.text)

    return make


def one_person(app: SigerFlask, seats: list[uuid.UUID], name: str) -> uuid.UUID:
    """Let seats at several events be the same person's."""
    with app.app_context(), platform_scope():
        person = TrainingPerson(name=name, search_name=name.lower(), sex="female")
        db.session.add(person)
        db.session.flush()
        db.session.execute(
            update(TrainingParticipant).where(TrainingParticipant.id.in_(seats)).values(person_id=person.id)
        )
        db.session.commit()
        return person.id


def test_a_record_goes_across_events_and_villages_as_far_as_the_region_reaches(
    app: SigerFlask, officer: Officer, make_village: Callable[[], Tenant]
) -> None:
    here, there = make_village(), make_village()
    region = here.code[:5]
    other = "18.01" if region != "18.01" else "18.02"
    first, second = (
        an_event(app, region, title="Bimtek <pertama>"),
        an_event(app, other, title="Pelatihan kedua"),
    )
    (mine,), (theirs,) = participants_of(app, first, here.code), participants_of(app, second, there.code)
    name = f"Nurul <b>{uuid.uuid4().hex[:6]}</b>"
    person = one_person(app, [mine, theirs], name)
    attend(app, a_session(app, first, starts_in_hours=-2, hours=1), [mine])
    a_session(app, first, starts_in_hours=-4, hours=1)
    assert issued(app, first, region, Rule(50)) == 1
    path = f"/pelatihan/orang/{person}"
    whole = officer("province_admin", "18").get(path).text
    assert "Bimtek &lt;pertama&gt;" in whole
    assert "Pelatihan kedua" in whole
    assert "1 dari 2 sesi" in whole
    assert certificates_kept(app, first)[0].number_text in whole
    office = officer("regency_admin", region)
    part = office.get(path).text
    assert "Bimtek &lt;pertama&gt;" in part
    if there.code[:5] != region:
        assert "Pelatihan kedua" not in part
        assert "1 catatan lain berada di luar wilayah" in part
    found = office.get(f"/pelatihan/orang?q={name[:5]}").text
    assert path in found
    assert "<b>" + name[-10:-4] not in found
    with office.get(f"{path}/unduh") as answer:
        sheet = CalamineWorkbook.from_filelike(io.BytesIO(answer.data)).get_sheet_by_index(0)
    assert any("Bimtek <pertama>" in str(cell) for line in sheet.to_python() for cell in line)


def test_a_stranger_is_not_found_and_asking_is_noted(
    app: SigerFlask, officer: Officer, village: Tenant
) -> None:
    event = an_event(app, village.code[:5])
    (seat,) = participants_of(app, event, village.code)
    person = one_person(app, [seat], "Orang Asing")
    away = officer("regency_admin", "18.01" if village.code[:5] != "18.01" else "18.02")
    assert away.get(f"/pelatihan/orang/{person}").status_code == 404
    assert away.get(f"/pelatihan/orang/{uuid.uuid4()}").status_code == 404
    assert str(person) not in away.get("/pelatihan/orang?q=Asing").text
    with app.app_context(), platform_scope():
        query = select(PlatformAuditEntry).where(
            PlatformAuditEntry.action == "region.refused",
            PlatformAuditEntry.actor_id == away.account_id,  # type: ignore[attr-defined]
        )
        assert [entry.object_id for entry in db.session.scalars(query)] == [village.code[:5]]


def test_the_list_of_people_goes_on_along_names_in_few_queries(
    app: SigerFlask, officer: Officer, village: Tenant, count_queries: Any
) -> None:
    event = an_event(app, village.code[:5])
    participants_of(app, event, village.code, 65)
    office = officer("district_officer", village.code[:8])
    office.get("/pelatihan/orang")
    with count_queries(at_most=8):
        first = office.get("/pelatihan/orang").text
    following = first.split('rel="next" href="', 1)[1].split('"', 1)[0].replace("&amp;", "&")
    second = office.get(following).text
    names = [page.count('<th scope="row">') for page in (first, second)]
    assert names == [30, 30]


def test_the_list_of_people_is_taken_out_by_who_organises_and_noted(
    app: SigerFlask, officer: Officer, village: Tenant
) -> None:
    event, missed = an_event(app, village.code[:5]), an_event(app, village.code[:5])
    name = f"Sutini {uuid.uuid4().hex[:8]}"
    (seat,), (other,) = (participants_of(app, one, village.code) for one in (event, missed))
    one_person(app, [seat, other], name)
    attend(app, a_session(app, event, starts_in_hours=-2, hours=1), [seat])
    office = officer("district_officer", village.code[:8])
    here = f"/pelatihan/orang?q={name.replace(' ', '+')}"
    page = office.get(here).text
    assert 'data-label="Kegiatan dihadiri"><span>1</span>' in page, "two seats, one of them used"
    path = here.replace("orang?", "orang/unduh?")
    assert path in page
    with office.get(path) as answer:
        rows = CalamineWorkbook.from_filelike(io.BytesIO(answer.data)).get_sheet_by_index(0).to_python()
    assert [row[0] for row in rows].count(name) == 1
    assert rows[-1][2:4] == [1, 0]
    with app.app_context(), platform_scope():
        entry = db.session.scalars(
            select(PlatformAuditEntry).where(
                PlatformAuditEntry.action == "figures.exported",
                PlatformAuditEntry.actor_id == office.account_id,  # type: ignore[attr-defined]
            )
        ).one()
    assert (entry.object_type, entry.details["rows"]) == ("training_people", 1)
    mentor = officer("mentor", village.code[:8])
    assert mentor.get("/pelatihan/orang").status_code == 200
    assert mentor.get(path).status_code == 403


def test_programs_choose_open_type_in_issue_and_revoke(
    app: SigerFlask, program: Programs, village: Tenant, officer: Officer
) -> None:
    office = program(None, "regency_admin", "18.06")
    question = {"pillar": "economy", "words": "Apa itu BUM Desa?", "choices": ["Usaha", "Bukan"], "right": 0}
    made = office.send("POST", f"{ROOT}/questions", question)
    assert made.status_code == 201, made.json
    key = made.json["id"]
    stale = office.send("PUT", f"{ROOT}/questions/{key}", question, headers={"If-Match": '"7"'})
    assert stale.status_code == 412
    assert office.send("POST", f"{ROOT}/questions", {**question, "right": 4}).status_code == 422
    assert key in [one["id"] for one in office.get(f"{ROOT}/questions?pillar=economy").json["items"]]
    event = an_event(app)
    (seat,) = participants_of(app, event, village.code)
    attend(app, a_session(app, event), [seat])
    base = f"{ROOT}/events/{event}"
    chosen = office.send("PUT", f"{base}/tests/post", {"questions": [key], "pass_mark": 80})
    assert chosen.status_code == 200, chosen.json
    assert chosen.json["state"] == "draft"
    assert office.send("POST", f"{base}/tests/post/open", {}).json["state"] == "open"
    assert office.send("PUT", f"{base}/tests/post", {"questions": [key]}).status_code == 409
    with app.test_request_context():
        letters = paper.key_of(exam_of(app, event, "post"), "C")
    typed = {"participant_id": str(seat), "package": "C", "letters": letters}
    assert office.send("POST", f"{base}/tests/post/papers", typed).json == {
        "right": 1, "questions": 1, "is_new": True,
    }  # fmt: skip
    assert office.get(f"{base}/scores").json["items"][0]["post"] == 100
    signer = {"signer_name": "Drs. Contoh", "signer_title": "Kepala Dinas", "passed": True}
    assert office.send("POST", f"{base}/certificates", signer).json["count"] == 1
    settle(app)
    (one,) = office.get(f"{base}/certificates").json["items"]
    assert one["state"] == "made"
    assert office.get(f"{base}/certificates/{one['id']}/file").data.startswith(b"%PDF")
    path = f"{base}/certificates/{one['id']}/revoke"
    assert office.send("POST", path, {"reason": "Salah orang"}).json["state"] == "revoked"
    assert office.send("POST", path, {"reason": "Salah orang"}).status_code == 409
    assert office.get(f"{base}/evaluation").json["is_shown"] is False
    with app.app_context(), platform_scope():
        person = db.session.get_one(TrainingParticipant, seat).person_id
    record = office.get(f"{ROOT}/people/{person}/record").json
    assert record["items"][0]["post"] == 100, "percent, as scores are"
    foreign = program(None, "regency_admin", "18.07")
    for asked in (f"{base}/tests", f"{base}/certificates", f"{base}/materials", f"{base}/scores"):
        assert foreign.get(asked).status_code == 404
    below = program(None, "district_officer", "18.06.20")
    assert below.get(f"{base}/tests").json["items"][0]["questions"] == []
    assert below.get(f"{base}/scores").status_code == 404


def test_programs_of_villages_read_material_and_are_counted(
    app: SigerFlask, program: Programs, officer: Officer, make_village: Callable[[], Tenant]
) -> None:
    here, there = make_village(), make_village()
    event = an_event(app)
    invite(app, event, here)
    organiser = officer("regency_admin", "18.06")
    material = a_material(organiser, event)
    reader = program(here)
    base = f"{ROOT}/events/{event}/materials"
    assert [one["id"] for one in reader.get(base).json["items"]] == [str(material)]
    assert reader.get(f"{base}/{material}/file").data.startswith(b"%PDF")
    assert program(there).get(base).status_code == 404
    office = program(None, "regency_admin", "18.06")
    assert office.get(base).json["items"][0]["times"] == 1
