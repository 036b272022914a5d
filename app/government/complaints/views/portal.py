"""Complaints in the portal: one's own, a new one (under one's name or anonymous), the answer, the rating."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Response, abort, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import RequestEntityTooLarge

from app.core.blueprints import AudienceBlueprint
from app.core.files.storage import StorageAway
from app.core.forms import Checked
from app.core.village.errors import Invalid, Missing
from app.government.complaints import handling, queries, services
from app.government.complaints.schemas import ComplaintSchema
from app.government.complaints.views import common
from app.government.complaints.words import CATEGORIES, RATINGS, STATES, STEPS, TONES
from app.government.selfservice.accounts import current_resident, residents_only
from app.government.selfservice.accounts.guard import cookie_name

blueprint = AudienceBlueprint(
    "portal_complaints",
    __name__,
    audience="resident",
    url_prefix="/layanan/pengaduan",
    template_folder="../templates",
)
blueprint.register_error_handler(RequestEntityTooLarge, common.too_large)


@blueprint.url_value_preprocessor
def allow_photos(endpoint: str | None, values: dict[str, Any] | None) -> None:
    """Let the form with photos be larger than others, for who has a session."""
    if endpoint == "portal_complaints.send" and cookie_name() in request.cookies:
        request.max_content_length = common.MOST_BODY


@blueprint.get("")
@residents_only
def index() -> str:
    """What one sent under one's own name."""
    rows = queries.own_list(current_resident().account_id)
    return render_template(
        "complaints/portal_list.html", rows=rows, states=STATES, tones=TONES, categories=CATEGORIES
    )


@blueprint.get("/baru")
@residents_only
def new() -> ResponseReturnValue:
    """An empty form."""
    return _form(None)


@blueprint.post("/baru")
@residents_only
def send() -> ResponseReturnValue:
    """Check and keep; an anonymous one is led to its code, the others to their page."""
    found = common.checked(ComplaintSchema())
    if not found.is_valid:
        return _form(found, 422)
    resident = current_resident()
    hidden = bool(found.values["anonymous"])
    sender = None if hidden else services.Sender(resident.account_id, resident.resident_id, resident.name)
    try:
        sent = services.submit(found.values, common.photos(), sender, key=common.key())
    except Invalid as wrong:
        return _form(found.with_error(wrong.field, wrong), 422)
    except StorageAway:
        return _form(common.without_photos(found), 503)
    if hidden:
        return render_template("complaints/sent.html", code=sent.code, is_anonymous=True, home_url="/layanan")
    flash(str(_("Pengaduan Anda sudah diterima.")), "success")
    return redirect(url_for("portal_complaints.show", complaint_id=sent.id), 303)


@blueprint.get("/<uuid:complaint_id>")
@residents_only
def show(complaint_id: uuid.UUID) -> str:
    """How it stands, and the answer."""
    shown = queries.own(complaint_id, current_resident().account_id)
    if shown is None:
        abort(404)
    return render_template(
        "complaints/portal_show.html",
        shown=shown,
        **standing_words(),
        rate_url=url_for("portal_complaints.rate", complaint_id=complaint_id),
    )


@blueprint.post("/<uuid:complaint_id>/nilai")
@residents_only
def rate(complaint_id: uuid.UUID) -> ResponseReturnValue:
    """Rate the answer."""
    if queries.own(complaint_id, current_resident().account_id) is None:
        abort(404)
    try:
        handling.rate(complaint_id, request.form.get("rating", 0, type=int))
    except Missing:
        abort(404)
    except Invalid as wrong:
        flash(str(wrong), "error")
    else:
        flash(str(_("Terima kasih atas penilaian Anda.")), "success")
    return redirect(url_for("portal_complaints.show", complaint_id=complaint_id), 303)


def standing_words() -> dict[str, Any]:
    """The words that a sender's page is made of."""
    return {
        "states": STATES,
        "tones": TONES,
        "categories": CATEGORIES,
        "step_words": STEPS,
        "ratings": list(RATINGS.items()),
    }


def _form(found: Checked | None, status: int = 200) -> Response:
    page = render_template(
        "complaints/portal_form.html",
        is_open=False,
        action=url_for("portal_complaints.send"),
        **common.form_context(found),
    )
    return make_response(page, status)
