"""Events on the province's host: the list, the calendar, one event, and what is done with it."""

from __future__ import annotations

import uuid
from typing import Any

from flask import render_template

from app.core.blueprints import AudienceBlueprint
from app.core.permissions import requires
from app.province.training.events import services, words
from app.province.training.events.frame import training_frame

pages = AudienceBlueprint("training_events", __name__, audience="province", url_prefix="/pelatihan")


@pages.app_context_processor
def frame_words() -> dict[str, Any]:
    """What the frame of an event calls, on the pages of every part."""
    return {"training_frame": training_frame}


@pages.context_processor
def page_words() -> dict[str, Any]:
    """What the pages of events call."""
    return {"kind_word": words.kind_word, "state_said": words.state_said}


@pages.get("")
@requires("training.view")
def index() -> str:
    """The events that the office sees."""
    return render_template("training/index.html")


@pages.get("/<uuid:event_id>")
@requires("training.view")
def show(event_id: uuid.UUID) -> str:
    """One event."""
    return render_template("training/show.html", event=services.seen_event(event_id))
