"""Complaints of everybody, without an account: sending one, and following one by its code. Nothing here is cached."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Response, current_app, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import RequestEntityTooLarge

from app.core.blueprints import AudienceBlueprint
from app.core.files.storage import StorageAway
from app.core.forms import Checked
from app.core.permissions import anonymous
from app.core.village.errors import Invalid, Missing
from app.extensions import counted_address, limiter
from app.government.complaints import handling, queries, services
from app.government.complaints.schemas import OpenComplaintSchema
from app.government.complaints.views import common
from app.government.complaints.views.portal import standing_words

blueprint = AudienceBlueprint(
    "complaint_box", __name__, audience="resident", url_prefix="/pengaduan", template_folder="../templates"
)
blueprint.register_error_handler(RequestEntityTooLarge, common.too_large)

PER_ADDRESS = "6 per 10 minutes; 20 per day"
PER_ADDRESS_CODES = "20 per 10 minutes; 100 per day"
TRAP = "situs"
"""A field that people do not see and programs fill in."""


@blueprint.url_value_preprocessor
def allow_photos(endpoint: str | None, values: dict[str, Any] | None) -> None:
    """Let the form with photos be larger than others, for who opened it before."""
    if endpoint == "complaint_box.send" and current_app.config["SESSION_COOKIE_NAME"] in request.cookies:
        request.max_content_length = common.MOST_BODY


@blueprint.get("/kirim")
@anonymous
def new() -> ResponseReturnValue:
    """An empty form."""
    return _form(None)


@blueprint.post("/kirim")
@anonymous
@limiter.limit(PER_ADDRESS, key_func=counted_address)
def send() -> ResponseReturnValue:
    """Check and keep, and show the code. What fills in the trap is thanked and forgotten."""
    found = common.checked(OpenComplaintSchema())
    if not found.is_valid:
        return _form(found, 422)
    values = found.values
    hidden = bool(values["anonymous"] or not (values.get("name") or values.get("contact")))
    if request.form.get(TRAP):
        return _sent(services.shown_code(uuid.uuid4().hex[: services.CODE_LENGTH].upper()), hidden)
    sender = None if hidden else services.Sender(name=values["name"], contact=values["contact"])
    try:
        sent = services.submit(values, common.photos(), sender, key=common.key())
    except Invalid as wrong:
        return _form(found.with_error(wrong.field, wrong), 422)
    except StorageAway:
        return _form(common.without_photos(found), 503)
    return _sent(sent.code, hidden)


@blueprint.get("/cek")
@anonymous
def ask() -> str:
    """Where the code is typed."""
    return render_template("complaints/check.html", typed="", error="")


@blueprint.post("/cek")
@anonymous
@limiter.limit(PER_ADDRESS_CODES, key_func=counted_address)
def follow() -> ResponseReturnValue:
    """How the complaint with this code stands. The code is posted, so that it stands in no address."""
    return _followed(request.form.get("kode", ""))


@blueprint.post("/nilai")
@anonymous
@limiter.limit(PER_ADDRESS_CODES, key_func=counted_address)
def rate() -> ResponseReturnValue:
    """Rate the answer; the code says whose it is."""
    code = request.form.get("kode", "")
    shown = queries.by_code(code)
    if shown is None:
        return _followed(code)
    try:
        handling.rate(shown.row.id, request.form.get("rating", 0, type=int))
    except (Missing, Invalid) as wrong:
        return _followed(code, str(wrong))
    return _followed(code, thanks=True)


def _followed(code: str, problem: str = "", *, thanks: bool = False) -> Response:
    shown = queries.by_code(code)
    if shown is None:
        error = str(
            _("Kode ini tidak dikenal. Periksa huruf dan angkanya: 12 tanda, misalnya ABCD-EFGH-JKMN.")
        )
        return make_response(render_template("complaints/check.html", typed=code[:40], error=error), 404)
    page = render_template(
        "complaints/portal_show.html",
        shown=shown,
        **standing_words(),
        rate_url=url_for("complaint_box.rate"),
        code=services.shown_code(shown.row.code),
        problem=problem,
        thanks=thanks,
    )
    return make_response(page)


def _sent(code: str, is_anonymous: bool) -> Response:
    page = render_template(
        "complaints/sent.html", code=code, is_anonymous=is_anonymous, home_url="/pengaduan"
    )
    return make_response(page)


def _form(found: Checked | None, status: int = 200) -> Response:
    page = render_template(
        "complaints/portal_form.html",
        is_open=True,
        trap=TRAP,
        action=url_for("complaint_box.send"),
        **common.form_context(found),
    )
    return make_response(page, status)
