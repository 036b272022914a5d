"""Writing a visit: the form that also works without a network, and the phone's drafts when they are sent later."""

from __future__ import annotations

import uuid
from functools import lru_cache
from pathlib import Path
from typing import Any

import structlog
from flask import (
    Response,
    abort,
    current_app,
    flash,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf.csrf import generate_csrf
from werkzeug.exceptions import RequestEntityTooLarge

from app.core.actors import acting
from app.core.blueprints import AudienceBlueprint
from app.core.files.storage import StorageAway
from app.core.forms import Checked, check
from app.core.permissions import anonymous, requires
from app.core.ui.assets import BUILT, asset_url
from app.core.village.errors import ChangedMeanwhile, Invalid, Missing
from app.province.mentoring.cases.mentors import is_mentor, visited_village, visited_villages_of
from app.province.mentoring.visits import queries, services, words
from app.province.mentoring.visits.errors import Refused
from app.province.mentoring.visits.models import MentoringVisit
from app.province.mentoring.visits.photos import MOST_BODY, checked_photos
from app.province.mentoring.visits.schemas import VisitForm
from app.province.mentoring.visits.views import (
    asked_id,
    own_here,
    pages,
    sent_id,
    version,
    village_of,
)
from tenants.ids import uuid7
from tenants.models import TenantRow

log = structlog.get_logger(__name__)

worker_pages = AudienceBlueprint("visit_worker", __name__, audience="open", url_prefix="/kunjungan")
"""The service worker and the page without a network: nobody is named in them."""

KEPT = "X-Siger-Kept"
"""The header of what a phone sends by itself: it is answered with JSON."""
MOST_DRAINED = 64 * 1024 * 1024


def allow_photos(endpoint: str | None, values: dict[str, Any] | None) -> None:
    """Let the form with photos be larger than others, for whom a session was opened."""
    sends = endpoint == "mentoring_visits.record" and request.method == "POST"
    if sends and current_app.config["SESSION_COOKIE_NAME"] in request.cookies:
        request.max_content_length = MOST_BODY


def too_large(error: RequestEntityTooLarge) -> Response:
    """Say that the photos were too large; the rest of the body is read away, so that the page arrives."""
    stream, left = request.environ["wsgi.input"], min(request.content_length or 0, MOST_DRAINED)
    while left > 0 and (chunk := stream.read(min(left, 1 << 20))):
        left -= len(chunk)
    if KEPT in request.headers:
        return make_response(jsonify(errors={"photos": [str(_("Foto terlalu besar."))]}), 413)
    return make_response(render_template("visits/too_large.html"), 413)


pages.url_value_preprocessor(allow_photos)
pages.register_error_handler(RequestEntityTooLarge, too_large)


@worker_pages.get("/sw.js")
@anonymous
def worker() -> Response:
    """The service worker; browsers ask for it anew with each visit."""
    response = make_response(_worker_source(asset_url("visit-worker.js")))
    response.content_type = "text/javascript; charset=utf-8"
    response.headers["Service-Worker-Allowed"] = "/kunjungan"
    response.headers["Cache-Control"] = "no-cache"
    return response


@worker_pages.get("/luring")
@anonymous
def offline() -> str:
    """What is shown without a network where the phone knows no page of its own yet."""
    return render_template("visits/offline.html")


@pages.get("/kunci")
@requires("mentoring.work")
def token() -> Response:
    """A fresh form token for what a phone sends later, and whose account is signed in."""
    response = jsonify({"account": str(acting().account_id), "token": generate_csrf()})
    response.headers["Cache-Control"] = "no-store"
    return response


@pages.get("/tulis")
@requires("mentoring.work")
def write() -> ResponseReturnValue:
    """An empty form for a visit; `desa` and `kasus` choose, `rencana` carries out a plan."""
    planned, village_id = asked_id("rencana"), asked_id("desa")
    if planned is not None:
        line = own_here(planned)
        if line.visit.state != "planned":
            return redirect(url_for(".show", visit_id=planned), 303)
        visit = line.visit
        typed = {"case_id": visit.case_id, "place": visit.place, "visited_on": services.today()}
        return _form(line.village, typed, {}, visit.id, aim=visit.aim)
    if village_id is None and not is_mentor(acting()):
        return redirect(url_for(".choose_village"), 303)
    chosen = visited_village(village_id) if village_id is not None else None
    typed = {"case_id": asked_id("kasus"), "visited_on": services.today()}
    return _form(chosen, typed, {}, uuid7())


@pages.get("/<uuid:visit_id>/ubah")
@requires("mentoring.work")
def edit(visit_id: uuid.UUID) -> ResponseReturnValue:
    """The form of a visit that is not signed yet."""
    line = own_here(visit_id)
    if line.visit.state != "held":
        return redirect(url_for(".show", visit_id=visit_id), 303)
    return _form(line.village, _typed_of(line.visit), {}, visit_id, visit=line.visit)


@pages.post("/tulis")
@requires("mentoring.work")
def record() -> ResponseReturnValue:
    """Keep a visit under the id that the phone drew: sent twice it is one."""
    checked = check(VisitForm(), request.form)
    visit_id, village = sent_id(), village_of(checked)
    if visit_id is None:
        abort(400)
    if village is None:
        return _wrong(None, checked.with_error("village_id", _("Pilih desanya.")), visit_id)
    try:
        photos = checked_photos(request.files.getlist("photos"), request.files.getlist("exif"))
    except Invalid as wrong:
        return _wrong(village, checked.with_error(wrong.field, wrong), visit_id)
    if not checked.is_valid:
        return _wrong(village, checked, visit_id)
    try:
        done = services.record_visit(
            visit_id,
            village.id,
            checked.values,
            by=acting(),
            photos=photos,
            removed=request.form.getlist("remove"),
            seen=version(),
        )
    except Invalid as wrong:
        return _wrong(village, checked.with_error(wrong.field, wrong), visit_id)
    except ChangedMeanwhile:
        sentence = _("Kunjungan ini baru saja diubah di perangkat lain. Buka lagi, lalu periksa.")
        return _wrong(village, checked.with_error("_schema", sentence), visit_id, 409)
    except Refused as refusal:
        return _wrong(village, checked.with_error("_schema", refusal), visit_id, 409)
    except StorageAway as away:
        log.error("storage_away", error=str(away))
        sentence = _("Penyimpanan berkas sedang tidak dapat dihubungi. Tunggu sebentar, lalu coba lagi.")
        return _wrong(village, checked.with_error("photos", sentence), visit_id, 503)
    except Missing:
        abort(404)
    address = url_for(".show", visit_id=visit_id)
    if KEPT in request.headers:
        return jsonify(state="sent", url=address)
    if done.changed:
        flash(_("Kunjungan tersimpan. Minta desa menandatanganinya."), "success")
    return redirect(address, 303)


def _wrong(
    village: TenantRow | None, checked: Checked, visit_id: uuid.UUID, status: int = 422
) -> ResponseReturnValue:
    if KEPT in request.headers:
        said = {name: [str(one) for one in sentences] for name, sentences in checked.errors.items()}
        return make_response(jsonify(errors=said), status)
    return _form(village, checked.typed, checked.errors, visit_id, status)


def _form(
    village: TenantRow | None,
    typed: dict[str, Any],
    errors: dict[str, list[str]],
    visit_id: uuid.UUID,
    status: int = 200,
    *,
    visit: MentoringVisit | None = None,
    aim: str = "",
) -> Response:
    actor = acting()
    mine = [one for one, _own in visited_villages_of(actor.account_id)] if is_mentor(actor) else []
    if village is not None and village.id not in {one.id for one in mine}:
        mine = [village, *mine]
    names = {one.id: words.village_name(one) for one in mine}
    cases = queries.cases_to_visit(list(names), actor)
    page = render_template(
        "visits/write.html",
        village=village,
        villages=[(str(key), name) for key, name in names.items()],
        cases=words.case_options(cases, names),
        typed={**typed, "village_id": str(village.id) if village else typed.get("village_id", "")},
        errors=errors,
        visit_id=visit_id,
        visit=visit,
        row_version=visit.row_version if visit else request.form.get("row_version", ""),
        aim=aim,
        is_fixed=bool(visit or aim or errors),
        today=services.today(),
    )
    return make_response(page, status)


def _typed_of(visit: MentoringVisit) -> dict[str, Any]:
    names = ("case_id", "visited_on", "place", "done", "next_step", "next_on", "accuracy")
    typed = {name: getattr(visit, name) for name in names}
    if visit.latitude is not None and visit.longitude is not None:
        typed["location"] = f"{visit.latitude}, {visit.longitude}"
    return typed


@lru_cache(maxsize=4)
def _worker_source(address: str) -> str:
    """The built worker; its address changes with its content, so it is read once."""
    return (Path(BUILT) / "assets" / address.rpartition("/")[2]).read_text(encoding="utf-8")
