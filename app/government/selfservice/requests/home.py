"""The portal's front page: what waits for whom is signed in, what one can do here for everybody else."""

from __future__ import annotations

import datetime as dt

from babel.dates import get_day_names
from flask import render_template
from flask_babel import gettext as _

from app.core.blueprints import AudienceBlueprint
from app.core.permissions import anonymous
from app.core.ui import formats
from app.core.village import queries
from app.core.village.hours import OpeningHours
from app.government.letters.options import letter_options
from app.government.selfservice.frame import init_frame, is_used, signed_in_resident
from app.government.selfservice.requests.queries import own_requests

blueprint = AudienceBlueprint("portal", __name__, audience="resident", url_prefix="/layanan")
blueprint.record_once(init_frame)


@blueprint.get("")
@anonymous
def home() -> str:
    """Greet by name and say what waits; or say what one can do here."""
    resident = signed_in_resident()
    complaints = is_used("complaints")
    if resident is None:
        return render_template(
            "selfservice/landing.html",
            hours=hours_in_words(OpeningHours.from_json(queries.profile().told_hours)),
            promise_days=letter_options().promise_days,
            has_complaints=complaints,
        )
    return render_template(
        "selfservice/home.html",
        resident=resident,
        found=own_requests(resident),
        greeting=greeting(dt.datetime.now(formats.ZONE).hour),
        has_complaints=complaints,
    )


def greeting(hour: int) -> str:
    """What people say at an hour of the day."""
    if 4 <= hour < 11:
        return str(_("Selamat pagi,"))
    if 11 <= hour < 15:
        return str(_("Selamat siang,"))
    if 15 <= hour < 18:
        return str(_("Selamat sore,"))
    return str(_("Selamat malam,"))


def hours_in_words(hours: OpeningHours) -> list[tuple[str, str]]:
    """The office's week: `Senin–Kamis`, `08.00–15.00`. Empty when no hours were stated."""
    language = formats.current_locale_code()
    names = get_day_names("wide", locale=language)
    lines = []
    for group in hours.groups():
        days = (
            names[group.first] if group.first == group.last else f"{names[group.first]}–{names[group.last]}"
        )
        spans = [
            f"{a:%H.%M}–{b:%H.%M}" if language == "id" else f"{a:%H:%M}–{b:%H:%M}" for a, b in group.intervals
        ]
        lines.append((str(days), f"{', '.join(spans)} {formats.ZONE_NAME}"))
    return lines
