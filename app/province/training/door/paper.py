"""The attendance sheet on paper: who is expected, where to sign, and room for who comes unannounced."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flask_babel import force_locale

from app.core.documents import render_pdf
from app.core.ui.formats import date, moment
from app.province.regions import territory
from app.province.reports.paper import MARK, letterhead_of
from app.province.training.door import queries
from app.province.training.door.queries import Door
from app.province.training.events import words
from tenants.models import now

TEMPLATE = Path(__file__).with_name("typst") / "sheet.typ"
FREE_LINES = 12
"""Lines for people who are not on the list."""
TAGGED_LINES = 600


def sheet(door: Door) -> bytes:
    """The sheet of a session as PDF/A: by village and name, each with the number that it is typed in by.

    Raises DocumentFailed with a sentence.
    """
    with force_locale("id"):
        data = document(door)
        mark = MARK.read_text(encoding="utf-8").replace("currentColor", "#7A1420")
        title = f"Daftar Hadir {door.session.title}"
        return render_pdf(
            TEMPLATE, data, title=title, images={"logo": mark}, tagged=len(data["rows"]) <= TAGGED_LINES
        )


def document(door: Door) -> dict[str, Any]:
    """What the template shows."""
    people = [one for one in queries.people_of(door) if one.seat == "registered"]
    session, event = door.session, door.event
    place = ", ".join(filter(None, (door.venue, session.room)))
    return {
        "paper": "a4",
        "footer": f"Daftar hadir · {event.title} · {session.title} · dicetak {moment(now())}",
        "letterhead": letterhead_of(territory(event.region_code)),
        "heading": "Daftar Hadir",
        "event": event.title,
        "facts": [
            ["Sesi", session.title],
            ["Waktu", f"{date(session.starts_at)}, {words.hours(session.starts_at, session.ends_at)}"],
            ["Tempat", place or "–"],
        ],
        "rows": [
            {
                "number": str(one.number),
                "name": one.name,
                "position": one.position,
                "village": ", ".join(filter(None, (one.village, one.district))),
            }
            for one in people
        ],
        "free": FREE_LINES,
        "note": "Nomor tidak berurutan: nomor mengikuti orangnya, supaya lembar ini mudah diketik kembali.",
    }
