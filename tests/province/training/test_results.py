"""What trainings brought: who came from where, no-shows, tests, costs, villages that never came; added up by hand."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import func, select, update

from app.core.accounts.api_tokens import make_token
from app.core.accounts.loading import build_actor
from app.core.audit.models import PlatformAuditEntry
from app.core.hosting import SigerFlask
from app.extensions import db
from app.province.training.participants.models import TrainingInvitation, TrainingParticipant
from app.province.training.results import presenting
from tenants.scope import platform_scope
from tests.support.figures import village_id
from tests.support.people import Person, make_account
from tests.support.programs import Program
from tests.support.training import a_session, an_event, attend, participants_of
from tests.support.training_results import answer, no_trainings, spend

Officer = Callable[..., Person]

REGENCY, HERE, BESIDE = "18.09", "18.09.01", "18.09.02"
FIRST, SECOND, ABSENT, UNNOTED = (f"{HERE}.200{n}" for n in range(1, 5))
NEIGHBOUR = f"{BESIDE}.2001"
TITLE = "Bimtek <b>Smart</b> Village"


@dataclass
class Held:
    """The two trainings that were held."""

    noted: UUID
    unnoted: UUID


@pytest.fixture
def held(app: SigerFlask) -> Held:
    """A kabupaten's training ten days ago, and one whose attendance nobody noted.

    From the first village two women came and a man did not; from the second one of two men; of the third the one woman
    did not; from the neighbouring kecamatan a woman came. The differences of the tests are 30, 10 and 20 points.
    """
    no_trainings(app, REGENCY)
    event = an_event(app, REGENCY, days_from_now=-10, title=TITLE)
    session, later = a_session(app, event, starts_in_hours=-240), a_session(app, event, starts_in_hours=-236)
    one, two = participants_of(app, event, FIRST, 2)
    [away] = participants_of(app, event, FIRST, sex="male")
    three, _four = participants_of(app, event, SECOND, 2, sex="male")
    participants_of(app, event, ABSENT)
    [near] = participants_of(app, event, NEIGHBOUR)
    participants_of(app, event, SECOND, seat="cancelled")
    attend(app, session, [one, two, three, near])
    attend(app, later, [one, near])
    for who, before, after in ((one, 4, 7), (two, 5, 6), (three, 6, 8)):
        answer(app, event, "pre", who, before)
        answer(app, event, "post", who, after)
    answer(app, event, "pre", away, 1)
    answer(app, event, "post", near, 10)
    spend(app, event, 700_000)
    spend(app, event, 200_000)
    spend(app, event, 500_000, planned=True)
    unnoted = an_event(app, REGENCY, days_from_now=-5, title="Sosialisasi", kind="socialisation")
    a_session(app, unnoted, starts_in_hours=-120)
    participants_of(app, unnoted, UNNOTED, 2)
    return Held(event, unnoted)


def fact(page: str, label: str) -> str:
    """A figure on top, by its label."""
    found = re.search(rf"<dt>{label}</dt>\s*<dd[^>]*>(?:<a[^>]*>)?([^<]+)<", page)
    assert found is not None, label
    return found[1]


def row(page: str, name: str) -> dict[str, str]:
    """The cells of a table's row, by their headings."""
    line = next(part for part in page.split("<tr>") if name in part)
    cells = re.findall(r'data-label="([^"]+)"[^>]*>(.*?)</td>', line, re.S)
    return {label: re.sub(r"<[^>]+>", " ", cell).strip() for label, cell in cells}


def program(app: SigerFlask, region: str) -> Program:
    """A program of an analyst of a region."""
    account = make_account(app, role="regency_analyst", region=region)
    with app.app_context(), platform_scope():
        actor = build_actor(account.id, None)
        assert actor is not None
        token = make_token(actor, name="uji", scopes=("training.view",), days=30)
    return Program(app, "localhost", token.text)


def test_a_regions_results_are_what_was_counted_by_hand(officer: Officer, held: Held) -> None:
    page = officer("regency_admin", REGENCY).get("/pelatihan/hasil").text
    assert fact(page, "pelatihan selesai") == "2"
    assert "1 tanpa catatan kehadiran" in page
    assert fact(page, "peserta datang") == "4"
    assert fact(page, "perempuan di antaranya") == "75%"
    assert fact(page, "terdaftar tetapi tidak datang") == "43%", "3 of 7: the unnoted training counts nobody"
    assert "3 dari 7 kursi" in page
    assert fact(page, "biaya tiap peserta yang datang") == "Rp225.000", (
        "900.000 spent for 4; plans do not count"
    )
    assert fact(page, "poin nilai tes, sebelum ke sesudah") == "+20,0"
    assert "Baru 3 orang yang menjawab kedua tes" in page, "who wrote one test only is left out"
    assert "−4,8 sampai +44,8" in page
    mine = row(page, f"/pelatihan/hasil/{HERE}")
    assert (mine["Desa yang ikut"], mine["Terdaftar"], mine["Datang"]) == ("2 dari 19", "8", "3")
    assert (mine["Perempuan"], mine["Tidak datang"]) == ("67%", "50%")
    beside = row(page, f"/pelatihan/hasil/{BESIDE}")
    assert (beside["Datang"], beside["Tidak datang"], beside["Nilai tes"]) == ("1", "0%", "–")
    assert "Bimtek &lt;b&gt;Smart&lt;/b&gt; Village" in page
    assert "<b>Smart</b>" not in page
    assert "kehadiran belum dicatat" in page


def test_a_kecamatan_sees_its_own_people_and_not_the_kabupatens_money(officer: Officer, held: Held) -> None:
    somebody = officer("district_officer", HERE)
    page = somebody.get("/pelatihan/hasil").text
    assert fact(page, "peserta datang") == "3"
    assert fact(page, "biaya tiap peserta yang datang") == "–"
    assert fact(page, "pelatihan selesai") == "2"
    event = somebody.get(f"/pelatihan/{held.noted}/hasil").text
    assert "Yang tampak di sini hanya peserta dari Kecamatan Gedong Tataan" in event
    assert fact(event, "peserta datang") == "3"
    assert "Rp" not in event[event.index("facts") :]
    for path in (f"/pelatihan/hasil/{BESIDE}", f"/pelatihan/hasil/{REGENCY}", f"/pelatihan/dampak/{REGENCY}"):
        assert somebody.get(path).status_code == 404
    other = officer("district_officer", "18.10.01")
    assert other.get(f"/pelatihan/{held.noted}/hasil").status_code == 404


def test_trainings_are_chosen_by_time_and_kind(officer: Officer, held: Held) -> None:
    admin = officer("regency_admin", REGENCY)
    assert fact(admin.get("/pelatihan/hasil?jenis=bimtek").text, "pelatihan selesai") == "1"
    assert fact(admin.get("/pelatihan/hasil?masa=semua").text, "pelatihan selesai") == "2"
    page = admin.get("/pelatihan/hasil?masa=2001").text
    assert "Belum ada pelatihan yang selesai pada masa ini" in page
    assert admin.get("/pelatihan/hasil?masa=%00&jenis=x&hal=-3").status_code == 200


def test_one_trainings_results(officer: Officer, held: Held) -> None:
    admin = officer("regency_admin", REGENCY)
    page = admin.get(f"/pelatihan/{held.noted}/hasil").text
    assert fact(page, "peserta datang") == "4"
    assert fact(page, "biaya tiap peserta yang datang") == "Rp225.000"
    assert "Rp900.000 dibelanjakan" in page
    first = row(page, f"/desa/{village_id_of(admin, page, 0)}")
    assert (first["Terdaftar"], first["Datang"], first["Tidak datang"]) == ("3", "2", "33%")
    assert first["Undangan"] == "Tidak diundang"
    nobody = admin.get(f"/pelatihan/{held.noted}/hasil?yang=tidak").text
    listed = nobody[nobody.index('id="desa"') :]
    assert listed.count("<tr>") == 2, "the head and the village of which nobody came"
    empty = admin.get(f"/pelatihan/{held.unnoted}/hasil").text
    assert "Kehadiran belum dicatat" in empty


def test_a_trainings_villages_are_cut_into_pages_whoever_was_invited(
    app: SigerFlask, officer: Officer, held: Held, monkeypatch: pytest.MonkeyPatch
) -> None:
    with app.app_context(), platform_scope():
        for code in (FIRST, UNNOTED, f"{BESIDE}.2002"):
            db.session.add(
                TrainingInvitation(
                    event_id=held.noted, tenant_id=village_id_here(code), token=code, token_digest=code.encode(),
                    invited_by="Uji", answer="coming" if code == FIRST else "none",
                )
            )  # fmt: skip
        [sent] = participants_of(app, held.noted, FIRST)
        db.session.execute(
            update(TrainingParticipant).where(TrainingParticipant.id == sent).values(tenant_id=None)
        )
        db.session.commit()
    monkeypatch.setattr(presenting, "PER_PAGE", 2)
    province, path = officer("province_admin", "18"), f"/pelatihan/{held.noted}/hasil"
    pages = [province.get(f"{path}?hal={number}").text for number in (1, 2, 3, 9)]
    names = [village_id(app, code) for code in (FIRST, SECOND, ABSENT, UNNOTED, NEIGHBOUR, f"{BESIDE}.2002")]
    told = [re.findall(r'/desa/([0-9a-f-]{36})"', page[page.index('id="desa"') :]) for page in pages]
    assert [ident for page in told[:3] for ident in page] == [str(ident) for ident in names]
    assert told[3] == told[2], "behind the last page stands the last one"
    first, invited = row(pages[0], str(names[0])), row(pages[1], str(names[3]))
    assert (first["Undangan"], first["Terdaftar"], first["Nilai tes"]) == (
        "Menyanggupi",
        "3",
        "+20,0  (2 orang)",
    )
    assert (invited["Undangan"], invited["Terdaftar"], invited["Tidak datang"]) == (
        "Belum menjawab",
        "0",
        "–",
    )
    assert "Selain itu 0 orang dari kantor" in pages[0], "registered for an office, and did not come"
    assert fact(pages[0], "terdaftar tetapi tidak datang") == "50%", "4 of 8"
    nobody = province.get(f"{path}?yang=tidak&hal=2").text
    assert str(names[5]) in nobody[nobody.index('id="desa"') :]
    below = officer("district_officer", HERE).get(f"{path}?hal=2").text
    assert str(names[3]) in below
    assert str(names[4]) not in below


def village_id_of(admin: Person, page: str, place: int) -> str:
    """The id of a village in a page's list."""
    return re.findall(r'/desa/([0-9a-f-]{36})"', page[page.index('id="desa"') :])[place]


def test_villages_that_never_came_with_how_they_were_asked(
    app: SigerFlask, officer: Officer, held: Held
) -> None:
    with app.app_context(), platform_scope():
        db.session.add(
            TrainingInvitation(
                event_id=held.noted, tenant_id=village_id_here(ABSENT), token="t", token_digest=b"results",
                invited_by="Uji", answer="declined",
            )
        )  # fmt: skip
        db.session.commit()
    analyst = officer("regency_analyst", REGENCY)
    page = analyst.get(f"/pelatihan/hasil/{HERE}/belum-pernah").text
    assert fact(page, "desa belum pernah ikut") == "17"
    assert "dari 19" in page
    assert fact(page, "di antaranya pernah diundang") == "1"
    absent = row(page[page.index('id="daftar"') :], str(village_id(app, ABSENT)))
    assert (absent["Undangan pelatihan"], absent["Menolak"], absent["Kursi tanpa hadir"]) == ("1", "1", "1")
    listed = page[page.index('id="daftar"') :]
    assert str(village_id(app, FIRST)) not in listed
    assert str(village_id(app, UNNOTED)) in listed, "who was registered only did not come"
    assert 'id="peta"' in page
    found = analyst.get(f"/pelatihan/hasil/{HERE}/belum-pernah?q={ABSENT}").text
    assert found[found.index('id="daftar"') :].count("<tr>") == 2
    none = analyst.get(f"/pelatihan/hasil/{HERE}/belum-pernah?jenis=kelurahan").text
    assert "Tidak ada yang cocok" in none
    assert analyst.get(f"/pelatihan/hasil/{REGENCY}/belum-pernah").status_code == 200


def village_id_here(code: str) -> UUID:
    """A village's id, inside a scope."""
    from tenants.models import TenantRow

    return db.session.scalars(select(TenantRow.id).where(TenantRow.code == code)).one()


@pytest.mark.parametrize("name", ["asal", "kegiatan", "belum"])
def test_every_list_can_be_taken_out_and_that_is_noted(
    app: SigerFlask, officer: Officer, held: Held, name: str
) -> None:
    analyst = officer("regency_analyst", REGENCY)
    with analyst.get(f"/pelatihan/hasil/{HERE}/unduh?daftar={name}") as answer_:
        rows = CalamineWorkbook.from_filelike(io.BytesIO(answer_.data)).get_sheet_by_index(0).to_python()
    text = analyst.get(f"/pelatihan/hasil/{HERE}/unduh?daftar={name}&bentuk=csv").text
    assert len(text.splitlines()) == len(rows) - 2, "a line above the headings and an empty one"
    assert noted(app, analyst) == [len(rows) - 3] * 2
    assert analyst.get(f"/pelatihan/hasil/{HERE}/unduh?daftar=lain").status_code == 404
    assert officer("mentor", HERE).get(f"/pelatihan/hasil/{HERE}/unduh?daftar={name}").status_code == 403
    assert analyst.get(f"/pelatihan/hasil/18.10/unduh?daftar={name}").status_code == 404


def noted(app: SigerFlask, who: Person) -> list[int]:
    """How many rows somebody's exports held, as the audit log says."""
    with app.app_context(), platform_scope():
        query = select(PlatformAuditEntry).where(
            PlatformAuditEntry.action == "figures.exported", PlatformAuditEntry.actor_id == who.account_id
        )
        return [entry.details["rows"] for entry in db.session.scalars(query.order_by(PlatformAuditEntry.id))]


def test_one_trainings_villages_can_be_taken_out(app: SigerFlask, officer: Officer, held: Held) -> None:
    analyst = officer("regency_analyst", REGENCY)
    text = analyst.get(f"/pelatihan/{held.noted}/hasil/unduh?bentuk=csv").text
    lines = [line.split(";") for line in text.splitlines()]
    assert lines[0][5:9] == ["Terdaftar", "Datang", "Perempuan", "Tidak datang"]
    assert [line[0] for line in lines[1:]] == [FIRST, SECOND, ABSENT, NEIGHBOUR]
    assert lines[1][5:] == ["3", "2", "2", "1", "2", "45.0", "65.0"]
    assert lines[3][5:] == ["1", "0", "0", "1", "0", "", ""], "no test is empty, not 0"
    assert noted(app, analyst) == [4]


def test_the_api_tells_the_same(app: SigerFlask, held: Held) -> None:
    there = program(app, REGENCY)
    told = there.get(f"/api/v1/training/results?region={HERE}").json
    assert told["people"]["came"] == 3
    assert told["people"]["gain"]["mean"] == 20
    assert told["people"]["gain"]["is_few"] is True
    assert told["people"]["gain"]["low"] == pytest.approx(20 - 4.3027 * 10 / 3**0.5)
    assert told["cost_each"] is None
    assert there.get("/api/v1/training/results").json["cost_each"] == 225_000
    first = there.get(f"/api/v1/training/results/never?region={HERE}&limit=10").json
    rest = there.get(f"/api/v1/training/results/never?region={HERE}&limit=10&after={first['next']}").json
    codes = [one["code"] for one in (*first["items"], *rest["items"])]
    assert len(codes) == len(set(codes)) == 17
    assert codes == sorted(codes)
    assert rest["next"] is None
    event = there.get(f"/api/v1/training/events/{held.noted}/results").json
    assert [one["code"] for one in event["villages"]] == [FIRST, SECOND, ABSENT, NEIGHBOUR]
    assert event["is_whole"] is True
    assert there.get("/api/v1/training/results?region=18.10").status_code == 404
    assert there.get("/api/v1/training/effect?months=4").status_code == 422


def test_pages_ask_at_most_eight_queries(officer: Officer, count_queries: Any, held: Held) -> None:
    admin = officer("province_admin", "18")
    for path in (
        "/pelatihan/hasil", f"/pelatihan/hasil/{HERE}", "/pelatihan/hasil/18/belum-pernah", "/pelatihan/dampak",
        f"/pelatihan/{held.noted}/hasil",
    ):  # fmt: skip
        assert admin.get(path).status_code == 200, path
        with count_queries(at_most=6 if path.startswith(f"/pelatihan/{held.noted}") else 8):
            assert admin.get(path).status_code == 200, path


def test_looking_is_noted_and_asking_for_another_region_too(
    app: SigerFlask, officer: Officer, held: Held
) -> None:
    somebody = officer("district_officer", HERE)
    somebody.get("/pelatihan/hasil")
    somebody.get(f"/pelatihan/hasil/{BESIDE}")
    with app.app_context(), platform_scope():
        query = select(PlatformAuditEntry.action, func.count()).where(
            PlatformAuditEntry.actor_id == somebody.account_id
        )
        found = dict(db.session.execute(query.group_by(PlatformAuditEntry.action)).all())
    assert found == {"figures.viewed": 1, "region.refused": 1}
