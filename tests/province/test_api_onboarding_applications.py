"""The API of the pipeline: applications of the token's region, and deciding on them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from app.core.accounts.api_tokens import make_token
from app.core.accounts.loading import build_actor
from app.core.hosting import SigerFlask
from tenants.models import now
from tenants.scope import platform_scope
from tests.support.people import make_account
from tests.support.pipeline import application_of, make_application, village_row
from tests.support.programs import Program
from tests.support.work import settle

LIST = "/api/v1/onboarding/applications"
SCOPES = ("onboarding.view", "onboarding.decide")
Programs = Callable[..., Program]


@pytest.fixture
def code(_codes: Iterator[str]) -> str:
    """The code of a village that nobody has used yet."""
    return next(_codes)


@pytest.fixture
def another(_codes: Iterator[str]) -> Callable[[], str]:
    """Codes of villages that nobody has used yet."""
    return lambda: next(_codes)


@pytest.fixture
def program(app: SigerFlask) -> Programs:
    """`program(region, role="regency_admin", scopes=…)`: a program with an officer's token."""

    def make(region: str, role: str = "regency_admin", scopes: tuple[str, ...] = SCOPES) -> Program:
        account = make_account(app, role=role, region=region, totp_confirmed_at=now())
        with app.app_context():
            with platform_scope():
                actor = build_actor(account.id, None)
            assert actor is not None
            token = make_token(actor, name="uji", scopes=scopes, days=30)
        return Program(app, "localhost", token.text)

    return make


def test_the_list_holds_the_own_region_alone(app: SigerFlask, code: str, program: Programs) -> None:
    application_id = str(make_application(app, code))
    found = program(code[:5]).get(f"{LIST}?search={code}").json["items"]
    assert [one["id"] for one in found] == [application_id]
    assert (found[0]["village_code"], found[0]["state"], found[0]["is_late"]) == (code, "submitted", False)
    elsewhere = program("18.71" if code[:5] != "18.71" else "18.01")
    assert elsewhere.get(f"{LIST}?search={code}").json["items"] == []
    assert elsewhere.get(f"{LIST}/{application_id}").status_code == 404
    assert elsewhere.send("POST", f"{LIST}/{application_id}/approval").status_code == 404
    assert elsewhere.get(f"{LIST}?region={code[:5]}").status_code == 404
    assert program(code[:5], scopes=("onboarding.decide",)).get(LIST).status_code == 403


def test_pages_follow_one_another(app: SigerFlask, another: Callable[[], str], program: Programs) -> None:
    code = another()
    name = f"Antre {code}"
    made = {str(make_application(app, another(), applicant_name=name)) for _ in range(3)}
    office = program("18", "province_admin")
    first = office.get(f"{LIST}?search={name}&limit=2").json
    second = office.get(f"{LIST}?search={name}&limit=2&after={first['next']}").json
    assert {one["id"] for one in first["items"] + second["items"]} == made
    assert second["next"] is None


def test_a_program_approves_once(app: SigerFlask, code: str, program: Programs) -> None:
    application_id = make_application(app, code)
    office, path = program(code[:5]), f"{LIST}/{application_id}"
    one = office.get(path)
    assert one.json["answers"]["identity"]["postal_code"] == "35378"
    assert [event["key"] for event in one.json["events"]] == ["submitted"]
    stale = office.send("POST", f"{path}/approval", headers={"If-Match": '"77"'})
    assert stale.status_code == 412
    assert stale.json["title"]
    answer = office.send("POST", f"{path}/approval", headers={"If-Match": one.headers["ETag"]})
    assert (answer.status_code, answer.json["state"]) == (200, "approved")
    again = office.send("POST", f"{path}/approval")
    assert again.status_code == 409
    assert "sudah diputuskan oleh" in again.json["detail"]
    settle(app)
    assert village_row(app, code).state == "provisioned"


@pytest.mark.parametrize("encoding", ["gzip", "br"])
def test_the_tag_of_a_compressed_answer_decides(
    app: SigerFlask, code: str, program: Programs, encoding: str
) -> None:
    application_id = make_application(app, code)
    office, path = program(code[:5]), f"{LIST}/{application_id}"
    one = office.get(path, headers={"Accept-Encoding": encoding})
    assert one.headers["Content-Encoding"] == encoding
    tag = one.headers["ETag"]
    for unknown in (tag.replace('"', "", 1), '"x"', '"1:tar"', f'{tag}, "77"'):
        assert office.send("POST", f"{path}/approval", headers={"If-Match": unknown}).status_code == 422
    for stale in (f'"77:{encoding}"', 'W/"77"', f'"77-{encoding}"'):
        assert office.send("POST", f"{path}/approval", headers={"If-Match": stale}).status_code == 412
    answer = office.send("POST", f"{path}/return", {"comment": "Kurang."}, headers={"If-Match": tag})
    assert (answer.status_code, answer.json["state"]) == (200, "returned")
    weak = "W/" + office.get(path).headers["ETag"]
    answer = office.send("POST", f"{path}/rejection", {"reason": "Bukan."}, headers={"If-Match": weak})
    assert (answer.status_code, answer.json["state"]) == (200, "rejected")


def test_a_program_asks_back_and_rejects_with_words(app: SigerFlask, code: str, program: Programs) -> None:
    application_id = make_application(app, code)
    office, path = program(code[:5]), f"{LIST}/{application_id}"
    assert office.send("POST", f"{path}/return", {}).status_code == 422
    assert office.send("POST", f"{path}/return", {"comment": "x", "steps": ["apa"]}).status_code == 422
    answer = office.send("POST", f"{path}/return", {"comment": "Surat tugas kurang.", "steps": ["applicant"]})
    assert (answer.status_code, answer.json["state"], answer.json["step"]) == (200, "returned", "applicant")
    answer = office.send("POST", f"{path}/rejection", {"reason": "Bukan perangkat desa."})
    assert (answer.status_code, answer.json["state"]) == (200, "rejected")
    assert application_of(app, application_id).comment == "Bukan perangkat desa."


def test_an_office_that_does_not_decide_is_told_who_does(
    app: SigerFlask, code: str, program: Programs
) -> None:
    application_id = make_application(app, code)
    answer = program(code[:8], "district_officer").send("POST", f"{LIST}/{application_id}/approval")
    assert answer.status_code == 403
    assert village_row(app, code).regency_name in answer.json["detail"]
