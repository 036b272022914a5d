"""Whether a letter of the village is genuine, for everybody: the page of a QR code, and a file that is compared."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask import Response, make_response, request
from flask.typing import ResponseReturnValue
from flask_babel import force_locale
from werkzeug.exceptions import RequestEntityTooLarge

from app.core.accounts.limits import limit_links
from app.core.blueprints import AudienceBlueprint
from app.core.permissions import anonymous
from app.core.security import mark_cacheable
from app.core.ui.formats import ZONE
from app.extensions import counted_address, limiter
from app.government.letters.verification.queries import letter_by_token
from app.government.letters.verification.services import MOST_BYTES, Checked, check_file
from app.site.framing import draw_page
from app.site.front import front_page
from app.site.page_cache import language_asked
from tenants.scope import current_tenant

blueprint = AudienceBlueprint("letter_checks", __name__, audience="public", url_prefix="/cek")

HERE = "letter_checks.form"
MOST_DRAINED = 64 * 1024 * 1024
REFUSED = ("empty", "too_large", "no_pdf")
FILES = "60 per minute; 600 per hour"
"""A school or an office stands behind one address. What a file may cost is limited where it is looked at."""


@blueprint.get("/<string(length=22):token>")
@anonymous
@limit_links
def letter(token: str) -> ResponseReturnValue:
    """What a letter's QR code leads to: what it is and whether it holds. Keeps nothing in the browser."""
    mark_cacheable()
    found = letter_by_token(token)
    name = "letter" if found else "letter_unknown"
    return _page(name, f"/cek/{token}", 200 if found else 404, letter=found, token=token)


@blueprint.get("")
@anonymous
@limit_links
def form() -> ResponseReturnValue:
    """The form for a file; `?surat=` names the letter whose page it was opened from."""
    return _page("letter_file", "/cek", token=_asked(request.args.get("surat", "")), checked=None)


@blueprint.post("")
@anonymous
@limiter.limit(FILES, key_func=counted_address)
def check() -> ResponseReturnValue:
    """Compare a file with the village's letters; it is not kept."""
    sent = request.files.get("file")
    data = sent.stream.read(MOST_BYTES + 1) if sent is not None else b""
    token = _asked(request.form.get("surat", ""))
    checked: Checked = check_file(data, token)
    status = 503 if checked.verdict == "busy" else 422 if checked.verdict in REFUSED else 200
    return _page("letter_file", "/cek", status, token=token, checked=checked)


@blueprint.errorhandler(RequestEntityTooLarge)
def too_large(error: RequestEntityTooLarge) -> ResponseReturnValue:
    """Say on the page itself how large a file may be; the rest of the body is read away, so that the page arrives."""
    stream, left = request.environ["wsgi.input"], min(request.content_length or 0, MOST_DRAINED)
    while left > 0 and (chunk := stream.read(min(left, 1 << 20))):
        left -= len(chunk)
    return _page("letter_file", "/cek", 413, token="", checked=Checked("too_large"))


def _asked(text: str) -> str:
    return text if len(text) == 22 else ""


def _page(name: str, path: str, status: int = 200, **context: Any) -> Response:
    language = language_asked(request.environ.get("QUERY_STRING", ""))
    with force_locale(language):
        village = front_page(current_tenant(), dt.datetime.now(ZONE), language)
        html = draw_page(language, name, village, here=HERE, path=path, **context)
    response = make_response(html, status)
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    response.headers["Content-Language"] = language
    return response
