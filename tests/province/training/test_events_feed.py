"""The calendar for calendar programs: under a secret address, of the account's region, as long as it may look."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Callable
from typing import Any

from icalendar import Calendar
from sqlalchemy import update

from app.core.accounts.models import Account
from app.core.hosting import SigerFlask
from app.extensions import db
from app.province.training.events.models import CalendarFeed
from tenants.scope import platform_scope
from tests.province.training.planning import HTML, a_speaker, a_venue, changed, day, drafted, opened
from tests.support.people import Person
from tests.support.training import an_event
from tests.support.visitors import Visitor

Officer = Callable[..., Person]


def address(visitor: Visitor) -> str:
    """Ask for the account's address; its path."""
    page = visitor.submit("/pelatihan/kalender/alamat", form="/pelatihan/kalender").text
    found = re.search(r"/pelatihan/kalender/[\w-]{43}\.ics", page)
    assert found is not None
    return found.group(0)


def entries(answer: Any) -> dict[str, Any]:
    """The entries of a calendar by their titles."""
    assert answer.status_code == 200
    assert answer.content_type == "text/calendar; charset=utf-8"
    calendar = Calendar.from_ical(answer.data)
    return {str(entry["summary"]): entry for entry in calendar.walk("VEVENT")}


def test_sessions_stand_in_the_calendar_with_hours_place_and_speaker(
    app: SigerFlask, officer: Officer, visit: Callable[[str], Visitor]
) -> None:
    organiser = officer("regency_admin", "18.06")
    venue = a_venue(app, "Aula, Gisting", "18.06.20", address="Jl. Raya 1", latitude=-5.43, longitude=104.7)
    key = opened(
        organiser, title=f"Bimtek {HTML}", venue_id=str(venue),
        session={"speakers": str(a_speaker(app, "Ir. Sulastri")), "room": "Ruang A"},
    )  # fmt: skip
    path = address(organiser)
    stranger = visit("localhost")
    found = entries(stranger.get(path))
    entry = found[f"Bimtek {HTML}: Surat dari rumah"]
    assert entry.decoded("dtstart").isoformat() == f"{day(10)}T08:00:00+07:00"
    assert entry.decoded("dtend") - entry.decoded("dtstart") == dt.timedelta(hours=2)
    assert "Ruang A, Aula, Gisting" in str(entry["location"])
    assert "Kecamatan Gisting" in str(entry["location"])
    assert "Ir. Sulastri" in str(entry["description"])
    assert f"/pelatihan/{key}" in str(entry["url"])
    assert (entry["geo"].latitude, entry["geo"].longitude) == (-5.43, 104.7)
    assert str(entry["status"]) == "CONFIRMED"
    sequence, uid = int(entry["sequence"]), str(entry["uid"])
    changed(organiser, key, starts_on=day(15), ends_on=day(16))
    entry = entries(stranger.get(path))[f"Bimtek {HTML}: Surat dari rumah"]
    assert (int(entry["sequence"]), str(entry["uid"])) == (sequence + 1, uid)
    assert entry.decoded("dtstart").date().isoformat() == day(15)
    organiser.submit(f"/pelatihan/{key}/batalkan", {"reason": "Aula rusak"})
    entry = entries(stranger.get(path))[f"Bimtek {HTML}: Surat dari rumah"]
    assert str(entry["status"]) == "CANCELLED"
    assert "Aula rusak" in str(entry["description"])


def test_an_event_without_sessions_is_whole_days(app: SigerFlask, officer: Officer) -> None:
    organiser = officer("regency_admin", "18.06")
    title = f"Kunjungan {uuid.uuid4().hex[:8]}"
    drafted(organiser, title=title)
    entry = entries(organiser.get(address(organiser)))[title]
    assert entry.decoded("dtstart").isoformat() == day(10)
    assert entry.decoded("dtend").isoformat() == day(12)
    assert str(entry["status"]) == "TENTATIVE"


def test_the_calendar_is_of_the_region_and_hides_drafts_from_who_only_looks(
    app: SigerFlask, officer: Officer
) -> None:
    mark = uuid.uuid4().hex[:8]
    an_event(app, "18.08", title=f"Asing {mark}")
    an_event(app, "18.06", title=f"Sendiri {mark}")
    an_event(app, "18.06", title=f"Draf {mark}", state="draft")
    found = entries((analyst := officer("regency_analyst", "18.06")).get(address(analyst)))
    assert f"Sendiri {mark}" in found
    assert f"Asing {mark}" not in found
    assert f"Draf {mark}" not in found


def test_an_address_is_secret_one_and_ends(
    app: SigerFlask, officer: Officer, visit: Callable[[str], Visitor]
) -> None:
    organiser, stranger = officer("regency_admin", "18.06"), visit("localhost")
    first = address(organiser)
    assert first.rsplit("/", 1)[1].removesuffix(".ics").encode() not in _kept(app)
    assert first not in organiser.get("/pelatihan/kalender").text
    second = address(organiser)
    assert stranger.get(first).status_code == 404
    tag = stranger.get(second).headers["ETag"]
    assert stranger.get(second, headers={"If-None-Match": tag}).status_code == 304
    assert stranger.get(f"/pelatihan/kalender/{'a' * 43}.ics").status_code == 404
    organiser.submit("/pelatihan/kalender/alamat/hapus", form="/pelatihan/kalender")
    assert stranger.get(second).status_code == 404


def test_an_account_that_ended_has_a_dead_address(
    app: SigerFlask, officer: Officer, visit: Callable[[str], Visitor]
) -> None:
    organiser = officer("regency_admin", "18.06")
    path = address(organiser)
    assert visit("localhost").get(path).status_code == 200
    with app.app_context(), platform_scope():
        db.session.execute(update(Account).where(Account.id == organiser.account_id).values(is_active=False))
        db.session.commit()
    assert visit("localhost").get(path).status_code == 404


def _kept(app: SigerFlask) -> bytes:
    with app.app_context(), platform_scope():
        return b"".join(row.token_digest for row in db.session.query(CalendarFeed))
