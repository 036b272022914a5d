"""The events of a region for calendar programs (RFC 5545), under a secret address that each account may have.

The address holds 256 random bits, of which only the digest is kept. It works as long as the account may see training in
the region: whoever is deactivated or loses the role has a dead address with the next request.
"""

from __future__ import annotations

import datetime as dt
import uuid

from flask import current_app
from flask_babel import gettext as _
from icalendar import Calendar, Event, vGeo, vText
from sqlalchemy import delete, select

from app.core import audit
from app.core.accounts.loading import build_actor
from app.core.accounts.secrets import digest, new_token
from app.core.actors import Actor
from app.core.links import province_url
from app.core.ui.formats import ZONE
from app.extensions import db
from app.province.regions import frame_name
from app.province.training.events import queries, words
from app.province.training.events.models import (
    CalendarFeed,
    TrainingEvent,
    TrainingSession,
    TrainingSpeaker,
    TrainingVenue,
)
from tenants.models import now

BACK = dt.timedelta(days=180)
MOST_EVENTS = 500
STATUS = {"draft": "TENTATIVE", "open": "CONFIRMED", "done": "CONFIRMED", "cancelled": "CANCELLED"}


def feed_of(account_id: uuid.UUID) -> CalendarFeed | None:
    """The account's address, if it has one."""
    query = select(CalendarFeed).where(CalendarFeed.account_id == account_id)
    return db.session.scalars(query).one_or_none()


def make_feed(actor: Actor) -> str:
    """Make an address for the account's region, in place of the one before. Commits; returns the secret, shown once."""
    token = new_token()
    db.session.execute(delete(CalendarFeed).where(CalendarFeed.account_id == actor.account_id))
    db.session.add(
        CalendarFeed(
            token_digest=digest(token), account_id=actor.account_id, region_code=actor.region_code or ""
        )
    )
    _note("training.feed_made", actor)
    db.session.commit()
    return token


def end_feed(actor: Actor) -> bool:
    """Take the account's address away; False where there was none. Commits."""
    if feed_of(actor.account_id) is None:
        return False
    db.session.execute(delete(CalendarFeed).where(CalendarFeed.account_id == actor.account_id))
    _note("training.feed_ended", actor)
    db.session.commit()
    return True


def calendar_of(token: str) -> bytes | None:
    """The calendar behind an address; None where nobody (any more) may read it. Inside a platform scope."""
    feed = db.session.get(CalendarFeed, digest(token))
    if feed is None:
        return None
    actor = build_actor(feed.account_id, None)
    if actor is None or not actor.may("training.view") or actor.region_code != feed.region_code:
        return None
    return _calendar(feed.region_code, actor)


def _calendar(office: str, actor: Actor) -> bytes:
    query = (
        select(TrainingEvent, TrainingVenue)
        .outerjoin(TrainingVenue, TrainingVenue.id == TrainingEvent.venue_id)
        .where(queries.visible(office), TrainingEvent.ends_on >= now().astimezone(ZONE).date() - BACK)
        .order_by(TrainingEvent.starts_on, TrainingEvent.id)
        .limit(MOST_EVENTS)
    )
    rows = [(row[0], row[1]) for row in db.session.execute(query)]
    if not actor.may("training.manage"):
        rows = [row for row in rows if row[0].state != "draft"]
    sessions: dict[uuid.UUID, list[TrainingSession]] = {}
    wanted = [event.id for event, _venue in rows]
    kept = select(TrainingSession).where(TrainingSession.event_id.in_(wanted))
    for session in db.session.scalars(kept.order_by(TrainingSession.starts_at, TrainingSession.id)):
        sessions.setdefault(session.event_id, []).append(session)
    speakers = queries.speakers_of([one.id for there in sessions.values() for one in there])

    found = Calendar()
    found.add("prodid", "-//Siger//Pelatihan//ID")
    found.add("version", "2.0")
    found.add("method", "PUBLISH")
    found.add("x-wr-calname", _("Pelatihan %(region)s", region=frame_name(office)))
    found.add("x-wr-timezone", str(ZONE))
    found.add("refresh-interval", dt.timedelta(hours=6), parameters={"VALUE": "DURATION"})
    found.add("x-published-ttl", dt.timedelta(hours=6))
    for event, venue in rows:
        there = sessions.get(event.id, [])
        if not there:
            found.add_component(_whole(event, venue))
        for session in there:
            found.add_component(_part(event, venue, session, speakers.get(session.id, [])))
    found.add_missing_timezones()
    return found.to_ical()  # type: ignore[no-any-return]


def _whole(event: TrainingEvent, venue: TrainingVenue | None) -> Event:
    """An event without sessions: its days."""
    entry = _entry(event, venue, event.id, event.title, [])
    entry.add("dtstart", event.starts_on)
    entry.add("dtend", event.ends_on + dt.timedelta(days=1))
    return entry


def _part(
    event: TrainingEvent,
    venue: TrainingVenue | None,
    session: TrainingSession,
    speakers: list[TrainingSpeaker],
) -> Event:
    """A session: its hours in the province's time."""
    names = ", ".join(one.name for one in speakers)
    lines = [_("Narasumber: %(names)s", names=names)] if names else []
    title = f"{event.title}: {session.title}"
    entry = _entry(event, venue, session.id, title, lines, room=session.room)
    entry.add("dtstart", session.starts_at.astimezone(ZONE))
    entry.add("dtend", session.ends_at.astimezone(ZONE))
    return entry


def _entry(
    event: TrainingEvent,
    venue: TrainingVenue | None,
    key: uuid.UUID,
    title: str,
    lines: list[str],
    *,
    room: str = "",
) -> Event:
    url = province_url("training_events.show", event_id=event.id)
    entry = Event()
    entry.add("uid", f"{key}@{current_app.config['BASE_HOST']}")
    entry.add("dtstamp", event.created_at.astimezone(dt.UTC))
    entry.add("sequence", event.schedule_version)
    entry.add("summary", title)
    entry.add("status", STATUS[event.state])
    entry.add("categories", [str(words.kind_word(event.kind))])
    entry.add("url", url)
    said = [_("Penyelenggara: %(office)s", office=frame_name(event.region_code)), *lines]
    if event.state == "cancelled" and event.reason:
        said.append(_("Dibatalkan: %(reason)s", reason=event.reason))
    entry.add("description", "\n".join([*said, event.description, url]).strip())
    if venue is not None:
        place = [room, venue.name, venue.address, frame_name(venue.region_code)]
        entry["location"] = vText(", ".join(part for part in place if part))
        if venue.latitude is not None and venue.longitude is not None:
            entry["geo"] = vGeo((venue.latitude, venue.longitude))
    return entry


def _note(action: str, actor: Actor) -> None:
    region = actor.region_code or ""
    audit.record(action, object_type="region", object_id=region, summary=frame_name(region))
