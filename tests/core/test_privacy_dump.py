"""A dump of the database, the file store, Redis and the logs hold no NIK, KK number, phone number or e-mail in clear.

(Law 27/2022, Art. 35.) The village is filled through its screens and services; then everything that is kept anywhere is
searched: every table as pg_dump writes it, bytea decoded, every object and key, unpacked, also as hex and base64.
"""

from __future__ import annotations

import base64
import datetime as dt
import io
import json
import re
import uuid
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from app.core.audit import record
from app.core.files.storage import put_object
from app.core.forms import Line
from app.core.hosting import SigerFlask
from app.core.privacy.files import object_path
from app.core.privacy.vault import open_vault
from app.extensions import cache, db
from app.government.residents import codes
from app.government.residents.events.schemas import SCHEMAS
from app.government.residents.models import Household, LifeEvent, Resident
from app.government.residents.register.schemas import OpenText, Sixteen
from app.government.residents.writing import Writing, today
from tenants import outbox
from tenants.scope import Tenant, tenant_scope
from tests.core.test_api_village import program_of
from tests.support import imports as importing
from tests.support.dumps import Surface, finds, keys_of, objects_in, rows_of
from tests.support.events import recorded, submit
from tests.support.images import picture
from tests.support.people import Person
from tests.support.residents import a_family, a_household, a_resident
from tests.support.servers import DatabaseUrls, own_folder
from tests.support.uploads import send_form
from tests.support.work import settle
from tests.support.workbooks import xlsx

SECRETS = {
    "NIK": "1806205205880013",
    "father's NIK": "1806201203600004",
    "child's NIK": "1806200906150002",
    "KK number": "1806201504100021",
    "KK number before": "1806201504100013",
    "phone": "081298765432",
    "phone as written": "0812-9876-5432",
    "e-mail": "ratna.dewi@surel-rahasia.test",
    "passport": "X8712345Q",
    "asker's phone": "0857-1122-3344",
    "imported NIK": "1806200203790003",
    "imported KK": "1806200102160007",
    "refused NIK": "180620090999000X",
}
GROUPED = "Cetak untuk 1806 2052 0588 0013"
"""A reason as clerks type it."""
PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]/Contents 4 0 R>>endobj\n"
    b"4 0 obj<</Length 42>>stream\nBT (NIK 1806205205880013) Tj ET\nendstream endobj\n"
    b"trailer<</Root 1 0 R>>\nstartxref\n0\n%%EOF\n"
)
Staff = Callable[..., Person]


@pytest.fixture
def kept(app: SigerFlask, village: Tenant, urls: DatabaseUrls) -> Callable[[], Iterator[Surface]]:
    """Everything that is kept of the village and of the platform."""

    def everything() -> Iterator[Surface]:
        yield from rows_of(urls.owner_url, [village.schema, "platform"])
        yield from objects_in(Path(own_folder()))
        yield from keys_of(cache.client)

    return everything


def fill(app: SigerFlask, village: Tenant, clerk: Person) -> uuid.UUID:
    """A family with numbers, a scan, an import, a request; edits, events and searches. Returns the mother's id."""
    household = a_household(app, village, kk=SECRETS["KK number before"])
    mother = a_resident(
        app, village, name="RATNA DEWI", sex=2, birth_date=dt.date(1988, 5, 12), nik=SECRETS["NIK"],
        household_id=household, relation=1, father_nik=SECRETS["father's NIK"], passport=SECRETS["passport"],
    )  # fmt: skip
    child = a_resident(
        app, village, name="BAGAS", birth_date=dt.date(2015, 6, 9), nik=SECRETS["child's NIK"], household_id=household,
        mother_nik=SECRETS["NIK"], relation=4,
    )  # fmt: skip
    with app.app_context(), tenant_scope(village):
        writing = Writing(today())
        person = db.session.get_one(Resident, mother)
        numbers = {"phone": SECRETS["phone as written"], "email": SECRETS["e-mail"]}
        writing.change_resident("correction", person, numbers)
        card = db.session.get_one(Household, household)
        writing.change_household("correction", card, {"kk": SECRETS["KK number"]})
        gone = {"vital_status": codes.MOVED, "vital_on": today()}
        writing.change_resident("move_out", db.session.get_one(Resident, child), gone)
        record("resident.changed", object_type="resident", object_id=mother, summary=person.name)
        writing.finish()
    _use_the_screens(clerk, mother)
    _import_and_export(app, clerk)
    settle(app)
    return mother


def _use_the_screens(clerk: Person, mother: uuid.UUID) -> None:
    """What clerks do with numbers: search, unmask, edit, store scans, answer requests."""
    for words in (SECRETS["NIK"], SECRETS["KK number"], "ratna"):
        found = clerk.submit("/penduduk/cari", {"q": words}, form="/penduduk", follow_redirects=True)
        assert "RATNA DEWI" in found.text
    reason = {"reason": "other", "reason_text": f"Surat untuk NIK {SECRETS['NIK']}"}
    assert clerk.submit(f"/penduduk/{mother}/nomor", reason, form=f"/penduduk/{mother}").status_code == 303
    edit = f"/penduduk/{mother}/ubah"
    assert SECRETS["NIK"] in clerk.submit(f"{edit}/nomor", {"number_reason": "correct"}, form=edit).text
    page = f"/penduduk/{mother}/dokumen/tambah"
    for data, name in ((PDF, f"{SECRETS['NIK']}.pdf"), (picture("JPEG"), f"{SECRETS['KK number']}.jpg")):
        answer = send_form(clerk, page, {"kind": "identity_card", "title": "KTP", "file": (data, name)})
        assert answer.status_code == 303, re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text))[:3000]
    path = f"/penduduk/permintaan/penduduk/{mother}"
    asked = {"kind": "access", "capacity": "self", "asked_by": "Ratna", "contact": SECRETS["asker's phone"]}
    request_page = clerk.submit(path, {**asked, "text": f"NIK saya {SECRETS['NIK']}"}).headers["Location"]
    copy = clerk.submit(f"{request_page}/salinan", {"format": "json"}, form=request_page)
    assert SECRETS["NIK"] in copy.get_data(as_text=True)
    copy.close()
    clerk.submit(request_page, {"outcome": "done", "answer": f"Dikirim ke {SECRETS['e-mail']}"})


def _import_and_export(app: SigerFlask, clerk: Person) -> None:
    """A file with a person who is known, one who is new and one whose number is refused; then files leave the house."""
    header = ["nama", "no_kk", "nik", "sex", "tanggallahir", "kk_level", "ayah_nik", "telepon", "alamat"]
    numbers = (SECRETS["KK number"], SECRETS["NIK"])
    rows = [
        [
            "RATNA DEWI",
            *numbers,
            2,
            "1988-05-12",
            1,
            SECRETS["father's NIK"],
            SECRETS["phone"],
            "JALAN LADA 2",
        ],
        [
            "WAWAN",
            SECRETS["imported KK"],
            SECRETS["imported NIK"],
            1,
            "1979-03-02",
            1,
            "",
            "",
            "JALAN LADA 3",
        ],
        ["SALAH", SECRETS["imported KK"], SECRETS["refused NIK"], 1, "1999-09-09", 1, "", "", ""],
    ]
    page = importing.send(app, clerk, xlsx(("Data", [header, *rows])), f"KK {SECRETS['imported KK']}.xlsx")
    importing.apply(app, clerk, page, happened_on="2026-01-01", note=f"NIK {SECRETS['NIK']} sudah diperiksa")
    for name, tab in (("WAWAN", "new"), ("RATNA DEWI", "changed"), ("SALAH", "rejected")):
        assert name in importing.tab(clerk, page, tab)
    assert "WAWAN" in clerk.get("/penduduk?q=wawan").text
    shape = {"shape": "exchange", "reason": f"Untuk {SECRETS['NIK']}"}
    for path, form, values in (
        ("/penduduk/ekspor", "/penduduk/ekspor", shape),
        (
            "/penduduk/buku/induk/berkas",
            "/penduduk/buku/induk",
            {"utuh": "1", "bentuk": "xlsx", "alasan": GROUPED},
        ),
    ):
        answer = clerk.submit(path, values, form=form)
        assert answer.status_code == 200, path
        assert answer.mimetype.endswith("sheet"), path
        answer.get_data()
        answer.close()


def test_no_number_stands_in_clear_anywhere(
    app: SigerFlask,
    village: Tenant,
    staff: Staff,
    kept: Callable[[], Iterator[Surface]],
    capfd: pytest.CaptureFixture[str],
) -> None:
    mother = fill(app, village, staff(village))
    assert finds(kept(), SECRETS) == []
    logged = capfd.readouterr()
    assert finds(iter([("logs", (logged.out + logged.err).encode())]), SECRETS) == []
    with app.app_context(), tenant_scope(village):
        person = db.session.get_one(Resident, mother)
        opened = open_vault().open_json(person.box, f"resident:{mother}")
        assert (opened["nik"], opened["email"]) == (SECRETS["NIK"], SECRETS["e-mail"])


TYPED = f"{SECRETS['NIK']} {SECRETS['phone as written']} {SECRETS['e-mail']}"
"""What clerks write where there is room."""
ROOM = {
    "death": {"place"}, "move_out": {"destination"}, "missing": {"remark"}, "left": {"remark"}, "return": {"origin"},
    "dissolve": {"reason"}, "change_nationality": {"decree"}, "move_in": {"origin", "purpose"},
}  # fmt: skip
"""Kind of event → its fields of free text, besides the note and what is refused (see below)."""


def test_every_free_text_of_an_event_is_known_here() -> None:
    for kind, schema in SCHEMAS.items():
        free = {
            name
            for name, known in schema().fields.items()
            if isinstance(known, Line) and not isinstance(known, OpenText | Sixteen)
        }
        # `place` of a return is "old" or "new"; `target` of a merge is looked for and not kept.
        assert free - {"note"} - ({"place"} if kind == "return" else {"target"}) == ROOM.get(kind, set()), (
            kind
        )


def test_what_clerks_type_into_events_is_masked(
    app: SigerFlask, village: Tenant, staff: Staff, kept: Callable[[], Iterator[Surface]]
) -> None:
    clerk, program = staff(village), program_of(app, village)
    day = {"happened_on": dt.date(2026, 1, 1)}
    home, (head, wife, child) = a_family(app, village, **day)
    _other, others = a_family(app, village, **day)
    alone, gone, lost, foreign = (a_resident(app, village, **day) for _person in range(4))
    for kind, about, more in (
        ("death", {"person": alone}, {}),
        ("move_out", {"household": _other}, {"members": [others[2]], "target": "2"}),
        ("missing", {"person": lost}, {}),
        ("left", {"person": gone}, {"members": [gone]}),
        ("return", {"person": gone}, {"members": [gone], "place": "new"}),
        ("dissolve", {"household": home}, {}),
        ("change_nationality", {"person": foreign}, {"nationality": "2"}),
    ):
        free = dict.fromkeys((*ROOM[kind], "note"), TYPED)
        recorded(submit(clerk, kind, **about, **more, **free))
    body = {
        "happened_on": "2026-02-03", "household": {"address": "Jalan Lada"}, "origin": TYPED, "purpose": TYPED,
        "accepted_note": TYPED,
        "people": [{"name": "BADU", "sex": 1, "relation": 1, "birth_date": "1990-01-01", "pregnant": True}],
    }  # fmt: skip
    assert program.send("POST", "/api/v1/life-events/arrivals", body).status_code == 201
    with app.app_context(), tenant_scope(village):
        lines = list(db.session.scalars(select(LifeEvent.details).where(LifeEvent.details != {})))
    free_names = {name for names in ROOM.values() for name in names} | {"note"}
    assert {name for line in lines for name in line} & free_names == free_names
    known = {name: SECRETS[name] for name in ("NIK", "phone", "phone as written", "e-mail")}
    assert finds(kept(), known) == []
    assert head != wife != child


def test_a_number_in_an_address_or_a_name_is_refused(app: SigerFlask, village: Tenant, staff: Staff) -> None:
    clerk, program = staff(village), program_of(app, village)
    home, (head, wife, _child) = a_family(app, village, happened_on=dt.date(2026, 1, 1))
    typed, day = f"Jalan Lada, KK {SECRETS['KK number']}", {"happened_on": "2026-02-03"}
    for name in (
        "registered_address",
        "current_address",
        "birth_place",
        "father_name",
        "birth_certificate",
        "notes",
    ):
        assert program.send("PATCH", f"/api/v1/residents/{head}", {name: typed}).status_code == 422, name
    assert program.send("PATCH", f"/api/v1/households/{home}", {"address": typed}).status_code == 422
    area = {"sub_area_id": str(uuid.uuid4()), "address": typed}
    people = {"resident_ids": [str(wife)]}
    newcomer = {"name": "BADU", "sex": 1, "relation": 1}
    for path, body in (
        ("area-moves", {**people, **area}),
        ("splits", {**people, "address": typed}),
        ("arrivals", {"people": [newcomer], "household": {"address": typed}}),
        ("arrivals", {"people": [{**newcomer, "current_address": typed}], "household": {"address": "Jalan"}}),
    ):
        answer = program.send("POST", f"/api/v1/life-events/{path}", {**day, **body})
        assert answer.status_code == 422, path
        assert "tidak disandikan" in str(answer.json), path
    for kind in ("split", "move_area"):
        answer = submit(clerk, kind, household=home, members=[wife], address=typed)
        assert answer.status_code == 422, kind
        assert "tidak disandikan" in answer.text, kind
    page = clerk.submit("/keluarga/tambah", {"address": typed})
    assert page.status_code == 422
    assert "tidak disandikan" in page.text


def in_a_column(number: str) -> None:
    """A field that is written beside its seal."""
    db.session.execute(update(Resident).values(notes=f"NIK {number}"))


def in_a_box(number: str) -> None:
    """A box that was never sealed."""
    db.session.execute(update(Resident).values(box=json.dumps({"nik": number}).encode()))


def in_the_ledger(number: str) -> None:
    """An event whose details hold what belongs into its box."""
    db.session.execute(update(LifeEvent).values(details={"before": {"nik": number}}))


def in_the_audit_log(number: str) -> None:
    """An entry, in base64."""
    record("resident.changed", details={"note": base64.b64encode(f"nik={number};".encode()).decode()})


def in_a_message(number: str) -> None:
    """A message that asks for a job."""
    outbox.post("job", {"name": "audit.seal", "arguments": {"search": number}}, delay_seconds=3600)


def in_an_object(number: str) -> None:
    """An upload kept as it came."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("sheet.xml", f"<c>{number}</c>")
    put_object(object_path(f"imports/{uuid.uuid4()}/upload"), packed.getvalue())


def in_a_name(number: str) -> None:
    """An object named by the number."""
    put_object(object_path(f"documents/{number}.jpg"), b"-")


def in_redis(number: str) -> None:
    """A search that is remembered by its digits."""
    cache.client.set("siger:search", f"{number[:4]} {number[4:8]} {number[8:12]} {number[12:]}", ex=60)


@pytest.mark.parametrize(
    "careless",
    [
        in_a_column,
        in_a_box,
        in_the_ledger,
        in_the_audit_log,
        in_a_message,
        in_an_object,
        in_a_name,
        in_redis,
    ],
    ids=lambda deed: deed.__name__,
)
def test_the_search_finds_what_was_not_sealed(
    app: SigerFlask, village: Tenant, kept: Callable[[], Iterator[Surface]], careless: Callable[[str], Any]
) -> None:
    # A number of its own for each, since what is written here stays.
    number = f"180620520588{zlib.crc32(careless.__name__.encode()) % 9000 + 1000}"
    a_resident(app, village, nik="", happened_on=dt.date(2026, 1, 1))
    assert finds(kept(), {"NIK": number}) == []
    with app.app_context(), tenant_scope(village):
        careless(number)
        db.session.commit()
        assert db.session.scalar(select(Resident.id)) is not None
    assert finds(kept(), {"NIK": number}) != []
