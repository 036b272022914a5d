"""Mentors with villages, and visits as their phones send them."""

from __future__ import annotations

import datetime as dt
import io
import uuid
from collections.abc import Callable, Sequence
from typing import Any

from PIL import Image
from sqlalchemy import update
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.test import TestResponse, encode_multipart

from app.core.hosting import SigerFlask
from app.core.ui.formats import ZONE
from app.core.village.models import VillageProfile
from app.extensions import db
from app.province.mentoring.cases.models import Mentor, MentorVillage
from app.province.mentoring.visits.models import MentoringVisit, VillagePin
from tenants.models import now
from tenants.scope import Tenant, platform_scope, tenant_scope
from tests.support.people import Person
from tests.support.visitors import CSRF, Visitor

POINT = (-5.4382, 104.7215)
"""Where the tests' villages lie."""
PIN = "482915"
JSON = {"X-Siger-Kept": "1"}


def a_mentor(app: SigerFlask, officer: Callable[..., Person], *villages: Tenant) -> Person:
    """Somebody with the role of a mentor who stands by these villages, signed in on the province's host."""
    district = villages[0].district_code if villages else "18.06.20"
    person = officer("mentor", district)
    with app.app_context(), platform_scope():
        db.session.add(Mentor(account_id=person.account_id, region_code=district))
        db.session.flush()
        for village in villages:
            db.session.merge(
                MentorVillage(tenant_id=village.id, mentor_id=person.account_id, assigned_by="Uji")
            )
        db.session.commit()
    return person


def place_village(app: SigerFlask, village: Tenant, point: tuple[float, float] = POINT) -> None:
    """Let a village say where its office is."""
    with app.app_context(), tenant_scope(village):
        db.session.execute(update(VillageProfile).values(latitude=point[0], longitude=point[1]))
        db.session.commit()


def today() -> dt.date:
    return now().astimezone(ZONE).date()


def typed(village: Tenant, visit_id: uuid.UUID, **more: Any) -> dict[str, Any]:
    """A visit as the form sends it."""
    return {
        "visit_id": str(visit_id), "village_id": str(village.id), "visited_on": today().isoformat(),
        "place": "Balai pekon", "done": "Menerbitkan tiga surat bersama operator.",
        "next_step": "Operator mengimpor data KK.", **more,
    }  # fmt: skip


def send(
    phone: Visitor,
    values: dict[str, Any],
    *,
    photos: Sequence[bytes] = (),
    notes: Sequence[bytes] = (),
    path: str = "/kunjungan/tulis",
    headers: dict[str, str] | None = None,
) -> TestResponse:
    """Send the form of a visit with photos, as a browser does; `headers` JSON is how a phone sends it later."""
    found = CSRF.search(phone.get("/kunjungan/daftar").text)
    body: MultiDict[str, Any] = MultiDict({"csrf_token": found.group(1) if found else "", **values})
    for data in photos:
        body.add("photos", FileStorage(io.BytesIO(data), "foto.jpg"))
    for data in notes:
        body.add("exif", FileStorage(io.BytesIO(data), "exif"))
    boundary, packed = encode_multipart(body)
    return phone.client.post(
        path, base_url=f"http://{phone.host}", data=packed, headers=headers,
        content_type=f'multipart/form-data; boundary="{boundary}"',
    )  # fmt: skip


def recorded(phone: Visitor, village: Tenant, **more: Any) -> uuid.UUID:
    """A visit that a mentor recorded."""
    photos = more.pop("photos", ())
    key = uuid.uuid4()
    answer = send(phone, typed(village, key, **more), photos=photos)
    assert answer.status_code == 303, answer.text
    return key


def kept(app: SigerFlask, visit_id: uuid.UUID) -> MentoringVisit | None:
    """The row of a visit."""
    with app.app_context(), platform_scope():
        row = db.session.get(MentoringVisit, visit_id)
        if row is not None:
            db.session.expunge(row)
        return row


def stands(app: SigerFlask, visit_id: uuid.UUID) -> MentoringVisit:
    """The row of a visit that must be there."""
    row = kept(app, visit_id)
    assert row is not None
    return row


def kept_pin(app: SigerFlask, village: Tenant) -> VillagePin:
    """What is kept of a village's PIN."""
    with app.app_context(), platform_scope():
        row = db.session.get(VillagePin, village.id)
        assert row is not None
        db.session.expunge(row)
        return row


def set_pin(person: Visitor, pin: str = PIN, again: str | None = None) -> TestResponse:
    """Set the village's PIN on its page."""
    return person.submit("/pendampingan/pin", {"pin": pin, "again": pin if again is None else again})


def sign(phone: Visitor, visit_id: uuid.UUID, pin: str, name: str = "Sutrisno") -> TestResponse:
    """Let somebody of the village sign on the mentor's phone."""
    page = f"/kunjungan/{visit_id}"
    return phone.submit(f"{page}/tanda-tangan", {"name": name, "pin": pin}, form=page)


def photo(
    point: tuple[float, float] | None = None, taken: dt.datetime | None = None, *, edge: int = 400
) -> bytes:
    """A JPEG whose camera noted a place and a moment (or neither)."""
    exif = Image.Exif()
    exif[0x010F] = "Kamera Rahasia"
    if point is not None:
        gps = exif.get_ifd(0x8825)
        for tag, side, value, signs in ((1, 2, point[0], "NS"), (3, 4, point[1], "EW")):
            gps[tag], gps[side] = signs[value < 0], _parts(abs(value))
    if taken is not None:
        exif.get_ifd(0x8769)[0x9003] = f"{taken:%Y:%m:%d %H:%M:%S}"
    packed = io.BytesIO()
    Image.effect_noise((edge, edge), 50).convert("RGB").save(packed, "JPEG", exif=exif)
    return packed.getvalue()


def notes_of(data: bytes) -> bytes:
    """The camera's notes of a JPEG, as the phone cuts them out."""
    place = data.index(b"Exif\x00\x00")
    return data[place : place - 2 + int.from_bytes(data[place - 2 : place], "big")]


def _parts(value: float) -> tuple[float, float, float]:
    degrees = int(value)
    minutes = int((value - degrees) * 60)
    return float(degrees), float(minutes), round((value - degrees - minutes / 60) * 3600, 4)
