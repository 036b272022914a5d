"""The calendar behind a secret address: for calendar programs, which sign in nowhere."""

from __future__ import annotations

from flask import Response, abort, make_response, request

from app.core.blueprints import AudienceBlueprint
from app.core.permissions import anonymous
from app.extensions import counted_address, limiter
from app.province.training.events import feed

calendars = AudienceBlueprint(
    "training_calendar", __name__, audience="open", url_prefix="/pelatihan/kalender"
)
PER_ADDRESS = "60 per minute; 600 per hour"


@calendars.get("/<string(length=43):token>.ics")
@anonymous
@limiter.limit(PER_ADDRESS, key_func=counted_address)
def read(token: str) -> Response:
    """The events of a region as iCalendar; an address that was taken away or never was is not found."""
    found = feed.calendar_of(token)
    if found is None:
        abort(404)
    response = make_response(found)
    response.content_type = "text/calendar; charset=utf-8"
    response.headers["Content-Disposition"] = 'inline; filename="pelatihan.ics"'
    response.headers["Cache-Control"] = "private, max-age=900"
    response.headers["X-Robots-Tag"] = "noindex"
    response.add_etag()
    response.make_conditional(request)
    return response
