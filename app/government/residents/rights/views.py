"""Pages of requests about one's own data, and of how long data is kept.

Endpoints that other pages link to: `data_requests.new` with `resident_id` (the link "Data pribadi" on a resident's
page), `data_requests.index`, `data_requests.show` with `request_id`, `data_retention.settings`.
"""

from __future__ import annotations

import uuid
from typing import Any

from flask import (
    Response,
    abort,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    send_file,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user

from app.core.blueprints import AudienceBlueprint
from app.core.documents import DocumentFailed
from app.core.files.storage import StorageAway
from app.core.forms import Checked, check
from app.core.permissions import requires
from app.core.village.errors import ChangedMeanwhile, Invalid, Missing
from app.core.village.views.common import form_context
from app.government.residents.derive import is_anonymous
from app.government.residents.models import Resident
from app.government.residents.rights import queries, retention, services
from app.government.residents.rights.schemas import (
    CAPACITIES,
    KINDS,
    STATES,
    YEARS,
    AnswerSchema,
    RequestSchema,
    RetentionSchema,
)

data_requests = AudienceBlueprint(
    "data_requests", __name__, audience="village", url_prefix="/penduduk/permintaan"
)
data_retention = AudienceBlueprint(
    "data_retention", __name__, audience="village", url_prefix="/penduduk/pengaturan"
)

REQUEST_LABELS = {
    "kind": _l("Yang diminta"),
    "capacity": _l("Diajukan oleh"),
    "asked_by": _l("Nama pemohon"),
    "contact": _l("Nomor ponsel atau surel"),
    "text": _l("Isi permintaan"),
}
ANSWER_LABELS = {"outcome": _l("Hasil"), "answer": _l("Yang dilakukan, atau alasan menolak")}
RETENTION_LABELS = {"years": _l("Masa simpan"), "understood": _l("Persetujuan")}


@data_requests.get("")
@requires("residents.requests")
def index() -> ResponseReturnValue:
    """Requests that wait, or with `?keadaan=selesai` those that were answered; `after` goes on."""
    which = "closed" if request.args.get("keadaan") == "selesai" else "open"
    shown = queries.request_page(which, request.args.get("after", type=uuid.UUID))  # type: ignore[arg-type]
    return render_template(
        "residents/data_requests.html", shown=shown, which=which, kinds=KINDS, states=STATES
    )


@data_requests.get("/baru")
@requires("residents.requests")
def choose() -> ResponseReturnValue:
    """Whose data it is about: a search by name or number."""
    return render_template("residents/data_request_choose.html", words="", found=None)


@data_requests.post("/baru")
@requires("residents.requests")
def find() -> ResponseReturnValue:
    """What the search finds; it is posted, so that no number stands in an address."""
    words = request.form.get("q", "").strip()[:100]
    found = queries.candidates(words) if len(words) > 1 else []
    return render_template("residents/data_request_choose.html", words=words, found=found)


@data_requests.get("/penduduk/<uuid:resident_id>")
@requires("residents.requests")
def new(resident_id: uuid.UUID) -> ResponseReturnValue:
    """A new request about one person, and the person's earlier ones."""
    return _new_page(_resident(resident_id))


@data_requests.post("/penduduk/<uuid:resident_id>")
@requires("residents.requests")
def receive(resident_id: uuid.UUID) -> ResponseReturnValue:
    """Check and write down."""
    checked = check(RequestSchema(), request.form)
    if not checked.is_valid:
        return _new_page(_resident(resident_id), checked, status=422)
    try:
        received = services.receive_request(resident_id, **checked.values)
    except Missing:
        abort(404)
    flash(str(_("Permintaan tercatat. Jawab paling lambat 3 × 24 jam sejak sekarang.")), "success")
    return redirect(url_for("data_requests.show", request_id=received.id), 303)


@data_requests.get("/<uuid:request_id>")
@requires("residents.requests")
def show(request_id: uuid.UUID) -> ResponseReturnValue:
    """One request: what was asked, what can be done, and its answer."""
    return _request_page(request_id)


@data_requests.post("/<uuid:request_id>")
@requires("residents.requests")
def answer(request_id: uuid.UUID) -> ResponseReturnValue:
    """Close it."""
    checked = check(AnswerSchema(), request.form)
    if not checked.is_valid:
        return _request_page(request_id, checked, status=422)
    try:
        services.answer_request(request_id, checked.values["outcome"], checked.values["answer"])
    except Missing:
        abort(404)
    except ChangedMeanwhile:
        flash(str(_("Permintaan ini sudah dijawab orang lain. Jawaban Anda tidak disimpan.")), "error")
        return redirect(url_for("data_requests.show", request_id=request_id), 303)
    flash(str(_("Permintaan sudah dijawab.")), "success")
    return redirect(url_for("data_requests.index"), 303)


@data_requests.post("/<uuid:request_id>/salinan")
@requires("residents.view_identity")
def copy(request_id: uuid.UUID) -> ResponseReturnValue:
    """The person's own data as a file; noted in the audit log with its reason."""
    if not current_user.may("residents.requests"):
        abort(403)
    shape = request.form.get("format", "")
    if shape not in services.MEDIA_TYPES:
        abort(400)
    try:
        file, name = services.make_copy(
            request_id,
            shape,  # type: ignore[arg-type]
            with_health=current_user.may("residents.view_health"),
        )
    except Missing:
        abort(404)
    except DocumentFailed as failed:
        flash(str(failed), "error")
        return redirect(url_for("data_requests.show", request_id=request_id), 303)
    except StorageAway:
        flash(str(_("Tempat penyimpanan berkas sedang tidak dapat dicapai. Coba sebentar lagi.")), "error")
        return redirect(url_for("data_requests.show", request_id=request_id), 303)
    response = send_file(file, mimetype=services.MEDIA_TYPES[shape], as_attachment=True, download_name=name)
    response.headers["Cache-Control"] = "no-store"
    return response


@data_retention.get("")
@requires("residents.settings")
def settings() -> ResponseReturnValue:
    """How long data of who died or left is kept."""
    return _retention_page()


@data_retention.post("")
@requires("residents.settings")
def save() -> ResponseReturnValue:
    """Check and keep the choice."""
    checked = check(RetentionSchema(), request.form)
    if not checked.is_valid:
        return _retention_page(checked, status=422)
    try:
        retention.choose_retention(
            checked.values["years"],
            understood=checked.values["understood"],
            expected=request.form.get("row_version", ""),
        )
    except Invalid as wrong:
        return _retention_page(checked.with_error(wrong.field, wrong), status=422)
    except ChangedMeanwhile:
        sentence = _("Orang lain baru saja mengubah masa simpan. Periksa pilihan di bawah, lalu simpan lagi.")
        return _retention_page(checked.with_error("_schema", sentence), status=409)
    flash(str(_("Perubahan tersimpan.")), "success")
    return redirect(url_for("data_retention.settings"), 303)


def _resident(resident_id: uuid.UUID) -> Resident:
    found = queries.find_resident(resident_id)
    if found is None or is_anonymous(found.name):
        abort(404)
    return found


def _new_page(resident: Resident, checked: Checked | None = None, status: int = 200) -> Response:
    page = render_template(
        "residents/data_request_new.html",
        resident=resident,
        earlier=queries.requests_of(resident.id),
        labels=REQUEST_LABELS,
        kinds=KINDS,
        states=STATES,
        capacities=CAPACITIES,
        **form_context(
            checked, {"kind": "access", "capacity": "self", "asked_by": "", "contact": "", "text": ""}
        ),
    )
    return make_response(page, status)


def _request_page(request_id: uuid.UUID, checked: Checked | None = None, status: int = 200) -> Response:
    found = queries.find_request(request_id)
    if found is None:
        abort(404)
    page = render_template(
        "residents/data_request.html",
        found=found,
        line=found.line,
        contact=queries.contact_for(found, may_identity=current_user.may("residents.view_identity")),
        kinds=KINDS,
        states=STATES,
        capacities=CAPACITIES,
        labels=ANSWER_LABELS,
        may_copy=current_user.may("residents.view_identity"),
        may_health=current_user.may("residents.view_health"),
        **form_context(checked, {"outcome": "done", "answer": ""}),
    )
    return make_response(page, status)


def _retention_page(checked: Checked | None = None, status: int = 200) -> Response:
    present = retention.retention()
    stored: dict[str, Any] = {"years": present.years, "understood": False}
    page = render_template(
        "residents/data_retention.html",
        present=present,
        spans=YEARS,
        labels=RETENTION_LABELS,
        **form_context(checked, stored),
    )
    return make_response(page, status)
