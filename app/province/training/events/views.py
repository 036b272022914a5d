"""Events on the province's host: the list, the calendar, one event."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.core.actors import acting, current_actor
from app.core.blueprints import AudienceBlueprint
from app.core.links import province_url
from app.core.permissions import requires
from app.core.ui.formats import ZONE, file_day
from app.province.regions import frame_name, seen_territory
from app.province.training.events import catalogue, conflicts, exports, feed, lists, queries, services, words
from app.province.training.events.asked import given, workbook
from app.province.training.events.frame import training_frame, training_sections
from app.province.training.events.lists import EventFilter
from app.province.training.events.models import KINDS
from app.province.training.events.schemas import LABELS
from app.province.training.events.services import office

pages = AudienceBlueprint("training_events", __name__, audience="province", url_prefix="/pelatihan")


@pages.app_context_processor
def frame_words() -> dict[str, Any]:
    """What the frame of an event calls, on the pages of every part."""
    return {"training_frame": training_frame, "training_sections": training_sections}


@pages.context_processor
def page_words() -> dict[str, Any]:
    """What the pages of events call."""
    actor = current_actor()
    return {
        "kind_word": words.kind_word,
        "state_said": words.state_said,
        "pillar_word": words.pillar_word,
        "cost_word": words.cost_word,
        "event_days": words.days,
        "session_hours": words.hours,
        "frame_name": frame_name,
        "labels": LABELS,
        "may_manage": actor is not None and actor.may("training.manage"),
        "may_export": actor is not None and actor.may("indicators.export"),
    }


@pages.get("")
@requires("training.view")
def index() -> str:
    """The events that the office sees, those to come first; `wilayah` narrows them to an office below."""
    wanted = _wanted()
    after = lists.identity(request.args.get("sesudah"))
    lines, following = lists.page_of(office(), wanted, after=after)
    kept: dict[str, Any] = wanted.as_args()
    return render_template(
        "training/index.html",
        lines=lines,
        wanted=wanted,
        chips=_chips(wanted),
        clashes=conflicts.of_events([line.event for line in lines], office()),
        programmes=catalogue.programmes(office()),
        kinds=[(kind, words.kind_word(kind)) for kind in KINDS],
        office=office(),
        is_first=after is None,
        first_url=url_for(".index", **kept),
        next_url=url_for(".index", **kept, sesudah=following) if following else None,
        export_url=url_for(".export", **kept),
    )


@pages.get("/unduh")
@requires("indicators.export")
def export() -> ResponseReturnValue:
    """The same list as a spreadsheet."""
    if not acting().may("training.view"):
        abort(403)
    return workbook(exports.export_events(office(), _wanted()), f"pelatihan-{office()}-{file_day()}")


@pages.get("/kalender")
@requires("training.view")
def month() -> str:
    """The month named by `bulan` (2026-11), and the account's address for calendar programs."""
    return _month()


@pages.post("/kalender/alamat")
@requires("training.view")
def make_feed() -> str:
    """Make the account's address for calendar programs, in place of the one before; it is shown this once."""
    token = feed.make_feed(acting())
    return _month(province_url("training_calendar.read", token=token))


@pages.post("/kalender/alamat/hapus")
@requires("training.view")
def end_feed() -> ResponseReturnValue:
    """Take the account's address away."""
    if feed.end_feed(acting()):
        flash(_("Alamat kalender dihapus. Program yang memakainya tidak mendapat kabar lagi."), "success")
    return redirect(url_for(".month", _anchor="langganan"), 303)


@pages.get("/<uuid:event_id>")
@requires("training.view")
def show(event_id: uuid.UUID) -> str:
    """One event: what, when, where, for whom, and what stands in its way."""
    event = services.seen_event(event_id)
    venue, programme = queries.around_of(event)
    lines = queries.sessions_of(event.id)
    slots = conflicts.as_meant(lines, event.id, event.venue_id, dt.timedelta())
    names = {one.id: one.name for line in lines for one in line.speakers}
    if venue is not None:
        names[venue.id] = venue.name
    is_live = event.state in conflicts.LIVE
    found = conflicts.clashes(slots, office(), names) if is_live else []
    by_session: dict[uuid.UUID | None, list[conflicts.Clash]] = {}
    for clash in found:
        by_session.setdefault(clash.session_id, []).append(clash)
    return render_template(
        "training/show.html",
        event=event,
        venue=venue,
        programme=programme,
        facts=queries.facts(event),
        days=_by_day(lines),
        quotas=queries.quotas_of(event.id),
        clashes=conflicts.told_once(found),
        by_session=by_session,
        today=lists.today(),
    )


@pages.get("/<uuid:event_id>/unduh")
@requires("indicators.export")
def export_one(event_id: uuid.UUID) -> ResponseReturnValue:
    """An event's sessions, seats and money as a spreadsheet."""
    if not acting().may("training.view"):
        abort(403)
    event = services.seen_event(event_id)
    return workbook(exports.export_event(event), f"pelatihan-{event.starts_on}-{event.id.hex[-6:]}")


def _month(feed_url: str = "") -> str:
    wanted = EventFilter.from_args({**request.args.to_dict(), "lihat": "all"}, _region())
    found = lists.month_of(office(), lists.month_named(request.args.get("bulan")), wanted)
    kept: dict[str, Any] = {name: value for name, value in wanted.as_args().items() if name != "lihat"}
    others = {name: value for name, value in kept.items() if name != "jenis"}
    named = f"{found.first:%Y-%m}"
    chips = [
        {
            "label": label,
            "url": url_for(".month", bulan=named, **others, **given("jenis", kind)),
            "current": kind == wanted.kind,
        }
        for kind, label in [("", _("Semua jenis")), *((kind, words.kind_word(kind)) for kind in KINDS)]
    ]
    return render_template(
        "training/month.html",
        month=found,
        wanted=wanted,
        kept=kept,
        chips=chips,
        office=office(),
        clashes=conflicts.of_events(found.events, office()),
        feed=feed.feed_of(acting().account_id),
        feed_url=feed_url,
        this_month=f"{lists.today():%Y-%m}",
    )


def _by_day(lines: list[queries.SessionLine]) -> list[tuple[dt.date, list[queries.SessionLine]]]:
    found: dict[dt.date, list[queries.SessionLine]] = {}
    for line in lines:
        found.setdefault(line.session.starts_at.astimezone(ZONE).date(), []).append(line)
    return list(found.items())


def _region() -> str:
    """The region below the viewer's that was asked for, or empty."""
    asked = request.args.get("wilayah")
    return seen_territory(asked).code if asked and asked != office() else ""


def _wanted() -> EventFilter:
    return EventFilter.from_args(request.args, _region())


def _chips(wanted: EventFilter) -> list[dict[str, Any]]:
    counts = lists.counts(office(), wanted)
    named = {
        "coming": _("Akan datang"),
        "draft": _("Draf"),
        "past": _("Sudah berlangsung"),
        "cancelled": _("Dibatalkan"),
        "all": _("Semua"),
    }
    kept = {name: value for name, value in wanted.as_args().items() if name != "lihat"}
    return [
        {
            "label": label,
            "url": url_for(".index", **kept, **given("lihat", view if view != "coming" else "")),
            "current": view == wanted.view,
            "count": counts[view],
        }
        for view, label in named.items()
    ]
