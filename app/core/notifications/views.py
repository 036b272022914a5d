"""The bell of staff: messages, what one wants to be told; and the village's sentences and deliveries."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from flask import Response, abort, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user

from app.core.blueprints import AudienceBlueprint
from app.core.notifications import inbox, wording
from app.core.notifications.events import event_of, events
from app.core.notifications.wording import CHANNEL_WORDS
from app.core.permissions import requires
from app.core.village.errors import Invalid, Missing

blueprint = AudienceBlueprint("notifications", __name__, audience="village")


def unread_badge() -> int:
    """How many messages the one who is signed in has not read; nothing when there are none."""
    return inbox.unread_count(current_user.account_id)


@blueprint.get("/pemberitahuan")
@requires("village.view")
def index() -> ResponseReturnValue:
    """The messages, newest first."""
    found = inbox.inbox(current_user.account_id, request.args.get("after", type=uuid.UUID))
    return render_template(
        "notifications/index.html", found=found, is_later_page="after" in request.args, failed=_failed()
    )


@blueprint.post("/pemberitahuan/<uuid:notification_id>")
@requires("village.view")
def open_one(notification_id: uuid.UUID) -> ResponseReturnValue:
    """Mark one's message as read and go where it leads."""
    try:
        link = inbox.open_message(notification_id, current_user.account_id)
    except Missing:
        abort(404)
    return redirect(link or url_for("notifications.index"), 303)


@blueprint.post("/pemberitahuan/dibaca")
@requires("village.view")
def read_all() -> ResponseReturnValue:
    """Mark all of one's messages as read."""
    inbox.read_all(current_user.account_id)
    return redirect(url_for("notifications.index"), 303)


@blueprint.get("/pemberitahuan/pilihan")
@requires("village.view")
def choices() -> ResponseReturnValue:
    """What one wants to be told, and how."""
    off = inbox.staff_choices(current_user.account_id)
    return render_template(
        "notifications/choices.html", events=events("staff"), off=off, channel_words=CHANNEL_WORDS
    )


@blueprint.post("/pemberitahuan/pilihan")
@requires("village.view")
def save_choices() -> ResponseReturnValue:
    """Keep it."""
    inbox.choose_for_staff(current_user.account_id, request.form.getlist("on"))
    flash(str(_("Pilihan tersimpan.")), "success")
    return redirect(url_for("notifications.choices"), 303)


# --- the village's sentences ---------------------------------------------------------------------------------------


@blueprint.get("/pengaturan/pemberitahuan")
@requires("village.settings")
def settings() -> ResponseReturnValue:
    """Everything that people are told, and whether the village has its own words for it."""
    return render_template(
        "notifications/settings.html", lines=wording.overview(), channel_words=CHANNEL_WORDS, failed=_failed()
    )


@blueprint.get("/pengaturan/pemberitahuan/<string(maxlength=60):code>")
@requires("village.settings")
def sentences(code: str) -> ResponseReturnValue:
    """The words of one event, a form for each channel."""
    return _sentences_page(code)


@blueprint.post(
    "/pengaturan/pemberitahuan/<string(maxlength=60):code>/<any(in_app, email, whatsapp):channel>"
)
@requires("village.settings")
def save_sentence(code: str, channel: str) -> ResponseReturnValue:
    """Check and keep the village's own words; unknown names are refused."""
    title, text = request.form.get("title", ""), request.form.get("text", "")
    try:
        wording.change_words(code, channel, title, text)
    except Missing:
        abort(404)
    except Invalid as wrong:
        typed = {"channel": channel, "title": title, "text": text, "errors": {wrong.field: str(wrong)}}
        return _sentences_page(code, typed, 422)
    flash(str(_("Perubahan tersimpan.")), "success")
    return redirect(url_for("notifications.sentences", code=code), 303)


@blueprint.post(
    "/pengaturan/pemberitahuan/<string(maxlength=60):code>/<any(in_app, email, whatsapp):channel>/asal"
)
@requires("village.settings")
def reset_sentence(code: str, channel: str) -> ResponseReturnValue:
    """Go back to the shipped words."""
    try:
        wording.reset_words(code, channel)
    except Missing:
        abort(404)
    flash(str(_("Kalimat kembali seperti asalnya.")), "success")
    return redirect(url_for("notifications.sentences", code=code), 303)


# --- what could not be sent ----------------------------------------------------------------------------------------


@blueprint.get("/pengaturan/pemberitahuan/kiriman")
@requires("village.settings")
def deliveries() -> ResponseReturnValue:
    """What failed, or waits after a failure."""
    return render_template(
        "notifications/deliveries.html",
        lines=[(row, _label(row.event)) for row in wording.undelivered()],
        counts=wording.delivery_counts(),
        channel_words=CHANNEL_WORDS,
    )


@blueprint.post("/pengaturan/pemberitahuan/kiriman")
@requires("village.settings")
def send_all_again() -> ResponseReturnValue:
    """Let all that failed be sent again."""
    return _sent_again(wording.send_again())


@blueprint.post("/pengaturan/pemberitahuan/kiriman/<uuid:notification_id>")
@requires("village.settings")
def send_again(notification_id: uuid.UUID) -> ResponseReturnValue:
    """Let one be sent again."""
    try:
        return _sent_again(wording.send_again(notification_id))
    except Missing:
        abort(404)


def _sent_again(count: int) -> ResponseReturnValue:
    told = ngettext("%(count)s pesan dikirim ulang.", "%(count)s pesan dikirim ulang.", count, count=count)
    flash(told, "success")
    return redirect(url_for("notifications.deliveries"), 303)


def _sentences_page(code: str, typed: Mapping[str, object] | None = None, status: int = 200) -> Response:
    try:
        event, found = wording.sentences(code)
    except Missing:
        abort(404)
    page = render_template(
        "notifications/sentences.html",
        event=event,
        sentences=found,
        typed=typed or {},
        channel_words=CHANNEL_WORDS,
    )
    return make_response(page, status)


def _label(code: str) -> object:
    try:
        return event_of(code).label
    except KeyError:
        return code


def _failed() -> int:
    """How many messages failed; only who may do something about it is told."""
    if not current_user.may("village.settings"):
        return 0
    counts = wording.delivery_counts()
    return sum(count for (_channel, state), count in counts.items() if state == "failed")
