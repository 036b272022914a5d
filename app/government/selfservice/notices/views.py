"""A resident's messages, and what they want to be told."""

from __future__ import annotations

import uuid

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.core.blueprints import AudienceBlueprint
from app.core.notifications import inbox
from app.core.notifications.choices import wants
from app.core.notifications.events import events
from app.core.notifications.wording import CHANNEL_WORDS
from app.core.village.errors import Missing
from app.government.selfservice.accounts import current_resident, residents_only
from app.government.selfservice.notices import people

blueprint = AudienceBlueprint(
    "portal_notices", __name__, audience="resident", url_prefix="/layanan/pemberitahuan"
)


@blueprint.get("")
@residents_only
def index() -> ResponseReturnValue:
    """The messages, newest first, and the choices below them."""
    account_id = current_resident().account_id
    off = people.notices_off(account_id)
    told = events("resident")
    return render_template(
        "selfservice/notices.html",
        found=inbox.inbox(account_id, request.args.get("after", type=uuid.UUID)),
        is_later_page="after" in request.args,
        events=told,
        on={
            f"{channel}:{event.code}"
            for event in told
            for channel in event.channels
            if wants(off, channel, event.code)
        },
        channel_words=CHANNEL_WORDS,
    )


@blueprint.post("/<uuid:notification_id>")
@residents_only
def open_one(notification_id: uuid.UUID) -> ResponseReturnValue:
    """Mark one's message as read and go where it leads."""
    try:
        link = inbox.open_message(notification_id, current_resident().account_id)
    except Missing:
        abort(404)
    return redirect(link or url_for("portal_notices.index"), 303)


@blueprint.post("/dibaca")
@residents_only
def read_all() -> ResponseReturnValue:
    """Mark all as read."""
    inbox.read_all(current_resident().account_id)
    return redirect(url_for("portal_notices.index"), 303)


@blueprint.post("/pilihan")
@residents_only
def choose() -> ResponseReturnValue:
    """Keep what the resident wants to be told."""
    people.choose_notices(current_resident().account_id, request.form.getlist("on"))
    flash(str(_("Pilihan tersimpan.")), "success")
    return redirect(url_for("portal_notices.index"), 303)
